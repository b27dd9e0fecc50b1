//! Two of each actor on one database, by force: the database decides, nothing is sold or credited twice.

use crate::actors::{Ground, PRICE};
use crate::crew::Crew;
use futures_util::future::{join, join_all};
use quickcart::actors::payment::messages::{CancelOrder, HintPayment, OpenInvoice, PayFromBalance};
use quickcart::actors::stock::messages::ReserveUnits;
use quickcart::rules::ids::{ChatId, UserId};
use quickcart::rules::invoice::Opened;
use quickcart::rules::money::Rupiah;
use quickcart::rules::order::{Order, Reserved, Wanted};
use quickcart::store::model::Pays;

const BUYERS: i64 = 48;
const UNITS: u64 = 24;

roads! {
    async fn two_of_each_actor_oversell_nothing_and_book_nothing_twice(databases) {
        let ground = Ground::prepare(databases, BUYERS).await;
        ground.adds_units(UNITS).await;
        let crews = [ground.crew().await, ground.crew().await];
        for round in 0..4 {
            play(&ground, &crews, round).await;
            ground.is_in_order().await;
        }
        let oversold = "SELECT COUNT(*) AS value FROM orders WHERE state IN ('pending', 'paid', 'delivered')";
        assert!(ground.db_number(oversold) <= UNITS as i64);
    }
}

/// Everybody asks both stock actors at once; who got something pays in every way at both payment actors at once.
async fn play(ground: &Ground, crews: &[Crew; 2], round: usize) {
    let wishes =
        ground.users.iter().flat_map(|user| crews.iter().map(|crew| reserve(ground, crew, round, *user)));
    let orders: Vec<Order> = join_all(wishes).await.into_iter().flatten().collect();
    let mut ids: Vec<i64> = orders.iter().map(|order| order.id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let reserved = ground.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'reserved'");
    assert_eq!(ids.len() as i64, reserved, "round {round}: orders held, and units reserved");
    let ends = orders.iter().enumerate().flat_map(|(place, order)| {
        crews.iter().map(move |crew| pay_somehow(crew, order, (round + place) % 3))
    });
    join_all(ends).await;
    let paid = ground.db_number("SELECT COUNT(*) AS value FROM orders WHERE state IN ('paid', 'delivered')");
    let sold = ground.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'");
    let booked = ground.db_number(&format!(
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) / {PRICE} AS value FROM entries WHERE account LIKE '%sales%'"
    ));
    assert_eq!(
        (sold, booked.abs()),
        (paid, paid),
        "round {round}: units sold and money taken, for the paid orders"
    );
}

/// A fault is an answer too: two writers met, nothing was written.
async fn reserve(ground: &Ground, crew: &Crew, round: usize, user: UserId) -> Option<Order> {
    let request = ReserveUnits {
        key: format!("{round}:{user}"),
        user,
        chat: ChatId(user.0),
        wanted: vec![Wanted { product: ground.product, quantity: 1 }],
    };
    match crew.stock.ask(request).await.unwrap() {
        Ok(Reserved::Held(order) | Reserved::OpenOrder(order)) => Some(order),
        Ok(Reserved::TooFew { .. }) | Err(_) => None,
        Ok(other) => panic!("{other:?}"),
    }
}

async fn pay_somehow(crew: &Crew, order: &Order, way: usize) {
    match way {
        0 => by_balance(crew, order).await,
        1 => by_gateway(crew, order).await,
        _ => drop(join(by_gateway(crew, order), cancel(crew, order)).await),
    }
}

async fn by_balance(crew: &Crew, order: &Order) {
    let _ = crew.payment.ask(PayFromBalance { order: order.id, user: order.user }).await.unwrap();
}

async fn cancel(crew: &Crew, order: &Order) {
    let _ = crew.payment.ask(CancelOrder { order: order.id, user: order.user }).await.unwrap();
}

/// Opens the invoice and reports it paid, several times over.
async fn by_gateway(crew: &Crew, order: &Order) {
    let request = OpenInvoice {
        key: format!("open:{}", order.id),
        user: order.user,
        chat: ChatId(order.user.0),
        pays: Pays::Order(order.id),
        waiting: None,
    };
    let invoice = match crew.payment.ask(request).await.unwrap() {
        Ok(Opened::Opening(invoice) | Opened::Already(invoice)) => invoice,
        _ => return,
    };
    let hint = HintPayment { reference: invoice.reference, amount: Rupiah(PRICE), project: "test".into() };
    join_all((0..4).map(|_| crew.payment.ask(hint.clone()))).await;
}
