//! The road from payment to goods does not break: the shop's own program is killed, stopped, starved and lied to
//! while people buy. It runs as a child process against a local Telegram and a local gateway. After every scenario it
//! runs normally, every paid order is delivered once, `quickcart verify` finds nothing, and both servers saw nothing
//! that a correct bot does not do.
//!
//! PostgreSQL is played on where `QUICKCART_TEST_POSTGRES` names a server. `QUICKCART_ROAD_ROUNDS` says how much is
//! played: a factor such as `3`, or `full` for the numbers that the shop promises (1,000
//! payments with 16 callbacks, 500 races, 100 kills); without it a minute's worth of each.

/// Writes each scenario once; it is played on both kinds of database side by side, since most of it is waiting.
macro_rules! roads {
    ($($(#[$meta:meta])* async fn $name:ident($databases:ident) $body:block)+) => {$(
        #[test]
        fn $name() {
            $(#[$meta])*
            async fn travelled($databases: $crate::databases::Databases) $body
            $crate::play_on_both(travelled);
        }
    )+};
}

use databases::Databases;
use std::panic::resume_unwind;
use std::thread;

mod actors;
mod cluster;
mod crew;
#[path = "../shop/databases.rs"]
mod databases;
mod patience;
mod people;
mod process;
mod reckoning;
mod relay;
mod shop;

mod crowded;
mod deaths;
mod duplicates;
mod last_unit;
mod leases;
mod leaving;
mod outages;
mod overload;
mod panics;
mod races;
mod redelivery;
mod rush;
mod starting;
mod twins;

/// Plays a scenario on SQLite, and on PostgreSQL if there is one.
fn play_on_both(travel: impl AsyncFn(Databases) + Copy + Send) {
    thread::scope(|scope| {
        let on_sqlite = scope.spawn(move || play(Databases::sqlite(), travel));
        let on_postgres = scope.spawn(move || Databases::postgres().map(|databases| play(databases, travel)));
        let ends = [("SQLite", on_sqlite.join()), ("PostgreSQL", on_postgres.join().map(drop))];
        for (kind, end) in ends {
            if let Err(panic) = end {
                eprintln!("That was on {kind}.");
                resume_unwind(panic);
            }
        }
    });
}

fn play(databases: Databases, travel: impl AsyncFnOnce(Databases)) {
    quickcart::app::install_tls();
    actix_rt::System::new().block_on(travel(databases));
}
