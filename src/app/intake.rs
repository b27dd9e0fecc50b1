//! How updates come in: by webhook, through the web room, or by polling. Either way Telegram hears that an update
//! arrived only once its session has handled it.

use super::actors::Actors;
use super::polling::Poller;
use crate::actors::vitals::Vitals;
use crate::adapters::telegram::Telegram;
use crate::config::{Config, ExposeSecret, Mode, SecretString};
use crate::fault::{Code, Fault, Retry};
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

/// Until a webhook that could not be set is tried again.
const SET_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Starts polling, or tells Telegram where to send updates.
///
/// # Errors
/// What Telegram will never take, such as an address that it does not like. If it is away the shop starts all the same.
pub async fn start(
    config: &Config,
    telegram: Telegram,
    actors: &Actors,
    vitals: Arc<Vitals>,
) -> Result<Intake, Fault> {
    let (stop, stopped) = watch::channel(false);
    if config.telegram.mode == Mode::Webhook {
        let hook = Hook::of(config)?;
        let is_set = hook.set(&telegram).await?;
        return Ok(Intake { stop, polling: actix_rt::spawn(greet(telegram, hook, is_set, vitals, stopped)) });
    }
    let poller = Poller { telegram, supervisor: actors.supervisor.clone(), vitals };
    Ok(Intake { stop, polling: actix_rt::spawn(poller.run(stopped)) })
}

/// Where Telegram is to send updates.
struct Hook {
    url: String,
    secret: SecretString,
}

impl Hook {
    fn of(config: &Config) -> Result<Self, Fault> {
        let (url, secret) = (&config.telegram.webhook_url, &config.telegram.webhook_secret);
        let (Some(url), Some(secret)) = (url, secret) else {
            let detail = "telegram.webhook_url and telegram.webhook_secret are needed for webhooks.";
            return Err(Fault::new(Code::ConfigInvalid, detail));
        };
        Ok(Self { url: hook_address(url.as_str()), secret: secret.clone() })
    }

    /// `false`: not now, as when Telegram is away.
    async fn set(&self, telegram: &Telegram) -> Result<bool, Fault> {
        match telegram.set_webhook(&self.url, self.secret.expose_secret()).await {
            Ok(()) => Ok(true),
            Err(fault) => {
                log::error!("The webhook is not set: {fault}");
                if fault.code.retry() == Retry::Never { Err(fault) } else { Ok(false) }
            }
        }
    }
}

/// The whole address of the webhook, whether or not the setting includes its end.
pub(super) fn hook_address(url: &str) -> String {
    const HOOK: &str = "/webhooks/telegram";
    let base = url.trim_end_matches('/');
    format!("{}{HOOK}", base.strip_suffix(HOOK).unwrap_or(base))
}

/// Gets an answer from Telegram now and then, which readiness needs: the silence of a webhook says nothing. Sets the
/// webhook if that was not possible at the start; until then the shop is not ready.
async fn greet(
    telegram: Telegram,
    hook: Hook,
    mut is_set: bool,
    vitals: Arc<Vitals>,
    mut stopped: watch::Receiver<bool>,
) {
    let greeting = async {
        loop {
            is_set = is_set || hook.set(&telegram).await.is_ok_and(|is_set| is_set);
            match telegram.me().await {
                Ok(_) if is_set => vitals.telegram_answered(),
                Ok(_) => {}
                Err(fault) => log::error!("Telegram does not answer: {fault}"),
            }
            tokio::time::sleep(if is_set { GREET_EVERY } else { SET_AGAIN_AFTER }).await;
        }
    };
    tokio::select! {
        () = greeting => {}
        _ = stopped.changed() => {}
    }
}
