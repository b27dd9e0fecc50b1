//! The QR's message comes and goes.

use super::*;
use crate::rules::ids::InvoiceId;
use crate::rules::invoice::{Invoice, InvoiceState};
use crate::rules::money::Rupiah;
use chrono::DateTime;

fn invoice(id: i64) -> Invoice {
    let at = DateTime::UNIX_EPOCH;
    Invoice {
        id: InvoiceId(id),
        user: UserId(1),
        chat: ALI,
        order: None,
        code: "K7M3PXQ2".into(),
        reference: "dp1001-7".into(),
        base: Rupiah(10_000),
        fee: Some(Rupiah(380)),
        total: Some(Rupiah(10_380)),
        qr: Some("00020101021226610014COM.EXAMPLE.WWW".into()),
        checkout_url: None,
        state: InvoiceState::Open,
        created_at: at,
        expires_at: at,
    }
}

impl Shop {
    /// Shows a QR in place of message 50 and waits until it is known as message 2.
    async fn show_qr(&self) {
        let opened = Fact::InvoiceOpened { invoice: invoice(7), replaces: Some(MessageId(50)) };
        self.stage.ids.store(1, Ordering::Relaxed);
        self.queue_about(Audience::Chat(ALI), opened, Some("invoice:7".into())).await;
        let asked = self.stage.asked(2).await;
        assert_eq!(asked[0], Call::Delete { chat: ALI, message_id: MessageId(50) });
        assert!(shows(&asked[1], ALI, "K7M3PXQ2"));
        self.all_sent().await;
        assert_eq!(self.deps.store.messages_about("invoice:7".into()).await.unwrap(), [(ALI, MessageId(2))]);
    }
}

#[actix_rt::test]
async fn the_qr_replaces_the_waiting_message_and_goes_when_the_invoice_expires() {
    let shop = Shop::open(hasty()).await;
    shop.show_qr().await;
    let expired = Fact::InvoiceExpired { invoice: InvoiceId(7), code: "K7M3PXQ2".into(), deposit: true };
    shop.queue(Audience::Chat(ALI), expired).await;
    let asked = shop.stage.asked(4).await;
    assert_eq!(asked[2], Call::Delete { chat: ALI, message_id: MessageId(2) });
    assert!(matches!(asked[3], Call::Send { .. }));
    shop.all_sent().await;
}

#[actix_rt::test]
async fn a_qr_that_cannot_be_deleted_is_written_over() {
    let shop = Shop::open(hasty()).await;
    shop.show_qr().await;
    shop.stage.fails(ALI, SendFault::NoSuchMessage);
    shop.queue(
        Audience::Chat(ALI),
        Fact::InvoiceCancelled { invoice: InvoiceId(7), code: "K7M3PXQ2".into(), deposit: false },
    )
    .await;
    let asked = shop.stage.asked(5).await;
    assert!(matches!(&asked[3], Call::Edit { message_id: MessageId(2), .. }));
    assert_eq!(body(&asked[3]), body(&asked[4]));
    shop.all_sent().await;
}

#[actix_rt::test]
async fn an_apology_that_finds_nothing_to_write_over_is_sent() {
    let shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::NoSuchMessage);
    let refused =
        Fact::InvoiceRefused { code: "K7M3PXQ2".into(), order: None, replaces: Some(MessageId(50)) };
    shop.queue(Audience::Chat(ALI), refused).await;
    let asked = shop.stage.asked(2).await;
    assert!(matches!(asked[0], Call::Edit { message_id: MessageId(50), .. }));
    assert!(matches!(asked[1], Call::Send { .. }));
    shop.all_sent().await;
}
