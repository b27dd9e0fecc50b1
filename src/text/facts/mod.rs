//! Facts in words: what reaches people by itself.

pub(super) mod goods;
mod invoice;
mod money;
mod staff;

pub(super) use staff::LETTER_FRAME_MAX;

use super::Voice;
use super::buttons::{Rows, to_product};
use super::format::name;
use super::message::Message;
use crate::rules::fact::Fact;
use crate::rules::ids::ProductNumber;

pub(super) fn messages(voice: &Voice, fact: &Fact) -> Vec<Message> {
    let message = match fact {
        Fact::InvoiceOpened { invoice, .. } => invoice::opened(voice, invoice),
        Fact::InvoiceRefused { code, order, .. } => invoice::refused(voice, code, *order),
        Fact::InvoiceExpired { code, deposit, .. } => invoice::expired(voice, code, *deposit),
        Fact::InvoiceCancelled { code, deposit, .. } => invoice::cancelled(voice, code, *deposit),
        Fact::OrderExpired { code } => invoice::order_expired(voice, code),
        Fact::InvoiceWithdrawn { .. } => return Vec::new(),
        Fact::GoodsReady { order, late } => return goods::messages(voice, order, None, &[], *late, false),
        Fact::GoodsAgain { order } => return goods::messages(voice, order, None, &[], false, true),
        Fact::DepositPaid { code, amount, balance, late, order } => {
            money::deposit_paid(voice, code, (*amount, *balance), *late, order.as_ref())
        }
        Fact::LateCredited { code, amount, balance } => money::late_credited(voice, code, *amount, *balance),
        Fact::PaidTwice { code, amount, balance } => money::paid_twice(voice, code, *amount, *balance),
        Fact::BalanceChanged { amount, balance } => money::balance_changed(voice, *amount, *balance),
        Fact::StaffReply { text, picture } => return staff::reply(voice, text, picture.as_deref()),
        Fact::CustomerMessage { from, text, picture } => {
            return staff::customer_message(voice, from, text, picture.as_deref());
        }
        Fact::News(news) => return staff::news(voice, news),
        Fact::Trouble { fault, detail } => staff::trouble(voice, fault, detail),
        Fact::TroubleOver { fault } => staff::trouble_over(voice, fault),
        Fact::BackInStock { product, name } => back_in_stock(voice, *product, name),
    };
    vec![message]
}

fn back_in_stock(voice: &Voice, number: ProductNumber, called: &str) -> Message {
    let called = name(called);
    Rows::new().row([to_product(voice, number)]).under(say!(
        voice,
        "🔔 Kabar baik! <b>{number}. {called}</b> sudah ada lagi. Yuk, sebelum kehabisan.",
        "🔔 Good news! <b>{number}. {called}</b> is back in stock. Get yours while it lasts.",
    ))
}
