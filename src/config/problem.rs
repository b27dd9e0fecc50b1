//! How a problem is worded: the key, where the value was written, what is wrong, and a right example.

use super::key::{Care, Key};
use crate::fault::{Code, Fault};
use std::fmt;

/// All that is wrong with a configuration, one line each. No line shows a secret.
#[derive(Debug)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl From<Problems> for Fault {
    fn from(problems: Problems) -> Self {
        Self::new(Code::ConfigInvalid, problems.to_string())
    }
}

/// Where a value was written.
#[derive(Debug, Clone)]
pub enum Origin {
    File(String),
    /// The variable that holds it, or that names the file which does.
    Env(String),
    Code,
}

/// One line about a value, or about its absence.
pub fn line(key: &Key, origin: Option<&Origin>, fault: &str, right: &str) -> String {
    let right = match (origin, key.aliases.first()) {
        (Some(Origin::Env(name)), _) if key.care == Care::Plain => in_env(key, name, right),
        (Some(Origin::File(_)), _) if key.care != Care::Secret => in_file(key, right),
        (_, Some(alias)) => in_env(key, alias, right),
        _ if key.care == Care::Secret => in_env(key, &key.env_name(), right),
        _ => in_file(key, right),
    };
    format!("{}{}: {fault}; right: {right}", key.path, place(origin))
}

/// One line about a name that is no key.
pub fn unknown<'a>(name: &str, origin: Option<&Origin>, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known.map(|known| (strsim::jaro_winkler(name, known), known));
    let nearest = nearest.max_by(|(a, _), (b, _)| a.total_cmp(b)).map_or("none", |(_, known)| known);
    format!("{name}{}: no such key; nearest: {nearest}", place(origin))
}

/// One line about a file that is no TOML. The line of the file is named, not shown: it may hold a secret.
pub fn not_toml(name: &str, text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let row = before.matches('\n').count() + 1;
    let message = error.message().replace('\n', ", ");
    format!("{name} line {row}: {message}; right: expiry = \"10m\" under [payment]")
}

fn in_env(key: &Key, name: &str, right: &str) -> String {
    let right = if counts_minutes(name) { right.trim_end_matches('m') } else { right };
    format!("{name}={}", key.env(right))
}

fn in_file(key: &Key, right: &str) -> String {
    format!("{} = {} under [{}]", key.name(), key.toml(right), key.section())
}

/// Whether a variable holds bare minutes, as older systems wrote them, where the key holds a duration.
pub fn counts_minutes(name: &str) -> bool {
    name.ends_with("_MINUTES")
}

fn place(origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin::File(name) | Origin::Env(name)) => format!(" ({name})"),
        Some(Origin::Code) | None => String::new(),
    }
}
