//! Who may buy how much, and for how much: what no command sets yet, but is honoured where it is stored.

use crate::world::{BUDI, TestShop};
use chrono::TimeDelta;
use quickcart::actors::stock::messages::{LookAgain, ReserveUnits};
use quickcart::rules::ids::{ChatId, UserId};
use quickcart::rules::order::{Reserved, Wanted};
use quickcart::sandbox::{CallFault, FaultKind};

impl TestShop {
    /// Changes a product past the shop, which finds it by looking again.
    async fn db_changes_product(&self, changes: &str, shows: &str) {
        self.databases.main.run(format!("UPDATE products SET {changes}"));
        self.app().actors.stock.inform(LookAgain);
        let shown = || {
            let display = self.app().actors.shelf.display();
            display.products.iter().any(|product| format!("{product:?}").contains(shows))
        };
        self.until("the change is on the shelf", shown).await;
    }

    /// The number by which the database knows Budi.
    fn db_budi(&self) -> i64 {
        self.db_number(&format!("SELECT user_id AS value FROM identities WHERE external_id = '{BUDI}'"))
    }
}

scenarios! {
    async fn all_lines_of_an_order_together_keep_to_its_limit(shop) {
        for name in ["Netflix", "Spotify"] {
            let units: Vec<String> = (0..300).map(|unit| format!("{name} {unit}")).collect();
            shop.sells(name, 100, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
        }
        let budi = shop.budi();
        budi.says("/help").await;
        budi.sees("Bantuan").await;
        let user = UserId(shop.db_budi());
        let asks = async |key: &str, quantities: [u32; 2]| {
            let display = shop.app().actors.shelf.display();
            let products = display.products.iter().zip(quantities);
            let wanted = products.map(|(product, quantity)| Wanted { product: product.id, quantity }).collect();
            let request = ReserveUnits { key: key.into(), user, chat: ChatId(BUDI), wanted };
            shop.app().actors.stock.ask(request).await.unwrap().unwrap()
        };
        assert_eq!(asks("test:1", [250, 251]).await, Reserved::TooMuch);
        assert_eq!(shop.db_units("reserved"), 0);
        assert!(matches!(asks("test:2", [250, 250]).await, Reserved::Held(_)));
    }

    async fn a_product_is_bought_in_its_limits_and_no_more_of_it_than_one_customer_may_have(shop) {
        let number = shop.sells("Netflix", 10_000, &["n1", "n2", "n3", "n4", "n5", "n6"]).await;
        let (budi, sari, admin) = (shop.budi(), shop.sari(), shop.admin().await);
        for person in [&budi, &sari] {
            person.says("/help").await;
            shop.gives(&admin, person, 100_000).await;
        }
        shop.db_changes_product("min_quantity = 2, max_quantity = 3, per_customer = 4", "per_customer: Some(4)").await;
        budi.says(&number.to_string()).await;
        let card = budi.sees("Keterangan Netflix").await;
        for (quantity, refused) in [(1, "2 sampai 3"), (4, "2 sampai 3")] {
            budi.presses_data(card.message_id, &format!("buy:{number}:{quantity}")).await.says(refused);
        }
        budi.presses_data(card.message_id, &format!("buy:{number}:3")).await;
        budi.sees("🧾 Checkout").await;
        budi.presses("SALDO").await;
        budi.presses("Ya, bayar Rp30.000").await;
        budi.sees("Ini barangmu").await;
        // One more is all he may have, which is less than he must take.
        budi.presses_data(card.message_id, &format!("buy:{number}:2")).await.says("sudah terpakai");
        sari.says(&number.to_string()).await;
        let card = sari.sees("Keterangan Netflix").await;
        sari.presses_data(card.message_id, &format!("buy:{number}:2")).await;
        sari.sees("🧾 Checkout").await;
        assert_eq!((shop.db_units("sold"), shop.db_units("reserved")), (3, 2));
    }

    async fn a_reseller_pays_their_own_price_and_everybody_the_better_discount(shop) {
        let number = shop.sells("Netflix", 50_000, &["n1", "n2"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        shop.forgiven.extend(["as reseller", "a product costs what"]); // no command did it
        budi.says("/help").await;
        budi.sees("Bantuan").await;
        shop.databases.main.run(format!(
            "INSERT INTO staff (shop_id, user_id, role, since) SELECT 'main', {}, 'reseller', created_at FROM shops",
            shop.db_budi()
        ));
        // a reseller begins at 40.000
        let prices = "reseller_price = 40000, discount_nominal = 5000";
        shop.db_changes_product(prices, "reseller_price: Some(Rupiah(40000))").await;
        shop.restarts().await; // roles are read when somebody comes
        for (person, price) in [(&budi, "Rp35.000"), (&sari, "Rp45.000")] {
            person.says(&number.to_string()).await;
            let card = person.sees("Keterangan Netflix").await;
            assert!(card.text.contains(price), "{}", card.text);
            person.presses("Beli sekarang").await;
            let checkout = person.sees("🧾 Checkout").await;
            assert!(checkout.text.contains(price), "{}", checkout.text);
        }
        assert_eq!(shop.db_lines("SELECT CAST(total AS TEXT) AS value FROM orders ORDER BY total"), ["35000", "45000"]);
    }

    async fn who_is_banned_reads_one_line_and_what_they_bought(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let budi = shop.budi();
        budi.gets(number, &[]).await;
        let code = shop.db_code();
        shop.databases.main.run("UPDATE customers SET banned_at = joined_at");
        shop.restarts().await; // a ban is read when somebody comes
        for typed in ["/start", "KERANJANG", "1", "netflix"] {
            budi.says(typed).await;
            budi.sees("tidak bisa dipakai belanja").await;
        }
        budi.presses("Riwayat pesanan").await;
        budi.sees(&code).await;
        budi.presses(&code).await;
        budi.sees("Netflix × 1").await;
        budi.presses("Kirim ulang").await;
        budi.sees("n1").await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }

    async fn who_left_many_qrs_unpaid_gets_no_new_one_for_a_while_and_can_pay_from_their_balance(shop) {
        shop.config.limits.unpaid_invoices_per_hour = 2;
        shop.restarts().await;
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        shop.provoked.insert("gateway-refused");
        let deposit = async |amount| {
            budi.says("AKUN").await;
            budi.presses("Isi saldo").await;
            let choice = budi.sees("Pilih jumlahnya").await;
            (budi.presses_under(&choice, amount).await, choice)
        };
        // Neither one that is paid counts, nor one that the gateway would not make.
        deposit("Rp10.000").await;
        budi.sees("Total bayar: Rp10.380").await;
        shop.is_paid();
        budi.sees("Saldo bertambah Rp10.000!").await;
        let refuse = FaultKind::Refuse { status: 400, description: "Project is suspended".into() };
        shop.sandbox.set_faults(|faults| faults.pakasir.push(CallFault::next(1, Some("create"), refuse)));
        deposit("Rp10.000").await;
        budi.sees("belum bisa dibuat").await;
        for _ in 0..2 {
            deposit("Rp50.000").await;
            budi.sees("Total bayar: Rp50.660").await;
            budi.presses("Batalkan").await;
            budi.sees("dibatalkan").await;
        }
        let (refused, choice) = deposit("Rp25.000").await;
        refused.says("banyak QR yang tidak dibayar");
        assert!(refused.0.alert);
        budi.presses_under(&choice, "Jumlah lain").await;
        budi.says("30000").await;
        budi.sees("banyak QR yang tidak dibayar").await;
        shop.gives(&admin, &budi, 35_000).await;
        let checkout = budi.orders(number, &[]).await;
        budi.presses_under(&checkout, "QRIS").await.says("banyak QR yang tidak dibayar");
        budi.presses_under(&checkout, "SALDO").await;
        budi.presses("Ya, bayar Rp35.000").await;
        budi.sees("n1").await;
        shop.settles().await;
        assert_eq!((shop.sandbox.invoices().len(), budi.counts("sedang dibuat")), (3, 0));
        shop.passes(TimeDelta::minutes(61)).await;
        budi.asks_for_qr(number, &[]).await;
    }
}
