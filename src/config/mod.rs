//! Everything an operator can set, each key said once: [`sections`] declares name, type, default, bounds and
//! explanation together; the typed structs, `config.toml` and `docs/CONFIG.md` all come from there.
//!
//! Sources, later ones win: defaults, the file, the environment (`QUICKCART__A__B` or a key's own name), code.
//! A value is read from its text the same way wherever it was written.
//!
//! The layering is ours, since the known libraries stop at the first wrong value and do not know which variable
//! it came from; the operator is owed all problems at once, each with a right example. Parsing is not ours
//! (`toml`, `humantime`, `url`, `bytesize`, `chrono-tz`), nor is keeping secrets out of print (`secrecy`).

mod docs;
mod key;
mod layers;
mod problem;
mod sections;
mod setting;
mod sources;
#[cfg(test)]
mod tests;

pub use docs::{reference, template};
pub use problem::Problems;
pub use secrecy::{ExposeSecret, SecretString};
pub use sections::{
    Actors, AuditActor, Catalogue, Database, Deposit, Http, Limits, Log, MessengerActor, Notices, Pakasir,
    Payment, PaymentActor, Session, SessionActor, Shop, StockActor, Supervision, Telegram,
};
pub use setting::{DatabaseUrl, Mode};
pub use sources::Sources;

use key::{Section, tree};
use layers::Layers;

tree! {
    /// All of it: what a live shop runs on.
    pub struct Config {
        shop: Shop,
        telegram: Telegram,
        pakasir: Pakasir,
        payment: Payment,
        deposit: Deposit,
        catalogue: Catalogue,
        session: Session,
        notices: Notices,
        limits: Limits,
        database: Database,
        http: Http,
        log: Log,
        actors: Actors,
    }
}

tree! {
    /// What commands beside a running shop need (`migrate`, `healthcheck`): no token, no gateway account.
    pub struct Offline {
        shop: Shop,
        database: Database,
        http: Http,
        log: Log,
    }
}

/// Reads `T` ([`Config`] or [`Offline`]) from the sources, or says all that is wrong with them, one line each.
/// Unknown keys are refused whichever of the two is asked for.
pub fn load<T: Section>(sources: &Sources) -> Result<T, Problems> {
    let mut layers = Layers::new(sources);
    let read = T::read(&mut layers);
    layers.finish(read)
}

impl Config {
    /// A shop without accounts anywhere: stand-ins for what a live shop must name, then the caller's values.
    /// Neither a file nor the environment is asked, so that a sandbox never touches a live shop's database.
    pub fn for_sandbox(overrides: &[(&str, String)]) -> Result<Self, Problems> {
        let stand_ins = [
            ("telegram.token", "1000000001:sandbox-bot"),
            ("telegram.admin_ids", "1001"),
            ("pakasir.project", "sandbox"),
            ("pakasir.api_key", "sandbox-key"),
        ];
        let stand_ins = stand_ins.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        let given = overrides.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        load(&Sources { overrides: stand_ins.chain(given).collect(), ..Sources::default() })
    }
}
