//! Waiting with a deadline for what tells nobody when it happens: processes and databases.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Looks until something is found, or the time is over.
pub async fn until<T>(patience: Duration, look: impl AsyncFn() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        sleep(LOOK_EVERY).await; // between two looks at what tells nobody
    }
}

/// How much of a scenario is played: the usual number, or what `QUICKCART_ROAD_ROUNDS` asks for.
pub fn rounds(usual: usize, full: usize) -> usize {
    match std::env::var("QUICKCART_ROAD_ROUNDS").as_deref() {
        Ok("full") => full,
        Ok(factor) => factor.parse::<f64>().map_or(usual, |factor| (usual as f64 * factor).ceil() as usize),
        Err(_) => usual,
    }
}
