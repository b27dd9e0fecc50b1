//! What only staff see.

mod menu;
mod orders;
mod people;
mod stock;

use crate::rules::dialog::screen::StaffScreen;
use crate::text::Voice;
use crate::text::message::Message;

pub(super) fn message(voice: &Voice, screen: &StaffScreen) -> Message {
    match screen {
        StaffScreen::Menu => menu::menu(voice),
        StaffScreen::Usage(usage) => menu::usage(voice, usage),
        StaffScreen::Whitelisted { chat, on, changed } => menu::whitelisted(voice, *chat, *on, *changed),
        StaffScreen::ProductAdded { number, name, price, category } => {
            stock::product_added(voice, *number, name, *price, category)
        }
        StaffScreen::NumberTaken { number, by } => stock::number_taken(voice, *number, by),
        StaffScreen::NoSuchProduct { number } => stock::no_such_product(voice, *number),
        StaffScreen::UnitsAdded { number, name, added, duplicates, stock } => {
            stock::units_added(voice, (*number, name), *added, duplicates, *stock)
        }
        StaffScreen::UnitsInProgress { done, all } => stock::units_in_progress(voice, *done, *all),
        StaffScreen::Units { number, name, lines, total, page, pages } => {
            stock::units(voice, (*number, name), lines, *total, (*page, *pages))
        }
        StaffScreen::BadDocument { max_kilobytes } => stock::bad_document(voice, *max_kilobytes),
        StaffScreen::NoSuchPerson { typed } => people::no_such_person(voice, typed),
        StaffScreen::Info { profile, balance, orders, spent, last } => {
            people::info(voice, profile, *balance, (*orders, *spent), last)
        }
        StaffScreen::Transferred { person, amount, balance } => {
            people::transferred(voice, person, *amount, *balance)
        }
        StaffScreen::NotThatMuch { person, balance } => people::not_that_much(voice, person, *balance),
        StaffScreen::ReplySent { name } => people::reply_sent(voice, name),
        StaffScreen::NoSuchOrder { code } => orders::no_such_order(voice, code),
        StaffScreen::Orders { state, lines, page, pages } => {
            orders::list(voice, *state, lines, (*page, *pages))
        }
        StaffScreen::Order { order, buyer, invoice } => orders::order(voice, order, buyer, invoice.as_ref()),
    }
}
