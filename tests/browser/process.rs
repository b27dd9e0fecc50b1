//! Child processes that go when the test goes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(30);
const FAREWELL: Duration = Duration::from_secs(15);

/// A running program whose standard output is read along.
pub struct Process {
    child: Child,
    coming: Receiver<String>,
    said: Vec<String>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (saying, coming) = channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| saying.send(line)));
        Self { child, coming, said: Vec::new() }
    }

    /// What follows `mark` on the first line that has it.
    pub fn announces(&mut self, mark: &str) -> String {
        self.says(mark).unwrap_or_else(|| panic!("never said {mark:?}, but:\n{}", self.output()))
    }

    /// The same; `None` if it ended before, or was silent for too long.
    pub fn says(&mut self, mark: &str) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(line) = self.coming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            let found = line.split_once(mark).map(|(_, rest)| rest.trim().to_owned());
            self.said.push(line);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// All that was said so far.
    pub fn output(&mut self) -> String {
        self.said.extend(self.coming.try_iter());
        self.said.join("\n")
    }
}

impl Drop for Process {
    /// Asks first: only so does the sandbox remove its folder, and the driver end its browser. The output of a
    /// program that has ended is over.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let deadline = Instant::now() + FAREWELL;
        while self.coming.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
