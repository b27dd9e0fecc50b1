//! What a record looks like as a line.

use crate::clock::Clock;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use log::Record;
use log::kv::{self, Key, Value, VisitSource};
use log4rs::encode::{Encode, Write};
use serde::Serialize;
use serde_json::Map;

/// Makes lines: `[timestamp] [level] message key=value`, or JSON.
#[derive(Debug, Clone)]
pub struct Line {
    pub json: bool,
    pub zone: Tz,
    pub clock: Clock,
}

impl Line {
    pub fn now(&self) -> DateTime<Tz> {
        self.clock.now().with_timezone(&self.zone)
    }

    /// The line with its end. Line breaks inside are escaped, so that nobody's text can pass for a line of ours.
    pub fn render(&self, at: DateTime<Tz>, record: &Record) -> String {
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, false);
        let mut fields = Fields::default();
        // Collecting fields cannot fail; a field that does not show itself is left out.
        let _ = record.key_values().visit(&mut fields);
        if self.json {
            return self.as_json(at, record, fields);
        }
        let mut line = format!("[{at}] [{}] {}", record.level(), escaped(&record.args().to_string()));
        for (key, value) in &fields.0 {
            line.push_str(&format!(" {key}={value}"));
        }
        line.push('\n');
        line
    }

    fn as_json(&self, timestamp: String, record: &Record, fields: Fields) -> String {
        let line = JsonLine {
            timestamp,
            level: record.level().as_str(),
            message: record.args().to_string(),
            target: record.target(),
            fields: fields.0.into_iter().collect(),
        };
        // Texts, numbers and truth values always have a JSON form.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }
}

#[derive(Serialize)]
struct JsonLine<'a> {
    timestamp: String,
    level: &'a str,
    message: String,
    target: &'a str,
    fields: Map<String, serde_json::Value>,
}

impl Encode for Line {
    fn encode(&self, writer: &mut dyn Write, record: &Record) -> anyhow::Result<()> {
        Ok(writer.write_all(self.render(self.now(), record).as_bytes())?)
    }
}

/// The key-values of a record, in its order. Numbers and truth values keep their type.
#[derive(Default)]
struct Fields(Vec<(String, serde_json::Value)>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let typed = match (value.to_bool(), value.to_i64(), value.to_f64()) {
            (Some(value), _, _) => value.into(),
            (_, Some(value), _) => value.into(),
            (_, _, Some(value)) => value.into(),
            _ => value.to_string().into(),
        };
        self.0.push((key.to_string(), typed));
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}
