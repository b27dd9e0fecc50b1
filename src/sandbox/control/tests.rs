//! The control API and the page, as scripts outside the process meet them.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::sandbox::tests::{ANDI, BUDI, STAFF, untouched};

async fn act(sandbox: &Sandbox, body: Value) -> (u16, Value) {
    let url = format!("{}/sandbox/api/act", sandbox.bot_api_url());
    let response = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    reqwest::get(format!("{}/sandbox/api/{path}", sandbox.bot_api_url())).await.unwrap().json().await.unwrap()
}

#[actix_web::test]
async fn people_act_over_http_and_the_state_shows_it() {
    let (sandbox, _) = untouched().await;
    let acts = [
        json!({"act": "say", "user": BUDI, "text": "/start"}),
        json!({"act": "photo", "user": BUDI, "caption": "proof"}),
        json!({"act": "document", "user": ANDI, "name": "stock.txt", "text": "a", "caption": "/addstock 1"}),
        json!({"act": "say", "user": ANDI, "chat": STAFF, "text": "/orders"}),
        json!({"act": "press", "user": BUDI, "chat": BUDI, "message_id": 1, "data": "x"}),
        json!({"act": "block", "user": BUDI}),
        json!({"act": "unblock", "user": BUDI}),
        json!({"act": "redeliver"}),
        json!({"act": "add_person", "person": {"id": 7, "first_name": "Eka"}}),
        json!({"act": "callback_url", "url": "http://127.0.0.1:1/hook"}),
        json!({"act": "clear_violations"}),
    ];
    for body in acts {
        assert_eq!(act(&sandbox, body.clone()).await.0, 200, "{body}");
    }
    let state = get(&sandbox, "state").await;
    assert_eq!(state["chats"][BUDI.to_string()]["messages"][1]["text"], "proof");
    assert_eq!(state["chats"][STAFF.to_string()]["messages"][0]["text"], "/orders");
    assert_eq!(state["people"][0]["first_name"], "Eka");
    assert_eq!(get(&sandbox, &format!("messages/{BUDI}")).await.as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn what_cannot_be_done_is_said() {
    let (sandbox, _) = untouched().await;
    let table = [
        (json!({"act": "say", "user": 5, "text": "x"}), "there is no person 5"),
        (json!({"act": "say", "user": BUDI, "chat": STAFF, "text": "x"}), "1001 is not in chat -1001234"),
        (json!({"act": "pay", "order_id": "nothing"}), "there is no invoice nothing"),
        (json!({"act": "redeliver"}), "there was no update yet"),
    ];
    for (body, words) in table {
        let (status, answer) = act(&sandbox, body).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(words)));
    }
    assert_eq!(act(&sandbox, json!({"act": "dance"})).await.0, 400);
}

#[actix_web::test]
async fn faults_are_read_and_replaced() {
    let (sandbox, _) = untouched().await;
    let url = format!("{}/sandbox/api/faults", sandbox.bot_api_url());
    let wanted = json!({
        "telegram": [{"method": "sendMessage", "times": 2, "kind": {"kind": "flood_wait", "seconds": 3}}],
        "callback": {"copies": 3}, "pakasir_down": true,
    });
    let answer = reqwest::Client::new().put(&url).json(&wanted).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let faults = get(&sandbox, "faults").await;
    assert_eq!(faults["telegram"], wanted["telegram"]);
    assert_eq!((&faults["callback"]["copies"], &faults["out_of_order"]), (&json!(3), &json!(false)));
    let typo = reqwest::Client::new().put(&url).json(&json!({"pakasir_downn": true})).send().await.unwrap();
    assert_eq!(typo.status().as_u16(), 400);
}

#[actix_web::test]
async fn changes_are_told_by_stream_and_by_long_poll() {
    let (sandbox, _) = untouched().await;
    let mut events = reqwest::get(format!("{}/sandbox/api/events", sandbox.bot_api_url())).await.unwrap();
    assert!(events.chunk().await.unwrap().unwrap().starts_with(b"data: "));
    let seen = sandbox.sequence();
    let path = format!("wait?after={seen}&timeout_ms=5000");
    let (told, line, _) = tokio::join!(get(&sandbox, &path), events.chunk(), async {
        sandbox.say(BUDI, "/start").unwrap();
    });
    assert!(told["sequence"].as_u64().unwrap() > seen);
    assert!(line.unwrap().unwrap().starts_with(b"data: "));
}

#[actix_web::test]
async fn every_file_the_page_names_is_there() {
    let (sandbox, _) = untouched().await;
    for (path, kind, _) in super::PAGE {
        let response = reqwest::get(format!("{}{path}", sandbox.bot_api_url())).await.unwrap();
        assert_eq!(response.headers()["content-type"], kind);
        assert!(!response.bytes().await.unwrap().is_empty());
    }
    for (path, _, text) in super::PAGE {
        for name in text
            .split('"')
            .filter(|part| part.starts_with('/') && (part.ends_with(".js") || part.ends_with(".css")))
        {
            assert!(super::PAGE.iter().any(|(known, _, _)| *known == name), "{path} names {name}");
        }
    }
}

#[actix_web::test]
async fn a_stopped_sandbox_lets_nobody_in() {
    let (sandbox, _) = untouched().await;
    sandbox.stop().await;
    assert!(reqwest::get(sandbox.page_url()).await.is_err());
    assert!(reqwest::get(sandbox.pakasir_url()).await.is_err());
}
