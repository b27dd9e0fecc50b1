//! Reply markup: what the bot hangs below a message, checked as Telegram checks it.

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;
use crate::sandbox::Button;

/// Telegram's own bound on one inline keyboard.
const MAX_BUTTONS: usize = 100;
const MAX_CALLBACK_BYTES: usize = 64;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Markup {
    #[default]
    None,
    Inline(Vec<Vec<Button>>),
    /// No rows: the keyboard is taken away.
    Reply(Vec<Vec<String>>),
    ForceReply,
}

impl Markup {
    pub fn read(params: &Params) -> Result<Markup, Refusal> {
        let Some(markup) = params.json("reply_markup", "reply keyboard markup")? else {
            return Ok(Markup::None);
        };
        if let Some(rows) = markup.get("inline_keyboard") {
            return inline(rows).map(Markup::Inline);
        }
        if let Some(rows) = markup.get("keyboard") {
            return reply(rows).map(Markup::Reply);
        }
        match &markup {
            Value::Object(fields) if fields.is_empty() => Ok(Markup::None),
            _ if markup["remove_keyboard"] == json!(true) => Ok(Markup::Reply(Vec::new())),
            _ if markup["force_reply"] == json!(true) => Ok(Markup::ForceReply),
            _ => Err(Refusal::bug("object expected as reply markup")),
        }
    }

    /// The inline rows an edit brings; any other markup is refused.
    pub fn inline_only(params: &Params) -> Result<Vec<Vec<Button>>, Refusal> {
        match Markup::read(params)? {
            Markup::None => Ok(Vec::new()),
            Markup::Inline(rows) => Ok(rows),
            Markup::Reply(_) | Markup::ForceReply => Err(Refusal::bug("inline keyboard expected")),
        }
    }
}

fn rows_of(rows: &Value) -> Result<Vec<&Vec<Value>>, Refusal> {
    let rows =
        rows.as_array().ok_or_else(|| Refusal::bug("field \"keyboard\" must be an Array of Arrays"))?;
    let arrays = rows.iter().map(|row| row.as_array());
    arrays.collect::<Option<_>>().ok_or_else(|| Refusal::bug("field \"keyboard\" must be an Array of Arrays"))
}

fn inline(rows: &Value) -> Result<Vec<Vec<Button>>, Refusal> {
    let rows = rows_of(rows)?;
    if rows.iter().map(|row| row.len()).sum::<usize>() > MAX_BUTTONS {
        return Err(Refusal::bug("REPLY_MARKUP_TOO_LONG"));
    }
    // Telegram drops empty rows without a word.
    let rows = rows.into_iter().filter(|row| !row.is_empty());
    rows.map(|row| row.iter().map(inline_button).collect()).collect()
}

fn inline_button(button: &Value) -> Result<Button, Refusal> {
    let text = |name: &str| button.get(name).and_then(Value::as_str).map(str::to_owned);
    let words = text("text").filter(|words| !words.trim().is_empty());
    let words = words.ok_or_else(|| {
        Refusal::bug("can't parse inline keyboard button: Field \"text\" must be a non-empty String")
    })?;
    let (callback_data, url) = (text("callback_data"), text("url"));
    match (&callback_data, &url) {
        (Some(data), None) if data.is_empty() || data.len() > MAX_CALLBACK_BYTES => {
            Err(Refusal::bug("BUTTON_DATA_INVALID"))
        }
        (None, Some(url)) if url.is_empty() => Err(Refusal::bug("BUTTON_URL_INVALID")),
        (None, Some(url)) if !good_url(url) => {
            Err(Refusal::bug(format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")))
        }
        (Some(_), None) | (None, Some(_)) => Ok(Button { text: words, callback_data, url }),
        (Some(_), Some(_)) => {
            Err(Refusal::bug("can't parse inline keyboard button: exactly one action must be specified"))
        }
        (None, None) => Err(Refusal::bug(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        )),
    }
}

/// Telegram takes tg: links and HTTP addresses whose host is an address or has a dot.
fn good_url(url: &str) -> bool {
    if url.starts_with("tg://") {
        return true;
    }
    let Ok(parsed) = reqwest::Url::parse(url) else { return false };
    matches!(parsed.scheme(), "http" | "https")
        && parsed.host_str().is_some_and(|host| host.contains(['.', ':']))
}

fn reply(rows: &Value) -> Result<Vec<Vec<String>>, Refusal> {
    let label = |button: &Value| {
        let words = button.as_str().or_else(|| button.get("text").and_then(Value::as_str));
        words.filter(|words| !words.trim().is_empty()).map(str::to_owned).ok_or_else(|| {
            Refusal::bug("can't parse keyboard button: Field \"text\" must be a non-empty String")
        })
    };
    let rows = rows_of(rows)?;
    if rows.iter().all(|row| row.is_empty()) {
        return Err(Refusal::bug("reply keyboard must be non-empty"));
    }
    rows.into_iter().map(|row| row.iter().map(label).collect()).collect()
}
