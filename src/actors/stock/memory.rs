//! Which units memory believes to be free. The store decides; memory only saves it the search.

use crate::rules::ids::{ProductId, UnitId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Ids of free units by product, oldest first.
#[derive(Default)]
pub(super) struct FreeUnits {
    units: HashMap<ProductId, BTreeSet<UnitId>>,
    /// While the store is being read again: what changed since the reading began, which it may not include.
    since: Option<Vec<Change>>,
    /// Units that were taken before memory heard that they are free: that news is still to come. First those since the
    /// last reading of the store began, then those since the one before it.
    early: [HashSet<UnitId>; 2],
}

enum Change {
    Free(ProductId, UnitId),
    Gone(ProductId, UnitId),
}

impl FreeUnits {
    pub fn count(&self, product: ProductId) -> i64 {
        self.units.get(&product).map_or(0, |units| units.len() as i64)
    }

    /// Adds a free unit. `true` if the unit was taken before this news came, which may therefore be out of date: only
    /// the store knows whether the unit is free.
    pub fn add(&mut self, product: ProductId, unit: UnitId) -> bool {
        self.change(Change::Free(product, unit));
        self.early.iter_mut().any(|early| early.remove(&unit))
    }

    pub fn remove(&mut self, product: ProductId, unit: UnitId) {
        if !self.units.get(&product).is_some_and(|units| units.contains(&unit)) {
            self.early[0].insert(unit);
        }
        self.change(Change::Gone(product, unit));
    }

    /// Takes out the oldest units, as many as are wanted or none. They are suggestions, which come back unless an order
    /// gets them.
    pub fn pick(&mut self, product: ProductId, quantity: u32) -> Vec<UnitId> {
        let units = self.units.entry(product).or_default();
        if units.len() < quantity as usize {
            return Vec::new();
        }
        (0..quantity).filter_map(|_| units.pop_first()).collect()
    }

    /// Keeps changes from now on, until the reading that begins now has ended.
    pub fn begin_reading(&mut self) {
        self.since = Some(Vec::new());
        self.early.rotate_right(1);
        self.early[0].clear();
    }

    pub fn is_reading(&self) -> bool {
        self.since.is_some()
    }

    /// Adopts what was read and what changed meanwhile. If nothing was read, memory stays as it was.
    pub fn end_reading(&mut self, read: Option<Vec<(ProductId, UnitId)>>) {
        let since = self.since.take().unwrap_or_default();
        let Some(read) = read else { return };
        self.units.values_mut().for_each(BTreeSet::clear);
        for (product, unit) in read {
            self.units.entry(product).or_default().insert(unit);
        }
        since.into_iter().for_each(|change| self.change(change));
    }

    pub fn products(&self) -> Vec<ProductId> {
        self.units.keys().copied().collect()
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Free(product, unit) => self.units.entry(product).or_default().insert(unit),
            Change::Gone(product, unit) => self.units.entry(product).or_default().remove(&unit),
        };
        if let Some(since) = &mut self.since {
            since.push(change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCT: ProductId = ProductId(1);

    fn holding(units: &[i64]) -> FreeUnits {
        let mut free = FreeUnits::default();
        for unit in units {
            free.add(PRODUCT, UnitId(*unit));
        }
        free
    }

    #[test]
    fn the_oldest_are_picked_all_or_none() {
        let mut free = holding(&[3, 1, 2]);
        assert_eq!(free.pick(PRODUCT, 4), []);
        assert_eq!(free.pick(PRODUCT, 2), [UnitId(1), UnitId(2)]);
        assert_eq!(free.count(PRODUCT), 1);
    }

    #[test]
    fn what_changes_during_a_reading_outlasts_it() {
        let mut free = holding(&[1, 2, 3]);
        free.begin_reading();
        free.remove(PRODUCT, UnitId(1)); // the reading saw it yet
        free.add(PRODUCT, UnitId(9)); // the reading did not see it
        free.add(PRODUCT, UnitId(4));
        free.remove(PRODUCT, UnitId(4));
        free.end_reading(Some(vec![(PRODUCT, UnitId(1)), (PRODUCT, UnitId(4)), (PRODUCT, UnitId(7))]));
        assert_eq!(free.pick(PRODUCT, 2), [UnitId(7), UnitId(9)]);
        assert_eq!(free.count(PRODUCT), 0);
    }

    #[test]
    fn news_of_a_unit_that_was_taken_before_is_doubted_once() {
        let mut free = holding(&[1]);
        for readings in 0..2 {
            free.remove(PRODUCT, UnitId(2));
            (0..readings).for_each(|_| free.begin_reading());
            assert!(free.add(PRODUCT, UnitId(2)), "{readings} readings later");
            free.remove(PRODUCT, UnitId(2));
            assert!(!free.add(PRODUCT, UnitId(2)), "it was known");
            free.remove(PRODUCT, UnitId(2));
        }
        free.remove(PRODUCT, UnitId(1));
        assert!(!free.add(PRODUCT, UnitId(1)));
    }

    #[test]
    fn a_reading_that_failed_changes_nothing() {
        let mut free = holding(&[1]);
        free.begin_reading();
        free.add(PRODUCT, UnitId(2));
        free.end_reading(None);
        assert!(!free.is_reading());
        assert_eq!(free.count(PRODUCT), 2);
    }
}
