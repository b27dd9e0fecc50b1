//! What a purchase costs in a young shop and in one that has sold a million units: the time from the press that
//! reserves to the goods being paid, by balance, as the actors do it. It should hardly differ.
//!
//! Run by `scripts/bench`, which starts a PostgreSQL with fsync on. Only ratios within one run count.

#[allow(dead_code)] // the other bench also buys without actors
#[path = "../purchase/shop.rs"]
mod shop;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use shop::Shop;
use std::time::Duration;
use tokio::time::Instant;

/// Units sold, orders and customers of the two shops.
const SOLD: [i64; 2] = [1_000, 1_000_000];
/// On sale in both: enough for all rounds.
const UNITS: usize = 30_000;
const CUSTOMERS: usize = 16;
/// More than is bought: what waits to be sent does not grow from round to round.
const SENDS_PER_SECOND: u32 = 28_000;
const ROUNDS: usize = 7;
/// Purchases of one round, so that the slowest hundredth is several.
const PURCHASES: usize = 1_000;

fn main() {
    actix_rt::System::new().block_on(async {
        match std::env::var("QUICKCART_BENCH_POSTGRES") {
            Ok(server) => {
                let shops = [on_postgres(&server, SOLD[0]).await, on_postgres(&server, SOLD[1]).await];
                compare("PostgreSQL", &shops).await;
            }
            Err(_) => println!("QUICKCART_BENCH_POSTGRES is not set: SQLite only. scripts/bench does both."),
        }
        let folder = tempfile::tempdir().expect("a folder for SQLite");
        let file = |sold: i64| folder.path().join(format!("{sold}.db")).display().to_string();
        let shops = [on_sqlite(&file(SOLD[0]), SOLD[0]).await, on_sqlite(&file(SOLD[1]), SOLD[1]).await];
        compare("SQLite", &shops).await;
    });
}

/// A shop with a past in a database of its own. The server goes with its databases.
async fn on_postgres(server: &str, sold: i64) -> Shop {
    let mut c = AsyncPgConnection::establish(server).await.expect("the server answers");
    c.batch_execute(&format!("CREATE DATABASE sold_{sold}")).await.expect("a database");
    let (server, _) = server.rsplit_once('/').expect("the url of a server ends in a database");
    let shop = Shop::open(&format!("{server}/sold_{sold}"), CUSTOMERS, UNITS, SENDS_PER_SECOND).await;
    shop.remembers(sold).await;
    shop
}

async fn on_sqlite(file: &str, sold: i64) -> Shop {
    let shop = Shop::open(&format!("sqlite://{file}"), CUSTOMERS, UNITS, SENDS_PER_SECOND).await;
    shop.remembers(sold).await;
    shop
}

/// Rounds alternate, so that a noisy neighbour hits both; the median of each shop's rounds counts. The first round
/// only warms up.
async fn compare(database: &str, shops: &[Shop; 2]) {
    for customers in [1, CUSTOMERS] {
        let mut rounds = [Vec::new(), Vec::new()];
        for round in 0..=ROUNDS {
            for (shop, rounds) in shops.iter().zip(&mut rounds) {
                let mut taken = buy(shop, customers).await;
                taken.sort_unstable();
                if round > 0 {
                    rounds.push([taken[taken.len() / 2], taken[taken.len() * 99 / 100]]);
                }
            }
        }
        let figures =
            rounds.map(|rounds| [0, 1].map(|which| median(rounds.iter().map(|round| round[which]))));
        for (sold, [p50, p99]) in SOLD.iter().zip(&figures) {
            println!("{database}, {customers} at a time, {sold} sold: p50 {p50:.2?}, p99 {p99:.2?}");
        }
        let ratio = |which: usize| figures[1][which].as_secs_f64() / figures[0][which].as_secs_f64();
        println!(
            "{database}, {customers} at a time: ratio of p50 {:.2}, of p99 {:.2} (1.5 at most)",
            ratio(0),
            ratio(1)
        );
    }
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// How long each purchase took, with every customer buying again as soon as they have bought.
async fn buy(shop: &Shop, customers: usize) -> Vec<Duration> {
    let buying = (0..customers).map(async |customer| {
        let mut taken = Vec::with_capacity(PURCHASES / customers);
        for _ in 0..PURCHASES / customers {
            let begun = Instant::now();
            shop.buy_through_actors(customer).await;
            taken.push(begun.elapsed());
        }
        taken
    });
    futures_util::future::join_all(buying).await.concat()
}
