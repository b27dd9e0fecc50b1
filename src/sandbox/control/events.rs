//! Telling the page that something changed: a stream of the change counter.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use crate::sandbox::world::World;

/// Changes within this time are told as one, so that a busy bot does not flood the page.
const GATHER: Duration = Duration::from_millis(40);
/// A line now and then shows a closed page as closed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const LONGEST_WAIT_MS: u64 = 60_000;

/// Server-sent events; the data is the change counter.
pub(super) async fn stream(world: web::Data<World>) -> HttpResponse {
    let mut changes = world.watch();
    changes.mark_changed();
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Cache-Control", "no-store"))
        .streaming(stream::unfold(changes, next))
}

async fn next(
    mut changes: watch::Receiver<u64>,
) -> Option<(actix_web::Result<web::Bytes>, watch::Receiver<u64>)> {
    let line = match tokio::time::timeout(KEEP_ALIVE, changes.changed()).await {
        Ok(Err(_)) => return None,
        Err(_) => ": still here\n\n".to_owned(),
        Ok(Ok(())) => {
            tokio::time::sleep(GATHER).await;
            format!("data: {}\n\n", *changes.borrow_and_update())
        }
    };
    Some((Ok(line.into()), changes))
}

#[derive(Deserialize)]
pub(super) struct Wait {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    timeout_ms: u64,
}

/// Long poll for clients without event streams.
pub(super) async fn wait(world: web::Data<World>, wait: web::Query<Wait>) -> HttpResponse {
    let timeout = Duration::from_millis(wait.timeout_ms.min(LONGEST_WAIT_MS));
    let sequence = world.wait_change(wait.after, timeout).await;
    HttpResponse::Ok().json(json!({"sequence": sequence}))
}
