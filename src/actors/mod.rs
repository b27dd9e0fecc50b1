//! The actors. Asks go downhill only: supervisor → session → stock, payment → store. Nobody asks a session; nobody
//! awaits upward. Events go between actors of the same level as messages to which nobody needs an answer.
//!
//! Commands and questions are imperative, facts past tense, timers `…Due`.

pub mod audit;
mod batch;
mod ids;
mod line;
pub mod messenger;
pub mod metrics;
pub mod payment;
mod rebirth;
pub mod scheduler;
pub mod session;
pub mod shelf;
pub mod stock;
pub mod supervisor;
pub mod totals;
pub mod vitals;

pub use ids::Ids;
pub use line::{Line, Unanswered};
pub use rebirth::{Backoff, Guard, Stopping, keep_alive};
