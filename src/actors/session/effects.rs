//! From an update to its effects: who sent it, what they mean and what follows, in this order.

use super::messages::Handled;
use super::scene::{Done, Pressed, Scene};
use super::{Memory, QrPress, SessionDeps, update_key};
use crate::fault::{Code, Fault};
use crate::rules::dialog::command::{self, StaffCommand, Typed};
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::Screen;
use crate::rules::dialog::{Effect, Input, Question, State, step};
use crate::rules::ids::{ChatId, ProductNumber};
use crate::rules::incoming::{Incoming, Kind, Place};
use crate::rules::people::{Language, Profile, Roles};
use crate::store::model::Newcomer;
use crate::text::{codec, labels};
use crate::trip;
use chrono::TimeDelta;
use std::sync::Arc;

/// How many random bank ids are tried for a newcomer, since one may be taken already.
const BANK_ID_TRIES: u32 = 5;

/// Handles one update. Gives back what is known of the person afterwards.
pub(super) async fn handle(
    deps: Arc<SessionDeps>,
    mut memory: Memory,
    incoming: Incoming,
) -> (Memory, Result<Handled, Fault>) {
    let result = attempt(&deps, &mut memory, incoming).await;
    if result.is_err() {
        memory.profile = None;
    }
    (memory, result)
}

async fn attempt(deps: &Arc<SessionDeps>, memory: &mut Memory, incoming: Incoming) -> Result<Handled, Fault> {
    if let Kind::Blocked | Kind::Unblocked = incoming.kind {
        let gone = incoming.kind == Kind::Blocked;
        if incoming.place == Place::Private {
            deps.store.set_unreachable(incoming.from.chat, gone, deps.clock.now()).await?;
        }
        return Ok(Handled::default());
    }
    let me = recognise(deps, memory, &incoming).await?;
    trip::point("session.asked");
    let before = remember(deps, memory, &me).await?;
    let input = match reply_to_customer(deps, &incoming, me.roles).await? {
        Some(reply) => Some(reply),
        None => understand(deps, &incoming, me.roles),
    };
    let Some(input) = input else { return Ok(Handled::default()) };
    let admitted = memory.recent.admit(deps.clock.now(), deps.terms.commands_per_minute);
    if let (Err(seconds), false) = (admitted, me.roles.is_staff()) {
        let mut scene = set_scene(deps, me, &incoming, None);
        scene.tell(&Notice::Slowly { seconds });
        memory.profile = Some(scene.me);
        return Ok(Handled::default());
    }
    let (mut state, mut effects) = step(before.clone(), input, &me);
    limit_checks(deps, memory, &mut effects);
    let press = pressed(&incoming);
    ask_for_one_qr(deps, memory, press.as_ref(), &mut effects);
    let mut scene = set_scene(deps, me, &incoming, state.search.clone());
    let failed = perform_all(&mut scene, effects).await?;
    scene.finish();
    state.asking = scene.ask_again.or(state.asking);
    if let (Some(press), true) = (press, scene.qr_on_its_way) {
        memory.qr_press = Some((press, deps.clock.now()));
    }
    let user = scene.me.user;
    memory.profile = Some(scene.me);
    if let Some(fault) = failed {
        log_failure(deps, &fault);
        return Ok(Handled::default()); // the customer was told; pressing again starts from the old state
    }
    memory.state = Some(state.clone());
    let changed = state != before;
    Ok(Handled { state: changed.then(|| (user, serde_json::to_value(&state).unwrap_or_default())) })
}

/// Replaces a question about a payment that was asked too often by the time until the next one.
fn limit_checks(deps: &SessionDeps, memory: &mut Memory, effects: &mut [Effect]) {
    let now = deps.clock.now();
    for effect in effects {
        if let Effect::CheckStatus(invoice) = effect {
            let checks = memory.checks.entry(*invoice).or_default();
            if let Err(seconds) = checks.admit(now, deps.terms.status_checks_per_minute) {
                *effect = Effect::Tell(Notice::Slowly { seconds });
            }
        }
    }
}

/// Within this time another tap on the button that had a QR made is a slip; whoever wants the QR once more taps later,
/// after seeing it.
const DOUBLE_TAP: TimeDelta = TimeDelta::seconds(5);

/// Replaces a request for a QR if the same button asked for one a moment ago.
fn ask_for_one_qr(deps: &SessionDeps, memory: &Memory, press: Option<&QrPress>, effects: &mut [Effect]) {
    let Some((last, at)) = &memory.qr_press else { return };
    let ago = deps.clock.now() - *at;
    if press != Some(last) || !(TimeDelta::zero()..DOUBLE_TAP).contains(&ago) {
        return;
    }
    for effect in effects {
        if let Effect::OpenInvoice(_) | Effect::OpenDeposit(_) = effect {
            *effect = Effect::Tell(Notice::QrOnItsWay);
        }
    }
}

fn pressed(incoming: &Incoming) -> Option<QrPress> {
    match &incoming.kind {
        Kind::Press { data, message_id: Some(message), .. } => Some((*message, data.clone())),
        _ => None,
    }
}

fn log_failure(deps: &SessionDeps, fault: &Fault) {
    if fault.code != Code::Busy {
        deps.metrics.fault("A press was not carried out", fault);
    }
}

/// Performs effects until one fails. The customer hears of a failure at once, its cause goes to the log.
///
/// # Errors The update has to come again; its key then finds what it did already. Either all connections to the
/// database were in use, or it is a transfer of which nobody knows whether it was booked: typed anew, it would be a
/// second transfer.
async fn perform_all(scene: &mut Scene, effects: Vec<Effect>) -> Result<Option<Fault>, Fault> {
    for effect in effects {
        let is_transfer = matches!(effect, Effect::Staff(StaffCommand::Transfer { .. }));
        let Err(fault) = scene.perform(effect).await else { continue };
        if fault.code == Code::DatabaseBusy {
            return Err(fault);
        }
        if is_transfer && matches!(fault.code, Code::DatabaseDown | Code::ActorDied) {
            let detail = "what became of a transfer is not known: its update comes again.";
            return Err(Fault::new(Code::Busy, detail));
        }
        scene.tell(if fault.code == Code::Busy { &Notice::Busy } else { &Notice::TryAgain });
        return Ok(Some(fault));
    }
    Ok(None)
}

/// Finds out who the person is. Somebody new to the shop is enrolled; a new username is noted.
async fn recognise(deps: &SessionDeps, memory: &mut Memory, incoming: &Incoming) -> Result<Profile, Fault> {
    let from = &incoming.from;
    let username = from.username.as_ref().map(|name| name.to_lowercase());
    let known = match memory.profile.take() {
        Some(profile) => Some(profile),
        None => deps.store.profile_by_chat(deps.terms.platform, from.chat).await?,
    };
    if let Some(profile) = known.filter(|profile| profile.username == username && !profile.name.is_empty()) {
        return Ok(profile);
    }
    let mut tries = BANK_ID_TRIES;
    loop {
        let newcomer = Newcomer {
            platform: deps.terms.platform,
            chat: from.chat,
            username: username.clone(),
            name: if from.first_name.is_empty() { "Anonymous".into() } else { from.first_name.clone() },
            language: from.language_code.as_deref().map_or(deps.terms.default_language, Language::from_code),
            bank_id: format!("{:06}", deps.ids.bank_id()),
        };
        match deps.store.enroll(newcomer, deps.clock.now()).await {
            Err(fault) if fault.code == Code::DatabaseConflict && tries > 0 => tries -= 1,
            outcome => return outcome,
        }
    }
}

/// Where the conversation was, unless it lapsed.
async fn remember(deps: &SessionDeps, memory: &mut Memory, me: &Profile) -> Result<State, Fault> {
    if let Some(state) = &memory.state {
        return Ok(state.clone());
    }
    let stored = deps.store.session(me.user).await?;
    let fresh = stored.filter(|(_, at)| deps.clock.now() - *at < deps.terms.lapse);
    Ok(fresh.and_then(|(state, _)| serde_json::from_value(state).ok()).unwrap_or_default())
}

/// Staff's reply to a message that stands for a customer. It goes to that customer, whatever else it could mean.
async fn reply_to_customer(
    deps: &SessionDeps,
    incoming: &Incoming,
    roles: Roles,
) -> Result<Option<Input>, Fault> {
    let (text, picture, reply_to) = match &incoming.kind {
        Kind::Text { text, reply_to, .. } => (Some(text), None, *reply_to),
        Kind::Picture { file, caption, reply_to, .. } => (caption.as_ref(), Some(file), *reply_to),
        Kind::Document { caption, reply_to, .. } => (caption.as_ref(), None, *reply_to),
        _ => return Ok(None),
    };
    let is_command = text.is_some_and(|text| text.trim_start().starts_with('/'));
    let Some(message) = reply_to.filter(|_| roles.is_staff() && !is_command) else { return Ok(None) };
    let customer = deps.store.support_thread(chat_of(incoming), message).await?;
    // A caption is not passed on without its document, since it would say half of what was meant.
    let text = text.filter(|_| !matches!(incoming.kind, Kind::Document { .. })).cloned().unwrap_or_default();
    Ok(customer.map(|customer| Input::Reply { customer, text, picture: picture.cloned() }))
}

/// What they mean. `None`: it is not for the shop, such as talk in a group.
fn understand(deps: &SessionDeps, incoming: &Incoming, roles: Roles) -> Option<Input> {
    if let Place::Group(_) = incoming.place {
        return in_group(&incoming.kind, roles);
    }
    Some(match &incoming.kind {
        Kind::Text { text, .. } => match labels::menu_button(text) {
            Some(button) => Input::Menu(button),
            None => number_button(deps, text).map_or_else(|| Input::Text(text.clone()), Input::Number),
        },
        Kind::Press { data, .. } => codec::decode(data).map_or(Input::UnknownPress, Input::Press),
        Kind::Picture { file, caption, .. } => {
            Input::Picture { file: file.clone(), caption: caption.clone().unwrap_or_default() }
        }
        Kind::Document { file, size_bytes, caption, .. } => Input::Document {
            file: file.clone(),
            size_bytes: *size_bytes,
            caption: caption.clone().unwrap_or_default(),
        },
        Kind::Other => Input::Other,
        Kind::Blocked | Kind::Unblocked => return None,
    })
}

/// A product's number, as its button types it. An old keyboard also has those that are sold out by now.
fn number_button(deps: &SessionDeps, text: &str) -> Option<ProductNumber> {
    let number = text.trim().parse().map(ProductNumber).ok()?;
    deps.shelf.display().product(number).map(|product| product.number)
}

/// In a group the commands of staff are heard, and all buttons, so that none spins for ever.
fn in_group(kind: &Kind, roles: Roles) -> Option<Input> {
    match kind {
        Kind::Press { data, .. } => Some(Input::GroupPress(codec::decode(data))),
        Kind::Text { text, .. } if roles.is_staff() => {
            let heard = matches!(command::parse(text), Typed::Staff(_) | Typed::Malformed(_));
            heard.then(|| Input::Text(text.clone()))
        }
        _ => None,
    }
}

fn chat_of(incoming: &Incoming) -> ChatId {
    match incoming.place {
        Place::Private => incoming.from.chat,
        Place::Group(chat) => chat,
    }
}

fn set_scene(deps: &Arc<SessionDeps>, me: Profile, incoming: &Incoming, search: Option<String>) -> Scene {
    let press = match &incoming.kind {
        Kind::Press { press_id, message_id, .. } => {
            Some(Pressed { press_id: press_id.clone(), message_id: *message_id, answered: false })
        }
        _ => None,
    };
    let chat = chat_of(incoming);
    let key = update_key(deps.terms.platform, incoming.from.chat, incoming.update);
    Scene { deps: deps.clone(), me, chat, key, press, search, ask_again: None, qr_on_its_way: false }
}

impl Scene {
    /// Performs one effect. Expected endings are shown; only unexpected ones come back as a fault.
    async fn perform(&mut self, effect: Effect) -> Done {
        match effect {
            Effect::Open(view) => self.open(view).await,
            Effect::Ask(question) => self.ask(question),
            Effect::Tell(notice) => {
                self.tell(&notice);
                Ok(())
            }
            Effect::Reserve(basket) => self.reserve(basket).await,
            Effect::OpenInvoice(order) => self.open_invoice(order).await,
            Effect::OpenDeposit(amount) => self.open_deposit(amount).await,
            Effect::BadDeposit => self.bad_deposit().await,
            Effect::PayByBalance(order) => self.pay_by_balance(order).await,
            Effect::CancelOrder(order) => self.cancel_order(order).await,
            Effect::CheckStatus(invoice) => self.check_status(invoice),
            Effect::CancelInvoice(invoice) => self.cancel_invoice(invoice).await,
            Effect::SendGoodsAgain(order) => self.send_goods_again(order).await,
            Effect::PutInCart { number, quantity, added } => self.put_in_cart(number, quantity, added).await,
            Effect::EmptyCart => self.empty_cart().await,
            Effect::Subscribe(number) => self.subscribe(number).await,
            Effect::Change { change, then } => {
                self.change_profile(change).await?;
                match then {
                    Some(then) => Box::pin(self.perform(*then)).await,
                    None => Ok(()),
                }
            }
            Effect::DetailSaved(detail) => {
                self.show(&Screen::DetailSaved(detail));
                Ok(())
            }
            Effect::BadDetail(detail) => {
                self.show(&Screen::BadDetail(detail));
                Ok(())
            }
            Effect::MessageStaff { text, picture } => self.message_staff(text, picture).await,
            Effect::AnswerCustomer { customer, text, picture } => {
                self.answer_customer(customer, text, picture).await
            }
            Effect::Staff(command) => self.staff_command(command).await,
            Effect::StaffUsage(usage) => self.usage(usage),
            Effect::StockDocument { number, file, size_bytes } => {
                self.stock_document(number, file, size_bytes).await
            }
            Effect::Silence => Ok(()),
        }
    }

    fn ask(&mut self, question: Question) -> Done {
        self.show(&match question {
            Question::First(detail) => Screen::Ask { detail, first_visit: true },
            Question::Detail(detail) => Screen::Ask { detail, first_visit: false },
            Question::MessageToStaff => Screen::AskMessage,
            Question::DepositAmount => {
                let terms = &self.deps.terms;
                Screen::AskDeposit { min: terms.deposit_min, max: terms.deposit_max }
            }
        });
        Ok(())
    }

    /// Says that a product is gone, and shows where to look for others.
    pub(super) fn no_such_product(&mut self) -> Done {
        self.tell(&Notice::NoSuchProduct);
        if self.press.is_some() {
            self.show(&Screen::Catalogue);
        }
        Ok(())
    }
}
