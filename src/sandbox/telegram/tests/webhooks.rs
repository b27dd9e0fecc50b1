//! Webhooks: secret, order within a chat, retries, Retry-After.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;
use teloxide_core::payloads::*;
use teloxide_core::requests::Requester;
use teloxide_core::{ApiError, RequestError};

use crate::sandbox::tests::{BUDI, SARI, eventually, untouched};

/// What the shop's hook saw, and the answers it still has to give.
#[derive(Default)]
struct Hook {
    seen: Mutex<Vec<(Instant, String)>>,
    answers: Mutex<Vec<(u16, Option<u32>)>>,
}

async fn receive(hook: web::Data<Hook>, request: HttpRequest, body: web::Json<Value>) -> HttpResponse {
    if request.headers().get("X-Telegram-Bot-Api-Secret-Token").is_none_or(|secret| secret != "s3cret") {
        return HttpResponse::Forbidden().finish();
    }
    let text = body["message"]["text"].as_str().unwrap_or_default().to_owned();
    hook.seen.lock().unwrap().push((Instant::now(), text));
    let (status, after) = hook.answers.lock().unwrap().pop().unwrap_or((200, None));
    let mut response = HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap());
    if let Some(seconds) = after {
        response.insert_header(("Retry-After", seconds.to_string()));
    }
    response.finish()
}

async fn hook() -> (Arc<Hook>, String) {
    let hook = web::Data::new(Hook::default());
    let data = hook.clone();
    let server =
        HttpServer::new(move || App::new().app_data(data.clone()).route("/hook", web::post().to(receive)))
            .workers(1)
            .disable_signals()
            .bind("127.0.0.1:0")
            .unwrap();
    let url = format!("http://{}/hook", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    (hook.into_inner(), url)
}

fn texts(hook: &Hook) -> Vec<String> {
    hook.seen.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
}

#[actix_web::test]
async fn updates_are_posted_with_the_secret_and_polling_is_refused() {
    let (sandbox, bot) = untouched().await;
    let (hook, url) = hook().await;
    bot.set_webhook(url.parse().unwrap()).secret_token("s3cret").max_connections(2).await.unwrap();
    sandbox.say(BUDI, "one").unwrap();
    sandbox.say(BUDI, "two").unwrap();
    eventually(&sandbox, || sandbox.unacknowledged_updates() == 0).await;
    assert_eq!(texts(&hook), ["one", "two"]);
    let poll = bot.get_updates().await.unwrap_err();
    assert!(matches!(poll, RequestError::Api(ApiError::Unknown(_) | ApiError::CantGetUpdates)), "{poll:?}");
    assert_eq!(bot.get_webhook_info().await.unwrap().max_connections, Some(2));
    bot.delete_webhook().await.unwrap();
    assert!(bot.get_webhook_info().await.unwrap().url.is_none());
    bot.get_updates().await.unwrap();
}

#[actix_web::test]
async fn a_refused_update_is_posted_again_before_the_next_of_its_chat() {
    let (sandbox, bot) = untouched().await;
    let (hook, url) = hook().await;
    *hook.answers.lock().unwrap() = vec![(200, None), (500, None), (500, None)];
    bot.set_webhook(url.parse().unwrap()).secret_token("s3cret").await.unwrap();
    sandbox.say(BUDI, "one").unwrap();
    sandbox.say(BUDI, "two").unwrap();
    eventually(&sandbox, || sandbox.unacknowledged_updates() == 0).await;
    assert_eq!(texts(&hook), ["one", "one", "one", "two"]);
    let seen = hook.seen.lock().unwrap().clone();
    assert!(seen[1].0 - seen[0].0 < Duration::from_millis(900), "the first time at once");
    assert!(seen[2].0 - seen[1].0 >= Duration::from_millis(900), "then after a second");
    assert!(bot.get_webhook_info().await.unwrap().last_error_message.is_some());
}

#[actix_web::test]
async fn retry_after_is_honoured_and_other_chats_go_on() {
    let (sandbox, bot) = untouched().await;
    let (hook, url) = hook().await;
    *hook.answers.lock().unwrap() = vec![(503, Some(2))];
    bot.set_webhook(url.parse().unwrap()).secret_token("s3cret").await.unwrap();
    sandbox.say(BUDI, "slow").unwrap();
    eventually(&sandbox, || texts(&hook).len() == 1).await;
    sandbox.say(SARI, "quick").unwrap();
    eventually(&sandbox, || sandbox.unacknowledged_updates() == 0).await;
    assert_eq!(texts(&hook), ["slow", "quick", "slow"]);
    let seen = hook.seen.lock().unwrap();
    assert!(seen[2].0 - seen[0].0 >= Duration::from_millis(1900));
}
