//! Logs: one file a day and the console, routed by log4rs.
//!
//! The configuration is built in code, since log4rs drops an appender with a mistake in its file without an error.
//! Fields of a line are given as key-values (`log::info!(order; "paid")`), never by the thread's context, which
//! leaks from one async task into the next.

mod dated_file;
mod line;
#[cfg(test)]
mod tests;

use crate::clock::Clock;
use crate::config;
use crate::fault::{Code, Fault};
use chrono_tz::Tz;
use dated_file::DatedFile;
use line::Line;
use log::LevelFilter;
use log4rs::append::console::ConsoleAppender;
use log4rs::config::{Appender, Config, Logger, Root};

/// Follow `log.level` in full. Everything else stays at `warn` or above: the inner life of libraries helps no
/// operator, and nobody promises that it holds no token.
const FULL: [&str; 2] = ["quickcart", "actix_web::middleware::logger"];

/// Begins to log into `<log.dir>/<service>/<YYYY-MM-DD>.log` and to the console; also what panics say goes there.
/// Dates and times are those of `zone`.
///
/// # Errors
/// `LogUnwritable` when today's file cannot be opened, or when logging has begun before.
pub fn start(settings: &config::Log, service: &str, zone: Tz) -> Result<(), Fault> {
    let unwritable = |detail: String| Fault::new(Code::LogUnwritable, detail);
    let line = Line { json: settings.json, zone, clock: Clock::default() };
    let folder = settings.dir.join(service);
    let file = DatedFile::open(folder.clone(), settings.keep_days, line.clone())
        .map_err(|error| unwritable(format!("no log can be written in {}: {error}.", folder.display())))?;
    let console = ConsoleAppender::builder().encoder(Box::new(line)).build();
    let config = Config::builder()
        .appender(Appender::builder().build("file", Box::new(file)))
        .appender(Appender::builder().build("console", Box::new(console)))
        .loggers(FULL.map(|target| Logger::builder().build(target, settings.level)))
        .build(Root::builder().appenders(["file", "console"]).build(settings.level.min(LevelFilter::Warn)))
        .map_err(|error| unwritable(format!("the log cannot be set up: {error}.")))?;
    log4rs::init_config(config).map_err(|error| unwritable(format!("the log cannot begin: {error}.")))?;
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
    Ok(())
}
