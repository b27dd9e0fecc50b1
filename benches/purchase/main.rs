//! Whole orders by balance on one hot product, as the actors do them and as the classical transaction does:
//! `SELECT … FOR UPDATE` on one free unit, then the same rows, over a pool of 16 connections.
//!
//! Run by `scripts/bench`, which starts a PostgreSQL with fsync on. Only ratios within one run count.

mod classical;
mod shop;

use shop::Shop;
use std::time::Duration;
use tokio::time::Instant;

const CUSTOMERS: usize = 64;
/// More than all rounds sell, which would otherwise end in "too few".
const UNITS: usize = 300_000;
/// Sold before: the shop is not new.
const PAST: i64 = 50_000;
/// As many as Telegram takes. The rest waits in the outbox; the classical way has nobody who sends.
const SENDS_PER_SECOND: u32 = 28;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(4);

fn main() {
    let Ok(server) = std::env::var("QUICKCART_BENCH_POSTGRES") else {
        println!("QUICKCART_BENCH_POSTGRES is not set: run scripts/bench.");
        return;
    };
    actix_rt::System::new().block_on(async {
        let postgres = Shop::open(&server, CUSTOMERS, UNITS, SENDS_PER_SECOND).await;
        postgres.remembers(PAST).await;
        // one customer first: 64 leave a hundred thousand unsent facts behind, which one alone never would
        compare("PostgreSQL, 1 customer", &postgres, 1).await;
        compare("PostgreSQL, 64 customers", &postgres, CUSTOMERS).await;
        let folder = tempfile::tempdir().expect("a folder for SQLite");
        let lite = Shop::open(
            &format!("sqlite://{}", folder.path().join("main.db").display()),
            CUSTOMERS,
            UNITS,
            SENDS_PER_SECOND,
        )
        .await;
        lite.remembers(PAST).await;
        compare_lite("SQLite, 64 customers", &lite).await;
    });
}

/// Rounds alternate, so that a noisy neighbour and the disk's moods hit both.
async fn compare(title: &str, shop: &Shop, customers: usize) {
    let (mut actors, mut classic) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        actors.push(rate(customers, async |customer| shop.buy_through_actors(customer).await).await);
        classic.push(rate(customers, async |customer| classical::buy(shop, customer).await).await);
    }
    report(title, "actors", &actors, "row lock", &classic);
}

/// The same actors, one transaction for each message: what SQLite does without group commit.
async fn compare_lite(title: &str, shop: &Shop) {
    let (mut grouped, mut single) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        grouped.push(rate(CUSTOMERS, async |customer| shop.buy_through_actors(customer).await).await);
        single.push(rate(CUSTOMERS, async |customer| shop.buy_one_by_one(customer).await).await);
    }
    report(title, "group commit", &grouped, "one by one", &single);
}

/// The median of the rounds' ratios counts: a commit's price changes from minute to minute, but less within a round.
fn report(title: &str, one: &str, ones: &[f64], other: &str, others: &[f64]) {
    let ratios: Vec<f64> = ones.iter().zip(others).map(|(one, other)| one / other).collect();
    println!(
        "{title}: {one} {:.0} orders/s {ones:.0?}, {other} {:.0} orders/s {others:.0?}, ratio {:.1} {ratios:.1?}",
        median(ones),
        median(others),
        median(&ratios)
    );
}

fn median(of: &[f64]) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Orders a second, with every customer buying again as soon as they have bought.
async fn rate(customers: usize, buy: impl AsyncFn(usize)) -> f64 {
    let start = Instant::now();
    let buying = (0..customers).map(async |customer| {
        let mut bought = 0u64;
        while start.elapsed() < ROUND {
            buy(customer).await;
            bought += 1;
        }
        bought
    });
    let bought: u64 = futures_util::future::join_all(buying).await.into_iter().sum();
    bought as f64 / start.elapsed().as_secs_f64()
}
