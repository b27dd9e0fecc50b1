//! The Messenger's dealings with the store: takes facts that are due and writes down what became of them. Only one of
//! the two runs at a time, so that a fact is never taken from the store while its outcome is still being written.

use super::findings::{Findings, Written};
use super::job::{FactJob, Job, Past, Progress, backoff, retry};
use super::lanes::Lane;
use super::pace::Pace;
use super::render::{Step, render};
use super::{MessengerActor, MessengerDeps};
use crate::fault::{Code, Fault, Retry};
use crate::ports::SendFault;
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::FactId;
use crate::store::model::{DueFact, NewFact, SendOutcome};
use actix::prelude::*;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;

/// The most facts taken at once, and held in memory when more are taken: at Telegram's pace over two seconds' work.
const TAKEN_MAX: i64 = 64;
const HELD_MAX: usize = 64;
/// The most facts that wait once those who wait for a product are told: goods that are paid meanwhile go after a
/// second's work, however many there are to be told.
const RESTOCKS_MAX: i64 = 32;
/// When goods that cannot be decrypted are tried again: somebody has to correct the key or the row first.
const UNREADABLE_AGAIN_AFTER: Duration = Duration::from_secs(300);
/// A fact that has caused this many panics is not tried again.
const PANICS_MAX: i64 = 3;
/// How long until findings that the database refused are written again; other findings do not wait for them.
const REFUSED_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// The least time to the next look for due facts when this one finds something due that it cannot take.
const LOOK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(1);

/// Facts in memory and what is to be written about them.
#[derive(Default)]
pub struct Desk {
    pub findings: Findings,
    /// What the database refused lately.
    refused: Findings,
    /// Facts in memory: from their taking until their outcome is on disk.
    held: HashSet<FactId>,
    /// What is remembered of facts that are back in the store.
    pasts: HashMap<FactId, Past>,
    /// Something is being read or written.
    busy: bool,
    /// How often in a row the database has failed, and whether it is therefore left alone for a while.
    failures: i64,
    resting: bool,
    /// The last look for due facts is so recent that whatever another one finds could not be sent yet.
    pausing: bool,
    /// Whether a look for due facts is wanted.
    wanted: bool,
    timer: Option<SpawnHandle>,
    /// When notices for staff were last gathered into messages.
    gathered_at: Option<DateTime<Utc>>,
}

/// What a look for due facts found.
#[derive(Default)]
struct Found {
    taken: Vec<(DueFact, Rendered)>,
    gathered: bool,
    /// When to look for due facts again.
    next: Option<DateTime<Utc>>,
}

/// A fact's calls; `None` if rendering it panicked.
pub type Rendered = Option<Result<Vec<Step>, Fault>>;

impl Desk {
    /// Whether no fact is in memory and nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.findings.is_empty() && !self.busy
    }

    /// Looks for no more due facts until somebody asks for it.
    pub fn rest(&mut self, context: &mut Context<MessengerActor>) {
        self.wanted = false;
        if let Some(timer) = self.timer.take() {
            context.cancel_future(timer);
        }
    }

    /// Takes note of what became of a fact.
    pub fn end(&mut self, fact: &FactJob, outcome: SendOutcome) {
        let past = fact.past.clone();
        if matches!(outcome, SendOutcome::Retry { .. }) && past != Past::default() {
            self.pasts.insert(fact.id, past);
        } else {
            self.pasts.remove(&fact.id);
        }
        self.findings.outcomes.push((fact.id, outcome));
    }

    /// Tells the owners of a fault, unless the fact is itself about trouble: that would never end.
    pub fn tell_owners(&mut self, fact: &FactJob, fault: &Fault) {
        if fact.complains {
            let fact = Fact::Trouble { fault: fault.code.name().to_owned(), detail: fault.detail.clone() };
            self.findings.troubles.push(NewFact { audience: Audience::Owners, fact, subject: None });
        }
    }
}

impl MessengerActor {
    /// Looks for facts that may have become due, or may be sent by now.
    pub(super) fn look(&mut self, context: &mut Context<Self>) {
        self.desk.wanted = true;
        self.dispatch(context);
        self.work(context);
    }

    /// Does what is next at the desk: writing comes before taking more.
    pub(super) fn work(&mut self, context: &mut Context<Self>) {
        if self.desk.busy || self.desk.resting {
            return;
        }
        if !self.desk.findings.is_empty() {
            return self.write(context);
        }
        let has_room = self.desk.held.len() < HELD_MAX && self.drains.is_empty();
        if self.desk.wanted && has_room && !self.desk.pausing {
            self.desk.wanted = false;
            let held = self.flood.holds_facts(self.deps.clock.now());
            match self.flood.paused_until().filter(|_| held) {
                Some(until) => self.look_at(until, context),
                None => self.take(context),
            }
        }
    }

    fn look_at(&mut self, at: DateTime<Utc>, context: &mut Context<Self>) {
        let wait = (at - self.deps.clock.now()).to_std().unwrap_or_default();
        if let Some(timer) = self.desk.timer.take() {
            context.cancel_future(timer);
        }
        self.desk.timer = Some(context.run_later(wait, |actor, context| {
            actor.desk.timer = None;
            actor.look(context);
        }));
    }

    fn take(&mut self, context: &mut Context<Self>) {
        self.desk.busy = true;
        self.desk.pausing = true;
        // A look into the store costs a few steps for each waiting chat, so the next one waits until half of what is
        // held can be sent.
        let leaving = u32::try_from(self.desk.held.len() / 2).unwrap_or(u32::MAX).max(1);
        let pause = Pace::of_bot(&self.deps.settings).interval().saturating_mul(leaving);
        context.run_later(pause, |actor, context| {
            actor.desk.pausing = false;
            actor.work(context);
        });
        let (deps, held, gathered_at) = (self.deps.clone(), self.desk.held.clone(), self.desk.gathered_at);
        let work = async move { find(&deps, &held, gathered_at).await };
        context.spawn(work.into_actor(self).map(|found, actor, context| actor.found(found, context)));
    }

    fn found(&mut self, found: Result<Found, Fault>, context: &mut Context<Self>) {
        self.desk.busy = false;
        match found {
            Ok(found) => {
                let now = self.deps.clock.now();
                self.desk.failures = 0;
                self.desk.gathered_at = if found.gathered { Some(now) } else { self.desk.gathered_at };
                for (due, rendered) in found.taken {
                    self.take_in(&due, rendered, now);
                }
                match found.next {
                    Some(at) if at <= now => self.desk.wanted = true,
                    Some(at) => self.look_at(at, context),
                    None => {}
                }
            }
            Err(fault) => {
                self.desk.wanted = true;
                self.rest_after(&fault, context);
            }
        }
        if !self.drains.is_empty() {
            self.give_back(context);
        }
        self.dispatch(context);
        self.work(context);
    }

    /// Queues a fact that was taken, or ends it right here.
    pub(super) fn take_in(&mut self, due: &DueFact, rendered: Rendered, now: DateTime<Utc>) {
        self.desk.held.insert(due.id);
        let past = self.desk.pasts.get(&due.id).cloned().unwrap_or_default();
        let fact = |steps| FactJob::new(due, steps, past);
        let fact = match rendered {
            Some(Ok(steps)) => fact(steps),
            Some(Err(fault)) => return self.unrendered(fact(Vec::new()), &fault, now),
            None => return self.panicked(fact(Vec::new()), now),
        };
        if let Progress::Sent(message) = fact.progress() {
            return self.desk.end(&fact, SendOutcome::Sent(message));
        }
        let parked =
            self.lanes.parked_until(due.chat).map(|until| until.saturating_duration_since(Instant::now()));
        match parked.filter(|wait| *wait > self.deps.settings.lease) {
            Some(wait) => self.end_job(Job::Fact(fact), &SendFault::Wait(wait), now),
            None => self.lanes.push(due.chat, Lane::Facts, Job::Fact(fact), Instant::now()),
        }
    }

    fn unrendered(&mut self, mut fact: FactJob, fault: &Fault, now: DateTime<Utc>) {
        self.deps.metrics.fault("A message could not be made", fault);
        let unreadable = fault.code == Code::GoodsUnreadable;
        if unreadable && !fact.past.told {
            fact.past.told = true;
            self.desk.tell_owners(&fact, fault);
        }
        let wait = if unreadable { UNREADABLE_AGAIN_AFTER } else { backoff(fact.attempts) };
        self.desk.end(&fact, retry(now, wait, fault.code.name()));
    }

    fn panicked(&mut self, mut fact: FactJob, now: DateTime<Utc>) {
        self.deps.metrics.panics.with_label_values(&["messenger"]).inc();
        fact.past.panicked += 1;
        if fact.past.panicked < PANICS_MAX {
            return self.desk.end(&fact, retry(now, backoff(fact.past.panicked), "panicked"));
        }
        let detail = format!("the message {} ({}) to chat {} panics.", fact.name, fact.id, fact.chat);
        self.give_up(&fact, Fault::new(Code::TelegramRefused, detail));
        self.desk.end(&fact, SendOutcome::Undeliverable { why: "panicked".to_owned() });
    }

    fn write(&mut self, context: &mut Context<Self>) {
        self.desk.busy = true;
        let (deps, findings) = (self.deps.clone(), std::mem::take(&mut self.desk.findings));
        let work = async move { findings.write(&deps).await };
        context.spawn(work.into_actor(self).map(|written, actor, context| actor.written(written, context)));
    }

    fn written(&mut self, written: Written, context: &mut Context<Self>) {
        self.desk.busy = false;
        for fact in &written.facts {
            self.desk.held.remove(fact);
        }
        match written.fault {
            Some(fault) if fault.code.retry() == Retry::Never => {
                self.deps.metrics.fault("What became of a fact could not be written", &fault);
                self.desk.refused.put_back(written.left);
                context.run_later(REFUSED_AGAIN_AFTER, |actor, context| {
                    actor.desk.findings.put_back(std::mem::take(&mut actor.desk.refused));
                    actor.work(context);
                });
            }
            Some(fault) => {
                self.desk.findings.put_back(written.left);
                self.rest_after(&fault, context);
            }
            None => self.desk.failures = 0,
        }
        self.desk.wanted |= self.drains.is_empty(); // the next facts of these chats may be due
        self.tell_drained();
        self.work(context);
    }

    /// Leaves the database alone for a while, the longer the more often it failed.
    fn rest_after(&mut self, fault: &Fault, context: &mut Context<Self>) {
        self.deps.metrics.fault("The messenger could not read or write its facts", fault);
        self.desk.resting = true;
        context.run_later(backoff(self.desk.failures), |actor, context| {
            actor.desk.resting = false;
            actor.work(context);
        });
        self.desk.failures += 1;
    }
}

/// Gathers notices for staff if it is time, takes what is due, and renders it. When there is nothing else to do, some
/// of those who wait for a product get their facts, for the next look.
async fn find(
    deps: &MessengerDeps,
    held: &HashSet<FactId>,
    gathered_at: Option<DateTime<Utc>>,
) -> Result<Found, Fault> {
    let now = deps.clock.now();
    let due = deps.store.next_fact_due(now).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(Found { next: due, ..Found::default() });
    }
    let pause = TimeDelta::from_std(deps.settings.staff_batch).unwrap_or(TimeDelta::zero());
    // abs: a clock that was set back must not silence staff
    let gathers = gathered_at.is_none_or(|last| (now - last).abs() >= pause);
    let gathered = gathers && gather(deps, now).await;
    let lease_seconds = i64::try_from(deps.settings.lease.as_secs()).unwrap_or(i64::MAX);
    let taken = deps.store.take_due_facts(now, TAKEN_MAX, lease_seconds).await?;
    let idle = !gathered && taken.is_empty();
    // asked first: a transaction that finds nothing to do would come with every sale
    let announced = idle && deps.store.restock_waits().await? && announce(deps, now).await;
    let more = !idle || announced;
    let notices = gathered_at.map_or(now, |last| last + pause).max(now + LOOK_AGAIN_AFTER);
    let mut found = Found { gathered, next: Some(if more { now } else { notices }), ..Found::default() };
    for due in taken.into_iter().filter(|due| !held.contains(&due.id)) {
        let rendered = AssertUnwindSafe(render(deps, &due)).catch_unwind().await;
        found.taken.push((due, rendered.ok()));
    }
    Ok(found)
}

/// Turns some subscriptions into facts and answers whether there were any.
async fn announce(deps: &MessengerDeps, now: DateTime<Utc>) -> bool {
    let announced = deps.store.announce_restock(now, RESTOCKS_MAX).await;
    let fault = |fault: &Fault| deps.metrics.fault("Who waits for a product could not be told", fault);
    announced.inspect_err(fault).unwrap_or(false)
}

/// Gathers notices for staff and answers whether there were any. A failure must not keep goods from being sent.
async fn gather(deps: &MessengerDeps, now: DateTime<Utc>) -> bool {
    let gathered = deps.store.fan_out_notices(now).await;
    gathered.inspect_err(|fault| deps.metrics.fault("Notices for staff could not be gathered", fault))
        != Ok(0)
}
