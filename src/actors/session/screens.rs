//! Views filled with what the shelf and the store say.

use super::scene::{Done, Scene};
use crate::actors::shelf::Display;
use crate::limits::ORDER_UNITS_MAX;
use crate::ports::Call;
use crate::rules::catalogue::Product;
use crate::rules::dialog::screen::{CartLine, CategoryLine, MovementLine, ProductCard, ProductLine, Screen};
use crate::rules::dialog::view::{Filter, View, category_key};
use crate::rules::ids::{OrderId, ProductId, ProductNumber};
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::rules::price::{cheapest, unit_price};
use crate::text::message::{Attachment, Message};
use std::collections::BTreeMap;

/// Lines of the stock overview on one page.
const STOCK_PAGE: usize = 30;

/// Number buttons under the text field.
const NUMBER_BUTTONS: usize = 24;

const TOP_BUYERS: i64 = 10;

impl Scene {
    pub(super) async fn open(&mut self, view: View) -> Done {
        let screen = match view {
            View::Welcome => return self.welcome().await,
            View::Catalogue => Screen::Catalogue,
            View::Categories => self.categories(),
            View::Products { filter, page } => return self.products(filter, page).await,
            View::TopBuyers => {
                let top = self.deps.store.top_buyers(TOP_BUYERS).await?;
                Screen::TopBuyers(top.into_iter().map(|buyer| (buyer.name, buyer.spent)).collect())
            }
            View::Stock { page } => self.stock(page),
            View::Product { number, quantity } => return self.product(number, quantity).await,
            View::Cart => self.cart().await?,
            View::Checkout(order) => return self.open_checkout(order).await,
            View::ConfirmBalance(order) => return self.confirm_balance(order).await,
            View::Account => Screen::Account {
                profile: self.me.clone(),
                balance: self.deps.store.balance(self.me.user).await?,
            },
            View::Languages => Screen::Languages,
            View::Orders { page } => self.orders(page).await?,
            View::OrderDetail { order, page } => return self.order_detail(order, page).await,
            View::Movements { page } => self.movements(page).await?,
            View::Deposit => Screen::Deposit {
                balance: self.deps.store.balance(self.me.user).await?,
                presets: self.deps.terms.deposit_presets.clone(),
            },
            View::HowToOrder => Screen::HowToOrder,
            View::Help => Screen::Help { staff: self.me.roles.is_staff() },
            View::StaffMenu | View::StaffOrders { .. } | View::StaffStock { .. } => {
                return self.open_staff(view).await;
            }
        };
        self.show(&screen);
        Ok(())
    }

    async fn welcome(&mut self) -> Done {
        let totals = self.deps.totals.get(self.deps.store.totals()).await?;
        if let Some(sticker) = self.deps.terms.sticker.clone() {
            let message = Message::default().with(Attachment::Sticker(sticker));
            self.carry(Call::Send { chat: self.chat, message });
        }
        let screen = Screen::Welcome {
            name: self.me.name.clone(),
            customers: totals.customers,
            completed_orders: totals.completed_orders,
        };
        let display = self.deps.shelf.display();
        let numbers: Vec<ProductNumber> =
            display.in_stock().map(|product| product.number).take(NUMBER_BUTTONS).collect();
        let voice = self.voice();
        let message = voice.with_menu(voice.screen(&screen, &self.me), &numbers, self.me.roles.is_staff());
        self.present(message);
        Ok(())
    }

    // Catalogue -----------------------------------------------------------------------------

    fn categories(&self) -> Screen {
        let display = self.deps.shelf.display();
        let mut lines = BTreeMap::<&str, CategoryLine>::new();
        for product in display.in_stock() {
            let line = lines.entry(&product.category).or_insert_with(|| CategoryLine {
                key: category_key(&product.category),
                name: product.category.clone(),
                emoji: product.category_emoji.clone(),
                products: 0,
            });
            line.products += 1;
        }
        Screen::Categories(lines.into_values().collect())
    }

    async fn products(&mut self, filter: Filter, page: u32) -> Done {
        let display = self.deps.shelf.display();
        let mut title = None;
        let mut found: Vec<&Product> = match filter {
            Filter::All => display.products.iter().collect(),
            Filter::Bestsellers => {
                display.in_stock().filter(|product| display.sold(product.id) > 0).collect()
            }
            Filter::Category(key) => {
                display.in_stock().filter(|product| category_key(&product.category) == key).collect()
            }
            Filter::Search => {
                // a page of a search from before the conversation lapsed
                let Some(words) = self.search.clone() else { return self.old_button() };
                title = Some(words.clone());
                display.products.iter().filter(|product| mentions(product, &words)).collect()
            }
        };
        if filter == Filter::Bestsellers {
            found.sort_by_key(|product| std::cmp::Reverse(display.sold(product.id)));
        }
        if let (Filter::Category(_), Some(first)) = (filter, found.first()) {
            title = Some(first.category.clone());
        }
        if let (true, Filter::Search, Some(searched)) = (found.is_empty(), filter, &title) {
            self.show(&Screen::NothingFound { searched: searched.clone() });
            return Ok(());
        }
        let (range, page, pages) = paged(found.len(), page, self.deps.terms.page_size as usize);
        let lines = found[range].iter().map(|product| self.line(&display, product)).collect();
        self.show(&Screen::Products { filter, title, lines, page, pages });
        Ok(())
    }

    fn stock(&self, page: u32) -> Screen {
        let display = self.deps.shelf.display();
        let in_stock: Vec<&Product> = display.in_stock().collect();
        let (range, page, pages) = paged(in_stock.len(), page, STOCK_PAGE);
        let lines = in_stock[range].iter().map(|product| self.line(&display, product)).collect();
        Screen::Stock { lines, page, pages, at: self.deps.clock.now() }
    }

    fn line(&self, display: &Display, product: &Product) -> ProductLine {
        ProductLine {
            number: product.number,
            name: product.name.clone(),
            price: self.own_price(product),
            stock: display.free(product.id),
            sold: display.sold(product.id),
        }
    }

    fn own_price(&self, product: &Product) -> Rupiah {
        unit_price(product, self.me.roles, self.deps.terms.reseller_discount_percent).own
    }

    fn amount(&self, product: &Product, quantity: u32) -> Rupiah {
        cheapest(self.own_price(product), &product.packages, quantity).unwrap_or_default()
    }

    pub(super) async fn product(&mut self, number: ProductNumber, quantity: u32) -> Done {
        let display = self.deps.shelf.display();
        let Some(product) = display.product(number) else { return self.no_such_product() };
        let cart = self.deps.store.cart(self.me.user).await?;
        let price = unit_price(product, self.me.roles, self.deps.terms.reseller_discount_percent);
        let stock = display.free(product.id);
        let min = product.min_quantity.max(1);
        let free = u32::try_from(stock.max(0)).unwrap_or(u32::MAX);
        let max = free.min(product.max_quantity.unwrap_or(u32::MAX)).min(ORDER_UNITS_MAX);
        let quantity = quantity.min(max).max(min);
        let saving = |package: &crate::rules::catalogue::Package| {
            let single = price.own.times(package.quantity).unwrap_or_default().0.max(1);
            u32::try_from((single - package.price.0).max(0) * 100 / single).unwrap_or(0)
        };
        let packages =
            product.packages.iter().map(|package| (package.quantity, package.price, saving(package)));
        let card = ProductCard {
            number,
            name: product.name.clone(),
            category: product.category.clone(),
            description: product.description.clone(),
            list_price: price.list,
            own_price: price.own,
            stock,
            sold: display.sold(product.id),
            quantity,
            min,
            max,
            amount: self.amount(product, quantity),
            packages: packages.collect(),
            picture: product.picture.clone(),
            in_cart: cart.iter().find(|(id, _)| *id == product.id).map_or(0, |(_, held)| *held),
        };
        self.show(&Screen::Product(Box::new(card)));
        Ok(())
    }

    async fn cart(&mut self) -> Result<Screen, crate::fault::Fault> {
        let display = self.deps.shelf.display();
        let cart = self.deps.store.cart(self.me.user).await?;
        let line = |(id, quantity): (ProductId, u32)| {
            let product = display.by_id(id)?;
            Some(CartLine {
                number: product.number,
                name: product.name.clone(),
                quantity,
                amount: self.amount(product, quantity),
                stock: display.free(id),
            })
        };
        let lines: Vec<CartLine> = cart.into_iter().filter_map(line).collect();
        let total =
            lines.iter().try_fold(Rupiah::ZERO, |sum, line| sum.plus(line.amount)).unwrap_or_default();
        Ok(Screen::Cart { lines, total })
    }

    // Orders --------------------------------------------------------------------------------

    async fn open_checkout(&mut self, order: OrderId) -> Done {
        match self.my_order(order).await? {
            Some(order) if order.state == OrderState::Pending => self.checkout(order, false).await,
            Some(order) => {
                self.show(&Screen::OrderClosed(order));
                Ok(())
            }
            None => self.old_button(),
        }
    }

    async fn confirm_balance(&mut self, order: OrderId) -> Done {
        let Some(order) = self.my_order(order).await? else { return self.old_button() };
        if order.state != OrderState::Pending {
            self.show(&Screen::OrderClosed(order));
            return Ok(());
        }
        let balance = self.deps.store.balance(self.me.user).await?;
        let missing = order.total.less(balance);
        match missing {
            Rupiah::ZERO => self.show(&Screen::ConfirmBalance { order, balance }),
            missing => self.balance_too_low(order, missing, balance),
        }
        Ok(())
    }

    async fn orders(&mut self, page: u32) -> Result<Screen, crate::fault::Fault> {
        let size = self.deps.terms.page_size;
        let offset = i64::from(page) * i64::from(size);
        let found = self.deps.store.orders_of(self.me.user, offset, i64::from(size)).await?;
        Ok(Screen::Orders { lines: found.rows, page, pages: pages(found.total, size) })
    }

    async fn order_detail(&mut self, order: OrderId, page: u32) -> Done {
        let Some(order) = self.my_order(order).await? else { return self.old_button() };
        let invoice = self.deps.store.invoice_of_order(order.id).await?;
        self.show(&Screen::OrderDetail { order, invoice, page });
        Ok(())
    }

    async fn movements(&mut self, page: u32) -> Result<Screen, crate::fault::Fault> {
        let size = self.deps.terms.page_size;
        let offset = i64::from(page) * i64::from(size);
        let found = self.deps.store.movements_of(self.me.user, offset, i64::from(size)).await?;
        let lines = found
            .rows
            .into_iter()
            .map(|movement| MovementLine {
                at: movement.at,
                source: movement.source,
                reference: movement.reference,
                amount: movement.amount,
            })
            .collect();
        let balance = self.deps.store.balance(self.me.user).await?;
        Ok(Screen::Movements { lines, balance, page, pages: pages(found.total, size) })
    }
}

/// Whether name, category or description hold all the words.
fn mentions(product: &Product, words: &str) -> bool {
    let text = format!("{} {} {}", product.name, product.category, product.description).to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// How many pages a list has; an empty one has one.
pub(super) fn pages(total: i64, size: u32) -> u32 {
    let total = u64::try_from(total).unwrap_or_default().max(1);
    u32::try_from(total.div_ceil(u64::from(size.max(1)))).unwrap_or(u32::MAX)
}

/// The part of a list that a page shows; a page past the end shows the last one.
fn paged(total: usize, page: u32, size: usize) -> (std::ops::Range<usize>, u32, u32) {
    let size = size.max(1);
    let pages = total.div_ceil(size).max(1);
    let page = (page as usize).min(pages - 1);
    let range = page * size..((page + 1) * size).min(total);
    (range, page as u32, pages as u32)
}
