//! A PostgreSQL server of its own, for the scenario in which it dies.

use crate::databases::Raw;
use rand::Rng;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// `None` where PostgreSQL's programs are not installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = TempDir::new().unwrap();
        // Below those of outgoing connections: while it is down, one that looks for it could take its port.
        let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let port = std::iter::repeat_with(|| rand::rng().random_range(20_000..32_000)).find(is_free).unwrap();
        let cluster = Self { folder, programs, port };
        assert!(Command::new("chmod").arg("777").arg(cluster.folder.path()).status().unwrap().success());
        cluster.runs("initdb", &["-D", &cluster.data(), "-A", "trust", "-U", "postgres"]);
        cluster.comes_up();
        for name in ["main", "audit"] {
            Raw::Pg(cluster.url("postgres")).run(format!("CREATE DATABASE {name}"));
        }
        Some(cluster)
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub fn comes_up(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}'",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log").display().to_string();
        self.runs("pg_ctl", &["-D", &self.data(), "-l", &log, "-o", &options, "-w", "start"]);
    }

    /// As if the power went.
    pub fn goes_down(&self) {
        self.runs("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn runs(&self, program: &str, arguments: &[&str]) {
        let done = self.command(program).args(arguments).output().unwrap();
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// PostgreSQL refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let mut command = if is_root { Command::new("setpriv") } else { Command::new(&program) };
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(&program);
        }
        command.current_dir(self.folder.path());
        // Its server would keep our ends of the pipes open.
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl").args(["-D", &self.data(), "-m", "immediate", "stop"]).output();
    }
}

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let mut folders = debian.chain(std::env::split_paths(&path));
    folders.find(|folder| is_there(folder, "initdb") && is_there(folder, "pg_ctl"))
}

fn is_there(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}
