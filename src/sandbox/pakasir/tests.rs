//! Pakasir as a shop meets it: right, refused, too fast, faulty, and its callbacks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use super::{InvoiceStatus, PayOptions};
use crate::sandbox::tests::{eventually, untouched};
use crate::sandbox::{CallFault, CallbackFaults, FaultKind, Sandbox};

const ORDER: &str = "tg1001-1";

fn ask(order_id: &str, amount: i64) -> Value {
    json!({
        "project": "sandbox-shop", "order_id": order_id, "amount": amount,
        "api_key": "sandbox-key-that-opens-nothing",
    })
}

async fn post(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/api/{path}", sandbox.pakasir_url());
    let response = reqwest::Client::new().post(url).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn create(sandbox: &Sandbox, order_id: &str, amount: i64) -> (u16, Value) {
    post(sandbox, "transactioncreate/qris", &ask(order_id, amount)).await
}

async fn detail(sandbox: &Sandbox, order_id: &str, amount: i64) -> (u16, Value) {
    let url = format!(
        "{}/api/transactiondetail?project=sandbox-shop&amount={amount}&order_id={order_id}\
         &api_key=sandbox-key-that-opens-nothing",
        sandbox.pakasir_url()
    );
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A shop's hook that keeps the bodies it got.
async fn hook(sandbox: &Sandbox) -> Arc<Mutex<Vec<String>>> {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let data = web::Data::from(seen.clone());
    let keep = async |seen: web::Data<Mutex<Vec<String>>>, body: String| {
        seen.lock().unwrap().push(body);
        HttpResponse::Ok().finish()
    };
    let server =
        HttpServer::new(move || App::new().app_data(data.clone()).route("/hook", web::post().to(keep)))
            .workers(1)
            .disable_signals()
            .bind("127.0.0.1:0")
            .unwrap();
    sandbox.set_callback_url(Some(&format!("http://{}/hook", server.addrs()[0])));
    actix_web::rt::spawn(server.run());
    seen
}

#[actix_web::test]
async fn an_invoice_is_found_or_created_with_its_fee() {
    let (sandbox, _) = untouched().await;
    let table = [
        // amount, fee
        (30_000, 520),
        (500, 314),
        (571, 314),
        (572, 314),
        (15_500, 419),
    ];
    for (amount, fee) in table {
        let order = format!("tg1-{amount}");
        let (status, first) = create(&sandbox, &order, amount).await;
        let payment = &first["payment"];
        assert_eq!(
            (status, &payment["fee"], &payment["total_payment"]),
            (200, &json!(fee), &json!(amount + fee))
        );
        assert_eq!(create(&sandbox, &order, amount).await.1, first);
    }
    let (_, body) = detail(&sandbox, "tg1-30000", 30_000).await;
    assert_eq!(body["transaction"]["status"], "pending");
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn wrong_requests_are_refused_and_kept() {
    let (sandbox, _) = untouched().await;
    create(&sandbox, ORDER, 30_000).await;
    let mut stranger = ask(ORDER, 30_000);
    stranger["project"] = json!("other");
    let mut thief = ask(ORDER, 30_000);
    thief["api_key"] = json!("guess");
    let table = [
        // body, status, message
        (ask("abcd", 30_000), 400, "order_id must be at least 5 characters"),
        (ask("abcde", 499), 400, "amount must be at least 500"),
        (ask(ORDER, 40_000), 400, "order_id is already used with another amount"),
        (stranger, 403, "Project not found"),
        (thief, 401, "Invalid API key"),
        (json!({"project": "sandbox-shop"}), 400, "project, order_id, amount and api_key are required"),
    ];
    for (body, status, message) in &table {
        let (seen, answer) = post(&sandbox, "transactioncreate/qris", body).await;
        assert_eq!((seen, answer["message"].as_str()), (*status, Some(*message)));
    }
    assert_eq!(sandbox.violations().len(), table.len());
    assert_eq!(detail(&sandbox, ORDER, 40_000).await.0, 404);
    assert_eq!(sandbox.violations().len(), table.len());
}

#[actix_web::test]
async fn a_qris_is_paid_late_even_when_expired_or_cancelled() {
    let (sandbox, _) = untouched().await;
    let seen = hook(&sandbox).await;
    create(&sandbox, "order-expired", 10_000).await;
    create(&sandbox, "order-cancelled", 10_000).await;
    sandbox.expire("order-expired").unwrap();
    assert_eq!(detail(&sandbox, "order-expired", 10_000).await.1["transaction"]["status"], "expired");
    assert_eq!(post(&sandbox, "transactioncancel", &ask("order-cancelled", 10_000)).await.0, 200);
    assert_eq!(detail(&sandbox, "order-cancelled", 10_000).await.1["transaction"]["status"], "cancelled");
    for order in ["order-expired", "order-cancelled"] {
        sandbox.pay(order, PayOptions::default()).unwrap();
        assert!(sandbox.pay(order, PayOptions::default()).is_err());
        let (_, body) = detail(&sandbox, order, 10_000).await;
        assert_eq!(body["transaction"]["status"], "completed");
    }
    eventually(&sandbox, || sandbox.callbacks_sent().len() == 2).await;
    let body: Value = serde_json::from_str(&seen.lock().unwrap()[0]).unwrap();
    assert_eq!((&body["amount"], &body["status"]), (&json!(10_000), &json!("completed")));
    assert!(
        sandbox.invoices().iter().all(|invoice| invoice.late && invoice.status == InvoiceStatus::Completed)
    );
}

#[actix_web::test]
async fn callbacks_go_wrong_in_every_way_they_can() {
    let (sandbox, _) = untouched().await;
    let seen = hook(&sandbox).await;
    let with = |faults: CallbackFaults| PayOptions { callback: Some(faults), recorded_amount: None };
    let normal = CallbackFaults::default;
    let table = [
        ("order-twice", CallbackFaults { copies: 3, ..normal() }, 3),
        ("order-lost", CallbackFaults { lost: true, ..normal() }, 0),
        ("order-amount", CallbackFaults { wrong_amount: true, ..normal() }, 1),
        ("order-project", CallbackFaults { other_project: true, ..normal() }, 1),
        ("order-broken", CallbackFaults { malformed: true, ..normal() }, 1),
        ("order-late", CallbackFaults { delay_seconds: 1, ..normal() }, 1),
    ];
    for (order, faults, arrive) in table {
        let before = sandbox.callbacks_sent().len();
        create(&sandbox, order, 20_000).await;
        sandbox.pay(order, with(faults)).unwrap();
        eventually(&sandbox, || sandbox.callbacks_sent().len() == before + arrive).await;
    }
    let seen = seen.lock().unwrap();
    assert!(seen[3].contains("20001"));
    assert!(seen[4].contains("another-shop"));
    assert!(serde_json::from_str::<Value>(&seen[5]).is_err());
}

#[actix_web::test]
async fn a_forged_callback_pays_nothing() {
    let (sandbox, _) = untouched().await;
    hook(&sandbox).await;
    create(&sandbox, ORDER, 20_000).await;
    sandbox.send_callback(ORDER, &CallbackFaults::default()).unwrap();
    eventually(&sandbox, || sandbox.callbacks_sent().len() == 1).await;
    assert_eq!(detail(&sandbox, ORDER, 20_000).await.1["transaction"]["status"], "pending");
}

#[actix_web::test]
async fn a_test_can_let_detail_report_another_amount() {
    let (sandbox, _) = untouched().await;
    create(&sandbox, ORDER, 20_000).await;
    sandbox.pay(ORDER, PayOptions { callback: None, recorded_amount: Some(19_000) }).unwrap();
    assert_eq!(detail(&sandbox, ORDER, 20_000).await.1["transaction"]["amount"], 19_000);
}

#[actix_web::test]
async fn asking_too_fast_is_refused_and_a_violation() {
    let (sandbox, _) = untouched().await;
    create(&sandbox, ORDER, 20_000).await;
    for _ in 0..3 {
        assert_eq!(detail(&sandbox, ORDER, 20_000).await.0, 200);
    }
    assert_eq!(detail(&sandbox, ORDER, 20_000).await.0, 429);
    assert_eq!(sandbox.violations(), ["pakasir pace: an order's status asked for more than once in 4 s"]);
    sandbox.set_faults(|faults| faults.limits_off = true);
    assert_eq!(detail(&sandbox, ORDER, 20_000).await.0, 200);
}

#[actix_web::test]
async fn faults_hit_the_calls_they_name() {
    let (sandbox, _) = untouched().await;
    let lost = CallFault::next(1, Some("create"), FaultKind::LostAnswer);
    sandbox.set_faults(|faults| {
        faults.pakasir = vec![lost, CallFault::next(1, Some("detail"), FaultKind::ServerError)]
    });
    let url = format!("{}/api/transactioncreate/qris", sandbox.pakasir_url());
    let answer = reqwest::Client::new().post(url).json(&ask(ORDER, 20_000)).send().await;
    let broken = match answer {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(broken);
    assert_eq!(sandbox.invoices().len(), 1);
    assert_eq!(detail(&sandbox, ORDER, 20_000).await.0, 500);
    assert_eq!(detail(&sandbox, ORDER, 20_000).await.0, 200);
    sandbox.set_faults(|faults| faults.pakasir_down = true);
    let ping = reqwest::Client::builder().timeout(Duration::from_secs(2)).build().unwrap();
    let answer = ping.get(format!("{}/api/transactiondetail", sandbox.pakasir_url())).send().await;
    assert!(match answer {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    });
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn the_checkout_page_shows_the_qr_and_pays() {
    let (sandbox, _) = untouched().await;
    create(&sandbox, ORDER, 30_000).await;
    let url = format!("{}/pay/sandbox-shop/30000?order_id={ORDER}&qris_only=1", sandbox.pakasir_url());
    let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
    assert!(page.contains("<svg") && page.contains("Rp30.520") && page.contains("checkout-pay"));
    let paid = reqwest::Client::new().post(&url).send().await.unwrap().text().await.unwrap();
    assert!(paid.contains("<h1>Paid</h1>"));
    assert_eq!(sandbox.invoices()[0].status, InvoiceStatus::Completed);
    let other = url.replace("30000", "20000");
    assert_eq!(reqwest::get(other).await.unwrap().status().as_u16(), 404);
}

#[actix_web::test]
async fn a_simulated_payment_pays() {
    let (sandbox, _) = untouched().await;
    create(&sandbox, ORDER, 30_000).await;
    assert_eq!(post(&sandbox, "paymentsimulation", &ask(ORDER, 30_000)).await.0, 200);
    assert_eq!(sandbox.invoices()[0].status, InvoiceStatus::Completed);
}

#[test]
fn the_qris_text_carries_amount_order_and_checksum() {
    let text = super::qris::text("tg1001-abc", 30_520);
    assert!(text.contains("540530520") && text.contains("0110tg1001-abc"));
    // The checksum of the standard's own example string.
    assert_eq!(super::qris::checksum(b"123456789"), 0x29b1);
}
