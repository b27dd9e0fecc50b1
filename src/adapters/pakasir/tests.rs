//! The adapter against a scripted Pakasir: right request, yes, no, too slow, nonsense.

use super::{Notice, Pakasir, parse};
use crate::adapters::stub::{Reply, Stub, reply};
use crate::fault::Code;
use crate::ports::{Created, Gateway, GatewayFault};
use crate::rules::invoice::{Difference, Verdict};
use crate::rules::money::Rupiah;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

const KEY: &str = "key-that-opens-nothing";
const BASE: Rupiah = Rupiah(22_000);

fn pakasir(url: &str) -> Pakasir {
    Pakasir::new(url, "toko", KEY, Duration::from_millis(300)).unwrap()
}

fn reference() -> String {
    "tg7-K7M3PXQ2".into()
}

/// A created payment with `more` in it.
fn created(more: Value) -> String {
    let mut payment = json!({
        "project": "toko", "order_id": "tg7-K7M3PXQ2", "amount": 22000, "fee": 464, "total_payment": 22464,
        "payment_method": "qris", "payment_number": "00020101", "expired_at": "2026-01-02T03:04:05.678622564Z",
    });
    payment.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "payment": payment }).to_string()
}

fn detail(more: Value) -> String {
    let mut transaction = json!({
        "amount": 22000, "order_id": "tg7-K7M3PXQ2", "project": "toko", "status": "completed",
        "payment_method": "qris", "completed_at": null,
    });
    transaction.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "transaction": transaction }).to_string()
}

async fn create(answer: Reply) -> Result<Created, GatewayFault> {
    let stub = Stub::start([answer]);
    pakasir(&stub.url).create(reference(), BASE).await
}

async fn ask(answer: Reply) -> Result<Verdict, GatewayFault> {
    let stub = Stub::start([answer]);
    pakasir(&stub.url).detail(reference(), BASE).await
}

#[actix_web::test]
async fn a_payment_is_made_with_the_gateways_own_figures() {
    let stub = Stub::start([reply(200, created(json!({})))]);
    let made = pakasir(&format!("{}/", stub.url)).create(reference(), BASE).await.unwrap();
    assert_eq!((made.fee, made.total, made.qr.as_str()), (Rupiah(464), Rupiah(22_464), "00020101"));
    assert_eq!(made.expires_at.to_rfc3339(), "2026-01-02T03:04:05.678622564+00:00");
    let page = format!("{}/pay/toko/22000?order_id=tg7-K7M3PXQ2&qris_only=1", stub.url);
    assert_eq!(made.checkout_url, page);
    assert_eq!(stub.lines(), ["POST /api/transactioncreate/qris"]);
    let wanted = json!({"project": "toko", "order_id": "tg7-K7M3PXQ2", "amount": 22000, "api_key": KEY});
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn a_payment_is_understood_however_its_amounts_are_written() {
    let table = [
        (json!({"amount": "22000", "total_payment": 22464.0}), 464, 22_464),
        (json!({"total_payment": null}), 464, 22_464),
        (json!({"fee": null, "total_payment": 22310}), 310, 22_310),
        (json!({"fee": 310, "total_payment": 22000}), 0, 22_000),
        (json!({"order_id": null, "project": null, "amount": null}), 464, 22_464),
    ];
    for (answer, fee, total) in table {
        let made = create(reply(200, created(answer.clone()))).await.unwrap();
        assert_eq!((made.fee, made.total), (Rupiah(fee), Rupiah(total)), "{answer}");
    }
}

#[actix_web::test]
async fn an_expiry_is_understood_however_it_is_written() {
    for (written, understood) in [
        ("2026-11-28 16:50:00", "2026-11-28T16:50:00+00:00"),
        ("2026-11-28T16:50:00", "2026-11-28T16:50:00+00:00"),
        ("2026-11-28 16:50:00.5Z", "2026-11-28T16:50:00.500+00:00"),
        ("2026-11-28 23:50:00+07:00", "2026-11-28T16:50:00+00:00"),
    ] {
        let made = create(reply(200, created(json!({"expired_at": written})))).await.unwrap();
        assert_eq!(made.expires_at.to_rfc3339(), understood, "{written}");
    }
}

#[actix_web::test]
async fn a_payment_that_was_not_asked_for_is_never_shown() {
    let table = [
        (json!({"amount": 21000}), "amount 21000"),
        (json!({"order_id": "tg8-K7M3PXQ2"}), "order \"tg8-K7M3PXQ2\""),
        (json!({"project": "lain"}), "project \"lain\""),
    ];
    for (answer, words) in table {
        let outcome = create(reply(200, created(answer.clone()))).await;
        let Err(GatewayFault::Refused(why)) = outcome else { panic!("{answer}: {outcome:?}") };
        assert!(why.ends_with(words), "{why}");
    }
    let table = [
        json!({"payment_number": ""}),
        json!({"payment_number": null}),
        json!({"expired_at": null}),
        json!({"expired_at": "soon"}),
        json!({"total_payment": 21999}),
        json!({"total_payment": -1}),
        json!({"fee": null, "total_payment": null}),
        json!({"amount": 22000.5}),
        json!({"amount": [22000]}),
    ];
    for answer in table {
        let outcome = create(reply(200, created(answer.clone()))).await;
        assert!(matches!(outcome, Err(GatewayFault::Down(_))), "{answer}: {outcome:?}");
    }
}

#[actix_web::test]
async fn a_question_names_the_payment_and_its_base_amount() {
    let stub = Stub::start([reply(200, detail(json!({})))]);
    assert_eq!(pakasir(&stub.url).detail(reference(), BASE).await, Ok(Verdict::Completed));
    let line = "GET /api/transactiondetail?project=toko&amount=22000&order_id=tg7-K7M3PXQ2&api_key=";
    assert_eq!(stub.lines(), [format!("{line}{KEY}")]);
}

#[actix_web::test]
async fn only_the_status_of_the_very_payment_counts() {
    let mismatch = |amount| Verdict::Mismatch(Difference::Amount(Rupiah(amount)));
    let table = [
        (json!({"status": "completed"}), Verdict::Completed),
        (json!({"status": "Completed"}), Verdict::Completed),
        (json!({"status": "pending"}), Verdict::Pending),
        (json!({"status": "expired"}), Verdict::Void),
        (json!({"status": "cancelled"}), Verdict::Void),
        (json!({"status": "canceled"}), Verdict::Void),
        (json!({"amount": "22000"}), Verdict::Completed),
        (json!({"order_id": null, "project": null}), Verdict::Completed),
        (json!({"amount": 21999}), mismatch(21_999)),
        (json!({"amount": 22464}), mismatch(22_464)),
        (json!({"order_id": "tg7-AAAAAAAA"}), Verdict::Mismatch(Difference::Order("tg7-AAAAAAAA".into()))),
        (json!({"project": "lain"}), Verdict::Mismatch(Difference::Project("lain".into()))),
        (json!({"status": "settling"}), Verdict::Unclear("the status \"settling\"".into())),
        (json!({"status": null}), Verdict::Unclear("no status".into())),
        (json!({"amount": null}), Verdict::Unclear("no amount".into())),
    ];
    for (answer, verdict) in table {
        assert_eq!(ask(reply(200, detail(answer.clone()))).await, Ok(verdict), "{answer}");
    }
    assert_eq!(ask(reply(404, r#"{"error":"not found"}"#)).await, Ok(Verdict::Unknown));
}

#[actix_web::test]
async fn a_payment_is_cancelled_or_was_never_there() {
    let stub =
        Stub::start([reply(200, r#"{"success":true}"#), reply(404, "{}"), reply(400, r#"{"error":"paid"}"#)]);
    let pakasir = pakasir(&stub.url);
    assert_eq!(pakasir.cancel(reference(), BASE).await, Ok(()));
    assert_eq!(pakasir.cancel(reference(), BASE).await, Ok(()));
    let outcome = pakasir.cancel(reference(), BASE).await;
    assert_eq!(outcome, Err(GatewayFault::Refused("HTTP 400 Bad Request: paid".into())));
    assert_eq!(stub.lines()[0], "POST /api/transactioncancel");
    let wanted = json!({"project": "toko", "order_id": "tg7-K7M3PXQ2", "amount": 22000, "api_key": KEY});
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn refusals_nonsense_and_floods_are_told_apart() {
    for status in [400, 401, 403, 422] {
        let words = format!(r#"{{"error":"no such project for {KEY}"}}"#);
        for outcome in
            [create(reply(status, &words)).await.map(|_| ()), ask(reply(status, &words)).await.map(|_| ())]
        {
            let Err(GatewayFault::Refused(why)) = outcome else { panic!("{status}: {outcome:?}") };
            assert!(why.contains("no such project") && !why.contains(KEY), "{why}");
        }
    }
    let large = format!("{{\"transaction\":\"{}\"", "a".repeat(70_000));
    let table = [
        (502, "<html><h1>502 Bad Gateway</h1></html>"),
        (500, r#"{"error":"oops"}"#),
        (403, "<!DOCTYPE html><title>Attention Required!</title>"),
        (302, ""),
        (408, ""),
        (200, "<html>Maintenance</html>"),
        (200, r#"{"payment":{"amount":"#),
        (200, r#"{"payment":"no","transaction":7}"#),
        (200, r#"{"error":"maintenance"}"#),
        (200, ""),
        (200, &large),
    ];
    for (status, body) in table {
        let outcomes =
            [create(reply(status, body)).await.map(|_| ()), ask(reply(status, body)).await.map(|_| ())];
        for outcome in outcomes {
            assert!(matches!(outcome, Err(GatewayFault::Down(_))), "{status} {outcome:?}");
        }
    }
    let flood = |seconds| ask(reply(429, "{}").with("Retry-After", seconds));
    assert_eq!(flood("7").await, Err(GatewayFault::Pace(Duration::from_secs(7))));
    assert_eq!(flood("99999999").await, Err(GatewayFault::Pace(Duration::from_secs(600))));
    assert_eq!(flood("Fri, 02 Jan").await, Err(GatewayFault::Pace(Duration::from_secs(5))));
    assert_eq!(ask(reply(429, "")).await, Err(GatewayFault::Pace(Duration::from_secs(5))));
}

#[actix_web::test]
async fn a_redirect_is_not_followed() {
    let stub = Stub::start([reply(307, "").with("Location", "/elsewhere"), reply(200, detail(json!({})))]);
    let outcome = pakasir(&stub.url).detail(reference(), BASE).await;
    assert!(matches!(outcome, Err(GatewayFault::Down(_))), "{outcome:?}");
    assert_eq!(stub.lines().len(), 1);
}

#[actix_web::test]
async fn a_slow_or_absent_gateway_is_down_and_no_word_gives_the_key_away() {
    let slow = ask(reply(200, detail(json!({}))).after(Duration::from_secs(5))).await;
    let absent = pakasir("http://127.0.0.1:1").detail(reference(), BASE).await;
    for outcome in [slow, absent] {
        let Err(GatewayFault::Down(why)) = outcome else { panic!("{outcome:?}") };
        assert!(!why.contains(KEY) && !why.contains("api_key"), "{why}");
    }
}

#[test]
fn what_is_no_address_is_said_at_once() {
    let fault = Pakasir::new("app.pakasir.com", "toko", KEY, Duration::from_secs(1)).err().unwrap();
    assert_eq!(fault.code, Code::ConfigInvalid);
}

#[test]
fn a_callback_is_read_whatever_else_is_in_it() {
    let body = r#"{"amount":22000,"order_id":"tg7-K7M3PXQ2","project":"toko","status":"completed",
        "payment_method":"qris","completed_at":"2026-01-02T03:04:05Z","news":[{}]}"#;
    let (reference, project, status) = (reference(), "toko".into(), "completed".into());
    assert_eq!(parse(body.as_bytes()), Ok(Notice { reference, amount: BASE, project, status }));
    for amount in ["22000.0", "\"22000\"", "\"22000.00\"", "2.2e4"] {
        let notice = parse(body.replacen("22000", amount, 1).as_bytes());
        assert_eq!(notice.map(|notice| notice.amount), Ok(BASE), "{amount}");
    }
}

#[test]
fn a_number_that_is_no_amount_is_of_the_form_and_fits_no_invoice() {
    let ten_to_thirty = format!("1{}", "0".repeat(30));
    for amount in ["-1", "-5", "0.5", "1e30", &ten_to_thirty, "1000000000001", "\"-5\"", "\"1e30\""] {
        let body = format!(r#"{{"amount":{amount},"order_id":"a","project":"b","status":"c"}}"#);
        assert!(parse(body.as_bytes()).is_ok_and(|notice| notice.amount < Rupiah::ZERO), "{body}");
    }
}

#[test]
fn a_callback_that_lacks_anything_is_malformed() {
    let whole = json!({"amount": 1, "order_id": "a", "project": "b", "status": "c"});
    for field in ["amount", "order_id", "project", "status"] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(field);
        assert!(parse(body.to_string().as_bytes()).is_err(), "without {field}");
        for wrong in [json!(null), json!([]), json!({}), json!(true), json!(""), json!("x".repeat(129))] {
            body[field] = wrong;
            assert!(parse(body.to_string().as_bytes()).is_err(), "{body}");
        }
    }
    for amount in ["\"1,5\"", "\"NaN\"", "\"inf\"", "\"1 000\""] {
        let body = whole.to_string().replacen("1", amount, 1);
        assert!(parse(body.as_bytes()).is_err(), "{body}");
    }
    let deep = "[".repeat(60_000);
    let large = format!("{whole}{}", " ".repeat(70_000));
    for body in ["", "null", "{", "\u{0}", &deep, &large] {
        assert!(parse(body.as_bytes()).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_callback_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_text_as_an_amount_makes_it_panic(amount in ".{0,60}") {
        let body = json!({"amount": amount, "order_id": "a", "project": "b", "status": "c"});
        let _ = parse(body.to_string().as_bytes());
    }
}
