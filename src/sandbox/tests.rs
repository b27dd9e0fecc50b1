//! What the rooms' tests share: a running sandbox and a bot that calls it as ours does.

use std::time::Duration;

use teloxide_core::Bot;

use super::{Options, Sandbox, start};

pub(super) const BUDI: i64 = 1001;
pub(super) const SARI: i64 = 1002;
pub(super) const ANDI: i64 = 9001;
pub(super) const STAFF: i64 = -1_001_234;

pub(super) const SOON: Duration = Duration::from_secs(5);

/// A sandbox in which the usual people have already written to the bot.
pub(super) async fn sandbox() -> (Sandbox, Bot) {
    let (sandbox, bot) = untouched().await;
    for user in [BUDI, ANDI] {
        sandbox.say(user, "/start").unwrap();
    }
    (sandbox, bot)
}

pub(super) async fn untouched() -> (Sandbox, Bot) {
    // A second test of the same process finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options::default();
    let token = options.token.clone();
    let sandbox = start(options).await.unwrap();
    let bot = Bot::new(token).set_api_url(sandbox.bot_api_url().parse().unwrap());
    (sandbox, bot)
}

/// Waits until `holds`, woken by every change.
pub(super) async fn eventually(sandbox: &Sandbox, holds: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + SOON;
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "it never happened");
        let seen = sandbox.sequence();
        if !holds() {
            sandbox.wait_change(seen, Duration::from_millis(200)).await;
        }
    }
}
