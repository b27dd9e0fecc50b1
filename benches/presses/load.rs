//! Telegram's side that brings updates: many connections, each with one press under way.

use crate::shop::{SECRET, chat};
use crate::sink::Sink;
use futures_util::future::join_all;
use std::cell::Cell;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// As many as Telegram opens at the most.
const CONNECTIONS: usize = 100;
/// Views that are opened in turn.
const VIEWS: [&str; 2] = ["catalogue", "categories"];

pub struct Load {
    connections: Vec<Mutex<TcpStream>>,
    sink: Sink,
    updates: Cell<i64>,
}

impl Load {
    pub async fn connect(shop: SocketAddr, sink: Sink) -> Self {
        let connections = join_all((0..CONNECTIONS).map(async |_| {
            let stream = TcpStream::connect(shop).await.expect("the shop listens");
            stream.set_nodelay(true).expect("an option of every socket");
            Mutex::new(stream)
        }))
        .await;
        Self { connections, sink, updates: Cell::new(1) }
    }

    /// Each of these customers presses once.
    pub async fn press_once(&self, customers: Range<usize>) {
        let workers = (0..CONNECTIONS).map(async |worker| {
            for customer in customers.clone().skip(worker).step_by(CONNECTIONS) {
                self.press(worker, customer).await;
            }
        });
        join_all(workers).await;
    }

    /// For this time every connection presses as soon as the view of its last press is there. Returns how many views
    /// came.
    pub async fn press_for(&self, time: Duration, customers: usize) -> usize {
        let end = Instant::now() + time;
        let workers = (0..CONNECTIONS).map(async |worker| {
            let mut views = 0;
            for customer in (0..customers).skip(worker).step_by(CONNECTIONS).cycle() {
                if Instant::now() >= end {
                    break;
                }
                self.press(worker, customer).await;
                views += 1;
            }
            views
        });
        join_all(workers).await.into_iter().sum()
    }

    /// Presses at this rate whatever is answered; the time of each from when it was due until its view.
    pub async fn press_at(&self, rate: f64, time: Duration, customers: usize) -> Vec<Duration> {
        let start = Instant::now();
        let presses = (rate * time.as_secs_f64()) as usize;
        let workers = (0..CONNECTIONS).map(async |worker| {
            let mut times = Vec::with_capacity(presses / CONNECTIONS + 1);
            for press in (worker..presses).step_by(CONNECTIONS) {
                let due = start + Duration::from_secs_f64(press as f64 / rate);
                sleep_until(due).await;
                times.push(self.press(worker, press % customers).await.saturating_duration_since(due));
            }
            times
        });
        join_all(workers).await.into_iter().flatten().collect()
    }

    /// Answers when the view came.
    async fn press(&self, connection: usize, customer: usize) -> Instant {
        let (chat, update) = (chat(customer), self.updates.replace(self.updates.get() + 1));
        let view = self.sink.next_view(chat);
        let mut stream = self.connections[connection].lock().await;
        stream.write_all(post(update, chat).as_bytes()).await.expect("the shop listens");
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).await.expect("the shop answers");
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("HTTP/1.1 200 "), "not taken: {answer}");
        view.await.expect("the sink lives as long as its load")
    }
}

fn post(update: i64, chat: i64) -> String {
    let data = VIEWS[usize::try_from(update).unwrap_or_default() % VIEWS.len()];
    let person = format!(r#"{{"id":{chat},"is_bot":false,"first_name":"Pembeli","language_code":"id"}}"#);
    let body = format!(
        r#"{{"update_id":{update},"callback_query":{{"id":"{update}","from":{person},"chat_instance":"1","data":"{data}","message":{{"message_id":7,"date":1,"text":"Menu","chat":{{"id":{chat},"type":"private","first_name":"Pembeli"}}}}}}}}"#
    );
    format!(
        "POST /webhooks/telegram HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n\
         x-telegram-bot-api-secret-token: {SECRET}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
