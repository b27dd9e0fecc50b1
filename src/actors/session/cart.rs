//! What a person puts into their cart.

use super::scene::{Done, Scene};
use crate::limits::CART_LINES_MAX;
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::view::View;
use crate::rules::ids::ProductNumber;

impl Scene {
    /// Adds to what the cart holds of a product, or sets it.
    pub(super) async fn put_in_cart(&mut self, number: ProductNumber, quantity: u32, added: bool) -> Done {
        let display = self.deps.shelf.display();
        let Some(product) = display.product(number) else { return self.no_such_product() };
        let cart = self.deps.store.cart(self.me.user).await?;
        let held = cart.iter().find(|(id, _)| *id == product.id).map_or(0, |(_, held)| *held);
        let wanted = if added { held.saturating_add(quantity.max(1)) } else { quantity };
        let free = u32::try_from(display.free(product.id).max(0)).unwrap_or(u32::MAX);
        let name = product.name.clone();
        let refused = match product.max_quantity {
            _ if wanted <= held => None, // less of it is always right
            _ if wanted > free => Some(Notice::TooFew { name, left: free }),
            Some(max) if wanted > max => Some(Notice::OutsideLimits { name, min: product.min_quantity, max }),
            _ if held == 0 && wanted > 0 && cart.len() >= CART_LINES_MAX => {
                Some(Notice::CartFull { max: CART_LINES_MAX })
            }
            _ => None,
        };
        if let Some(notice) = refused {
            self.tell(&notice);
            return self.where_it_was_added(number, quantity, added).await;
        }
        let (key, now) = (self.key.clone(), self.deps.clock.now());
        let holds = self.deps.store.put_in_cart(key, self.me.user, product.id, wanted, now).await?;
        let name = product.name.clone();
        self.tell(&match holds {
            0 => Notice::RemovedFromCart { name },
            quantity => Notice::AddedToCart { name, quantity },
        });
        self.where_it_was_added(number, quantity, added).await
    }

    /// After a press on a product's card, shows the card again. A press in the cart needs nothing here: the dialogue
    /// opens the cart after it.
    async fn where_it_was_added(&mut self, number: ProductNumber, quantity: u32, added: bool) -> Done {
        match added {
            true => self.open(View::Product { number, quantity }).await,
            false => Ok(()),
        }
    }

    pub(super) async fn empty_cart(&mut self) -> Done {
        self.deps.store.empty_cart(self.me.user).await?;
        self.tell(&Notice::CartEmptied);
        Ok(())
    }
}
