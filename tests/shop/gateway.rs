//! The gateway's side: invoices, payments, and callbacks of anybody's making.

use crate::world::TestShop;
use quickcart::sandbox::{CallbackFaults, Invoice, InvoiceStatus, PayOptions};

impl TestShop {
    /// The newest invoice at the gateway.
    pub fn invoice(&self) -> Invoice {
        self.sandbox.invoices().pop().expect("an invoice at the gateway")
    }

    /// Somebody pays the newest invoice, and the gateway reports it.
    pub fn is_paid(&self) -> Invoice {
        let invoice = self.invoice();
        self.sandbox.pay(&invoice.order_id, PayOptions::default()).unwrap();
        invoice
    }

    /// The same, with a report that goes wrong.
    pub fn is_paid_with(&self, callback: CallbackFaults) -> Invoice {
        let invoice = self.invoice();
        let options = PayOptions { callback: Some(callback), recorded_amount: None };
        self.sandbox.pay(&invoice.order_id, options).unwrap();
        invoice
    }

    /// Somebody pays the newest invoice, and the gateway's report is lost.
    pub fn is_paid_unheard(&self) -> Invoice {
        self.is_paid_with(CallbackFaults { lost: true, ..CallbackFaults::default() })
    }

    /// Waits until the gateway was told that the only invoice has ended; paid before that, it would say so.
    pub async fn qr_is_dropped(&self) {
        self.until("the QR is dropped", || self.gateway_knows(InvoiceStatus::Cancelled) == 1).await;
    }

    pub fn gateway_knows(&self, status: InvoiceStatus) -> usize {
        self.sandbox.invoices().iter().filter(|invoice| invoice.status == status).count()
    }

    /// Posts a body to the callback's address; the HTTP status.
    pub async fn posts_callback(&self, body: impl Into<reqwest::Body>) -> u16 {
        self.posts_callback_to("", body).await
    }

    /// The same, with something after the address.
    pub async fn posts_callback_to(&self, end: &str, body: impl Into<reqwest::Body>) -> u16 {
        let url = format!("http://{}/webhooks/pakasir{end}", self.app().address);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(url).header("content-type", "application/json").body(body);
        request.send().await.unwrap().status().as_u16()
    }

    /// Answers to callbacks so far.
    pub fn callback_answers(&self) -> Vec<Option<u16>> {
        self.sandbox.callbacks_sent().into_iter().map(|sent| sent.status).collect()
    }
}
