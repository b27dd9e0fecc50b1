//! Faults on purpose: what the client sees, and whether the call took effect.

use teloxide_core::RequestError;
use teloxide_core::payloads::*;
use teloxide_core::requests::Requester;
use teloxide_core::types::*;

use crate::sandbox::tests::{BUDI, sandbox};
use crate::sandbox::{CallFault, FaultKind};

const CHAT: ChatId = ChatId(BUDI);

#[actix_web::test]
async fn each_fault_shows_and_leaves_what_it_should() {
    let (sandbox, bot) = sandbox().await;
    let http = reqwest::Client::new();
    let url = format!("{}/bot{}/sendMessage", sandbox.bot_api_url(), bot.token());
    let table = [
        // fault, status (0: the answer breaks off), messages that arrive
        (FaultKind::FloodWait { seconds: 7 }, 429, 0),
        (FaultKind::ServerError, 500, 0),
        (FaultKind::BadGateway, 502, 0),
        (FaultKind::LostAnswer, 0, 1),
        (FaultKind::LostAnswerBadGateway, 502, 1),
        (FaultKind::Stall { seconds: 1 }, 200, 1),
        (
            FaultKind::Refuse { status: 400, description: "Bad Request: message can't be deleted".into() },
            400,
            0,
        ),
    ];
    sandbox.set_faults(|faults| faults.limits_off = true);
    for (kind, status, arrive) in table {
        let before = sandbox.messages(BUDI).len();
        sandbox.set_faults(|faults| {
            faults.telegram = vec![CallFault::next(1, Some("SendMessage"), kind.clone())]
        });
        let answer = http.post(&url).json(&serde_json::json!({"chat_id": BUDI, "text": "x"})).send().await;
        let seen = match answer {
            Ok(response) => {
                let seen = response.status().as_u16();
                if response.bytes().await.is_ok() { seen } else { 0 }
            }
            Err(_) => 0,
        };
        assert_eq!((seen, sandbox.messages(BUDI).len() - before), (status, arrive), "{kind:?}");
        assert!(sandbox.faults().telegram.is_empty());
    }
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn a_flood_wait_names_its_seconds() {
    let (sandbox, bot) = sandbox().await;
    sandbox.set_faults(|faults| {
        faults.telegram.push(CallFault::next(1, None, FaultKind::FloodWait { seconds: 9 }))
    });
    let error = bot.send_message(CHAT, "x").await.unwrap_err();
    assert!(matches!(error, RequestError::RetryAfter(seconds) if seconds.seconds() == 9));
    bot.send_message(CHAT, "x").await.unwrap();
    assert_eq!(sandbox.calls().iter().map(|call| call.status).collect::<Vec<_>>(), [429, 200]);
}

#[actix_web::test]
async fn updates_come_again_and_out_of_order_when_asked() {
    let (sandbox, bot) = sandbox().await;
    let ids = |updates: &[Update]| updates.iter().map(|update| update.id.0 as i32).collect::<Vec<_>>();
    let both = ids(&bot.get_updates().await.unwrap());
    sandbox.deliver_out_of_order(true);
    let reversed = ids(&bot.get_updates().await.unwrap());
    assert_eq!(reversed, [both[1], both[0]]);
    sandbox.deliver_out_of_order(false);

    let next = both[1] + 1;
    assert!(bot.get_updates().offset(next).timeout(0).await.unwrap().is_empty());
    sandbox.redeliver(i64::from(both[0])).unwrap();
    assert_eq!(ids(&bot.get_updates().offset(next).await.unwrap()), [both[0]]);
    sandbox.set_faults(|faults| faults.repeated_batches = 1);
    assert_eq!(ids(&bot.get_updates().offset(next).await.unwrap()), [both[0]]);
    assert!(bot.get_updates().offset(next).timeout(0).await.unwrap().is_empty());
}
