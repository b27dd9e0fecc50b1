//! What is shown, as data. `text` puts it into words.

use super::notice::Notice;
use super::view::{Detail, Filter};
use crate::rules::fact::Person;
use crate::rules::ids::ProductNumber;
use crate::rules::invoice::Invoice;
use crate::rules::money::Rupiah;
use crate::rules::order::{Order, OrderState};
use crate::rules::people::Profile;
use chrono::{DateTime, Utc};

/// A view filled with what the store says.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    Welcome {
        name: String,
        customers: i64,
        completed_orders: i64,
    },
    /// A question of the first visit, or of the account page (`first_visit` false).
    Ask {
        detail: Detail,
        first_visit: bool,
    },
    Catalogue,
    Categories(Vec<CategoryLine>),
    /// `title` is the category or what was searched for.
    Products {
        filter: Filter,
        title: Option<String>,
        lines: Vec<ProductLine>,
        page: u32,
        pages: u32,
    },
    /// With what each has spent, most first.
    TopBuyers(Vec<(String, Rupiah)>),
    Stock {
        lines: Vec<ProductLine>,
        page: u32,
        pages: u32,
        at: DateTime<Utc>,
    },
    Product(Box<ProductCard>),
    Cart {
        lines: Vec<CartLine>,
        total: Rupiah,
    },
    /// `balance` is the customer's; `resumed` says that this order was open already.
    Checkout {
        order: Order,
        fee_estimate: Rupiah,
        balance: Rupiah,
        resumed: bool,
    },
    ConfirmBalance {
        order: Order,
        balance: Rupiah,
    },
    /// `deposit` is the amount offered: what is missing, or the nearest amount that a deposit may have.
    BalanceTooLow {
        order: Order,
        missing: Rupiah,
        balance: Rupiah,
        deposit: Rupiah,
    },
    /// The gateway is being asked for an invoice.
    MakingInvoice {
        code: String,
    },
    PaidByBalance {
        order: Order,
        balance: Rupiah,
    },
    /// The order is in a state that the pressed button was not made for.
    OrderClosed(Order),
    Account {
        profile: Profile,
        balance: Rupiah,
    },
    Languages,
    Orders {
        lines: Vec<Order>,
        page: u32,
        pages: u32,
    },
    OrderDetail {
        order: Order,
        invoice: Option<Invoice>,
        page: u32,
    },
    Movements {
        lines: Vec<MovementLine>,
        balance: Rupiah,
        page: u32,
        pages: u32,
    },
    Deposit {
        balance: Rupiah,
        presets: Vec<Rupiah>,
    },
    AskDeposit {
        min: Rupiah,
        max: Rupiah,
    },
    /// What was typed is no amount within the limits.
    BadDeposit {
        min: Rupiah,
        max: Rupiah,
    },
    AskMessage,
    MessageSent,
    HowToOrder,
    Help {
        staff: bool,
    },
    /// Input that could not be understood as the detail that was asked for.
    BadDetail(Detail),
    DetailSaved(Detail),
    NothingFound {
        searched: String,
    },
    Staff(Box<StaffScreen>),
    Notice(Notice),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryLine {
    pub key: u32,
    pub name: String,
    pub emoji: Option<String>,
    pub products: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductLine {
    pub number: ProductNumber,
    pub name: String,
    pub price: Rupiah,
    pub stock: i64,
    pub sold: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    pub number: ProductNumber,
    pub name: String,
    pub category: String,
    pub description: String,
    pub list_price: Rupiah,
    pub own_price: Rupiah,
    pub stock: i64,
    pub sold: i64,
    /// What the quantity buttons stand at, its bounds, and what that many cost.
    pub quantity: u32,
    pub min: u32,
    pub max: u32,
    pub amount: Rupiah,
    /// Quantity, price, and the saving against single units in whole percent.
    pub packages: Vec<(u32, Rupiah, u32)>,
    pub picture: Option<String>,
    /// How many are in the cart.
    pub in_cart: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    pub number: ProductNumber,
    pub name: String,
    pub quantity: u32,
    pub amount: Rupiah,
    /// Free units; fewer than the quantity means that checkout would refuse.
    pub stock: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementLine {
    pub at: DateTime<Utc>,
    /// `deposit`, `order`, `late` or `transfer`.
    pub source: String,
    pub reference: String,
    pub amount: Rupiah,
}

/// What only staff see.
#[derive(Debug, Clone, PartialEq)]
pub enum StaffScreen {
    Menu,
    /// The command was not understood: its usage line and one right example follow from it.
    Usage(&'static super::command::Usage),
    ProductAdded {
        number: ProductNumber,
        name: String,
        price: Rupiah,
        category: String,
    },
    NumberTaken {
        number: ProductNumber,
        by: String,
    },
    NoSuchProduct {
        number: ProductNumber,
    },
    /// Duplicates are named by their place in the list, never by content.
    UnitsAdded {
        number: ProductNumber,
        name: String,
        added: u32,
        duplicates: Vec<u32>,
        stock: i64,
    },
    UnitsInProgress {
        done: u32,
        all: u32,
    },
    /// Units with their content, opened for this one message.
    Units {
        number: ProductNumber,
        name: String,
        lines: Vec<UnitLine>,
        total: i64,
        page: u32,
        pages: u32,
    },
    NoSuchPerson {
        typed: String,
    },
    Info {
        profile: Profile,
        balance: Rupiah,
        orders: i64,
        spent: Rupiah,
        last: Vec<Order>,
    },
    Transferred {
        person: Person,
        amount: Rupiah,
        balance: Rupiah,
    },
    /// The balance would fall below zero.
    NotThatMuch {
        person: Person,
        balance: Rupiah,
    },
    Orders {
        state: Option<OrderState>,
        lines: Vec<(Order, Person)>,
        page: u32,
        pages: u32,
    },
    Order {
        order: Order,
        buyer: Person,
        invoice: Option<Invoice>,
    },
    NoSuchOrder {
        code: String,
    },
    Whitelisted {
        chat: i64,
        on: bool,
        changed: bool,
    },
    ReplySent {
        name: String,
    },
    /// A document that is too large or not text.
    BadDocument {
        max_kilobytes: u64,
    },
}

/// A unit of stock as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLine {
    pub id: i64,
    pub content: String,
    /// `free`, `reserved`, `sold` or `burned`.
    pub state: String,
    pub order_code: Option<String>,
}
