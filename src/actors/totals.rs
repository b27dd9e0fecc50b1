//! The welcome's figures. Counting them reads all customers and all orders, so one count serves everybody, and serves
//! the longer the longer it took.

use crate::fault::Fault;
use crate::store::model::Totals;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A count serves for this many times as long as it took, so that counting takes at most a hundredth of the time.
const SERVES: u32 = 100;

/// What was counted last.
#[derive(Default)]
pub struct CountedTotals(Mutex<Option<Count>>);

struct Count {
    totals: Totals,
    at: Instant,
    took: Duration,
}

impl CountedTotals {
    /// The figures, counted now unless the last count still serves. Who asks meanwhile waits for the same count.
    pub async fn get(&self, count: impl Future<Output = Result<Totals, Fault>>) -> Result<Totals, Fault> {
        let mut last = self.0.lock().await;
        if let Some(last) = last.as_ref().filter(|last| last.at.elapsed() < last.took * SERVES) {
            return Ok(last.totals);
        }
        let begun = Instant::now();
        let totals = count.await?;
        *last = Some(Count { totals, at: Instant::now(), took: begun.elapsed() });
        Ok(totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use std::cell::Cell;

    fn totals(customers: i64) -> Totals {
        Totals { customers, completed_orders: 0 }
    }

    /// A count made just now, which took this long.
    fn counted(took: Duration) -> CountedTotals {
        CountedTotals(Mutex::new(Some(Count { totals: totals(1), at: Instant::now(), took })))
    }

    #[actix_rt::test]
    async fn a_count_serves_by_how_long_it_took() {
        let count = async || Ok(totals(2));
        assert_eq!(counted(Duration::from_secs(600)).get(count()).await.unwrap(), totals(1));
        assert_eq!(counted(Duration::ZERO).get(count()).await.unwrap(), totals(2));
    }

    #[actix_rt::test]
    async fn those_who_ask_at_once_wait_for_the_same_count() {
        let (figures, counts) = (CountedTotals::default(), Cell::new(0));
        let count = async || {
            counts.set(counts.get() + 1);
            tokio::time::sleep(Duration::from_millis(50)).await; // it serves for five seconds
            Ok(totals(counts.get()))
        };
        let (one, other) = futures_util::join!(figures.get(count()), figures.get(count()));
        assert_eq!((one.unwrap(), other.unwrap()), (totals(1), totals(1)));
    }

    #[actix_rt::test]
    async fn a_count_that_failed_serves_nobody() {
        let figures = CountedTotals::default();
        assert!(figures.get(async { Err(Fault::new(Code::DatabaseDown, "no.")) }).await.is_err());
        assert_eq!(figures.get(async { Ok(totals(7)) }).await.unwrap(), totals(7));
    }
}
