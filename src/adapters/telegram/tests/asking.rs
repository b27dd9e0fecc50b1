//! Setup, polling and files.

use super::{NONSENSE, TOKEN, line, no, telegram, yes};
use crate::adapters::stub::{Stub, reply};
use crate::adapters::telegram::{Me, PollFault, Telegram};
use crate::fault::Code;
use crate::ports::SendFault;
use crate::rules::ids::ChatId;
use crate::rules::incoming::Kind;
use crate::rules::people::Language;
use serde_json::json;
use std::time::Duration;

#[actix_web::test]
async fn one_malformed_update_does_not_spoil_the_batch() {
    let batch = r#"[
        {"update_id":1,"message":{"some fields are missing":true}},
        {"update_id":2,"message":{"message_id":5,"date":1,"chat":{"id":7,"type":"private","first_name":"A"},
            "from":{"id":7,"is_bot":false,"first_name":"A"},"text":"/start"}},
        {"no number":3},
        {"update_id":4,"invention_of_next_year":{}},
        "what?"
    ]"#;
    let stub = Stub::start([yes(batch)]);
    let updates = telegram(&stub).updates(-3, 0, 50).await.unwrap();
    assert_eq!(updates.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 4]);
    let known: Vec<_> = updates.into_iter().filter_map(|(_, incoming)| incoming).collect();
    assert!(
        matches!(&known[..], [only] if matches!(&only.kind, Kind::Text { text, .. } if text == "/start"))
    );
    assert_eq!(stub.lines(), [line("getUpdates")]);
    let wanted = json!({
        "offset": -3, "timeout": 0, "limit": 50,
        "allowed_updates": ["message", "callback_query", "my_chat_member"],
    });
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn polling_outlasts_an_ordinary_call() {
    let stub = Stub::start([yes("[]").after(Duration::from_millis(600))]);
    assert_eq!(telegram(&stub).updates(0, 1, 100).await, Ok(vec![]));
}

#[actix_web::test]
async fn a_refused_poll_says_what_to_do() {
    let flood = r#"{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":3}}"#;
    let table = [
        (no(409, "Conflict: terminated by other getUpdates request"), PollFault::Conflict),
        (no(401, "Unauthorized"), PollFault::Unauthorized),
        (no(404, "Not Found"), PollFault::Unauthorized),
        (reply(429, flood), PollFault::Wait(Duration::from_secs(3))),
    ];
    for (answer, fault) in table {
        let stub = Stub::start([answer]);
        assert_eq!(telegram(&stub).updates(0, 0, 1).await, Err(fault));
    }
    for (status, body) in NONSENSE {
        let stub = Stub::start([reply(status, body)]);
        let outcome = telegram(&stub).updates(0, 0, 1).await;
        assert!(matches!(outcome, Err(PollFault::Down(_))), "{body}: {outcome:?}");
    }
}

#[actix_web::test]
async fn the_bot_says_who_it_is() {
    let stub = Stub::start([yes(r#"{"id":123456,"is_bot":true,"first_name":"Shop","username":"shop_bot"}"#)]);
    let me = telegram(&stub).me().await;
    assert_eq!(me, Ok(Me { username: "shop_bot".into() }));
    assert_eq!(stub.lines(), [line("GetMe")]);
}

#[actix_web::test]
async fn a_wrong_token_and_an_absent_telegram_are_told_apart() {
    for (code, words) in [(401, "Unauthorized"), (404, "Not Found")] {
        let stub = Stub::start([no(code, words)]);
        let fault = telegram(&stub).me().await.unwrap_err();
        assert_eq!(fault.code, Code::TelegramToken);
        assert!(fault.detail.contains(words) && !fault.detail.contains(TOKEN), "{fault}");
    }
    let fault = Telegram::new(TOKEN, "http://127.0.0.1:1").unwrap().me().await.unwrap_err();
    assert_eq!(fault.code, Code::TelegramDown);
    assert!(!fault.detail.contains("test-token"), "{fault}");
}

#[test]
fn what_can_be_no_token_or_no_address_is_said_before_anybody_is_asked() {
    let table = [
        ("", "https://api.telegram.org", Code::TelegramToken),
        ("TELEGRAM_BOT_TOKEN", "https://api.telegram.org", Code::TelegramToken),
        ("12:34/../getMe", "https://api.telegram.org", Code::TelegramToken),
        (TOKEN, "api.telegram.org", Code::ConfigInvalid),
        (TOKEN, "file:///etc", Code::ConfigInvalid),
    ];
    for (token, address, code) in table {
        assert_eq!(
            Telegram::new(token, address).err().map(|fault| fault.code),
            Some(code),
            "{token} {address}"
        );
    }
}

#[actix_web::test]
async fn the_webhook_is_set_shown_and_removed() {
    let info = r#"{"url":"https://shop.example/t","has_custom_certificate":false,"pending_update_count":3,
        "last_error_date":1700000000,"last_error_message":"Connection refused"}"#;
    let stub = Stub::start([yes("true"), yes(info), yes("true")]);
    let telegram = telegram(&stub);
    telegram.set_webhook("https://shop.example/t", "s3cret").await.unwrap();
    let info = telegram.webhook_info().await.unwrap();
    assert_eq!((info.pending, info.last_error.as_deref()), (3, Some("Connection refused")));
    telegram.delete_webhook().await.unwrap();
    assert_eq!(stub.lines(), [line("setWebhook"), line("GetWebhookInfo"), line("DeleteWebhook")]);
    let wanted = json!({
        "url": "https://shop.example/t", "secret_token": "s3cret",
        "allowed_updates": ["message", "callback_query", "my_chat_member"],
    });
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn commands_are_set_for_all_or_for_one_chat() {
    let stub = Stub::start([yes("true"), yes("true"), no(400, "Bad Request: chat not found")]);
    let telegram = telegram(&stub);
    telegram.set_commands(&[("start", "Mulai")], None, None).await.unwrap();
    telegram.set_commands(&[("add", "New product")], Some(Language::En), Some(ChatId(9))).await.unwrap();
    let commands = json!([{"command": "start", "description": "Mulai"}]);
    assert_eq!(stub.seen()[0].json(), json!({"commands": commands, "scope": {"type": "default"}}));
    let second = stub.seen()[1].json();
    assert_eq!(second["scope"], json!({"type": "chat", "chat_id": 9}));
    assert_eq!(second["language_code"], json!("en"));
    let fault = telegram.set_commands(&[], None, Some(ChatId(10))).await.unwrap_err();
    assert_eq!(fault.code, Code::TelegramRefused);
}

#[actix_web::test]
async fn a_file_is_fetched_by_its_path_and_no_more_of_it_than_allowed() {
    let info = || yes(r#"{"file_id":"BQAC","file_unique_id":"u","file_path":"documents/file_1.txt"}"#);
    let stub = Stub::start([info(), reply(200, "akun1\nakun2"), info(), reply(200, "akun1\nakun2")]);
    let telegram = telegram(&stub);
    assert_eq!(telegram.file("BQAC", 11).await, Ok(b"akun1\nakun2".to_vec()));
    assert_eq!(stub.lines()[1], format!("GET /file/bot{TOKEN}/documents/file_1.txt"));
    assert!(matches!(telegram.file("BQAC", 10).await, Err(SendFault::Refused(_))));

    let large = yes(r#"{"file_id":"BQAC","file_size":11,"file_path":"documents/file_1.txt"}"#);
    let stub = Stub::start([large, info(), reply(404, "gone"), info(), reply(502, "<html>")]);
    let telegram = super::telegram(&stub);
    assert!(matches!(telegram.file("BQAC", 10).await, Err(SendFault::Refused(_))));
    assert_eq!(stub.lines().len(), 1, "a file that says it is too large is not fetched");
    assert!(matches!(telegram.file("BQAC", 10).await, Err(SendFault::Refused(_))));
    assert!(matches!(telegram.file("BQAC", 10).await, Err(SendFault::Down(_))));
}
