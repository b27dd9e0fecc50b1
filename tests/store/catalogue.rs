use crate::harness::*;
use quickcart::rules::catalogue::{Discount, NewProduct, Package, ProductKind};
use quickcart::rules::ids::ProductNumber;
use quickcart::rules::money::Rupiah;
use quickcart::store::model::AddedProduct;
use rust_decimal::Decimal;

fn new(number: Option<i64>, name: &str) -> NewProduct {
    NewProduct {
        number: number.map(ProductNumber),
        name: name.into(),
        category: "Streaming".into(),
        price: Rupiah(25_000),
        description: "Satu bulan".into(),
    }
}

on_both! {
    async fn a_new_product_gets_the_smallest_free_number(shop) {
        let mut numbers = Vec::new();
        for (number, name) in [(None, "a"), (Some(3), "b"), (None, "c"), (None, "d")] {
            match shop.store.add_product(name.into(), new(number, name), by_admin(), shop.at).await.unwrap() {
                AddedProduct::Added { number, .. } => numbers.push(number.0),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(numbers, [1, 3, 2, 4]);
        let names: Vec<String> = shop.store.catalogue().await.unwrap().into_iter().map(|product| product.name).collect();
        assert_eq!(names, ["a", "c", "b", "d"], "by number");
        assert_eq!(shop.audited().await, ["product.added"; 4]);
    }

    async fn a_taken_number_names_its_product(shop) {
        shop.store.add_product("Netflix".into(), new(Some(7), "Netflix"), by_admin(), shop.at).await.unwrap();
        let taken = shop.store.add_product("Spotify".into(), new(Some(7), "Spotify"), by_admin(), shop.at).await.unwrap();
        assert_eq!(taken, AddedProduct::NumberTaken { number: ProductNumber(7), by: "Netflix".into() });
        shop.db().run(format!("UPDATE products SET deleted_at = {}", shop.db().time(shop.at))).unwrap();
        let free = shop.store.add_product("Spotify".into(), new(Some(7), "Spotify"), by_admin(), shop.at).await.unwrap();
        assert!(matches!(free, AddedProduct::Added { .. }), "a deleted product gives its number back: {free:?}");
        assert_eq!(shop.store.catalogue().await.unwrap().len(), 1);
    }

    async fn a_product_that_is_added_again_by_the_same_request_is_found(shop) {
        let add = async |key: &str| shop.store.add_product(key.into(), new(None, "Netflix"), by_admin(), shop.at).await.unwrap();
        let first = add("1").await;
        assert_eq!(add("1").await, first);
        assert_ne!(add("2").await, first, "a name may stand for two products");
        assert_eq!(shop.audited().await, ["product.added"; 2]);
    }

    async fn a_product_is_read_with_packages_and_both_discounts(shop) {
        let id = shop.product("Netflix").await;
        shop.product("Spotify").await;
        shop.db().run(format!(
            "INSERT INTO product_prices (product_id, quantity, price) VALUES ({id}, 10, 130000), ({id}, 5, 70000); \
             UPDATE products SET discount_nominal = 500, reseller_price = 20000, min_quantity = 2, max_quantity = 9, \
             per_customer = 20, note = 'n', terms = 't', picture = 'p', sold = 4 WHERE id = {id}; \
             UPDATE categories SET discount_percent = '12.5', emoji = '🎬' WHERE name = 'Streaming'"
        )).unwrap();
        let products = shop.store.catalogue().await.unwrap();
        let (netflix, spotify) = (&products[0], &products[1]);
        let package = |quantity, price| Package { quantity, price: Rupiah(price) };
        assert_eq!(netflix.packages, [package(5, 70_000), package(10, 130_000)]);
        assert_eq!(netflix.discount, Some(Discount::Nominal(Rupiah(500))));
        assert_eq!(netflix.category_discount, Some(Discount::Percent(Decimal::new(125, 1))));
        assert_eq!(netflix.category_emoji.as_deref(), Some("🎬"));
        assert_eq!((netflix.min_quantity, netflix.max_quantity, netflix.per_customer), (2, Some(9), Some(20)));
        assert_eq!((netflix.kind, netflix.sold, netflix.reseller_price), (ProductKind::Unique, 4, Some(Rupiah(20_000))));
        assert_eq!(spotify.packages, []);
        assert_eq!((spotify.discount, spotify.category_discount), (None, netflix.category_discount));
    }

    async fn each_shop_has_its_own_catalogue(shop) {
        shop.product("Netflix").await;
        let sister = shop.sister().await;
        assert_eq!(sister.catalogue().await.unwrap(), []);
        sister.add_product("Canva".into(), new(Some(1), "Canva"), by_admin(), shop.at).await.unwrap();
        assert_eq!(shop.store.catalogue().await.unwrap()[0].name, "Netflix");
    }
}
