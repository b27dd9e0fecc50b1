//! Two processes and one shop.

use crate::people::customer;
use crate::process::Process;
use crate::shop::Shop;
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

/// The shop falls asleep and another process takes it over. On SQLite nobody can while it sleeps in the middle of a
/// write: then nobody writes at all, the newcomer gives up, and it may fall asleep at another moment.
async fn take_over(shop: &Shop, sleeper: &Process) -> Rc<Process> {
    for _ in 0..10 {
        sleeper.pause();
        let newcomer = shop.start_another(&[]);
        shop.goes_on_with(newcomer.clone());
        if shop.is_ready().await {
            return newcomer;
        }
        assert!(newcomer.said().contains("database-down"), "{}", newcomer.last_words());
        sleeper.resume();
    }
    panic!("it always slept in the middle of a write");
}
