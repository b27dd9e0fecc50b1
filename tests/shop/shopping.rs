//! Steps that many scenarios take on the way to what they are about.

use crate::chat::Someone;
use crate::world::TestShop;
use quickcart::sandbox::{ChatMessage, PayOptions};

impl Someone {
    /// Opens a product, presses these quantity buttons, and buys at once; the checkout.
    pub async fn orders(&self, number: i64, quantity: &[&str]) -> ChatMessage {
        self.says(&number.to_string()).await;
        for more in quantity {
            self.presses(more).await;
        }
        self.presses("⚡️").await;
        self.sees("🧾 Checkout").await
    }

    /// Orders and asks for the QR; the message that shows it.
    pub async fn asks_for_qr(&self, number: i64, quantity: &[&str]) -> ChatMessage {
        self.orders(number, quantity).await;
        self.presses("📱 QRIS").await;
        self.sees("📱 Scan").await
    }

    /// Orders, pays by QRIS and gets the goods; the message or document with them.
    pub async fn gets(&self, number: i64, quantity: &[&str]) -> ChatMessage {
        self.asks_for_qr(number, quantity).await;
        self.pays();
        self.sees("🎉").await
    }

    /// Pays the newest invoice of their own.
    fn pays(&self) {
        let own = format!("tg{}-", self.id);
        let mut invoices = self.sandbox().invoices();
        invoices.retain(|invoice| invoice.order_id.starts_with(&own));
        let invoice = invoices.pop().expect("an invoice of their own");
        self.sandbox().pay(&invoice.order_id, PayOptions::default()).unwrap();
    }

    /// Opens the page of their newest order.
    pub async fn opens_order(&self, code: &str) -> ChatMessage {
        self.says("👤 AKUN").await;
        self.presses("📜").await;
        self.presses(code).await;
        self.sees(code).await
    }
}

impl TestShop {
    /// Money that the admin gives.
    pub async fn gives(&self, admin: &Someone, to: &Someone, amount: i64) {
        admin.says(&format!("/transfer {}|{amount}", to.id)).await;
        admin.sees("Saldonya sekarang").await;
    }
}
