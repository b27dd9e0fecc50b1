//! From a fact to the calls that tell it. Goods are opened here to be sent, and otherwise only by
//! `session/stocktaking.rs`, for `/viewstock`.

use super::MessengerDeps;
use crate::fault::{Code, Fault};
use crate::ports::Call;
use crate::rules::fact::Fact;
use crate::rules::ids::{ChatId, InvoiceId, MessageId, OrderId};
use crate::rules::invoice::Invoice;
use crate::rules::order::{Order, PaymentMethod};
use crate::store::model::DueFact;
use crate::text::message::Message;
use crate::text::{Goods, Voice};

/// One call of a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub call: Call,
    /// Tried instead if an edit or a deletion is not possible; `None`: nothing is.
    pub instead: Option<Call>,
}

/// The calls that tell a fact, in order.
pub async fn render(deps: &MessengerDeps, due: &DueFact) -> Result<Vec<Step>, Fault> {
    let voice = Voice::new(due.language.unwrap_or(deps.default_language), deps.words.clone());
    let chat = due.chat;
    let mut steps = Vec::new();
    let messages = match &due.fact {
        Fact::GoodsReady { order, late } => {
            let (goods, invoice) = (open_goods(deps, order.id).await?, paid_by(deps, order).await?);
            voice.goods(order, invoice.as_ref(), &goods, *late, false)
        }
        Fact::GoodsAgain { order } => {
            let (goods, invoice) = (open_goods(deps, order.id).await?, paid_by(deps, order).await?);
            voice.goods(order, invoice.as_ref(), &goods, false, true)
        }
        Fact::InvoiceOpened { replaces, .. } => {
            steps.extend(replaces.map(|message_id| Step::plain(Call::Delete { chat, message_id })));
            voice.fact(&due.fact)
        }
        Fact::InvoiceExpired { invoice, .. }
        | Fact::InvoiceCancelled { invoice, .. }
        | Fact::InvoiceWithdrawn { invoice } => {
            let messages = voice.fact(&due.fact);
            for message_id in shown(deps, chat, *invoice).await? {
                steps.push(withdrawal(chat, message_id, messages.first()));
            }
            messages
        }
        Fact::InvoiceRefused { replaces: Some(message_id), .. } => {
            let mut messages = voice.fact(&due.fact).into_iter();
            steps.extend(messages.next().map(|message| rewriting(chat, *message_id, message)));
            messages.collect()
        }
        fact => voice.fact(fact),
    };
    steps.extend(messages.into_iter().map(|message| Step::plain(Call::Send { chat, message })));
    Ok(steps)
}

impl Step {
    fn plain(call: Call) -> Self {
        Self { call, instead: None }
    }
}

/// Takes a message away, or else writes over it.
fn withdrawal(chat: ChatId, message_id: MessageId, over: Option<&Message>) -> Step {
    let instead = over.map(|message| Call::Edit { chat, message_id, message: message.clone() });
    Step { call: Call::Delete { chat, message_id }, instead }
}

/// Writes over a message, or else sends a new one.
fn rewriting(chat: ChatId, message_id: MessageId, message: Message) -> Step {
    let instead = Some(Call::Send { chat, message: message.clone() });
    Step { call: Call::Edit { chat, message_id, message }, instead }
}

/// The messages of this chat that show an invoice's QR.
async fn shown(deps: &MessengerDeps, chat: ChatId, invoice: InvoiceId) -> Result<Vec<MessageId>, Fault> {
    let shown = deps.store.messages_about(format!("invoice:{invoice}")).await?;
    Ok(shown.into_iter().filter(|(place, _)| *place == chat).map(|(_, message)| message).collect())
}

/// The invoice of an order that was paid at the gateway: its fee stands in the receipt.
async fn paid_by(deps: &MessengerDeps, order: &Order) -> Result<Option<Invoice>, Fault> {
    match order.method {
        Some(PaymentMethod::Qris) => deps.store.invoice_of_order(order.id).await,
        _ => Ok(None),
    }
}

async fn open_goods(deps: &MessengerDeps, order: OrderId) -> Result<Vec<Goods>, Fault> {
    let mut goods = Vec::new();
    for line in deps.store.goods_of(order).await? {
        if line.units.len() != line.quantity as usize {
            let (held, quantity, product) = (line.units.len(), line.quantity, line.product);
            let detail =
                format!("order {order} is paid, but has {held} of {quantity} units of product {product}.");
            return Err(Fault::new(Code::GoodsUnreadable, detail));
        }
        let units =
            line.units.iter().map(|unit| deps.vault.open(line.product, unit)).collect::<Result<_, _>>()?;
        goods.push(Goods { name: line.name, units, note: line.note, terms: line.terms });
    }
    if goods.is_empty() {
        return Err(Fault::new(
            Code::GoodsUnreadable,
            format!("order {order} has no lines, or is not paid."),
        ));
    }
    Ok(goods)
}
