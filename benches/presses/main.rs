//! A press on the menu, from Telegram's webhook to the view at Telegram: how many a second on one core, how long each
//! takes at half of what must be possible, and what 100,000 known customers, 10,000 of them awake, cost in memory.
//!
//! Run by `scripts/bench`. The shop is a process of its own, bound to the first core; this one, which plays Telegram
//! on both sides over real HTTP, keeps to the others.

mod load;
mod shop;
mod sink;

use load::Load;
use shop::Shop;
use sink::Sink;
use std::time::Duration;

const KNOWN: usize = 100_000;
const AWAKE: usize = 10_000;
/// Customers who press in the measurements of speed.
const PRESSING: usize = 2_000;
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
/// Presses a second at which a view must be there soon.
const HALF: f64 = 5_000.0;

fn main() {
    if let Some(world) = shop::asked_to_serve() {
        return shop::serve(&world);
    }
    let Ok(server) = std::env::var("QUICKCART_BENCH_POSTGRES") else {
        println!("QUICKCART_BENCH_POSTGRES is not set: run scripts/bench.");
        return;
    };
    quickcart::app::install_tls(); // which its HTTP client asks for
    shop::keep_off_its_core();
    actix_rt::System::new().block_on(async {
        let sink = Sink::start().await;
        let shop = Shop::start(&sink, &server, KNOWN).await;
        let load = Load::connect(shop.address, sink).await;
        load.press_once(0..PRESSING).await;
        speed(&shop, &load).await;
        patience(&load).await;
        load.press_once(0..AWAKE).await;
        let (awake, resident) = (shop.awake().await, shop.resident_bytes() as f64 / 1e6);
        println!("memory with {KNOWN} known customers, {awake} awake: {resident:.0} MB");
    });
}

/// Everybody presses again as soon as their view is there.
async fn speed(shop: &Shop, load: &Load) {
    for _ in 0..ROUNDS {
        let (commits, work) = (shop.commits().await, shop.cpu_seconds());
        let views = load.press_for(ROUND, PRESSING).await as f64;
        let (commits, work) = (shop.commits().await - commits, shop.cpu_seconds() - work);
        println!(
            "presses on one core: {:.0} a second, {:.0} µs of CPU each, {:.4} commits each",
            views / ROUND.as_secs_f64(),
            work / views * 1e6,
            commits as f64 / views,
        );
    }
}

/// Presses come when they come, whether the last one was answered or not.
async fn patience(load: &Load) {
    let mut times = load.press_at(HALF, ROUND * 2, PRESSING).await;
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    let (count, median, p99, worst) = (times.len(), at(0.5), at(0.99), at(1.0));
    println!(
        "{count} presses at {HALF:.0} a second: p50 {median:.1} ms, p99 {p99:.1} ms, worst {worst:.1} ms"
    );
}
