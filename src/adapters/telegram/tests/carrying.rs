//! Calls: right request, yes, no, too slow, nonsense.

use super::{NONSENSE, TOKEN, line, no, sent, telegram, yes};
use crate::adapters::stub::{Reply, Stub, reply};
use crate::adapters::telegram::Telegram;
use crate::ports::{Call, Messenger, SendFault};
use crate::rules::ids::{ChatId, MessageId};
use crate::text::message::{Action, Attachment, Button, Keyboard, Media, Message, Toast};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const CHAT: ChatId = ChatId(7);
const ID: MessageId = MessageId(40);
const NO_TEXT: &str = "Bad Request: there is no text in the message to edit";

fn send(message: Message) -> Call {
    Call::Send { chat: CHAT, message }
}

fn edit(message: Message) -> Call {
    Call::Edit { chat: CHAT, message_id: ID, message }
}

fn delete() -> Call {
    Call::Delete { chat: CHAT, message_id: ID }
}

fn answer() -> Call {
    Call::Answer { press_id: "p1".into(), toast: Toast { text: Some("Habis".into()), alert: true } }
}

fn picture(body: &str) -> Message {
    Message::new(body).with(Attachment::Picture(Media::Png([137, 80, 78, 71].into())))
}

fn button(label: &str, action: Action) -> Button {
    Button { label: label.into(), action }
}

async fn carry(call: Call, replies: Vec<Reply>) -> (Result<Option<MessageId>, SendFault>, Stub) {
    let stub = Stub::start(replies);
    let outcome = telegram(&stub).carry(call).await;
    (outcome, stub)
}

#[actix_web::test]
async fn words_go_out_as_html_without_link_previews() {
    let rows = vec![
        vec![button("Beli", Action::Press("buy:1".into()))],
        vec![button("Bayar", Action::Open("https://pay.example/1".into()))],
    ];
    let (outcome, stub) = carry(send(Message::new("<b>Halo</b>").with_buttons(rows)), vec![sent(41)]).await;
    assert_eq!(outcome, Ok(Some(MessageId(41))));
    assert_eq!(stub.lines(), [line("SendMessage")]);
    let keyboard = json!([
        [{"text": "Beli", "callback_data": "buy:1"}],
        [{"text": "Bayar", "url": "https://pay.example/1"}],
    ]);
    let wanted = json!({
        "chat_id": 7, "text": "<b>Halo</b>", "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": true}, "reply_markup": {"inline_keyboard": keyboard},
    });
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn a_reply_keyboard_is_small_and_stays() {
    let message = Message {
        keyboard: Keyboard::Reply(vec![vec!["STOK".into(), "AKUN".into()]]),
        ..Message::new("Halo")
    };
    let (outcome, stub) = carry(send(message), vec![sent(41)]).await;
    assert_eq!(outcome, Ok(Some(MessageId(41))));
    let markup = &stub.seen()[0].json()["reply_markup"];
    assert_eq!(markup["keyboard"], json!([[{"text": "STOK"}, {"text": "AKUN"}]]));
    assert_eq!((&markup["resize_keyboard"], &markup["is_persistent"]), (&json!(true), &json!(true)));
}

#[actix_web::test]
async fn files_of_ours_are_uploaded_with_their_words() {
    let document = Attachment::Document { name: "akun.txt".into(), content: b"user:pass".as_slice().into() };
    let rows = vec![vec![button("Status", Action::Press("s".into()))]];
    let table = [
        (
            picture("<b>QR</b>").with_buttons(rows.clone()),
            "SendPhoto",
            "name=\"photo\"; filename=\"picture.png\"",
        ),
        (
            Message::new("<b>QR</b>").with(document).with_buttons(rows),
            "SendDocument",
            "name=\"document\"; filename=\"akun.txt\"",
        ),
    ];
    for (message, method, part) in table {
        let (outcome, stub) = carry(send(message), vec![sent(41)]).await;
        assert_eq!(outcome, Ok(Some(MessageId(41))), "{method}");
        assert_eq!(stub.lines(), [line(method)]);
        let body = &stub.seen()[0].body;
        let field = |name: &str, value: &str| format!("name=\"{name}\"\r\n\r\n{value}\r\n");
        assert!(body.contains(part), "{method}: {body}");
        assert!(body.contains(&field("caption", "<b>QR</b>")), "{method}: {body}");
        assert!(body.contains(&field("parse_mode", "HTML")), "{method}: {body}");
        assert!(body.contains(&field("chat_id", "7")), "{method}: {body}");
        assert!(body.contains("{\"inline_keyboard\":"), "{method}: {body}");
        assert!(!body.contains("attach://"), "{method}: {body}");
    }
}

#[actix_web::test]
async fn a_picture_that_telegram_keeps_goes_by_its_id() {
    let message = Message::new("Akun").with(Attachment::Picture(Media::Stored("AgAC".into())));
    let (outcome, stub) = carry(send(message), vec![sent(41)]).await;
    assert_eq!(outcome, Ok(Some(MessageId(41))));
    let wanted = json!({"chat_id": 7, "photo": "AgAC", "caption": "Akun", "parse_mode": "HTML"});
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn words_that_no_caption_holds_follow_by_themselves() {
    let long = format!("<b>{}</b>", "a".repeat(1025));
    let sticker = Message::new("Halo").with(Attachment::Sticker("CAAC".into()));
    let faces = "😀".repeat(513); // 1026 units of UTF-16
    let table = [
        (picture(&long), "SendPhoto", &long),
        (picture(&faces), "SendPhoto", &faces),
        (sticker, "SendSticker", &"Halo".to_owned()),
    ];
    for (message, method, words) in table {
        let (outcome, stub) = carry(send(message), vec![sent(41), sent(42)]).await;
        assert_eq!(outcome, Ok(Some(MessageId(42))));
        assert_eq!(stub.lines(), [line(method), line("SendMessage")]);
        assert!(!stub.seen()[0].body.contains("caption"));
        assert_eq!(stub.seen()[1].json()["text"], json!(words));
    }
    let (_, stub) = carry(send(picture(&"&amp;".repeat(1024))), vec![sent(41)]).await;
    assert_eq!(stub.lines(), [line("SendPhoto")], "an entity is one character");
}

#[actix_web::test]
async fn a_text_that_is_too_long_never_leaves() {
    let (outcome, stub) = carry(send(Message::new("a".repeat(4097))), vec![]).await;
    assert!(matches!(outcome, Err(SendFault::Refused(_))), "{outcome:?}");
    assert!(stub.lines().is_empty());
}

#[actix_web::test]
async fn a_button_without_an_address_is_our_bug() {
    let rows = vec![vec![button("Bayar", Action::Open("nowhere".into()))]];
    let (outcome, stub) = carry(send(Message::new("Halo").with_buttons(rows)), vec![]).await;
    assert!(matches!(outcome, Err(SendFault::Refused(_))), "{outcome:?}");
    assert!(stub.lines().is_empty());
}

#[actix_web::test]
async fn an_edit_changes_words_and_buttons() {
    let (outcome, stub) = carry(edit(Message::new("Baru")), vec![sent(40)]).await;
    assert_eq!(outcome, Ok(Some(ID)));
    assert_eq!(stub.lines(), [line("EditMessageText")]);
    let wanted = json!({
        "chat_id": 7, "message_id": 40, "text": "Baru", "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": true},
    });
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn an_edit_of_a_picture_changes_its_caption() {
    let rows = vec![vec![button("Status", Action::Press("s".into()))]];
    let message = Message::new("Baru").with_buttons(rows);
    let (outcome, stub) = carry(edit(message), vec![no(400, NO_TEXT), sent(40)]).await;
    assert_eq!(outcome, Ok(Some(ID)));
    assert_eq!(stub.lines(), [line("EditMessageText"), line("EditMessageCaption")]);
    let wanted = json!({
        "chat_id": 7, "message_id": 40, "caption": "Baru", "parse_mode": "HTML",
        "reply_markup": {"inline_keyboard": [[{"text": "Status", "callback_data": "s"}]]},
    });
    assert_eq!(stub.seen()[1].json(), wanted);
}

#[actix_web::test]
async fn what_no_edit_can_bring_is_sent_anew_and_the_old_one_goes() {
    let reply_keyboard =
        Message { keyboard: Keyboard::Reply(vec![vec!["STOK".into()]]), ..Message::new("Halo") };
    let (photo, text, gone) = (line("SendPhoto"), line("SendMessage"), line("DeleteMessage"));
    for (message, first) in [(picture("QR"), photo), (reply_keyboard, text.clone())] {
        let (outcome, stub) = carry(edit(message), vec![sent(41), yes("true")]).await;
        assert_eq!(outcome, Ok(Some(MessageId(41))));
        assert_eq!(stub.lines(), [first, gone.clone()]);
        assert_eq!(stub.seen()[1].json(), json!({"chat_id": 7, "message_id": 40}));
    }
    let long = Message::new("a".repeat(1025));
    let (outcome, stub) = carry(edit(long), vec![no(400, NO_TEXT), sent(41), yes("true")]).await;
    assert_eq!(outcome, Ok(Some(MessageId(41))));
    assert_eq!(stub.lines(), [line("EditMessageText"), text, gone]);

    let (outcome, stub) =
        carry(edit(picture("QR")), vec![no(403, "Forbidden: bot was blocked by the user")]).await;
    assert!(matches!(outcome, Err(SendFault::Gone(_))), "{outcome:?}");
    assert_eq!(stub.lines(), [line("SendPhoto")], "the old one stays while there is no new one");
}

#[actix_web::test]
async fn what_was_done_before_is_done() {
    let table = [
        (edit(Message::new("Baru")), "Bad Request: message is not modified: specified new …", Some(ID)),
        (delete(), "Bad Request: message to delete not found", None),
        (answer(), "Bad Request: query is too old and response timeout expired or query ID is invalid", None),
    ];
    for (call, words, id) in table {
        let (outcome, _) = carry(call, vec![no(400, words)]).await;
        assert_eq!(outcome, Ok(id), "{words}");
    }
}

#[actix_web::test]
async fn an_answer_to_a_press_says_its_words() {
    let (outcome, stub) = carry(answer(), vec![yes("true")]).await;
    assert_eq!(outcome, Ok(None));
    assert_eq!(stub.lines(), [line("AnswerCallbackQuery")]);
    let wanted = json!({"callback_query_id": "p1", "text": "Habis", "show_alert": true});
    assert_eq!(stub.seen()[0].json(), wanted);
}

#[actix_web::test]
async fn a_refusal_says_whether_to_wait_give_up_or_mend() {
    let gone = |words: &str| SendFault::Gone(words.into());
    let refused = |words: &str| SendFault::Refused(words.into());
    let table = [
        (send(Message::new("a")), 403, "Forbidden: bot was blocked by the user", gone),
        (send(Message::new("a")), 403, "Forbidden: user is deactivated", gone),
        (send(Message::new("a")), 403, "Forbidden: bot was kicked from the supergroup chat", gone),
        (send(Message::new("a")), 400, "Bad Request: chat not found", gone),
        (
            send(Message::new("a")),
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            gone,
        ),
        (edit(Message::new("a")), 400, "Bad Request: message to edit not found", |_| {
            SendFault::NoSuchMessage
        }),
        (edit(Message::new("a")), 400, "Bad Request: message can't be edited", |_| SendFault::NoSuchMessage),
        (delete(), 400, "Bad Request: message can't be deleted for everyone", |_| SendFault::NoSuchMessage),
        (send(Message::new("a")), 400, "Bad Request: can't parse entities: Unclosed start tag", refused),
        (send(Message::new("a")), 400, "Bad Request: SOMETHING_NEW", refused),
        (send(Message::new("a")), 429, "Too Many Requests", |_| SendFault::Wait(Duration::from_secs(5))),
    ] as [(Call, u16, &str, fn(&str) -> SendFault); 11];
    for (call, code, words, fault) in table {
        let (outcome, _) = carry(call, vec![no(code, words)]).await;
        assert_eq!(outcome, Err(fault(words)), "{words}");
    }
    let with = |code: u16, parameters: &str| {
        let body = r#""description":"so it is","parameters":"#;
        reply(code, format!(r#"{{"ok":false,"error_code":{code},{body}{parameters}}}"#))
    };
    let (outcome, _) = carry(send(Message::new("a")), vec![with(429, r#"{"retry_after":17}"#)]).await;
    assert_eq!(outcome, Err(SendFault::Wait(Duration::from_secs(17))));
    let moved = with(400, r#"{"migrate_to_chat_id":-100123}"#);
    let (outcome, _) = carry(send(Message::new("a")), vec![moved]).await;
    assert_eq!(outcome, Err(SendFault::Moved(ChatId(-100_123))));
}

#[actix_web::test]
async fn a_refused_token_keeps_messages_waiting() {
    for code in [401, 404] {
        let (outcome, _) = carry(send(Message::new("a")), vec![no(code, "Unauthorized")]).await;
        assert!(matches!(outcome, Err(SendFault::Down(_))), "{outcome:?}");
    }
}

#[actix_web::test]
async fn nonsense_and_server_errors_are_down_at_once() {
    for (status, body) in NONSENSE {
        let begun = Instant::now();
        let (outcome, stub) = carry(send(Message::new("a")), vec![reply(status, body)]).await;
        assert!(matches!(outcome, Err(SendFault::Down(_))), "{body}: {outcome:?}");
        assert_eq!(stub.lines().len(), 1, "nothing is repeated inside");
        assert!(begun.elapsed() < Duration::from_secs(2), "{body}");
    }
    let page = reply(413, "<html>Request Entity Too Large</html>");
    let (outcome, _) = carry(send(picture("QR")), vec![page]).await;
    assert!(matches!(outcome, Err(SendFault::Refused(_))), "{outcome:?}");
}

#[actix_web::test]
async fn a_slow_or_absent_telegram_is_down_and_no_word_gives_the_token_away() {
    for message in [Message::new("a"), picture("QR")] {
        let late = sent(41).after(Duration::from_secs(5));
        let (outcome, _) = carry(send(message.clone()), vec![late]).await;
        let Err(SendFault::Down(slow)) = outcome else { panic!("{outcome:?}") };
        let nobody = Telegram::new(TOKEN, "http://127.0.0.1:1").unwrap();
        let outcome = nobody.carry(send(message)).await;
        let Err(SendFault::Down(absent)) = outcome else { panic!("{outcome:?}") };
        for said in [slow, absent] {
            assert!(!said.contains(TOKEN) && !said.contains("test-token"), "{said}");
        }
    }
}
