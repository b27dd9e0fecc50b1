//! What was paid for arrives, whatever happens on the way.

use super::*;
use crate::actors::messenger::messages::DrainMessenger;
use crate::rules::audit::By;
use crate::rules::catalogue::NewProduct;
use crate::rules::ids::{OrderId, ProductId};
use crate::rules::money::Rupiah;
use crate::rules::order::{Order, OrderState, Reserved, Wanted};
use crate::store::model::{
    AddedProduct, BalancePayment, ReservePolicy, ReserveRequest, Scarcity, TransferRequest,
};

const SECRET: &str = "user@example.com|hunter2";

impl Shop {
    /// A product with one unit.
    pub(super) async fn product(&self) -> ProductId {
        let now = self.deps.clock.now();
        let product = NewProduct {
            number: None,
            name: "Streaming".into(),
            category: "Accounts".into(),
            price: Rupiah(10_000),
            description: "One month".into(),
        };
        let AddedProduct::Added { id, .. } =
            self.deps.store.add_product(product.name.clone(), product, By::operator(), now).await.unwrap()
        else {
            panic!("the number is free");
        };
        let sealed = self.deps.vault.seal(id, SECRET).unwrap();
        self.deps.store.add_units(id, vec![sealed], By::operator(), now).await.unwrap();
        id
    }

    /// A customer buys one unit and pays from the balance; the goods are queued in the same transaction.
    async fn buy(&self, chat: ChatId) -> Order {
        let (store, now) = (&self.deps.store, self.deps.clock.now());
        let (user, product) = (self.enroll(chat).await, self.product().await);
        let gift = TransferRequest {
            id: chat.0 + 1_000_000, // ids are unique across kinds
            key: format!("gift {chat}"),
            user,
            chat,
            amount: Rupiah(10_000),
            note: None,
        };
        store.transfer(gift, By::operator(), now).await.unwrap();
        self.look().await;
        self.all_sent().await; // the customer heard of it
        self.line.ask(DrainMessenger).await.unwrap(); // and the Messenger rests until it is told to look
        let request = ReserveRequest {
            key: format!("press of {chat}"),
            user,
            chat,
            wanted: vec![Wanted { product, quantity: 1 }],
            order: OrderId(chat.0),
            code: format!("CODE{chat}"),
            suggested: store.free_units().await.unwrap(),
        };
        let policy = ReservePolicy {
            expiry_seconds: 600,
            open_orders_max: 1,
            expired_before_cooldown: 3,
            cooldown: TimeDelta::minutes(15),
            reseller_discount_percent: 5.into(),
        };
        let done = store.reserve(vec![request], policy, now).await.unwrap();
        let [Reserved::Held(order)] = &done.outcomes[..] else { panic!("{done:?}") };
        store
            .pay_from_balance(vec![BalancePayment { order: order.id, user }], Scarcity::default(), now)
            .await
            .unwrap();
        order.clone()
    }

    async fn state_of(&self, order: &Order) -> OrderState {
        self.deps.store.order(order.id).await.unwrap().unwrap().state
    }

    /// Waits until so many calls carried the goods.
    async fn delivered(&self, copies: usize) {
        until(async || {
            let asked = self.stage.asked.lock().unwrap();
            asked.iter().filter(|(_, call)| body(call).contains(SECRET)).count() == copies
        })
        .await;
    }
}

#[actix_rt::test]
async fn goods_are_opened_sent_and_their_order_is_delivered() {
    let shop = Shop::open(hasty()).await;
    let order = shop.buy(ALI).await;
    shop.look().await;
    shop.delivered(1).await;
    until(async || shop.state_of(&order).await == OrderState::Delivered).await;
}

#[actix_rt::test]
async fn a_lost_answer_repeats_the_goods() {
    let shop = Shop::open(hasty()).await;
    let order = shop.buy(ALI).await;
    shop.stage.plays(ALI, Play::Fail(SendFault::Down("too slow".into())));
    shop.look().await;
    shop.retried_within(Duration::from_secs(1)).await;
    assert_eq!(shop.state_of(&order).await, OrderState::Paid);
    shop.later(1).await;
    shop.delivered(2).await;
    until(async || shop.state_of(&order).await == OrderState::Delivered).await;
}

#[actix_rt::test]
async fn goods_for_somebody_who_blocked_the_bot_wait_and_staff_are_told() {
    let shop = Shop::open(hasty()).await;
    shop.seat_owner().await;
    let order = shop.buy(ALI).await;
    shop.stage.fails(ALI, SendFault::Gone("bot was blocked by the user".into()));
    shop.look().await;
    until(async || shop.deps.store.order(order.id).await.unwrap().unwrap().undeliverable).await;
    assert_eq!(shop.state_of(&order).await, OrderState::Paid);
    shop.later(10).await;
    until(async || {
        let asked = shop.stage.asked.lock().unwrap();
        asked.iter().any(|(_, call)| call.chat() == Some(OWNER) && body(call).contains(&order.code))
    })
    .await;
}

#[actix_rt::test]
async fn goods_that_do_not_open_wait_and_owners_hear_of_it_once() {
    let mut shop = Shop::open(hasty()).await;
    shop.seat_owner().await;
    let order = shop.buy(ALI).await;
    let right = std::mem::replace(&mut shop.deps.vault, Arc::new(Vault::new(&fresh_key()).unwrap()));
    shop.restart().await;
    let unreadable = || shop.deps.metrics.faults.with_label_values(&["goods-unreadable"]).get();
    shop.look().await;
    until(async || unreadable() == 1).await;
    shop.retried_within(Duration::from_secs(300)).await;
    shop.later(300).await;
    until(async || unreadable() == 2).await;
    shop.retried_within(Duration::from_secs(300)).await;
    let troubles = || {
        let asked = shop.stage.asked.lock().unwrap();
        asked.iter().filter(|(_, call)| body(call).contains("goods-unreadable")).count()
    };
    shop.look().await;
    until(async || troubles() == 1).await;
    assert_eq!(shop.state_of(&order).await, OrderState::Paid);
    shop.deps.vault = right;
    shop.restart().await;
    shop.later(300).await;
    shop.delivered(1).await;
}

#[actix_rt::test]
async fn what_a_dead_process_had_taken_is_sent_after_its_lease() {
    let mut shop = Shop::open(hasty()).await;
    let order = shop.buy(ALI).await;
    let _never = shop.stage.holds(ALI);
    shop.look().await;
    shop.delivered(1).await;
    shop.restart().await;
    shop.later(30).await;
    shop.queue(Audience::Chat(BUDI), Fact::StaffReply { text: "meanwhile".into(), picture: None }).await;
    until(async || shop.stage.asked.lock().unwrap().iter().any(|(_, call)| call.chat() == Some(BUDI))).await;
    shop.delivered(1).await;
    shop.later(31).await;
    shop.delivered(2).await;
    until(async || shop.state_of(&order).await == OrderState::Delivered).await;
}
