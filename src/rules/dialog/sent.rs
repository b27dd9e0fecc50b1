//! What people send that is neither a button nor a command: answers to questions, numbers, words to search for, files.

use super::command::{self, StaffCommand, Typed};
use super::details::detail_change;
use super::notice::Notice;
use super::view::{Detail, Filter, View};
use super::{Effect, Question, State, after_first, left};
use crate::rules::ids::{ProductNumber, UserId};
use crate::rules::money::Rupiah;
use crate::rules::people::Profile;

/// The number of a product, from any flow; a question is answered by it only if it can be what is asked for.
pub(super) fn number(state: State, number: ProductNumber) -> (State, Vec<Effect>) {
    let typed = number.to_string();
    let answers = match state.asking {
        Some(Question::DepositAmount) => number.0 >= AMOUNT_LEAST,
        Some(Question::First(Detail::Whatsapp) | Question::Detail(Detail::Whatsapp)) => {
            detail_change(Detail::Whatsapp, &typed).is_some()
        }
        _ => false,
    };
    if answers {
        return text(state, typed);
    }
    (left(state), vec![Effect::Open(View::Product { number, quantity: 0 })])
}

/// Rupiah. Less is never deposited: the gateway does not take it, and `deposit.min` cannot be lower.
const AMOUNT_LEAST: i64 = 500;

/// A text that is no command: the answer to a question, or words to search for.
pub(super) fn text(state: State, text: String) -> (State, Vec<Effect>) {
    match state.asking {
        Some(Question::First(detail)) => match detail_change(detail, &text) {
            Some(change) => {
                let (state, mut effects) = after_first(state, detail);
                effects.insert(0, Effect::Change { change, then: None });
                (state, effects)
            }
            None => (state, vec![Effect::BadDetail(detail)]),
        },
        Some(Question::Detail(detail)) => match detail_change(detail, &text) {
            Some(change) => {
                let then = Some(Box::new(Effect::DetailSaved(detail)));
                (left(state), vec![Effect::Change { change, then }, Effect::Open(View::Account)])
            }
            None => (state, vec![Effect::BadDetail(detail)]),
        },
        Some(Question::DepositAmount) => match Rupiah::parse(&text) {
            Some(amount) => (left(state), vec![Effect::OpenDeposit(amount)]),
            None => (state, vec![Effect::BadDeposit]),
        },
        Some(Question::MessageToStaff) => (left(state), vec![Effect::MessageStaff { text, picture: None }]),
        None => searched(state, text.trim()),
    }
}

fn searched(state: State, text: &str) -> (State, Vec<Effect>) {
    if let Ok(number) = text.parse::<i64>() {
        return (state, vec![Effect::Open(View::Product { number: ProductNumber(number), quantity: 0 })]);
    }
    let search = text.chars().take(SEARCH_CHARS_MAX).collect();
    (
        State { search: Some(search), ..state },
        vec![Effect::Open(View::Products { filter: Filter::Search, page: 0 })],
    )
}

const SEARCH_CHARS_MAX: usize = 60;

/// Text and pictures are sent to the customer; anything else cannot be.
pub(super) fn reply(customer: UserId, text: String, picture: Option<String>) -> Effect {
    match text.trim() {
        "" if picture.is_none() => Effect::Tell(Notice::TextOrPhotoWanted),
        _ => Effect::AnswerCustomer { customer, text, picture },
    }
}

pub(super) fn picture(state: State, file: String, caption: String) -> (State, Vec<Effect>) {
    match state.asking {
        Some(Question::MessageToStaff) => {
            (left(state), vec![Effect::MessageStaff { text: caption, picture: Some(file) }])
        }
        _ => not_understood(state),
    }
}

pub(super) fn document(
    state: State,
    file: String,
    size_bytes: u64,
    caption: &str,
    me: &Profile,
) -> (State, Vec<Effect>) {
    if !caption.trim_start().starts_with('/') {
        return not_understood(state);
    }
    let effect = match command::parse(caption) {
        _ if !me.roles.is_staff() => Effect::Silence,
        Typed::Staff(StaffCommand::AddStock { number, units }) if units.is_empty() => {
            Effect::StockDocument { number, file, size_bytes }
        }
        Typed::Malformed(usage) => Effect::StaffUsage(usage),
        _ => return not_understood(state),
    };
    (left(state), vec![effect])
}

/// Handles input that cannot be an answer: an open question stays open, and the person is told what it wants.
pub(super) fn not_understood(state: State) -> (State, Vec<Effect>) {
    let notice = match state.asking {
        Some(Question::MessageToStaff) => Notice::TextOrPhotoWanted,
        Some(_) => Notice::TextWanted,
        None => Notice::NotUnderstood,
    };
    (state, vec![Effect::Tell(notice)])
}

#[cfg(test)]
mod tests {
    use super::super::view::Press;
    use super::super::{Input, step};
    use super::*;
    use crate::rules::ids::{ChatId, OrderId};
    use crate::rules::people::{Language, Roles};
    use chrono::DateTime;

    fn me(staff: bool) -> Profile {
        Profile {
            user: UserId(1),
            chat: ChatId(1),
            username: None,
            name: "Budi".into(),
            whatsapp: None,
            email: None,
            language: Language::Id,
            bank_id: "123456".into(),
            roles: Roles { admin: staff, ..Roles::default() },
            banned: false,
            onboarded: true,
            joined_at: DateTime::UNIX_EPOCH,
        }
    }

    const QUESTIONS: [Question; 8] = [
        Question::First(Detail::Name),
        Question::First(Detail::Whatsapp),
        Question::First(Detail::Email),
        Question::Detail(Detail::Name),
        Question::Detail(Detail::Whatsapp),
        Question::Detail(Detail::Email),
        Question::DepositAmount,
        Question::MessageToStaff,
    ];

    fn asked(question: Question) -> State {
        State { asking: Some(question), search: None }
    }

    #[test]
    fn a_number_button_works_from_every_flow_unless_it_can_be_the_answer() {
        for question in QUESTIONS {
            let phone =
                matches!(question, Question::First(Detail::Whatsapp) | Question::Detail(Detail::Whatsapp));
            let deposit = question == Question::DepositAmount;
            for (number, answers) in [
                (5, false),
                (499, false),
                (500, deposit),
                (25_000, deposit),
                (81_234_567_890, phone || deposit),
            ] {
                let number = ProductNumber(number);
                let product = [Effect::Open(View::Product { number, quantity: 0 })];
                let (state, effects) = step(asked(question), Input::Number(number), &me(false));
                assert_eq!(effects != product, answers, "{number} to {question:?}");
                assert!(answers || state.asking.is_none(), "{number} to {question:?}");
            }
        }
    }

    #[test]
    fn a_reply_to_a_customer_answers_them_and_leaves_the_question_open() {
        let customer = UserId(7);
        for question in QUESTIONS {
            for (text, picture, heard) in
                [("Halo", None, true), ("Halo", Some("f"), true), (" ", Some("f"), true), (" ", None, false)]
            {
                let (text, picture) = (text.to_owned(), picture.map(str::to_owned));
                let reply = Input::Reply { customer, text: text.clone(), picture: picture.clone() };
                let answer = match heard {
                    true => Effect::AnswerCustomer { customer, text, picture },
                    false => Effect::Tell(Notice::TextOrPhotoWanted),
                };
                assert_eq!(step(asked(question), reply, &me(true)), (asked(question), vec![answer]));
            }
        }
    }

    #[test]
    fn what_can_be_no_answer_leaves_the_question_open_and_says_what_is_wanted() {
        let document = Input::Document { file: "f".into(), size_bytes: 1, caption: String::new() };
        let photo = Input::Picture { file: "f".into(), caption: "Halo".into() };
        for question in QUESTIONS {
            let to_staff = question == Question::MessageToStaff;
            let wanted = if to_staff { Notice::TextOrPhotoWanted } else { Notice::TextWanted };
            for sent in [document.clone(), Input::Other, photo.clone()] {
                if to_staff && sent == photo {
                    continue;
                }
                let (state, effects) = step(asked(question), sent, &me(true));
                assert_eq!((state, effects), (asked(question), vec![Effect::Tell(wanted.clone())]));
            }
        }
    }

    #[test]
    fn a_group_has_no_buttons_but_those_of_staff() {
        let press =
            |press, staff| step(asked(Question::MessageToStaff), Input::GroupPress(press), &me(staff));
        let menu = Some(Press::Open(View::StaffMenu));
        for (pressed, staff, effects) in [
            (menu.clone(), true, vec![Effect::Open(View::StaffMenu)]),
            (menu, false, vec![Effect::Tell(Notice::StaffOnly)]),
            (Some(Press::PayQris(OrderId(1))), true, vec![Effect::Tell(Notice::InPrivate)]),
            (Some(Press::Change(Detail::Name)), true, vec![Effect::Tell(Notice::InPrivate)]),
            (None, true, vec![Effect::Tell(Notice::InPrivate)]),
            (None, false, vec![Effect::Tell(Notice::StaffOnly)]),
        ] {
            assert_eq!(press(pressed, staff), (asked(Question::MessageToStaff), effects));
        }
    }
}
