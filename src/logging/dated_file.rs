//! A log file whose name is its day.

use super::line::Line;
use chrono::{Days, NaiveDate};
use log::Record;
use log4rs::append::Append;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Writes each line into the file of the day on which it is written, and removes files that are too old.
#[derive(Debug)]
pub struct DatedFile {
    folder: PathBuf,
    keep_days: u32,
    line: Line,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    day: NaiveDate,
    file: File,
}

impl DatedFile {
    /// Opens today's file, making the folder if there is none.
    pub fn open(folder: PathBuf, keep_days: u32, line: Line) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let day = line.now().date_naive();
        let open = Mutex::new(Open { day, file: file_of(&folder, day)? });
        let this = Self { folder, keep_days, line, open };
        this.remove_old(day);
        Ok(this)
    }

    fn remove_old(&self, today: NaiveDate) {
        let Some(oldest) = today.checked_sub_days(Days::new(u64::from(self.keep_days.saturating_sub(1))))
        else {
            return;
        };
        for path in fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if day_of(&path).is_some_and(|day| day < oldest) {
                // A file that stays is a matter for the disk alert, not for the line being written.
                let _ = fs::remove_file(path);
            }
        }
    }
}

impl Append for DatedFile {
    fn append(&self, record: &Record) -> anyhow::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.line.now();
        let today = now.date_naive();
        if today != open.day {
            // Where the new file cannot be opened, the error ends this line: log4rs shows it on the console.
            *open = Open { day: today, file: file_of(&self.folder, today)? };
            self.remove_old(today);
        }
        // One write a line: two processes may share the file (a shop and a `doctor`) without mixing lines.
        Ok(open.file.write_all(self.line.render(now, record).as_bytes())?)
    }

    fn flush(&self) {}
}

fn file_of(folder: &Path, day: NaiveDate) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(folder.join(format!("{day}.log")))
}

/// The day a file is named after, if it is one of ours.
fn day_of(path: &Path) -> Option<NaiveDate> {
    path.file_name()?.to_str()?.strip_suffix(".log")?.parse().ok()
}
