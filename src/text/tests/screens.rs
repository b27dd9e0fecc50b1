//! Every screen and every notice.

use super::fixtures::notices::notices;
use super::fixtures::screens::screens;
use super::fixtures::{self, Sample};
use super::{LANGUAGES, assert_reads, assert_same_in_both, assert_sound, shown, voice};
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::{Screen, StaffScreen};
use crate::rules::ids::ProductNumber;
use crate::rules::people::{Language, Roles};
use crate::text::message::Message;
use std::collections::BTreeMap;

kinds! { screen_kind, SCREENS, Screen:
    Welcome => "welcome", Ask => "ask", Catalogue => "catalogue", Categories => "categories",
    Products => "products", TopBuyers => "top_buyers", Stock => "stock", Product => "product", Cart => "cart",
    Checkout => "checkout", ConfirmBalance => "confirm_balance", BalanceTooLow => "balance_too_low",
    MakingInvoice => "making_invoice", PaidByBalance => "paid_by_balance", OrderClosed => "order_closed",
    Account => "account", Languages => "languages", Orders => "orders", OrderDetail => "order_detail",
    Movements => "movements", Deposit => "deposit", AskDeposit => "ask_deposit", BadDeposit => "bad_deposit",
    AskMessage => "ask_message", MessageSent => "message_sent", HowToOrder => "how_to_order", Help => "help",
    BadDetail => "bad_detail", DetailSaved => "detail_saved", NothingFound => "nothing_found",
    Staff => "staff", Notice => "notices",
}

kinds! { staff_kind, STAFF_SCREENS, StaffScreen:
    Menu => "staff_menu", Usage => "staff_usage", ProductAdded => "staff_product_added",
    NumberTaken => "staff_number_taken", NoSuchProduct => "staff_no_such_product",
    UnitsAdded => "staff_units_added", UnitsInProgress => "staff_units_in_progress", Units => "staff_units",
    NoSuchPerson => "staff_no_such_person", Info => "staff_info", Transferred => "staff_transferred",
    NotThatMuch => "staff_not_that_much", Orders => "staff_orders", Order => "staff_order",
    Whitelisted => "staff_whitelisted", ReplySent => "staff_reply_sent", BadDocument => "staff_bad_document",
    NoSuchOrder => "staff_no_such_order",
}

kinds! { notice_kind, NOTICES, Notice:
    Busy => "busy", TryAgain => "try_again", OldButton => "old_button", TooFew => "too_few",
    OutsideLimits => "outside_limits", NoSuchProduct => "no_such_product", CartEmpty => "cart_empty",
    AddedToCart => "added_to_cart", RemovedFromCart => "removed_from_cart", CartEmptied => "cart_emptied",
    CoolDown => "cool_down", TooMuch => "too_much", CartFull => "cart_full", BelowMinimum => "below_minimum", TooManyUnpaid => "too_many_unpaid",
    StillUnpaid => "still_unpaid", AlreadyPaid => "already_paid", Slowly => "slowly", Cancelled => "cancelled",
    GoodsSentAgain => "goods_sent_again", WillNotify => "will_notify", LanguageSet => "language_set",
    Banned => "banned", NotUnderstood => "not_understood",
    TextWanted => "text_wanted", TextOrPhotoWanted => "text_or_photo_wanted", StaffOnly => "staff_only",
    InPrivate => "in_private", QrOnItsWay => "qr_on_its_way",
}

fn kind(screen: &Screen) -> &'static str {
    match screen {
        Screen::Staff(screen) => staff_kind(screen),
        screen => screen_kind(screen),
    }
}

fn said(screen: &Screen, language: Language, sample: &Sample, staff: bool) -> Message {
    let roles = Roles { admin: staff, ..Roles::default() };
    voice(language, sample).screen(screen, &fixtures::profile(sample, roles))
}

#[test]
fn every_kind_has_a_fixture() {
    let sample = Sample::ordinary();
    let screens = screens(&sample);
    for name in SCREENS.iter().chain(STAFF_SCREENS).filter(|name| **name != "staff") {
        assert!(screens.iter().any(|screen| kind(screen) == *name), "no fixture for {name}");
    }
    for name in NOTICES {
        assert!(notices(&sample).iter().any(|notice| notice_kind(notice) == *name), "no fixture for {name}");
    }
}

#[test]
fn screens_read_as_they_were_approved() {
    let sample = Sample::ordinary();
    let mut pages: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for screen in screens(&sample) {
        for language in LANGUAGES {
            let text = shown(&said(&screen, language, &sample, kind(&screen).starts_with("staff")));
            pages.entry(kind(&screen)).or_default().push(text);
        }
    }
    pages.iter().for_each(|(name, texts)| assert_reads(&format!("screen_{name}"), texts));
}

#[test]
fn no_screen_breaks_its_markup_or_its_bounds() {
    for sample in [Sample::ordinary(), Sample::extreme()] {
        for screen in screens(&sample) {
            for staff in [false, true] {
                for language in LANGUAGES {
                    assert_sound(&said(&screen, language, &sample, staff));
                }
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_buttons() {
    for sample in [Sample::ordinary(), Sample::extreme()] {
        for screen in screens(&sample) {
            let [id, en] = LANGUAGES.map(|language| said(&screen, language, &sample, true));
            assert_same_in_both(&[id], &[en]);
        }
    }
}

#[test]
fn toasts_are_short_and_say_what_the_message_says() {
    for sample in [Sample::ordinary(), Sample::extreme()] {
        for notice in notices(&sample) {
            for language in LANGUAGES {
                let toast = voice(language, &sample).toast(&notice);
                let text = toast.text.unwrap();
                assert!((1..=200).contains(&text.encode_utf16().count()), "{text}");
                let message = said(&Screen::Notice(notice.clone()), language, &sample, false);
                assert_eq!(super::html::read(&message.body), Ok(text));
            }
        }
    }
}

#[test]
fn what_has_to_be_read_is_an_alert() {
    let sample = Sample::ordinary();
    let alerts =
        notices(&sample).into_iter().filter(|notice| voice(Language::Id, &sample).toast(notice).alert);
    let mut alerts: Vec<_> = alerts.map(|notice| notice_kind(&notice)).collect();
    alerts.dedup();
    let expected = [
        "too_few",
        "outside_limits",
        "cool_down",
        "too_much",
        "cart_full",
        "below_minimum",
        "too_many_unpaid",
        "banned",
    ];
    assert_eq!(alerts, expected);
}

#[test]
fn the_welcome_brings_the_menu_along() {
    let sample = Sample::ordinary();
    let voice = voice(Language::Id, &sample);
    let welcome = Screen::Welcome { name: "Budi".into(), customers: 1, completed_orders: 0 };
    let message = said(&welcome, Language::Id, &sample, false);
    let message = voice.with_menu(message, &[ProductNumber(1), ProductNumber(3)], true);
    assert_reads("welcome_with_menu", &[shown(&message)]);
}

#[test]
fn a_hostile_name_reads_exactly_as_it_was_written() {
    let hostile = Sample { person: "<b>A & B</b> _*[ 😀".into(), ..Sample::ordinary() };
    let welcome = Screen::Welcome { name: hostile.person.clone(), customers: 1, completed_orders: 0 };
    for language in LANGUAGES {
        let body = said(&welcome, language, &hostile, false).body;
        assert!(super::html::read(&body).unwrap().contains("<b>A & B</b> _*[ 😀"), "{body}");
    }
}

#[test]
fn a_customer_never_sees_a_staff_button() {
    for screen in [Screen::Product(Box::new(fixtures::product_card())), Screen::Help { staff: false }] {
        let data = shown(&said(&screen, Language::Id, &Sample::ordinary(), false));
        assert!(!data.contains("staff"), "{data}");
    }
}
