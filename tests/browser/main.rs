//! The sandbox's page in a real browser, from the first press to the goods. Each test has the real program, a page
//! and a browser of its own; what they looked like at the end is in `target/tmp/browser/`.

mod page;
mod process;
mod stage;

use stage::{NARROW, WIDE, visit};

const BUDI: i64 = 1001;
const SARI: i64 = 1002;
const RINA: i64 = 2001;
const ANDI: i64 = 9001;
const STAFF_GROUP: i64 = -1_001_234;

#[tokio::test]
async fn a_customer_pays_by_qris_and_the_goods_come() {
    visit("qris", WIDE, &[], async |page| {
        for (chat, role) in [
            (BUDI, "Customer"),
            (SARI, "Customer"),
            (RINA, "Reseller"),
            (ANDI, "Admin"),
            (STAFF_GROUP, "Group"),
        ] {
            page.chat(chat).reads(role).await;
        }
        page.chat(ANDI).start().await;
        let budi = page.chat(BUDI);
        budi.start().await;
        budi.press_key("🛍 LIST PRODUK").await;
        budi.press("all:0").await;
        budi.press("product:6:").await;
        budi.press("buy:6:1").await;
        budi.press("qris:").await;
        budi.sees_qr().await;
        let order = page.open_invoice(BUDI).await;
        page.pay(&order).await;
        budi.reads("contoh-6-1@contoh.id").await;
        budi.sees_no_qr().await;
        page.invoice_shows(&order, "Paid").await;

        budi.press_key("👤 AKUN").await;
        budi.press("orders:0").await;
        budi.press("order:").await;
        budi.press("goods:").await;
        budi.reads_times("contoh-6-1@contoh.id", 2).await;
        page.chat(ANDI).reads(page::code(&order)).await;
    })
    .await;
}

#[tokio::test]
async fn a_deposit_pays_for_an_order() {
    visit("balance", WIDE, &[], async |page| {
        let sari = page.chat(SARI);
        sari.start().await;
        sari.press_key("👤 AKUN").await;
        sari.press("deposits").await;
        sari.press("deposit:100000").await;
        sari.sees_qr().await;
        page.pay(&page.open_invoice(SARI).await).await;
        sari.reads("Rp100.000!").await;

        sari.press_key("4").await;
        sari.press("buy:4:1").await;
        sari.press("confirm:").await;
        sari.press("saldo:").await;
        sari.reads("contoh-4-1@contoh.id").await;
        sari.reads("Rp36.500").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_paid_in_time_is_for_sale_again_and_late_money_still_buys_it() {
    visit("expired", WIDE, &["--expiry", "15s"], async |page| {
        let budi = page.chat(BUDI);
        budi.start().await;
        budi.press_key("6").await;
        let on_sale = budi.last_message().await;
        budi.press("buy:6:1").await;
        budi.press("qris:").await;
        budi.sees_qr().await;
        let order = page.open_invoice(BUDI).await;
        budi.sees_no_qr().await;
        budi.reads(page::code(&order)).await;
        budi.press_key("6").await;
        budi.reads(&on_sale).await;

        page.pay(&order).await;
        budi.reads("contoh-6-1@contoh.id").await;
        page.invoice_shows(&order, "Paid late").await;
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_order_takes_its_qr_picture_along() {
    visit("cancelled", WIDE, &[], async |page| {
        let rina = page.chat(RINA);
        rina.start().await;
        rina.press_key("1").await;
        rina.press("buy:1:1").await;
        rina.press("qris:").await;
        rina.sees_qr().await;
        let order = page.open_invoice(RINA).await;
        rina.press("void:").await;
        rina.sees_no_qr().await;
        rina.reads(page::code(&order)).await;
        page.invoice_shows(&order, "Cancelled").await;
    })
    .await;
}

#[tokio::test]
async fn three_copies_of_a_callback_deliver_once() {
    visit("duplicated", WIDE, &[], async |page| {
        let budi = page.chat(BUDI);
        let order = budi.orders_by_qris(5).await;
        page.press("callback-duplicated").await;
        page.pay(&order).await;
        page.invoice_shows(&order, "callbacks answered: 200, 200, 200").await;
        budi.reads("contoh-5-").await;
        budi.says("/help").await;
        assert_eq!(budi.count("contoh-5-").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_lost_callback_is_made_up_for_by_the_status_button() {
    visit("lost", WIDE, &[], async |page| {
        let budi = page.chat(BUDI);
        let order = budi.orders_by_qris(5).await;
        page.press("callback-lost").await;
        page.pay(&order).await;
        page.invoice_shows(&order, "Paid").await;
        assert_eq!(budi.count("contoh-5-").await, 0);
        budi.press("status:").await;
        budi.reads("contoh-5-").await;
        assert!(!page.invoice(&order).await.contains("callbacks answered"));
    })
    .await;
}

#[tokio::test]
async fn a_forged_callback_delivers_nothing() {
    visit("forged", WIDE, &[], async |page| {
        let budi = page.chat(BUDI);
        let order = budi.orders_by_qris(5).await;
        page.press(&format!("forge-{order}")).await;
        page.invoice_shows(&order, "callbacks answered: 200").await;
        budi.says("/help").await;
        assert_eq!(budi.count("contoh-5-").await, 0);
        page.invoice_shows(&order, "Open").await;

        page.pay(&order).await;
        budi.reads("contoh-5-").await;
    })
    .await;
}

#[tokio::test]
async fn a_narrow_window_shows_one_chat_at_a_time() {
    visit("narrow", NARROW, &[], async |page| {
        page.chat(BUDI).is_alone_on_stage().await;
        page.press(&format!("tab-{ANDI}")).await;
        page.chat(ANDI).is_alone_on_stage().await;
        page.press(&format!("tab-{SARI}")).await;
        let sari = page.chat(SARI);
        sari.is_alone_on_stage().await;
        sari.start().await;
        sari.press_key("5").await;
        sari.press("buy:5:1").await;
        sari.press("qris:").await;
        sari.sees_qr().await;

        page.press("tab-desk").await;
        let order = page.open_invoice(SARI).await;
        page.pay(&order).await;
        page.invoice_shows(&order, "Paid").await;
        page.press(&format!("tab-{SARI}")).await;
        sari.reads("contoh-5-").await;
        page.fits_its_window().await;
    })
    .await;
}
