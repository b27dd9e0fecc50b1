//! What is on sale right now, for everybody to read without waiting. Written by the StockActor alone. It is a cache for
//! display only: prices and units of an order are decided from the store.

use crate::rules::catalogue::Product;
use crate::rules::ids::{ProductId, ProductNumber};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

/// The catalogue with live counts. Cheap to clone; all clones are the same shelf.
#[derive(Clone, Default)]
pub struct Shelf {
    display: Arc<RwLock<Arc<Display>>>,
}

/// One state of the catalogue. Its products are fixed, its counts move.
#[derive(Default)]
pub struct Display {
    /// By number, ascending.
    pub products: Vec<Product>,
    places: HashMap<ProductNumber, usize>,
    counts: HashMap<ProductId, Counts>,
}

#[derive(Default)]
struct Counts {
    free: AtomicI64,
    sold: AtomicI64,
}

impl Shelf {
    /// The current catalogue; keeps its products while it is held.
    pub fn display(&self) -> Arc<Display> {
        self.display.read().map(|display| display.clone()).unwrap_or_default()
    }

    pub(super) fn replace(&self, products: Vec<Product>, free: impl Fn(ProductId) -> i64) {
        let counts = products
            .iter()
            .map(|product| {
                (
                    product.id,
                    Counts { free: AtomicI64::new(free(product.id)), sold: AtomicI64::new(product.sold) },
                )
            })
            .collect();
        let places = products.iter().enumerate().map(|(place, product)| (product.number, place)).collect();
        if let Ok(mut display) = self.display.write() {
            *display = Arc::new(Display { products, places, counts });
        }
    }
}

impl Display {
    pub fn product(&self, number: ProductNumber) -> Option<&Product> {
        self.places.get(&number).and_then(|place| self.products.get(*place))
    }

    pub fn by_id(&self, id: ProductId) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// Products that can be bought now.
    pub fn in_stock(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().filter(|product| self.free(product.id) > 0)
    }

    /// Units nobody holds.
    pub fn free(&self, product: ProductId) -> i64 {
        self.counts.get(&product).map_or(0, |counts| counts.free.load(Ordering::Relaxed))
    }

    /// [`free`](Self::free) of every product.
    pub fn all_free(&self) -> HashMap<ProductId, i64> {
        self.counts.iter().map(|(product, counts)| (*product, counts.free.load(Ordering::Relaxed))).collect()
    }

    pub fn sold(&self, product: ProductId) -> i64 {
        self.counts.get(&product).map_or(0, |counts| counts.sold.load(Ordering::Relaxed))
    }

    pub(super) fn set_free(&self, product: ProductId, free: i64) {
        if let Some(counts) = self.counts.get(&product) {
            counts.free.store(free, Ordering::Relaxed);
        }
    }

    pub(super) fn add_sold(&self, product: ProductId, units: i64) {
        if let Some(counts) = self.counts.get(&product) {
            counts.sold.fetch_add(units, Ordering::Relaxed);
        }
    }
}
