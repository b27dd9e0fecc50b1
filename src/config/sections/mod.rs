//! The keys themselves, in the order of the file. A key is added by one entry here and nowhere else;
//! afterwards `config.toml` and `docs/CONFIG.md` are printed anew (a test says how).

mod actors;
mod machine;
mod outside;
mod shop;

pub use actors::{Actors, AuditActor, MessengerActor, PaymentActor, SessionActor, StockActor, Supervision};
pub use machine::{Database, Http, Log};
pub use outside::{Pakasir, Telegram};
pub use shop::{Catalogue, Deposit, Limits, Notices, Payment, Session, Shop};
