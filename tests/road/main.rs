//! The road from payment to goods does not break: the shop's own program is killed, stopped, starved and lied to
//! while people buy. It runs as a child process against a local Telegram and a local gateway. After every scenario it
//! runs normally, every paid order is delivered once, `quickcart verify` finds nothing, and both servers saw nothing
//! that a correct bot does not do.
//!
//! PostgreSQL is played on where `QUICKCART_TEST_POSTGRES` names a server. `QUICKCART_ROAD_ROUNDS` says how much is
//! played: a factor such as `3`, or `full` for the numbers that the shop promises (1.000 rounds for the last unit,
//! 1.000 payments with 16 callbacks, 500 races, 100 kills); without it a minute's worth of each.

/// Writes each scenario once and plays it on both kinds of database.
macro_rules! roads {
    ($($(#[$meta:meta])* async fn $name:ident($databases:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn travelled($databases: $crate::databases::Databases) $body

            #[test]
            fn sqlite() {
                $crate::play(Some($crate::databases::Databases::sqlite()), travelled);
            }

            #[test]
            fn postgres() {
                $crate::play($crate::databases::Databases::postgres(), travelled);
            }
        }
    )+};
}

mod actors;
mod cluster;
#[path = "../shop/databases.rs"]
mod databases;
mod patience;
mod people;
mod process;
mod reckoning;
mod shop;

mod crowded;
mod deaths;
mod duplicates;
mod last_unit;
mod leases;
mod leaving;
mod outages;
mod panics;
mod races;
mod redelivery;
mod rush;
mod starting;
mod twins;

/// Plays a scenario. Without a database there is nothing to play on.
fn play(databases: Option<databases::Databases>, travel: impl AsyncFnOnce(databases::Databases)) {
    let Some(databases) = databases else { return };
    quickcart::app::install_tls();
    actix_rt::System::new().block_on(travel(databases));
}
