//! Parses the arguments, carries out the command, prints one error well said.

use quickcart::app::{self, commands, doctor};
use quickcart::cli::{self, Command, EXIT_USAGE};
use quickcart::config::{self, Offline, Sources};
use quickcart::fault::{Code, Fault};
use std::process::ExitCode;

#[actix_rt::main]
async fn main() -> ExitCode {
    let command = match cli::parse() {
        Ok(command) => command,
        Err(code) => return code,
    };
    match carry_out(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            match fault.code {
                Code::ConfigInvalid => eprintln!("{}", fault.detail), // each line says what is right
                _ => eprintln!("{fault}"),
            }
            exit_code(&fault)
        }
    }
}

async fn carry_out(command: Command) -> Result<(), Fault> {
    match command {
        Command::Run(file) => commands::run(file.path.as_deref()).await,
        Command::Sandbox(options) => app::demo::sandbox(options.port, options.expiry).await,
        Command::Migrate(file) => {
            commands::migrate(file.path.as_deref()).await.map(|done| println!("{done}"))
        }
        Command::Doctor(file) => report(doctor::examine(file.path.as_deref()).await),
        Command::Verify(file) => verified(commands::verify(file.path.as_deref()).await?),
        Command::Config(command) => {
            print!("{}", command.answer()?);
            Ok(())
        }
        Command::Healthcheck(file) => {
            let config: Offline = config::load(&Sources::of_process(file.path.as_deref())?)?;
            cli::healthcheck(&config.http).map_err(|error| {
                let detail = format!("the shop does not answer on {} ({error}).", config.http.bind);
                Fault::new(Code::ShopSilent, detail)
            })
        }
        Command::Version => {
            println!("quickcart {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}

/// Prints every finding; the first bad one is the command's fault.
fn report(findings: Vec<doctor::Finding>) -> Result<(), Fault> {
    let mut first = None;
    for finding in findings {
        match finding.outcome {
            Ok(detail) => println!("ok      {}: {detail}", finding.part),
            Err(fault) => {
                println!("trouble {}: {fault}", finding.part);
                first.get_or_insert(fault);
            }
        }
    }
    first.map_or(Ok(()), Err)
}

/// Prints every row that breaks a rule; any one is the command's fault.
fn verified(broken: Vec<String>) -> Result<(), Fault> {
    for row in &broken {
        println!("broken  {row}");
    }
    match broken.len() {
        0 => {
            println!("All rules hold.");
            Ok(())
        }
        rows => Err(Fault::new(Code::BooksBroken, format!("{rows} rows break a rule."))),
    }
}

/// What the operator has to set right in the configuration ends with 2, anything else with 1.
fn exit_code(fault: &Fault) -> ExitCode {
    match fault.code {
        Code::ConfigInvalid | Code::TelegramToken | Code::KeyMismatch => ExitCode::from(EXIT_USAGE),
        _ => ExitCode::FAILURE,
    }
}
