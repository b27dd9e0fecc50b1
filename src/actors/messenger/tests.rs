//! A Messenger between a real store and a front end that does what the test says.

mod facts;
mod goods;
mod invoices;
mod replies;

use super::messages::LookForFacts;
use super::{MessengerActor, MessengerDeps, MessengerSettings};
use crate::actors::metrics::Metrics;
use crate::actors::{Backoff, Line, Stopping, keep_alive};
use crate::clock::Clock;
use crate::ports::{self, Call, SendFault};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::{ChatId, MessageId, UserId};
use crate::rules::people::{Language, Role};
use crate::store::model::{Leased, NewFact, Newcomer, Seat};
use crate::store::{Store, StoreOptions};
use crate::text::ShopWords;
use crate::text::message::Message;
use crate::vault::{Vault, fresh_key};
use actix::{ActorContext, Handler};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

pub const ALI: ChatId = ChatId(1001);
pub const BUDI: ChatId = ChatId(1002);
pub const CITRA: ChatId = ChatId(1003);
/// An owner, who is told of trouble and of orders.
pub const OWNER: ChatId = ChatId(9001);

/// Telegram's own pace.
pub fn settings() -> MessengerSettings {
    MessengerSettings {
        rate_per_second: 28,
        chat_interval: Duration::from_secs(1),
        chat_burst: 3,
        group_per_minute: 20,
        in_flight_max: 32,
        replies_max: 100,
        staff_batch: Duration::from_secs(10),
        lease: Duration::from_secs(60),
    }
}

/// No pace to speak of, for tests of something else.
pub fn hasty() -> MessengerSettings {
    MessengerSettings { rate_per_second: 10_000, chat_interval: Duration::ZERO, ..settings() }
}

/// What the front end does with a call.
pub enum Play {
    Fail(SendFault),
    /// Carries it out once the test says so.
    Hold(Arc<Notify>),
    Panic,
}

/// A front end that writes down what it was asked and plays what the test scripted, chat by chat; without a script
/// everything succeeds.
#[derive(Default)]
pub struct Stage {
    asked: Mutex<Vec<(Instant, Call)>>,
    news: Notify,
    scripts: Mutex<HashMap<ChatId, VecDeque<Play>>>,
    ids: AtomicI64,
}

impl Stage {
    pub fn plays(&self, chat: ChatId, play: Play) {
        self.scripts.lock().unwrap().entry(chat).or_default().push_back(play);
    }

    pub fn fails(&self, chat: ChatId, fault: SendFault) {
        self.plays(chat, Play::Fail(fault));
    }

    pub fn holds(&self, chat: ChatId) -> Arc<Notify> {
        let release = Arc::new(Notify::new());
        self.plays(chat, Play::Hold(release.clone()));
        release
    }

    /// The first `count` calls, once that many were asked.
    pub async fn asked(&self, count: usize) -> Vec<Call> {
        self.asked_when(count).await.into_iter().map(|(_, call)| call).collect()
    }

    pub async fn asked_when(&self, count: usize) -> Vec<(Instant, Call)> {
        let wait = async {
            loop {
                let news = self.news.notified();
                let asked = self.asked.lock().unwrap().clone();
                if asked.len() >= count {
                    return asked[..count].to_vec();
                }
                news.await;
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(10), wait).await;
        asked.unwrap_or_else(|_| panic!("only {} of {count} calls came", self.count()))
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl ports::Messenger for Stage {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Option<MessageId>, SendFault>> {
        let chat = call.chat().unwrap_or(ChatId(0));
        let id = (!matches!(call, Call::Delete { .. } | Call::Answer { .. }))
            .then(|| MessageId(self.ids.fetch_add(1, Ordering::Relaxed) + 1));
        self.asked.lock().unwrap().push((Instant::now(), call));
        self.news.notify_waiters();
        let play = self.scripts.lock().unwrap().get_mut(&chat).and_then(VecDeque::pop_front);
        Box::pin(async move {
            match play {
                None => Ok(id),
                Some(Play::Fail(fault)) => Err(fault),
                Some(Play::Hold(release)) => {
                    release.notified().await;
                    Ok(id)
                }
                Some(Play::Panic) => panic!("as the test wants it"),
            }
        })
    }

    fn fetch(&self, file: String, _: u64) -> BoxFuture<'_, Result<Vec<u8>, SendFault>> {
        Box::pin(async move { Ok(file.into_bytes()) })
    }
}

/// A shop with a Messenger.
pub struct Shop {
    pub deps: MessengerDeps,
    pub stage: Arc<Stage>,
    pub line: Line<MessengerActor>,
    stopping: Stopping,
    folder: PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

static SHOPS: AtomicU32 = AtomicU32::new(0);

impl Shop {
    pub async fn open(settings: MessengerSettings) -> Self {
        let number = SHOPS.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("quickcart-messenger-{}-{number}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        let url = |name: &str| format!("sqlite://{}", folder.join(name).display());
        let options = StoreOptions {
            main_url: url("main.db"),
            audit_url: url("audit.db"),
            pool_size: 2,
            shop: "main".into(),
            shop_name: "Toko".into(),
        };
        let store = Store::open(options).await.unwrap();
        let Leased::Taken { epoch } =
            store.ask_for_lease("test", Duration::from_secs(3600), None).await.unwrap()
        else {
            panic!("the lease of a new shop is free");
        };
        let stage = Arc::new(Stage::default());
        let metrics = Arc::new(Metrics::new().unwrap());
        let words = ShopWords {
            name: "Toko".into(),
            documentation_url: None,
            timezone: chrono_tz::Asia::Jakarta,
            txt_document_from_units: 10,
        };
        let deps = MessengerDeps {
            store: store.with_epoch(epoch),
            port: stage.clone(),
            vault: Arc::new(Vault::new(&fresh_key()).unwrap()),
            words: Arc::new(words),
            default_language: Language::En,
            clock: Clock::default(),
            metrics,
            settings,
        };
        let (line, stopping) = start(&deps);
        Self { deps, stage, line, stopping, folder }
    }

    /// The Messenger dies with all it had in memory, and another one starts.
    pub async fn restart(&mut self) {
        self.alive().await;
        self.stopping.store(true, Ordering::Relaxed);
        self.line.ask(Die).await.unwrap();
        until(async || !self.line.is_alive()).await;
        (self.line, self.stopping) = start(&self.deps);
    }

    pub async fn enroll(&self, chat: ChatId) -> UserId {
        let newcomer = Newcomer {
            platform: "telegram",
            chat,
            username: None,
            name: format!("Customer {chat}"),
            language: Language::En,
            bank_id: format!("{:06}", chat.0),
        };
        self.deps.store.enroll(newcomer, self.deps.clock.now()).await.unwrap().user
    }

    pub async fn seat_owner(&self) {
        let seat = Seat { chat: OWNER, role: Role::Owner, bank_id: 900_100 };
        self.deps.store.seat_staff("telegram", vec![seat], self.deps.clock.now()).await.unwrap();
    }

    /// Commits a fact and says so.
    pub async fn queue(&self, audience: Audience, fact: Fact) {
        self.queue_about(audience, fact, None).await;
    }

    pub async fn queue_about(&self, audience: Audience, fact: Fact, subject: Option<String>) {
        let fact = NewFact { audience, fact, subject };
        self.deps.store.enqueue(vec![fact], self.deps.clock.now()).await.unwrap();
        self.look().await;
    }

    pub async fn look(&self) {
        self.alive().await;
        self.line.ask(LookForFacts).await.unwrap();
    }

    /// Lets time pass and has the Messenger notice it.
    pub async fn later(&self, seconds: i64) {
        self.deps.clock.advance(TimeDelta::seconds(seconds));
        self.look().await;
    }

    pub async fn alive(&self) {
        until(async || self.line.is_alive()).await;
    }

    /// Waits until every fact is sent or given up, and that is written down.
    pub async fn all_sent(&self) {
        until(async || self.deps.store.next_fact_due(self.deps.clock.now()).await.unwrap().is_none()).await;
    }

    /// Waits until it is written down that a fact is to be tried again, within that time.
    pub async fn retried_within(&self, wait: Duration) {
        let (now, wait) = (|| self.deps.clock.now(), TimeDelta::from_std(wait).unwrap());
        let due = async || self.deps.store.next_fact_due(now()).await.unwrap();
        until(async || due().await.is_some_and(|due| due > now() && due <= now() + wait)).await;
    }

    pub fn counted(&self, outcome: &str) -> u64 {
        self.deps.metrics.sends.with_label_values(&[outcome]).get()
    }
}

#[derive(actix::Message)]
#[rtype(result = "()")]
struct Die;

impl Handler<Die> for MessengerActor {
    type Result = ();

    fn handle(&mut self, _: Die, context: &mut Self::Context) {
        context.stop();
    }
}

fn start(deps: &MessengerDeps) -> (Line<MessengerActor>, Stopping) {
    let stopping = Stopping::default();
    let backoff = Backoff { first: Duration::from_millis(1), max: Duration::from_millis(1) };
    let (metrics, deps) = (deps.metrics.clone(), deps.clone());
    let build = async move |guard| MessengerActor::load(deps.clone(), guard).await;
    (keep_alive("messenger", 64, backoff, metrics, stopping.clone(), build), stopping)
}

/// Waits for something to become true.
pub async fn until(condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("it should have become true long ago");
}

pub fn says(chat: ChatId, body: &str) -> Call {
    Call::Send { chat, message: Message::new(body) }
}

/// What a call says, without markup to speak of.
pub fn body(call: &Call) -> &str {
    match call {
        Call::Send { message, .. } | Call::Edit { message, .. } => &message.body,
        Call::Delete { .. } => "(delete)",
        Call::Answer { .. } => "(answer)",
    }
}

pub fn shows(call: &Call, chat: ChatId, text: &str) -> bool {
    call.chat() == Some(chat) && body(call).contains(text)
}
