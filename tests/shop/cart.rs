//! Several things at once.

use crate::chat::labels;

scenarios! {
    async fn the_cart_is_filled_changed_and_emptied(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        shop.sells("Spotify", 20_000, &["s1"]).await;
        let budi = shop.budi();
        budi.says("/cart").await;
        let empty = budi.sees("Masih kosong").await;
        assert_eq!(labels(&empty), ["🛍 Lihat produk"]);
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await.says("Netflix × 1");
        budi.sees("Jumlah: 1").await;
        budi.presses("Masukkan keranjang").await.says("Netflix × 2");
        budi.says("2").await;
        budi.presses("Masukkan keranjang").await;
        budi.presses("Keranjang (1)").await;
        budi.sees("Total: Rp90.000").await;
        budi.presses("➕").await;
        budi.sees("Total: Rp125.000").await;
        budi.presses("➖").await;
        budi.sees("Total: Rp90.000").await;
        budi.presses("🗑").await.says("Netflix dikeluarkan");
        let rest = budi.sees("Total: Rp20.000").await;
        assert!(!rest.text.contains("Netflix"), "{}", rest.text);
        budi.presses("Kosongkan").await.says("dikosongkan");
        budi.sees("Masih kosong").await;
    }

    async fn a_cart_takes_no_more_than_there_is(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await;
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await.says("tinggal 1");
        budi.says("/cart").await;
        let cart = budi.sees("× 1 = Rp35.000").await;
        assert!(!labels(&cart).contains(&"➕"), "{:?}", labels(&cart));
    }

    async fn a_line_of_what_has_sold_out_can_still_be_lowered(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.says(&number.to_string()).await;
        budi.presses("+1").await;
        budi.sees("Jumlah: 2").await;
        budi.presses("Masukkan keranjang").await.says("Netflix × 2");
        sari.gets(number, &["+1"]).await;
        budi.says("/cart").await;
        budi.sees("× 2 =").await;
        budi.presses("➖").await.says("Netflix × 1");
    }

    async fn a_cart_of_twenty_products_takes_no_other(shop) {
        for product in 1..=21 {
            shop.sells(&format!("Produk {product}"), 1_000, &[&format!("unit {product}")]).await;
        }
        let budi = shop.budi();
        for number in 1..=20 {
            budi.says(&number.to_string()).await;
            budi.presses("Masukkan keranjang").await.says("× 1");
        }
        budi.says("21").await;
        budi.presses("Masukkan keranjang").await.says("paling banyak 20 produk");
    }

    async fn an_empty_cart_cannot_be_checked_out(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await;
        budi.says("/cart").await;
        let cart = budi.sees("Total:").await;
        budi.presses("Kosongkan").await;
        budi.sees("Masih kosong").await;
        budi.presses_under(&cart, "Checkout").await.says("masih kosong");
        assert!(shop.db_orders().is_empty());
    }

    async fn a_second_tap_on_checkout_shows_the_checkout_again(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await;
        budi.says("/cart").await;
        let cart = budi.sees("Total:").await;
        let checkout = crate::chat::button(&cart, "Checkout").unwrap();
        let taps = [(); 2].map(|()| budi.taps(cart.message_id, &checkout));
        for tap in &taps {
            let toast = budi.is_answered(tap).await;
            assert_eq!(toast.0.text, None);
        }
        budi.sees("🧾 Checkout").await;
        assert_eq!(shop.db_orders().len(), 1);
    }

    async fn checkout_of_a_cart_that_sold_out_meanwhile_keeps_the_cart(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        shop.sells("Spotify", 20_000, &["s1"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        for number in ["1", "2"] {
            budi.says(number).await;
            budi.presses("Masukkan keranjang").await;
        }
        budi.says("/cart").await;
        let cart = budi.sees("Total:").await;
        sari.gets(1, &[]).await;
        budi.presses_under(&cart, "Checkout").await.says("Stok Netflix baru saja habis");
        budi.sees("⚠️ sedang habis").await;
        assert_eq!(shop.db_units("free"), 1);
        budi.presses("🗑").await;
        budi.presses("Checkout · Rp20.000").await;
        budi.sees("Spotify × 1").await;
    }
}
