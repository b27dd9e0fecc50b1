//! Holds the house in order: who may import whom, what lives in one room only, lengths, banned words, and papers
//! that must agree with the code. It reads the tree as text and needs nothing but std. A failure names the place,
//! what is wrong and the remedy. The tables, then the checks; `reader` reads the tree.

mod reader;

use reader::{SOURCES, Source, after_keyword, at_root, end_of_item, files, is_word, occurrences, read};
use std::collections::BTreeSet;
use std::path::Path;

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
    ("trip",               &[], &[]),
    ("text",               &["rules", "limits"], &[]),
    ("store",              &["rules", "limits", "fault", "clock", "trip"], &[]),
    ("vault",              &["rules", "fault", "store::model"], &[]),
    ("ports",              &["rules", "text::message", "fault"], &[]),
    ("adapters",           ADAPTER, &[]),
    ("adapters::pakasir",  ADAPTER, &[]),
    ("adapters::telegram", ADAPTER, &[]),
    ("actors",             ACTOR, &[]),
    ("actors::supervisor", SUPERVISOR, &["session", "messenger"]),
    ("actors::session",    ACTOR, &["payment", "stock", "messenger"]),
    ("actors::payment",    ACTOR, &["stock", "messenger"]),
    ("actors::stock",      ACTOR, &[]),
    ("actors::messenger",  ACTOR, &[]),
    ("actors::audit",      ACTOR, &[]),
    ("actors::scheduler",  ACTOR, &["payment", "messenger", "audit"]),
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
const ACTOR: &[&str] =
    &["rules", "text", "store", "ports", "limits", "fault", "clock", "trip", "vault", "actors"];

/// It starts the sessions, so it knows what they are made of; it opens no goods.
#[rustfmt::skip]
const SUPERVISOR: &[&str] =
    &["rules", "text", "store", "ports", "limits", "fault", "clock", "trip", "actors", "actors::session::SessionDeps"];

/// What comes from outside and lives in a few rooms only, tests aside.
#[rustfmt::skip]
const HOMES: &[Ban] = &[
    ("diesel",               &["store"], "add a function to the store"),
    ("diesel_async",         &["store"], "add a function to the store"),
    ("diesel_migrations",    &["store"], "add a function to the store"),
    ("teloxide_core",        &["adapters::telegram"], "speak through ports::Messenger"),
    ("reqwest",              &["adapters", "sandbox"], "add a call to the adapter"),
    ("actix",                &["actors", "app"], "let an actor do it"),
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
#[rustfmt::skip]
const BANNED_IN_TESTS: &[Ban] = &[
    ("#[ignore",        &[], "repair the test or delete it"),
    ("sleep(",          REASONED, "wait for what should happen or move the clock, or say why only time helps"),
    ("super::super::super", &[], "write the path from crate::"),
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
            problems.push(format!(
                "{}:1: a room without a row; add it to ROOMS in tests/tidy/main.rs",
                source.path
            ));
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
                let lines = speaks_to.iter().map(|actor| format!(", messages and type of {actor}"));
                let may = may + &lines.collect::<String>();
                problems.push(format!(
                    "{place}: {room} imports {path}; move that, or pass it in as a value ({room} may import {may})"
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
        for (at, path) in source.paths.iter().filter(|(at, _)| !source.in_tests(*at)) {
            for (thing, homes, remedy) in HOMES.iter().filter(|home| under(path, home.0)) {
                if !homes.iter().any(|home| under(&source.module, home)) {
                    let (place, homes) = (source.place(*at), list(homes));
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
                .push(format!("{path}:1: no longer too long; take it off LONG_FILES in tests/tidy/main.rs")),
            _ => {}
        }
        for (at, name) in after_keyword(&source.code, "fn ") {
            let lines = source.line(end_of_item(&source.code, at)) - source.line(at) + 1;
            if lines > FUNCTION_LINES_MAX {
                let place = source.place(at);
                problems.push(format!(
                    "{place}: fn {name} has {lines} lines, {FUNCTION_LINES_MAX} at most; move a part out under its own name"
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
    let (mut codes, mut problems) = (0, Vec::new());
    for (number, line) in read("src/fault.rs").lines().enumerate() {
        let mut parts = line.trim().split(", ").map(|part| part.trim_end_matches(','));
        if let (Some(_), Some(name), Some("Later" | "Never")) = (parts.next(), parts.next(), parts.next()) {
            codes += 1;
            let (name, number) = (name.trim_matches('"'), number + 1);
            if !headings.contains(name) {
                problems.push(format!(
                    "src/fault.rs:{number}: docs/FAULTS.md has no heading {name}; write cause and remedy"
                ));
            }
        }
    }
    assert!(codes > 0, "src/fault.rs: no code found; teach tests/tidy/main.rs how they are written now");
    tidy(problems);
}

#[test]
fn papers_name_only_files_and_metrics_that_exist() {
    let metrics = read("src/actors/metrics.rs");
    let mut papers = files("docs", "md");
    papers.extend(["README.md", "CHANGELOG.md"].map(String::from));
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
        assert!(
            !pg.is_empty(),
            "migrations/{database}/pg: no step found; it is where tests/tidy/main.rs looks"
        );
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
