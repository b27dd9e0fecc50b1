//! What a button carries: a word for the press, then its fields, such as `buy:12:3`.
//!
//! Old messages keep their buttons for years. A word therefore means one thing for ever: a press whose
//! fields change gets a new word (`buy2`), and the old one is either still read or answered as unknown.

use crate::rules::dialog::view::{Detail, Filter, Press, View};
use crate::rules::ids::{InvoiceId, OrderId, ProductNumber};
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::rules::people::Language;
use std::str::{FromStr, Split};

/// The data of a press; never longer than the 64 bytes that Telegram carries.
pub fn encode(press: &Press) -> String {
    match press {
        Press::Open(view) => encode_view(view),
        Press::AddToCart { number, quantity } => format!("add:{number}:{quantity}"),
        Press::CartQuantity { number, quantity } => format!("set:{number}:{quantity}"),
        Press::EmptyCart => "empty".into(),
        Press::BuyNow { number, quantity } => format!("buy:{number}:{quantity}"),
        Press::CheckoutCart => "checkout".into(),
        Press::BuyAgain(order) => format!("again:{order}"),
        Press::PayQris(order) => format!("qris:{order}"),
        Press::PayBalance(order) => format!("saldo:{order}"),
        Press::CancelOrder(order) => format!("cancel:{order}"),
        Press::Status(invoice) => format!("status:{invoice}"),
        Press::CancelInvoice(invoice) => format!("void:{invoice}"),
        Press::GoodsAgain(order) => format!("goods:{order}"),
        Press::Deposit(amount) => format!("deposit:{}", amount.0),
        Press::TypeDeposit => "type_deposit".into(),
        Press::NotifyRestock(number) => format!("notify:{number}"),
        Press::Change(detail) => format!("change:{}", detail_word(*detail)),
        Press::SetLanguage(language) => format!("language:{}", language.code()),
        Press::Skip(detail) => format!("skip:{}", detail_word(*detail)),
        Press::StopAsking => "stop".into(),
        Press::Nothing => "nothing".into(),
    }
}

fn encode_view(view: &View) -> String {
    match view {
        View::Welcome => "welcome".into(),
        View::Catalogue => "catalogue".into(),
        View::Categories => "categories".into(),
        View::Products { filter: Filter::Category(key), page } => format!("category:{key}:{page}"),
        View::Products { filter: Filter::All, page } => format!("all:{page}"),
        View::Products { filter: Filter::Bestsellers, page } => format!("best:{page}"),
        View::Products { filter: Filter::Search, page } => format!("search:{page}"),
        View::TopBuyers => "top_buyers".into(),
        View::Stock { page } => format!("stock:{page}"),
        View::Product { number, quantity } => format!("product:{number}:{quantity}"),
        View::Cart => "cart".into(),
        View::Checkout(order) => format!("pay:{order}"),
        View::ConfirmBalance(order) => format!("confirm:{order}"),
        View::Account => "account".into(),
        View::Languages => "languages".into(),
        View::Orders { page } => format!("orders:{page}"),
        View::OrderDetail { order, page } => format!("order:{order}:{page}"),
        View::Movements { page } => format!("movements:{page}"),
        View::Deposit => "deposits".into(),
        View::HowToOrder => "how".into(),
        View::Help => "help".into(),
        View::StaffMenu => "staff".into(),
        View::StaffOrders { state: None, page } => format!("staff_orders:any:{page}"),
        View::StaffOrders { state: Some(state), page } => format!("staff_orders:{}:{page}", state.name()),
        View::StaffStock { number, page } => format!("staff_stock:{number}:{page}"),
    }
}

/// Reads what [`encode`] wrote; `None` for anything else, however close.
pub fn decode(data: &str) -> Option<Press> {
    let (word, fields) = data.split_once(':').unwrap_or((data, ""));
    let view = decode_view(word, &mut fields.split(':')).map(Press::Open);
    let press = view.or_else(|| decode_act(word, &mut fields.split(':')))?;
    // One press, one spelling: `buy:+1:02` or a field too many is nothing we ever wrote.
    (encode(&press) == data).then_some(press)
}

type Fields<'a> = Split<'a, char>;

fn decode_act(word: &str, fields: &mut Fields) -> Option<Press> {
    Some(match word {
        "add" => Press::AddToCart { number: product(fields)?, quantity: next(fields)? },
        "set" => Press::CartQuantity { number: product(fields)?, quantity: next(fields)? },
        "empty" => Press::EmptyCart,
        "buy" => Press::BuyNow { number: product(fields)?, quantity: next(fields)? },
        "checkout" => Press::CheckoutCart,
        "again" => Press::BuyAgain(order(fields)?),
        "qris" => Press::PayQris(order(fields)?),
        "saldo" => Press::PayBalance(order(fields)?),
        "cancel" => Press::CancelOrder(order(fields)?),
        "status" => Press::Status(InvoiceId(next(fields)?)),
        "void" => Press::CancelInvoice(InvoiceId(next(fields)?)),
        "goods" => Press::GoodsAgain(order(fields)?),
        "deposit" => Press::Deposit(Rupiah(next(fields)?)),
        "type_deposit" => Press::TypeDeposit,
        "notify" => Press::NotifyRestock(product(fields)?),
        "change" => Press::Change(detail(fields.next()?)?),
        "language" => Press::SetLanguage(language(fields.next()?)?),
        "skip" => Press::Skip(detail(fields.next()?)?),
        "stop" => Press::StopAsking,
        "nothing" => Press::Nothing,
        _ => return None,
    })
}

fn decode_view(word: &str, fields: &mut Fields) -> Option<View> {
    Some(match word {
        "welcome" => View::Welcome,
        "catalogue" => View::Catalogue,
        "categories" => View::Categories,
        "category" => View::Products { filter: Filter::Category(next(fields)?), page: next(fields)? },
        "all" => View::Products { filter: Filter::All, page: next(fields)? },
        "best" => View::Products { filter: Filter::Bestsellers, page: next(fields)? },
        "search" => View::Products { filter: Filter::Search, page: next(fields)? },
        "top_buyers" => View::TopBuyers,
        "stock" => View::Stock { page: next(fields)? },
        "product" => View::Product { number: product(fields)?, quantity: next(fields)? },
        "cart" => View::Cart,
        "pay" => View::Checkout(order(fields)?),
        "confirm" => View::ConfirmBalance(order(fields)?),
        "account" => View::Account,
        "languages" => View::Languages,
        "orders" => View::Orders { page: next(fields)? },
        "order" => View::OrderDetail { order: order(fields)?, page: next(fields)? },
        "movements" => View::Movements { page: next(fields)? },
        "deposits" => View::Deposit,
        "how" => View::HowToOrder,
        "help" => View::Help,
        "staff" => View::StaffMenu,
        "staff_orders" => View::StaffOrders { state: state(fields.next()?)?, page: next(fields)? },
        "staff_stock" => View::StaffStock { number: product(fields)?, page: next(fields)? },
        _ => return None,
    })
}

fn next<T: FromStr>(fields: &mut Fields) -> Option<T> {
    fields.next()?.parse().ok()
}

fn product(fields: &mut Fields) -> Option<ProductNumber> {
    next(fields).map(ProductNumber)
}

fn order(fields: &mut Fields) -> Option<OrderId> {
    next(fields).map(OrderId)
}

fn state(word: &str) -> Option<Option<OrderState>> {
    match word {
        "any" => Some(None),
        word => OrderState::parse(word).map(Some),
    }
}

fn language(code: &str) -> Option<Language> {
    [Language::Id, Language::En].into_iter().find(|language| language.code() == code)
}

fn detail(word: &str) -> Option<Detail> {
    [Detail::Name, Detail::Whatsapp, Detail::Email].into_iter().find(|detail| detail_word(*detail) == word)
}

fn detail_word(detail: Detail) -> &'static str {
    match detail {
        Detail::Name => "name",
        Detail::Whatsapp => "whatsapp",
        Detail::Email => "email",
    }
}
