//! How updates come in: twice, in disorder, by webhook.

use crate::world::TestShop;
use quickcart::config::{Mode, SecretString};
use quickcart::sandbox::{CallFault, FaultKind, Options};
use serde_json::json;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::time::Instant;

const SECRET: &str = "a-secret-of-this-scenario";

impl TestShop {
    /// Set up for webhooks, under this path of the address that is answered; it is to be started.
    async fn stops_for_webhooks(&mut self, path: &str) -> SocketAddr {
        self.stops().await;
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        self.config.http.bind = address;
        self.config.telegram.mode = Mode::Webhook;
        self.config.telegram.webhook_url = Some(format!("http://{address}{path}").parse().unwrap());
        self.config.telegram.webhook_secret = Some(SecretString::from(SECRET.to_owned()));
        address
    }
}

scenarios! {
    async fn an_update_that_comes_again_has_no_second_effect(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 50_000).await;
        let again = shop.sandbox.last_update_id().unwrap();
        let seen = |shop: &TestShop| shop.app().metrics.updates.with_label_values(&["seen"]).get();
        for round in 1..=3 {
            shop.sandbox.redeliver(again).unwrap();
            admin.says("/help").await;
            shop.until("it is recognised", || seen(shop) == round).await;
        }
        shop.restarts().await;
        shop.sandbox.redeliver(again).unwrap();
        admin.says("/help").await;
        shop.until("it is recognised after a restart", || seen(shop) == 1).await;
        shop.settles().await;
        assert_eq!((shop.db_balances(), admin.counts("Saldonya sekarang")), (50_000, 1));
    }

    async fn a_press_that_comes_again_makes_no_second_order(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        let budi = shop.budi();
        shop.sandbox.set_faults(|faults| faults.repeated_batches = 20);
        budi.orders(number, &[]).await;
        budi.presses("QRIS").await;
        budi.sees("Total bayar").await;
        shop.is_paid();
        budi.sees("berhasil!").await;
        shop.settles().await;
        assert_eq!((shop.db_orders().len(), shop.sandbox.invoices().len(), budi.counts("berhasil!")), (1, 1, 1));
    }

    async fn updates_in_disorder_are_all_handled_once(shop) {
        for name in ["Netflix", "Spotify", "Disney"] {
            shop.sells(name, 35_000, &[&format!("unit-{name}")]).await;
        }
        let (budi, sari) = (shop.budi(), shop.sari());
        shop.sandbox.deliver_out_of_order(true);
        for number in ["1", "2", "3"] {
            budi.types(number);
            sari.types(number);
        }
        shop.settles().await;
        for name in ["Netflix", "Spotify", "Disney"] {
            let words = format!("Keterangan {name}");
            shop.until(&words, || budi.counts(&words) == 1 && sari.counts(&words) == 1).await;
        }
        budi.says("/help").await;
        budi.sees("Bantuan").await;
        assert_eq!(budi.counts("Keterangan"), 3);
    }

    async fn one_that_takes_long_keeps_nobody_else_waiting(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        shop.sandbox.set_faults(|faults| {
            faults.telegram.push(CallFault::next(1, Some("getFile"), FaultKind::Stall { seconds: 5 }));
        });
        shop.sandbox.send_document(admin.id, "stok.txt", b"dua\n", "/addstock 1").unwrap();
        for _ in 0..3 {
            budi.types("/help");
            budi.sees("Bantuan").await;
        }
        assert_eq!(admin.counts("masuk ke"), 0, "the document was no faster than the others");
        admin.sees("1 unit masuk ke").await;
        shop.settles().await;
        assert_eq!((budi.counts("Bantuan"), shop.db_units("free")), (3, 2));
    }

    async fn one_that_the_database_refuses_is_set_aside_and_in_nobodys_way(shop) {
        for code in ["database-refused", "update-set-aside"] {
            shop.provoked.insert(code);
        }
        shop.forgiven.push("updates set aside");
        let (budi, sari, owner) = (shop.budi(), shop.sari(), shop.owner().await);
        sari.says("/help").await;
        shop.db_refuses("INSERT", "users", "TRUE");
        budi.types("/help");
        owner.sees("update-set-aside").await;
        sari.says("/help").await;
        sari.sees("Bantuan").await;
        shop.db_refuses_no_more("users");
        budi.says("/help").await;
        budi.sees("Bantuan").await;
    }

    async fn a_shop_by_webhook_sells_and_knows_its_telegram(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let address = shop.stops_for_webhooks("").await;
        shop.starts().await;
        let budi = shop.budi();
        let goods = budi.gets(number, &[]).await;
        assert!(goods.text.contains("n1"), "{}", goods.text);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{address}/webhooks/telegram");
        let person = json!({"id": budi.id, "is_bot": false, "first_name": "Budi", "username": "budi"});
        let forged = json!({"update_id": 7, "message": {"message_id": 9, "date": 0, "text": "/help", "from": person,
            "chat": {"id": budi.id, "type": "private", "first_name": "Budi"}}});
        for (secret, status) in [(None, 401), (Some("wrong"), 401), (Some(""), 401), (Some(SECRET), 200)] {
            let mut request = client.post(&url).json(&forged);
            if let Some(secret) = secret {
                request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
            }
            assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{secret:?}");
        }
        budi.looks_away();
        let again = shop.sandbox.last_update_id().unwrap();
        shop.sandbox.redeliver(again).unwrap();
        // What was refused would come again without end, and nothing else.
        let mut long = forged.clone();
        (long["update_id"], long["more"]) = (json!(9), json!("x".repeat(200_000)));
        for body in ["{\"update_id\": 8}", "nonsense", &long.to_string(), &"x".repeat(2_000_000)] {
            let request = client.post(&url).header("X-Telegram-Bot-Api-Secret-Token", SECRET);
            let answer = request.body(body.to_owned()).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{}", &body[..body.len().min(20)]);
        }
        shop.settles().await;
        assert_eq!((budi.counts("Bantuan"), shop.db_orders().len()), (2, 1));
    }

    async fn a_webhook_that_telegram_does_not_take_at_the_start_is_set_later(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        shop.stops_for_webhooks("").await;
        let fails = CallFault::next(2, Some("setWebhook"), FaultKind::BadGateway);
        shop.sandbox.set_faults(|faults| faults.telegram.push(fails));
        shop.starts().await;
        shop.budi().gets(number, &[]).await;
    }

    async fn a_webhook_that_was_not_removed_at_the_start_is_removed_later(shop) {
        shop.stops().await;
        let method = format!("{}/bot{}/setWebhook", shop.sandbox.bot_api_url(), Options::default().token);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let elsewhere = json!({"url": "http://127.0.0.1:1/"});
        assert!(client.post(method).json(&elsewhere).send().await.unwrap().status().is_success());
        let fails = CallFault::next(1, Some("deleteWebhook"), FaultKind::BadGateway);
        shop.sandbox.set_faults(|faults| faults.telegram.push(fails));
        shop.forgiven.push("can't use getUpdates method while webhook is active");
        shop.starts().await;
        let budi = shop.budi();
        budi.says("/help").await;
        budi.sees("Bantuan").await;
    }

    async fn no_limit_turns_telegram_or_a_watcher_away(shop) {
        let address = shop.stops_for_webhooks("/shop/webhooks/telegram/").await;
        shop.config.http.base_path = "/shop".into();
        shop.config.http.requests_per_address_per_minute = 3;
        shop.starts().await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let posted = async |path: &str, secret: &str| {
            let request = client.post(format!("http://{address}/shop{path}")).body("{}");
            request.header("X-Telegram-Bot-Api-Secret-Token", secret).send().await.unwrap().status().as_u16()
        };
        for _ in 0..3 {
            assert_eq!(posted("/webhooks/pakasir", SECRET).await, 400);
        }
        for path in ["/webhooks/pakasir", "/elsewhere"] {
            assert_eq!(posted(path, SECRET).await, 429, "{path}");
        }
        assert_eq!(posted("/webhooks/telegram", "wrong").await, 429);
        for _ in 0..9 {
            assert_eq!(posted("/webhooks/telegram", SECRET).await, 200);
            for path in ["/healthz", "/readyz", "/metrics"] {
                let answer = client.get(format!("http://{address}/shop{path}")).send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 200, "{path}");
            }
        }
        let budi = shop.budi();
        budi.says("/help").await;
        budi.sees("Bantuan").await;
    }

    async fn no_update_waits_for_lists_of_commands(shop) {
        shop.stops().await;
        let slow = CallFault::next(20, Some("setMyCommands"), FaultKind::Stall { seconds: 8 });
        shop.sandbox.set_faults(|faults| faults.telegram.push(slow));
        let begun = Instant::now();
        shop.starts().await;
        let budi = shop.budi();
        budi.says("/help").await;
        budi.sees("Bantuan").await;
        shop.stops().await;
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        shop.sandbox.set_faults(|faults| faults.telegram.clear());
        shop.starts().await;
    }

    async fn a_polling_shop_takes_no_webhook(shop) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}/webhooks/telegram", shop.app().address);
        assert_eq!(client.post(url).body("{}").send().await.unwrap().status().as_u16(), 404);
        let url = format!("http://{}/readyz", shop.app().address);
        assert_eq!(client.get(url).send().await.unwrap().status().as_u16(), 200);
    }
}
