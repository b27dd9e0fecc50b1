//! What Telegram refuses, in its words; what only a bug can cause is held against the bot.

use teloxide_core::payloads::*;
use teloxide_core::requests::Requester;
use teloxide_core::types::*;
use teloxide_core::{ApiError, Bot, RequestError};

use super::words;
use crate::sandbox::tests::{BUDI, SARI, sandbox, untouched};

const CHAT: ChatId = ChatId(BUDI);

#[actix_web::test]
async fn bad_texts_are_refused_and_kept_as_violations() {
    let (sandbox, bot) = sandbox().await;
    let long = "x".repeat(4097);
    let table = [
        // text, refusal
        ("", "Bad Request: message text is empty"),
        ("<b> </b>", "Bad Request: text must be non-empty"),
        (long.as_str(), "Bad Request: message is too long"),
        ("<b>open", "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<div>x</div>", "Bad Request: can't parse entities: Unsupported start tag \"div\" at byte offset 0"),
        ("a < b", "Bad Request: can't parse entities: Unclosed start tag at byte offset 2"),
        ("x</b>", "Bad Request: can't parse entities: Unexpected end tag at byte offset 1"),
        (
            "<b><i>x</b></i>",
            "Bad Request: can't parse entities: Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\"",
        ),
    ];
    for (text, refusal) in &table {
        assert_eq!(
            &words(bot.send_message(CHAT, *text).parse_mode(ParseMode::Html).await),
            refusal,
            "{text:.20}"
        );
    }
    assert_eq!(sandbox.violations().len(), table.len());
    bot.send_message(CHAT, "y".repeat(4096)).await.unwrap();
    assert_eq!(sandbox.messages(BUDI).len(), 2);
}

#[actix_web::test]
async fn bad_buttons_are_refused() {
    let (sandbox, bot) = sandbox().await;
    let url = |url: &str| InlineKeyboardButton::url("Pay", url.parse().unwrap());
    let table = [
        (InlineKeyboardButton::callback("Buy", "x".repeat(65)), "Bad Request: BUTTON_DATA_INVALID"),
        (InlineKeyboardButton::callback("Buy", ""), "Bad Request: BUTTON_DATA_INVALID"),
        (
            url("http://localhost/pay"),
            "Bad Request: inline keyboard button URL 'http://localhost/pay' is invalid: Wrong HTTP URL",
        ),
    ];
    for (button, refusal) in table {
        let result = bot.send_message(CHAT, "x").reply_markup(InlineKeyboardMarkup::new([[button]])).await;
        assert!(words(result).contains(refusal), "{refusal}");
    }
    let good = InlineKeyboardMarkup::new([[url("http://127.0.0.1:1/pay"), url("https://example.org/pay")]]);
    bot.send_message(CHAT, "x").reply_markup(good).await.unwrap();
    assert_eq!(sandbox.violations().len(), 3);
}

#[actix_web::test]
async fn edits_that_cannot_be_are_refused() {
    let (sandbox, bot) = sandbox().await;
    let text = bot.send_message(CHAT, "one").await.unwrap();
    let picture = crate::sandbox::control::sample_photo();
    let photo = bot.send_photo(CHAT, InputFile::memory(picture)).await.unwrap();
    let same = bot.edit_message_text(CHAT, text.id, "one").await.unwrap_err();
    assert!(matches!(same, RequestError::Api(ApiError::MessageNotModified)));
    assert_eq!(sandbox.violations(), Vec::<String>::new());

    let on_photo = bot.edit_message_text(CHAT, photo.id, "x").await;
    assert!(words(on_photo).contains("there is no text in the message to edit"));
    assert_eq!(sandbox.violations(), Vec::<String>::new(), "who edits cannot know what a message was");
    let unknown = bot.edit_message_text(CHAT, MessageId(99_999), "x").await.unwrap_err();
    assert!(matches!(unknown, RequestError::Api(ApiError::MessageToEditNotFound)));
    let theirs = MessageId(sandbox.messages(BUDI)[0].message_id as i32);
    assert!(words(bot.edit_message_text(CHAT, theirs, "x").await).contains("message can't be edited"));
    assert_eq!(sandbox.violations().len(), 2);
}

#[actix_web::test]
async fn a_message_deleted_by_its_reader_is_nobody_s_fault() {
    let (sandbox, bot) = sandbox().await;
    let sent = bot.send_message(CHAT, "one").await.unwrap();
    sandbox.delete(BUDI, i64::from(sent.id.0)).unwrap();
    let edit = bot.edit_message_text(CHAT, sent.id, "two").await.unwrap_err();
    assert!(matches!(edit, RequestError::Api(ApiError::MessageToEditNotFound)));
    let delete = bot.delete_message(CHAT, sent.id).await.unwrap_err();
    assert!(matches!(delete, RequestError::Api(ApiError::MessageToDeleteNotFound)));
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn nobody_is_reached_who_never_wrote_or_blocked_the_bot() {
    let (sandbox, bot) = sandbox().await;
    let stranger = bot.send_message(ChatId(SARI), "hi").await.unwrap_err();
    assert!(matches!(stranger, RequestError::Api(ApiError::ChatNotFound)));
    sandbox.block_bot(BUDI).unwrap();
    let blocked = bot.send_message(CHAT, "hi").await.unwrap_err();
    assert!(matches!(blocked, RequestError::Api(ApiError::BotBlocked)));
    let updates = bot.get_updates().await.unwrap();
    assert!(matches!(updates.last().unwrap().kind, UpdateKind::MyChatMember(_)));
    assert!(sandbox.say(BUDI, "x").is_err());
    sandbox.unblock_bot(BUDI).unwrap();
    bot.send_message(CHAT, "hi").await.unwrap();
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn wrong_tokens_methods_files_and_queries_are_refused() {
    let (sandbox, bot) = sandbox().await;
    let other = Bot::new("1:wrong").set_api_url(sandbox.bot_api_url().parse().unwrap());
    assert!(matches!(other.get_me().await.unwrap_err(), RequestError::Api(ApiError::InvalidToken)));
    let query = bot.answer_callback_query(CallbackQueryId("1".into())).await.unwrap_err();
    assert!(matches!(query, RequestError::Api(ApiError::InvalidQueryId)));
    let photo = bot.send_photo(CHAT, InputFile::memory("no picture")).await.unwrap_err();
    assert!(matches!(photo, RequestError::Api(ApiError::ImageProcessFailed)));
    let file = bot.send_document(CHAT, InputFile::file_id(FileId("nothing".into()))).await.unwrap_err();
    assert!(matches!(file, RequestError::Api(ApiError::WrongFileIdOrUrl)));
    let caption = bot.send_document(CHAT, InputFile::memory("x")).caption("x".repeat(1025)).await;
    assert!(words(caption).contains("message caption is too long"));
    assert!(words(bot.get_chat_member_count(CHAT).await).contains("method not found"));
    assert_eq!(sandbox.violations().len(), 5);
}

#[actix_web::test]
async fn a_hasty_chat_waits_and_a_flood_over_all_is_a_violation() {
    let (sandbox, bot) = untouched().await;
    for id in 1..=40 {
        sandbox.add_person(crate::sandbox::Person::new(id, "P", None, ""));
        sandbox.say(id, "/start").unwrap();
    }
    for _ in 0..3 {
        bot.send_message(ChatId(1), "x").await.unwrap();
    }
    let hasty = bot.send_message(ChatId(1), "x").await.unwrap_err();
    assert!(matches!(hasty, RequestError::RetryAfter(seconds) if seconds.seconds() == 1));
    assert_eq!(sandbox.violations(), Vec::<String>::new());
    let mut floods = 0;
    for id in 2..=40 {
        floods += usize::from(bot.send_message(ChatId(id), "x").await.is_err());
    }
    assert!(floods > 0);
    assert_eq!(sandbox.violations().len(), floods);
    sandbox.set_faults(|faults| faults.limits_off = true);
    bot.send_message(ChatId(1), "x").await.unwrap();
}

#[actix_web::test]
async fn a_second_poll_ends_the_first() {
    let (sandbox, bot) = untouched().await;
    let first = bot.get_updates().timeout(10);
    let (first, ()) = tokio::join!(async { first.await }, async {
        sandbox.wait_change(sandbox.sequence(), std::time::Duration::from_secs(1)).await;
        bot.get_updates().timeout(0).await.unwrap();
    });
    assert!(matches!(first.unwrap_err(), RequestError::Api(ApiError::TerminatedByOtherGetUpdates)));
}

#[actix_web::test]
async fn a_body_that_cannot_be_read_is_a_bad_request() {
    let (sandbox, bot) = sandbox().await;
    let url = format!("{}/bot{}/sendMessage", sandbox.bot_api_url(), bot.token());
    let request = reqwest::Client::new().post(url).header("content-type", "application/json");
    let answer: serde_json::Value = request.body("{").send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["ok"], &answer["error_code"]), (&false.into(), &400.into()));
    assert_eq!(sandbox.violations().len(), 1);
}
