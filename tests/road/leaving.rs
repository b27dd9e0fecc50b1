//! Stopping in order.

use crate::people::customer;
use crate::shop::Shop;
use futures_util::future::{join, join_all};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What the configuration promises by default, and a little for the machine.
const DRAINED_WITHIN: Duration = Duration::from_millis(10_500);

roads! {
    async fn a_shop_that_is_told_to_stop_under_load_does_so_in_time_and_loses_nothing(databases) {
        let shop = Shop::open(databases, 10).await;
        let number = shop.sells("Tutup", 10_000, 0..200).await;
        let stops_left = Cell::new(2);
        let buyers = join_all((0..10).map(async |place| {
            while stops_left.get() > 0 {
                let order = shop.buys_by_qris(customer(place), number).await;
                shop.gets_goods(customer(place), order).await;
            }
        }));
        let keeper = async {
            while stops_left.get() > 0 {
                // People buy for a while: it is to be told in the middle of that.
                sleep(Duration::from_millis(2_500)).await;
                let told = Instant::now();
                shop.stop().await;
                let took = told.elapsed();
                assert!(took < DRAINED_WITHIN, "it took {took:?}:\n{}", shop.process().last_words());
                println!("stopped in {took:?}");
                stops_left.set(stops_left.get() - 1);
                shop.start().await;
            }
        };
        join(buyers, keeper).await;
        shop.is_in_order().await;
    }

    async fn an_idle_shop_stops_at_once(databases) {
        let shop = Shop::open(databases, 1).await;
        let number = shop.sells("Sepi", 10_000, 0..1).await;
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        shop.comes_to_rest().await;
        let told = Instant::now();
        shop.stop().await;
        let took = told.elapsed();
        assert!(took < Duration::from_secs(3), "it took {took:?}:\n{}", shop.process().last_words());
        shop.start().await;
        shop.is_in_order().await;
    }
}
