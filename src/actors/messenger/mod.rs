//! The Messenger: the only caller of the front end. It keeps to the pace of the bot and of every chat, and sends
//! replies first, then facts. Every fact is sent at least once, whatever happens.

mod desk;
mod findings;
mod flood;
mod job;
mod lanes;
pub mod messages;
mod pace;
mod render;
mod sending;
#[cfg(test)]
mod tests;

use super::metrics::Metrics;
use super::rebirth::Guard;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::ports::{self, SendFault};
use crate::rules::ids::MessageId;
use crate::rules::people::Language;
use crate::store::Store;
use crate::text::ShopWords;
use crate::trip;
use crate::vault::Vault;
use actix::prelude::*;
use desk::Desk;
use flood::Flood;
use job::{Job, Reply};
use lanes::Lanes;
use messages::{DrainMessenger, FetchFile, LookForFacts, SendReply, SendReplyAndTell};
use pace::Bucket;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The setting that keeps a pause over a restart: without it the new process would run into the same flood limit again.
const PAUSED_UNTIL: &str = "messenger.paused_until";

/// What the Messenger works with.
#[derive(Clone)]
pub struct MessengerDeps {
    pub store: Store,
    pub port: Arc<dyn ports::Messenger>,
    pub vault: Arc<Vault>,
    pub words: Arc<ShopWords>,
    /// For chats whose language nobody knows, such as groups.
    pub default_language: Language,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
    pub settings: MessengerSettings,
}

/// How much, how fast.
#[derive(Debug, Clone, Copy)]
pub struct MessengerSettings {
    /// Messages a second over all chats.
    pub rate_per_second: u32,
    /// Least time between two messages to one person, after the burst.
    pub chat_interval: Duration,
    /// Messages a person may get at once from rest.
    pub chat_burst: u32,
    /// The most messages to one group in any minute.
    pub group_per_minute: u32,
    /// Calls under way at once.
    pub in_flight_max: usize,
    /// The most replies in memory; further ones are dropped, so that there is still room for facts.
    pub replies_max: usize,
    /// The least time between two gatherings of notices for staff.
    pub staff_batch: Duration,
    /// How long a taken fact is ours. What cannot be sent within it is put back, or dropped if it is a reply.
    pub lease: Duration,
}

pub struct MessengerActor {
    deps: MessengerDeps,
    lanes: Lanes<Job>,
    /// The pace over all chats.
    bot: Bucket,
    flood: Flood,
    /// Calls under way, answers to presses not counted.
    under_way: usize,
    /// Replies in memory, queued or under way.
    replies: usize,
    /// Answers to presses that wait, and how many are under way.
    answers: VecDeque<Reply>,
    answering: usize,
    /// When dispatching goes on, and its timer.
    wake: Option<(Instant, SpawnHandle)>,
    desk: Desk,
    /// Who waits for [`DrainMessenger`] to be done.
    drains: Vec<oneshot::Sender<()>>,
    _guard: Guard,
}

impl Actor for MessengerActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(0); // bounded by the line
        self.look(context);
    }
}

// Handlers ----------------------------------------------------------------------------------

impl Handler<SendReply> for MessengerActor {
    type Result = ();

    fn handle(&mut self, SendReply { call }: SendReply, context: &mut Self::Context) {
        self.reply(call, None, context);
    }
}

impl Handler<SendReplyAndTell> for MessengerActor {
    type Result = ResponseFuture<Result<Option<MessageId>, SendFault>>;

    fn handle(
        &mut self,
        SendReplyAndTell { call }: SendReplyAndTell,
        context: &mut Self::Context,
    ) -> Self::Result {
        let (waiter, left) = oneshot::channel();
        self.reply(call, Some(waiter), context);
        Box::pin(async {
            left.await.unwrap_or_else(|_| Err(SendFault::Down("the messenger died".to_owned())))
        })
    }
}

impl Handler<LookForFacts> for MessengerActor {
    type Result = ();

    fn handle(&mut self, _: LookForFacts, context: &mut Self::Context) {
        trip::point("messenger.asked");
        self.look(context);
    }
}

impl Handler<DrainMessenger> for MessengerActor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: DrainMessenger, context: &mut Self::Context) -> Self::Result {
        let (drain, drained) = oneshot::channel();
        self.drains.push(drain);
        self.give_back(context);
        Box::pin(async { _ = drained.await })
    }
}

impl Handler<FetchFile> for MessengerActor {
    type Result = ResponseFuture<Result<Vec<u8>, SendFault>>;

    fn handle(&mut self, FetchFile { file, max_bytes }: FetchFile, _: &mut Self::Context) -> Self::Result {
        let port = self.deps.port.clone();
        Box::pin(async move { port.fetch(file, max_bytes).await })
    }
}

// Logic -------------------------------------------------------------------------------------

impl MessengerActor {
    /// Restores the pause that an earlier process was told to make; facts are taken from the store once it starts.
    pub async fn load(deps: MessengerDeps, guard: Guard) -> Result<Self, Fault> {
        let paused = deps.store.setting(PAUSED_UNTIL.to_owned()).await?;
        let paused = paused.and_then(|value| serde_json::from_value(value).ok());
        Ok(Self {
            lanes: Lanes::new(deps.settings),
            bot: Bucket::full(Instant::now()),
            flood: Flood::restored(paused, deps.clock.now()),
            under_way: 0,
            replies: 0,
            answers: VecDeque::new(),
            answering: 0,
            wake: None,
            desk: Desk::default(),
            drains: Vec::new(),
            deps,
            _guard: guard,
        })
    }

    /// Facts that have not begun go back to the store at once, rather than after their lease.
    fn give_back(&mut self, context: &mut Context<Self>) {
        self.desk.rest(context);
        let unbegun = |_, job: &Job| matches!(job, Job::Fact(fact) if fact.past.done == 0);
        let now = self.deps.clock.now();
        for job in self.lanes.remove(Instant::now(), unbegun) {
            self.end_job(job, &SendFault::Wait(Duration::ZERO), now);
        }
        self.work(context);
        self.tell_drained();
    }

    /// Answers those who wait for the Messenger to be drained, once it is.
    fn tell_drained(&mut self) {
        if self.replies == 0 && self.desk.is_empty() {
            for drain in self.drains.drain(..) {
                _ = drain.send(()); // gone if its time was over
            }
        }
    }
}
