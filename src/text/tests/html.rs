//! A strict reader of the small HTML that Telegram takes.

const TAGS: [&str; 6] = ["b", "s", "code", "pre", "i", "a"];

/// What a person reads, or what is wrong with it.
pub(super) fn read(html: &str) -> Result<String, String> {
    let mut open: Vec<&str> = Vec::new();
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&', '>']) {
        out += &rest[..at];
        rest = &rest[at..];
        let taken = match &rest[..1] {
            "<" => tag(rest, &mut open)?,
            "&" => entity(rest, &mut out)?,
            _ => return Err("a stray >".into()),
        };
        rest = &rest[taken..];
    }
    match open.pop() {
        Some(tag) => Err(format!("<{tag}> is never closed")),
        None => Ok(out + rest),
    }
}

fn tag<'a>(rest: &'a str, open: &mut Vec<&'a str>) -> Result<usize, String> {
    let end = rest.find('>').ok_or("a stray <")?;
    let inside = &rest[1..end];
    if let Some(name) = inside.strip_prefix('/') {
        if open.pop() != Some(name) {
            return Err(format!("</{name}> closes nothing"));
        }
        return Ok(end + 1);
    }
    let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
    let right = match name {
        "a" => attributes.starts_with("href=\"") && attributes.matches('"').count() == 2,
        name => TAGS.contains(&name) && attributes.is_empty(),
    };
    if !right || open.contains(&name) {
        return Err(format!("<{inside}>"));
    }
    open.push(name);
    Ok(end + 1)
}

fn entity(rest: &str, out: &mut String) -> Result<usize, String> {
    let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];
    let (name, symbol) = known
        .into_iter()
        .find(|(name, _)| rest.starts_with(name))
        .ok_or_else(|| format!("a stray & before {:?}", rest.chars().skip(1).take(8).collect::<String>()))?;
    out.push(symbol);
    Ok(name.len())
}

#[test]
fn the_reader_itself_is_strict() {
    assert_eq!(read("<b>A &amp; B</b> <a href=\"x\">y</a>"), Ok("A & B y".into()));
    for wrong in
        ["<b>", "</b>", "<b></s></b>", "A & B", "a < b", "a > b", "<x>y</x>", "&nbsp;", "<b><b>x</b></b>"]
    {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
