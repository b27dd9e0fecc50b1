//! A day in the life of a shop: everything that happens all the time, once.

use crate::harness::*;
use chrono::{DateTime, TimeDelta, Utc};
use quickcart::rules::audit::By;
use quickcart::rules::ids::{ChatId, InvoiceId, MessageId, OrderId, ProductId, UnitId};
use quickcart::rules::invoice::{AskRule, Opened, Settled};
use quickcart::rules::money::Rupiah;
use quickcart::rules::order::{Order, Reserved, Wanted};
use quickcart::rules::people::{Profile, ProfileChange, UserRef};
use quickcart::store::Store;
use quickcart::store::model::*;
use serde_json::json;

/// A shop, one of its products, and which day it is: what a day makes is named by its number.
pub struct Day<'a> {
    pub store: &'a Store,
    pub product: ProductId,
    pub number: i64,
    pub at: DateTime<Utc>,
}

const MINUTE: TimeDelta = TimeDelta::minutes(1);

impl Day<'_> {
    pub async fn live(&self) {
        let buyer = self.somebody_comes(1).await;
        self.stock_arrives().await;
        self.pays_from_balance(&buyer, 5).await;
        self.pays_by_qris(&buyer).await;
        self.lets_an_order_expire(&buyer).await;
        self.cancels(&buyer).await;
        self.queues_are_emptied().await;
        self.looks_at_the_past(&buyer).await;
        self.staff_look(&buyer).await;
        self.forgets().await;
    }

    fn key(&self, what: &str) -> String {
        format!("day {}: {what}", self.number)
    }

    pub async fn somebody_comes(&self, place: i64) -> Profile {
        let (store, at) = (self.store, self.at);
        let chat = ChatId(700 + 10 * self.number + place);
        store.profile_by_chat(PLATFORM, chat).await.unwrap();
        let me = store.enroll(newcomer(chat.0, &format!("Budi {chat}")), at).await.unwrap();
        store.set_unreachable(chat, false, at).await.unwrap();
        store.change_profile(me.user, ProfileChange::Onboarded, at).await.unwrap();
        store.session(me.user).await.unwrap();
        store.save_sessions(vec![(me.user, json!({ "at": "menu" }))], at).await.unwrap();
        store.mark_seen(vec![self.key("update")], at).await.unwrap();
        store.subscribe_restock(self.product, me.user, at).await.unwrap();
        store.put_in_cart(self.key("cart"), me.user, self.product, 1, at).await.unwrap();
        store.cart(me.user).await.unwrap();
        store.empty_cart(me.user).await.unwrap();
        store.catalogue().await.unwrap();
        store.top_buyers(10).await.unwrap();
        me
    }

    pub async fn stock_arrives(&self) {
        let contents: Vec<String> = (0..20).map(|unit| self.key(&format!("unit {unit}"))).collect();
        let contents: Vec<&str> = contents.iter().map(String::as_str).collect();
        self.store.add_units(self.product, units(&contents), by_admin(), self.at).await.unwrap();
    }

    /// What the shelf shows: so many units are left.
    pub fn left(&self, units: i64) -> Scarcity {
        Scarcity { threshold: 10, free: [(self.product, units)].into() }
    }

    /// Reserves a unit; `suggested` by memory, or found by the claim.
    pub async fn reserve(&self, buyer: &Profile, place: i64, suggested: Option<UnitId>) -> Order {
        let request = ReserveRequest {
            key: self.key(&format!("order {place}")),
            user: buyer.user,
            chat: buyer.chat,
            wanted: vec![Wanted { product: self.product, quantity: 1 }],
            order: OrderId(900_000_000 + self.number * 100 + place),
            code: format!("DAY{}-{place}", self.number),
            suggested: suggested.into_iter().map(|unit| (self.product, unit)).collect(),
        };
        let policy = ReservePolicy {
            expiry_seconds: 600,
            open_orders_max: 1,
            expired_before_cooldown: 3,
            cooldown: TimeDelta::minutes(15),
            reseller_discount_percent: Default::default(),
        };
        let done = self.store.reserve(vec![request], policy, self.at).await.unwrap();
        match done.outcomes.into_iter().next().unwrap() {
            Reserved::Held(order) => order,
            other => panic!("{other:?}"),
        }
    }

    pub async fn is_given_money(&self, buyer: &Profile) {
        let amount = Rupiah(1_000_000);
        let (id, key) = (920_000_000 + self.number, self.key("money"));
        let request = TransferRequest { id, key, user: buyer.user, chat: buyer.chat, amount, note: None };
        self.store.transfer(request, By::operator(), self.at).await.unwrap();
    }

    /// Buys one of the units on sale; the shelf shows how many are left.
    pub async fn pays_from_balance(&self, buyer: &Profile, left: i64) {
        self.is_given_money(buyer).await;
        let (_, unit) = self.store.free_units().await.unwrap()[0];
        let order = self.reserve(buyer, 1, Some(unit)).await;
        self.store.balance(buyer.user).await.unwrap();
        let payment = BalancePayment { order: order.id, user: buyer.user };
        self.store.pay_from_balance(vec![payment], self.left(left), self.at).await.unwrap();
        self.store.goods_of(order.id).await.unwrap();
    }

    pub fn invoice_request(&self, buyer: &Profile, place: i64, pays: Pays) -> InvoiceRequest {
        InvoiceRequest {
            id: InvoiceId(910_000_000 + self.number * 100 + place),
            user: buyer.user,
            chat: buyer.chat,
            pays,
            key: self.key(&format!("invoice {place}")),
            waiting: None,
            expiry_seconds: 600,
            ask_at: self.at,
            minimum: Rupiah(1),
            unpaid_per_hour: i64::MAX,
        }
    }

    pub async fn invoice(&self, buyer: &Profile, place: i64, pays: Pays) -> InvoiceId {
        let request = self.invoice_request(buyer, place, pays);
        let id = request.id;
        let opened = self.store.open_invoice(request, self.at).await.unwrap();
        assert!(matches!(opened, Opened::Opening(_)), "{opened:?}");
        let figures = InvoiceFigures {
            fee: Rupiah(500),
            total: Rupiah(1_000_000),
            qr: "qr".into(),
            checkout_url: "https://pay.example".into(),
            expires_at: self.at + MINUTE * 10,
            ask_at: self.at,
        };
        self.store.invoice_opened(id, figures, self.at).await.unwrap();
        id
    }

    async fn pays_by_qris(&self, buyer: &Profile) {
        let order = self.reserve(buyer, 2, None).await;
        let id = self.invoice(buyer, 2, Pays::Order(order.id)).await;
        let invoice = self.store.invoice_of_order(order.id).await.unwrap().unwrap();
        self.store.invoice_by_reference(invoice.reference).await.unwrap().unwrap();
        let rule = AskRule { interval: MINUTE, late_window: MINUTE * 60 };
        assert!(self.store.due(self.at).await.unwrap().poll);
        let due = self.store.take_due_invoices(rule, self.at, 10).await.unwrap();
        let due: Vec<_> = due.iter().filter(|due| due.invoice.id == id).collect();
        assert!(matches!(due[..], [DueInvoice { is_last: false, .. }]), "{due:?}");
        self.store.asked_out(id, due[0].again_at).await.unwrap();
        self.store.note_hint(id, self.at, self.at).await.unwrap();
        let settled = self.store.settle(vec![(id, "webhook")], true, self.left(0), self.at).await.unwrap();
        assert_eq!(settled.outcomes, [Settled::Settled]);
    }

    async fn lets_an_order_expire(&self, buyer: &Profile) {
        let order = self.reserve(buyer, 3, None).await;
        let id = self.invoice(buyer, 3, Pays::Order(order.id)).await;
        let deposit = Pays::Deposit { amount: Rupiah(10_000), code: self.key("deposit") };
        let deposit = self.invoice(buyer, 4, deposit).await;
        let late = self.at + MINUTE * 11;
        assert!(self.store.due(late).await.unwrap().expiry);
        assert_eq!(self.store.expire_due(late, 10).await.unwrap().len(), 2);
        let both = vec![(id, "webhook"), (deposit, "poller")];
        let settled = self.store.settle(both, true, self.left(20), late).await.unwrap();
        assert_eq!(settled.outcomes, [Settled::LateDelivered, Settled::Settled]);
    }

    async fn cancels(&self, buyer: &Profile) {
        let order = self.reserve(buyer, 5, None).await;
        self.store.cancel_order(order.id, buyer.user, self.at).await.unwrap();
    }

    pub async fn queues_are_emptied(&self) {
        let (store, at) = (self.store, self.at + MINUTE * 12);
        store.whitelist(ChatId(-5), true, By::operator(), at).await.unwrap();
        assert!(store.fan_out_notices(at).await.unwrap() > 0);
        while store.restock_waits().await.unwrap() {
            store.announce_restock(at, 1_000).await.unwrap();
        }
        loop {
            assert!(store.next_fact_due(at).await.unwrap().is_none_or(|due| due <= at));
            let due = store.take_due_facts(at, 30, 60).await.unwrap();
            if due.is_empty() {
                break;
            }
            let sent = |due: &DueFact| (due.id, SendOutcome::Sent(Some(MessageId(1))));
            store.record_sends(due.iter().map(sent).collect(), at).await.unwrap();
        }
        let waiting = store.audit_waiting(1_000).await.unwrap();
        let head = store.append_audit(waiting.clone()).await.unwrap();
        store.audit_shipped(waiting.iter().map(|row| row.event_id).collect(), head, at).await.unwrap();
        assert!(!store.due(at).await.unwrap().audit);
    }

    async fn looks_at_the_past(&self, buyer: &Profile) {
        let page = self.store.orders_of(buyer.user, 0, 5).await.unwrap();
        assert_eq!(page.total, 4);
        self.store.order(page.rows[0].id).await.unwrap();
        self.store.movements_of(buyer.user, 0, 5).await.unwrap();
        self.store.bought_in_all(buyer.user).await.unwrap();
        self.store.messages_about(format!("goods:{}", page.rows[0].id)).await.unwrap();
        self.store.support_thread(ChatId(-5), MessageId(1)).await.unwrap();
    }

    /// What is older than a month, of which there is more than a portion.
    async fn forgets(&self) {
        let old = self.at - TimeDelta::days(30);
        self.store.forget_before(old, ForgetFrom::START, 100).await.unwrap();
    }

    async fn staff_look(&self, buyer: &Profile) {
        self.store.order_by_code(format!("DAY{}-1", self.number)).await.unwrap().unwrap();
        let username = buyer.username.clone().unwrap();
        for who in
            [UserRef::Chat(buyer.chat), UserRef::Username(username), UserRef::BankId(buyer.bank_id.clone())]
        {
            self.store.find_person(who).await.unwrap().unwrap();
        }
    }
}
