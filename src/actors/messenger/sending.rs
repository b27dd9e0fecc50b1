//! From the lanes to the front end and back: dispatch, and what an answer means.

use super::MessengerActor;
use super::job::{Carried, FactJob, Job, Progress, Reply, backoff, retry};
use super::lanes::Lane;
use super::pace::Pace;
use crate::fault::{Code, Fault};
use crate::limits::ANSWERS_IN_FLIGHT_MAX;
use crate::ports::{Call, SendFault};
use crate::rules::ids::ChatId;
use crate::store::model::SendOutcome;
use crate::trip;
use actix::prelude::*;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How often a reply is tried when nobody knows whether it arrived, and how long after the last attempt.
const REPLY_TRIES: u32 = 3;
const REPLY_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Replies that one chat may have waiting: half a minute's worth. Whoever presses faster does not read them.
const CHAT_REPLIES_MAX: usize = 30;
/// How often a fact is tried after refusals whose words are unknown to us and may pass, each a minute later than
/// before.
const REFUSALS_MAX: i64 = 5;
const REFUSED_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// How many seconds' worth of replies may wait for the bot's own pace. In a longer queue everybody would be answered
/// only after they have given up, for as long as the crowd lasts; whoever finds no room is answered when they press
/// again.
const CROWD_SECONDS: usize = 10;

/// How a reply ends if there was no room or no time for it.
const TOO_LATE: SendFault = SendFault::Wait(Duration::ZERO);

/// What a call belongs to while it is under way.
struct UnderWay {
    chat: ChatId,
    lane: Lane,
    job: Job,
    /// It was sent during a pause, and its outcome tells whether the pause is over.
    probe: bool,
}

impl MessengerActor {
    /// Takes a reply in. Answers to presses leave at once: nobody is notified by them, and they are soon too late.
    pub(super) fn reply(
        &mut self,
        call: Call,
        waiter: Option<oneshot::Sender<Carried>>,
        context: &mut Context<Self>,
    ) {
        let now = Instant::now();
        let (chat, reply) = (call.chat(), Reply { call, since: now, lost: 0, waiter });
        self.replies += 1;
        if self.replies > self.deps.settings.replies_max || (chat.is_some() && self.is_crowded()) {
            self.deps.metrics.busy.with_label_values(&["messenger"]).inc();
            return self.end_reply(reply, Err(TOO_LATE));
        }
        let Some(chat) = chat else {
            self.answers.push_back(reply);
            return self.answer(context);
        };
        let parked = self.lanes.parked_until(chat).map(|until| until.saturating_duration_since(now));
        if let Some(wait) = parked.filter(|wait| *wait > self.deps.settings.lease) {
            return self.end_reply(reply, Err(SendFault::Wait(wait)));
        }
        if self.lanes.waiting(chat, Lane::Replies) >= CHAT_REPLIES_MAX {
            return self.end_reply(reply, Err(SendFault::Wait(self.deps.settings.chat_interval)));
        }
        self.lanes.push(chat, Lane::Replies, Job::Reply(reply), now);
        self.dispatch(context);
    }

    /// Whether more messages wait for their turn than are worth waiting for.
    fn is_crowded(&self) -> bool {
        let paced = self.replies.saturating_sub(self.answers.len() + self.answering);
        paced > self.deps.settings.rate_per_second as usize * CROWD_SECONDS
    }

    /// Answers presses, first come first served.
    fn answer(&mut self, context: &mut Context<Self>) {
        while self.answering < ANSWERS_IN_FLIGHT_MAX
            && let Some(reply) = self.answers.pop_front()
        {
            if reply.is_late(Instant::now()) {
                self.end_reply(reply, Err(TOO_LATE));
                continue;
            }
            self.answering += 1;
            let work = self.carry(reply.call.clone());
            context.spawn(work.into_actor(self).map(|carried, actor, context| {
                actor.answering -= 1;
                actor.end_reply(reply, carried);
                actor.answer(context);
            }));
        }
    }

    /// Sends all that may leave now, and sets the timer for what may leave later.
    pub(super) fn dispatch(&mut self, context: &mut Context<Self>) {
        let pace = Pace::of_bot(&self.deps.settings);
        loop {
            let pause = self.flood.paused_until();
            let in_flight_max = if pause.is_some() { 1 } else { self.deps.settings.in_flight_max };
            if self.under_way >= in_flight_max {
                return; // whatever comes back dispatches
            }
            let now = Instant::now();
            let facts = !self.flood.holds_facts(self.deps.clock.now());
            let Some(next) = self.lanes.next_at(facts) else { return };
            let at = next.max(self.bot.opens_at(pace, now));
            if at > now {
                return self.wake_at(at, context);
            }
            let Some((chat, lane, job)) = self.lanes.start(facts, now) else { return };
            if let Job::Reply(reply) = &job
                && reply.is_late(now)
            {
                self.lanes.pass_over(chat, now);
                self.end_job(job, &TOO_LATE, self.deps.clock.now());
                continue;
            }
            self.bot.take(pace, now);
            self.launch(UnderWay { chat, lane, job, probe: pause.is_some() }, context);
        }
    }

    fn wake_at(&mut self, at: Instant, context: &mut Context<Self>) {
        match self.wake {
            Some((set, _)) if set == at => return,
            Some((_, timer)) => _ = context.cancel_future(timer),
            None => {}
        }
        let timer = context.run_later(at.saturating_duration_since(Instant::now()), |actor, context| {
            actor.wake = None;
            actor.dispatch(context);
        });
        self.wake = Some((at, timer));
    }

    fn launch(&mut self, under_way: UnderWay, context: &mut Context<Self>) {
        let call = match &under_way.job {
            Job::Reply(reply) => Some(reply.call.clone()),
            Job::Fact(fact) => fact.call(),
        };
        self.under_way += 1;
        let work = call.map(|call| self.carry(call));
        let work = async move { if let Some(work) = work { work.await } else { Ok(None) } };
        context.spawn(
            work.into_actor(self).map(|carried, actor, context| actor.carried(under_way, carried, context)),
        );
    }

    /// Carries out a call and counts how it ended. A panic in the adapter means that it cannot take this message.
    fn carry(&self, call: Call) -> impl Future<Output = Carried> + use<> {
        let (port, metrics) = (self.deps.port.clone(), self.deps.metrics.clone());
        async move {
            trip::point("messenger.sending");
            let carried = AssertUnwindSafe(async { port.carry(call).await }).catch_unwind().await;
            trip::point("messenger.sent");
            let carried = carried.unwrap_or_else(|_| {
                metrics.panics.with_label_values(&["messenger"]).inc();
                Err(SendFault::Refused("the adapter panicked".to_owned()))
            });
            metrics.sends.with_label_values(&[outcome(&carried)]).inc();
            carried
        }
    }

    fn carried(&mut self, under_way: UnderWay, carried: Carried, context: &mut Context<Self>) {
        let UnderWay { chat, lane, job, probe } = under_way;
        self.under_way -= 1;
        let (now, at) = (Instant::now(), self.deps.clock.now());
        match &carried {
            Err(SendFault::Wait(wait)) => self.slow_down(chat, *wait, now, at),
            Err(SendFault::Down(_)) => {}
            _ if probe && self.flood.passed() => self.keep_pause(),
            _ => {}
        }
        let again = match job {
            Job::Reply(reply) => self.reply_carried(chat, reply, carried, now),
            Job::Fact(fact) => self.fact_carried(fact, carried, at),
        };
        if let Some(job) = again {
            self.lanes.put_back(chat, lane, job, now);
        }
        self.lanes.finish(chat, now);
        self.dispatch(context);
        self.work(context);
    }

    /// Parks the chat. Jobs that cannot wait so long are ended here.
    fn slow_down(&mut self, chat: ChatId, wait: Duration, now: Instant, at: DateTime<Utc>) {
        self.lanes.park(chat, now + wait, now);
        if wait > self.deps.settings.lease {
            for job in self.lanes.remove(now, |id, _| id == chat) {
                self.end_job(job, &SendFault::Wait(wait), at);
            }
        }
        let known = TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1));
        if self.flood.waited(chat, known, at) {
            log::warn!("Telegram asks the whole bot to slow down: facts wait {} s.", wait.as_secs());
            self.keep_pause();
        }
    }

    fn keep_pause(&mut self) {
        let until = serde_json::to_value(self.flood.paused_until()).unwrap_or_default();
        self.desk.findings.pause = Some(until);
    }

    /// Returns the job if it is to be tried again.
    fn reply_carried(
        &mut self,
        chat: ChatId,
        mut reply: Reply,
        carried: Carried,
        now: Instant,
    ) -> Option<Job> {
        match &carried {
            Err(SendFault::Wait(wait)) if *wait <= self.deps.settings.lease => {
                return Some(Job::Reply(reply));
            }
            // The reader deleted the message, or another took its place: its words are sent as a new message below.
            Err(SendFault::NoSuchMessage) if let Call::Edit { chat, message, .. } = &reply.call => {
                reply.call = Call::Send { chat: *chat, message: message.clone() };
                return Some(Job::Reply(reply));
            }
            Err(SendFault::Down(_)) if reply.lost + 1 < REPLY_TRIES => {
                reply.lost += 1;
                self.lanes.park(chat, now + REPLY_AGAIN_AFTER, now);
                return Some(Job::Reply(reply));
            }
            _ => self.end_reply(reply, carried),
        }
        None
    }

    /// Returns the job if it has further calls, or has to wait a little.
    fn fact_carried(&mut self, mut fact: FactJob, carried: Carried, at: DateTime<Utc>) -> Option<Job> {
        match fact.carried(carried) {
            Progress::Next => Some(Job::Fact(fact)),
            Progress::Sent(message) => {
                self.desk.end(&fact, SendOutcome::Sent(message));
                None
            }
            Progress::Failed(SendFault::Wait(wait)) if wait <= self.deps.settings.lease => {
                Some(Job::Fact(fact))
            }
            Progress::Failed(fault) => {
                self.end_job(Job::Fact(fact), &fault, at);
                None
            }
        }
    }

    /// Ends a job that could not be sent, at least not now.
    pub(super) fn end_job(&mut self, job: Job, fault: &SendFault, at: DateTime<Utc>) {
        let mut fact = match job {
            Job::Reply(reply) => return self.end_reply(reply, Err(fault.clone())),
            Job::Fact(fact) => fact,
        };
        let outcome = match fault {
            SendFault::Wait(wait) => retry(at, *wait, "waits for its turn"),
            SendFault::Down(why) => retry(at, backoff(fact.attempts), why),
            SendFault::Gone(why) => {
                self.desk.findings.unreachable.push(fact.chat);
                SendOutcome::Undeliverable { why: why.clone() }
            }
            SendFault::Moved(to) => SendOutcome::Moved { to: *to },
            SendFault::NoSuchMessage => self.refused(&mut fact, "no such message", at),
            SendFault::Refused(why) => self.refused(&mut fact, why, at),
        };
        log::warn!(fact = fact.name; "Fact {} to chat {} was not sent: {}.", fact.id, fact.chat, words(fault));
        self.desk.end(&fact, outcome);
    }

    /// Tells owners of a fact that is given up, since nobody else will correct it.
    fn refused(&mut self, fact: &mut FactJob, why: &str, at: DateTime<Utc>) -> SendOutcome {
        fact.past.refused += 1;
        if fact.past.refused < REFUSALS_MAX {
            let wait = REFUSED_AGAIN_AFTER * u32::try_from(fact.past.refused).unwrap_or(1);
            return retry(at, wait, why);
        }
        let why = format!("refused {REFUSALS_MAX} times: {why}");
        let detail =
            format!("the message {} ({}) to chat {} was given up, {why}.", fact.name, fact.id, fact.chat);
        self.give_up(fact, Fault::new(Code::TelegramRefused, detail));
        SendOutcome::Undeliverable { why }
    }

    pub(super) fn give_up(&mut self, fact: &FactJob, fault: Fault) {
        self.deps.metrics.fault("A message was given up", &fault);
        self.desk.tell_owners(fact, &fault);
    }

    /// A reply is over; what was not sent is not tried again.
    fn end_reply(&mut self, reply: Reply, carried: Carried) {
        self.replies -= 1;
        if let (Err(fault), Some(chat)) = (&carried, reply.call.chat()) {
            log::warn!("A reply to chat {chat} was dropped: {}.", words(fault));
        }
        if let Some(waiter) = reply.waiter {
            _ = waiter.send(carried); // gone if it stopped waiting
        }
        self.tell_drained();
    }
}

/// The label that the call is counted under.
fn outcome(carried: &Carried) -> &'static str {
    match carried {
        Ok(_) => "sent",
        Err(SendFault::Wait(_)) => "waited",
        Err(SendFault::Down(_)) => "retry",
        Err(SendFault::Gone(_)) => "gone",
        Err(SendFault::Moved(_)) => "moved",
        Err(SendFault::NoSuchMessage) => "missing",
        Err(SendFault::Refused(_)) => "refused",
    }
}

/// For the log.
fn words(fault: &SendFault) -> String {
    match fault {
        SendFault::Wait(wait) => format!("its chat must wait {} s", wait.as_secs()),
        SendFault::Down(why) => format!("no answer ({why})"),
        SendFault::Gone(why) => format!("nobody is there ({why})"),
        SendFault::Moved(to) => format!("the group moved to {to}"),
        SendFault::NoSuchMessage => "the message is not there any more".to_owned(),
        SendFault::Refused(why) => format!("refused ({why})"),
    }
}
