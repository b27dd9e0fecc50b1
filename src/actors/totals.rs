//! The welcome's figures. Counting them walks all customers and all orders, so it is done for everybody at once, and
//! seldom where it takes long.

use crate::fault::Fault;
use crate::store::Store;
use crate::store::model::Totals;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A count serves for so many times as long as it took: counting takes a hundredth of the time at the most.
const SERVES: u32 = 100;

#[derive(Default)]
pub struct CountedTotals {
    last: Mutex<Option<Counted>>,
}

struct Counted {
    totals: Totals,
    at: Instant,
    took: Duration,
}

impl CountedTotals {
    /// The figures, counted now unless the last count still serves. Who asks meanwhile waits for the same count.
    pub async fn get(&self, store: &Store) -> Result<Totals, Fault> {
        let mut last = self.last.lock().await;
        if let Some(counted) = last.as_ref().filter(|counted| counted.at.elapsed() < counted.took * SERVES) {
            return Ok(counted.totals);
        }
        let begun = Instant::now();
        let totals = store.totals().await?;
        *last = Some(Counted { totals, at: Instant::now(), took: begun.elapsed() });
        Ok(totals)
    }
}
