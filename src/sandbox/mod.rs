//! The sandbox: a Bot API server, a Pakasir server and a page of phone-like chats, all on this machine.
//!
//! The real bot talks to it over HTTP as it would to the real services. What those refuse is refused here, with their
//! words and codes, and whatever only a fault of ours can cause is kept in [`Sandbox::violations`].
//! Tests, the page and the HTTP control API all go through the same methods of [`Sandbox`].
//!
//! This room imports nothing of ours. The process must have installed a rustls provider before [`start`].

mod acts;
mod control;
mod faults;
mod model;
mod pace;
mod pakasir;
mod reading;
mod server;
mod telegram;
mod world;

pub use faults::{CallFault, CallbackFaults, FaultKind, Faults};
pub use model::{Attachment, Button, Call, CallbackAnswer, ChatMessage, Group, Kind, Options, Person};
pub use pakasir::{CallbackSent, Invoice, InvoiceStatus, PayOptions};
pub use server::{Sandbox, start};

#[cfg(test)]
mod tests;
