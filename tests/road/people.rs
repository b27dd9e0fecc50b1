//! People at the shop. Whatever happens to it, they look, wait a while, and press again.

use crate::reckoning::{DELIVERED_WITHIN, is_goods_of};
use crate::shop::{PATIENCE, Shop};
use quickcart::sandbox::{ChatMessage, Kind, PayOptions};
use std::time::Duration;
use tokio::time::Instant;

pub const ADMIN: i64 = 9001;
pub const OWNER: i64 = 9002;
pub const FIRST_CUSTOMER: i64 = 10_001;

/// After so long without an answer a customer presses again.
const PRESS_AGAIN: Duration = Duration::from_secs(5);

/// What a press on "buy" came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bought {
    /// An order, by its id.
    Order(i64),
    /// They were told how many are left.
    TooFew(String),
}

/// A customer by place: 0 is the first.
pub fn customer(place: usize) -> i64 {
    FIRST_CUSTOMER + place as i64
}

impl Shop {
    // Seeing --------------------------------------------------------------------------------

    /// Waits until something can be seen at the servers.
    pub async fn sees<T>(&self, what: &str, find: impl Fn() -> Option<T>) -> T {
        self.sees_within(PATIENCE, find).await.unwrap_or_else(|| panic!("never seen: {what}"))
    }

    pub async fn sees_within<T>(&self, patience: Duration, find: impl Fn() -> Option<T>) -> Option<T> {
        let end = Instant::now() + patience;
        loop {
            let sequence = self.sandbox.sequence();
            if let Some(found) = find() {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.sandbox.wait_change(sequence, left).await;
        }
    }

    /// The bot's messages in a chat that are still there.
    pub fn bot_messages(&self, chat: i64) -> Vec<ChatMessage> {
        let all = self.sandbox.messages(chat).into_iter();
        all.filter(|message| message.from_bot && !message.deleted).collect()
    }

    /// A button whose data begins so, newest first: its message and its data.
    pub fn button(&self, chat: i64, begins: &str) -> Option<(i64, String)> {
        self.bot_messages(chat).iter().rev().find_map(|message| {
            let buttons = message.inline_keyboard.iter().flatten();
            let data = buttons.filter_map(|button| button.callback_data.clone());
            data.into_iter().find(|data| data.starts_with(begins)).map(|data| (message.message_id, data))
        })
    }

    // Staff ---------------------------------------------------------------------------------

    /// Admin and owner write once, so that the bot may write to them.
    pub async fn staff_come_in(&self) {
        for person in [ADMIN, OWNER] {
            self.says(person, "/help", "Bantuan").await;
        }
    }

    /// Types a text until a new message with these words comes.
    pub async fn says(&self, person: i64, text: &str, words: &str) -> ChatMessage {
        let before = self.bot_messages(person).iter().map(|message| message.message_id).max().unwrap_or(0);
        self.sandbox.say(person, text).unwrap();
        self.sees(&format!("{words:?} after {text:?} in chat {person}"), || {
            let new = self.bot_messages(person).into_iter().filter(|message| message.message_id > before);
            new.into_iter().find(|message| message.text.contains(words))
        })
        .await
    }

    /// A product with these units on sale; its number.
    pub async fn sells(&self, name: &str, price: i64, units: std::ops::Range<usize>) -> i64 {
        let added = self.says(ADMIN, &format!("/add -|{name}|Streaming|{price}|-"), "ditambahkan").await;
        let number = added.text.chars().filter(char::is_ascii_digit).take_while(char::is_ascii_digit);
        let number = number.take(1).collect::<String>().parse().unwrap();
        self.restocks(number, units).await;
        number
    }

    pub async fn restocks(&self, number: i64, units: std::ops::Range<usize>) {
        if units.is_empty() {
            return;
        }
        let units: Vec<String> = units.map(|unit| format!("unit-{number}-{unit:06}")).collect();
        for some in units.chunks(200) {
            self.says(ADMIN, &format!("/addstock {number}|{}", some.join("\n")), "Stok").await;
        }
    }

    /// Money for a customer, who has to be known to the shop.
    pub async fn gives(&self, customer: i64, amount: i64) {
        self.says(ADMIN, &format!("/transfer {customer}|{amount}"), "Saldo").await;
    }

    // Customers -----------------------------------------------------------------------------

    /// Opens the product's card.
    pub async fn looks_at(&self, customer: i64, number: i64) {
        self.keeps(
            &format!("a card for {customer}"),
            || self.sandbox.say(customer, &number.to_string()).map(drop),
            || {
                let buys = self.button(customer, &format!("buy:{number}"));
                buys.map(drop).or_else(|| self.button(customer, "notify:").map(drop))
            },
        )
        .await
    }

    /// Does something until it shows, again when nothing came of it.
    pub async fn keeps<T>(
        &self,
        what: &str,
        act: impl Fn() -> Result<(), String>,
        find: impl Fn() -> Option<T>,
    ) -> T {
        let end = Instant::now() + PATIENCE * 2;
        while Instant::now() < end {
            if let Some(found) = find() {
                return found;
            }
            act().unwrap();
            if let Some(found) = self.sees_within(PRESS_AGAIN, &find).await {
                return found;
            }
        }
        panic!("it never came to this: {what}");
    }

    /// Presses a button; one that is not to be seen any more under the newest text that has buttons. The press.
    pub fn presses(&self, customer: i64, data: &str) -> Result<String, String> {
        let messages = self.bot_messages(customer);
        let others =
            |message: &&ChatMessage| message.kind == Kind::Text && !message.inline_keyboard.is_empty();
        let newest = messages.iter().rev().find(others).map(|message| message.message_id);
        let message = self.button(customer, data).map(|(message, _)| message).or(newest);
        let message = message.ok_or(format!("{customer} sees no button"))?;
        self.sandbox.press(customer, customer, message, data)
    }

    /// Buys one unit: an order, or the word that there are too few.
    pub async fn buys(&self, customer: i64, number: i64) -> Bought {
        self.looks_at(customer, number).await;
        let presses = std::cell::RefCell::new(Vec::<String>::new());
        self.keeps(
            &format!("a checkout for {customer}"),
            || {
                presses.borrow_mut().push(self.presses(customer, &format!("buy:{number}:1"))?);
                Ok(())
            },
            || {
                if let Some(order) = self.new_order(customer) {
                    return Some(Bought::Order(order));
                }
                let answers = presses.borrow();
                let mut answers =
                    answers.iter().filter_map(|press| self.sandbox.callback_answer(press)?.text);
                answers.find(|text| text.contains("habis") || text.contains("tinggal")).map(Bought::TooFew)
            },
        )
        .await
    }

    /// An order that a customer can pay now and that nobody has asked about before.
    fn new_order(&self, customer: i64) -> Option<i64> {
        let (_, data) = self.button(customer, "qris:")?;
        let order = data.trim_start_matches("qris:").parse().unwrap();
        self.orders.borrow_mut().insert(order).then_some(order)
    }

    /// Buys one unit that is there.
    pub async fn orders(&self, customer: i64, number: i64) -> i64 {
        match self.buys(customer, number).await {
            Bought::Order(order) => order,
            Bought::TooFew(words) => panic!("{customer} was told {words:?}"),
        }
    }

    /// Pays from the balance until it is paid.
    pub async fn pays_by_balance(&self, customer: i64, order: i64) {
        self.keeps(
            &format!("order {order} paid"),
            || self.presses(customer, &format!("saldo:{order}")).map(drop),
            || self.db_is_paid(order).then_some(()),
        )
        .await;
    }

    /// Asks for the QR until it is in the chat; the invoice's reference at the gateway.
    pub async fn asks_for_qr(&self, customer: i64, order: i64) -> String {
        let reference = self.asks_for_qr_in_time(customer, order).await;
        reference.unwrap_or_else(|| panic!("order {order} expired before its QR was there"))
    }

    /// The same; `None` if the order expired before the gateway's turn came.
    pub async fn asks_for_qr_in_time(&self, customer: i64, order: i64) -> Option<String> {
        let ask = || {
            // Without a button the QR is being made: then one waits.
            let _ = self.presses(customer, &format!("qris:{order}"));
            Ok(())
        };
        let shown = || {
            let (invoice, reference) = self.db_invoice(order)?;
            let shown = self.button(customer, &format!("status:{invoice}")).is_some();
            let asked = (shown || self.db_is_paid(order)).then_some(Some(reference));
            asked.or_else(|| (self.db_state(order) == "expired").then_some(None))
        };
        self.keeps(&format!("the QR of order {order} for {customer}"), ask, shown).await
    }

    /// Buys one unit and pays it once the QR is there, whatever happens meanwhile.
    pub async fn buys_by_qris(&self, customer: i64, number: i64) -> i64 {
        let order = self.orders(customer, number).await;
        let reference = self.asks_for_qr(customer, order).await;
        // Somebody in a hurry may have paid it already.
        let _ = self.sandbox.pay(&reference, PayOptions::default());
        order
    }

    /// The same as [`gets_goods`](Self::gets_goods) where a rebuilt messenger sends only after a minute what its predecessor was sending: if the goods do
    /// not come soon, they need not wait for that.
    pub async fn gets_goods_sooner(&self, customer: i64, order: i64) {
        let code = self.db_code(order);
        for _panic in 0..5 {
            if self.sees_within(PRESS_AGAIN, || self.has_goods(customer, &code)).await.is_some() {
                break;
            }
            self.db_sending_lapses();
        }
        self.gets_goods(customer, order).await;
    }

    fn has_goods(&self, customer: i64, code: &str) -> Option<()> {
        self.bot_messages(customer).iter().any(|message| is_goods_of(message, code)).then_some(())
    }

    /// Waits until an order's goods are in its customer's chat, by its code.
    pub async fn gets_goods(&self, customer: i64, order: i64) {
        let code = self.db_code(order);
        let got = self.sees_within(DELIVERED_WITHIN, || self.has_goods(customer, &code));
        assert!(
            got.await.is_some(),
            "{customer} never got the goods of {code}, which is {}",
            self.db_state(order)
        );
    }
}
