//! The conversation: what somebody did, where they were, and what follows. Pure.

pub mod command;
mod details;
pub mod notice;
pub mod screen;
mod sent;
pub mod view;

use super::ids::{OrderId, ProductNumber, UserId};
use super::money::Rupiah;
use super::people::{Profile, ProfileChange};
use command::{Command, StaffCommand, Typed, Usage};
use notice::Notice;
use serde::{Deserialize, Serialize};
use view::{Detail, MenuButton, Press, View};

/// What a conversation remembers between two messages. Everything else is in the store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    /// The question whose answer the next text is.
    pub asking: Option<Question>,
    /// What was searched for last.
    pub search: Option<String>,
}

/// A question waiting for a typed answer. Any button or command leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// A question of the first visit, followed by the next one.
    First(Detail),
    /// A question of the account page.
    Detail(Detail),
    DepositAmount,
    MessageToStaff,
}

/// Something a person did, already understood as far as words go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Menu(MenuButton),
    Press(Press),
    /// Data of a button that this version does not know.
    UnknownPress,
    /// A press in a group; `None` if this version does not know its data.
    GroupPress(Option<Press>),
    /// The number of a product of the shop, as its button types it.
    Number(ProductNumber),
    /// Any text that is no button's label.
    Text(String),
    /// A reply of staff to a message that stands for a customer.
    Reply {
        customer: UserId,
        text: String,
        picture: Option<String>,
    },
    Picture {
        file: String,
        caption: String,
    },
    Document {
        file: String,
        size_bytes: u64,
        caption: String,
    },
    /// A sticker, a voice message and the like.
    Other,
}

/// What has to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Open(View),
    Ask(Question),
    Tell(Notice),
    Reserve(Basket),
    OpenInvoice(OrderId),
    OpenDeposit(Rupiah),
    BadDeposit,
    PayByBalance(OrderId),
    CancelOrder(OrderId),
    CheckStatus(super::ids::InvoiceId),
    CancelInvoice(super::ids::InvoiceId),
    SendGoodsAgain(OrderId),
    PutInCart {
        number: ProductNumber,
        quantity: u32,
        added: bool,
    },
    EmptyCart,
    Subscribe(ProductNumber),
    Change {
        change: ProfileChange,
        then: Option<Box<Effect>>,
    },
    DetailSaved(Detail),
    BadDetail(Detail),
    MessageStaff {
        text: String,
        picture: Option<String>,
    },
    AnswerCustomer {
        customer: UserId,
        text: String,
        picture: Option<String>,
    },
    Staff(StaffCommand),
    StaffUsage(&'static Usage),
    /// Units from a document, for the product named in its caption.
    StockDocument {
        number: ProductNumber,
        file: String,
        size_bytes: u64,
    },
    /// Nothing at all: to this person it does not exist.
    Silence,
}

/// What is to be reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basket {
    One { number: ProductNumber, quantity: u32 },
    Cart,
    Again(OrderId),
}

/// One step of a conversation.
pub fn step(state: State, input: Input, me: &Profile) -> (State, Vec<Effect>) {
    if me.banned {
        return (State::default(), banned(&input));
    }
    match input {
        Input::Menu(MenuButton::Message) => ask(state, Question::MessageToStaff),
        Input::Menu(button) => (left(state), vec![menu(button, me)]),
        Input::Press(press) => pressed(state, press),
        Input::UnknownPress => {
            (left(state), vec![Effect::Tell(Notice::OldButton), Effect::Open(View::Welcome)])
        }
        Input::GroupPress(press) => (state, pressed_in_group(press, me)),
        Input::Number(number) => sent::number(state, number),
        Input::Text(text) if text.trim_start().starts_with('/') => {
            commanded(state, command::parse(&text), me)
        }
        Input::Text(text) => sent::text(state, text),
        Input::Reply { customer, text, picture } => (state, vec![sent::reply(customer, text, picture)]),
        Input::Picture { file, caption } => sent::picture(state, file, caption),
        Input::Document { file, size_bytes, caption } => {
            sent::document(state, file, size_bytes, &caption, me)
        }
        Input::Other => sent::not_understood(state),
    }
}

/// In a group only staff's buttons work: all others lead to somebody's own cart, orders and balance. A press in a group
/// does not change the presser's conversation with the bot.
fn pressed_in_group(press: Option<Press>, me: &Profile) -> Vec<Effect> {
    match press {
        _ if !me.roles.is_staff() => vec![Effect::Tell(Notice::StaffOnly)],
        Some(Press::Open(view)) if view.is_for_staff() => vec![Effect::Open(view)],
        Some(Press::Nothing) => vec![],
        _ => vec![Effect::Tell(Notice::InPrivate)],
    }
}

/// Any button or command leaves the question that was asked; what was searched for is kept, so that its pages go on
/// working.
fn left(state: State) -> State {
    State { asking: None, ..state }
}

/// A banned customer may still read what they bought.
fn banned(input: &Input) -> Vec<Effect> {
    match input {
        Input::Press(Press::Open(view @ (View::Orders { .. } | View::OrderDetail { .. }))) => {
            vec![Effect::Open(view.clone())]
        }
        Input::Press(Press::GoodsAgain(order)) => vec![Effect::SendGoodsAgain(*order)],
        _ => vec![Effect::Tell(Notice::Banned)],
    }
}

fn menu(button: MenuButton, me: &Profile) -> Effect {
    match button {
        MenuButton::Catalogue => Effect::Open(View::Catalogue),
        MenuButton::Stock => Effect::Open(View::Stock { page: 0 }),
        MenuButton::Account => Effect::Open(View::Account),
        MenuButton::Message => Effect::Ask(Question::MessageToStaff),
        MenuButton::Staff if me.roles.is_staff() => Effect::Open(View::StaffMenu),
        MenuButton::Staff => Effect::Silence,
    }
}

fn pressed(state: State, press: Press) -> (State, Vec<Effect>) {
    let asking = state.asking;
    let state = left(state);
    let effects = match press {
        Press::Open(view) => vec![Effect::Open(view)],
        Press::AddToCart { number, quantity } => vec![Effect::PutInCart { number, quantity, added: true }],
        Press::CartQuantity { number, quantity } => {
            vec![Effect::PutInCart { number, quantity, added: false }, Effect::Open(View::Cart)]
        }
        Press::EmptyCart => vec![Effect::EmptyCart, Effect::Open(View::Cart)],
        Press::BuyNow { number, quantity } => vec![Effect::Reserve(Basket::One { number, quantity })],
        Press::CheckoutCart => vec![Effect::Reserve(Basket::Cart)],
        Press::BuyAgain(order) => vec![Effect::Reserve(Basket::Again(order))],
        Press::PayQris(order) => vec![Effect::OpenInvoice(order)],
        Press::PayBalance(order) => vec![Effect::PayByBalance(order)],
        Press::CancelOrder(order) => vec![Effect::CancelOrder(order)],
        Press::Status(invoice) => vec![Effect::CheckStatus(invoice)],
        Press::CancelInvoice(invoice) => vec![Effect::CancelInvoice(invoice)],
        Press::GoodsAgain(order) => vec![Effect::SendGoodsAgain(order)],
        Press::Deposit(amount) => vec![Effect::OpenDeposit(amount)],
        Press::TypeDeposit => return ask(state, Question::DepositAmount),
        Press::NotifyRestock(number) => vec![Effect::Subscribe(number)],
        Press::Change(detail) => return ask(state, Question::Detail(detail)),
        Press::SetLanguage(language) => vec![
            Effect::Change { change: ProfileChange::Language(language), then: None },
            Effect::Tell(Notice::LanguageSet),
            Effect::Open(View::Welcome),
        ],
        Press::Skip(detail) => match asking {
            // the second tap of two: the next question stands
            Some(Question::First(next)) if next != detail => return (State { asking, ..state }, vec![]),
            _ => return skip(state, asking),
        },
        Press::StopAsking => vec![Effect::Open(View::Account)],
        Press::Nothing => vec![],
    };
    (state, effects)
}

fn ask(state: State, question: Question) -> (State, Vec<Effect>) {
    (State { asking: Some(question), ..state }, vec![Effect::Ask(question)])
}

/// The next question of the first visit, or its end.
fn after_first(state: State, detail: Detail) -> (State, Vec<Effect>) {
    match detail {
        Detail::Name => ask(state, Question::First(Detail::Whatsapp)),
        Detail::Whatsapp => ask(state, Question::First(Detail::Email)),
        Detail::Email => {
            let done = Effect::Change { change: ProfileChange::Onboarded, then: None };
            (left(state), vec![done, Effect::Open(View::Welcome)])
        }
    }
}

fn skip(state: State, asking: Option<Question>) -> (State, Vec<Effect>) {
    match asking {
        Some(Question::First(detail)) => after_first(state, detail),
        Some(_) => (left(state), vec![Effect::Open(View::Account)]),
        None => (state, vec![Effect::Open(View::Welcome)]),
    }
}

fn commanded(state: State, typed: Typed, me: &Profile) -> (State, Vec<Effect>) {
    let asking = state.asking;
    let state = left(state);
    let staff = me.roles.is_staff();
    let effects = match typed {
        Typed::Command(Command::Start) if !me.onboarded => return ask(state, Question::First(Detail::Name)),
        Typed::Command(Command::Start) => vec![Effect::Open(View::Welcome)],
        Typed::Command(Command::StartProduct(number)) => {
            vec![Effect::Open(View::Welcome), Effect::Open(View::Product { number, quantity: 0 })]
        }
        Typed::Command(Command::Stock) => vec![Effect::Open(View::Stock { page: 0 })],
        Typed::Command(Command::Catalogue) => vec![Effect::Open(View::Catalogue)],
        Typed::Command(Command::Cart) => vec![Effect::Open(View::Cart)],
        Typed::Command(Command::Account) => vec![Effect::Open(View::Account)],
        Typed::Command(Command::Order) => vec![Effect::Open(View::HowToOrder)],
        Typed::Command(Command::Help) => vec![Effect::Open(View::Help)],
        Typed::Command(Command::Languages) => vec![Effect::Open(View::Languages)],
        Typed::Command(Command::Message) => return ask(state, Question::MessageToStaff),
        Typed::Command(Command::Skip) => return skip(state, asking),
        Typed::Staff(command) if staff => vec![Effect::Staff(command)],
        Typed::Malformed(usage) if staff => vec![Effect::StaffUsage(usage)],
        Typed::Staff(_) | Typed::Malformed(_) => vec![Effect::Silence],
        Typed::Unknown if staff => vec![Effect::Open(View::Help)],
        // An unknown command and an admin's command look the same from outside.
        Typed::Unknown => vec![Effect::Silence],
    };
    (state, effects)
}
