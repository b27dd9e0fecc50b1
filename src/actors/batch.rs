//! Group commit: what arrives while a transaction is in flight becomes the next one.

use crate::fault::{Code, Fault};
use actix::dev::{MessageResponse, OneshotSender};
use actix::{Actor, Message};
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// A request with the channel its sender waits at.
pub type Pending<M> = (M, OneshotSender<<M as Message>::Result>);

/// Requests that wait for a transaction. There is no artificial waiting: an idle actor flushes at once.
pub struct Queue<M: Message, K> {
    waiting: Rc<RefCell<VecDeque<Pending<M>>>>,
    key: fn(&M) -> K,
    /// Keys of the requests whose transaction is in flight.
    busy: BTreeSet<K>,
    flights: usize,
    flights_max: usize,
}

impl<M: Message, K: Ord> Queue<M, K> {
    /// With so many transactions in flight at once. Of two requests with the same key the second one waits until the
    /// first is done, so that it sees what came of it.
    pub fn new(flights_max: usize, key: fn(&M) -> K) -> Self {
        Self { waiting: Rc::default(), key, busy: BTreeSet::new(), flights: 0, flights_max }
    }

    /// The handler's answer: keeps the request and its sender's channel, to be answered after a commit.
    pub fn keep(&self, request: M) -> Kept<M> {
        Kept { waiting: self.waiting.clone(), request }
    }

    /// Whether one more flight may begin, which it has then.
    pub fn begins_flight(&mut self) -> bool {
        let may = self.flights < self.flights_max;
        self.flights += usize::from(may);
        may
    }

    /// The next batch: up to `limit` requests, oldest first. `None` ends the flight.
    pub fn take(&mut self, limit: usize) -> Option<Vec<Pending<M>>> {
        let mut waiting = self.waiting.borrow_mut();
        let (mut batch, mut later) = (Vec::new(), VecDeque::new());
        while batch.len() < limit
            && let Some(pending) = waiting.pop_front()
        {
            if self.busy.insert((self.key)(&pending.0)) {
                batch.push(pending);
            } else {
                later.push_back(pending);
            }
        }
        while let Some(pending) = later.pop_back() {
            waiting.push_front(pending);
        }
        if batch.is_empty() {
            self.flights -= 1;
            return None;
        }
        Some(batch)
    }

    /// The batch's transaction is over, one way or the other.
    pub fn done(&mut self, batch: &[Pending<M>]) {
        for (request, _) in batch {
            self.busy.remove(&(self.key)(request));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    /// Whose it is, and which.
    #[derive(Debug, PartialEq, Message)]
    #[rtype(result = "()")]
    struct Request(u8, u8);

    fn queue(requests: &[(u8, u8)]) -> Queue<Request, u8> {
        let queue = Queue::new(2, |request: &Request| request.0);
        let pending = |(whose, which): &(u8, u8)| (Request(*whose, *which), oneshot::channel().0);
        queue.waiting.borrow_mut().extend(requests.iter().map(pending));
        queue
    }

    fn requests(batch: &[Pending<Request>]) -> Vec<(u8, u8)> {
        batch.iter().map(|(request, _)| (request.0, request.1)).collect()
    }

    #[test]
    fn a_second_request_with_the_same_key_waits_until_the_first_is_done() {
        let mut queue = queue(&[(1, 1), (1, 2), (2, 1), (1, 3), (3, 1)]);
        let first = queue.take(2).unwrap();
        assert_eq!(requests(&first), [(1, 1), (2, 1)]);
        let second = queue.take(9).unwrap();
        assert_eq!(requests(&second), [(3, 1)]);
        queue.done(&first);
        assert_eq!(requests(&queue.take(9).unwrap()), [(1, 2)]);
    }

    #[test]
    fn no_more_fly_than_may_and_who_finds_nothing_to_take_ends() {
        let mut queue = queue(&[(1, 1), (1, 2)]);
        assert!(queue.begins_flight() && queue.begins_flight() && !queue.begins_flight());
        let batch = queue.take(9).unwrap();
        assert!(queue.take(9).is_none() && queue.begins_flight());
        queue.done(&batch);
        assert_eq!(requests(&queue.take(9).unwrap()), [(1, 2)]);
    }
}
