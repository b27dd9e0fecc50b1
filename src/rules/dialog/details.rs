//! Details that people type about themselves.

use super::view::Detail;
use crate::rules::people::ProfileChange;

const NAME_CHARS_MAX: usize = 64;

/// A typed detail of the profile, if it can be one.
pub fn detail_change(detail: Detail, text: &str) -> Option<ProfileChange> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match detail {
        Detail::Name => {
            (1..=NAME_CHARS_MAX).contains(&text.chars().count()).then_some(ProfileChange::Name(text))
        }
        Detail::Whatsapp => whatsapp(&text).map(|number| ProfileChange::Whatsapp(Some(number))),
        Detail::Email => email(&text).then(|| ProfileChange::Email(Some(text.to_lowercase()))),
    }
}

/// An Indonesian `08…` or an international number, kept as `+62…`.
fn whatsapp(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    let number = match digits.strip_prefix('+') {
        Some(number) => number.to_owned(),
        None => digits.strip_prefix('0').map_or_else(|| digits.clone(), |local| format!("62{local}")),
    };
    ((9..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()))
        .then(|| format!("+{number}"))
}

/// Good enough to catch slips; only a mail would prove more.
fn email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let fits = text.len() <= 254 && !text.contains(char::is_whitespace) && !domain.contains('@');
    fits && !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_kept_in_one_form() {
        let table = [
            (Detail::Name, "  Budi   Santoso ", Some(ProfileChange::Name("Budi Santoso".into()))),
            (Detail::Name, " ", None),
            (
                Detail::Whatsapp,
                "0812-3456-7890",
                Some(ProfileChange::Whatsapp(Some("+6281234567890".into()))),
            ),
            (Detail::Whatsapp, "+60 12 345 6789", Some(ProfileChange::Whatsapp(Some("+60123456789".into())))),
            (Detail::Whatsapp, "nomorku", None),
            (Detail::Whatsapp, "0812", None),
            (Detail::Email, "Budi@Contoh.ID", Some(ProfileChange::Email(Some("budi@contoh.id".into())))),
            (Detail::Email, "budi@contoh", None),
            (Detail::Email, "a b@contoh.id", None),
        ];
        for (detail, typed, change) in table {
            assert_eq!(detail_change(detail, typed), change, "{typed}");
        }
    }
}
