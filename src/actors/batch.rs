//! Group commit: what arrives while a transaction is in flight becomes the next one.

use crate::fault::{Code, Fault};
use actix::dev::{MessageResponse, OneshotSender};
use actix::{Actor, Message};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// A request with the channel its sender waits at.
pub type Pending<M> = (M, OneshotSender<<M as Message>::Result>);

/// Requests that wait for the next transaction. There is no artificial waiting: an idle actor flushes at once.
pub struct Queue<M: Message> {
    waiting: Rc<RefCell<VecDeque<Pending<M>>>>,
    /// Whether a transaction is in flight.
    pub flying: bool,
}

impl<M: Message> Default for Queue<M> {
    fn default() -> Self {
        Self { waiting: Rc::default(), flying: false }
    }
}

impl<M: Message> Queue<M> {
    /// The handler's answer: keeps the request and its sender's channel, to be answered after a commit.
    pub fn keep(&self, request: M) -> Kept<M> {
        Kept { waiting: self.waiting.clone(), request }
    }

    /// The next batch: up to `limit` requests, oldest first, no two with the same key; a second one waits
    /// for the next batch, so that it sees what the first did.
    pub fn take<K: Ord>(&self, limit: usize, key: impl Fn(&M) -> K) -> Vec<Pending<M>> {
        let mut waiting = self.waiting.borrow_mut();
        let (mut batch, mut later, mut keys) =
            (Vec::new(), VecDeque::new(), std::collections::BTreeSet::new());
        while batch.len() < limit
            && let Some(pending) = waiting.pop_front()
        {
            if keys.insert(key(&pending.0)) {
                batch.push(pending);
            } else {
                later.push_back(pending);
            }
        }
        while let Some(pending) = later.pop_back() {
            waiting.push_front(pending);
        }
        batch
    }
}

/// See [`Queue::keep`].
pub struct Kept<M: Message> {
    waiting: Rc<RefCell<VecDeque<Pending<M>>>>,
    request: M,
}

impl<A, M> MessageResponse<A, M> for Kept<M>
where
    A: Actor,
    M: Message,
{
    fn handle(self, _: &mut A::Context, sender: Option<OneshotSender<M::Result>>) {
        // Without a sender nobody waits: such a request is none. Everything is sent with `ask`.
        if let Some(sender) = sender {
            self.waiting.borrow_mut().push_back((self.request, sender));
        }
    }
}

/// A database that is down, or a shop that was taken over, fails everybody alike.
pub fn is_worth_singly(fault: &Fault) -> bool {
    !matches!(fault.code, Code::DatabaseDown | Code::LeaseLost)
}
