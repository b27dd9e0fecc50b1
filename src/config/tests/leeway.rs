//! What an operator may write in more than one way, or leave to us.

use super::live;
use crate::config::setting::Setting;
use crate::config::{Config, DatabaseUrl};
use std::time::Duration;

#[test]
fn a_default_makes_room_for_what_was_written_beside_it() {
    let file = "[actors]\nstock.mailbox = 4\npayment.mailbox = 5\naudit.mailbox = 6\nsupervision.backoff_max = '7ms'\n\
                [payment]\nexpiry = '1s'";
    let Config { actors, payment, .. } = live(file, &[]).unwrap();
    assert_eq!((actors.stock.batch, actors.payment.batch, actors.audit.batch), (4, 5, 6));
    assert_eq!(actors.supervision.backoff_first, Duration::from_millis(7));
    assert_eq!(payment.poll_interval, Duration::from_secs(1));
    let roomy = live("actors.stock.mailbox = 40", &[]).unwrap();
    assert_eq!(roomy.actors.stock.batch, 32);
}

#[test]
fn a_shop_may_be_as_quick_as_who_tries_it_out_wants() {
    let file = "payment = {expiry = '1s', poll_interval = '100ms'}\n\
                actors = {session.idle = '1s', messenger.rate = 10000}";
    let Config { actors, payment, .. } = live(file, &[]).unwrap();
    assert_eq!((payment.expiry.as_millis(), payment.poll_interval.as_millis()), (1000, 100));
    assert_eq!((actors.session.idle.as_secs(), actors.messenger.rate), (1, 10_000));
}

#[test]
fn a_webhook_may_be_open_where_telegram_itself_does_not_send() {
    let webhook = |url: &str, api: &str| {
        live(&format!("telegram = {{webhook_url = '{url}', api_url = '{api}'}}"), &[]).is_ok()
    };
    let (telegram, own) = ("https://api.telegram.org", "http://bots.example:8081");
    for (url, to_telegram, to_own) in [
        ("https://shop.example", true, true),
        ("http://shop.example", false, true),
        ("http://192.168.1.2:8080", false, true),
        ("http://127.0.0.1:8080", true, true),
        ("http://localhost:8080/shop", true, true),
        ("http://[::1]:8080", true, true),
    ] {
        assert_eq!((webhook(url, telegram), webhook(url, own)), (to_telegram, to_own), "{url}");
    }
}

#[test]
fn an_address_to_listen_on_may_be_a_name() {
    let bind = |text: &str| live(&format!("http.bind = '{text}'"), &[]).unwrap().http.bind.to_string();
    assert_eq!(bind("localhost:8080"), "127.0.0.1:8080");
    assert_eq!(bind("[::1]:80"), "[::1]:80");
}

#[test]
fn database_addresses_of_both_kinds_are_read() {
    for (text, kept) in [
        ("sqlite://data/a.db", Some("sqlite://data/a.db")),
        ("sqlite:///var/a.db", Some("sqlite:///var/a.db")),
        ("sqlite://data/a.db?mode=rwc", Some("sqlite://data/a.db")),
        ("sqlite://?mode=rwc", None),
        ("postgres://u@h:5433/db", Some("postgres://u@h:5433/db")),
        ("postgresql:///db?host=/run/pg", Some("postgres:///db?host=/run/pg")),
        ("mysql://u@h/db", None),
        ("sqlite://", None),
        ("postgres://", None),
        ("postgres://h:port/db", None),
        ("data/a.db", None),
    ] {
        let read = <DatabaseUrl as Setting>::parse(text);
        assert_eq!(read.as_ref().map(DatabaseUrl::expose), kept, "{text}");
    }
}
