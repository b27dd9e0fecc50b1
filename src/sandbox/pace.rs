//! Rate limits as the services keep them.

use std::time::Instant;

/// A bucket that fills by `rate` tokens a second up to `burst`.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(rate: f64, burst: f64) -> Self {
        Bucket { rate, burst, tokens: burst, at: Instant::now() }
    }

    /// Takes one token; without one, the seconds until there is.
    pub(super) fn take(&mut self) -> Result<(), f64> {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.at = now;
        if self.tokens < 1.0 {
            return Err((1.0 - self.tokens) / self.rate);
        }
        self.tokens -= 1.0;
        Ok(())
    }
}
