//! Holds the house in order: who may import whom, what lives in one room only, lengths, banned words, and papers
//! that must agree with the code. It reads the tree as text and needs nothing but std. A failure names the place,
//! what is wrong and the remedy. Top to bottom: the tables, the checks, the reader.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

type Row = (&'static str, &'static [&'static str], &'static [&'static str]);
type Ban = (&'static str, &'static [&'static str], &'static str);

/// Room, what it may import, and the actors it may speak to: of those it sees the messages and the type that its
/// line names. Asks go downhill only. A path allows what is below it, except what has a row of its own: `actors`
/// are the files that all actors share. `*` is everything but the sandbox.
#[rustfmt::skip]
const ROOMS: &[Row] = &[
    ("rules",              &[], &[]),
    ("limits",             &["rules"], &[]),
    ("fault",              &["rules"], &[]),
    ("clock",              &["rules"], &[]),
    ("text",               &["rules", "limits"], &[]),
    ("store",              &["rules", "limits", "fault", "clock"], &[]),
    ("vault",              &["rules", "fault", "store::model"], &[]),
    ("ports",              &["rules", "text::message", "fault"], &[]),
    ("adapters",           ADAPTER, &[]),
    ("adapters::pakasir",  ADAPTER, &[]),
    ("adapters::telegram", ADAPTER, &[]),
    ("actors",             ACTOR, &[]),
    ("actors::supervisor", ACTOR, &["session", "messenger"]),
    ("actors::session",    ACTOR, &["payment", "stock", "messenger"]),
    ("actors::payment",    ACTOR, &["stock", "messenger"]),
    ("actors::stock",      ACTOR, &["messenger"]),
    ("actors::messenger",  ACTOR, &[]),
    ("actors::audit",      ACTOR, &[]),
    ("actors::scheduler",  ACTOR, &["payment", "messenger", "audit", "supervisor"]),
    ("web",                &["text", "fault", "adapters", "adapters::pakasir", "adapters::telegram", "actors"],
                           &["payment", "supervisor"]),
    ("config",             &["rules", "limits", "fault"], &[]),
    ("logging",            &["config", "fault", "clock"], &[]),
    ("app",                &["*"], &[]),
    ("app::demo",          &["*", "sandbox"], &[]),
    ("cli",                &["config"], &[]),
    ("main",               &["app", "app::demo", "cli", "config", "fault"], &[]),
    ("sandbox",            &[], &[]),
];
const ADAPTER: &[&str] = &["rules", "text::message", "ports", "limits", "fault", "adapters"];
const ACTOR: &[&str] = &["rules", "text", "store", "ports", "limits", "fault", "clock", "vault", "actors"];

/// What comes from outside and lives in a few rooms only, tests aside.
#[rustfmt::skip]
const HOMES: &[Ban] = &[
    ("diesel",               &["store"], "add a function to the store"),
    ("diesel_async",         &["store"], "add a function to the store"),
    ("diesel_migrations",    &["store"], "add a function to the store"),
    ("teloxide_core",        &["adapters::telegram"], "speak through ports::Messenger"),
    ("reqwest",              &["adapters", "sandbox"], "add a call to the adapter"),
    ("actix",                &["actors", "web", "app", "main"], "let an actor do it"),
    ("actix_web",            &["web", "sandbox"], "serve HTTP in web"),
    ("log4rs",               &["logging"], "log through the log crate"),
    ("Utc::now",             &["clock", "sandbox"], "take the time from clock::Clock, as an argument"),
    ("chrono::Utc::now",     &["clock", "sandbox"], "take the time from clock::Clock, as an argument"),
    ("Local::now",           &[], "take the time from clock::Clock, as an argument"),
    ("chrono::Local",        &[], "use the shop's own time zone"),
    ("std::time::SystemTime", &[], "take the time from clock::Clock, as an argument"),
    ("std::time::Instant",   &["sandbox"], "measure intervals with tokio::time::Instant"),
];

/// Words banned outside tests, the rooms that may nevertheless, and the remedy.
#[rustfmt::skip]
const BANNED: &[Ban] = &[
    (".unwrap()",       &[], "return a Fault, or `expect` with the reason in a comment"),
    (".expect(",        REASONED, "return a Fault, or say in a comment here or one line above why it cannot fail"),
    ("panic!(",         &[], "return a Fault: a panic kills the actor"),
    ("todo!(",          &[], "finish it or leave it out"),
    ("unimplemented!(", &[], "finish it or leave it out"),
    ("dbg!(",           &[], "log a sentence"),
    ("print!(",         &["main", "cli", "app::demo"], "log a sentence"),
    ("println!(",       &["main", "cli", "app::demo"], "log a sentence"),
    ("do_send(",        &[], "use `try_send` or await `send`: do_send ignores the mailbox's bound"),
    ("thread::sleep(",  REASONED, "say in a comment here or one line above why it may block this thread"),
    ("super::super::super", &[], "write the path from crate::"),
];
/// The same for tests.
const BANNED_IN_TESTS: &[Ban] = &[
    ("#[ignore", &[], "repair the test or delete it"),
    (
        "sleep(",
        REASONED,
        "wait for what should happen or move the clock; a comment may say why only time helps",
    ),
];
/// Words that may not even stand in a comment.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
/// Instead of a room: anywhere, with a comment that gives the reason.
const REASONED: &[&str] = &["// reason"];

const FILE_LINES_MAX: usize = 350;
const FUNCTION_LINES_MAX: usize = 60;
/// Files that may be longer, and why.
const LONG_FILES: &[(&str, &str)] =
    &[("src/store/schema.rs", "one list of all tables and columns, in the form that diesel prints")];

#[test]
fn rooms_import_only_what_their_row_allows() {
    let mut problems = Vec::new();
    for source in SOURCES.iter().filter(|source| source.path.starts_with("src/") && !source.module.is_empty())
    {
        let Some((room, may, speaks_to)) = row_of(&source.module) else {
            problems
                .push(format!("{}:1: a room without a row; add it to ROOMS in tests/tidy.rs", source.path));
            continue;
        };
        for (at, path) in source.own_paths() {
            let target = row_of(&path).map_or("", |row| row.0);
            let imports = |allowed: &&str| match *allowed {
                "*" => target != "sandbox",
                allowed => under(&path, allowed) && target.len() <= allowed.len(),
            };
            let speaks = |actor: &&str| {
                let typed = path.get(2).is_some_and(|name| name == "messages" || is_actor_type(name));
                under(&path, &format!("actors::{actor}")) && typed
            };
            if target != *room && !may.iter().any(imports) && !speaks_to.iter().any(speaks) {
                let (place, path, may) = (source.place(at), path.join("::"), list(may));
                let lines = list(speaks_to);
                problems.push(format!(
                    "{place}: {room} imports {path}; move that, or pass it in as a value. {room} may import {may}; \
                     it speaks to {lines} (actors' messages and their type)"
                ));
            }
        }
    }
    tidy(problems);
}

#[test]
fn what_has_a_home_is_used_only_there() {
    let mut problems = Vec::new();
    for source in SOURCES.iter().filter(|source| source.path.starts_with("src/")) {
        for (at, path) in paths(&source.code).into_iter().filter(|(at, _)| !source.in_tests(*at)) {
            for (thing, homes, remedy) in HOMES.iter().filter(|home| under(&path, home.0)) {
                if !homes.iter().any(|home| under(&source.module, home)) {
                    let (place, homes) = (source.place(at), list(homes));
                    problems.push(format!("{place}: {thing} is used in {homes} only; {remedy}"));
                }
            }
        }
    }
    tidy(problems);
}

#[test]
fn files_and_functions_are_short() {
    let mut problems = Vec::new();
    for source in SOURCES.iter() {
        let (lines, path) = (source.text.lines().count(), &source.path);
        match LONG_FILES.iter().any(|(long, _)| long == path) {
            false if lines > FILE_LINES_MAX => problems.push(format!(
                "{path}:{lines}: {lines} lines, {FILE_LINES_MAX} at most; split it by what it is about"
            )),
            true if lines <= FILE_LINES_MAX => problems
                .push(format!("{path}:1: no longer too long; take it off LONG_FILES in tests/tidy.rs")),
            _ => {}
        }
        for (at, name) in after_keyword(&source.code, "fn ") {
            let lines = source.line(end_of_item(&source.code, at)) - source.line(at) + 1;
            if lines > FUNCTION_LINES_MAX {
                let place = source.place(at);
                problems.push(format!(
                    "{place}: fn {name} has {lines} lines, {FUNCTION_LINES_MAX} at most; name a part of it and move it out"
                ));
            }
        }
    }
    tidy(problems);
}

#[test]
fn no_banned_word_is_used() {
    let mut problems = Vec::new();
    for source in SOURCES.iter() {
        for (banned, in_tests) in [(BANNED, false), (BANNED_IN_TESTS, true)] {
            for (word, rooms, remedy) in banned {
                for at in occurrences(&source.code, word).filter(|at| source.in_tests(*at) == in_tests) {
                    let excused = *rooms == REASONED && source.is_reasoned(at);
                    if !excused && !rooms.iter().any(|room| under(&source.module, room)) {
                        problems.push(format!("{}: {word} is banned here; {remedy}", source.place(at)));
                    }
                }
            }
        }
        for word in UNFINISHED {
            for at in occurrences(&source.text, word) {
                problems.push(format!("{}: {word}; finish it or write an issue", source.place(at)));
            }
        }
    }
    tidy(problems);
}

#[test]
fn every_fault_code_has_its_paragraph() {
    let faults = read("docs/FAULTS.md");
    let headings: BTreeSet<_> =
        faults.lines().filter(|l| l.starts_with('#')).map(|l| l.trim_matches(['#', ' ', '`'])).collect();
    let mut problems = Vec::new();
    for (number, line) in read("src/fault.rs").lines().enumerate() {
        let parts: Vec<_> = line.trim().splitn(4, ", ").collect();
        if let [_, name, "Later" | "Never", _] = parts[..] {
            let name = name.trim_matches('"');
            if !headings.contains(name) {
                let place = format!("src/fault.rs:{}", number + 1);
                problems.push(format!(
                    "{place}: {name} has no heading in docs/FAULTS.md; write its cause and remedy"
                ));
            }
        }
    }
    tidy(problems);
}

#[test]
fn papers_name_only_files_and_metrics_that_exist() {
    let metrics = read("src/actors/metrics.rs");
    let mut papers = files("docs", "md");
    papers.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(String::from));
    let sources = SOURCES.iter().map(|source| (source.path.clone(), source.text.clone()));
    let mut problems = Vec::new();
    for (path, text) in papers.into_iter().map(|path| (path.clone(), read(&path))).chain(sources) {
        let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
        for (number, line) in text.lines().enumerate() {
            let place = format!("{path}:{}", number + 1);
            let links = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
            let links = links.filter(|link| path.ends_with(".md") && !link.is_empty() && !link.contains(':'));
            let named = line.split("docs/").skip(1).filter_map(|rest| rest.split_once(".md"));
            let named = named
                .filter(|(name, _)| name.bytes().all(is_word))
                .map(|(name, _)| format!("docs/{name}.md"));
            for file in links.map(|link| folder.join(link)).chain(named.map(Into::into)) {
                if !at_root(&file).exists() {
                    problems.push(format!(
                        "{place}: {} does not exist; write it or mend the link",
                        file.display()
                    ));
                }
            }
            for rest in line.split("quickcart_").skip(1).filter(|_| path == "docs/CONFIG.md") {
                let name = &rest[..rest.bytes().take_while(|byte| is_word(*byte)).count()];
                if !metrics.contains(&format!("\"quickcart_{name}\"")) {
                    problems.push(format!(
                        "{place}: no metric quickcart_{name} in src/actors/metrics.rs; add or rename it"
                    ));
                }
            }
        }
    }
    tidy(problems);
}

#[test]
fn both_dialects_have_the_same_migrations_with_a_way_back() {
    let mut problems = Vec::new();
    for database in ["main", "audit"] {
        let [pg, sqlite] = ["pg", "sqlite"].map(|dialect| {
            let folder = format!("migrations/{database}/{dialect}/");
            let steps = files(&folder, "sql").into_iter().filter(|file| !read(file).trim().is_empty());
            steps.map(|file| file[folder.len()..].to_owned()).collect::<BTreeSet<_>>()
        });
        for step in pg.union(&sqlite) {
            let (name, _) = step.split_once('/').unwrap_or_default();
            for file in [step.clone(), format!("{name}/up.sql"), format!("{name}/down.sql")] {
                for (dialect, has) in [("pg", pg.contains(&file)), ("sqlite", sqlite.contains(&file))] {
                    if !has {
                        let place = format!("migrations/{database}/{dialect}/{file}:1");
                        problems.push(format!(
                            "{place}: missing or empty; each step has up and down in both dialects"
                        ));
                    }
                }
            }
        }
    }
    problems.sort();
    problems.dedup();
    tidy(problems);
}

#[test]
fn the_reader_sees_through_comments_literals_groups_and_relative_paths() {
    let text = "mod child; // use crate::no;\nuse crate::{a, b::{self, c as d, *}};\nuse super::e;\nuse child::f;\n\
                const Q: &str = r#\"crate::no \"q\"\"#; const C: char = '\"'; /* crate::no */ fn x<'a>() {}\n\
                #[cfg(test)]\nmod tests {\n    use super::g;\n}\n";
    let source = Source::new("src/room/part.rs".into(), text.into());
    let seen: Vec<_> = source
        .own_paths()
        .into_iter()
        .map(|(at, path)| format!("{} {}", source.line(at), path.join("::")))
        .collect();
    assert_eq!(
        seen,
        ["2 a", "2 b", "2 b::c", "2 b", "3 room::e", "4 room::part::child::f", "8 room::part::g"]
    );
    assert_eq!(text.find("g;").map(|at| source.in_tests(at)), Some(true));
    assert_eq!(text.find("f;").map(|at| source.in_tests(at)), Some(false));
}

fn tidy(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} to tidy:\n{}\n", problems.len(), problems.join("\n"));
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing of ours".into() } else { names.join(", ") }
}

fn is_actor_type(name: &str) -> bool {
    name.ends_with("Actor") || ["Supervisor", "Scheduler"].contains(&name)
}

/// The row of the innermost room that a path is in.
fn row_of(path: &[String]) -> Option<&'static Row> {
    ROOMS.iter().filter(|row| under(path, row.0)).max_by_key(|row| row.0.len())
}

fn under(path: &[String], prefix: &str) -> bool {
    let mut path = path.iter();
    prefix.split("::").all(|name| path.next().is_some_and(|next| next == name))
}

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let paths = [files("src", "rs"), files("tests", "rs")].concat();
    let mut sources: Vec<_> = paths.into_iter().map(|path| Source::new(path.clone(), read(&path))).collect();
    let test_modules: Vec<_> = sources.iter().flat_map(|source| source.test_modules.clone()).collect();
    for source in &mut sources {
        let declared = test_modules.iter().any(|module| source.module.starts_with(module));
        source.is_test = declared || source.path.starts_with("tests/");
    }
    sources
});

/// One file, read as text.
struct Source {
    path: String,
    module: Vec<String>,
    text: String,
    /// The text with comments and literals blanked: every position stays.
    code: String,
    /// The whole file is compiled for tests only.
    is_test: bool,
    test_modules: Vec<Vec<String>>,
    test_spans: Vec<(usize, usize)>,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let code = blanked(&text);
        let names = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(String::from);
        let module: Vec<_> = names.filter(|name| name != "mod" && name != "lib").collect();
        let (mut test_modules, mut test_spans) = (Vec::new(), Vec::new());
        for at in occurrences(&code, "#[cfg(test)]") {
            test_spans.push((at, end_of_item(&code, at)));
            let next = after_keyword(&code[at..], "mod ").into_iter().next();
            test_modules.extend(next.map(|(_, name)| [&module[..], &[name.to_owned()]].concat()));
        }
        Self { path, module, text, code, is_test: false, test_modules, test_spans }
    }

    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, self.line(at))
    }

    fn in_tests(&self, at: usize) -> bool {
        self.is_test || self.test_spans.iter().any(|(start, end)| (*start..*end).contains(&at))
    }

    /// Whether a comment stands on the line or is the line above.
    fn is_reasoned(&self, at: usize) -> bool {
        let line = self.line(at);
        let above = self.text.lines().nth(line.saturating_sub(2)).unwrap_or_default().trim_start();
        let here = self.text.lines().nth(line - 1).unwrap_or_default();
        here.contains(" // ") || (above.starts_with("// ") && line > 1)
    }

    /// The paths into this crate, from its root.
    fn own_paths(&self) -> Vec<(usize, Vec<String>)> {
        let children: BTreeSet<_> =
            after_keyword(&self.code, "mod ").into_iter().map(|(_, name)| name).collect();
        let absolute = |(at, path): (usize, Vec<String>)| {
            let inline = after_keyword(&self.code[..at], "mod ").into_iter();
            let inline = inline.filter(|(start, _)| end_of_item(&self.code, *start) > at);
            let mut here =
                [&self.module[..], &inline.map(|(_, name)| name.to_owned()).collect::<Vec<_>>()].concat();
            match path[0].as_str() {
                "crate" | "quickcart" => here.clear(),
                "self" | "super" => {}
                child if children.contains(child) => here.push(child.to_owned()),
                _ => return None,
            }
            path.iter().filter(|name| *name == "super").for_each(|_| drop(here.pop()));
            here.extend(path[1..].iter().filter(|name| *name != "super").cloned());
            Some((at, here))
        };
        paths(&self.code).into_iter().filter_map(absolute).collect()
    }
}

/// All paths of two names or more, groups taken apart.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < code.len() {
        let word = word(&code[at..]);
        let starts = !code[..at].ends_with("::") && code[at + word.len()..].starts_with("::");
        at =
            if starts && !word.is_empty() { path(code, at, &[], &mut found) } else { at + word.len().max(1) };
    }
    found
}

/// Reads on after `before`; answers where the path ends.
fn path(code: &str, mut at: usize, before: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let (start, mut names) = (at, before.to_vec());
    while !word(&code[at..]).is_empty() {
        let name = word(&code[at..]);
        at += name.len();
        names.extend((name != "self" || names.is_empty()).then(|| name.to_owned()));
        match code[at..].strip_prefix("::") {
            Some(_) => at += 2,
            None => break,
        }
    }
    if !code[at..].starts_with('{') || !code[..at].ends_with("::") {
        found.push((start, names));
        return at;
    }
    while at < code.len() && !code[at..].starts_with('}') {
        at += 1;
        at += code[at..].len() - code[at..].trim_start().len();
        if !code[at..].starts_with('}') {
            at = path(code, at, &names, found);
            at += code[at..].find([',', '}']).unwrap_or(code.len() - at);
        }
    }
    at + 1
}

fn word(rest: &str) -> &str {
    &rest[..rest.bytes().take_while(|byte| is_word(*byte)).count()]
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at)
}

/// The names that follow a keyword, and where the keyword stands.
fn after_keyword<'a>(code: &'a str, keyword: &'a str) -> Vec<(usize, &'a str)> {
    let whole = occurrences(code, keyword).filter(|at| *at == 0 || !is_word(code.as_bytes()[at - 1]));
    whole.map(|at| (at, word(&code[at + keyword.len()..]))).filter(|(_, name)| !name.is_empty()).collect()
}

/// Where the item that starts here ends: after its `;` or its closing brace.
fn end_of_item(code: &str, start: usize) -> usize {
    let (mut round, mut curly) = (0, 0);
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b'{' => curly += 1,
            b'}' => curly -= 1,
            _ => {}
        }
        if (byte == b'}' && curly == 0 && round == 0) || (byte == b';' && curly == 0 && round == 0) {
            return at + 1;
        }
    }
    code.len()
}

fn blanked(text: &str) -> String {
    let (mut code, mut at) = (text.as_bytes().to_vec(), 0);
    while at < code.len() {
        let length = literal_or_comment(&text.as_bytes()[at..]);
        code[at..at + length].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at += length.max(1);
    }
    code.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { ' ' }).collect()
}

/// How long the literal or comment is that starts here; 0 if none does.
fn literal_or_comment(rest: &[u8]) -> usize {
    let until = |from: usize, end: &[u8]| {
        let found = rest[from..].windows(end.len()).position(|window| window == end);
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    let hashes = rest.iter().skip(1).take_while(|byte| **byte == b'#').count();
    match rest {
        [b'/', b'/', ..] => until(2, b"\n") - 1,
        [b'/', b'*', ..] => until(2, b"*/"),
        [b'r', ..] if rest.get(1 + hashes) == Some(&b'"') => {
            until(hashes + 2, &[b"\"", &b"#".repeat(hashes)[..]].concat())
        }
        [b'"', ..] => {
            let mut at = 1;
            while at < rest.len() && rest[at] != b'"' {
                at += if rest[at] == b'\\' { 2 } else { 1 };
            }
            at + 1
        }
        [b'\'', b'\\', ..] => until(3, b"'"),
        [b'\'', first, ..] => {
            let width = [1, 1, 2, 3, 4][(first.leading_ones() as usize).min(4)];
            if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
        }
        _ => 0,
    }
}

/// A file of the project, or nothing if there is none.
fn read(path: &str) -> String {
    fs::read_to_string(at_root(Path::new(path))).unwrap_or_default()
}

/// All files below a folder with this extension.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let folder = folder.trim_end_matches('/');
    let mut found = Vec::new();
    for entry in fs::read_dir(at_root(Path::new(folder))).into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&path, extension));
        } else if path.ends_with(&format!(".{extension}")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn at_root(path: &Path) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
