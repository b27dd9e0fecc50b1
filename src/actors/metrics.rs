//! What can be watched from outside, under the names that the configuration's comments use.

use crate::fault::{Code, Fault};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// Counters and gauges of the whole process.
pub struct Metrics {
    registry: Registry,
    /// Messages not yet answered, by actor.
    pub depth: IntGaugeVec,
    /// Messages refused because the mailbox was full, by actor.
    pub busy: IntCounterVec,
    /// Actors rebuilt after they died, by actor.
    pub restarts: IntCounterVec,
    /// Panics caught, by actor.
    pub panics: IntCounterVec,
    /// Requests committed together, by actor.
    pub batch: HistogramVec,
    pub sessions: IntGauge,
    /// Updates handled, by kind of ending: `done`, `seen`, `set_aside`, `busy`.
    pub updates: IntCounterVec,
    /// Calls to the messenger, by outcome.
    pub sends: IntCounterVec,
    /// Callbacks of the gateway, by what they turned out to be.
    pub callbacks: IntCounterVec,
    /// Faults by code.
    pub faults: IntCounterVec,
}

impl Metrics {
    pub fn new() -> Result<Self, Fault> {
        Self::build().map_err(|error| Fault::new(Code::ConfigInvalid, format!("metrics: {error}.")))
    }

    fn build() -> prometheus::Result<Self> {
        let counter = |name, help, label| IntCounterVec::new(Opts::new(name, help), &[label]);
        let metrics = Self {
            registry: Registry::new(),
            depth: IntGaugeVec::new(
                Opts::new("quickcart_mailbox_depth", "Messages not yet answered"),
                &["actor"],
            )?,
            busy: counter("quickcart_mailbox_busy_total", "Messages refused by a full mailbox", "actor")?,
            restarts: counter("quickcart_actor_restarts_total", "Actors rebuilt after they died", "actor")?,
            panics: counter("quickcart_actor_panics_total", "Panics caught", "actor")?,
            batch: HistogramVec::new(
                HistogramOpts::new("quickcart_batch_size", "Requests committed together")
                    .buckets(vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]),
                &["actor"],
            )?,
            sessions: IntGauge::new("quickcart_sessions_alive", "Sessions awake")?,
            updates: counter("quickcart_updates_total", "Updates by how they ended", "ending")?,
            sends: counter("quickcart_sends_total", "Calls to the messenger by outcome", "outcome")?,
            callbacks: counter("quickcart_callbacks_total", "Gateway callbacks by what they were", "kind")?,
            faults: counter("quickcart_faults_total", "Faults by code", "code")?,
        };
        let collectors: [Box<dyn prometheus::core::Collector>; 10] = [
            Box::new(metrics.depth.clone()),
            Box::new(metrics.busy.clone()),
            Box::new(metrics.restarts.clone()),
            Box::new(metrics.panics.clone()),
            Box::new(metrics.batch.clone()),
            Box::new(metrics.sessions.clone()),
            Box::new(metrics.updates.clone()),
            Box::new(metrics.sends.clone()),
            Box::new(metrics.callbacks.clone()),
            Box::new(metrics.faults.clone()),
        ];
        for collector in collectors {
            metrics.registry.register(collector)?;
        }
        Ok(metrics)
    }

    /// Counts and logs a fault where it is handled.
    pub fn fault(&self, doing: &str, fault: &Fault) {
        self.faults.with_label_values(&[fault.code.name()]).inc();
        log::error!(code = fault.code.name(); "{doing}: {fault}");
    }

    /// All of it in Prometheus' text form.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if TextEncoder::new().encode(&self.registry.gather(), &mut text).is_err() {
            text.clear();
        }
        String::from_utf8(text).unwrap_or_default()
    }
}
