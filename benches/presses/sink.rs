//! Telegram's side that takes what the bot sends: it does as little work as an answer needs, and notes when each view
//! came.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;

#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    awaited: Rc<RefCell<HashMap<i64, oneshot::Sender<Instant>>>>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sink = Self { address: listener.local_addr().expect("an address"), awaited: Rc::default() };
        let serving = sink.clone();
        actix_rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true); // slower without, no more
                actix_rt::spawn(serving.clone().serve(stream));
            }
        });
        sink
    }

    /// Answers when the chat's next view came.
    pub fn next_view(&self, chat: i64) -> oneshot::Receiver<Instant> {
        let (sender, receiver) = oneshot::channel();
        self.awaited.borrow_mut().insert(chat, sender);
        receiver
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut held = Vec::with_capacity(16 * 1024);
        loop {
            while let Some((method, body, length)) = request(&held) {
                let answer = self.answer(method, body);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
                    answer.len()
                );
                held.drain(..length);
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            match stream.read_buf(&mut held).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    fn answer(&self, method: &str, body: &str) -> &'static str {
        match method {
            "GetMe" => {
                r#"{"ok":true,"result":{"id":1000000001,"is_bot":true,"first_name":"Bench","username":"bench_bot"}}"#
            }
            "SendMessage" | "EditMessageText" => {
                let chat = number_after(body, "\"chat_id\":");
                if let Some(waiter) = chat.and_then(|chat| self.awaited.borrow_mut().remove(&chat)) {
                    let _ = waiter.send(Instant::now()); // the bench may be over
                }
                r#"{"ok":true,"result":{"message_id":7}}"#
            }
            _ => r#"{"ok":true,"result":true}"#,
        }
    }
}

/// The first whole request in what was read: its method at the Bot API, its body, its length.
fn request(held: &[u8]) -> Option<(&str, &str, usize)> {
    let head = held.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&held[..head]).ok()?;
    let body = text.to_ascii_lowercase();
    let body = usize::try_from(number_after(&body, "content-length: ").unwrap_or(0)).ok()?;
    let whole = held.get(head..head + body)?;
    let path = text.split(' ').nth(1)?;
    Some((path.rsplit('/').next()?, std::str::from_utf8(whole).ok()?, head + body))
}

fn number_after(text: &str, label: &str) -> Option<i64> {
    let (_, rest) = text.split_once(label)?;
    let end = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}
