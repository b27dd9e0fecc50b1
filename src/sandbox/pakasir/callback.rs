//! Callbacks to the shop, and how they go wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Value, json};

use super::Invoice;
use crate::sandbox::CallbackFaults;
use crate::sandbox::world::World;

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A callback that was posted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallbackSent {
    pub order_id: String,
    pub at: DateTime<Utc>,
    /// What the shop answered; `None` when it could not be reached.
    pub status: Option<u16>,
}

/// A callback about to be posted.
pub(super) struct Due {
    order_id: String,
    body: String,
    copies: u32,
    delay: Duration,
}

/// The callback that says `invoice` is paid, bent by `faults`; `None` when it gets lost.
pub(super) fn about(invoice: &Invoice, project: &str, faults: &CallbackFaults) -> Option<Due> {
    let mut body = json!({
        "amount": invoice.amount, "order_id": invoice.order_id, "project": project, "status": "completed",
        "payment_method": "qris", "completed_at": invoice.completed_at.unwrap_or_else(Utc::now).to_rfc3339(),
    });
    if faults.wrong_amount {
        body["amount"] = json!(invoice.amount + 1);
    }
    if faults.other_project {
        body["project"] = Value::from("another-shop");
    }
    let mut body = body.to_string();
    if faults.malformed {
        body.truncate(body.len() / 2);
    }
    let delay = Duration::from_secs(faults.delay_seconds);
    (!faults.lost).then(|| Due { order_id: invoice.order_id.clone(), body, copies: faults.copies, delay })
}

/// Posts the copies side by side after the delay; without a callback URL nothing is posted.
pub(super) fn send_later(world: Arc<World>, due: Option<Due>) {
    let url = world.clone();
    let Some(due) = due else { return };
    url.runtime.spawn(async move {
        tokio::time::sleep(due.delay).await;
        let Some(url) = world.read(|state| state.pakasir.callback_url.clone()) else { return };
        join_all((0..due.copies).map(|_| post(&world, &url, &due))).await;
    });
}

async fn post(world: &World, url: &str, due: &Due) {
    let request = world.http.post(url).timeout(ANSWER_WITHIN).header("content-type", "application/json");
    let status = request.body(due.body.clone()).send().await.ok().map(|response| response.status().as_u16());
    let sent = CallbackSent { order_id: due.order_id.clone(), at: Utc::now(), status };
    world.change(|state| state.pakasir.callbacks.push(sent));
}
