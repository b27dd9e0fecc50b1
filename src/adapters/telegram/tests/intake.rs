//! Updates as they come, and as they should not.

use crate::adapters::telegram::parse;
use crate::rules::ids::{ChatId, MessageId};
use crate::rules::incoming::{Incoming, Kind, Place, Sender};
use proptest::prelude::*;
use serde_json::{Value, json};

fn person() -> Value {
    json!({"id": 7, "is_bot": false, "first_name": "Budi", "username": "Budi_1", "language_code": "id"})
}

fn private() -> Value {
    json!({"id": 7, "type": "private", "first_name": "Budi"})
}

fn group() -> Value {
    json!({"id": -100_123, "type": "supergroup", "title": "Staf"})
}

/// A message in the private chat, with `more` in it.
fn message(more: Value) -> Value {
    let mut message = json!({"message_id": 5, "date": 1_700_000_000, "chat": private(), "from": person()});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"update_id": 99, "message": message})
}

fn read(update: &Value) -> Option<Incoming> {
    let (number, incoming) = parse(update.to_string().as_bytes()).unwrap();
    assert_eq!(number, update["update_id"].as_i64().unwrap());
    incoming
}

fn size(file: &str, width: u32, height: u32) -> Value {
    json!({"file_id": file, "file_unique_id": "u", "width": width, "height": height, "file_size": 10})
}

#[test]
fn words_come_with_who_wrote_them_and_where() {
    let incoming = read(&message(json!({"text": "/start p_3"})));
    let from = Sender {
        chat: ChatId(7),
        username: Some("Budi_1".into()),
        first_name: "Budi".into(),
        language_code: Some("id".into()),
    };
    let kind = Kind::Text { text: "/start p_3".into(), message_id: MessageId(5), reply_to: None };
    assert_eq!(incoming, Some(Incoming { update: 99, from, place: Place::Private, kind }));
}

#[test]
fn what_postgresql_cannot_hold_is_left_out() {
    let mut update = message(json!({"text": "Ha\u{0}lo"}));
    update["message"]["from"]["first_name"] = json!("Bu\u{0}di");
    let incoming = read(&update).unwrap();
    assert_eq!(incoming.from.first_name, "Budi");
    assert!(matches!(incoming.kind, Kind::Text { ref text, .. } if text == "Halo"), "{incoming:?}");
}

#[test]
fn a_reply_in_a_group_names_the_group_and_the_message() {
    let replied = json!({"message_id": 3, "date": 1, "chat": group(), "text": "Tanya"});
    let incoming =
        read(&message(json!({"chat": group(), "text": "Jawab", "reply_to_message": replied}))).unwrap();
    assert_eq!(incoming.place, Place::Group(ChatId(-100_123)));
    assert_eq!(incoming.from.chat, ChatId(7));
    assert!(matches!(incoming.kind, Kind::Text { reply_to: Some(MessageId(3)), .. }), "{incoming:?}");
}

#[test]
fn what_a_message_carries_is_named() {
    let photo = json!({"photo": [size("small", 90, 90), size("large", 800, 600), size("mid", 320, 240)],
        "caption": "bukti"});
    let document = json!({"document": {"file_id": "D", "file_unique_id": "u", "file_name": "stok.txt",
        "mime_type": "text/plain", "file_size": 2048}, "caption": "/addstock 3"});
    let bare = json!({"document": {"file_id": "D", "file_unique_id": "u"}});
    let (message_id, reply_to) = (MessageId(5), None);
    let table = [
        (photo, Kind::Picture { file: "large".into(), caption: Some("bukti".into()), message_id, reply_to }),
        (
            document,
            Kind::Document {
                file: "D".into(),
                size_bytes: 2048,
                caption: Some("/addstock 3".into()),
                message_id,
                reply_to,
            },
        ),
        (json!({"dice": {"emoji": "🎲", "value": 3}}), Kind::Other),
        (json!({"new_chat_title": "Staf"}), Kind::Other),
    ];
    for (carried, kind) in table {
        assert_eq!(read(&message(carried.clone())).map(|incoming| incoming.kind), Some(kind), "{carried}");
    }
    let kind = read(&message(bare)).map(|incoming| incoming.kind);
    assert!(matches!(kind, Some(Kind::Document { size_bytes: 0, .. })));
}

#[test]
fn words_survive_whatever_telegram_invents_around_them() {
    let news = [
        json!({"text": "a", "entities": [{"type": "news", "offset": 0, "length": 1}]}),
        json!({"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "news": "y"}]]}}),
        json!({"text": "a", "forward_origin": {"type": "news"}, "news": {"a": [1]}}),
        json!({"text": "a", "sender_chat": {"id": -1, "type": "news"}}),
    ];
    for more in news {
        let kind = read(&message(more.clone())).map(|incoming| incoming.kind);
        assert!(matches!(kind, Some(Kind::Text { .. })), "{more}");
    }
    let large = json!({"file_id": "D", "mime_type": "text", "file_size": 5_000_000_000_u64});
    let kind = read(&message(json!({"document": large}))).map(|incoming| incoming.kind);
    assert!(matches!(kind, Some(Kind::Document { size_bytes: 5_000_000_000, .. })));
}

#[test]
fn a_press_names_its_message_even_when_telegram_forgot_it() {
    let query = |message: Value| {
        json!({"update_id": 99, "callback_query":
            {"id": "p1", "from": person(), "chat_instance": "c", "data": "buy:1", "message": message}})
    };
    let button = json!({"inline_keyboard": [[{"text": "Beli", "callback_data": "buy:1"}]]});
    let fresh = json!({"message_id": 5, "date": 1, "chat": group(), "text": "a", "reply_markup": button});
    let forgotten = json!({"message_id": 5, "date": 0, "chat": private()});
    let table = [
        (fresh, Place::Group(ChatId(-100_123)), Some(MessageId(5))),
        (forgotten, Place::Private, Some(MessageId(5))),
        (Value::Null, Place::Private, None),
    ];
    for (message, place, message_id) in table {
        let incoming = read(&query(message)).unwrap();
        assert_eq!(incoming.place, place);
        let kind = Kind::Press { press_id: "p1".into(), data: "buy:1".into(), message_id };
        assert_eq!(incoming.kind, kind);
    }
}

#[test]
fn blocking_and_coming_back_are_told_in_private_only() {
    let bot = json!({"id": 1, "is_bot": true, "first_name": "Shop", "username": "shop_bot"});
    let change = |chat: Value, new: Value| {
        let mut new = new;
        new["user"] = bot.clone();
        let old = json!({"user": bot, "status": "member"});
        json!({"update_id": 99, "my_chat_member": {"chat": chat, "from": person(), "date": 1,
            "old_chat_member": old, "new_chat_member": new}})
    };
    let table = [
        (private(), json!({"status": "kicked", "until_date": 0}), Kind::Blocked),
        (private(), json!({"status": "member"}), Kind::Unblocked),
        (group(), json!({"status": "left"}), Kind::Other),
    ];
    for (chat, new, kind) in table {
        assert_eq!(read(&change(chat, new.clone())).map(|incoming| incoming.kind), Some(kind), "{new}");
    }
}

#[test]
fn what_nobody_did_or_nobody_knows_is_only_acknowledged() {
    let bot = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
    let post = json!({"message_id": 5, "date": 1, "chat": {"id": -1009, "type": "channel", "title": "C"},
        "text": "a"});
    let table = [
        message(json!({"from": bot, "text": "a"})),
        json!({"update_id": 1, "channel_post": post}),
        json!({"update_id": 1, "edited_message": message(json!({"text": "a"}))["message"]}),
        json!({"update_id": 1, "message": {"message_id": "five"}}),
        json!({"update_id": 1, "message": null}),
        json!({"update_id": 1, "invention_of_next_year": {"a": [1, 2]}}),
        json!({"update_id": 1}),
        json!({"update_id": i64::MAX}),
    ];
    for update in table {
        assert_eq!(read(&update), None, "{update}");
    }
}

#[test]
fn only_an_update_without_a_number_is_malformed() {
    for bytes in ["", "{", "null", "[]", "{}", r#"{"update_id":"1"}"#, r#"{"message":{}}"#, "\u{0}"] {
        assert!(parse(bytes.as_bytes()).is_err(), "{bytes}");
    }
    let deep = format!("{{\"update_id\":1,\"message\":{}", "[".repeat(100_000));
    assert!(parse(deep.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_piece_of_an_update_makes_it_panic(cut in 0usize..400, put in any::<u8>()) {
        let mut bytes = message(json!({"photo": [size("a", 1, 2)], "caption": "x"})).to_string().into_bytes();
        let at = cut % bytes.len();
        let _ = parse(&bytes[..at]);
        bytes[at] = put;
        let _ = parse(&bytes);
    }
}
