//! Keeps an actor alive: builds it from the store, notices its death, builds it again.
//!
//! A panic kills an actix actor for good, also under actix' own supervisor. So each actor holds a [`Guard`]; however
//! the actor dies, the guard is dropped, and the watcher at its other end starts a new actor.

use super::line::Line;
use super::metrics::Metrics;
use crate::fault::Fault;
use actix::{Actor, Context};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Held by an actor for its whole life.
pub struct Guard {
    _alive: oneshot::Sender<()>,
}

impl Guard {
    /// A guard, and a receiver that resolves when the guard is dropped.
    pub fn new() -> (Self, oneshot::Receiver<()>) {
        let (alive, gone) = oneshot::channel();
        (Self { _alive: alive }, gone)
    }
}

/// How soon a dead actor is rebuilt.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    pub first: Duration,
    pub max: Duration,
}

/// An actor that lived this long starts with a fresh back-off.
const STEADY: Duration = Duration::from_secs(60);

/// Set once when the process stops, so that the watchers let their actors go.
pub type Stopping = Arc<AtomicBool>;

/// Starts an actor and keeps it alive until the process stops.
pub fn keep_alive<A, F>(
    name: &'static str,
    mailbox: usize,
    backoff: Backoff,
    metrics: Arc<Metrics>,
    stopping: Stopping,
    build: F,
) -> Line<A>
where
    A: Actor<Context = Context<A>>,
    F: AsyncFn(Guard) -> Result<A, Fault> + 'static,
{
    let line = Line::new(name, mailbox, metrics.clone());
    let watched = line.clone();
    actix_rt::spawn(async move {
        let mut delay = backoff.first;
        while !stopping.load(Ordering::Relaxed) {
            let (guard, gone) = Guard::new();
            let born = Instant::now();
            match build(guard).await {
                Ok(actor) => {
                    watched.connect(Some(actor.start()));
                    let _ = gone.await;
                    watched.connect(None);
                    if stopping.load(Ordering::Relaxed) {
                        return;
                    }
                    metrics.restarts.with_label_values(&[name]).inc();
                    log::error!(actor = name; "The {name} actor died; it is rebuilt from the store.");
                }
                Err(fault) => metrics.fault(&format!("The {name} actor could not be built"), &fault),
            }
            if born.elapsed() > STEADY {
                delay = backoff.first;
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(backoff.max);
        }
    });
    line
}
