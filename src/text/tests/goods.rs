//! Goods in the customer's hands.

use super::fixtures::{self, Sample};
use super::{LANGUAGES, assert_reads, assert_same_in_both, assert_sound, html, shown, voice};
use crate::rules::invoice::Invoice;
use crate::rules::order::{Order, OrderState, PaymentMethod};
use crate::rules::people::Language;
use crate::text::Goods;
use crate::text::message::{Attachment, Message};

fn goods(name: &str, units: usize, unit: impl Fn(usize) -> String) -> Goods {
    Goods { name: name.into(), units: (1..=units).map(unit).collect(), note: None, terms: None }
}

fn account(place: usize) -> String {
    format!("budi{place}@contoh.id:p<&>\"{place}")
}

fn order() -> Order {
    fixtures::order(&Sample::ordinary(), OrderState::Paid)
}

fn sent(lines: &[Goods]) -> Vec<Message> {
    voice(Language::Id, &Sample::ordinary()).goods(&order(), None, lines, false, false)
}

fn document(message: &Message) -> (&str, &str) {
    match &message.attachment {
        Some(Attachment::Document { name, content }) => (name, std::str::from_utf8(content).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn goods_read_as_they_were_approved() {
    let with_note = Goods {
        note: Some("Jangan ganti <password>.".into()),
        terms: Some("Garansi 30 hari.\nSatu perangkat.".into()),
        ..goods("Netflix 1 Bulan", 2, account)
    };
    let two = [with_note.clone(), goods("Spotify", 1, account)];
    let many = [goods("Netflix 1 Bulan", 11, account)];
    let sample = Sample::ordinary();
    let by_qris = Order { method: Some(PaymentMethod::Qris), ..order() };
    let invoice = Invoice {
        base: by_qris.total,
        total: by_qris.total.plus(sample.amount(520)),
        ..fixtures::invoice(&sample, Some(by_qris.id))
    };
    let mut texts = Vec::new();
    for language in LANGUAGES {
        let voice = voice(language, &sample);
        for messages in [
            voice.goods(&order(), None, &two, false, false),
            voice.goods(&by_qris, Some(&invoice), std::slice::from_ref(&with_note), true, false),
            voice.goods(&by_qris, Some(&invoice), &many, false, true),
        ] {
            texts.extend(messages.iter().map(shown));
        }
    }
    assert_reads("goods", &texts);
}

#[test]
fn ten_units_come_as_text_and_eleven_as_a_document() {
    let [message] = &sent(&[goods("Netflix", 10, account)])[..] else { panic!() };
    assert!(message.attachment.is_none());
    for place in 1..=10 {
        assert!(html::read(&message.body).unwrap().contains(&account(place)));
    }
    let [message] = &sent(&[goods("Netflix 1 Bulan!", 11, account)])[..] else { panic!() };
    let (name, content) = document(message);
    assert_eq!(name, "K7M3PXQ2-netflix-1-bulan.txt");
    assert_eq!(
        content.lines().map(str::to_owned).collect::<Vec<_>>(),
        (1..=11).map(account).collect::<Vec<_>>()
    );
    assert!(!message.body.contains("budi"));
}

#[test]
fn goods_too_long_for_a_message_come_as_one_document() {
    let [message] = &sent(&[goods("Key", 1, |_| "k".repeat(6_000))])[..] else { panic!() };
    assert_eq!(document(message), ("K7M3PXQ2-key.txt", format!("{}\n", "k".repeat(6_000)).as_str()));
    let [message] = &sent(&[goods("Key", 1, |_| "k".repeat(6_000)), goods("Lain", 1, account)])[..] else {
        panic!()
    };
    let (name, content) = document(message);
    assert_eq!(name, "K7M3PXQ2.txt");
    assert!(content.starts_with("# Key\nkkk") && content.ends_with(&format!("# Lain\n{}\n", account(1))));
}

#[test]
fn file_names_hold_only_safe_characters() {
    for (product, file) in [
        ("../../etc/passwd", "K7M3PXQ2-etc-passwd.txt"),
        ("🔥🔥", "K7M3PXQ2.txt"),
        ("CON", "K7M3PXQ2-con.txt"),
        ("a\u{202e}b\r\nc", "K7M3PXQ2-a-b-c.txt"),
    ] {
        assert_eq!(document(&sent(&[goods(product, 11, account)])[0]).0, file);
    }
    let long = sent(&[goods(&"panjang ".repeat(40), 11, account)]);
    assert!(document(&long[0]).0.len() < 64);
}

#[test]
fn nothing_that_is_sent_breaks_its_markup_or_its_bounds() {
    let sample = Sample::extreme();
    let extreme = Order { method: Some(PaymentMethod::Qris), ..fixtures::order(&sample, OrderState::Paid) };
    let invoice = fixtures::invoice(&sample, Some(extreme.id));
    let line = |units: usize, unit: &str| Goods {
        note: Some(sample.long.clone()),
        terms: Some(sample.long.clone()),
        ..goods(&sample.name, units, |_| unit.to_owned())
    };
    let hostile = "</code>&gt;<b>A & B</b> 😀";
    let baskets = [
        vec![line(1, hostile)],
        vec![line(10, hostile)],
        vec![line(30, hostile)],
        vec![line(1, &sample.long)],
        vec![line(1, hostile), line(0, hostile), line(3, &"😀".repeat(700))],
        (0..60).map(|_| line(2, hostile)).collect(),
        (0..9).map(|_| line(1, hostile)).collect(),
        vec![],
    ];
    for basket in &baskets {
        for (late, again) in [(false, false), (true, false), (false, true)] {
            let [id, en] = LANGUAGES.map(|language| {
                voice(language, &sample).goods(&extreme, Some(&invoice), basket, late, again)
            });
            id.iter().chain(&en).for_each(assert_sound);
            assert_same_in_both(&id, &en);
        }
    }
}

#[test]
fn notes_come_after_the_goods_and_terms_after_the_notes() {
    let line = |name: &str| Goods {
        note: Some(format!("catatan {name}")),
        terms: Some(format!("syarat {name}")),
        ..goods(name, 1, account)
    };
    let bodies: Vec<String> = sent(&[line("A"), line("B")]).into_iter().map(|message| message.body).collect();
    let [goods, notes, terms] = &bodies[..] else { panic!("{bodies:?}") };
    assert!(goods.contains("budi1@contoh.id") && !goods.contains("catatan"));
    assert!(notes.contains("catatan A") && notes.contains("catatan B") && !notes.contains("syarat"));
    assert!(terms.contains("syarat A") && terms.contains("syarat B"));
}

#[test]
fn goods_never_show_in_a_debug_print() {
    assert!(!format!("{:?}", goods("Netflix", 1, account)).contains("budi1"));
}
