//! The Supervisor: brings an update to its person's session, starting it on first need. It remembers which updates were
//! handled, and writes changed conversations once a second.

pub mod messages;

use super::messenger::messages::SendReply;
use super::rebirth::Guard;
use super::session::messages::{HandleUpdate, Handled};
use super::session::{SessionActor, SessionDeps};
use crate::fault::{Code, Fault};
use crate::limits::UPDATES_REMEMBERED_MAX;
use crate::ports::Call;
use crate::rules::dialog::notice::Notice;
use crate::rules::ids::{ChatId, UserId};
use crate::rules::incoming::{Incoming, Kind};
use crate::text::Voice;
use crate::trip;
use actix::prelude::*;
use chrono::TimeDelta;
use messages::{Route, Routed, SaveDue};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How long handled updates are remembered. Telegram repeats one for a day at the most.
const REMEMBERED: TimeDelta = TimeDelta::hours(72);

/// The time between two writes of changed conversations. A crash loses this much of conversations, never of orders.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// The name that all sessions share in metrics: there are too many to name each.
const SESSION: &str = "session";

/// How the Supervisor works.
#[derive(Clone)]
pub struct SupervisorDeps {
    /// Handed to every session.
    pub session: Arc<SessionDeps>,
    /// Updates of one person that may wait.
    pub session_mailbox: usize,
    /// How often an update may kill its session.
    pub poison_tries: u32,
}

pub struct Supervisor {
    deps: SupervisorDeps,
    sessions: HashMap<ChatId, Seat>,
    /// Updates that sessions are working on.
    under_way: i64,
    /// Conversations that changed since they were written.
    unsaved: HashMap<ChatId, (UserId, serde_json::Value)>,
    seen: Seen,
    _guard: Guard,
}

/// A session that is awake.
struct Seat {
    address: Addr<SessionActor>,
    waiting: usize,
    /// The last update that was answered "busy": it is delivered again and again, but answered once.
    told_busy: i64,
}

/// Handled updates: a set, since their numbers start anew after a quiet week.
#[derive(Default)]
struct Seen {
    ids: HashSet<i64>,
    order: VecDeque<(chrono::DateTime<chrono::Utc>, i64)>,
    unsaved: Vec<i64>,
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(0); // bounded by the line
        context.run_later(SAVE_EVERY, save_and_rearm);
    }
}

fn save_and_rearm(actor: &mut Supervisor, context: &mut Context<Supervisor>) {
    actor.sessions.retain(|_, seat| seat.waiting > 0 || seat.address.connected());
    let saving = actor.save();
    context.spawn(saving.map(|(), _, context| {
        context.run_later(SAVE_EVERY, save_and_rearm);
    }));
}

// Handlers ----------------------------------------------------------------------------------

impl Handler<Route> for Supervisor {
    type Result = ResponseActFuture<Self, Routed>;

    fn handle(&mut self, Route(incoming): Route, _: &mut Self::Context) -> Self::Result {
        trip::point("supervisor.asked");
        if self.seen.ids.contains(&incoming.update) {
            self.count("seen");
            return ended(Routed::Seen);
        }
        let chat = incoming.from.chat;
        let full = |seat: &&mut Seat| seat.waiting >= self.deps.session_mailbox;
        if let Some(seat) = self.sessions.get_mut(&chat).filter(full) {
            if seat.told_busy < incoming.update {
                seat.told_busy = incoming.update;
                say_busy(&self.deps.session, &incoming);
            }
            self.count("busy");
            self.deps.session.metrics.busy.with_label_values(&[SESSION]).inc();
            return ended(Routed::Busy);
        }
        self.seat(chat).waiting += 1;
        self.under_way += 1;
        self.tell_depth();
        let tries = self.deps.poison_tries.max(1);
        Box::pin(self.deliver(incoming, tries).map(move |routed, actor, _| {
            if let Some(seat) = actor.sessions.get_mut(&chat) {
                seat.waiting = seat.waiting.saturating_sub(1);
            }
            actor.under_way -= 1;
            actor.tell_depth();
            routed
        }))
    }
}

impl Handler<SaveDue> for Supervisor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: SaveDue, _: &mut Self::Context) -> Self::Result {
        Box::pin(self.save())
    }
}

// Logic -------------------------------------------------------------------------------------

impl Supervisor {
    /// Reads which updates were handled lately.
    pub async fn load(deps: SupervisorDeps, guard: Guard) -> Result<Self, Fault> {
        let now = deps.session.clock.now();
        let prefix = format!("{}:", deps.session.terms.platform);
        let mut seen = Seen::default();
        let limit = UPDATES_REMEMBERED_MAX as i64;
        for key in deps.session.store.seen_since(now - REMEMBERED, limit).await? {
            if let Some(id) = key.strip_prefix(&prefix).and_then(|id| id.parse().ok()) {
                seen.ids.insert(id);
                seen.order.push_back((now, id));
            }
        }
        Ok(Self {
            deps,
            sessions: HashMap::new(),
            under_way: 0,
            unsaved: HashMap::new(),
            seen,
            _guard: guard,
        })
    }

    /// The person's session, started if it sleeps.
    fn seat(&mut self, chat: ChatId) -> &mut Seat {
        let waiting = match self.sessions.get(&chat) {
            Some(seat) if seat.address.connected() => None,
            Some(seat) => Some(seat.waiting),
            None => Some(0),
        };
        if let Some(waiting) = waiting {
            let state =
                self.unsaved.get(&chat).and_then(|(_, state)| serde_json::from_value(state.clone()).ok());
            let address = SessionActor::new(self.deps.session.clone(), state).start();
            self.sessions.insert(chat, Seat { address, waiting, told_busy: i64::MIN });
        }
        // Inserted just above if it was not there.
        self.sessions.get_mut(&chat).expect("the seat was taken above")
    }

    /// Hands an update to its session, and again if the session dies of it or the database refuses its effects, until
    /// `tries` are used up: Telegram has no more than a hundred under way, and one that can never be handled would
    /// block one of these places.
    fn deliver(&mut self, incoming: Incoming, tries: u32) -> ResponseActFuture<Self, Routed> {
        let request = self.seat(incoming.from.chat).address.send(HandleUpdate(incoming.clone()));
        Box::pin(request.into_actor(self).then(move |answer, actor, _| {
            let routed = match answer {
                Ok(Ok(handled)) => {
                    actor.note(&incoming, handled);
                    Routed::Done
                }
                Ok(Err(fault)) if fault.code == Code::DatabaseRefused => {
                    actor.deps.session.metrics.fault("An update could not be handled", &fault);
                    return match tries {
                        0..=1 => actor.set_aside(incoming, fault.detail),
                        _ => actor.deliver(incoming, tries - 1),
                    };
                }
                Ok(Err(fault)) if fault.code != Code::ActorDied => {
                    actor.deps.session.metrics.fault("An update waits", &fault);
                    Routed::Failed
                }
                // The session panicked, or went to rest at this very moment.
                _ if tries > 1 => {
                    actor.deps.session.metrics.restarts.with_label_values(&[SESSION]).inc();
                    return actor.deliver(incoming, tries - 1);
                }
                _ => return actor.set_aside(incoming, "its session panicked each time".to_owned()),
            };
            ended(routed)
        }))
    }

    fn note(&mut self, incoming: &Incoming, handled: Handled) {
        self.count("done");
        let now = self.deps.session.clock.now();
        self.seen.add(incoming.update, now);
        if let Some(state) = handled.state {
            self.unsaved.insert(incoming.from.chat, state);
        }
    }

    fn set_aside(&mut self, incoming: Incoming, why: String) -> ResponseActFuture<Self, Routed> {
        self.count("set_aside");
        let (store, now) = (self.deps.session.store.clone(), self.deps.session.clock.now());
        let key = format!("{}:{}", self.deps.session.terms.platform, incoming.update);
        let work = async move { store.set_aside(key, why, now).await };
        Box::pin(work.into_actor(self).map(move |outcome, actor, _| match outcome {
            Ok(()) => {
                actor.seen.add(incoming.update, now);
                Routed::SetAside
            }
            Err(fault) => {
                actor.deps.session.metrics.fault("A poisoned update could not be set aside", &fault);
                Routed::Failed
            }
        }))
    }

    fn tell_depth(&self) {
        self.deps.session.metrics.depth.with_label_values(&[SESSION]).set(self.under_way);
    }

    fn count(&self, ending: &str) {
        self.deps.session.metrics.updates.with_label_values(&[ending]).inc();
    }

    /// Writes what changed in one transaction each; what could not be written is written next time.
    fn save(&mut self) -> ResponseActFuture<Self, ()> {
        let (store, now) = (self.deps.session.store.clone(), self.deps.session.clock.now());
        self.seen.forget_before(now - REMEMBERED);
        let states = std::mem::take(&mut self.unsaved);
        let keys = std::mem::take(&mut self.seen.unsaved);
        if states.is_empty() && keys.is_empty() {
            return Box::pin(async {}.into_actor(self));
        }
        let rows: Vec<_> = states.values().cloned().collect();
        let platform = self.deps.session.terms.platform;
        let names = keys.iter().map(|id| format!("{platform}:{id}")).collect();
        let work = async move {
            if !rows.is_empty() {
                store.save_sessions(rows, now).await?;
            }
            store.mark_seen(names, now).await
        };
        Box::pin(work.into_actor(self).map(|outcome: Result<(), Fault>, actor, _| {
            if let Err(fault) = outcome {
                actor.deps.session.metrics.fault("Conversations were not written", &fault);
                for (chat, state) in states {
                    actor.unsaved.entry(chat).or_insert(state);
                }
                actor.seen.unsaved.extend(keys);
            }
        }))
    }
}

/// An outcome that is known at once.
fn ended(routed: Routed) -> ResponseActFuture<Supervisor, Routed> {
    Box::pin(actix::fut::ready(routed))
}

/// A pressed button stops spinning even when there is no room for the press.
fn say_busy(session: &SessionDeps, incoming: &Incoming) {
    if let Kind::Press { press_id, .. } = &incoming.kind {
        let toast = Voice::new(session.terms.default_language, session.words.clone()).toast(&Notice::Busy);
        session.messenger.tell(SendReply { call: Call::Answer { press_id: press_id.clone(), toast } });
    }
}

impl Seen {
    fn add(&mut self, id: i64, at: chrono::DateTime<chrono::Utc>) {
        if self.ids.insert(id) {
            self.order.push_back((at, id));
            self.unsaved.push(id);
        }
        if self.order.len() > UPDATES_REMEMBERED_MAX
            && let Some((_, id)) = self.order.pop_front()
        {
            self.ids.remove(&id);
        }
    }

    fn forget_before(&mut self, at: chrono::DateTime<chrono::Utc>) {
        while let Some((_, id)) = self.order.pop_front_if(|(seen_at, _)| *seen_at < at) {
            self.ids.remove(&id);
        }
    }
}
