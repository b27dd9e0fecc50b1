//! How each type of value is read from its text. The text is the same in the file and in the environment.

use super::key::{Care, Form};
use crate::rules::{money::Rupiah, people::Language};
use bytesize::ByteSize;
use chrono_tz::Tz;
use log::LevelFilter;
use rust_decimal::Decimal;
use secrecy::SecretString;
use std::{fmt, net::SocketAddr, net::ToSocketAddrs, path::PathBuf, time::Duration};
use url::Url;

/// A type that a key may have.
pub trait Setting: Sized {
    const FORM: Form = Form::Quoted;
    const CARE: Care = Care::Plain;
    /// What it is, completing "is not …".
    const KIND: &'static str;

    fn parse(text: &str) -> Option<Self>;

    /// The value of a key that may stay empty.
    fn unset() -> Option<Self> {
        None
    }

    /// Whether it lies between two others, both included. Types without order have no bounds.
    fn within(&self, _low: &Self, _high: &Self) -> bool {
        true
    }
}

/// How updates come from Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Polling,
    Webhook,
}

/// Where a database is. May carry a password, so it prints without one.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// With the password, for the one who connects.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a password is in it, also as a parameter.
    pub fn has_secret(&self) -> bool {
        let Some(url) = self.postgres() else { return false };
        url.password().is_some() || url.query_pairs().any(|(name, _)| name.ends_with("password"))
    }

    /// Whether a SQLite file has something behind its name that we would not heed.
    pub fn has_options(&self) -> bool {
        self.postgres().is_none() && self.0.contains('?')
    }

    fn postgres(&self) -> Option<Url> {
        Url::parse(&self.0).ok().filter(|url| url.scheme() == "postgres")
    }
}

/// Without the password and without parameters, which may carry one too.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.postgres() {
            Some(mut url) => {
                url.set_query(None);
                // Refused only where there is no host, and then there is no password either.
                let _ = url.set_password(None);
                f.write_str(url.as_str())
            }
            None => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl Setting for DatabaseUrl {
    const CARE: Care = Care::Hidden;
    const KIND: &'static str = "a sqlite:// or postgres:// address";

    fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            // Other programs ask so for what we do anyway: read, write, and make the file.
            let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
            return (!path.is_empty()).then(|| Self(format!("sqlite://{path}")));
        }
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))?;
        let url = Url::parse(&format!("postgres://{rest}")).ok()?;
        (!rest.is_empty()).then(|| Self(url.into()))
    }
}

/// Any text may be one; what a certain secret looks like is said by its key.
impl Setting for SecretString {
    const CARE: Care = Care::Secret;
    const KIND: &'static str = "a secret";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned().into())
    }
}

impl<T: Setting> Setting for Option<T> {
    const FORM: Form = T::FORM;
    const CARE: Care = T::CARE;
    const KIND: &'static str = T::KIND;

    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Some)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }

    fn within(&self, low: &Self, high: &Self) -> bool {
        matches!((self, low, high), (Some(value), Some(low), Some(high)) if value.within(low, high))
    }
}

impl<T: Setting> Setting for Vec<T> {
    const FORM: Form = Form::List;
    const KIND: &'static str = "a list of whole numbers, separated by commas";

    fn parse(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect()
    }

    fn within(&self, low: &Self, high: &Self) -> bool {
        matches!((&low[..], &high[..]), ([low], [high]) if self.iter().all(|item| item.within(low, high)))
    }
}

/// Types that read themselves; those after `ordered` may have bounds.
macro_rules! settings {
    ($($type:ty, $form:ident, $kind:literal, $parse:expr $(, $ordered:ident)?;)+) => {$(
        impl Setting for $type {
            const FORM: Form = Form::$form;
            const KIND: &'static str = $kind;

            fn parse(text: &str) -> Option<Self> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text)
            }

            $( fn within(&self, low: &Self, high: &Self) -> bool { $ordered(self, low, high) } )?
        }
    )+};
}

settings! {
    u32, Bare, "a whole number", |text| text.parse().ok(), between;
    i64, Bare, "a whole number", |text| text.parse().ok(), between;
    usize, Bare, "a whole number", |text| text.parse().ok(), between;
    Rupiah, Bare, "a whole number of rupiah", |text| text.parse().ok().map(Rupiah), between;
    Decimal, Bare, "a number such as 0.7", |text| text.parse().ok(), between;
    Duration, Quoted, "a duration such as 90s, 10m or 24h", |text| humantime::parse_duration(text).ok(), between;
    ByteSize, Quoted, "a size such as 64KiB", |text| text.parse().ok(), between;
    bool, Bare, "true or false", |text| text.parse().ok();
    String, Quoted, "a text", |text| Some(text.to_owned());
    PathBuf, Quoted, "a path", |text| (!text.is_empty()).then(|| text.into());
    SocketAddr, Quoted, "an address such as 127.0.0.1:8080", socket_address;
    Tz, Quoted, "a time zone such as Asia/Jakarta", |text| text.parse().ok();
    Url, Quoted, "an http:// or https:// address", web_address;
    LevelFilter, Quoted, "one of error, warn, info, debug, trace", level;
    Mode, Quoted, "polling or webhook", mode;
    Language, Quoted, "id or en", language;
}

fn between<T: PartialOrd>(value: &T, low: &T, high: &T) -> bool {
    low <= value && value <= high
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Of a name with several addresses an IPv4 one: `localhost` is then what it is for those who write 127.0.0.1.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let found: Vec<SocketAddr> = text.to_socket_addrs().ok()?.collect();
    found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()
}

/// Silence is no level: the log is where an operator looks first.
fn level(text: &str) -> Option<LevelFilter> {
    text.parse().ok().filter(|level| *level != LevelFilter::Off)
}

fn mode(text: &str) -> Option<Mode> {
    match text {
        "polling" => Some(Mode::Polling),
        "webhook" => Some(Mode::Webhook),
        _ => None,
    }
}

fn language(text: &str) -> Option<Language> {
    [Language::Id, Language::En].into_iter().find(|language| language.code() == text)
}
