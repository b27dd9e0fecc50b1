//! What arrives: exactly what was stocked, whatever it is.

use crate::world::TestShop;
use quickcart::sandbox::Kind;

/// `u01` to `u99`.
fn units(count: usize) -> Vec<String> {
    (1..=count).map(|unit| format!("u{unit:02}@contoh.id | sandi")).collect()
}

async fn stocked(shop: &TestShop, name: &str, count: usize) -> (i64, Vec<String>) {
    let units = units(count);
    let number = shop.sells(name, 1_000, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
    (number, units)
}

scenarios! {
    async fn ten_units_come_as_a_message(shop) {
        let (number, units) = stocked(shop, "Netflix", 12).await;
        let goods = shop.budi().gets(number, &["+5", "+2", "+2"]).await;
        assert_eq!(goods.kind, Kind::Text);
        assert!(goods.text.contains(&units[..10].join("\n")) && !goods.text.contains(&units[10]), "{}", goods.text);
    }

    async fn eleven_units_come_as_a_document(shop) {
        let (number, units) = stocked(shop, "Netflix Premium", 12).await;
        let budi = shop.budi();
        budi.gets(number, &["+10"]).await;
        let (file, content) = budi.gets_document("Barangmu ada di dokumen ini").await;
        assert_eq!(file.name, format!("{}-netflix-premium.txt", shop.db_code()));
        assert_eq!(content, units[..11].join("\n") + "\n");
        shop.settles().await;
        budi.opens_order(&shop.db_code()).await;
        budi.presses("Kirim ulang").await;
        assert_eq!(budi.gets_document("Ini barangmu lagi").await.1, content);
    }

    async fn thirty_units_come_in_one_document_in_english(shop) {
        let (number, units) = stocked(shop, "Netflix", 30).await;
        let emma = shop.emma();
        emma.gets(number, &["+10", "+10", "+5", "+2", "+2"]).await;
        assert_eq!(emma.gets_document("Your goods are in this document").await.1, units.join("\n") + "\n");
        assert_eq!(shop.db_units("sold"), 30);
    }

    async fn a_document_of_several_products_tells_them_apart(shop) {
        stocked(shop, "Netflix", 8).await;
        shop.sells("Spotify", 1_000, &["s1", "s2", "s3", "s4"]).await;
        let budi = shop.budi();
        for (number, more) in [("1", "+10"), ("2", "+10")] {
            budi.says(number).await;
            budi.presses(more).await;
            budi.presses("Masukkan keranjang").await;
        }
        budi.says("/cart").await;
        budi.presses("Checkout").await;
        budi.presses("QRIS").await;
        budi.sees("Total bayar").await;
        shop.is_paid();
        let (file, content) = budi.gets_document("Barangmu ada di dokumen ini").await;
        assert_eq!(file.name, format!("{}.txt", shop.db_code()));
        assert_eq!(content, format!("# Netflix\n{}\n\n# Spotify\ns1\ns2\ns3\ns4\n", units(8).join("\n")));
    }

    async fn a_long_unit_comes_whole_as_a_document(shop) {
        let unit = "abcdefghij".repeat(600);
        let number = shop.sells("Lisensi", 1_000, &[&unit]).await;
        let budi = shop.budi();
        budi.gets(number, &[]).await;
        assert_eq!(budi.gets_document("Barangmu ada di dokumen ini").await.1, format!("{unit}\n"));
    }

    async fn a_unit_that_just_fits_a_message_is_not_cut_by_its_escapes(shop) {
        let unit = "&<\">".repeat(800);
        let number = shop.sells("Lisensi", 1_000, &[&unit]).await;
        let goods = shop.budi().gets(number, &[]).await;
        assert!(goods.kind == Kind::Text && goods.text.contains(&unit), "{}", goods.text.len());
    }

    async fn names_and_goods_full_of_signs_read_as_they_were_written(shop) {
        let (name, unit) = ("<b>A & B</b> _*[", "<i>x</i> & \"y\" 'z' _*[`]( 👨‍👩‍👧 ٣ &amp;");
        let number = shop.sells_in("<u>K & L</u>", name, 35_000, &[unit, "dua"]).await;
        shop.notes(number, "<s>catatan</s> & lagi").await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/produk").await;
        budi.presses("KATEGORI").await;
        budi.presses("<u>K & L</u>").await;
        budi.sees(name).await;
        budi.presses(name).await;
        budi.sees(name).await;
        budi.presses("Masukkan keranjang").await.says(name);
        budi.says("/cart").await;
        budi.sees(name).await;
        budi.presses("Checkout").await;
        budi.sees(name).await;
        budi.presses("QRIS").await;
        budi.sees("Total bayar").await;
        shop.is_paid();
        let goods = budi.sees("berhasil!").await;
        assert!(goods.text.contains(unit) && goods.text.contains(name), "{}", goods.text);
        budi.sees("<s>catatan</s> & lagi").await;
        admin.sees(name).await;
        admin.says(&format!("/viewstock {number}")).await;
        let stock = admin.sees(unit).await;
        assert!(stock.text.contains(name), "{}", stock.text);
        shop.settles().await;
        budi.opens_order(&shop.db_code()).await;
        budi.presses("Kirim ulang").await;
        assert!(budi.sees("Ini barangmu lagi").await.text.contains(unit));
    }

    async fn a_name_of_a_person_full_of_signs_reads_as_it_was_written(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("AKUN").await;
        budi.presses("✏️ Nama").await;
        budi.says("<a href=\"x\">Budi</a> & Sons").await;
        budi.sees("Nama: <a href=\"x\">Budi</a> & Sons").await;
        budi.gets(number, &[]).await;
        admin.sees("<a href=\"x\">Budi</a> & Sons (@budi, 1001)").await;
    }
}
