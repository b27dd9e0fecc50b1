//! Lays the sources over each other, reads typed values out of them and collects all that is wrong.

use super::key::{Care, Chapter, Clash, Fallback, Key, Section};
use super::problem::{self, Origin, Problems};
use super::setting::Setting;
use super::{Config, Sources};
use std::{collections::BTreeMap, fs, io, sync::LazyLock};

/// Every heading and key there is.
pub static CHAPTERS: LazyLock<Vec<Chapter>> = LazyLock::new(Config::chapters);

/// The sources laid over each other: for each key the text that counts.
pub struct Layers {
    given: BTreeMap<&'static str, Given>,
    problems: Vec<String>,
}

/// What somebody wrote for a key.
pub struct Given {
    pub text: String,
    pub origin: Origin,
}

impl Layers {
    pub fn new(sources: &Sources) -> Self {
        let mut layers = Self { given: BTreeMap::new(), problems: Vec::new() };
        if let Some((name, text)) = &sources.file {
            layers.lay_file(name, text);
        }
        layers.lay_env(&sources.env);
        for (path, text) in &sources.overrides {
            layers.lay(path, text.clone(), Origin::Code);
        }
        layers
    }

    /// What was read, unless there are problems.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Problems> {
        match read {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Problems(self.problems)),
        }
    }

    /// What somebody wrote for a key, if anybody did.
    pub fn given(&self, path: &str) -> Option<&Given> {
        self.given.get(path)
    }

    /// The typed value of a declared key; what is wrong with it becomes a problem.
    pub fn take<T: Setting>(&mut self, path: &str) -> Option<T> {
        let key = key(path)?;
        let text = match (self.given(path), key.fallback) {
            (Some(given), Fallback::Unset) if given.text.is_empty() => return T::unset(),
            (Some(given), _) => given.spelled(),
            (None, Fallback::Value(text)) => text.to_owned(),
            (None, Fallback::Unset) => return T::unset(),
            (None, Fallback::Required) => {
                self.refuse(key, "missing", key.example());
                return None;
            }
        };
        parse(key, &text)
            .map_err(|fault| {
                let shown = match self.given(path) {
                    Some(given) if key.care == Care::Plain => format!("{:?}", given.text),
                    _ => "the value".to_owned(),
                };
                self.refuse(key, &format!("{shown} {fault}"), key.example());
            })
            .ok()
    }

    /// A default gives way where another key leaves it less room; what somebody wrote does not.
    pub fn default_within<T: Ord>(&self, path: &str, value: Option<T>, most: Option<T>) -> Option<T> {
        if self.given(path).is_some() { value } else { value.min(most) }
    }

    /// Adds the demands between keys that were not met.
    pub fn refuse_all(&mut self, clashes: Vec<Clash>) {
        for Clash { path, fault, right } in clashes {
            if let Some(key) = key(path) {
                self.refuse(key, &fault, &right);
            }
        }
    }

    fn refuse(&mut self, key: &Key, fault: &str, right: &str) {
        let origin = self.given(key.path).map(|given| &given.origin);
        let line = problem::line(key, origin, fault, right);
        self.problems.push(line);
    }

    fn lay(&mut self, path: &str, text: String, origin: Origin) {
        match key(path) {
            Some(key) => drop(self.given.insert(key.path, Given { text, origin })),
            None => self.problems.push(problem::unknown(path, Some(&origin), keys().map(|key| key.path))),
        }
    }

    fn lay_file(&mut self, name: &str, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => return self.problems.push(problem::not_toml(name, text, &error)),
        };
        let origin = Origin::File(name.to_owned());
        for (path, text) in leaves("", table) {
            match key(&path) {
                Some(key) if key.care == Care::Secret => {
                    let fault = "a secret comes from the environment only";
                    self.problems.push(problem::line(key, Some(&origin), fault, key.example()));
                }
                _ => self.lay(&path, text, origin.clone()),
            }
        }
    }

    /// A blank variable counts as not set: compose files pass on so what nobody filled in.
    fn lay_env(&mut self, env: &[(String, String)]) {
        let variables: Vec<Variable> = keys().flat_map(Variable::of).collect();
        for Variable { key, name, names_file } in variables.iter().rev() {
            let Some((_, value)) = env.iter().find(|(set, value)| set == name && !value.trim().is_empty())
            else {
                continue;
            };
            let origin = Origin::Env(name.clone());
            match if *names_file { read_trimmed(value) } else { Ok(value.trim().to_owned()) } {
                Ok(text) => drop(self.given.insert(key.path, Given { text, origin })),
                Err(error) => {
                    // Its path stays unsaid: somebody may have put the secret itself there.
                    let fault = format!("the file it names cannot be read: {}", error.kind());
                    self.problems.push(problem::line(key, Some(&origin), &fault, key.example()));
                }
            }
        }
        let ours = || variables.iter().map(|variable| variable.name.as_str());
        for (name, _) in env.iter().filter(|(name, _)| name.starts_with("QUICKCART__")) {
            if !ours().any(|known| known == name) {
                self.problems.push(problem::unknown(name, None, ours()));
            }
        }
    }
}

impl Given {
    /// The text as the key's type reads it.
    fn spelled(&self) -> String {
        let bare = self.text.bytes().all(|b| b.is_ascii_digit());
        match &self.origin {
            Origin::Env(name) if bare && problem::counts_minutes(name) => format!("{}m", self.text),
            _ => self.text.clone(),
        }
    }
}

/// A variable that may set a key.
struct Variable {
    key: &'static Key,
    name: String,
    names_file: bool,
}

impl Variable {
    /// All for one key, the strongest first.
    fn of(key: &'static Key) -> impl Iterator<Item = Self> {
        key.env_names().flat_map(move |name| {
            let file = (key.care != Care::Plain).then(|| Self {
                key,
                name: format!("{name}_FILE"),
                names_file: true,
            });
            std::iter::once(Self { key, name, names_file: false }).chain(file)
        })
    }
}

fn keys() -> impl Iterator<Item = &'static Key> {
    CHAPTERS.iter().flat_map(|chapter| &chapter.keys)
}

fn key(path: &str) -> Option<&'static Key> {
    keys().find(|key| key.path == path)
}

/// The value, or what is wrong with its text.
fn parse<T: Setting>(key: &Key, text: &str) -> Result<T, String> {
    let value = T::parse(text).ok_or_else(|| format!("is not {}", T::KIND))?;
    if let Some((low, high)) = key.range
        && let (Some(least), Some(most)) = (T::parse(low), T::parse(high))
        && !value.within(&least, &most)
    {
        return Err(format!("is not between {low} and {high}"));
    }
    match key.must {
        Some(rule) if !(rule.holds)(text) => Err(rule.says.to_owned()),
        _ => Ok(value),
    }
}

/// The values of a TOML table by their full path, as texts.
fn leaves(prefix: &str, table: toml::Table) -> Vec<(String, String)> {
    let under = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    let leaf = |(name, value): (String, toml::Value)| match value {
        toml::Value::Table(table) if !table.is_empty() => leaves(&under(&name), table),
        toml::Value::Array(items) => {
            vec![(under(&name), items.into_iter().map(text).collect::<Vec<_>>().join(","))]
        }
        value => vec![(under(&name), text(value))],
    };
    table.into_iter().flat_map(leaf).collect()
}

fn text(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn read_trimmed(path: &str) -> io::Result<String> {
    Ok(fs::read_to_string(path.trim())?.trim().to_owned())
}
