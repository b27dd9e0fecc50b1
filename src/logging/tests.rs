use super::dated_file::DatedFile;
use super::line::Line;
use super::start;
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::Code;
use chrono::{DateTime, TimeDelta};
use chrono_tz::{Asia::Jakarta, Tz};
use log::{Level, Record};
use log4rs::append::Append;
use std::fs;
use std::path::Path;

fn line(json: bool) -> Line {
    Line { json, zone: Jakarta, clock: Clock::default() }
}

fn evening() -> DateTime<Tz> {
    DateTime::from_timestamp(1_795_262_405, 120_000_000).unwrap().with_timezone(&Jakarta)
}

fn rendered(json: bool, message: std::fmt::Arguments, fields: &[(&str, log::kv::Value)]) -> String {
    let record =
        Record::builder().level(Level::Warn).target("quickcart").args(message).key_values(&fields).build();
    line(json).render(evening(), &record)
}

fn days(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_line_shows_time_level_message_and_fields() {
    let fields = [("order", 42.into()), ("name", "two words".into()), ("late", true.into())];
    assert_eq!(
        rendered(false, format_args!("paid"), &fields),
        "[2026-11-21T19:00:05.120+07:00] [WARN] paid order=42 name=\"two words\" late=true\n"
    );
}

#[test]
fn nobodys_text_can_pass_for_another_line() {
    assert_eq!(
        rendered(false, format_args!("name\n[x] [ERROR] forged\u{1b}[0m"), &[("by", "a\nb".into())]),
        "[2026-11-21T19:00:05.120+07:00] [WARN] name\\n[x] [ERROR] forged\\u{1b}[0m by=\"a\\nb\"\n"
    );
}

#[test]
fn a_json_line_keeps_the_types_of_its_fields() {
    let text = rendered(true, format_args!("two\nlines"), &[("order", 42.into())]);
    assert_eq!(text.matches('\n').count(), 1);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "timestamp": "2026-11-21T19:00:05.120+07:00", "level": "WARN", "target": "quickcart",
            "message": "two\nlines", "fields": { "order": 42 },
        })
    );
}

#[test]
fn a_process_that_slept_over_midnight_writes_into_the_new_day() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(false);
    let file = DatedFile::open(folder.path().into(), 14, line.clone()).unwrap();
    let today = line.now().date_naive();
    let say = |text| file.append(&Record::builder().args(format_args!("{text}")).build()).unwrap();
    say("before");
    line.clock.advance(TimeDelta::days(3));
    say("after");
    say("still");

    let later = today + TimeDelta::days(3);
    assert_eq!(days(folder.path()), [format!("{today}.log"), format!("{later}.log")]);
    let text = |day| fs::read_to_string(folder.path().join(format!("{day}.log"))).unwrap();
    assert_eq!(text(today).lines().count(), 1);
    assert_eq!(text(later).lines().count(), 2);
    assert!(text(later).starts_with(&format!("[{later}")));
}

#[test]
fn only_so_many_days_are_kept_and_foreign_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(false);
    let today = line.now().date_naive();
    for ago in 0..5 {
        fs::write(folder.path().join(format!("{}.log", today - TimeDelta::days(ago))), "").unwrap();
    }
    fs::write(folder.path().join("2001-notes.log"), "").unwrap();
    DatedFile::open(folder.path().into(), 2, line).unwrap();
    let yesterday = today - TimeDelta::days(1);
    assert_eq!(
        days(folder.path()),
        ["2001-notes.log".into(), format!("{yesterday}.log"), format!("{today}.log")]
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_a_fault_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let config = Config::for_sandbox(&[("log.dir", file.display().to_string())]).unwrap();
    let fault = start(&config.log, "quickcart-main", Jakarta).unwrap_err();
    assert_eq!(fault.code, Code::LogUnwritable);
    assert!(fault.detail.contains("file/quickcart-main"), "{fault}");
}
