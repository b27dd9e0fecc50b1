use crate::day::Day;
use crate::harness::*;
use quickcart::fault::Code;
use quickcart::rules::audit::By;
use quickcart::rules::fact::{Fact, StaffNews};
use quickcart::rules::ids::{ChatId, OrderId, ProductNumber, UnitId};
use quickcart::rules::invoice::Settled;
use quickcart::rules::order::OrderState;
use quickcart::store::model::{Pays, SendOutcome};

impl TestShop {
    /// What staff are shown of stock that they were not shown before.
    async fn stock_news(&self) -> Vec<StaffNews> {
        let at = self.later(3_600);
        self.store.whitelist(ChatId(-5), true, By::operator(), at).await.unwrap();
        self.store.fan_out_notices(at).await.unwrap();
        let due = self.store.take_due_facts(at, 100, 60).await.unwrap();
        let sent = due.iter().map(|due| (due.id, SendOutcome::Sent(None))).collect();
        self.store.record_sends(sent, at).await.unwrap();
        let news = due.into_iter().filter_map(|due| match due.fact {
            Fact::News(news) => Some(news),
            _ => None,
        });
        let of_stock =
            |news: &StaffNews| matches!(news, StaffNews::LowStock { .. } | StaffNews::SoldOut { .. });
        news.flatten().filter(of_stock).collect()
    }

    /// Tells all who are to hear that Netflix is back, so many at a time, and answers their chats.
    async fn announced(&self, together: i64) -> Vec<Vec<i64>> {
        let mut told = Vec::new();
        while self.store.announce_restock(self.at, together).await.unwrap() {
            let due = self.store.take_due_facts(self.at, 100, 60).await.unwrap();
            let news = Fact::BackInStock { product: ProductNumber(1), name: "Netflix".into() };
            assert!(due.iter().all(|due| due.fact == news), "{due:?}");
            let mut chats: Vec<i64> = due.iter().map(|due| due.chat.0).collect();
            let sent = due.iter().map(|due| (due.id, SendOutcome::Sent(None))).collect();
            self.store.record_sends(sent, self.at).await.unwrap();
            chats.sort_unstable();
            told.push(chats);
        }
        told
    }
}

on_both! {
    async fn duplicates_are_named_and_passed_over(shop) {
        let product = shop.product("Netflix").await;
        let add = async |contents: &[&str]| shop.store.add_units(product, units(contents), by_admin(), shop.at).await.unwrap();
        let first = add(&["a", "b", "a"]).await;
        assert_eq!((first.added.len(), first.duplicates.as_slice()), (2, [2].as_slice()));
        let second = add(&["b", "c", "d", "c"]).await;
        assert_eq!((second.added.len(), second.duplicates.as_slice()), (2, [0, 3].as_slice()));
        let nothing = add(&["a"]).await;
        assert_eq!((nothing.added.len(), nothing.duplicates.as_slice()), (0, [0].as_slice()));
        let free: Vec<UnitId> = shop.store.free_units().await.unwrap().into_iter().map(|(_, unit)| unit).collect();
        assert_eq!(free, [first.added, second.added].concat(), "oldest first");
        assert_eq!(shop.audited().await, ["product.added", "stock.added", "stock.added"]);
    }

    async fn thousands_of_units_are_added_at_once(shop) {
        let product = shop.product("Netflix").await;
        let contents: Vec<String> = (0..2500).map(|number| format!("unit {number}")).collect();
        let contents: Vec<&str> = contents.iter().map(String::as_str).collect();
        let added = shop.store.add_units(product, units(&contents), by_admin(), shop.at).await.unwrap();
        assert_eq!((added.added.len(), added.duplicates.len()), (2500, 0));
        let page = shop.store.units_of(product, 2490, 100).await.unwrap();
        assert_eq!((page.total, page.rows.len()), (2500, 10));
        let order: Vec<&[u8]> = page.rows.iter().map(|row| row.sealed.ciphertext.as_slice()).collect();
        assert_eq!(order[9], b"unit 2499", "in the order of the list");
    }

    async fn units_for_a_product_that_is_gone_are_refused(shop) {
        let product = shop.product("Netflix").await;
        let elsewhere = shop.sister().await.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap_err();
        assert_eq!(elsewhere.code, Code::DatabaseConflict);
        shop.db().run(format!("UPDATE products SET deleted_at = {}", shop.db().time(shop.at))).unwrap();
        let fault = shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap_err();
        assert_eq!(fault.code, Code::DatabaseConflict);
    }

    async fn who_waits_is_told_once_that_a_product_is_back(shop) {
        let product = shop.product("Netflix").await;
        let budi = shop.customer(700, "Budi").await;
        assert!(shop.store.subscribe_restock(product, budi.user, shop.at).await.unwrap());
        assert!(!shop.store.subscribe_restock(product, budi.user, shop.at).await.unwrap());
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), None);
        for content in ["a", "b"] {
            shop.store.add_units(product, units(&[content]), by_admin(), shop.at).await.unwrap();
        }
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), Some(shop.at));
        assert_eq!(shop.announced(10).await, [[700]]);
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), None);
        shop.store.add_units(product, units(&["c"]), by_admin(), shop.at).await.unwrap();
        assert_eq!(shop.announced(10).await, [[0i64; 0]; 0], "nobody waits any more");
    }

    async fn products_that_are_back_take_turns(shop) {
        let (netflix, spotify) = (shop.product("Netflix").await, shop.product("Spotify").await);
        for (product, chat) in [(netflix, 700), (netflix, 701), (netflix, 702), (spotify, 703)] {
            let waits = shop.customer(chat, "Somebody").await;
            shop.store.subscribe_restock(product, waits.user, shop.later(chat)).await.unwrap();
        }
        shop.store.add_units(netflix, units(&["a"]), by_admin(), shop.at).await.unwrap();
        shop.store.add_units(spotify, units(&["b"]), by_admin(), shop.later(1)).await.unwrap();
        let mut told = Vec::new();
        for seconds in 2.. {
            if !shop.store.announce_restock(shop.later(seconds), 1).await.unwrap() {
                break;
            }
            let due = shop.store.take_due_facts(shop.later(seconds), 1, 60).await.unwrap();
            let sent = due.iter().map(|due| (due.id, SendOutcome::Sent(None))).collect();
            shop.store.record_sends(sent, shop.at).await.unwrap();
            told.extend(due.iter().map(|due| due.chat.0));
        }
        assert_eq!(told, [700, 703, 701, 702]);
    }

    async fn whoever_asks_to_be_told_while_units_arrive_is_told_at_once(shop) {
        let product = shop.product("Netflix").await;
        let budi = shop.customer(700, "Budi").await;
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        shop.store.subscribe_restock(product, budi.user, shop.at).await.unwrap();
        assert_eq!(shop.announced(10).await, [[700]]);
    }

    async fn nobody_more_is_told_of_a_restock_while_many_facts_wait(shop) {
        let product = shop.product("Netflix").await;
        for chat in 700..705 {
            let waits = shop.customer(chat, "Somebody").await;
            shop.store.subscribe_restock(product, waits.user, shop.later(chat)).await.unwrap();
        }
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        assert!(shop.store.announce_restock(shop.at, 3).await.unwrap());
        assert!(!shop.store.announce_restock(shop.at, 3).await.unwrap());
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM outbox WHERE audience = 'chat'"), 3);
        assert!(shop.store.announce_restock(shop.at, 4).await.unwrap());
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM restock_subscriptions"), 1);
    }

    async fn who_waited_longest_is_told_first_and_the_others_wait_on_when_the_units_are_gone(shop) {
        let product = shop.product("Netflix").await;
        for (number, chat) in [(3, 700), (1, 701), (4, 702), (2, 703)] {
            let waits = shop.customer(chat, "Somebody").await;
            shop.store.subscribe_restock(product, waits.user, shop.later(number)).await.unwrap();
        }
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        assert!(shop.store.announce_restock(shop.at, 2).await.unwrap());
        shop.db().run("UPDATE stock_units SET state = 'burned'").unwrap();
        assert_eq!(shop.announced(4).await, [[701, 703]], "before the unit was gone");
        shop.store.add_units(product, units(&["b"]), by_admin(), shop.at).await.unwrap();
        assert_eq!(shop.announced(1).await, [vec![700], vec![702], vec![]]);
    }

    async fn a_sale_tells_once_that_few_are_left_and_once_that_none_is_until_there_is_more(shop) {
        let product = shop.product("Netflix").await;
        let contents = ["a", "b", "c", "d", "e", "f", "g"];
        shop.store.add_units(product, units(&contents), by_admin(), shop.at).await.unwrap();
        let sell = async |number, left| {
            let day = Day { store: &shop.store, product, number, at: shop.at };
            day.pays_from_balance(&day.somebody_comes(1).await, left).await;
            shop.stock_news().await
        };
        let (number, name) = (ProductNumber(1), "Netflix".to_owned());
        let low = StaffNews::LowStock { product: number, name: name.clone(), left: 9 };
        let sold_out = StaffNews::SoldOut { product: number, name };
        for (number, left, told) in [
            (1, 11, None),
            (2, 9, Some(&low)),
            (3, 8, None),
            (4, 0, Some(&sold_out)),
            (5, 0, None), // a unit that was given back is no news
            (6, 1, None),
        ] {
            assert_eq!(sell(number, left).await, told.into_iter().cloned().collect::<Vec<_>>(), "{left} left");
        }
        shop.store.add_units(product, units(&["h"]), by_admin(), shop.at).await.unwrap();
        assert_eq!(sell(7, 0).await, [sold_out]);
        assert_eq!(sell(8, 3).await, []);
    }

    async fn late_money_that_takes_the_last_unit_tells_that_it_did(shop) {
        let product = shop.product("Netflix").await;
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        let day = Day { store: &shop.store, product, number: 1, at: shop.at };
        let buyer = day.somebody_comes(1).await;
        let order = day.reserve(&buyer, 1, None).await;
        let invoice = day.invoice(&buyer, 1, Pays::Order(order.id)).await;
        let late = shop.later(660);
        shop.store.expire_due(late, 10).await.unwrap();
        let settled = shop.store.settle(vec![(invoice, "webhook")], true, day.left(1), late).await.unwrap();
        assert_eq!(settled.outcomes, [Settled::LateDelivered]);
        assert_eq!(shop.stock_news().await, [StaffNews::SoldOut { product: ProductNumber(1), name: "Netflix".into() }]);
    }

    async fn a_paid_orders_goods_are_read_by_line(shop) {
        let (netflix, spotify) = (shop.product("Netflix").await, shop.product("Spotify").await);
        shop.store.add_units(netflix, units(&["n1", "n2", "n3"]), by_admin(), shop.at).await.unwrap();
        shop.store.add_units(spotify, units(&["s1"]), by_admin(), shop.at).await.unwrap();
        let buyer = shop.customer(700, "Budi").await;
        shop.db_order(5, &buyer, OrderState::Paid);
        shop.db_order(6, &buyer, OrderState::Pending);
        shop.db().run(format!(
            "INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, amount, note) VALUES \
             (5, 1, {spotify}, 'Spotify', 1, 1, 1, NULL), (5, 2, {netflix}, 'Netflix', 2, 1, 2, 'note'), \
             (6, 1, {netflix}, 'Netflix', 1, 1, 1, NULL); \
             UPDATE stock_units SET state = 'sold', order_id = 5; \
             UPDATE stock_units SET state = 'reserved', order_id = 6 WHERE id = 3"
        )).unwrap();
        let goods = shop.store.goods_of(OrderId(5)).await.unwrap();
        let read: Vec<(&str, Vec<&[u8]>)> = goods
            .iter()
            .map(|line| (line.name.as_str(), line.units.iter().map(|unit| unit.ciphertext.as_slice()).collect()))
            .collect();
        assert_eq!(read, [("Spotify", vec![b"s1".as_slice()]), ("Netflix", vec![b"n1", b"n2"])]);
        assert_eq!(goods[1].note.as_deref(), Some("note"));
        assert_eq!(shop.store.goods_of(OrderId(6)).await.unwrap(), [], "not paid");

        let rows = shop.store.units_of(netflix, 0, 10).await.unwrap().rows;
        let states: Vec<(&str, Option<&str>)> =
            rows.iter().map(|row| (row.state.as_str(), row.order_code.as_deref())).collect();
        assert_eq!(states, [("sold", Some("CODE5")), ("sold", Some("CODE5")), ("reserved", Some("CODE6"))]);
    }
}
