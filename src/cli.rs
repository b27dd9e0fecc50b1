//! The command line: what can be asked for, and with which arguments. `main` carries it out.

use crate::config::{self, Config, Http, Problems, Sources};
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The configuration or the command line is wrong. Other faults end with 1, success with 0.
pub const EXIT_USAGE: u8 = 2;

/// An automatic shop for digital goods inside Telegram.
#[derive(Debug, Parser)]
#[command(name = "quickcart", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What quickcart can do.
#[derive(Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Run the shop
    Run(ConfigFile),
    /// Try the shop on this machine, without an account anywhere
    Sandbox(Sandbox),
    /// Bring the databases to this version
    Migrate(ConfigFile),
    /// Check everything that a shop needs, and say what to do
    Doctor(ConfigFile),
    /// Check all invariants of money, stock, orders and audit, on a running or stopped shop
    Verify(ConfigFile),
    /// Check or print the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask the running shop whether it is alive (for containers)
    Healthcheck(ConfigFile),
    /// Print the version
    Version,
}

#[derive(Debug, PartialEq, Args)]
pub struct ConfigFile {
    /// File with the configuration [default: config.toml, if there is one]
    #[arg(long = "config", value_name = "FILE")]
    pub path: Option<PathBuf>,
}

#[derive(Debug, PartialEq, Args)]
pub struct Sandbox {
    /// Port of the page with the chats; 0 takes any free one
    #[arg(long, default_value_t = 8090)]
    pub port: u16,
    /// How long an invoice can be paid
    #[arg(long, default_value = "10m", value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub expiry: Duration,
}

#[derive(Debug, PartialEq, Subcommand)]
pub enum ConfigCommand {
    /// Say all that is wrong with the configuration
    Check(ConfigFile),
    /// Print a config.toml with every key and its default
    Template,
    /// Print docs/CONFIG.md
    Reference,
}

/// What this process was asked for, or how it ends when that is answered already (help, a mistake in the arguments).
pub fn parse() -> Result<Command, ExitCode> {
    // Where even the console is gone, as the two results below would tell, there is nobody to tell it to.
    match Cli::try_parse() {
        Ok(Cli { command: Some(command) }) => Ok(command),
        Ok(Cli { command: None }) => {
            let _ = Cli::command().print_help();
            Err(ExitCode::SUCCESS)
        }
        Err(answer) => {
            let _ = answer.print();
            Err(if answer.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS })
        }
    }
}

impl ConfigCommand {
    /// What to print.
    pub fn answer(&self) -> Result<String, Problems> {
        match self {
            Self::Template => Ok(config::template()),
            Self::Reference => Ok(config::reference()),
            Self::Check(file) => {
                let sources = Sources::of_process(file.path.as_deref())?;
                let config: Config = config::load(&sources)?;
                let notes: String = sources.notes().iter().map(|note| format!("Note: {note}.\n")).collect();
                Ok(format!("{notes}The configuration of shop {} is right.\n", config.shop.id))
            }
        }
    }
}

/// Asks `/healthz` of the shop that runs with these settings.
///
/// # Errors
/// When nobody answers within 3 seconds, or the answer is not 200.
pub fn healthcheck(http: &Http) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(3);
    let mut stream = TcpStream::connect_timeout(&reachable(http.bind), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let path = format!("{}/healthz", http.base_path);
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut head = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut head)?;
    if head.ends_with(b" 200") {
        Ok(())
    } else {
        Err(io::Error::other(format!("{path} does not answer 200")))
    }
}

/// An address that listens on all interfaces is asked on this machine's own.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    fn command(line: &str) -> Option<Command> {
        Cli::try_parse_from(line.split(' ')).ok()?.command
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_typed_is_what_is_meant() {
        let file = |path: Option<&str>| ConfigFile { path: path.map(PathBuf::from) };
        for (line, meant) in [
            ("quickcart", None),
            ("quickcart run", Some(Command::Run(file(None)))),
            ("quickcart run --config a.toml", Some(Command::Run(file(Some("a.toml"))))),
            (
                "quickcart config check --config a",
                Some(Command::Config(ConfigCommand::Check(file(Some("a"))))),
            ),
            ("quickcart config", None),
            ("quickcart sandbox --port 0 --expiry 90s", {
                Some(Command::Sandbox(Sandbox { port: 0, expiry: Duration::from_secs(90) }))
            }),
            ("quickcart sandbox --expiry soon", None),
            ("quickcart fly", None),
        ] {
            assert_eq!(command(line), meant, "{line}");
        }
    }

    #[test]
    fn a_shop_is_healthy_only_when_it_answers_200() {
        for (answer, healthy) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.0 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let bind = ("http.bind", format!("0.0.0.0:{}", listener.local_addr().unwrap().port()));
            let config = Config::for_sandbox(&[bind, ("http.base_path", "/shop".into())]).unwrap();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                // A request arrives in as many pieces as the network likes.
                let mut lines = BufReader::new(&stream).lines().map(|line| line.unwrap());
                let asked = lines.next().unwrap();
                lines.find(String::is_empty);
                stream.write_all(answer.as_bytes()).unwrap();
                asked
            });
            assert_eq!(healthcheck(&config.http).is_ok(), healthy, "{answer}");
            assert_eq!(server.join().unwrap(), "GET /shop/healthz HTTP/1.0");
        }
    }
}
