//! Which reading of the catalogue is the newest: several may be under way, and end in any order.

use crate::fault::Fault;
use crate::rules::catalogue::Product;
use crate::store::Store;
use std::cell::Cell;
use std::rc::Rc;

/// The living products, and which reading found them: a later one sees all that was there when an earlier one began.
pub(super) struct Catalogue {
    pub reading: u64,
    pub products: Vec<Product>,
}

/// Reads catalogues and counts the readings.
#[derive(Clone)]
pub(super) struct Reader {
    store: Store,
    readings: Rc<Cell<u64>>,
}

impl Reader {
    pub fn new(store: Store) -> Self {
        Self { store, readings: Rc::default() }
    }

    pub async fn catalogue(&self) -> Result<Catalogue, Fault> {
        let reading = self.readings.get() + 1;
        self.readings.set(reading);
        Ok(Catalogue { reading, products: self.store.catalogue().await? })
    }
}
