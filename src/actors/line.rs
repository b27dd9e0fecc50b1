//! How actors are reached: a line outlives the actor at its other end.

use super::metrics::Metrics;
use crate::fault::{Code, Fault};
use actix::dev::{Message, ToEnvelope};
use actix::{Actor, Addr, Context, Handler, MailboxError};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why an ask has no answer. In neither case is anything known to have been done. Asking again is safe, since commands
/// carry keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// As many messages are in flight as the mailbox allows.
    Busy,
    /// The actor died with the message; it is being rebuilt.
    Died,
}

impl From<Unanswered> for Fault {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Busy => Self::new(Code::Busy, "an actor's mailbox is full."),
            Unanswered::Died => Self::new(Code::ActorDied, "an actor died while it worked on a message."),
        }
    }
}

/// The shared address of one actor. The mailbox is bounded here, by messages not yet answered, because
/// every clone of an `Addr` would own a further slot.
pub struct Line<A: Actor> {
    name: &'static str,
    slot: Arc<RwLock<Option<Addr<A>>>>,
    permits: Arc<Semaphore>,
    mailbox: usize,
    metrics: Arc<Metrics>,
}

impl<A: Actor> Clone for Line<A> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            slot: self.slot.clone(),
            permits: self.permits.clone(),
            mailbox: self.mailbox,
            metrics: self.metrics.clone(),
        }
    }
}

impl<A: Actor<Context = Context<A>>> Line<A> {
    pub(super) fn new(name: &'static str, mailbox: usize, metrics: Arc<Metrics>) -> Self {
        let mailbox = mailbox.max(1);
        Self { name, slot: Arc::default(), permits: Arc::new(Semaphore::new(mailbox)), mailbox, metrics }
    }

    /// Sends a message and waits for the answer. A caller that stops waiting cancels nothing: the message is still
    /// worked on, and keeps its room until it is done.
    pub async fn ask<M>(&self, message: M) -> Result<M::Result, Unanswered>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        Context<A>: ToEnvelope<A, M>,
    {
        let Ok(room) = self.permits.clone().try_acquire_owned() else {
            self.metrics.busy.with_label_values(&[self.name]).inc();
            return Err(Unanswered::Busy);
        };
        self.deliver(message, room).await
    }

    /// Sends what need not arrive: a reply that the person can get by pressing again, or a nudge that the next tick
    /// repeats. It is lost if there is no room, or if the actor dies.
    pub fn tell<M>(&self, message: M)
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        Context<A>: ToEnvelope<A, M>,
    {
        let line = self.clone();
        actix_rt::spawn(async move {
            if let Err(why) = line.ask(message).await {
                line.missed(why);
            }
        });
    }

    /// Sends news that the actor needs while it lives, and waits for room. The news is lost if the actor dies, which
    /// does no harm: the rebuilt actor reads everything from the store.
    pub fn inform<M>(&self, news: M)
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        Context<A>: ToEnvelope<A, M>,
    {
        let line = self.clone();
        actix_rt::spawn(async move {
            let Ok(room) = line.permits.clone().acquire_owned().await else { return };
            if let Err(why) = line.deliver(news, room).await {
                line.missed(why);
            }
        });
    }

    async fn deliver<M>(&self, message: M, room: OwnedSemaphorePermit) -> Result<M::Result, Unanswered>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
        Context<A>: ToEnvelope<A, M>,
    {
        self.metrics.depth.with_label_values(&[self.name]).set(self.in_flight() as i64);
        let request = match self.slot.read() {
            Ok(slot) => slot.as_ref().map(|address| address.send(message)),
            Err(_) => None,
        };
        let request = request.ok_or(Unanswered::Died)?;
        let working = actix_rt::spawn(async move {
            let answer = request.await;
            drop(room);
            answer
        });
        let answer = working.await.unwrap_or(Err(MailboxError::Closed)).map_err(|error| match error {
            MailboxError::Closed => Unanswered::Died,
            MailboxError::Timeout => Unanswered::Busy,
        });
        self.metrics.depth.with_label_values(&[self.name]).set(self.in_flight() as i64);
        answer
    }

    fn missed(&self, why: Unanswered) {
        log::warn!("The {} actor missed a message: {}", self.name, Fault::from(why));
    }

    /// Waits until every message is answered. `false`: some were not answered within this time.
    pub async fn drained(&self, within: Duration) -> bool {
        let all = u32::try_from(self.mailbox).unwrap_or(u32::MAX);
        matches!(tokio::time::timeout(within, self.permits.acquire_many(all)).await, Ok(Ok(_)))
    }

    pub fn is_alive(&self) -> bool {
        self.slot.read().is_ok_and(|slot| slot.as_ref().is_some_and(Addr::connected))
    }

    /// Messages not yet answered.
    pub fn in_flight(&self) -> usize {
        self.mailbox - self.permits.available_permits().min(self.mailbox)
    }

    pub(super) fn connect(&self, address: Option<Addr<A>>) {
        if let Ok(mut slot) = self.slot.write() {
            *slot = address;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::prelude::*;
    use tokio::sync::oneshot;

    /// Keeps its sender waiting until the other end is dropped.
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Hold(oneshot::Receiver<()>);

    #[derive(Message)]
    #[rtype(result = "()")]
    struct News(u8);

    #[derive(Message)]
    #[rtype(result = "Vec<u8>")]
    struct GetNews;

    #[derive(Default)]
    struct Listener(Vec<u8>);

    impl Actor for Listener {
        type Context = Context<Self>;
    }

    impl Handler<Hold> for Listener {
        type Result = ResponseFuture<()>;

        fn handle(&mut self, Hold(end): Hold, _: &mut Self::Context) -> Self::Result {
            Box::pin(async { _ = end.await })
        }
    }

    impl Handler<News> for Listener {
        type Result = ();

        fn handle(&mut self, News(which): News, _: &mut Self::Context) {
            self.0.push(which);
        }
    }

    impl Handler<GetNews> for Listener {
        type Result = MessageResult<GetNews>;

        fn handle(&mut self, _: GetNews, _: &mut Self::Context) -> Self::Result {
            MessageResult(self.0.clone())
        }
    }

    #[actix_rt::test]
    async fn who_stops_waiting_leaves_no_room_before_the_work_is_done() {
        let line = Line::new("test", 1, Arc::new(Metrics::new().unwrap()));
        line.connect(Some(Listener::default().start()));
        let (release, end) = oneshot::channel();
        let impatient = tokio::time::timeout(Duration::from_millis(20), line.ask(Hold(end)));
        assert!(impatient.await.is_err());
        assert_eq!(line.ask(GetNews).await, Err(Unanswered::Busy));
        drop(release);
        assert!(line.drained(Duration::from_secs(5)).await);
        assert_eq!(line.ask(GetNews).await, Ok(Vec::new()));
    }

    #[actix_rt::test]
    async fn without_room_questions_and_pokes_are_sent_away_and_news_waits() {
        let line = Line::new("test", 1, Arc::new(Metrics::new().unwrap()));
        line.connect(Some(Listener::default().start()));
        let (release, end) = oneshot::channel();
        let holding = line.ask(Hold(end));
        let crowd = async {
            line.inform(News(1));
            line.tell(News(2));
            line.inform(News(3));
            assert_eq!(line.ask(News(4)).await, Err(Unanswered::Busy));
            tokio::task::yield_now().await; // the spawned ones have asked for room
            drop(release);
        };
        assert_eq!(futures_util::join!(holding, crowd).0, Ok(()));
        assert!(line.drained(Duration::from_secs(5)).await);
        assert_eq!(line.ask(GetNews).await, Ok(vec![1, 3]));
    }
}
