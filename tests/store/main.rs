//! The store, on both databases: every test here runs on SQLite, and on PostgreSQL where
//! `QUICKCART_TEST_POSTGRES` names a server on which databases may be made.

#[macro_use]
#[allow(clippy::disallowed_methods)] // a name that is unique, not a time of the shop
mod harness;

mod audit;
mod books;
mod catalogue;
mod day;
mod expiry;
mod guards;
mod history;
mod inbox;
mod lease;
mod migrations;
mod outbox;
mod people;
mod plans;
mod sends;
mod sessions;
mod staff;
mod statistics;
mod stock;
