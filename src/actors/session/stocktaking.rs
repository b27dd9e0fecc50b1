//! Staff put units on sale and look at them. Content is decrypted for one message and kept nowhere.

use super::scene::{Done, Scene};
use super::screens::pages;
use crate::actors::messenger::messages::FetchFile;
use crate::actors::stock::messages::AddUnits;
use crate::limits::{DOCUMENT_BYTES_MAX, UNIT_BYTES_MAX, UNITS_ADDED_MAX};
use crate::rules::audit::By;
use crate::rules::dialog::command::unit_lines;
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::{Screen, StaffScreen, UnitLine};
use crate::rules::ids::ProductNumber;

/// Units sealed and written together; after each such part the progress is shown.
const UNITS_TOGETHER: usize = 2_000;

/// Units on one page.
const UNITS_PAGE: u32 = 10;

impl Scene {
    pub(super) async fn add_stock(&mut self, number: ProductNumber, units: Vec<String>) -> Done {
        let too_large = units.len() > UNITS_ADDED_MAX || units.iter().any(|unit| unit.len() > UNIT_BYTES_MAX);
        if too_large {
            return self.staff(StaffScreen::BadDocument { max_kilobytes: DOCUMENT_BYTES_MAX / 1024 });
        }
        let display = self.deps.shelf.display();
        let Some(product) = display.product(number) else {
            return self.staff(StaffScreen::NoSuchProduct { number });
        };
        let all = units.len();
        let (mut added, mut duplicates, mut done, mut progress) = (0, Vec::new(), 0, None);
        for part in units.chunks(UNITS_TOGETHER) {
            let request = AddUnits { number, contents: part.to_vec(), by: By::user(self.me.user) };
            let Some(outcome) = self.deps.stock.ask(request).await?? else {
                return self.staff(StaffScreen::NoSuchProduct { number });
            };
            added += outcome.added.len() as u32;
            duplicates.extend(outcome.duplicates.into_iter().map(|place| (done + place + 1) as u32));
            done += part.len();
            if done < all {
                let screen = StaffScreen::UnitsInProgress { done: done as u32, all: all as u32 };
                progress = self.keep_showing(&Screen::Staff(Box::new(screen)), progress).await;
            }
        }
        self.queued();
        let stock = self.deps.shelf.display().free(product.id);
        let name = product.name.clone();
        let screen = StaffScreen::UnitsAdded { number, name, added, duplicates, stock };
        match progress {
            Some(_) => {
                self.keep_showing(&Screen::Staff(Box::new(screen)), progress).await;
                Ok(())
            }
            None => self.staff(screen),
        }
    }

    pub(super) async fn stock_document(
        &mut self,
        number: ProductNumber,
        file: String,
        size_bytes: u64,
    ) -> Done {
        let refused = StaffScreen::BadDocument { max_kilobytes: DOCUMENT_BYTES_MAX / 1024 };
        if size_bytes > DOCUMENT_BYTES_MAX {
            return self.staff(refused);
        }
        let fetched = self.deps.messenger.ask(FetchFile { file, max_bytes: DOCUMENT_BYTES_MAX }).await?;
        let text = fetched.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match text.map(|text| unit_lines(text.trim_start_matches('\u{feff}'))) {
            Some(units) if !units.is_empty() => self.add_stock(number, units).await,
            _ => self.staff(refused),
        }
    }

    /// Only in private: whoever is in a group would read what the shop has to sell.
    pub(super) async fn staff_stock(&mut self, number: ProductNumber, page: u32) -> Done {
        if self.chat != self.me.chat {
            self.tell(&Notice::InPrivate);
            return Ok(());
        }
        let display = self.deps.shelf.display();
        let Some(product) = display.product(number) else {
            return self.staff(StaffScreen::NoSuchProduct { number });
        };
        let offset = i64::from(page) * i64::from(UNITS_PAGE);
        let found = self.deps.store.units_of(product.id, offset, i64::from(UNITS_PAGE)).await?;
        let mut lines = Vec::with_capacity(found.rows.len());
        for unit in found.rows {
            let content = self.deps.vault.open(product.id, &unit.sealed)?;
            lines.push(UnitLine { id: unit.id.0, content, state: unit.state, order_code: unit.order_code });
        }
        self.staff(StaffScreen::Units {
            number,
            name: product.name.clone(),
            lines,
            total: found.total,
            page,
            pages: pages(found.total, UNITS_PAGE),
        })
    }
}
