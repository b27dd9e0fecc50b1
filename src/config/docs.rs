//! `config.toml` and `docs/CONFIG.md`, printed from the keys.

use super::key::{Care, Fallback, Key};
use super::layers::CHAPTERS;

const HEAD: &str = "\
# QuickCart: every key with its default. Printed by `quickcart config template`; explained in docs/CONFIG.md.
# Durations are written 90s, 10m, 24h; amounts are whole rupiah. After a change: `quickcart config check`.
# The environment wins over this file: payment.expiry is also QUICKCART__PAYMENT__EXPIRY.
# Secrets are refused here: set their variable, or the variable with _FILE to the path of a file that holds them.
# A live shop needs four values: TELEGRAM_BOT_TOKEN, ADMIN_USER_IDS, PAKASIR_PROJECT_SLUG, PAKASIR_API_KEY.
";

const INTRO: &str = "\
# Configuration

Printed by `quickcart config reference`; do not edit by hand. `quickcart config check` shows all problems at once.

A value comes from the last of these that has it:

1. the default;
2. the file: `--config FILE`, else `config.toml` in the folder that the process was started in, else none;
3. the environment: `QUICKCART__` and the key in capitals with `__` for each dot (`payment.expiry` is
   `QUICKCART__PAYMENT__EXPIRY`), or the key's own variable where one is named below; of both, the long name wins.
   A blank variable counts as not set. Lists are separated by commas.

Secrets come from the environment only. They, and database addresses, are also read from a file: put `_FILE` behind
the variable's name and give it the path (`TELEGRAM_BOT_TOKEN_FILE=/run/secrets/telegram_bot_token`).

A live shop needs four values: `TELEGRAM_BOT_TOKEN`, `ADMIN_USER_IDS`, `PAKASIR_PROJECT_SLUG` and `PAKASIR_API_KEY`.
`PAYMENT_EXPIRY_MINUTES` is a bare number of minutes. `REDIS_URL` is accepted and not needed.
";

/// A `config.toml` with every key, its explanation and its default.
pub fn template() -> String {
    let chapters = CHAPTERS.iter().map(|chapter| {
        let keys: String = chapter.keys.iter().map(|key| format!("\n{}", key_in_template(key))).collect();
        format!("\n\n{}[{}]\n{}", comment(chapter.doc), chapter.path, keys.trim_start())
    });
    format!("{HEAD}{}", chapters.collect::<String>())
}

/// The same as a page for people, with bounds and variables.
pub fn reference() -> String {
    let chapters = CHAPTERS.iter().map(|chapter| {
        let keys: String = chapter.keys.iter().map(key_in_reference).collect();
        format!("\n## `[{}]`\n\n{}{keys}", chapter.path, prose(chapter.doc))
    });
    format!("{INTRO}{}", chapters.collect::<String>())
}

fn key_in_template(key: &Key) -> String {
    let setting = match (key.care, key.fallback) {
        (Care::Secret, _) => {
            let name = key.env_names().last().unwrap_or_default();
            format!("# Not in this file: {name}={}\n", key.env(key.example()))
        }
        (_, Fallback::Value(value)) => format!("{} = {}\n", key.name(), key.toml(value)),
        _ => format!("#{} = {}\n", key.name(), key.toml(key.example())),
    };
    format!("{}{setting}", comment(key.doc))
}

fn key_in_reference(key: &Key) -> String {
    let mut facts = vec![match key.fallback {
        Fallback::Required => "Required".to_owned(),
        Fallback::Unset => "No default".to_owned(),
        Fallback::Value(value) => format!("Default `{}`", key.toml(value)),
    }];
    if !key.like.is_empty() && key.care != Care::Secret {
        facts.push(format!("example `{}`", key.toml(key.like)));
    }
    facts.extend(key.range.map(|(low, high)| format!("from `{low}` to `{high}`")));
    facts.extend(key.aliases.iter().map(|alias| format!("also `{alias}`")));
    if key.care == Care::Secret {
        facts.push("a secret: environment only".to_owned());
    }
    format!("\n### `{}`\n\n{}.\n\n{}", key.path, facts.join("; "), prose(key.doc))
}

/// Doc lines begin with the space that follows `///`.
fn comment(doc: &[&str]) -> String {
    doc.iter().map(|line| format!("#{line}\n")).collect()
}

fn prose(doc: &[&str]) -> String {
    doc.iter().map(|line| format!("{}\n", line.trim_start())).collect()
}
