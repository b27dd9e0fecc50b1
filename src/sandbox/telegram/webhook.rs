//! Webhooks: setting them, and delivering in the order of each chat, one at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use serde_json::{Value, json};

use super::Telegram;
use super::params::Params;
use super::refusal::{Answer, Refusal};
use super::updates::Update;
use crate::sandbox::world::{State, World};

const DEFAULT_CONNECTIONS: i64 = 40;
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const LONGEST_WAIT_SECONDS: u64 = 60;
/// How often the pump looks for retries that have come due.
const TICK: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(in crate::sandbox) struct Webhook {
    url: Option<String>,
    secret: Option<String>,
    connections: usize,
    lanes: HashMap<i64, Lane>,
    last_error: Option<(i64, String)>,
}

/// The state of one chat's deliveries.
#[derive(Debug, Default)]
struct Lane {
    in_flight: bool,
    failures: u32,
    not_before: Option<Instant>,
}

impl Webhook {
    pub fn is_set(&self) -> bool {
        self.url.is_some()
    }
}

impl Telegram {
    /// Unlike Telegram, plain HTTP on any port is taken: it stays on this machine.
    pub(super) fn set_webhook(&mut self, params: &Params) -> Answer {
        let url = params.text("url").unwrap_or_default();
        if url.is_empty() {
            return self.delete_webhook(params);
        }
        if !reqwest::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(Refusal::bug("bad webhook: invalid webhook URL specified"));
        }
        let secret = params.text("secret_token").filter(|secret| !secret.is_empty());
        let letters = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '_' || symbol == '-';
        if secret.as_ref().is_some_and(|secret| secret.len() > 256 || !secret.chars().all(letters)) {
            return Err(Refusal::bug("secret token contains unallowed characters"));
        }
        self.updates.allow(params)?;
        self.drop_pending(params);
        let connections =
            params.number("max_connections").unwrap_or(DEFAULT_CONNECTIONS).clamp(1, 100) as usize;
        self.webhook = Webhook { url: Some(url), secret, connections, ..Webhook::default() };
        Ok(json!(true))
    }

    pub(super) fn delete_webhook(&mut self, params: &Params) -> Answer {
        self.drop_pending(params);
        self.webhook = Webhook::default();
        Ok(json!(true))
    }

    fn drop_pending(&mut self, params: &Params) {
        if params.flag("drop_pending_updates") {
            self.updates.waiting.clear();
        }
    }

    pub(super) fn webhook_info(&self) -> Value {
        let mut info = json!({
            "url": self.webhook.url.clone().unwrap_or_default(),
            "has_custom_certificate": false,
            "pending_update_count": self.updates.waiting.len(),
        });
        if self.webhook.is_set() {
            info["max_connections"] = json!(self.webhook.connections);
        }
        if !self.updates.allowed().is_empty() {
            info["allowed_updates"] = json!(self.updates.allowed());
        }
        if let Some((at, words)) = &self.webhook.last_error {
            info["last_error_date"] = json!(at);
            info["last_error_message"] = json!(words);
        }
        info
    }
}

struct Delivery {
    url: String,
    secret: Option<String>,
    update: Update,
}

/// Delivers as long as the sandbox runs.
pub(in crate::sandbox) async fn pump(world: Arc<World>) {
    let mut changes = world.watch();
    loop {
        for delivery in world.change_quietly(due) {
            actix_web::rt::spawn(deliver(world.clone(), delivery));
        }
        // A time-out is a tick for retries; the channel lives as long as the world that is held here.
        let _ = tokio::time::timeout(TICK, changes.changed()).await;
    }
}

/// The first waiting update of each chat that has none in flight, marked as in flight.
fn due(state: &mut State) -> Vec<Delivery> {
    let telegram = &mut state.telegram;
    let webhook = &mut telegram.webhook;
    let Some(url) = webhook.url.clone() else { return Vec::new() };
    let mut free =
        webhook.connections.saturating_sub(webhook.lanes.values().filter(|lane| lane.in_flight).count());
    let now = Instant::now();
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for update in &telegram.updates.waiting {
        let first = seen.insert(update.chat);
        let lane = webhook.lanes.entry(update.chat).or_default();
        if !first || free == 0 || lane.in_flight || lane.not_before.is_some_and(|at| at > now) {
            continue;
        }
        lane.in_flight = true;
        free -= 1;
        found.push(Delivery { url: url.clone(), secret: webhook.secret.clone(), update: update.clone() });
    }
    found
}

async fn deliver(world: Arc<World>, delivery: Delivery) {
    let mut request = world.http.post(&delivery.url).timeout(ANSWER_WITHIN).json(&delivery.update.body);
    if let Some(secret) = &delivery.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let outcome = match request.send().await {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => {
            let after =
                response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            Err((format!("Wrong response from the webhook: {}", response.status()), after))
        }
        Err(_) => Err(("Connection failed or timed out".to_owned(), None)),
    };
    world.change(|state| settle(&mut state.telegram, &delivery.update, outcome));
}

fn settle(telegram: &mut Telegram, update: &Update, outcome: Result<(), (String, Option<u64>)>) {
    let lane = telegram.webhook.lanes.entry(update.chat).or_default();
    lane.in_flight = false;
    match outcome {
        Ok(()) => {
            (lane.failures, lane.not_before) = (0, None);
            let place = telegram.updates.waiting.iter().position(|waiting| waiting.id == update.id);
            place.map(|place| telegram.updates.waiting.remove(place));
        }
        Err((words, retry_after)) => {
            lane.failures += 1;
            // At once, then 1, 2, 4 … seconds.
            let own = if lane.failures == 1 { 0 } else { 1 << (lane.failures - 2).min(6) };
            let seconds = retry_after.unwrap_or(own).min(LONGEST_WAIT_SECONDS);
            lane.not_before = Some(Instant::now() + Duration::from_secs(seconds));
            telegram.webhook.last_error = Some((Utc::now().timestamp(), words));
        }
    }
}
