//! A database for stock and payment actors, as many of them as wanted.

use crate::crew::{Crew, Pace, add_product, enrol, messenger, vault};
use crate::databases::Databases;
use quickcart::actors::Ids;
use quickcart::actors::shelf::Shelf;
use quickcart::clock::Clock;
use quickcart::rules::audit::By;
use quickcart::rules::ids::{ProductId, UserId};
use quickcart::rules::money::Rupiah;
use quickcart::store::model::{Leased, SealedUnit};
use quickcart::store::{Store, StoreOptions};
use std::cell::Cell;
use std::time::Duration;

pub const PRICE: i64 = 10_000;

/// A database with customers who have money, and one product.
pub struct Ground {
    pub store: Store,
    pub databases: Databases,
    pub product: ProductId,
    pub users: Vec<UserId>,
    pub clock: Clock,
    epoch: i64,
    units: Cell<u64>,
}

async fn open(databases: &Databases) -> Store {
    let options = StoreOptions {
        main_url: databases.main.url(),
        audit_url: databases.audit.url(),
        pool_size: 4,
        shop: "main".into(),
        shop_name: "Uji".into(),
    };
    Store::open(options).await.unwrap()
}

impl Ground {
    pub async fn prepare(databases: Databases, customers: i64) -> Self {
        let clock = Clock::default();
        let store = open(&databases).await;
        let leased = store.ask_for_lease("test", Duration::from_secs(3600), None).await.unwrap();
        let Leased::Taken { epoch } = leased else { panic!("{leased:?}") };
        let store = store.with_epoch(epoch);
        let mut users = Vec::new();
        for chat in 1..=customers {
            users.push(enrol(&store, &clock, chat).await);
        }
        let product = add_product(&store, &clock, "Rebutan", Rupiah(PRICE)).await;
        Self { store, databases, product, users, clock, epoch, units: Cell::new(0) }
    }

    /// More units, past the actors: those that live do not know of them.
    pub async fn adds_units(&self, count: u64) {
        let first = self.units.replace(self.units.get() + count);
        let unit = |place: u64| SealedUnit {
            ciphertext: vec![0; 48],
            key_id: "test".into(),
            fingerprint: place.to_be_bytes().to_vec(),
        };
        let units = (first..first + count).map(unit).collect();
        self.store.add_units(self.product, units, By::operator(), self.clock.now()).await.unwrap();
    }

    /// A crew with connections of its own under the same lease, as two processes by mistake would be.
    pub async fn crew(&self) -> Crew {
        self.crew_with(Shelf::default()).await
    }

    /// The same, with a shelf to look at.
    pub async fn crew_with(&self, shelf: Shelf) -> Crew {
        let store = open(&self.databases).await.with_epoch(self.epoch);
        let pace = Pace { sends_per_second: 30, chat_interval: Duration::ZERO, staff_batch: Duration::ZERO };
        let messenger = messenger(&store, &self.clock, pace, vault());
        Crew::awake(&store, &self.clock, &Ids::default(), shelf, &messenger, 64).await
    }

    pub fn db_number(&self, sql: &str) -> i64 {
        self.databases.main.number(sql)
    }

    /// The books hold, apart from the goods, which nobody sends here.
    pub async fn is_in_order(&self) {
        loop {
            let waiting = self.store.audit_waiting(500).await.unwrap();
            if waiting.is_empty() {
                break;
            }
            let ids = waiting.iter().map(|row| row.event_id).collect();
            let head = self.store.append_audit(waiting).await.unwrap();
            self.store.audit_shipped(ids, head, self.clock.now()).await.unwrap();
        }
        let broken = self.store.verify(self.clock.now()).await.unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
