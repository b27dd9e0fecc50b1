//! Figures for everybody, such as the welcome's. Counting them walks all customers and all orders, so it is done for all
//! at once, and seldom where it takes long.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use std::cell::Cell;

    /// Counted just now, which took so long.
    fn counted(took: Duration) -> Counted<u8> {
        Counted(Mutex::new(Some(Count { figures: 1, at: Instant::now(), took })))
    }

    #[actix_rt::test]
    async fn a_count_serves_by_how_long_it_took() {
        assert_eq!(counted(Duration::from_secs(600)).get(async { Ok(2) }).await.unwrap(), 1);
        assert_eq!(counted(Duration::ZERO).get(async { Ok(2) }).await.unwrap(), 2);
    }

    #[actix_rt::test]
    async fn those_who_ask_at_once_wait_for_the_same_count() {
        let (figures, counts) = (Counted::default(), Cell::new(0));
        let count = async || {
            counts.set(counts.get() + 1);
            tokio::time::sleep(Duration::from_millis(50)).await; // it serves for five seconds
            Ok(counts.get())
        };
        let (one, other) = futures_util::join!(figures.get(count()), figures.get(count()));
        assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
    }

    #[actix_rt::test]
    async fn a_count_that_failed_serves_nobody() {
        let figures = Counted::default();
        assert!(figures.get(async { Err(Fault::new(Code::DatabaseDown, "no.")) }).await.is_err());
        assert_eq!(figures.get(async { Ok(7) }).await.unwrap(), 7);
    }
}
