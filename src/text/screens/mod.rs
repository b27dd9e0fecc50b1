//! Screens in words: one small module each, both languages side by side.

mod account;
mod browse;
mod cart;
mod checkout;
mod deposit;
mod guide;
mod orders;
mod product;
mod products;
mod profile;
mod staff;
mod welcome;

use super::message::Message;
use super::{Voice, notice};
use crate::rules::dialog::screen::Screen;
use crate::rules::people::Profile;

pub(super) fn message(voice: &Voice, screen: &Screen, me: &Profile) -> Message {
    match screen {
        Screen::Welcome { name, customers, completed_orders } => {
            welcome::welcome(voice, name, *customers, *completed_orders)
        }
        Screen::Ask { detail, first_visit } => profile::ask(voice, *detail, *first_visit),
        Screen::BadDetail(detail) => profile::bad(voice, *detail),
        Screen::DetailSaved(detail) => profile::saved(voice, *detail),
        Screen::Catalogue => browse::catalogue(voice),
        Screen::Categories(lines) => browse::categories(voice, lines),
        Screen::TopBuyers(buyers) => browse::top_buyers(voice, buyers),
        Screen::NothingFound { searched } => browse::nothing_found(voice, searched),
        Screen::Products { filter, title, lines, page, pages } => {
            products::list(voice, *filter, title.as_deref(), lines, (*page, *pages))
        }
        Screen::Stock { lines, page, pages, at } => products::stock(voice, lines, (*page, *pages), *at),
        Screen::Product(card) => product::card(voice, card, me),
        Screen::Cart { lines, total } => cart::cart(voice, lines, *total),
        Screen::Checkout { order, fee_estimate, balance, resumed } => {
            checkout::checkout(voice, order, *fee_estimate, *balance, *resumed)
        }
        Screen::ConfirmBalance { order, balance } => checkout::confirm(voice, order, *balance),
        Screen::BalanceTooLow { order, missing, balance, deposit } => {
            checkout::too_low(voice, order, (*missing, *balance), *deposit)
        }
        Screen::MakingInvoice { code } => checkout::making_invoice(voice, code),
        Screen::PaidByBalance { order, balance } => checkout::paid(voice, order, *balance),
        Screen::OrderClosed(order) => checkout::closed(voice, order),
        Screen::Account { profile, balance } => account::account(voice, profile, *balance),
        Screen::Languages => account::languages(voice),
        Screen::Movements { lines, balance, page, pages } => {
            account::movements(voice, lines, *balance, (*page, *pages))
        }
        Screen::Orders { lines, page, pages } => orders::list(voice, lines, (*page, *pages)),
        Screen::OrderDetail { order, invoice, page } => orders::detail(voice, order, invoice.as_ref(), *page),
        Screen::Deposit { balance, presets } => deposit::choose(voice, *balance, presets),
        Screen::AskDeposit { min, max } => deposit::ask(voice, *min, *max),
        Screen::BadDeposit { min, max } => deposit::bad(voice, *min, *max),
        Screen::AskMessage => guide::ask_message(voice),
        Screen::MessageSent => guide::message_sent(voice),
        Screen::HowToOrder => guide::how_to_order(voice),
        Screen::Help { staff } => guide::help(voice, *staff),
        Screen::Staff(screen) => staff::message(voice, screen),
        Screen::Notice(notice) => notice::message(voice, notice),
    }
}
