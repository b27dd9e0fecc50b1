//! How updates come in: by webhook, through the web room, or by polling, here. Either way Telegram hears that
//! an update arrived only once its session has handled it.

use super::actors::Actors;
use crate::actors::Line;
use crate::actors::supervisor::Supervisor;
use crate::actors::supervisor::messages::{Route, Routed};
use crate::actors::vitals::Vitals;
use crate::adapters::telegram::{PollFault, Telegram};
use crate::config::{Config, ExposeSecret, Mode};
use crate::fault::{Code, Fault};
use crate::rules::incoming::Incoming;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long Telegram may wait for an update before it answers with none.
const POLL_SECONDS: u32 = 25;

/// Updates of one answer.
const POLLED_TOGETHER: u8 = 100;

/// Before an update that found no room is asked for again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The task that asks Telegram: for updates, or only whether it is there.
pub struct Intake {
    stop: watch::Sender<bool>,
    polling: JoinHandle<()>,
}

impl Intake {
    /// Ends polling once the updates at hand are handled.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.polling.await; // a panic in it has been logged
    }
}

/// How often Telegram is asked for a sign of life while it sends updates by itself.
const GREET_EVERY: Duration = Duration::from_secs(60);

/// Starts polling, or tells Telegram where to send updates.
pub async fn start(
    config: &Config,
    telegram: Telegram,
    actors: &Actors,
    vitals: Arc<Vitals>,
) -> Result<Intake, Fault> {
    let (stop, stopped) = watch::channel(false);
    if config.telegram.mode == Mode::Webhook {
        set_webhook(config, &telegram).await?;
        return Ok(Intake { stop, polling: actix_rt::spawn(greet(telegram, vitals, stopped)) });
    }
    if let Err(fault) = telegram.delete_webhook().await {
        log::warn!("An old webhook may still be set: {fault}");
    }
    let poller = Poller { telegram, supervisor: actors.supervisor.clone(), vitals };
    Ok(Intake { stop, polling: actix_rt::spawn(poller.run(stopped)) })
}

async fn set_webhook(config: &Config, telegram: &Telegram) -> Result<(), Fault> {
    let (url, secret) = (&config.telegram.webhook_url, &config.telegram.webhook_secret);
    let (Some(url), Some(secret)) = (url, secret) else {
        let detail = "telegram.webhook_url and telegram.webhook_secret are needed for webhooks.";
        return Err(Fault::new(Code::ConfigInvalid, detail));
    };
    let address = format!("{}/webhooks/telegram", url.as_str().trim_end_matches('/'));
    telegram.set_webhook(&address, secret.expose_secret()).await
}

/// Silence of a webhook says nothing: readiness needs an answer now and then.
async fn greet(telegram: Telegram, vitals: Arc<Vitals>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match telegram.me().await {
            Ok(_) => vitals.telegram_answered(),
            Err(fault) => log::error!("Telegram does not answer: {fault}"),
        }
        tokio::select! {
            () = tokio::time::sleep(GREET_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

struct Poller {
    telegram: Telegram,
    supervisor: Line<Supervisor>,
    vitals: Arc<Vitals>,
}

impl Poller {
    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let (mut offset, mut pause) = (0, AGAIN_AFTER);
        while !*stopped.borrow() {
            let polled = tokio::select! {
                polled = self.telegram.updates(offset, POLL_SECONDS, POLLED_TOGETHER) => polled,
                _ = stopped.changed() => break,
            };
            match polled {
                Ok(updates) => {
                    pause = AGAIN_AFTER;
                    self.vitals.telegram_answered();
                    offset = self.handle(updates, offset).await;
                }
                Err(fault) => {
                    let wait = rest(&fault, pause);
                    pause = (pause * 2).min(PAUSE_MAX);
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = stopped.changed() => {}
                    }
                }
            }
        }
        self.acknowledge(offset).await;
    }

    /// Hands all updates on at once; their sessions keep each person's in order. Answers the number up to which
    /// all are handled: later ones that were handled come again and are recognised.
    async fn handle(&self, updates: Vec<(i64, Option<Incoming>)>, offset: i64) -> i64 {
        let routed = join_all(updates.into_iter().map(async |(id, incoming)| {
            let done = match incoming {
                Some(incoming) => self.supervisor.ask(Route(incoming)).await.is_ok_and(Routed::is_final),
                None => true,
            };
            (id, done)
        }))
        .await;
        let mut next = offset;
        for (id, done) in routed {
            if !done {
                tokio::time::sleep(AGAIN_AFTER).await;
                break;
            }
            next = id + 1;
        }
        next
    }

    /// What was handled last is told to Telegram before the process ends.
    async fn acknowledge(&self, offset: i64) {
        if offset > 0
            && let Err(fault) = self.telegram.updates(offset, 0, 1).await
        {
            log::warn!("The last updates will come again: {fault:?}");
        }
    }
}

/// How long to rest after a failed poll. The operator sees each kind once per rest.
fn rest(fault: &PollFault, pause: Duration) -> Duration {
    let (fault, wait) = match fault {
        PollFault::Conflict => {
            let detail = "another program polls with this token, or a webhook is set.";
            (Fault::new(Code::TelegramConflict, detail), pause.max(Duration::from_secs(3)))
        }
        PollFault::Unauthorized => {
            (Fault::new(Code::TelegramToken, "Telegram refuses the token now."), PAUSE_MAX)
        }
        PollFault::Wait(wait) => return *wait,
        PollFault::Down(why) => (Fault::new(Code::TelegramDown, format!("{why}.")), pause),
    };
    log::error!("No updates for now: {fault}");
    wait
}
