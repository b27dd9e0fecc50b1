//! Every method, used rightly.

use teloxide_core::net::Download;
use teloxide_core::payloads::*;
use teloxide_core::requests::Requester;
use teloxide_core::types::*;

use crate::sandbox::tests::{ANDI, BUDI, STAFF, sandbox, untouched};
use crate::sandbox::{CallbackAnswer, Kind};

const CHAT: ChatId = ChatId(BUDI);

fn buttons(data: &str) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Buy", data)]])
}

#[actix_web::test]
async fn the_bot_learns_who_it_is() {
    let (_sandbox, bot) = untouched().await;
    let me = bot.get_me().await.unwrap();
    assert!(me.user.is_bot);
    assert_eq!(me.username(), "sandbox_shop_bot");
}

#[actix_web::test]
async fn a_message_is_shown_as_people_read_it() {
    let (sandbox, bot) = sandbox().await;
    let html = "<b>Rp30.520</b> &amp; 🛒 <code>a&lt;b</code>";
    let sent = bot
        .send_message(CHAT, html)
        .parse_mode(ParseMode::Html)
        .reply_markup(buttons("buy:1"))
        .await
        .unwrap();
    assert_eq!(sent.text(), Some("Rp30.520 & 🛒 a<b"));
    let shown = sandbox.messages(BUDI).pop().unwrap();
    assert_eq!(shown.html, html);
    assert_eq!(shown.text, "Rp30.520 & 🛒 a<b");
    assert_eq!(shown.inline_keyboard[0][0].callback_data.as_deref(), Some("buy:1"));
    let code = &sent.entities().unwrap()[1];
    assert_eq!((code.offset, code.length), (14, 3));
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn a_reply_keyboard_stays_until_it_is_taken_away() {
    let (sandbox, bot) = sandbox().await;
    let keyboard = KeyboardMarkup::new([[KeyboardButton::new("LIST PRODUK"), KeyboardButton::new("STOK")]]);
    bot.send_message(CHAT, "Menu").reply_markup(keyboard).await.unwrap();
    bot.send_message(CHAT, "More").await.unwrap();
    assert_eq!(sandbox.reply_keyboard(BUDI).unwrap()[0], ["LIST PRODUK", "STOK"]);
    bot.send_message(CHAT, "Bye").reply_markup(KeyboardRemove::new()).await.unwrap();
    assert_eq!(sandbox.reply_keyboard(BUDI), None);
}

#[actix_web::test]
async fn photos_documents_and_stickers_arrive_with_their_bytes() {
    let (sandbox, bot) = sandbox().await;
    let picture = crate::sandbox::control::sample_photo();
    let photo = bot.send_photo(CHAT, InputFile::memory(picture.clone())).caption("QR").await.unwrap();
    let goods = InputFile::memory("user:pass").file_name("goods.txt");
    let document = bot.send_document(CHAT, goods).await.unwrap();
    bot.send_sticker(CHAT, InputFile::file_id(FileId("CAACAgIAAxkBAAE".into()))).await.unwrap();
    let again = InputFile::file_id(photo.photo().unwrap().last().unwrap().file.id.clone());
    bot.send_photo(ChatId(ANDI), again).await.unwrap();

    let shown = sandbox.messages(BUDI);
    let kinds: Vec<Kind> = shown.iter().skip(1).map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::Photo, Kind::Document, Kind::Sticker]);
    assert_eq!(shown[1].file.as_ref().unwrap().bytes, picture);
    assert_eq!(shown[2].file.as_ref().unwrap().name, "goods.txt");

    let file = bot.get_file(document.document().unwrap().file.id.clone()).await.unwrap();
    let mut bytes = Vec::new();
    bot.download_file(&file.path, &mut bytes).await.unwrap();
    assert_eq!(bytes, b"user:pass");
}

#[actix_web::test]
async fn messages_are_edited_and_deleted() {
    let (sandbox, bot) = sandbox().await;
    let text = bot.send_message(CHAT, "one").reply_markup(buttons("x")).await.unwrap();
    bot.edit_message_text(CHAT, text.id, "two").await.unwrap();
    bot.edit_message_reply_markup(CHAT, text.id).reply_markup(buttons("y")).await.unwrap();
    let picture = crate::sandbox::control::sample_photo();
    let photo = bot.send_photo(CHAT, InputFile::memory(picture.clone())).await.unwrap();
    bot.edit_message_caption(CHAT, photo.id)
        .caption("<i>late</i>")
        .parse_mode(ParseMode::Html)
        .await
        .unwrap();
    let media = InputMediaPhoto::new(InputFile::memory(picture)).caption("new");
    bot.edit_message_media(CHAT, photo.id, InputMedia::Photo(media)).await.unwrap();
    let shown = sandbox.messages(BUDI);
    assert_eq!((shown[1].text.as_str(), shown[1].edited), ("two", 2));
    assert_eq!((shown[2].text.as_str(), shown[2].edited), ("new", 2));
    bot.delete_message(CHAT, text.id).await.unwrap();
    bot.delete_messages(CHAT, [photo.id, MessageId(999_999)]).await.unwrap();
    assert!(sandbox.messages(BUDI)[1..].iter().all(|message| message.deleted));
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[actix_web::test]
async fn a_pressed_button_spins_until_it_is_answered() {
    let (sandbox, bot) = sandbox().await;
    let sent = bot.send_message(CHAT, "Buy?").reply_markup(buttons("buy:7")).await.unwrap();
    let pressed = sandbox.press(BUDI, BUDI, i64::from(sent.id.0), "buy:7").unwrap();
    let updates = bot.get_updates().await.unwrap();
    let UpdateKind::CallbackQuery(query) = &updates.last().unwrap().kind else { panic!("{updates:?}") };
    assert_eq!(query.data.as_deref(), Some("buy:7"));
    assert_eq!(query.regular_message().unwrap().id, sent.id);
    assert_eq!(sandbox.callback_answer(&pressed), None);
    bot.answer_callback_query(query.id.clone()).text("Done").show_alert(true).await.unwrap();
    bot.answer_callback_query(query.id.clone()).text("Twice").await.unwrap();
    let answer = CallbackAnswer { text: Some("Done".into()), alert: true };
    assert_eq!(sandbox.callback_answer(&pressed), Some(answer));
}

#[actix_web::test]
async fn an_update_stays_until_a_higher_offset_acknowledges_it() {
    let (sandbox, bot) = sandbox().await;
    let first = bot.get_updates().limit(1).await.unwrap();
    assert_eq!(bot.get_updates().await.unwrap().len(), 2);
    let next = first[0].id.0 as i32 + 1;
    let rest = bot.get_updates().offset(next).await.unwrap();
    assert_eq!((rest.len(), sandbox.unacknowledged_updates()), (1, 1));
    assert!(bot.get_updates().offset(next + 1).timeout(0).await.unwrap().is_empty());
    assert_eq!(sandbox.unacknowledged_updates(), 0);
}

#[actix_web::test]
async fn a_long_poll_ends_with_the_first_update() {
    let (sandbox, bot) = untouched().await;
    let poll = bot.get_updates().timeout(10);
    let (updates, ()) = tokio::join!(async { poll.await.unwrap() }, async {
        let seen = sandbox.sequence();
        sandbox.wait_change(seen, std::time::Duration::from_secs(1)).await;
        sandbox.say(BUDI, "/start p_3").unwrap();
    });
    let UpdateKind::Message(message) = &updates[0].kind else { panic!("{updates:?}") };
    assert_eq!(message.text(), Some("/start p_3"));
    assert_eq!(message.from.as_ref().unwrap().language_code.as_deref(), Some("id"));
}

#[actix_web::test]
async fn what_people_send_reaches_the_bot_whole() {
    let (sandbox, bot) = sandbox().await;
    let note = bot.send_message(ChatId(ANDI), "A customer writes").await.unwrap();
    sandbox.reply(ANDI, ANDI, i64::from(note.id.0), "An answer").unwrap();
    sandbox.send_photo(BUDI, "my proof").unwrap();
    sandbox.send_document(ANDI, "stock.txt", b"a\nb", "/addstock 1").unwrap();
    sandbox.say_in_group(STAFF, ANDI, "not for the bot", None).unwrap();
    sandbox.say_in_group(STAFF, ANDI, "/orders", None).unwrap();
    let updates = bot.get_updates().await.unwrap();
    let messages: Vec<&Message> = updates
        .iter()
        .skip(2)
        .map(|update| match &update.kind {
            UpdateKind::Message(message) => message,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[0].reply_to_message().unwrap().id, note.id);
    assert_eq!((messages[1].caption(), messages[1].photo().is_some()), (Some("my proof"), true));
    assert_eq!(messages[2].document().unwrap().file_name.as_deref(), Some("stock.txt"));
    assert!(messages[3].chat.is_supergroup());
}

#[actix_web::test]
async fn the_remaining_methods_answer_as_their_client_expects() {
    let (sandbox, bot) = sandbox().await;
    let commands = [BotCommand::new("start", "Begin")];
    let scope = BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(ANDI)) };
    bot.set_my_commands(commands.clone()).scope(scope.clone()).await.unwrap();
    assert_eq!(bot.get_my_commands().scope(scope).await.unwrap(), commands);
    assert!(bot.get_my_commands().await.unwrap().is_empty());
    bot.send_chat_action(CHAT, ChatAction::UploadPhoto).await.unwrap();
    assert!(bot.get_chat(CHAT).await.unwrap().is_private());
    assert!(bot.get_chat(ChatId(STAFF)).await.unwrap().is_supergroup());
    let sent = bot.send_message(CHAT, "copy me").await.unwrap();
    bot.copy_message(ChatId(ANDI), CHAT, sent.id).await.unwrap();
    let forwarded = bot.forward_message(ChatId(ANDI), CHAT, sent.id).await.unwrap();
    assert!(forwarded.forward_origin().is_some());
    let answer = bot.send_message(CHAT, "re").reply_parameters(ReplyParameters::new(sent.id)).await.unwrap();
    assert_eq!(answer.reply_to_message().unwrap().id, sent.id);
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}
