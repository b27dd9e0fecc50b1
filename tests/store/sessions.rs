use serde_json::json;

on_both! {
    async fn the_last_of_several_states_is_kept(shop) {
        let (budi, sari) = (shop.customer(700, "Budi").await.user, shop.customer(701, "Sari").await.user);
        assert_eq!(shop.store.session(budi).await.unwrap(), None);
        let states = vec![(budi, json!({"at": "home"})), (sari, json!({"at": "list"})), (budi, json!({"at": "cart"}))];
        shop.store.save_sessions(states, shop.at).await.unwrap();
        shop.store.save_sessions(vec![(sari, json!({"at": "pay", "emoji": "💳"}))], shop.later(5)).await.unwrap();
        shop.store.save_sessions(Vec::new(), shop.at).await.unwrap();
        assert_eq!(shop.store.session(budi).await.unwrap(), Some((json!({"at": "cart"}), shop.at)));
        assert_eq!(shop.store.session(sari).await.unwrap(), Some((json!({"at": "pay", "emoji": "💳"}), shop.later(5))));
        assert_eq!(shop.sister().await.session(budi).await.unwrap(), None);
    }

    async fn a_cart_keeps_the_order_in_which_it_was_filled(shop) {
        let user = shop.customer(700, "Budi").await.user;
        let (a, b, c) = (shop.product("a").await, shop.product("b").await, shop.product("c").await);
        for (second, (product, quantity)) in [(b, 1), (a, 2), (c, 1), (b, 5), (c, 0)].into_iter().enumerate() {
            let at = shop.later(i64::try_from(second).unwrap());
            let holds = shop.store.put_in_cart(second.to_string(), user, product, quantity, at).await.unwrap();
            assert_eq!(holds, quantity);
        }
        let again = shop.store.put_in_cart("0".into(), user, b, 7, shop.at).await.unwrap();
        assert_eq!(again, 5, "what was done before is not done again");
        assert_eq!(shop.store.cart(user).await.unwrap(), [(b, 5), (a, 2)]);
        shop.store.empty_cart(user).await.unwrap();
        assert_eq!(shop.store.cart(user).await.unwrap(), []);
    }
}
