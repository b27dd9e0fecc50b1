//! Telegram's HTML, read as strictly as the Bot API reads it.

use serde_json::{Value, json};

/// Words as a person reads them, and their formatting in UTF-16 offsets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sandbox) struct Formatted {
    pub text: String,
    pub entities: Vec<Value>,
}

struct Open {
    tag: String,
    kind: Value,
    from_utf16: usize,
}

/// Reads HTML; the error is what follows "can't parse entities: ".
pub(in crate::sandbox) fn parse(html: &str) -> Result<Formatted, String> {
    let mut out = Formatted::default();
    let mut open: Vec<Open> = Vec::new();
    let mut utf16 = 0;
    let mut at = 0;
    while let Some(symbol) = html[at..].chars().next() {
        let rest = &html[at..];
        if symbol == '<' {
            let end = rest.find('>').ok_or(format!("Unclosed start tag at byte offset {at}"))?;
            let inside = &rest[1..end];
            match inside.strip_prefix('/') {
                Some(name) => {
                    let entity = close(name, at, utf16, &mut open)?;
                    out.entities.extend(entity);
                }
                None => open.push(Open { from_utf16: utf16, ..start(inside, at)? }),
            }
            at += end + 1;
            continue;
        }
        let (symbol, length) = if symbol == '&' { entity(rest) } else { (symbol, symbol.len_utf8()) };
        out.text.push(symbol);
        utf16 += symbol.len_utf16();
        at += length;
    }
    match open.pop() {
        Some(left) => Err(format!("Can't find end tag corresponding to start tag \"{}\"", left.tag)),
        None => Ok(trimmed(out)),
    }
}

/// Escapes what a person wrote, so that it can stand in HTML.
pub(in crate::sandbox) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The length that Telegram counts: characters.
pub(in crate::sandbox) fn length(text: &str) -> usize {
    text.chars().count()
}

fn start(inside: &str, at: usize) -> Result<Open, String> {
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let tag = name.to_ascii_lowercase();
    let kind = match tag.as_str() {
        "b" | "strong" => json!({"type": "bold"}),
        "i" | "em" => json!({"type": "italic"}),
        "u" | "ins" => json!({"type": "underline"}),
        "s" | "strike" | "del" => json!({"type": "strikethrough"}),
        "tg-spoiler" => json!({"type": "spoiler"}),
        "span" if attribute(attributes, "class").as_deref() == Some("tg-spoiler") => {
            json!({"type": "spoiler"})
        }
        "span" => return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}")),
        "a" => json!({"type": "text_link", "url": attribute(attributes, "href").unwrap_or_default()}),
        "code" => json!({"type": "code"}),
        "pre" => json!({"type": "pre"}),
        "blockquote" if attributes.contains("expandable") => json!({"type": "expandable_blockquote"}),
        "blockquote" => json!({"type": "blockquote"}),
        "tg-emoji" => json!({"type": "custom_emoji", "custom_emoji_id": attribute(attributes, "emoji-id")}),
        _ => return Err(format!("Unsupported start tag \"{tag}\" at byte offset {at}")),
    };
    Ok(Open { tag, kind, from_utf16: 0 })
}

fn close(name: &str, at: usize, utf16: usize, open: &mut Vec<Open>) -> Result<Option<Value>, String> {
    let name = name.trim().to_ascii_lowercase();
    let Some(last) = open.pop() else {
        return Err(format!("Unexpected end tag at byte offset {at}"));
    };
    if !name.is_empty() && name != last.tag {
        return Err(format!(
            "Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"",
            last.tag
        ));
    }
    let mut entity = last.kind;
    entity["offset"] = json!(last.from_utf16);
    entity["length"] = json!(utf16 - last.from_utf16);
    let link_to_nowhere = entity["url"] == json!("");
    Ok((utf16 > last.from_utf16 && !link_to_nowhere).then_some(entity))
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let (_, value) = attributes.split_once(&format!("{name}="))?;
    let quote = value.chars().next().filter(|symbol| matches!(symbol, '"' | '\''));
    let value = match quote {
        Some(quote) => value[1..].split(quote).next()?,
        None => value.split_whitespace().next()?,
    };
    Some(decode(value))
}

fn decode(text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(symbol) = text[at..].chars().next() {
        let (symbol, length) = if symbol == '&' { entity(&text[at..]) } else { (symbol, symbol.len_utf8()) };
        out.push(symbol);
        at += length;
    }
    out
}

/// The symbol an entity at the start of `rest` stands for, and its length; a lone `&` stands for itself.
fn entity(rest: &str) -> (char, usize) {
    let named = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')];
    if let Some((name, symbol)) = named.into_iter().find(|(name, _)| rest.starts_with(name)) {
        return (symbol, name.len());
    }
    let numeric = || {
        let body = rest.strip_prefix("&#")?;
        let end = body.find(';')?;
        let code = match body[..end].strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => body[..end].parse().ok()?,
        };
        Some((char::from_u32(code)?, end + 3))
    };
    numeric().unwrap_or(('&', 1))
}

/// Telegram cuts white space off both ends and moves the formatting along.
fn trimmed(parsed: Formatted) -> Formatted {
    let units = |text: &str| text.encode_utf16().count();
    let cut = units(&parsed.text) - units(parsed.text.trim_start());
    let text = parsed.text.trim().to_owned();
    let end = units(&text);
    let moved = parsed.entities.into_iter().filter_map(|mut entity| {
        let (offset, length) = (entity["offset"].as_u64()? as usize, entity["length"].as_u64()? as usize);
        let from = offset.saturating_sub(cut);
        let to = (offset + length).saturating_sub(cut).min(end);
        entity["offset"] = json!(from);
        entity["length"] = json!(to.checked_sub(from).filter(|length| *length > 0)?);
        Some(entity)
    });
    let mut entities: Vec<Value> = moved.collect();
    entities.sort_by_key(|entity| entity["offset"].as_u64());
    Formatted { text, entities }
}
