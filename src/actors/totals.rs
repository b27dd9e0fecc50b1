//! Figures for everybody: the welcome's, and who bought most. To count them walks all customers and all orders, and an
//! index that spared it would cost every sale more. So they are counted for all at once, and seldom where it takes long.

use crate::fault::Fault;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A count serves for so many times as long as it took: counting takes a hundredth of the time at the most.
const SERVES: u32 = 100;

/// What was counted last.
pub struct Counted<T>(Mutex<Option<Count<T>>>);

struct Count<T> {
    figures: T,
    at: Instant,
    took: Duration,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Counted<T> {
    /// The figures, counted now unless the last count still serves. Who asks meanwhile waits for the same count.
    pub async fn get(&self, count: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let mut last = self.0.lock().await;
        if let Some(last) = last.as_ref().filter(|last| last.at.elapsed() < last.took * SERVES) {
            return Ok(last.figures.clone());
        }
        let begun = Instant::now();
        let figures = count.await?;
        *last = Some(Count { figures: figures.clone(), at: Instant::now(), took: begun.elapsed() });
        Ok(figures)
    }
}
