//! Ten times more than the shop can handle comes in, and Telegram is slow to take anything out.

use crate::patience::rounds;
use crate::people::customer;
use crate::shop::{Shop, WEBHOOK_SECRET};
use futures_util::future::{join, join_all};
use quickcart::sandbox::{CallFault, FaultKind};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

const PRICE: i64 = 15_000;
const BUYERS: usize = 2;
/// The crowd; nobody else has such ids.
const FIRST_STRANGER: i64 = 50_000_000;
/// Strangers who each wait for their answer, while it is found out how much the shop handles.
const PATIENT: usize = 32;
const MEASURED: Duration = Duration::from_secs(2);
/// How many times more than that comes then, over so many connections: several times what the shop has under way.
const TIMES: u64 = 10;
const CONNECTIONS: usize = 400;
/// How long a connection rests that is early.
const EARLY: Duration = Duration::from_millis(20);
/// Turns fall unevenly, and the shop closes a connection that is silent for 30 s: one that waited so long for its turn gives
/// way to a new one.
const SILENT: Duration = Duration::from_secs(10);
/// Measured: 14 MB in a minute. 6,000 updates under way, a few seconds of what comes, would take 220 MB.
const MEMORY_GROWS_KIB: u64 = 64 * 1024;
/// Replies of 10 s wait at the most, and whoever finds no room there asks again after 5 s.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

roads! {
    async fn ten_times_too_much_costs_little_memory_and_nothing_that_was_acknowledged_is_lost(databases) {
        let shop = Shop::open_by_webhook(databases, BUYERS as i64, &[]).await;
        // The crowd's presses are none of this Telegram's.
        shop.provoked.borrow_mut().push("query id is invalid");
        let number = shop.sells("Banjir", PRICE, 0..50).await;
        join_all((0..BUYERS).map(|place| shop.looks_at(customer(place), number))).await;
        let slow = CallFault::next(u32::MAX, None, FaultKind::Stall { seconds: 1 });
        shop.sandbox.set_faults(|faults| faults.telegram = vec![slow]);
        let usual = Crowd::new(&shop, number, 0);
        usual.presses(PATIENT, Instant::now() + MEASURED, u64::MAX).await;
        let per_second = (usual.acknowledged.borrow().len() as u64 / MEASURED.as_secs()).max(1);
        let before = shop.process().memory_kib();
        let crowd = Crowd::new(&shop, number, 1_000_000);
        let flood = async {
            let end = Instant::now() + Duration::from_secs(rounds(5, 60) as u64);
            crowd.presses(CONNECTIONS, end, per_second * TIMES).await;
            shop.sandbox.set_faults(|faults| faults.telegram.clear());
            let helps = || shop.bot_messages(customer(0)).iter().any(|message| message.text.contains("Bantuan"));
            let asks = || shop.sandbox.say(customer(0), "/help").map(drop);
            shop.keeps("help", asks, || helps().then_some(())).await;
            assert!(end.elapsed() < ANSWERED_WITHIN, "an answer took {:?} after the flood", end.elapsed());
        };
        let buyers = join_all((0..BUYERS).map(async |place| {
            let order = shop.buys_by_qris(customer(place), number).await;
            shop.gets_goods(customer(place), order).await;
        }));
        join(flood, buyers).await;
        println!("{per_second} a second is usual; answers of ten times that: {:?}", crowd.answers.borrow());
        println!("KiB in memory: {before}, then {}", crowd.memory_kib.get());
        let (handled, refused) = (crowd.acknowledged.borrow().len() as u64, crowd.answers.borrow()[&503]);
        assert!(refused > 3 * handled, "{handled} were handled and only {refused} sent away");
        // A press that met a fault is acknowledged too: its customer is told to press again. Not one that found the database
        // busy: on a machine that has hardly time for the shop, SQLite's one writer may be so for ten seconds.
        let busy = shop.metric("quickcart_faults_total{code=\"database-busy\"}").await;
        assert_eq!(shop.metric("quickcart_faults_total").await, busy, "overload is no fault, unless of a busy database");
        usual.lost_nothing();
        crowd.lost_nothing();
        shop.is_in_order().await;
        assert!(crowd.memory_kib.get() < before + MEMORY_GROWS_KIB, "memory: {before}, then {} KiB", crowd.memory_kib.get());
    }
}

/// People whom the local Telegram does not know. Each of them puts one unit in their cart.
struct Crowd<'a> {
    shop: &'a Shop,
    number: i64,
    next: Cell<i64>,
    acknowledged: RefCell<BTreeSet<i64>>,
    /// How many got which status.
    answers: RefCell<BTreeMap<u16, u64>>,
    /// The most that the shop had in memory.
    memory_kib: Cell<u64>,
}

impl<'a> Crowd<'a> {
    fn new(shop: &'a Shop, number: i64, from: i64) -> Self {
        let next = Cell::new(FIRST_STRANGER + from);
        let (acknowledged, answers, memory_kib) = Default::default();
        Self { shop, number, next, acknowledged, answers, memory_kib }
    }

    /// Presses come `per_second` until the `end`, whether or not earlier ones were answered.
    async fn presses(&self, connections: usize, end: Instant, per_second: u64) {
        let (begun, sent) = (Instant::now(), Cell::new(0));
        let address = self.shop.url("").replace("http://", "");
        let posts = join_all((0..connections).map(async |_| {
            let mut line: Option<(Instant, TcpStream)> = None;
            while Instant::now() < end {
                if sent.get() < begun.elapsed().as_millis() as u64 * per_second.min(1_000_000) / 1_000 {
                    sent.set(sent.get() + 1);
                    let kept = line.take().filter(|(used, _)| used.elapsed() < SILENT);
                    let mut open = match kept {
                        Some((_, open)) => open,
                        None => TcpStream::connect(&address).await.unwrap(),
                    };
                    self.one_presses(&mut open).await;
                    line = Some((Instant::now(), open));
                } else {
                    sleep(EARLY).await; // its turn is a matter of time
                }
            }
        }));
        let watch = async {
            while Instant::now() < end {
                self.memory_kib.set(self.memory_kib.get().max(self.shop.process().memory_kib()));
                sleep(Duration::from_millis(100)).await; // a sample of memory is nobody's news
            }
        };
        join(posts, watch).await;
    }

    /// Posts by hand: a crowd has to cost less than the shop.
    async fn one_presses(&self, line: &mut TcpStream) {
        let person = self.next.replace(self.next.get() + 1);
        let body = press(person, &format!("add:{}:1", self.number)).to_string();
        let post = format!(
            "POST /webhooks/telegram HTTP/1.1\r\nHost: shop\r\nX-Telegram-Bot-Api-Secret-Token: {WEBHOOK_SECRET}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        line.write_all(post.as_bytes()).await.unwrap();
        let (mut answer, mut length) = ([0; 2_048], 0);
        while !answer[..length].ends_with(b"\r\n\r\n") {
            let read = line.read(&mut answer[length..]).await.unwrap();
            assert!(read > 0, "cut off: {:?}", String::from_utf8_lossy(&answer[..length]));
            length += read;
        }
        let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        match status {
            200 => drop(self.acknowledged.borrow_mut().insert(person)),
            503 => assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}"),
            _ => panic!("{answer}"),
        }
        *self.answers.borrow_mut().entry(status).or_default() += 1;
    }

    /// Whoever was told that their press arrived has one unit in their cart.
    fn lost_nothing(&self) {
        let one = "SELECT i.external_id AS value FROM carts c JOIN identities i ON i.user_id = c.user_id WHERE c.quantity = 1";
        let carts: BTreeSet<i64> = self.shop.db_lines(one).iter().map(|id| id.parse().unwrap()).collect();
        let acknowledged = self.acknowledged.borrow();
        let lost: Vec<&i64> = acknowledged.difference(&carts).collect();
        assert!(lost.is_empty(), "{} of {} have not one unit in their cart", lost.len(), acknowledged.len());
    }
}

fn press(person: i64, data: &str) -> serde_json::Value {
    let from =
        serde_json::json!({"id": person, "is_bot": false, "first_name": "Orang", "language_code": "id"});
    let chat = serde_json::json!({"id": person, "type": "private", "first_name": "Orang"});
    serde_json::json!({
        "update_id": 1_000_000_000 + person,
        "callback_query": {
            "id": person.to_string(), "from": from, "chat_instance": "1", "data": data,
            "message": {"message_id": person, "date": 1, "text": "Banjir", "chat": chat},
        },
    })
}
