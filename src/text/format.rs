//! Amounts, dates and names as people read them, and the one place where HTML is escaped.

use super::fit;
use crate::rules::money::Rupiah;
use crate::rules::people::Language;
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

/// The longest name shown in a message, in UTF-16 units.
const NAME_MAX: usize = 100;
/// The longest name shown on a button or in a toast.
const LABEL_MAX: usize = 40;

/// `Rp30.520`, `-Rp5.000`.
pub fn rupiah(amount: Rupiah) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    format!("{sign}Rp{}", grouped(amount.0.unsigned_abs()))
}

/// An amount that moved a balance: `+Rp50.000`, `-Rp5.000`.
pub fn movement(amount: Rupiah) -> String {
    let sign = if amount.0 > 0 { "+" } else { "" };
    format!("{sign}{}", rupiah(amount))
}

/// A count with its thousands apart: `12.345`.
pub fn count(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

/// `21 Nov 2026 19.20 WIB`, in English `21 Nov 2026 19:20 WIB`.
pub fn date_time(at: DateTime<Utc>, timezone: Tz, language: Language) -> String {
    let local = at.with_timezone(&timezone);
    let month = MONTHS[local.month0() as usize % 12];
    let (month, clock) = match language {
        Language::Id => (month.0, local.format("%H.%M")),
        Language::En => (month.1, local.format("%H:%M")),
    };
    format!("{} {month} {} {clock} {}", local.day(), local.year(), local.format("%Z"))
}

/// Months in Indonesian and English.
const MONTHS: [(&str, &str); 12] = [
    ("Jan", "Jan"),
    ("Feb", "Feb"),
    ("Mar", "Mar"),
    ("Apr", "Apr"),
    ("Mei", "May"),
    ("Jun", "Jun"),
    ("Jul", "Jul"),
    ("Agu", "Aug"),
    ("Sep", "Sep"),
    ("Okt", "Oct"),
    ("Nov", "Nov"),
    ("Des", "Dec"),
];

/// The time of day with seconds, so that a refresh can be seen: `19.20.05 WIB`, in English `19:20:05 WIB`.
pub fn clock(at: DateTime<Utc>, timezone: Tz, language: Language) -> String {
    let local = at.with_timezone(&timezone);
    match language {
        Language::Id => local.format("%H.%M.%S %Z").to_string(),
        Language::En => local.format("%H:%M:%S %Z").to_string(),
    }
}

/// Makes text from people or the catalogue safe inside HTML, in bodies and in attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(symbol),
        }
    }
    out
}

/// A name for a line of HTML: on one line, not endless, escaped.
pub fn name(text: &str) -> String {
    escape(&one_line(text, NAME_MAX))
}

/// A name for a button or a toast, which know no HTML.
pub fn label(text: &str) -> String {
    one_line(text, LABEL_MAX)
}

fn one_line(text: &str, max: usize) -> String {
    fit::cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::message::plain_length;
    use chrono::TimeZone;

    #[test]
    fn amounts_have_their_thousands_apart() {
        let table = [
            (0, "Rp0"),
            (999, "Rp999"),
            (1_000, "Rp1.000"),
            (30_520, "Rp30.520"),
            (-5_000, "-Rp5.000"),
            (1_000_000_000_000, "Rp1.000.000.000.000"),
            (i64::MIN, "-Rp9.223.372.036.854.775.808"),
        ];
        for (amount, text) in table {
            assert_eq!(rupiah(Rupiah(amount)), text);
        }
        assert_eq!(movement(Rupiah(50_000)), "+Rp50.000");
        assert_eq!(movement(Rupiah(0)), "Rp0");
    }

    #[test]
    fn dates_are_in_the_time_zone_of_the_shop() {
        let at = Utc.with_ymd_and_hms(2026, 5, 31, 17, 20, 5).unwrap();
        assert_eq!(date_time(at, Tz::Asia__Jakarta, Language::Id), "1 Jun 2026 00.20 WIB");
        assert_eq!(date_time(at, Tz::Asia__Makassar, Language::En), "1 Jun 2026 01:20 WITA");
        assert_eq!(date_time(at, Tz::UTC, Language::Id), "31 Mei 2026 17.20 UTC");
        assert_eq!(clock(at, Tz::Asia__Jayapura, Language::Id), "02.20.05 WIT");
    }

    #[test]
    fn what_is_escaped_reads_as_it_was_written() {
        let hostile = "<b>A & B</b> \"_*[ 👨‍👩‍👧";
        assert_eq!(escape(hostile), "&lt;b&gt;A &amp; B&lt;/b&gt; &quot;_*[ 👨‍👩‍👧");
        assert_eq!(plain_length(&escape(hostile)), hostile.encode_utf16().count());
        assert_eq!(plain_length("<a href=\"x\">a&amp;b</a>"), 3);
    }
}
