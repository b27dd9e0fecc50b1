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
    /// Allows `flights_max` transactions in flight at once. Of two requests with the same key, the second waits until
    /// the first is done, so that it sees the result.
    pub fn new(flights_max: usize, key: fn(&M) -> K) -> Self {
        Self { waiting: Rc::default(), key, busy: BTreeSet::new(), flights: 0, flights_max }
    }

    /// The handler's answer: keeps the request and its sender's channel, to be answered after a commit.
    pub fn keep(&self, request: M) -> Kept<M> {
        Kept { waiting: self.waiting.clone(), request }
    }

    /// Starts a flight if one more is allowed; `true` if it did.
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

    /// Marks the batch's transaction as over, whether it succeeded or failed.
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
        // No sender means `do_send`: nobody waits for an answer, so it is dropped. All of ours use `ask`.
        if let Some(sender) = sender {
            self.waiting.borrow_mut().push_back((self.request, sender));
        }
    }
}

/// Requests that were committed, or how many failed and by what.
pub type Committed<D> = Result<D, (usize, Fault)>;

/// Commits all in one transaction; if that fails, one by one, so that a bad request fails alone. A fault that affects
/// every request alike stops this for the rest: 32 time-outs in a row would take 8 minutes. Results are in order. A
/// request that failed may still be committed, if only the answer was lost.
pub async fn together_or_singly<R: Clone, D>(
    requests: Vec<R>,
    commit: impl AsyncFn(Vec<R>) -> Result<D, Fault>,
) -> Vec<Committed<D>> {
    match commit(requests.clone()).await {
        Ok(done) => vec![Ok(done)],
        Err(fault) if !is_worth_singly(&fault) => vec![Err((requests.len(), fault))],
        Err(fault) => {
            log::warn!("A batch of {} is tried one by one: {fault}", requests.len());
            let mut singly = Vec::with_capacity(requests.len());
            let mut left = requests.into_iter();
            while let Some(request) = left.next() {
                match commit(vec![request]).await {
                    Err(fault) if !is_worth_singly(&fault) => {
                        singly.push(Err((1 + left.len(), fault)));
                        break;
                    }
                    end => singly.push(end.map_err(|fault| (1, fault))),
                }
            }
            singly
        }
    }
}

/// A database that is down, busy or locked, or a shop that was taken over, fails everybody alike.
fn is_worth_singly(fault: &Fault) -> bool {
    !matches!(fault.code, Code::DatabaseDown | Code::DatabaseBusy | Code::DatabaseLocked | Code::LeaseLost)
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

    #[actix_rt::test]
    async fn a_bad_request_fails_alone_and_a_database_that_is_down_fails_everybody_at_once() {
        let tries = RefCell::new(Vec::new());
        let commit = |code: Code| {
            let tries = &tries;
            async move |batch: Vec<u8>| {
                tries.borrow_mut().push(batch.clone());
                if batch.contains(&2) { Err(Fault::new(code, "no.")) } else { Ok(batch) }
            }
        };
        let ends = together_or_singly(vec![1, 2, 3], commit(Code::DatabaseRefused)).await;
        let ends: Vec<_> = ends.into_iter().map(|end| end.map_err(|(count, _)| count)).collect();
        assert_eq!(ends, [Ok(vec![1]), Err(1), Ok(vec![3])]);
        assert_eq!(tries.take(), [vec![1, 2, 3], vec![1], vec![2], vec![3]]);
        let ends = together_or_singly(vec![1, 2, 3], commit(Code::DatabaseDown)).await;
        assert!(matches!(ends.as_slice(), [Err((3, _))]));
        assert_eq!(tries.take(), [vec![1, 2, 3]]);
    }

    #[actix_rt::test]
    async fn a_database_that_goes_down_while_requests_are_tried_singly_fails_those_that_are_left_at_once() {
        for code in [Code::DatabaseDown, Code::DatabaseBusy, Code::DatabaseLocked, Code::LeaseLost] {
            let tries = RefCell::new(0);
            let commit = async |batch: Vec<u8>| {
                *tries.borrow_mut() += 1;
                match batch.as_slice() {
                    [1] => Ok(batch),
                    [2] => Err(Fault::new(Code::DatabaseRefused, "this one.")),
                    [3] => Err(Fault::new(code, "no more.")),
                    _ => Err(Fault::new(Code::DatabaseConflict, "not together.")),
                }
            };
            let ends = together_or_singly(vec![1, 2, 3, 4, 5], commit).await;
            let ends: Vec<_> =
                ends.into_iter().map(|end| end.map_err(|(count, fault)| (count, fault.code))).collect();
            assert_eq!(ends, [Ok(vec![1]), Err((1, Code::DatabaseRefused)), Err((3, code))]);
            assert_eq!(tries.take(), 4);
        }
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
