//! Looks at everything a shop needs, and says what to do.

use super::commands::look;
use super::intake::hook_address;
use super::{gateway, install_tls, key};
use crate::adapters::telegram::{Telegram, WebhookInfo};
use crate::clock::Clock;
use crate::config::{self, Config, ExposeSecret, Mode, Sources};
use crate::fault::{Code, Fault};
use crate::ports::{Gateway, GatewayFault};
use crate::rules::money::Rupiah;
use crate::store::Store;
use crate::store::model::Broken;
use std::path::Path;

/// One thing the doctor looked at.
pub struct Finding {
    pub part: &'static str,
    pub outcome: Result<String, Fault>,
}

/// Looks at everything a shop needs. Changes nothing.
pub async fn examine(path: Option<&Path>) -> Vec<Finding> {
    install_tls();
    let sources = Sources::of_process(path).and_then(|sources| config::load::<Config>(&sources));
    let config = match sources {
        Ok(config) => config,
        Err(problems) => return vec![Finding { part: "configuration", outcome: Err(problems.into()) }],
    };
    let mut findings =
        vec![Finding { part: "configuration", outcome: Ok(format!("shop {}", config.shop.id)) }];
    findings.push(Finding { part: "telegram", outcome: look_at_telegram(&config).await });
    findings.push(Finding { part: "gateway", outcome: look_at_gateway(&config).await });
    let store = match look(&config.shop, &config.database).await {
        Ok(store) => Ok(Some(store)),
        Err(fault) if fault.code == Code::NoShopYet => Ok(None),
        Err(fault) => Err(fault),
    };
    findings.push(Finding { part: "databases", outcome: look_at_store(&store).await });
    if let Ok(Some(store)) = &store {
        findings.push(Finding { part: "ledger and stock", outcome: look_at_books(store).await });
    }
    if let Ok(store) = &store {
        let outcome = key::look(&config.database, store.as_ref()).await;
        findings.push(Finding { part: "encryption key", outcome });
    }
    findings
}

async fn look_at_telegram(config: &Config) -> Result<String, Fault> {
    let telegram = Telegram::new(config.telegram.token.expose_secret(), config.telegram.api_url.as_str())?;
    let me = telegram.me().await?;
    let how = match (config.telegram.mode, &config.telegram.webhook_url) {
        (Mode::Webhook, Some(url)) => {
            let webhook = telegram.webhook_info().await?;
            judge_webhook(&hook_address(url.as_str()), &webhook, Clock::default().now().timestamp())?
        }
        _ => "by polling".to_owned(),
    };
    Ok(format!("{} {how}", me.username))
}

/// An error that is older than this, in seconds, is over: Telegram tries again sooner, but goes on naming the last one.
const ERROR_RECENT_SECONDS: i64 = 600;

/// How the webhook that is to lead to `address` fares at the Unix time `now`.
fn judge_webhook(address: &str, webhook: &WebhookInfo, now: i64) -> Result<String, Fault> {
    let WebhookInfo { url, pending, last_error, last_error_at } = webhook;
    if url.is_empty() {
        return Ok("by webhook, which the start will set".into());
    }
    if url != address {
        let detail = format!("its webhook leads to {url}, and not to {address}.");
        return Err(Fault::new(Code::TelegramConflict, detail));
    }
    let recent = last_error_at.is_none_or(|at| now - at < ERROR_RECENT_SECONDS);
    match last_error {
        Some(error) if recent => {
            let detail =
                format!("Telegram could not deliver to {address} ({error}), {pending} updates wait.");
            Err(Fault::new(Code::WebhookUnreachable, detail))
        }
        _ => Ok(format!("by webhook, {pending} updates waiting")),
    }
}

/// Asks about a payment that nobody made: that needs the right project and key, and moves nothing.
async fn look_at_gateway(config: &Config) -> Result<String, Fault> {
    match gateway(config)?.detail("doctor-looks".into(), Rupiah(1000)).await {
        Ok(_) | Err(GatewayFault::Pace(_)) => Ok(format!("project {} is known", config.pakasir.project)),
        Err(GatewayFault::Down(why)) => Err(Fault::new(Code::GatewayDown, format!("{why}."))),
        Err(GatewayFault::Refused(why)) => Err(Fault::new(Code::GatewayRefused, format!("{why}."))),
    }
}

/// That there is no shop yet is no fault: people run the doctor before they start the shop for the first time.
async fn look_at_store(store: &Result<Option<Store>, Fault>) -> Result<String, Fault> {
    let Some(store) = store.as_ref().map_err(Clone::clone)? else {
        return Ok("no shop in them yet; what is missing is made at the first start".into());
    };
    store.probe().await?;
    let totals = store.totals().await?;
    Ok(format!("{} customers, {} completed orders", totals.customers, totals.completed_orders))
}

/// All that `quickcart verify` checks, in one line.
async fn look_at_books(store: &Store) -> Result<String, Fault> {
    let broken = store.verify(Clock::default().now()).await?;
    let Some(Broken { rule, row }) = broken.first() else { return Ok("all rules hold".into()) };
    let detail = format!("{} rows break a rule, the first: {rule}: {row}.", broken.len());
    Err(Fault::new(Code::BooksBroken, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_in_trouble_if_it_leads_elsewhere_or_does_not_get_through_now() {
        let ours = "https://shop.example/webhooks/telegram";
        // where it leads, updates waiting, seconds since the last error, what is found
        let table = [
            ("", 0, None, Ok("which the start will set")),
            (ours, 2, None, Ok("2 updates waiting")),
            (ours, 0, Some(3600), Ok("0 updates waiting")),
            (ours, 0, Some(60), Err(Code::WebhookUnreachable)),
            (ours, 1, Some(3600), Ok("1 updates waiting")),
            ("https://other.example/webhooks/telegram", 0, None, Err(Code::TelegramConflict)),
        ];
        for (url, pending, error_seconds, wanted) in table {
            let webhook = WebhookInfo {
                url: url.into(),
                pending,
                last_error: error_seconds.map(|_| "Connection refused".into()),
                last_error_at: error_seconds.map(|ago| 1_000_000 - ago),
            };
            match (judge_webhook(ours, &webhook, 1_000_000), wanted) {
                (Ok(found), Ok(words)) => assert!(found.contains(words), "{found}"),
                (found, wanted) => {
                    assert_eq!(found.map_err(|fault| fault.code), wanted.map(String::from), "{url}")
                }
            }
        }
    }
}
