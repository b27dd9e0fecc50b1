//! Two processes and one shop.

use crate::databases::{Databases, Raw};
use crate::people::customer;
use crate::process::Process;
use crate::shop::Shop;
use diesel::connection::{Connection, SimpleConnection};
use diesel::sqlite::SqliteConnection;
use futures_util::future::join_all;
use std::rc::Rc;
use std::time::Duration;

roads! {
    async fn a_process_that_slept_through_its_lease_writes_nothing_more_and_stops_itself(databases) {
        let shop = Shop::open(databases, 6).await;
        let number = shop.sells("Tidur", 10_000, 0..20).await;
        let first = shop.process();
        let early: Vec<i64> = join_all((0..3).map(|place| shop.orders(customer(place), number))).await;
        // A press is on its way in while it falls asleep.
        for (place, order) in early.iter().enumerate() {
            shop.presses(customer(place), &format!("qris:{order}")).unwrap();
        }
        let second = take_over(&shop, &first).await;
        first.resume();
        let ended = first.wait_dead().await;
        assert_eq!(ended.code(), Some(1), "{}", first.last_words());
        assert!(first.said().contains("lease-lost"), "{}", first.last_words());
        assert!(second.ended().is_none());
        for (place, order) in early.iter().enumerate() {
            let reference = shop.asks_for_qr(customer(place), *order).await;
            shop.sandbox.pay(&reference, Default::default()).unwrap();
        }
        join_all((3..6).map(|place| shop.buys_by_qris(customer(place), number))).await;
        shop.is_in_order().await;
        assert_eq!(shop.shown_stock(customer(0), number).await, 14);
        assert!(second.ended().is_none(), "{}", second.last_words());
    }

    async fn a_second_process_refuses_while_the_first_lives_and_names_it(databases) {
        let shop = Shop::open(databases, 1).await;
        let number = shop.sells("Satu", 10_000, 0..2).await;
        let second = shop.start_another(&[]);
        let ended = tokio::time::timeout(Duration::from_secs(20), second.wait_dead()).await.unwrap();
        assert_eq!(ended.code(), Some(1), "{}", second.last_words());
        let said = second.said();
        assert!(said.contains("lease-held") && said.contains("process "), "{said}");
        assert!(said.contains("What to do: stop the other process"), "{said}");
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        shop.is_in_order().await;
    }
}

/// What nobody would wait for.
const LONG_TERM: &[(&str, &str)] = &[("database.lease", "5m")];

roads! {
    async fn a_killed_process_is_followed_at_once_however_long_its_lease(databases) {
        let shop = Shop::open_with(databases, 1, LONG_TERM).await;
        let number = shop.sells("Lekas", 10_000, 0..2).await;
        shop.kill9().await;
        shop.start().await;
        let said = shop.process().said();
        assert!(said.contains("which runs no more: taking it") && !said.contains("waiting up to"), "{said}");
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        shop.is_in_order().await;
    }
}

#[test]
fn a_newcomer_waits_for_a_process_that_hangs_in_the_middle_of_a_write_and_refuses_when_it_goes_on() {
    crate::play(Databases::sqlite(), async |databases| {
        let shop = Shop::open(databases, 1).await;
        let number = shop.sells("Beku", 10_000, 0..2).await;
        let first = shop.process();
        let write = nods_off(&shop, &first);
        let second = comes_to_wait(&shop).await;
        first.resume();
        drop(write);
        let ended = second.wait_dead().await;
        assert_eq!(ended.code(), Some(1), "{}", second.last_words());
        assert!(second.said().contains("lease-held"), "{}", second.last_words());
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        assert!(first.ended().is_none(), "{}", first.last_words());
        shop.is_in_order().await;
    });
}

#[test]
fn a_newcomer_takes_over_from_a_process_that_hangs_in_the_middle_of_a_write_when_that_is_ended() {
    crate::play(Databases::sqlite(), async |databases| {
        let shop = Shop::open_with(databases, 1, LONG_TERM).await;
        let number = shop.sells("Beku", 10_000, 0..2).await;
        let first = shop.process();
        let write = nods_off(&shop, &first);
        let second = comes_to_wait(&shop).await;
        first.kill9();
        first.wait_dead().await;
        drop(write);
        shop.db_sending_lapses();
        shop.goes_on_with(second);
        shop.wait_ready().await;
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        shop.is_in_order().await;
    });
}

/// The shop falls asleep and another process takes it over. It sleeps outside a write: on SQLite nobody could take it
/// over otherwise.
async fn take_over(shop: &Shop, sleeper: &Process) -> Rc<Process> {
    drop(nods_off(shop, sleeper));
    let newcomer = shop.start_another(&[]);
    shop.goes_on_with(newcomer.clone());
    shop.wait_ready().await;
    newcomer
}

/// The shop nods off. On SQLite as if in the middle of a write, until what is answered here is dropped: the write is
/// another's, so that the shop is in none.
fn nods_off(shop: &Shop, sleeper: &Process) -> Option<SqliteConnection> {
    let write = match &shop.databases.main {
        Raw::Lite(path) => {
            let mut c = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
            c.batch_execute("PRAGMA busy_timeout = 30000; BEGIN IMMEDIATE").unwrap();
            Some(c)
        }
        Raw::Pg(_) => None,
    };
    sleeper.pause();
    write
}

/// A further process starts and says, once, that it waits for whoever holds the file.
async fn comes_to_wait(shop: &Shop) -> Rc<Process> {
    let newcomer = shop.start_another(&[]);
    let waits = || newcomer.said().matches("Another process holds the database and does not move").count();
    shop.sees("a process that waits", || (waits() > 0).then_some(())).await;
    assert_eq!(waits(), 1, "{}", newcomer.last_words());
    assert!(newcomer.said().contains("database-locked"), "{}", newcomer.last_words());
    assert!(newcomer.ended().is_none(), "{}", newcomer.last_words());
    newcomer
}
