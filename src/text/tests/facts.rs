//! Every fact.

use super::fixtures::{self, Sample, facts::facts};
use super::{LANGUAGES, assert_reads, assert_same_in_both, assert_sound, shown, voice};
use crate::rules::fact::Fact;
use crate::rules::people::Language;
use crate::text::message::Attachment;
use std::collections::BTreeMap;

kinds! { fact_kind, FACTS, Fact:
    InvoiceOpened => "invoice_opened", InvoiceRefused => "invoice_refused", InvoiceExpired => "invoice_expired",
    OrderExpired => "order_expired", InvoiceCancelled => "invoice_cancelled", InvoiceWithdrawn => "invoice_withdrawn", GoodsReady => "goods_ready",
    GoodsAgain => "goods_again", DepositPaid => "deposit_paid", LateCredited => "late_credited",
    PaidTwice => "paid_twice",
    BalanceChanged => "balance_changed", StaffReply => "staff_reply", CustomerMessage => "customer_message",
    News => "staff_news", Trouble => "trouble", TroubleOver => "trouble_over",
    BackInStock => "back_in_stock",
}

#[test]
fn every_kind_has_a_fixture() {
    let facts = facts(&Sample::ordinary());
    for name in FACTS {
        assert!(facts.iter().any(|fact| fact_kind(fact) == *name), "no fixture for {name}");
    }
}

#[test]
fn facts_read_as_they_were_approved() {
    let sample = Sample::ordinary();
    let mut pages: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for fact in facts(&sample) {
        for language in LANGUAGES {
            let texts = voice(language, &sample).fact(&fact);
            if !texts.is_empty() {
                pages.entry(fact_kind(&fact)).or_default().extend(texts.iter().map(shown));
            }
        }
    }
    pages.iter().for_each(|(name, texts)| assert_reads(&format!("fact_{name}"), texts));
}

#[test]
fn no_fact_breaks_its_markup_or_its_bounds() {
    for sample in [Sample::ordinary(), Sample::extreme()] {
        for fact in facts(&sample) {
            let [id, en] = LANGUAGES.map(|language| voice(language, &sample).fact(&fact));
            let silent = matches!(fact, Fact::InvoiceWithdrawn { .. });
            assert_eq!(id.is_empty(), silent, "{}", fact_kind(&fact));
            id.iter().chain(&en).for_each(assert_sound);
            assert_same_in_both(&id, &en);
        }
    }
}

#[test]
fn a_long_message_of_a_customer_reaches_the_staff_whole() {
    let sample = Sample::extreme();
    let fact = |picture: Option<&str>| Fact::CustomerMessage {
        from: fixtures::person(&sample),
        text: sample.long.clone(),
        picture: picture.map(str::to_owned),
    };
    for picture in [None, Some("AgACAgUAAx")] {
        let messages = voice(Language::En, &sample).fact(&fact(picture));
        let read = |body: &str| super::html::read(body).unwrap();
        let parts = messages.iter().map(|message| {
            let read = read(&message.body);
            read.split("\n\n").nth(1).unwrap().split_whitespace().collect::<String>()
        });
        assert_eq!(parts.collect::<String>(), sample.long.split_whitespace().collect::<String>());
        let pictures =
            messages.iter().filter(|message| matches!(message.attachment, Some(Attachment::Picture(_))));
        assert_eq!(pictures.count(), picture.iter().len());
    }
}

#[test]
fn each_part_of_a_message_to_the_staff_is_one_message() {
    let text = "kata ".repeat(820);
    for sample in [Sample::ordinary(), Sample::extreme()] {
        for picture in [None, Some("AgACAgUAAx".to_owned())] {
            let parts = crate::text::message_parts(&text, picture.is_some());
            assert_eq!(parts.iter().map(|part| part.matches("kata").count()).sum::<usize>(), 820);
            for text in parts {
                let fact =
                    Fact::CustomerMessage { from: fixtures::person(&sample), text, picture: picture.clone() };
                for language in LANGUAGES {
                    assert_eq!(voice(language, &sample).fact(&fact).len(), 1);
                }
            }
        }
    }
    assert_eq!(crate::text::message_parts(" ", true), [""]);
}
