use super::*;
use crate::actors::messenger::findings::Findings;
use crate::actors::messenger::messages::{DrainMessenger, SendReply, SendReplyAndTell};
use crate::actors::messenger::{PAUSED_UNTIL, job};
use crate::rules::audit::By;
use crate::rules::fact::StaffNews;
use crate::rules::ids::{FactId, ProductNumber};
use crate::store::model::{DueFact, SendOutcome};

fn reply(text: &str) -> Fact {
    Fact::StaffReply { text: text.into(), picture: None }
}

fn to(chat: ChatId) -> Audience {
    Audience::Chat(chat)
}

fn low_stock(name: &str) -> Fact {
    Fact::News(vec![StaffNews::LowStock { product: ProductNumber(1), name: name.into(), left: 3 }])
}

#[actix_rt::test]
async fn facts_of_a_chat_arrive_in_order_even_if_the_first_must_be_repeated() {
    let shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::Down("no answer".into()));
    shop.queue(to(ALI), reply("first")).await;
    shop.queue(to(ALI), reply("second")).await;
    shop.retried_within(job::backoff(0)).await;
    shop.later(1).await;
    let asked = shop.stage.asked(3).await;
    assert!(
        shows(&asked[0], ALI, "first") && shows(&asked[1], ALI, "first") && shows(&asked[2], ALI, "second")
    );
}

#[actix_rt::test]
async fn what_a_group_was_to_get_follows_it_to_its_new_id() {
    let shop = Shop::open(hasty()).await;
    let (old, new) = (ChatId(-50), ChatId(-1_000_050));
    shop.stage.fails(old, SendFault::Moved(new));
    shop.queue(to(old), reply("news")).await;
    let asked = shop.stage.asked(2).await;
    assert!(shows(&asked[0], old, "news") && shows(&asked[1], new, "news"), "{asked:?}");
    shop.all_sent().await;
    assert_eq!(shop.stage.count(), 2);
}

#[actix_rt::test]
async fn a_chat_that_does_not_answer_holds_nobody_up() {
    let shop = Shop::open(hasty()).await;
    let _never = shop.stage.holds(ALI);
    shop.queue(to(ALI), reply("held")).await;
    for chat in 1..=200 {
        shop.queue(to(ChatId(chat)), reply("hello")).await;
    }
    shop.stage.asked(201).await;
}

#[actix_rt::test]
async fn a_crowd_that_waits_for_a_product_holds_up_nobodys_goods() {
    let shop = Shop::open(settings()).await;
    let product = shop.product().await;
    for chat in 1..=200 {
        let user = shop.enroll(ChatId(chat)).await;
        shop.deps.store.subscribe_restock(product, user, shop.deps.clock.now()).await.unwrap();
    }
    let sealed = shop.deps.vault.seal(product, "another unit").unwrap();
    shop.deps.store.add_units(product, vec![sealed], By::operator(), shop.deps.clock.now()).await.unwrap();
    shop.look().await;
    shop.stage.asked(40).await; // the first are told, and more
    shop.queue(to(BUDI), reply("goods")).await;
    let asked = shop.stage.asked(40 + 2 * 32).await;
    assert!(asked.iter().any(|call| shows(call, BUDI, "goods")));
    assert!(shows(&asked[0], ChatId(1), "back in stock"), "{:?}", asked[0]);
}

#[actix_rt::test]
async fn a_fact_that_outlives_its_lease_in_memory_is_sent_once() {
    let shop = Shop::open(hasty()).await;
    let release = shop.stage.holds(ALI);
    shop.queue(to(ALI), reply("slow")).await;
    shop.stage.asked(1).await;
    shop.later(61).await;
    shop.queue(to(BUDI), reply("meanwhile")).await;
    shop.stage.asked(2).await;
    release.notify_one();
    shop.all_sent().await;
    assert_eq!(shop.stage.count(), 2);
}

#[actix_rt::test]
async fn a_refused_fact_is_given_up_after_five_tries_and_owners_are_told() {
    let shop = Shop::open(hasty()).await;
    shop.seat_owner().await;
    (0..5).for_each(|_| shop.stage.fails(ALI, SendFault::Refused("can't parse entities".into())));
    shop.queue(to(ALI), reply("malformed")).await;
    for tries in 1..=5 {
        until(async || shop.counted("refused") == tries).await;
        if tries < 5 {
            shop.retried_within(Duration::from_secs(60 * tries)).await;
            shop.later(60 * i64::try_from(tries).unwrap()).await;
        }
    }
    let asked = shop.stage.asked(6).await;
    assert!(shows(&asked[5], OWNER, "telegram-refused"));
    shop.queue(to(ALI), reply("the next one")).await;
    assert!(shows(&shop.stage.asked(7).await[6], ALI, "the next one"));
}

/// Hands the Messenger a fact as one whose rendering panicked: no real one does.
#[derive(actix::Message)]
#[rtype(result = "()")]
struct TakeInPanicked(DueFact);

impl Handler<TakeInPanicked> for MessengerActor {
    type Result = ();

    fn handle(&mut self, TakeInPanicked(due): TakeInPanicked, context: &mut Self::Context) {
        self.take_in(&due, None, self.deps.clock.now());
        self.work(context);
    }
}

#[actix_rt::test]
async fn a_fact_whose_words_panic_three_times_is_given_up_and_owners_are_told() {
    let shop = Shop::open(hasty()).await;
    shop.seat_owner().await;
    shop.alive().await;
    let due = DueFact { id: FactId(7), chat: ALI, fact: reply("panics"), language: None, attempts: 0 };
    for _ in 0..3 {
        shop.line.ask(TakeInPanicked(due.clone())).await.unwrap();
    }
    assert!(shows(&shop.stage.asked(1).await[0], OWNER, "telegram-refused"));
    shop.queue(to(ALI), reply("the next one")).await;
    assert!(shows(&shop.stage.asked(2).await[1], ALI, "the next one"));
    assert_eq!(shop.deps.metrics.panics.with_label_values(&["messenger"]).get(), 3);
}

#[actix_rt::test]
async fn the_first_notice_to_staff_is_immediate_and_the_next_ones_come_together() {
    let shop = Shop::open(hasty()).await;
    shop.seat_owner().await;
    shop.queue(Audience::Staff, low_stock("first")).await;
    assert!(shows(&shop.stage.asked(1).await[0], OWNER, "first"));
    for name in ["second", "third", "fourth"] {
        shop.queue(Audience::Staff, low_stock(name)).await;
    }
    shop.queue(to(ALI), reply("meanwhile")).await;
    assert!(shows(&shop.stage.asked(2).await[1], ALI, "meanwhile"));
    shop.later(10).await;
    let asked = shop.stage.asked(3).await;
    assert!(["second", "third", "fourth"].iter().all(|name| shows(&asked[2], OWNER, name)));
    shop.all_sent().await;
    assert_eq!(shop.stage.count(), 3);
}

#[actix_rt::test]
async fn a_flood_pauses_facts_over_a_restart_until_a_reply_goes_through() {
    let mut shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::Wait(Duration::from_secs(45)));
    shop.queue(to(ALI), reply("to Ali")).await;
    let paused = async || {
        shop.deps.store.setting(PAUSED_UNTIL.into()).await.unwrap().is_some_and(|until| !until.is_null())
    };
    until(paused).await;
    shop.restart().await;
    shop.queue(to(BUDI), reply("to Budi")).await;
    shop.alive().await;
    shop.line.ask(SendReplyAndTell { call: says(CITRA, "a menu") }).await.unwrap().unwrap();
    assert!(shows(&shop.stage.asked(2).await[1], CITRA, "a menu"));
    until(async || {
        shop.deps.store.setting(PAUSED_UNTIL.into()).await.unwrap().is_some_and(|until| until.is_null())
    })
    .await;
    assert!(shows(&shop.stage.asked(3).await[2], BUDI, "to Budi"));
}

#[actix_rt::test]
async fn during_a_flood_replies_leave_one_at_a_time() {
    let shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::Wait(Duration::from_secs(45)));
    shop.queue(to(ALI), reply("to Ali")).await;
    until(async || shop.counted("waited") == 1).await;
    let probe = shop.stage.holds(BUDI);
    shop.line.ask(SendReply { call: says(BUDI, "the probe") }).await.unwrap();
    let behind = shop.line.ask(SendReplyAndTell { call: says(CITRA, "behind it") });
    tokio::pin!(behind);
    shop.stage.asked(2).await;
    assert!(futures_util::poll!(&mut behind).is_pending());
    shop.look().await;
    assert_eq!(shop.stage.count(), 2);
    probe.notify_one();
    behind.await.unwrap().unwrap();
}

#[actix_rt::test]
async fn a_fact_that_must_wait_longer_than_its_lease_goes_back_to_the_store() {
    let shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::Wait(Duration::from_secs(100)));
    shop.queue(to(ALI), reply("to Ali")).await;
    let due = async || {
        let now = shop.deps.clock.now();
        let due = shop.deps.store.next_fact_due(now).await.unwrap().unwrap();
        due > now + TimeDelta::seconds(90) && due <= now + TimeDelta::seconds(100)
    };
    until(due).await;
}

#[actix_rt::test]
async fn a_fact_whose_chat_is_parked_for_hours_is_not_looked_at_without_end() {
    let shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::Wait(Duration::from_secs(7200)));
    shop.queue(to(ALI), reply("to Ali")).await;
    let now = || shop.deps.clock.now();
    let due = async || shop.deps.store.next_fact_due(now()).await.unwrap();
    until(async || due().await.is_some_and(|due| due > now() + TimeDelta::minutes(14))).await;
    shop.look().await;
    assert!(due().await.is_some_and(|due| due <= now() + TimeDelta::minutes(15)));
}

#[actix_rt::test]
async fn a_fact_that_is_to_be_tried_again_does_not_wait_for_a_clock_that_went_back() {
    let shop = Shop::open(hasty()).await;
    shop.stage.fails(ALI, SendFault::Down("no answer".into()));
    shop.queue(to(ALI), reply("to Ali")).await;
    shop.retried_within(job::backoff(0)).await;
    shop.later(-86_400).await;
    assert!(shows(&shop.stage.asked(2).await[1], ALI, "to Ali"));
}

#[actix_rt::test]
async fn a_drain_gives_back_what_has_not_begun_and_waits_for_the_rest() {
    let shop = Shop::open(MessengerSettings { in_flight_max: 1, ..hasty() }).await;
    let release = shop.stage.holds(ALI);
    shop.queue(to(ALI), reply("under way")).await;
    shop.stage.asked(1).await;
    shop.queue(to(BUDI), reply("not begun")).await;
    let now = || shop.deps.clock.now();
    until(async || shop.deps.store.next_fact_due(now()).await.unwrap().is_some_and(|due| due > now())).await; // leased
    let drained = shop.line.ask(DrainMessenger);
    tokio::pin!(drained);
    assert!(futures_util::poll!(&mut drained).is_pending());
    until(async || shop.deps.store.next_fact_due(now()).await.unwrap().is_some_and(|due| due <= now())).await; // given back
    release.notify_one();
    drained.await.unwrap();
    assert_eq!(shop.stage.count(), 1);
    shop.look().await;
    assert!(shows(&shop.stage.asked(2).await[1], BUDI, "not begun"));
    shop.all_sent().await;
}

#[actix_rt::test]
async fn what_the_database_did_not_take_is_not_forgotten() {
    let shop = Shop::open(hasty()).await;
    shop.deps
        .store
        .enqueue(
            vec![NewFact { audience: to(ALI), fact: reply("hello"), subject: None }],
            shop.deps.clock.now(),
        )
        .await
        .unwrap();
    let taken = shop.deps.store.take_due_facts(shop.deps.clock.now(), 1, 60).await.unwrap();
    let findings = Findings {
        outcomes: vec![(taken[0].id, SendOutcome::Sent(None)), (taken[0].id, SendOutcome::Sent(None))],
        troubles: vec![NewFact { audience: Audience::Owners, fact: reply("trouble"), subject: None }],
        unreachable: vec![ALI],
        pause: Some(serde_json::Value::Null),
    };
    let usurped = MessengerDeps { store: shop.deps.store.with_epoch(99), ..shop.deps.clone() };
    let written = findings.write(&usurped).await;
    assert!(written.facts.is_empty() && written.fault.is_some());
    let mut left = Findings::default();
    left.put_back(written.left);
    let written = left.write(&shop.deps).await;
    assert_eq!((written.facts.len(), written.left.is_empty(), written.fault), (2, true, None));
    assert!(shop.deps.store.setting(PAUSED_UNTIL.into()).await.unwrap().is_some());
}

#[actix_rt::test]
async fn a_fact_of_several_messages_goes_on_where_it_was() {
    let shop = Shop::open(hasty()).await;
    let text: String = (0..700).map(|number| format!("word {number} ")).collect();
    let release = shop.stage.holds(ALI);
    shop.stage.fails(ALI, SendFault::Down("no answer".into()));
    shop.queue(to(ALI), reply(&text)).await;
    release.notify_one();
    until(async || shop.counted("retry") == 1).await;
    shop.retried_within(job::backoff(0)).await;
    shop.later(1).await;
    let asked = shop.stage.asked(3).await;
    assert!(shows(&asked[0], ALI, "word 0 "));
    assert_eq!(asked[1], asked[2]);
    assert!(!shows(&asked[2], ALI, "word 0 "));
    shop.all_sent().await;
}
