//! How updates come in: by webhook, through the web room, or by polling. Either way Telegram hears that an update
//! arrived only once its session has handled it.

use super::actors::Actors;
use super::polling::Poller;
use crate::actors::vitals::Vitals;
use crate::adapters::telegram::Telegram;
use crate::config::{Config, ExposeSecret, Mode};
use crate::fault::{Code, Fault};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The task that asks Telegram: for updates, or only whether it is there.
pub struct Intake {
    stop: watch::Sender<bool>,
    polling: JoinHandle<()>,
}

impl Intake {
    /// Ends polling once the updates at hand are handled, or have taken too long.
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
    telegram.set_webhook(&hook_address(url.as_str()), secret.expose_secret()).await
}

/// The whole address of the webhook, whether or not the setting includes its end.
pub(super) fn hook_address(url: &str) -> String {
    const HOOK: &str = "/webhooks/telegram";
    let base = url.trim_end_matches('/');
    format!("{}{HOOK}", base.strip_suffix(HOOK).unwrap_or(base))
}

/// Gets an answer from Telegram now and then, which readiness needs: the silence of a webhook says nothing.
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
