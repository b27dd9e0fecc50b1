mod leeway;
mod refusals;

use super::key::{Care, Fallback};
use super::layers::{CHAPTERS, Layers};
use super::{Config, ExposeSecret, Mode, Offline, Sources, load, reference, template};
use crate::fault::{Code, Fault};
use crate::rules::{money::Rupiah, people::Language};
use std::{fs, time::Duration};

const LIVE: [(&str, &str); 4] = [
    ("TELEGRAM_BOT_TOKEN", "123456:ABC-token"),
    ("ADMIN_USER_IDS", "11,22"),
    ("PAKASIR_PROJECT_SLUG", "my-shop"),
    ("PAKASIR_API_KEY", "the-api-key"),
];

fn sources(file: &str, env: &[(&str, &str)]) -> Sources {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sources { file: Some(("shop.toml".into(), file.into())), env: env.collect(), overrides: Vec::new() }
}

/// A live shop with these values besides the four required ones; blank ones take a required one away.
fn live(file: &str, env: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let needed = LIVE.iter().filter(|(name, _)| env.iter().all(|(given, _)| given != name));
    let env: Vec<_> = needed.chain(env).copied().collect();
    load(&sources(file, &env)).map_err(|problems| problems.0)
}

fn lines(file: &str, env: &[(&str, &str)]) -> Vec<String> {
    live(file, env).expect_err("something wrong")
}

#[test]
fn a_live_shop_needs_four_values_and_no_more() {
    let config = live("", &[]).unwrap();
    assert_eq!(config.telegram.token.expose_secret(), "123456:ABC-token");
    assert_eq!(config.telegram.admin_ids, [11, 22]);
    assert_eq!(config.pakasir.project, "my-shop");
    assert_eq!(config.payment.expiry, Duration::from_secs(600));
    assert_eq!(config.database.url.to_string(), "sqlite://data/quickcart.db");
    assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");

    let nothing = load::<Config>(&Sources::default()).unwrap_err().0;
    assert_eq!(
        nothing,
        [
            "telegram.token: missing; right: TELEGRAM_BOT_TOKEN=123456789:ABCdefGHIjklMNOpqrSTUvwxYZ",
            "telegram.admin_ids: missing; right: ADMIN_USER_IDS=123456789,987654321",
            "pakasir.project: missing; right: PAKASIR_PROJECT_SLUG=my-shop",
            "pakasir.api_key: missing; right: PAKASIR_API_KEY=xxxxxxxxxxxxxxxx",
        ]
    );
}

#[test]
fn commands_beside_the_shop_need_none_of_the_four() {
    let offline: Offline = load(&sources("[shop]\nid = 'second'", &[])).unwrap();
    assert_eq!(offline.shop.id, "second");
    let unknown = load::<Offline>(&sources("[telegram]\ntokn = 'x'", &[])).unwrap_err().0;
    assert_eq!(unknown, ["telegram.tokn (shop.toml): no such key; nearest: telegram.token"]);
}

#[test]
fn later_sources_win() {
    let file =
        "[payment]\nexpiry = '20m'\n[shop]\nname = 'From the file'\n[actors.stock]\nbatch = 8\nmailbox = 9";
    let expiry = |env: &[(&str, &str)]| live(file, env).unwrap().payment.expiry.as_secs() / 60;
    assert_eq!(expiry(&[]), 20);
    assert_eq!(expiry(&[("PAYMENT_EXPIRY_MINUTES", "30")]), 30);
    assert_eq!(expiry(&[("PAYMENT_EXPIRY_MINUTES", "45m")]), 45);
    assert_eq!(expiry(&[("PAYMENT_EXPIRY_MINUTES", "30"), ("QUICKCART__PAYMENT__EXPIRY", "40m")]), 40);
    assert_eq!(expiry(&[("PAYMENT_EXPIRY_MINUTES", " ")]), 20);

    let mut over = sources(file, &[("STORE_NAME", "From the environment")]);
    over.env.extend(LIVE.map(|(name, value)| (name.into(), value.into())));
    assert_eq!(load::<Config>(&over).unwrap().shop.name, "From the environment");
    over.overrides.push(("shop.name".into(), "From code".into()));
    let config = load::<Config>(&over).unwrap();
    assert_eq!((config.shop.name.as_str(), config.actors.stock.mailbox), ("From code", 9));
}

#[test]
fn every_key_can_be_set_by_its_own_variable_and_by_its_other_names() {
    let mut other_names: Vec<&str> = Vec::new();
    for key in CHAPTERS.iter().flat_map(|chapter| &chapter.keys) {
        for name in key.env_names() {
            let example = key.env(key.example());
            let value = if name.ends_with("_MINUTES") { example.trim_end_matches('m') } else { &example };
            let alone = sources("", &[(&name, value)]);
            let given = Layers::new(&alone).given(key.path).map(|given| given.text.clone());
            assert_eq!(given.as_deref(), Some(value), "{name}");
            assert!(live("", &[(&name, value)]).is_ok(), "{name}={value}");
        }
        other_names.extend(key.aliases);
    }
    other_names.sort();
    assert_eq!(
        other_names,
        [
            "ADMIN_USER_IDS",
            "AUDIT_DATABASE_URL",
            "DATABASE_URL",
            "ENCRYPTION_KEY",
            "HTTP_BIND",
            "LOG_LEVEL",
            "OWNER_USER_IDS",
            "PAKASIR_API_KEY",
            "PAKASIR_BASE_URL",
            "PAKASIR_PROJECT_SLUG",
            "PAYMENT_EXPIRY_MINUTES",
            "STORE_NAME",
            "TELEGRAM_API_URL",
            "TELEGRAM_BOT_TOKEN",
        ]
    );
}

#[test]
fn secrets_and_database_addresses_can_be_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (token, url) = (path("token", "777:from-a-file\n"), path("url", "postgres://u:p@h/db\r\n"));
    let files = [
        ("TELEGRAM_BOT_TOKEN_FILE", token.as_str()),
        ("TELEGRAM_BOT_TOKEN", ""),
        ("DATABASE_URL_FILE", &url),
    ];
    let config = live("", &files).unwrap();
    assert_eq!(config.telegram.token.expose_secret(), "777:from-a-file");
    assert_eq!(config.database.url.expose(), "postgres://u:p@h/db");

    let own_name = [("QUICKCART__TELEGRAM__TOKEN_FILE", token.as_str())];
    assert_eq!(live("", &own_name).unwrap().telegram.token.expose_secret(), "777:from-a-file");
    let direct = [("TELEGRAM_BOT_TOKEN_FILE", token.as_str()), ("TELEGRAM_BOT_TOKEN", "1:direct")];
    assert_eq!(live("", &direct).unwrap().telegram.token.expose_secret(), "1:direct");

    let mistaken = [("PAKASIR_API_KEY_FILE", "the-api-key-itself"), ("PAKASIR_API_KEY", "")];
    assert_eq!(
        lines("", &mistaken)[0],
        "pakasir.api_key (PAKASIR_API_KEY_FILE): the file it names cannot be read: entity not found; \
         right: PAKASIR_API_KEY=xxxxxxxxxxxxxxxx"
    );
}

#[test]
fn a_secret_is_never_printed() {
    let secrets = [
        ("TELEGRAM_BOT_TOKEN", "123:tell-nobody"),
        ("PAKASIR_API_KEY", "tell-nobody"),
        ("ENCRYPTION_KEY", "dGVsbC1ub2JvZHktdGVsbC1ub2JvZHktdGVsbC1ub2I="),
        ("QUICKCART__TELEGRAM__WEBHOOK_SECRET", "tell-nobody"),
        ("QUICKCART__PAKASIR__WEBHOOK_PATH_SECRET", "tell-nobody"),
        ("DATABASE_URL", "postgres://shop:tell-nobody@db/shop?sslpassword=tell-nobody"),
        ("AUDIT_DATABASE_URL", "postgresql://shop:tell-nobody@db/audit"),
    ];
    let config = live("", &secrets).unwrap();
    let printed = format!("{config:?}{config:#?}");
    assert!(!printed.contains("tell-nobody") && !printed.contains("dGVsbC1u"));
    assert_eq!(config.database.url.to_string(), "postgres://shop@db/shop");
    assert_eq!(config.database.audit_url.expose(), "postgres://shop:tell-nobody@db/audit");

    let wrong = secrets.map(|(name, _)| (name, "tell nobody"));
    let in_file =
        "telegram.token = 'tell nobody'\npakasir.api_key = 'tell nobody'\ndatabase.url = 'tell nobody'";
    let said =
        [lines("", &wrong), lines(in_file, &[]), lines("pakasir.api_key = 'tell nobody", &[])].concat();
    assert!(said.len() >= 10 && said.iter().all(|line| !line.contains("tell nobody")), "{said:#?}");
}

#[test]
fn an_operator_is_told_what_is_odd_without_being_stopped() {
    assert!(sources("", &LIVE).notes().is_empty());
    let odd = sources("database.url = 'postgres://u:p@h/db'", &[("REDIS_URL", "redis://:pw@cache")]);
    assert_eq!(
        odd.notes(),
        [
            "REDIS_URL is set but not needed: nothing connects to it, it can be removed",
            "database.url has a password in a file; DATABASE_URL or DATABASE_URL_FILE keeps it out of copies",
        ]
    );
    for (url, notes) in [
        ("postgres://u@h/db?connect_timeout=5", 0),
        ("postgresql://u@h/db", 0),
        ("postgres://u@h/db?password=p", 1),
        ("sqlite://data/a.db?mode=rwc", 0),
    ] {
        assert_eq!(sources(&format!("database.url = '{url}'"), &LIVE).notes().len(), notes, "{url}");
    }
}

#[test]
fn a_sandbox_needs_nothing_and_takes_what_code_gives() {
    let config =
        Config::for_sandbox(&[("payment.expiry", "60s".into()), ("telegram.mode", "polling".into())])
            .unwrap();
    assert_eq!((config.payment.expiry, config.telegram.mode), (Duration::from_secs(60), Mode::Polling));
    let wrong =
        Config::for_sandbox(&[("payment.expiry", "soon".into()), ("shop.colour", "red".into())]).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "shop.colour: no such key; nearest: shop.language\n\
         payment.expiry: \"soon\" is not a duration such as 90s, 10m or 24h; right: PAYMENT_EXPIRY_MINUTES=10"
    );
}

#[test]
fn problems_become_one_fault() {
    let fault = Fault::from(load::<Config>(&sources("a.b = 1", &LIVE)).unwrap_err());
    assert_eq!(fault.code, Code::ConfigInvalid);
    assert!(fault.detail.contains("a.b (shop.toml): no such key"), "{fault}");
}

#[test]
fn the_file_is_fresh_and_right() {
    let stale = "config.toml is stale, run: cargo run -- config template > config.toml";
    assert!(include_str!("../../config.toml") == template(), "{stale}");
    let config = live(&template(), &[]).unwrap();
    assert_eq!(format!("{config:?}"), format!("{:?}", live("", &[]).unwrap()), "a default is written wrong");
    assert_eq!(config.deposit.presets[5], Rupiah(500_000));
    assert_eq!(config.shop.language, Language::Id);

    // The examples of keys without a default are right too.
    let filled: String = template().lines().map(|line| format!("{}\n", uncommented(line))).collect();
    let config = live(&filled, &[("ADMIN_USER_IDS", "")]).unwrap();
    assert_eq!(config.telegram.admin_ids, [123_456_789, 987_654_321]);
    assert!(config.shop.documentation_url.is_some());
}

/// A line such as `#admin_ids = [1]` without its mark; prose has a space there.
fn uncommented(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line)
}

#[test]
fn the_reference_is_fresh_and_names_every_key() {
    let stale = "docs/CONFIG.md is stale, run: cargo run -- config reference > docs/CONFIG.md";
    assert!(include_str!("../../docs/CONFIG.md") == reference(), "{stale}");
    for key in CHAPTERS.iter().flat_map(|chapter| &chapter.keys) {
        assert!(reference().contains(&format!("### `{}`", key.path)), "{}", key.path);
        let set_in_file = key.care != Care::Secret && key.fallback != Fallback::Required;
        assert!(!set_in_file || template().contains(&format!("{} = ", key.name())), "{}", key.path);
    }
    for chapter in CHAPTERS.iter().filter(|chapter| chapter.path.starts_with("actors.")) {
        for key in &chapter.keys {
            let doc = key.doc.concat();
            assert!(doc.contains(" Metric: quickcart_"), "{}", key.path);
            assert!(doc.contains("Raise it when") || doc.contains("Lower it when"), "{}", key.path);
        }
    }
}
