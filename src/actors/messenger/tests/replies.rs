use super::*;
use crate::actors::messenger::messages::{DrainMessenger, FetchFile, SendReply, SendReplyAndTell};
use crate::text::message::Toast;

impl Shop {
    async fn reply(&self, chat: ChatId, body: &str) {
        self.alive().await;
        self.line.ask(SendReply { call: says(chat, body) }).await.unwrap();
    }

    async fn reply_and_tell(&self, chat: ChatId, body: &str) -> Result<Option<MessageId>, SendFault> {
        self.alive().await;
        self.line.ask(SendReplyAndTell { call: says(chat, body) }).await.unwrap()
    }
}

fn bodies(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(body).collect()
}

#[actix_rt::test]
async fn replies_to_a_chat_leave_in_order_and_one_at_a_time() {
    let shop = Shop::open(hasty()).await;
    let release = shop.stage.holds(ALI);
    for number in ["1", "2", "3"] {
        shop.reply(ALI, number).await;
    }
    shop.reply_and_tell(BUDI, "to somebody else").await.unwrap();
    assert_eq!(bodies(&shop.stage.asked(2).await), ["1", "to somebody else"]);
    assert_eq!(shop.stage.count(), 2);
    release.notify_one();
    assert_eq!(bodies(&shop.stage.asked(4).await)[2..], ["2", "3"]);
}

#[actix_rt::test]
async fn a_chat_gets_its_burst_at_once_and_then_its_pace() {
    let shop = Shop::open(MessengerSettings { chat_interval: Duration::from_millis(200), ..hasty() }).await;
    for number in ["1", "2", "3", "4", "5"] {
        shop.reply(ALI, number).await;
    }
    let asked = shop.stage.asked_when(5).await;
    let since = |first: usize, second: usize| asked[second].0 - asked[first].0;
    assert!(since(0, 2) < Duration::from_millis(200));
    assert!(since(0, 3) >= Duration::from_millis(200));
    assert!(since(0, 4) >= Duration::from_millis(400));
}

#[actix_rt::test]
async fn a_flood_wait_parks_only_that_chat_and_its_message_stays_first() {
    let shop = Shop::open(hasty()).await;
    let wait = Duration::from_millis(300);
    shop.stage.fails(ALI, SendFault::Wait(wait));
    shop.reply(ALI, "1").await;
    shop.reply(ALI, "2").await;
    shop.reply_and_tell(BUDI, "to Budi").await.unwrap();
    let asked = shop.stage.asked_when(4).await;
    let calls: Vec<&str> = asked.iter().map(|(_, call)| body(call)).collect();
    assert_eq!(calls, ["1", "to Budi", "1", "2"]);
    assert!(asked[1].0 - asked[0].0 < wait);
    assert!(asked[2].0 - asked[0].0 >= wait);
    assert_eq!(shop.counted("waited"), 1);
}

#[actix_rt::test]
async fn a_reply_that_cannot_wait_so_long_is_dropped_with_all_behind_it() {
    let shop = Shop::open(hasty()).await;
    let wait = Duration::from_secs(3600);
    shop.stage.fails(ALI, SendFault::Wait(wait));
    assert_eq!(shop.reply_and_tell(ALI, "1").await, Err(SendFault::Wait(wait)));
    assert!(matches!(shop.reply_and_tell(ALI, "2").await, Err(SendFault::Wait(left)) if left <= wait));
    assert_eq!(shop.stage.count(), 1);
}

#[actix_rt::test]
async fn a_lost_reply_is_tried_three_times_and_a_refused_one_once() {
    let shop = Shop::open(hasty()).await;
    (0..3).for_each(|_| shop.stage.fails(ALI, SendFault::Down("no answer".into())));
    shop.stage.fails(BUDI, SendFault::Refused("can't parse entities".into()));
    let (lost, refused) =
        tokio::join!(shop.reply_and_tell(ALI, "lost"), shop.reply_and_tell(BUDI, "malformed"));
    assert_eq!(lost, Err(SendFault::Down("no answer".into())));
    assert_eq!(refused, Err(SendFault::Refused("can't parse entities".into())));
    assert_eq!((shop.counted("retry"), shop.counted("refused"), shop.stage.count()), (3, 1, 4));
}

#[actix_rt::test]
async fn answers_to_presses_pass_everybody() {
    let shop = Shop::open(MessengerSettings { in_flight_max: 1, ..hasty() }).await;
    let release = shop.stage.holds(ALI);
    shop.reply(ALI, "held").await;
    shop.reply(BUDI, "behind it").await;
    let answer = Call::Answer { press_id: "7".into(), toast: Toast::default() };
    shop.line.ask(SendReply { call: answer.clone() }).await.unwrap();
    assert_eq!(shop.stage.asked(2).await[1], answer);
    release.notify_one();
    assert_eq!(bodies(&shop.stage.asked(3).await)[2], "behind it");
}

#[actix_rt::test]
async fn who_asks_learns_the_messages_id() {
    let shop = Shop::open(hasty()).await;
    assert_eq!(shop.reply_and_tell(ALI, "hello").await, Ok(Some(MessageId(1))));
}

#[actix_rt::test]
async fn an_adapter_that_panics_takes_only_its_message_along() {
    let shop = Shop::open(hasty()).await;
    shop.stage.plays(ALI, Play::Panic);
    assert!(matches!(shop.reply_and_tell(ALI, "1").await, Err(SendFault::Refused(_))));
    assert!(shop.reply_and_tell(ALI, "2").await.is_ok());
    assert_eq!(shop.deps.metrics.restarts.with_label_values(&["messenger"]).get(), 0);
}

#[actix_rt::test]
async fn when_too_many_replies_wait_one_more_is_dropped_and_facts_still_come_in() {
    let shop = Shop::open(MessengerSettings { replies_max: 3, in_flight_max: 1, ..hasty() }).await;
    let release = shop.stage.holds(ALI);
    for (chat, words) in [(ALI, "held"), (BUDI, "behind"), (CITRA, "behind")] {
        shop.reply(chat, words).await;
    }
    assert!(matches!(shop.reply_and_tell(ALI, "one more").await, Err(SendFault::Wait(_))));
    shop.queue(Audience::Chat(BUDI), Fact::StaffReply { text: "fact".into(), picture: None }).await;
    shop.look().await;
    release.notify_one();
    let asked = shop.stage.asked(4).await;
    assert_eq!(bodies(&asked[..3]), ["held", "behind", "behind"]);
    assert!(shows(&asked[3], BUDI, "fact"));
    assert_eq!(shop.deps.metrics.busy.with_label_values(&["messenger"]).get(), 1);
}

#[actix_rt::test]
async fn of_a_crowd_as_many_are_answered_as_ten_seconds_allow() {
    let shop = Shop::open(MessengerSettings { rate_per_second: 2, in_flight_max: 1, ..hasty() }).await;
    let _never = shop.stage.holds(ALI);
    shop.reply(ALI, "held").await;
    for number in 1..20 {
        shop.reply(ChatId(2000 + number), "behind").await;
    }
    let busy = || shop.deps.metrics.busy.with_label_values(&["messenger"]).get();
    assert_eq!(busy(), 0);
    shop.reply(BUDI, "one more").await;
    assert_eq!(busy(), 1);
}

#[actix_rt::test]
async fn one_chat_cannot_fill_the_memory() {
    let shop = Shop::open(hasty()).await;
    let release = shop.stage.holds(ALI);
    for _ in 0..31 {
        shop.reply(ALI, "again").await; // one under way and thirty behind it
    }
    assert!(matches!(shop.reply_and_tell(ALI, "once too often").await, Err(SendFault::Wait(_))));
    release.notify_one();
    shop.stage.asked(31).await;
}

#[actix_rt::test]
async fn drained_means_that_no_reply_is_left() {
    let shop = Shop::open(hasty()).await;
    let release = shop.stage.holds(ALI);
    shop.reply(ALI, "1").await;
    shop.reply(ALI, "2").await;
    let drained = shop.line.ask(DrainMessenger);
    tokio::pin!(drained);
    assert!(futures_util::poll!(&mut drained).is_pending());
    shop.reply_and_tell(BUDI, "meanwhile").await.unwrap();
    assert!(futures_util::poll!(&mut drained).is_pending());
    release.notify_one();
    drained.await.unwrap();
    assert_eq!(shop.stage.count(), 3);
}

#[actix_rt::test]
async fn files_are_fetched() {
    let shop = Shop::open(hasty()).await;
    shop.alive().await;
    let fetched = shop.line.ask(FetchFile { file: "stock.txt".into(), max_bytes: 10 }).await.unwrap();
    assert_eq!(fetched, Ok(b"stock.txt".to_vec()));
}
