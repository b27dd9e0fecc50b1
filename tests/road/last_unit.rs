//! Many want the last one.

use crate::actors::Ground;
use crate::crew::Crew;
use crate::patience::until;
use crate::shop::PATIENCE;
use futures_util::future::join_all;
use quickcart::actors::payment::messages::PayFromBalance;
use quickcart::actors::shelf::Shelf;
use quickcart::actors::stock::messages::{LookAgain, ReserveUnits, UnitsFreed};
use quickcart::rules::ids::{ChatId, UserId};
use quickcart::rules::invoice::Paid;
use quickcart::rules::order::{Reserved, Wanted};

const BUYERS: i64 = 64;
const ROUNDS: usize = 1_000;

roads! {
    async fn of_64_buyers_of_the_last_unit_exactly_one_gets_it_in_every_round(databases) {
        let ground = Ground::prepare(databases, BUYERS).await;
        let crew = ground.crew().await;
        for round in 0..ROUNDS {
            put_one_on_sale(&ground, &crew, round).await;
            let asked = ground.users.iter().map(|user| wish(&ground, round, *user));
            let answers = join_all(asked.map(|wish| crew.stock.ask(wish))).await;
            let mut held = Vec::new();
            for answer in answers {
                match answer.unwrap().unwrap() {
                    Reserved::Held(order) => held.push(order),
                    Reserved::TooFew { left: 0, .. } => {}
                    other => panic!("round {round}: {other:?}"),
                }
            }
            let [order] = held.as_slice() else { panic!("round {round}: {} got it", held.len()) };
            let paid = crew.payment.ask(PayFromBalance { order: order.id, user: order.user }).await;
            assert!(matches!(paid.unwrap().unwrap(), Paid::Paid { .. }), "round {round}");
        }
        let sold = ground.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'");
        assert_eq!(sold, ROUNDS as i64);
        ground.is_in_order().await;
    }

    async fn a_unit_that_is_sold_before_the_news_of_it_comes_is_not_shown_for_long(databases) {
        let ground = Ground::prepare(databases, 1).await;
        let shelf = Shelf::default();
        let crew = ground.crew_with(shelf.clone()).await;
        let shown = || shelf.display().free(ground.product);
        let comes_to = async |left: i64| until(PATIENCE, async || (shown() == left).then_some(())).await;
        ground.adds_units(1).await;
        crew.stock.ask(LookAgain).await.unwrap();
        assert!(comes_to(1).await.is_some(), "what came past the actor is read");
        ground.adds_units(1).await;
        let news = ground.store.free_units().await.unwrap().split_off(1);
        let both = Wanted { product: ground.product, quantity: 2 };
        let wish = ReserveUnits { wanted: vec![both], ..wish(&ground, 0, ground.users[0]) };
        assert!(matches!(crew.stock.ask(wish).await.unwrap().unwrap(), Reserved::Held(_)));
        crew.stock.ask(UnitsFreed(news)).await.unwrap();
        assert!(comes_to(0).await.is_some(), "a unit that is reserved stands on the shelf");
    }
}

/// The actor learns of the unit as it does of one that was given back.
async fn put_one_on_sale(ground: &Ground, crew: &Crew, round: usize) {
    ground.adds_units(1).await;
    if round.is_multiple_of(2) {
        let free = ground.store.free_units().await.unwrap();
        crew.stock.ask(UnitsFreed(free)).await.unwrap();
    }
}

fn wish(ground: &Ground, round: usize, user: UserId) -> ReserveUnits {
    ReserveUnits {
        key: format!("{round}:{user}"),
        user,
        chat: ChatId(user.0),
        wanted: vec![Wanted { product: ground.product, quantity: 1 }],
    }
}
