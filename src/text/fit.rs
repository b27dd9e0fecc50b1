//! Keeping messages within what a front end carries. Text is cut before it is escaped, so that no cut can
//! fall inside an entity or a tag.

use super::message::plain_length;

/// The longest body: Telegram takes 4096 characters, a little is kept in reserve.
pub(super) const BODY_MAX: usize = 4_000;
/// The longest body beside a picture or a document: Telegram takes 1024 characters.
pub(super) const CAPTION_MAX: usize = 1_000;

/// The beginning of a plain text, at most `max` UTF-16 units long, with an ellipsis if something is missing.
pub(super) fn cut(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let end = boundary(text, max.saturating_sub(1));
    format!("{}…", text[..end].trim_end())
}

/// A plain text in parts of at most `max` UTF-16 units, parted at line ends or spaces where there are any.
/// White space at the seams is dropped, nothing else.
pub(super) fn pieces(text: &str, max: usize) -> Vec<&str> {
    let mut rest = text.trim();
    let mut out = Vec::new();
    while length(rest) > max {
        let end = boundary(rest, max).max(rest.chars().next().map_or(0, char::len_utf8));
        let seam = rest[..end].rfind('\n').or_else(|| rest[..end].rfind(char::is_whitespace));
        let (piece, after) = rest.split_at(seam.filter(|seam| *seam > 0).unwrap_or(end));
        out.push(piece.trim_end());
        rest = after.trim_start();
    }
    if !rest.is_empty() {
        out.push(rest);
    }
    out
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The byte where the last symbol that begins and ends within `max` UTF-16 units ends.
fn boundary(text: &str, max: usize) -> usize {
    let mut units = 0;
    text.char_indices()
        .find(|(_, symbol)| {
            units += symbol.len_utf16();
            units > max
        })
        .map_or(text.len(), |(byte, _)| byte)
}

/// Lines of HTML one below the other, as many as fit into `max`; the last line says how many are missing.
pub(super) fn list(lines: impl IntoIterator<Item = String>, max: usize) -> String {
    let mut out = String::new();
    let mut room = max.saturating_sub(MORE_MAX);
    let mut missing = 0;
    for line in lines {
        let needed = plain_length(&line) + 1;
        if missing > 0 || needed > room {
            missing += 1;
            continue;
        }
        room -= needed;
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&line);
    }
    if missing > 0 {
        out.push_str(&format!("\n… +{missing}"));
    }
    out
}

/// Room for the line that says how many are missing.
const MORE_MAX: usize = 24;

/// Blocks of HTML, none longer than [`BODY_MAX`], in as few bodies as possible; their order stays.
pub(super) fn pack(blocks: impl IntoIterator<Item = String>, between: &str) -> Vec<String> {
    let mut bodies: Vec<String> = Vec::new();
    for block in blocks {
        match bodies.last_mut() {
            Some(body) if plain_length(body) + plain_length(&block) + between.len() <= BODY_MAX => {
                body.push_str(between);
                body.push_str(&block);
            }
            _ => bodies.push(block),
        }
    }
    bodies
}

/// Paragraphs of HTML with a blank line between; empty ones leave no gap.
pub(super) fn paragraphs<const N: usize>(paragraphs: [String; N]) -> String {
    paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cut_text_shows_that_it_was_cut() {
        assert_eq!(cut("Netflix", 7), "Netflix");
        assert_eq!(cut("Netflix Premium", 9), "Netflix…");
        assert_eq!(cut("😀😀😀", 4), "😀…");
    }

    #[test]
    fn texts_part_at_line_ends_before_spaces() {
        assert_eq!(pieces("one two\nthree four", 12), ["one two", "three four"]);
        assert_eq!(pieces("one two three", 8), ["one two", "three"]);
        assert_eq!(pieces("onetwothree", 4), ["onet", "woth", "ree"]);
        assert!(pieces(" \n ", 4).is_empty());
    }

    #[test]
    fn a_list_says_how_much_is_missing() {
        let lines = || (0..100).map(|number| format!("<b>{number}</b>"));
        assert!(list(lines(), 60).ends_with("<b>14</b>\n… +85"), "{}", list(lines(), 60));
        assert!(!list(lines(), 400).contains('…'));
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost_between_pieces(text in "[a-z 😀\n&<]{0,200}", max in 2usize..40) {
            let parts = pieces(&text, max);
            prop_assert!(parts.iter().all(|part| length(part) <= max && !part.is_empty()));
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(bare(&parts.concat()), bare(&text));
        }

        #[test]
        fn what_is_cut_fits(text in "\\PC{0,80}", max in 1usize..40) {
            prop_assert!(length(&cut(&text, max)) <= max);
        }

        #[test]
        fn a_list_fits(lines in proptest::collection::vec("[a-z]{0,30}", 0..40), max in 40usize..300) {
            prop_assert!(plain_length(&list(lines, max)) <= max);
        }
    }
}
