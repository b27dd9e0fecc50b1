//! The shop's own program as a child process: stopped, resumed, killed, watched while it dies.

use crate::patience::until;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// How long a process may take to end that has to.
const DEATH: Duration = Duration::from_secs(30);

/// A running program that is killed when the test ends.
pub struct Process {
    child: Mutex<Child>,
    id: u32,
    said: PathBuf,
}

impl Process {
    /// Starts a program whose output goes to the file `said`.
    pub fn start(command: &mut Command, said: &Path) -> Self {
        let file = File::create(said).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Self { id: child.id(), child: Mutex::new(child), said: said.to_owned() }
    }

    /// All that was said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap_or_default()).into_owned()
    }

    /// As `kill -9` does.
    pub fn kill9(&self) {
        self.signal("KILL");
    }

    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    pub fn terminate(&self) {
        self.signal("TERM");
    }

    fn signal(&self, name: &str) {
        // Not reaped until then: its number is nobody else's yet.
        let mut child = self.child.lock().unwrap();
        if child.try_wait().unwrap().is_some() {
            return;
        }
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id.to_string()]).output();
        assert!(sent.is_ok(), "no kill: {sent:?}");
    }

    /// What it has in memory, in KiB.
    pub fn memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.lock().unwrap().try_wait().unwrap()
    }

    /// Waits until it is dead.
    pub async fn wait_dead(&self) -> ExitStatus {
        let ended = until(DEATH, async || self.ended()).await;
        ended.unwrap_or_else(|| panic!("it lives on and said:\n{}", self.last_words()))
    }

    /// The end of what it said, for the report of a failure.
    pub fn last_words(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(400)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
