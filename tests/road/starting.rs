//! A start that cannot succeed says in one line what is wrong and what is right.

use crate::databases::{Databases, Raw};
use crate::shop::Shop;

/// What a start that failed said, and its exit code.
async fn refusal(shop: &Shop) -> (Option<i32>, String) {
    let process = shop.start_another(&[]);
    let ended = process.wait_dead().await;
    (ended.code(), process.said())
}

/// What a command beside the shop said, and its exit code.
fn ended(shop: &Shop, command: &[&str]) -> (Option<i32>, String) {
    let output = shop.command(command[0]).args(&command[1..]).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// The lines that are no log lines.
fn plain_lines(said: &str) -> Vec<&str> {
    said.lines().filter(|line| !line.starts_with('[') && !line.is_empty()).collect()
}

#[test]
fn each_value_that_is_missing_or_wrong_is_one_line_with_key_problem_and_example() {
    #[rustfmt::skip]
    let table = [
        // variable, value, the key, what is wrong, what is right
        ("TELEGRAM_BOT_TOKEN",   None,               "telegram.token",    "missing",               "TELEGRAM_BOT_TOKEN="),
        ("ADMIN_USER_IDS",       None,               "telegram.admin_ids", "missing",              "ADMIN_USER_IDS="),
        ("PAKASIR_PROJECT_SLUG", None,               "pakasir.project",   "missing",               "PAKASIR_PROJECT_SLUG="),
        ("PAKASIR_API_KEY",      None,               "pakasir.api_key",   "missing",               "PAKASIR_API_KEY="),
        ("TELEGRAM_BOT_TOKEN",   Some("nonsense"),   "telegram.token",    "is not a bot token",    "TELEGRAM_BOT_TOKEN="),
        ("TELEGRAM_API_URL",     Some("nowhere"),    "telegram.api_url",  "\"nowhere\" is not",    "TELEGRAM_API_URL="),
        ("ADMIN_USER_IDS",       Some("andi"),       "telegram.admin_ids", "\"andi\"",             "ADMIN_USER_IDS="),
        ("PAKASIR_PROJECT_SLUG", Some("two words"),  "pakasir.project",   "has spaces",            "PAKASIR_PROJECT_SLUG="),
        ("PAKASIR_BASE_URL",     Some("ftp//x"),     "pakasir.base_url",  "\"ftp//x\" is not",     "PAKASIR_BASE_URL="),
        ("DATABASE_URL",         Some("mysql://x"),  "database.url",      "is not",                "DATABASE_URL="),
        ("QUICKCART__DATABASE__LEASE", Some("1s"),   "database.lease",    "is not between",        "QUICKCART__DATABASE__LEASE="),
        ("QUICKCART__HTTP__BIND", Some("8080"),      "http.bind",         "\"8080\" is not",       "QUICKCART__HTTP__BIND="),
        ("LOG_LEVEL",            Some("loud"),       "log.level",         "\"loud\" is not",       "LOG_LEVEL="),
    ];
    crate::play(Databases::sqlite(), async |databases| {
        let shop = Shop::closed(databases, 1, &[]).await;
        for (variable, value, key, problem, right) in table {
            let before = shop.setting(variable);
            match value {
                Some(value) => shop.sets(variable, value),
                None => shop.unsets(variable),
            }
            let (code, said) = refusal(&shop).await;
            assert_eq!(code, Some(2), "{variable}={value:?}: {said}");
            let [line] = plain_lines(&said)[..] else {
                panic!("{variable}={value:?} is not one line:\n{said}")
            };
            assert!(line.starts_with(key) && line.contains(problem), "{variable}={value:?}: {line}");
            assert!(line.contains("; right: ") && line.contains(right), "{variable}={value:?}: {line}");
            match before {
                Some(before) => shop.sets(variable, &before),
                None => shop.unsets(variable),
            }
        }
    });
}

#[test]
fn a_typo_in_a_variable_is_named_with_the_nearest_key() {
    crate::play(Databases::sqlite(), async |databases| {
        let shop = Shop::closed(databases, 1, &[("databse.lease", "3s")]).await;
        let (code, said) = refusal(&shop).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("no such key; nearest: QUICKCART__DATABASE__LEASE"), "{said}");
    });
}

roads! {
    async fn a_start_against_a_world_that_is_wrong_says_what_to_do(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.stop().await;
        let main = shop.databases.main.url();
        #[rustfmt::skip]
        let table = [
            // variable, value, exit code, fault, what to do
            ("TELEGRAM_BOT_TOKEN", "100200300:another-token-than-that", 2, "telegram-token", "take the token from @BotFather again"),
            ("DATABASE_URL", "postgres://postgres@127.0.0.1:9/nothing", 1, "database-down", "check that the database runs"),
            ("DATABASE_URL", "sqlite:///proc/nowhere/shop.db", 1, "file-unusable", "check the path"),
            ("ENCRYPTION_KEY", "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ=", 2, "key-mismatch", "to the key that the goods were stored with"),
            ("HTTP_BIND", "203.0.113.1:80", 1, "http-bind", "choose a free address"),
        ];
        for (variable, value, code, fault, remedy) in table {
            let before = shop.setting(variable);
            let bind = shop.setting("QUICKCART__HTTP__BIND");
            if variable == "HTTP_BIND" {
                shop.unsets("QUICKCART__HTTP__BIND");
            }
            shop.sets(variable, value);
            let (ended, said) = refusal(&shop).await;
            assert_eq!(ended, Some(code), "{variable}={value}: {said}");
            let lines = plain_lines(&said);
            let [line] = lines[..] else { panic!("{variable}={value} is not one line:\n{said}") };
            assert!(line.starts_with(fault) && line.contains(remedy), "{variable}={value}: {line}");
            let held = "SELECT COUNT(*) AS value FROM shop_leases WHERE expires_at_micros <> 0";
            assert_eq!(shop.databases.main.number(held), 0, "{variable}={value}: the next start has to wait");
            match before {
                Some(before) => shop.sets(variable, &before),
                None => shop.unsets(variable),
            }
            shop.sets("QUICKCART__HTTP__BIND", &bind.unwrap());
        }
        assert_eq!(shop.databases.main.url(), main);
        shop.start().await;
        shop.is_in_order().await;
    }

    async fn a_database_of_a_newer_version_is_left_alone(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.stop().await;
        let version = |raw: &Raw, sql: &str| raw.run(sql);
        version(&shop.databases.main, "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        let (code, said) = refusal(&shop).await;
        assert_eq!(code, Some(1), "{said}");
        let lines = plain_lines(&said);
        let [line] = lines[..] else { panic!("not one line:\n{said}") };
        assert!(line.starts_with("database-too-new") && line.contains("9999"), "{line}");
        assert!(line.contains("What to do: run the QuickCart version that migrated it"), "{line}");
        version(&shop.databases.main, "DELETE FROM __diesel_schema_migrations WHERE version = '9999'");
        shop.start().await;
        shop.is_in_order().await;
    }

    async fn the_doctor_says_what_to_do(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.stop().await;
        let well = shop.carries_out("doctor");
        let said = String::from_utf8_lossy(&well.stdout).into_owned();
        assert!(well.status.success() && said.contains("ok      ledger and stock: all rules hold"), "{said}");
        shop.sandbox.clear_violations(); // it asks about a payment that nobody made
        shop.databases.main.run("INSERT INTO balances (account, amount) VALUES ('user:4711', 5)");
        let (code, said) = ended(&shop, &["doctor"]);
        assert_eq!(code, Some(1), "{said}");
        let line = said.lines().find(|line| line.starts_with("trouble ledger and stock: books-broken: ")).unwrap();
        assert!(line.contains("user:4711") && line.contains("What to do: keep a copy"), "{line}");
        shop.databases.main.run("DELETE FROM balances WHERE account = 'user:4711'");
        #[rustfmt::skip]
        let table = [
            ("PAKASIR_BASE_URL", "http://127.0.0.1:9", "trouble gateway: gateway-down", "the gateway's status page"),
            ("PAKASIR_API_KEY", "another-key", "trouble gateway: gateway-refused", "check PAKASIR_PROJECT_SLUG and PAKASIR_API_KEY"),
            ("TELEGRAM_BOT_TOKEN", "1:abc", "trouble telegram: telegram-token", "take the token from @BotFather again"),
            ("TELEGRAM_API_URL", "http://127.0.0.1:9", "trouble telegram: telegram-down", "check the network"),
            ("DATABASE_URL", "postgres://postgres@127.0.0.1:9/nothing", "trouble databases: database-down", "check that the database runs"),
            ("PAKASIR_PROJECT_SLUG", "", "trouble configuration", "PAKASIR_PROJECT_SLUG="),
        ];
        for (variable, value, finding, remedy) in table {
            let before = shop.setting(variable).unwrap();
            shop.sets(variable, value);
            let looked = shop.carries_out("doctor");
            let said = String::from_utf8_lossy(&looked.stdout).into_owned();
            assert!(!looked.status.success(), "{variable}={value}: {said}");
            let line = said.lines().find(|line| line.starts_with(finding));
            let line = line.unwrap_or_else(|| panic!("{variable}={value}: no line {finding:?}\n{said}"));
            assert!(line.contains(remedy), "{variable}={value}: {line}");
            shop.sets(variable, &before);
        }
        shop.sandbox.clear_violations();
        shop.start().await;
        shop.is_in_order().await;
    }

    async fn a_shop_opens_without_its_gateway_and_sells_from_balance(databases) {
        let shop = Shop::closed(databases, 1, &[]).await;
        let gateway = shop.setting("PAKASIR_BASE_URL").unwrap();
        shop.sets("PAKASIR_BASE_URL", "http://127.0.0.1:9");
        shop.start().await;
        shop.staff_come_in().await;
        let number = shop.sells("Mandiri", 10_000, 0..2).await;
        let buyer = crate::people::customer(0);
        let order = shop.orders(buyer, number).await;
        shop.gives(buyer, 10_000).await;
        shop.pays_by_balance(buyer, order).await;
        shop.gets_goods(buyer, order).await;
        shop.sets("PAKASIR_BASE_URL", &gateway);
        shop.is_in_order().await;
    }

    async fn a_start_after_a_crash_says_whom_it_waits_for_and_how_long(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.kill9().await;
        // Of a process that is not of this machine nobody here knows whether it runs.
        shop.databases.main.run("UPDATE shop_leases SET holder = 'process 7 on another machine'");
        shop.start().await;
        let said = shop.process().said();
        let waits: Vec<&str> = said.lines().filter(|line| line.contains("The lease of this shop")).collect();
        let [line] = waits[..] else { panic!("not one line:\n{said}") };
        assert!(line.contains("held by process 7 on another machine, which may be dead"), "{line}");
        assert!(line.contains("waiting up to 3s to see whether it still renews it"), "{line}");
        shop.is_in_order().await;
    }

    async fn doctor_before_the_first_start_finds_no_trouble_and_makes_nothing(databases) {
        let shop = Shop::closed(databases, 1, &[]).await;
        if let Raw::Lite(path) = &shop.databases.main {
            shop.sets("DATABASE_URL", &format!("sqlite://{}.d/shop.db", path.display()));
        }
        let looked = shop.carries_out("doctor");
        let said = String::from_utf8_lossy(&looked.stdout).into_owned();
        assert!(looked.status.success(), "{said}");
        assert!(said.contains("ok      databases: no shop in them yet"), "{said}");
        assert!(said.contains("ok      encryption key: none yet"), "{said}");
        assert_eq!(shop.databases.folder().read_dir().unwrap().count(), 0, "{said}");
        shop.sandbox.clear_violations(); // it asks about a payment that nobody made
        let (code, said) = ended(&shop, &["verify"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.starts_with("no-shop-yet: ") && said.contains("check database.url"), "{said}");
        assert_eq!(shop.databases.folder().read_dir().unwrap().count(), 0);
    }

    async fn verify_and_doctor_of_the_wrong_place_say_so(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.stop().await;
        let nowhere = Databases::sqlite();
        let elsewhere = nowhere.main.url();
        #[rustfmt::skip]
        let table = [
            ("DATABASE_URL", elsewhere.as_str(), "database-missing: ", "correct the address"),
            ("AUDIT_DATABASE_URL", elsewhere.as_str(), "database-missing: ", "correct the address"),
            ("QUICKCART__SHOP__ID", "second", "shop-unknown: ", "no shop second; it has main"),
        ];
        for (variable, value, fault, says) in table {
            let before = shop.setting(variable);
            shop.sets(variable, value);
            let (code, said) = ended(&shop, &["verify"]);
            assert_eq!(code, Some(1), "{variable}: {said}");
            assert!(said.starts_with(fault) && said.contains(says), "{variable}: {said}");
            let (code, said) = ended(&shop, &["doctor"]);
            assert_eq!(code, Some(1), "{variable}: {said}");
            assert!(said.contains(&format!("trouble databases: {fault}")) && said.contains(says), "{variable}: {said}");
            match before {
                Some(before) => shop.sets(variable, &before),
                None => shop.unsets(variable),
            }
        }
        assert_eq!(nowhere.folder().read_dir().unwrap().count(), 0);
        let (code, said) = ended(&shop, &["verify"]);
        assert_eq!((code, said.trim()), (Some(0), "All rules hold."));
        shop.sandbox.clear_violations();
    }

    async fn a_key_that_does_not_fit_is_found_before_the_start_and_none_is_made_in_its_place(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.stop().await;
        let file = shop.databases.folder().join("encryption.key");
        let key = std::fs::read_to_string(&file).unwrap();
        let (_, said) = ended(&shop, &["doctor"]);
        assert!(said.contains("and this is it"), "{said}");

        shop.sets("ENCRYPTION_KEY", "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ=");
        let (code, said) = ended(&shop, &["doctor"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("trouble encryption key: key-mismatch: goods were stored with key"), "{said}");
        shop.sets("ENCRYPTION_KEY", "abc");
        let (code, said) = ended(&shop, &["config", "check"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("is not the base64 of 32 bytes") && said.contains("right: ENCRYPTION_KEY="), "{said}");
        shop.sets("ENCRYPTION_KEY", "YW4gZXhhbXBsZSBvbmx5OiBtYWtlIHlvdXIgb3duISE=");
        let (code, said) = refusal(&shop).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("is the example that everybody can read"), "{said}");
        shop.unsets("ENCRYPTION_KEY");

        std::fs::write(&file, "abc").unwrap();
        let (code, said) = ended(&shop, &["doctor"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("encryption.key does not hold an encryption key"), "{said}");

        std::fs::remove_file(&file).unwrap();
        for (code, said) in [refusal(&shop).await, ended(&shop, &["doctor"])] {
            assert_eq!(code, Some(2), "{said}");
            assert!(said.contains("key-mismatch: ") && said.contains("encryption.key is not there"), "{said}");
            assert!(!file.exists(), "a new key opens nothing");
        }
        std::fs::write(&file, key).unwrap();
        shop.start().await;
        shop.sandbox.clear_violations();
        shop.is_in_order().await;
    }

    async fn a_stopped_shop_does_not_answer_and_the_check_of_its_health_says_what_to_do(databases) {
        let shop = Shop::closed(databases, 1, &[]).await;
        shop.sets("QUICKCART__HTTP__BIND", "127.0.0.1:9");
        let (code, said) = ended(&shop, &["healthcheck"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.starts_with("shop-silent: the shop does not answer on 127.0.0.1:9"), "{said}");
        assert!(said.contains("What to do: start the shop"), "{said}");
    }
}
