//! The process dies after it did something and before Telegram heard so: the update comes again.

use crate::people::{ADMIN, customer};
use crate::shop::Shop;

roads! {
    async fn what_was_done_before_a_death_is_not_done_again_when_its_update_comes_again(databases) {
        let shop = Shop::open(databases, 1).await;
        let number = shop.sells("Ulang", 10_000, 0..5).await;
        shop.looks_at(customer(0), number).await;
        let typed = [
            format!("/transfer {}|30000", customer(0)),
            format!("/addstock {number}|unit-{number}-900001"),
            "/add -|Baru|Streaming|9000|-".to_owned(),
        ];
        for text in &typed {
            shop.sandbox.say(ADMIN, text).unwrap();
        }
        shop.presses(customer(0), &format!("add:{number}:1")).unwrap();
        let done =
            crate::patience::until(crate::shop::PATIENCE, async || (db_all(&shop) == ONCE).then_some(()));
        assert!(done.await.is_some(), "{:?}", db_all(&shop));
        shop.kill9().await;
        shop.db_sending_lapses();
        shop.start().await;
        let last = shop.sandbox.last_update_id().unwrap();
        for update in last - 3..=last {
            shop.sandbox.redeliver(update).unwrap();
        }
        let handled = crate::patience::until(crate::shop::PATIENCE, async || {
            (shop.metric("quickcart_updates_total").await >= 4.0).then_some(())
        });
        assert!(handled.await.is_some(), "the updates came not again");
        shop.is_in_order().await;
        assert_eq!(db_all(&shop), ONCE, "(what, how much)");
    }

    async fn a_transfer_of_which_nobody_knows_whether_it_was_booked_is_booked_once_and_answered(databases) {
        let shop = Shop::open(databases, 1).await;
        let number = shop.sells("Kirim", 10_000, 0..1).await;
        shop.looks_at(customer(0), number).await;
        shop.stop().await;
        shop.start_with_trip("payment.transferred=panic@1").await;
        shop.gives(customer(0), 30_000).await;
        shop.is_in_order().await;
        assert_eq!(db_all(&shop)[0], ONCE[0]);
        assert!(shop.process().said().contains("tripped at payment.transferred"));
        let answers = shop.bot_messages(ADMIN).into_iter().filter(|message| message.text.contains("coba lagi"));
        assert_eq!(answers.count(), 0, "nobody is asked to type it again");
    }
}

const ONCE: [(&str, i64); 4] = [("money", 30_000), ("units", 6), ("products", 2), ("in the cart", 1)];

fn db_all(shop: &Shop) -> [(&'static str, i64); 4] {
    let number = |what: &'static str, sql: &str| (what, shop.db_number(sql));
    [
        number(
            "money",
            "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS value FROM balances WHERE account LIKE 'user:%'",
        ),
        number("units", "SELECT COUNT(*) AS value FROM stock_units"),
        number("products", "SELECT COUNT(*) AS value FROM products"),
        number("in the cart", "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) AS value FROM carts"),
    ]
}
