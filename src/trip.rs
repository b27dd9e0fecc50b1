//! Places where a test lets the process die or an actor panic: `QUICKCART_TRIP="payment.settled=abort@3"` ends
//! the process the third time that point is passed, `…=panic@1` panics there once. Several are separated by
//! commas. A release build has no such places.

/// Passes a named place. Does nothing unless a test armed it.
#[inline]
pub fn point(name: &'static str) {
    #[cfg(debug_assertions)]
    armed::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    const VARIABLE: &str = "QUICKCART_TRIP";

    struct Trip {
        name: String,
        action: Action,
        /// Passes until it trips; it trips once.
        left: AtomicU32,
    }

    #[derive(Clone, Copy)]
    enum Action {
        /// As `kill -9` does: nothing is finished, nothing is cleaned up.
        Abort,
        Panic,
    }

    static TRIPS: LazyLock<Vec<Trip>> = LazyLock::new(|| {
        let armed = std::env::var(VARIABLE).unwrap_or_default();
        armed.split(',').filter_map(read).collect()
    });

    fn read(text: &str) -> Option<Trip> {
        let (name, rest) = text.split_once('=')?;
        let (action, count) = rest.split_once('@')?;
        let action = match action {
            "abort" => Action::Abort,
            "panic" => Action::Panic,
            _ => return None,
        };
        Some(Trip { name: name.to_owned(), action, left: AtomicU32::new(count.parse().ok()?) })
    }

    pub fn pass(name: &str) {
        for trip in TRIPS.iter().filter(|trip| trip.name == name) {
            let before =
                trip.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            match (before, trip.action) {
                (Ok(1), Action::Abort) => std::process::abort(),
                (Ok(1), Action::Panic) => std::panic::panic_any(format!("tripped at {name}")),
                _ => {}
            }
        }
    }
}
