//! The services that the shop talks to.

use crate::config::key::{Clash, Rule, section};
use crate::config::setting::Mode;
use secrecy::SecretString;
use std::time::Duration;
use url::{Host, Url};

section! {
    /// The bot.
    pub struct Telegram at "telegram", fits telegram_fits {
        /// The bot's token from @BotFather.
        token: SecretString = required,
            like "123456789:ABCdefGHIjklMNOpqrSTUvwxYZ", must TOKEN, also TELEGRAM_BOT_TOKEN;
        /// Server of the Bot API. Change it for a local Bot API server.
        api_url: Url = "https://api.telegram.org", also TELEGRAM_API_URL;
        /// How updates come: `polling` needs no public address, `webhook` needs `webhook_url`, `webhook_secret` and
        /// a proxy with TLS.
        mode: Mode = "polling";
        /// Public https address of this process, up to and including `http.base_path`; `/webhooks/telegram` is added
        /// where it is missing. A Bot API server of one's own takes http, too.
        webhook_url: Option<Url> = unset, like "https://shop.example";
        /// What Telegram sends along with each update, so that nobody else can.
        webhook_secret: Option<SecretString> = unset, like "a-long-random-text", must HEADER_SAFE;
        /// Telegram ids of the admins.
        admin_ids: Vec<i64> = required, in 1..=4503599627370495,
            like "123456789, 987654321", must LISTED, also ADMIN_USER_IDS;
        /// Telegram ids of the owners: admins who also get alerts.
        owner_ids: Vec<i64> = "", in 1..=4503599627370495, like "123456789", also OWNER_USER_IDS;
    }
}

section! {
    /// The payment gateway. In its dashboard the callback URL is this process's public address with
    /// `/webhooks/pakasir`, and `webhook_path_secret` as a last segment if one is set.
    pub struct Pakasir at "pakasir" {
        /// Server of the gateway.
        base_url: Url = "https://app.pakasir.com", also PAKASIR_BASE_URL;
        /// Slug of the project in the gateway's dashboard.
        project: String = required, like "my-shop", must ONE_WORD, also PAKASIR_PROJECT_SLUG;
        /// Key of the project in the gateway's dashboard.
        api_key: SecretString = required, like "xxxxxxxxxxxxxxxx", must ONE_WORD, also PAKASIR_API_KEY;
        /// How long one question to the gateway may take.
        timeout: Duration = "10s", in "1s"..="60s";
        /// Last segment of the callback's path. Callbacks prove nothing either way; this keeps strangers from
        /// making the shop ask the gateway.
        webhook_path_secret: Option<SecretString> = unset, like "a-long-random-text", must HEADER_SAFE;
    }
}

const TOKEN: Rule = Rule {
    says: "is not a bot token: digits, a colon, then letters, digits, - and _",
    holds: |text| {
        text.split_once(':').is_some_and(|(id, key)| {
            !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_digit())
                && key.len() >= 3
                && key.chars().all(url_safe)
        })
    },
};

const HEADER_SAFE: Rule = Rule {
    says: "is not 1 to 256 characters of A-Z, a-z, 0-9, - and _",
    holds: |text| (1..=256).contains(&text.len()) && text.chars().all(url_safe),
};

const ONE_WORD: Rule = Rule {
    says: "is blank or has spaces",
    holds: |text| !text.is_empty() && !text.contains(char::is_whitespace),
};

const LISTED: Rule = Rule { says: "names nobody", holds: |text| text.contains(|c: char| c.is_ascii_digit()) };

fn url_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn telegram_fits(telegram: &Telegram) -> Vec<Clash> {
    let mut clashes: Vec<Clash> =
        telegram.webhook_url.iter().filter_map(|url| open_way(url, &telegram.api_url)).collect();
    if telegram.mode == Mode::Webhook {
        clashes.extend(missing_for_webhooks(telegram));
    }
    clashes
}

/// Telegram itself sends updates to https only. Who asks for http on this machine tries something out.
fn open_way(url: &Url, api: &Url) -> Option<Clash> {
    let here = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let fault = "does not begin with https://, which Telegram's own server asks for";
    let clash =
        || Clash { path: "telegram.webhook_url", fault: fault.into(), right: "https://shop.example".into() };
    (url.scheme() != "https" && !here && api.host_str() == Some("api.telegram.org")).then(clash)
}

fn missing_for_webhooks(telegram: &Telegram) -> impl Iterator<Item = Clash> {
    let needed = [
        ("telegram.webhook_url", "https://shop.example", telegram.webhook_url.is_none()),
        ("telegram.webhook_secret", "a-long-random-text", telegram.webhook_secret.is_none()),
    ];
    let missing = needed.into_iter().filter(|(_, _, missing)| *missing);
    let fault = "missing, and telegram.mode is webhook";
    missing.map(move |(path, right, _)| Clash { path, fault: fault.into(), right: right.into() })
}
