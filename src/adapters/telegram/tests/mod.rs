//! The adapter against a scripted Bot API.

mod asking;
mod carrying;
mod intake;

use super::Telegram;
use super::wire::Patience;
use crate::adapters::stub::{Reply, Stub, reply};
use std::time::Duration;

const TOKEN: &str = "123456:test-token_that-opens-nothing";

/// What Telegram and what stands before it answer on a bad day.
const NONSENSE: [(u16, &str); 7] = [
    (502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
    (500, r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#),
    (200, r#"{"ok":true,"result":{"message_id":"#),
    (200, r#"{"ok":true,"result":"seven"}"#),
    (200, r#"{"ok":true}"#),
    (200, "[1, 2, 3]"),
    (200, ""),
];

fn telegram(stub: &Stub) -> Telegram {
    let patience = Patience {
        call: Duration::from_millis(300),
        file: Duration::from_millis(300),
        download: Duration::from_millis(300),
    };
    Telegram::with_patience(TOKEN, &stub.url, patience).expect("a token and an address")
}

fn yes(result: &str) -> Reply {
    reply(200, format!(r#"{{"ok":true,"result":{result}}}"#))
}

/// The answer to something sent, with more in it than anybody asked for.
fn sent(id: i64) -> Reply {
    yes(&format!(
        r#"{{"message_id":{id},"date":1,"chat":{{"id":7,"type":"private"}},"novelty":{{"a":[1]}}}}"#
    ))
}

fn no(code: u16, description: &str) -> Reply {
    reply(code, format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"}}"#))
}

/// How requests for `method` begin.
fn line(method: &str) -> String {
    format!("POST /bot{TOKEN}/{method}")
}
