//! Where values come from. Only here are the process's environment and the file looked at.

use super::layers::Layers;
use super::problem::{Origin, Problems};
use super::setting::{DatabaseUrl, Setting};
use std::{fs, path::Path};

/// What is laid over the defaults, weakest first. Plain data, so that tests need no environment.
#[derive(Default)]
pub struct Sources {
    /// Name and text of the file.
    pub file: Option<(String, String)>,
    pub env: Vec<(String, String)>,
    /// Keys (`payment.expiry`) and values set by code.
    pub overrides: Vec<(String, String)>,
}

/// What is read when no file is named, if it is there.
const USUAL_FILE: &str = "config.toml";

impl Sources {
    /// Those of this process: the file (`--config`, else `config.toml` here if there is one) and the environment.
    pub fn of_process(file: Option<&Path>) -> Result<Self, Problems> {
        let usual = Path::new(USUAL_FILE);
        let file = match file.or_else(|| usual.exists().then_some(usual)) {
            Some(path) => Some((path.display().to_string(), read(path)?)),
            None => None,
        };
        // What is not UTF-8 cannot be one of our values.
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(Self { file, env: env.collect(), overrides: Vec::new() })
    }

    /// What an operator should know although nothing is wrong, one sentence each: for the log at the start.
    pub fn notes(&self) -> Vec<String> {
        let redis = self.env.iter().any(|(name, value)| name == "REDIS_URL" && !value.trim().is_empty());
        let redis = redis
            .then(|| "REDIS_URL is set but not needed: nothing connects to it, it can be removed".to_owned());
        let layers = Layers::new(self);
        let in_file = |path: &&str| {
            layers.given(path).is_some_and(|given| {
                matches!(given.origin, Origin::File(_))
                    && DatabaseUrl::parse(&given.text).is_some_and(|url| url.has_secret())
            })
        };
        let passwords = ["database.url", "database.audit_url"].into_iter().filter(in_file).map(|path| {
            let variable = if path == "database.url" { "DATABASE_URL" } else { "AUDIT_DATABASE_URL" };
            format!("{path} has a password in a file; {variable} or {variable}_FILE keeps it out of copies")
        });
        redis.into_iter().chain(passwords).collect()
    }
}

fn read(path: &Path) -> Result<String, Problems> {
    fs::read_to_string(path).map_err(|error| {
        Problems(vec![format!(
            "{}: cannot be read: {error}; right: quickcart run --config config.toml",
            path.display()
        )])
    })
}
