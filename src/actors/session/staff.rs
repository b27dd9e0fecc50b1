//! Staff commands and views. `rules::dialog` lets nobody but staff get here; views check once more, since an old button
//! outlives a role.

use super::people::person;
use super::scene::{Done, Scene};
use super::screens::pages;
use crate::actors::payment::messages::TransferBalance;
use crate::actors::stock::messages::AddProduct;
use crate::fault::Fault;
use crate::rules::audit::By;
use crate::rules::catalogue::NewProduct;
use crate::rules::dialog::command::{self, StaffCommand, Usage};
use crate::rules::dialog::screen::{Screen, StaffScreen};
use crate::rules::dialog::view::View;
use crate::rules::ids::ChatId;
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::rules::people::{Profile, UserRef};
use crate::store::model::{AddedProduct, Transferred};

/// Orders shown with a person's details.
const LAST_ORDERS: i64 = 5;

impl Scene {
    pub(super) async fn staff_command(&mut self, command: StaffCommand) -> Done {
        match command {
            StaffCommand::Menu => self.open_staff(View::StaffMenu).await,
            StaffCommand::Add(product) => self.add_product(product).await,
            StaffCommand::AddStock { units, .. } if units.is_empty() => self.usage_of("/addstock"),
            StaffCommand::AddStock { number, units } => self.add_stock(number, units).await,
            StaffCommand::ViewStock(number) => self.open_staff(View::StaffStock { number, page: 0 }).await,
            StaffCommand::Transfer { who, amount, note } => self.transfer(who, amount, note).await,
            StaffCommand::Info(who) => self.info(who).await,
            StaffCommand::Orders(state) => self.open_staff(View::StaffOrders { state, page: 0 }).await,
            StaffCommand::OrderByCode(code) => self.order_by_code(code).await,
            StaffCommand::Whitelist { chat, on } => self.whitelist(chat, on).await,
        }
    }

    pub(super) fn usage(&mut self, usage: &'static Usage) -> Done {
        self.staff(StaffScreen::Usage(usage))
    }

    fn usage_of(&mut self, command: &str) -> Done {
        command::usage(command).map_or(Ok(()), |usage| self.usage(usage))
    }

    pub(super) fn staff(&mut self, screen: StaffScreen) -> Done {
        self.show(&Screen::Staff(Box::new(screen)));
        Ok(())
    }

    pub(super) async fn open_staff(&mut self, view: View) -> Done {
        if !self.me.roles.is_staff() {
            return self.old_button();
        }
        match view {
            View::StaffOrders { state, page } => self.staff_orders(state, page).await,
            View::StaffStock { number, page } => self.staff_stock(number, page).await,
            _ => self.staff(StaffScreen::Menu),
        }
    }

    async fn add_product(&mut self, product: NewProduct) -> Done {
        let by = By::user(self.me.user);
        let request = AddProduct { key: self.key.clone(), product: product.clone(), by };
        let screen = match self.deps.stock.ask(request).await?? {
            AddedProduct::Added { number, .. } => StaffScreen::ProductAdded {
                number,
                name: product.name,
                price: product.price,
                category: product.category,
            },
            AddedProduct::NumberTaken { number, by } => StaffScreen::NumberTaken { number, by },
        };
        self.staff(screen)
    }

    async fn transfer(&mut self, who: UserRef, amount: Rupiah, note: Option<String>) -> Done {
        let Some(customer) = self.find(&who).await? else { return self.nobody(&who) };
        let request = TransferBalance {
            key: self.key.clone(),
            user: customer.user,
            chat: customer.chat,
            amount,
            note,
            by: By::user(self.me.user),
        };
        let person = person(&customer);
        let screen = match self.deps.payment.ask(request).await?? {
            Transferred::Done { balance } => StaffScreen::Transferred { person, amount, balance },
            Transferred::NotThatMuch { balance } => StaffScreen::NotThatMuch { person, balance },
        };
        self.staff(screen)
    }

    async fn info(&mut self, who: UserRef) -> Done {
        let Some(profile) = self.find(&who).await? else { return self.nobody(&who) };
        let balance = self.deps.store.balance(profile.user).await?;
        let (orders, spent) = self.deps.store.bought_in_all(profile.user).await?;
        let last = self.deps.store.orders_of(profile.user, 0, LAST_ORDERS).await?.rows;
        self.staff(StaffScreen::Info { profile, balance, orders, spent, last })
    }

    async fn find(&self, who: &UserRef) -> Result<Option<Profile>, Fault> {
        self.deps.store.find_person(who.clone()).await
    }

    fn nobody(&mut self, who: &UserRef) -> Done {
        let typed = match who {
            UserRef::Chat(chat) => chat.to_string(),
            UserRef::Username(name) => format!("@{name}"),
            UserRef::BankId(id) => id.clone(),
        };
        self.staff(StaffScreen::NoSuchPerson { typed })
    }

    async fn staff_orders(&mut self, state: Option<OrderState>, page: u32) -> Done {
        let size = self.deps.terms.page_size;
        let read = async |page: u32| {
            self.deps.store.orders_in(state, i64::from(page) * i64::from(size), i64::from(size)).await
        };
        let mut found = read(page).await?;
        let pages = pages(found.total, size);
        let last = pages.saturating_sub(1);
        if page > last {
            found = read(last).await?; // orders have left this state since
        }
        let page = page.min(last);
        self.staff(StaffScreen::Orders { state, lines: found.rows, page, pages })
    }

    async fn order_by_code(&mut self, code: String) -> Done {
        let Some((order, buyer)) = self.deps.store.order_by_code(code.clone()).await? else {
            return self.staff(StaffScreen::NoSuchOrder { code });
        };
        let invoice = self.deps.store.invoice_of_order(order.id).await?;
        self.staff(StaffScreen::Order { order, buyer, invoice })
    }

    async fn whitelist(&mut self, chat: Option<ChatId>, on: bool) -> Done {
        let chat = chat.unwrap_or(self.chat);
        if chat.0 > 0 {
            return self.usage_of(if on { "/whitelist" } else { "/rm" });
        }
        let by = By::user(self.me.user);
        let changed = self.deps.store.whitelist(chat, on, by, self.deps.clock.now()).await?;
        self.staff(StaffScreen::Whitelisted { chat: chat.0, on, changed })
    }
}
