//! QuickCart: an automatic shop for digital goods inside Telegram, an actor system on actix.
//!
//! The map, in reading order: [`rules`] decide and know nothing of the world; [`text`] has every word; [`store`]
//! is the only SQL; [`ports`] say what actors need from outside, [`adapters`] bend the outside to that;
//! [`actors`] give order; [`web`] is the HTTP edge; [`app`] builds and wires. [`sandbox`] is the outside,
//! played on this machine. `docs/ARCHITECTURE.md` walks through a purchase.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod rules;
pub mod text;

pub mod clock;
pub mod fault;
pub mod limits;
pub mod trip;

pub mod store;
pub mod vault;

pub mod ports;

pub mod adapters;

pub mod actors;

pub mod web;

pub mod app;
pub mod cli;
pub mod config;
pub mod logging;

// The outside has a clock of its own: the shop's cannot be moved against it otherwise.
#[allow(clippy::disallowed_methods)]
pub mod sandbox;
