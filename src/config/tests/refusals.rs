//! Every way to get a key wrong, with the line that the operator reads.

use crate::config::{Config, Sources, load};

const LIVE: &str = "pakasir.project = 'p'\ntelegram.admin_ids = [1]\n";
const SECRETS: [(&str, &str); 2] = [("TELEGRAM_BOT_TOKEN", "1:abc"), ("PAKASIR_API_KEY", "k")];

fn lines(file: &str, env: &[(&str, &str)]) -> Vec<String> {
    let env = SECRETS.iter().filter(|(name, _)| env.iter().all(|(given, _)| given != name)).chain(env);
    let env = env.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sources = Sources { file: Some(("c.toml".into(), file.into())), env, overrides: Vec::new() };
    load::<Config>(&sources).map_or_else(|problems| problems.0, |_| Vec::new())
}

#[test]
fn a_wrong_value_in_the_file_is_named_with_a_right_one() {
    #[rustfmt::skip]
    let table = [
        // in the file                           the line
        ("shop.id = 'My Shop'", r#"shop.id (c.toml): "My Shop" is not 1 to 32 characters of a-z, 0-9 and -, beginning with a letter or digit; right: id = "main" under [shop]"#),
        ("shop.id = '-a'", r#"shop.id (c.toml): "-a" is not 1 to 32 characters of a-z, 0-9 and -, beginning with a letter or digit; right: id = "main" under [shop]"#),
        ("shop.name = ' '", r#"shop.name (c.toml): " " is blank; right: name = "QuickCart" under [shop]"#),
        ("shop.timezone = 'Jakarta'", r#"shop.timezone (c.toml): "Jakarta" is not a time zone such as Asia/Jakarta; right: timezone = "Asia/Jakarta" under [shop]"#),
        ("shop.language = 'de'", r#"shop.language (c.toml): "de" is not id or en; right: language = "id" under [shop]"#),
        ("shop.documentation_url = 'ftp://a'", r#"shop.documentation_url (c.toml): "ftp://a" is not an http:// or https:// address; right: documentation_url = "https://shop.example/how-to-buy" under [shop]"#),
        ("telegram.mode = 'push'", r#"telegram.mode (c.toml): "push" is not polling or webhook; right: mode = "polling" under [telegram]"#),
        ("telegram.api_url = 'api.telegram.org'", r#"telegram.api_url (c.toml): "api.telegram.org" is not an http:// or https:// address; right: api_url = "https://api.telegram.org" under [telegram]"#),
        ("telegram.webhook_url = 'http://a.b'", r#"telegram.webhook_url (c.toml): does not begin with https://, which Telegram's own server asks for; right: webhook_url = "https://shop.example" under [telegram]"#),
        ("telegram.owner_ids = [0]", r#"telegram.owner_ids (c.toml): "0" is not between 1 and 4503599627370495; right: owner_ids = [123456789] under [telegram]"#),
        ("telegram.owner_ids = ['@me']", r#"telegram.owner_ids (c.toml): "@me" is not a list of whole numbers, separated by commas; right: owner_ids = [123456789] under [telegram]"#),
        ("pakasir.timeout = '0s'", r#"pakasir.timeout (c.toml): "0s" is not between 1s and 60s; right: timeout = "10s" under [pakasir]"#),
        ("payment.expiry = '999ms'", r#"payment.expiry (c.toml): "999ms" is not between 1s and 24h; right: expiry = "10m" under [payment]"#),
        ("payment.expiry = '25h'", r#"payment.expiry (c.toml): "25h" is not between 1s and 24h; right: expiry = "10m" under [payment]"#),
        ("payment.expiry = 10", r#"payment.expiry (c.toml): "10" is not a duration such as 90s, 10m or 24h; right: expiry = "10m" under [payment]"#),
        ("payment.late_credit_keeps_fee = 'yes'", r#"payment.late_credit_keeps_fee (c.toml): "yes" is not true or false; right: late_credit_keeps_fee = true under [payment]"#),
        ("payment.fee_percent = 100.1", r#"payment.fee_percent (c.toml): "100.1" is not between 0 and 100; right: fee_percent = 0.7 under [payment]"#),
        ("payment.fee_percent = '0,7'", r#"payment.fee_percent (c.toml): "0,7" is not a number such as 0.7; right: fee_percent = 0.7 under [payment]"#),
        ("payment.fee_flat = -1", r#"payment.fee_flat (c.toml): "-1" is not between 0 and 100000; right: fee_flat = 310 under [payment]"#),
        ("payment.min_total = 1.5", r#"payment.min_total (c.toml): "1.5" is not a whole number of rupiah; right: min_total = 500 under [payment]"#),
        ("payment.poll_interval = '99ms'", r#"payment.poll_interval (c.toml): "99ms" is not between 100ms and 10m; right: poll_interval = "20s" under [payment]"#),
        ("payment.poll_interval = '2m'\npayment.expiry = '1m'", r#"payment.poll_interval (c.toml): is longer than payment.expiry, so nothing would be asked in time; right: poll_interval = "20s" under [payment]"#),
        ("deposit.min = 20000\ndeposit.max = 10000", "deposit.min (c.toml): is 20000, more than deposit.max of 10000; right: min = 10000 under [deposit]"),
        ("deposit.min = 20000", "deposit.presets: has 10000, outside deposit.min and deposit.max; right: presets = [20000, 10000000] under [deposit]"),
        ("catalogue.page_size = 0", r#"catalogue.page_size (c.toml): "0" is not between 1 and 50; right: page_size = 10 under [catalogue]"#),
        ("catalogue.page_size = [1, 2]", r#"catalogue.page_size (c.toml): "1,2" is not a whole number; right: page_size = 10 under [catalogue]"#),
        ("database.url = 'mysql://h/db'", "database.url (c.toml): the value is not a sqlite:// or postgres:// address; right: url = \"postgres://quickcart:password@localhost/quickcart\" under [database]"),
        ("database.url = 'sqlite://a.db?mode=ro'", "database.url (c.toml): has a ? in it, but a SQLite file is named without options; right: url = \"sqlite://data/quickcart.db\" under [database]"),
        ("database.audit_url = 'sqlite://a.db?cache=shared&mode=rwc'", "database.audit_url (c.toml): has a ? in it, but a SQLite file is named without options; right: audit_url = \"sqlite://data/audit.db\" under [database]"),
        ("database.audit_url = 'sqlite://data/quickcart.db?mode=rwc'", "database.audit_url (c.toml): is the same as database.url, but the audit log needs a database of its own; right: audit_url = \"sqlite://data/audit.db\" under [database]"),
        ("database.audit_url = 'sqlite://data/quickcart.db'", "database.audit_url (c.toml): is the same as database.url, but the audit log needs a database of its own; right: audit_url = \"sqlite://data/audit.db\" under [database]"),
        ("http.bind = '8080'", r#"http.bind (c.toml): "8080" is not an address such as 127.0.0.1:8080; right: bind = "127.0.0.1:8080" under [http]"#),
        ("http.bind = 'localhost'", r#"http.bind (c.toml): "localhost" is not an address such as 127.0.0.1:8080; right: bind = "127.0.0.1:8080" under [http]"#),
        ("http.bind = ':8080'", r#"http.bind (c.toml): ":8080" is not an address such as 127.0.0.1:8080; right: bind = "127.0.0.1:8080" under [http]"#),
        ("http.base_path = 'shop/'", r#"http.base_path (c.toml): "shop/" is neither empty nor a path like /shop; right: base_path = "/shop" under [http]"#),
        ("http.body_limit = '1TiB'", r#"http.body_limit (c.toml): "1TiB" is not between 1KiB and 16MiB; right: body_limit = "64KiB" under [http]"#),
        ("log.level = 'off'", r#"log.level (c.toml): "off" is not one of error, warn, info, debug, trace; right: level = "info" under [log]"#),
        ("actors.session.idle = '900ms'", r#"actors.session.idle (c.toml): "900ms" is not between 1s and 24h; right: idle = "15m" under [actors.session]"#),
        ("actors.messenger.rate = 10001", r#"actors.messenger.rate (c.toml): "10001" is not between 1 and 10000; right: rate = 28 under [actors.messenger]"#),
        ("actors.stock.batch = 17\nactors.stock.mailbox = 16", "actors.stock.batch (c.toml): is 17, more than the mailbox of 16 can hold; right: batch = 16 under [actors.stock]"),
        ("actors.payment.batch = 1000\nactors.payment.mailbox = 10", "actors.payment.batch (c.toml): is 1000, more than the mailbox of 10 can hold; right: batch = 10 under [actors.payment]"),
        ("actors.audit.batch = 256\nactors.audit.mailbox = 100", "actors.audit.batch (c.toml): is 256, more than the mailbox of 100 can hold; right: batch = 100 under [actors.audit]"),
        ("actors.supervision.backoff_first = '11ms'\nactors.supervision.backoff_max = '10ms'", "actors.supervision.backoff_first (c.toml): is longer than actors.supervision.backoff_max; right: backoff_first = \"10ms\" under [actors.supervision]"),
    ];
    for (file, line) in table {
        assert_eq!(lines(&format!("{LIVE}{file}"), &[]), [line], "{file}");
    }
}

#[test]
fn a_wrong_value_in_the_environment_is_named_by_its_variable() {
    #[rustfmt::skip]
    let table: [(&[(&str, &str)], &str); 15] = [
        // variables                             the line
        (&[("PAYMENT_EXPIRY_MINUTES", "soon")], r#"payment.expiry (PAYMENT_EXPIRY_MINUTES): "soon" is not a duration such as 90s, 10m or 24h; right: PAYMENT_EXPIRY_MINUTES=10"#),
        (&[("PAYMENT_EXPIRY_MINUTES", "0")], r#"payment.expiry (PAYMENT_EXPIRY_MINUTES): "0" is not between 1s and 24h; right: PAYMENT_EXPIRY_MINUTES=10"#),
        (&[("QUICKCART__PAYMENT__EXPIRY", "5")], r#"payment.expiry (QUICKCART__PAYMENT__EXPIRY): "5" is not a duration such as 90s, 10m or 24h; right: QUICKCART__PAYMENT__EXPIRY=10m"#),
        (&[("ADMIN_USER_IDS", "12,bob")], r#"telegram.admin_ids (ADMIN_USER_IDS): "12,bob" is not a list of whole numbers, separated by commas; right: ADMIN_USER_IDS=123456789,987654321"#),
        (&[("ADMIN_USER_IDS", "-5")], r#"telegram.admin_ids (ADMIN_USER_IDS): "-5" is not between 1 and 4503599627370495; right: ADMIN_USER_IDS=123456789,987654321"#),
        (&[("ADMIN_USER_IDS", ",")], r#"telegram.admin_ids (ADMIN_USER_IDS): "," names nobody; right: ADMIN_USER_IDS=123456789,987654321"#),
        (&[("TELEGRAM_BOT_TOKEN", "bot123")], "telegram.token (TELEGRAM_BOT_TOKEN): the value is not a bot token: digits, a colon, then letters, digits, - and _; right: TELEGRAM_BOT_TOKEN=123456789:ABCdefGHIjklMNOpqrSTUvwxYZ"),
        (&[("PAKASIR_API_KEY", "two words")], "pakasir.api_key (PAKASIR_API_KEY): the value is blank or has spaces; right: PAKASIR_API_KEY=xxxxxxxxxxxxxxxx"),
        (&[("DATABASE_URL", "postgres.example")], "database.url (DATABASE_URL): the value is not a sqlite:// or postgres:// address; right: DATABASE_URL=postgres://quickcart:password@localhost/quickcart"),
        (&[("ENCRYPTION_KEY", "abc")], "database.encryption_key (ENCRYPTION_KEY): the value is not the base64 of 32 bytes, as `openssl rand -base64 32` prints and the key file holds; right: ENCRYPTION_KEY=YW4gZXhhbXBsZSBvbmx5OiBtYWtlIHlvdXIgb3duISE="),
        (&[("LOG_LEVEL", "loud")], r#"log.level (LOG_LEVEL): "loud" is not one of error, warn, info, debug, trace; right: LOG_LEVEL=info"#),
        (&[("QUICKCART__TELEGRAM__WEBHOOK_SECRET", "sp ace")], "telegram.webhook_secret (QUICKCART__TELEGRAM__WEBHOOK_SECRET): the value is not 1 to 256 characters of A-Z, a-z, 0-9, - and _; right: QUICKCART__TELEGRAM__WEBHOOK_SECRET=a-long-random-text"),
        (&[("QUICKCART__TELEGRAM__MODE", "webhook"), ("QUICKCART__TELEGRAM__WEBHOOK_URL", "https://a.b")], "telegram.webhook_secret: missing, and telegram.mode is webhook; right: QUICKCART__TELEGRAM__WEBHOOK_SECRET=a-long-random-text"),
        (&[("QUICKCART__TELEGRAM__MODE", "webhook"), ("QUICKCART__TELEGRAM__WEBHOOK_SECRET", "s")], "telegram.webhook_url: missing, and telegram.mode is webhook; right: webhook_url = \"https://shop.example\" under [telegram]"),
        (&[("QUICKCART__HTTP__BINDS", "80")], "QUICKCART__HTTP__BINDS: no such key; nearest: QUICKCART__HTTP__BIND"),
    ];
    for (env, line) in table {
        assert_eq!(lines(LIVE, env), [line], "{env:?}");
    }
}

#[test]
fn a_key_that_does_not_exist_is_refused_with_the_nearest_one() {
    for (file, name, nearest) in [
        ("payment.expire = '1m'", "payment.expire", "payment.expiry"),
        ("actors.stok.mailbox = 5", "actors.stok.mailbox", "actors.stock.mailbox"),
        ("pakasir.key = 'k'", "pakasir.key", "pakasir.api_key"),
        ("telegram.bot_token = 't'", "telegram.bot_token", "telegram.token"),
        ("database.pool = 5", "database.pool", "database.pool_size"),
        ("shop.name.first = 'A'", "shop.name.first", "shop.name"),
        ("payment = 5", "payment", "payment.expiry"),
        ("[pakasirr]", "pakasirr", "pakasir.project"),
    ] {
        let line = format!("{name} (c.toml): no such key; nearest: {nearest}");
        assert_eq!(lines(&format!("{LIVE}{file}"), &[]), [line]);
    }
}

#[test]
fn a_secret_in_the_file_is_refused() {
    for (file, line) in [
        (
            "telegram.token = '1:abc'",
            "telegram.token (c.toml): a secret comes from the environment only; right: TELEGRAM_BOT_TOKEN=123456789:ABCdefGHIjklMNOpqrSTUvwxYZ",
        ),
        (
            "telegram.webhook_secret = 's'",
            "telegram.webhook_secret (c.toml): a secret comes from the environment only; right: QUICKCART__TELEGRAM__WEBHOOK_SECRET=a-long-random-text",
        ),
        (
            "database.encryption_key = 's'",
            "database.encryption_key (c.toml): a secret comes from the environment only; right: ENCRYPTION_KEY=YW4gZXhhbXBsZSBvbmx5OiBtYWtlIHlvdXIgb3duISE=",
        ),
    ] {
        assert_eq!(lines(&format!("{LIVE}{file}"), &[]), [line]);
    }
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_line() {
    let got = lines("[payment]\nexpiry = \n", &[("ADMIN_USER_IDS", "1"), ("PAKASIR_PROJECT_SLUG", "p")]);
    assert_eq!(got.len(), 1, "{got:?}");
    assert!(got[0].starts_with("c.toml line 2: "), "{got:?}");
}

#[test]
fn all_problems_are_told_at_once() {
    let got =
        lines(&format!("{LIVE}shop.id = 'A B'\nhttp.workers = 0\nlog.levle = 'info'"), &[("LOG_LEVEL", "x")]);
    assert_eq!(got.len(), 4, "{got:#?}");
}
