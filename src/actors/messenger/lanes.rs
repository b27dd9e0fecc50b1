//! Whose turn it is. Each chat has one call under way at a time and two queues, replies before facts; a chat that must
//! wait holds up no other chat, and an endless stream of replies does not hold up facts. The caller passes in all
//! times.

use super::MessengerSettings;
use super::pace::{Bucket, Pace};
use crate::rules::ids::ChatId;
use std::collections::{BTreeSet, HashMap, VecDeque};
use tokio::time::Instant;

/// Replies of all chats go before facts of all chats, but not for ever: see [`REPLIES_IN_A_ROW`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Replies,
    Facts,
}

const LANES: [Lane; 2] = [Lane::Replies, Lane::Facts];

/// After this many replies in a row a fact that may go goes first, over all chats and in each: no presses without end
/// keep paid goods waiting.
const REPLIES_IN_A_ROW: u32 = 3;

/// All chats with something to send, or that were sent something just now.
pub struct Lanes<J> {
    settings: MessengerSettings,
    chats: HashMap<ChatId, Chat<J>>,
    /// Chats whose next job waits, ordered by when it may go and then by who came first; one set for each lane.
    waiting: [BTreeSet<(Instant, u64, ChatId)>; 2],
    /// Chats with nothing to send, by when they may be forgotten.
    resting: BTreeSet<(Instant, ChatId)>,
    turn: u64,
    /// Replies since the last fact.
    replies_in_a_row: u32,
}

struct Chat<J> {
    queues: [VecDeque<J>; 2],
    replies_in_a_row: u32,
    bucket: Bucket,
    parked_until: Instant,
    place: Place,
}

/// Where a chat stands.
#[derive(Clone, Copy)]
enum Place {
    Resting(Instant),
    Waiting(Lane, Instant, u64),
    UnderWay,
}

impl<J> Lanes<J> {
    pub fn new(settings: MessengerSettings) -> Self {
        Self {
            settings,
            chats: HashMap::new(),
            waiting: Default::default(),
            resting: BTreeSet::new(),
            turn: 0,
            replies_in_a_row: 0,
        }
    }

    /// Queues a job behind those of its chat and lane.
    pub fn push(&mut self, chat: ChatId, lane: Lane, job: J, now: Instant) {
        self.chat(chat, now).queues[lane as usize].push_back(job);
        self.place(chat, now);
    }

    /// When the next job of any chat may go, which can be in the past. `facts`: whether facts may go at all.
    pub fn next_at(&self, facts: bool) -> Option<Instant> {
        let lanes = if facts { &LANES[..] } else { &LANES[..1] };
        lanes.iter().filter_map(|lane| Some(self.waiting[*lane as usize].first()?.0)).min()
    }

    /// Takes the next job that may go now. Its chat is under way until [`Self::finish`].
    pub fn start(&mut self, facts: bool, now: Instant) -> Option<(ChatId, Lane, J)> {
        self.forget_rested(now);
        let lanes =
            if self.replies_in_a_row < REPLIES_IN_A_ROW { LANES } else { [Lane::Facts, Lane::Replies] };
        for lane in lanes {
            let may_go = |(at, ..): &(Instant, _, _)| *at <= now && (facts || lane == Lane::Replies);
            if let Some((_, _, id)) = self.waiting[lane as usize].first().copied().filter(may_go) {
                self.leave_place(id);
                let chat = self.chats.get_mut(&id)?;
                let pressed = chat.replies_in_a_row >= REPLIES_IN_A_ROW;
                let fact_first = facts && pressed && !chat.queues[Lane::Facts as usize].is_empty();
                let lane = if fact_first { Lane::Facts } else { lane };
                for in_a_row in [&mut self.replies_in_a_row, &mut chat.replies_in_a_row] {
                    *in_a_row = if lane == Lane::Facts { 0 } else { *in_a_row + 1 };
                }
                chat.place = Place::UnderWay;
                return Some((id, lane, chat.queues[lane as usize].pop_front()?));
            }
        }
        None
    }

    /// Puts a job back to the front of its queue, before [`Self::finish`].
    pub fn put_back(&mut self, chat: ChatId, lane: Lane, job: J, now: Instant) {
        self.chat(chat, now).queues[lane as usize].push_front(job);
    }

    /// Nothing goes to this chat before then.
    pub fn park(&mut self, chat: ChatId, until: Instant, now: Instant) {
        let parked = &mut self.chat(chat, now).parked_until;
        *parked = until.max(*parked);
    }

    /// The chat's call is over; its next job may get a turn. The pace counts from here, not from the start: Telegram
    /// counts from when a message arrives, and one that was long on its way must not bring the next too close.
    pub fn finish(&mut self, id: ChatId, now: Instant) {
        let pace = Pace::of_chat(&self.settings, id);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.bucket.take(pace, now);
        }
        self.pass_over(id, now);
    }

    /// The chat's job was not carried out after all; its next one may get a turn.
    pub fn pass_over(&mut self, id: ChatId, now: Instant) {
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.place = Place::Resting(now);
            self.resting.insert((now, id));
            self.place(id, now);
        }
    }

    /// Takes jobs out that have not begun.
    pub fn remove(&mut self, now: Instant, which: impl Fn(ChatId, &J) -> bool) -> Vec<J> {
        let mut removed = Vec::new();
        let ids: Vec<ChatId> = self.chats.keys().copied().collect();
        for id in ids {
            for queue in &mut self.chat(id, now).queues {
                for job in std::mem::take(queue) {
                    if which(id, &job) { removed.push(job) } else { queue.push_back(job) }
                }
            }
            self.place(id, now);
        }
        removed
    }

    /// How many jobs of a chat wait in a lane.
    pub fn waiting(&self, chat: ChatId, lane: Lane) -> usize {
        self.chats.get(&chat).map_or(0, |chat| chat.queues[lane as usize].len())
    }

    pub fn parked_until(&self, chat: ChatId) -> Option<Instant> {
        self.chats.get(&chat).map(|chat| chat.parked_until)
    }

    fn chat(&mut self, id: ChatId, now: Instant) -> &mut Chat<J> {
        let resting = &mut self.resting;
        self.chats.entry(id).or_insert_with(|| {
            resting.insert((now, id));
            Chat {
                queues: Default::default(),
                replies_in_a_row: 0,
                bucket: Bucket::full(now),
                parked_until: now,
                place: Place::Resting(now),
            }
        })
    }

    /// Works out a chat's place anew, unless a call is under way. The chat keeps its turn if nothing changed.
    fn place(&mut self, id: ChatId, now: Instant) {
        let pace = Pace::of_chat(&self.settings, id);
        let Some(chat) = self.chats.get(&id) else { return };
        let lane = LANES.into_iter().find(|lane| !chat.queues[*lane as usize].is_empty());
        let place = match (lane, chat.place) {
            (_, Place::UnderWay) => return,
            (Some(lane), Place::Waiting(same, ..)) if lane == same => return,
            (Some(lane), _) => {
                self.turn += 1;
                Place::Waiting(lane, chat.bucket.opens_at(pace, now).max(chat.parked_until), self.turn)
            }
            (None, _) => Place::Resting(chat.bucket.full_at().max(chat.parked_until)),
        };
        self.leave_place(id);
        match place {
            Place::Waiting(lane, at, turn) => _ = self.waiting[lane as usize].insert((at, turn, id)),
            Place::Resting(until) => _ = self.resting.insert((until, id)),
            Place::UnderWay => {}
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.place = place;
        }
    }

    fn leave_place(&mut self, id: ChatId) {
        match self.chats.get(&id).map(|chat| chat.place) {
            Some(Place::Waiting(lane, at, turn)) => _ = self.waiting[lane as usize].remove(&(at, turn, id)),
            Some(Place::Resting(until)) => _ = self.resting.remove(&(until, id)),
            Some(Place::UnderWay) | None => {}
        }
    }

    fn forget_rested(&mut self, now: Instant) {
        while let Some((until, id)) = self.resting.first().copied().filter(|(until, _)| *until <= now) {
            self.resting.remove(&(until, id));
            self.chats.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::messenger::tests::settings;
    use std::time::Duration;

    const ALI: ChatId = ChatId(1);
    const BUDI: ChatId = ChatId(2);

    fn lanes() -> (Lanes<&'static str>, Instant) {
        (Lanes::new(settings()), Instant::now())
    }

    /// Carries out everything that may go at `now`, one after the other.
    fn drain(lanes: &mut Lanes<&'static str>, now: Instant) -> Vec<&'static str> {
        let mut jobs = Vec::new();
        while let Some((chat, _, job)) = lanes.start(true, now) {
            jobs.push(job);
            lanes.finish(chat, now);
        }
        jobs
    }

    #[test]
    fn replies_of_all_chats_go_before_facts_of_all_chats() {
        let (mut lanes, now) = lanes();
        lanes.push(ALI, Lane::Facts, "fact of Ali", now);
        lanes.push(BUDI, Lane::Facts, "fact of Budi", now);
        lanes.push(BUDI, Lane::Replies, "reply to Budi", now);
        lanes.push(ALI, Lane::Replies, "reply to Ali", now);
        assert_eq!(drain(&mut lanes, now), ["reply to Budi", "reply to Ali", "fact of Budi", "fact of Ali"]);
    }

    #[test]
    fn replies_without_end_leave_every_fourth_turn_to_a_fact() {
        let (mut lanes, now) = lanes();
        for id in 1..=8 {
            lanes.push(ChatId(id), Lane::Replies, "reply", now);
        }
        lanes.push(ChatId(9), Lane::Facts, "fact", now);
        lanes.push(ChatId(10), Lane::Facts, "other fact", now);
        let order = drain(&mut lanes, now);
        let places: Vec<usize> = (0..order.len()).filter(|place| order[*place] != "reply").collect();
        assert_eq!(places, [3, 7]);
    }

    #[test]
    fn somebody_who_presses_without_end_gets_their_own_facts_too() {
        let (mut lanes, now) = lanes();
        lanes.push(ALI, Lane::Facts, "goods", now);
        for _ in 0..8 {
            lanes.push(ALI, Lane::Replies, "reply", now);
        }
        let order: Vec<_> =
            (0..9).flat_map(|second| drain(&mut lanes, now + Duration::from_secs(second))).collect();
        assert_eq!(order.iter().position(|job| *job == "goods"), Some(3));
    }

    #[test]
    fn a_job_that_is_passed_over_costs_its_chat_no_time() {
        let (mut lanes, now) = lanes();
        for job in ["1", "2", "3", "4"] {
            lanes.push(ALI, Lane::Replies, job, now);
        }
        assert!(lanes.start(true, now).is_some());
        lanes.pass_over(ALI, now);
        assert_eq!(drain(&mut lanes, now), ["2", "3", "4"]);
    }

    #[test]
    fn a_chat_has_one_call_under_way_and_keeps_its_order() {
        let (mut lanes, now) = lanes();
        for job in ["1", "2", "3"] {
            lanes.push(ALI, Lane::Replies, job, now);
        }
        assert_eq!(lanes.start(true, now), Some((ALI, Lane::Replies, "1")));
        assert_eq!(lanes.start(true, now), None);
        lanes.put_back(ALI, Lane::Replies, "1", now);
        lanes.finish(ALI, now);
        assert_eq!(drain(&mut lanes, now), ["1", "2"]); // the burst of three is used up
        assert_eq!(drain(&mut lanes, now + Duration::from_secs(1)), ["3"]);
    }

    #[test]
    fn a_chat_that_waits_holds_nobody_up() {
        let (mut lanes, now) = lanes();
        for job in ["1", "2", "3", "4"] {
            lanes.push(ALI, Lane::Replies, job, now);
        }
        lanes.push(BUDI, Lane::Facts, "fact of Budi", now);
        assert_eq!(drain(&mut lanes, now), ["1", "2", "3", "fact of Budi"]);
        assert_eq!(lanes.next_at(true), Some(now + Duration::from_secs(1)));
    }

    #[test]
    fn a_parked_chat_waits_until_then_and_alone() {
        let (mut lanes, now) = lanes();
        let until = now + Duration::from_secs(9);
        lanes.push(ALI, Lane::Replies, "reply to Ali", now);
        lanes.start(true, now);
        lanes.park(ALI, until, now);
        lanes.put_back(ALI, Lane::Replies, "reply to Ali", now);
        lanes.finish(ALI, now);
        lanes.push(BUDI, Lane::Replies, "reply to Budi", now);
        assert_eq!(drain(&mut lanes, now), ["reply to Budi"]);
        assert_eq!(lanes.next_at(true), Some(until));
        assert_eq!(drain(&mut lanes, until), ["reply to Ali"]);
    }

    #[test]
    fn facts_that_may_not_go_hold_no_reply_up() {
        let (mut lanes, now) = lanes();
        lanes.push(ALI, Lane::Facts, "fact", now);
        assert_eq!((lanes.next_at(false), lanes.start(false, now)), (None, None));
        lanes.push(ALI, Lane::Replies, "reply", now);
        assert_eq!(lanes.start(false, now), Some((ALI, Lane::Replies, "reply")));
    }

    #[test]
    fn chats_leave_memory_once_their_pace_is_forgotten() {
        let (mut lanes, now) = lanes();
        for id in 1..=1000 {
            lanes.push(ChatId(id), Lane::Replies, "reply", now);
        }
        assert_eq!(drain(&mut lanes, now).len(), 1000);
        assert_eq!(lanes.start(true, now), None);
        assert_eq!(lanes.chats.len(), 1000);
        assert_eq!(lanes.start(true, now + Duration::from_secs(1)), None);
        assert_eq!((lanes.chats.len(), lanes.resting.len()), (0, 0));
    }

    #[test]
    fn removed_jobs_leave_the_others_in_order() {
        let (mut lanes, now) = lanes();
        for job in ["1", "no", "2"] {
            lanes.push(ALI, Lane::Replies, job, now);
            lanes.push(BUDI, Lane::Facts, "no", now);
        }
        assert_eq!(lanes.remove(now, |_, job| *job == "no").len(), 4);
        assert_eq!(drain(&mut lanes, now), ["1", "2"]);
    }
}
