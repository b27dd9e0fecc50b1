//! Checkout and paying: asks the actors and shows how it ended.

use super::scene::{Done, Scene};
use crate::actors::payment::messages::{
    CancelDeposit, CancelOrder, CheckInvoice, Checked, OpenInvoice, PayFromBalance, ShowInvoice,
};
use crate::actors::stock::messages::ReserveUnits;
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::Screen;
use crate::rules::dialog::view::View;
use crate::rules::dialog::{Basket, Question};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::{InvoiceId, OrderId};
use crate::rules::invoice::{Cancelled, Invoice, InvoiceState, Opened, Paid};
use crate::rules::money::Rupiah;
use crate::rules::order::{Order, OrderState, Reserved, Wanted};
use crate::store::model::{NewFact, Pays};

impl Scene {
    // Reserving -----------------------------------------------------------------------------

    pub(super) async fn reserve(&mut self, basket: Basket) -> Done {
        let display = self.deps.shelf.display();
        let wanted: Vec<Wanted> = match basket {
            Basket::One { number, quantity } => match display.product(number) {
                Some(product) => vec![Wanted { product: product.id, quantity: quantity.max(1) }],
                None => return self.no_such_product(),
            },
            Basket::Cart => {
                let cart = self.deps.store.cart(self.me.user).await?;
                cart.into_iter().map(|(product, quantity)| Wanted { product, quantity }).collect()
            }
            Basket::Again(order) => self.lines_of(order).await?,
        };
        if wanted.is_empty() {
            return self.nothing_to_reserve(basket).await;
        }
        let request = ReserveUnits { key: self.key.clone(), user: self.me.user, chat: self.me.chat, wanted };
        let outcome = self.deps.stock.ask(request).await??;
        self.reserved(outcome, basket).await
    }

    /// A second tap on "checkout" finds the cart empty: what was in it is the order that the first tap made.
    async fn nothing_to_reserve(&mut self, basket: Basket) -> Done {
        if basket != Basket::Cart {
            return self.no_such_product();
        }
        let newest = self.deps.store.orders_of(self.me.user, 0, 1).await?.rows.into_iter().next();
        if let Some(order) = newest.filter(|order| order.state == OrderState::Pending) {
            return self.checkout(order, false).await;
        }
        self.tell(&Notice::CartEmpty);
        self.open(View::Cart).await
    }

    async fn reserved(&mut self, outcome: Reserved, basket: Basket) -> Done {
        match outcome {
            Reserved::Held(order) => {
                if basket == Basket::Cart {
                    self.deps.store.empty_cart(self.me.user).await?;
                }
                self.checkout(order, false).await
            }
            Reserved::OpenOrder(order) => self.checkout(order, true).await,
            Reserved::TooFew { name, left } => self.refused(Notice::TooFew { name, left }, basket).await,
            Reserved::OutsideLimits { name, min, max } => {
                self.refused(Notice::OutsideLimits { name, min, max }, basket).await
            }
            Reserved::TooMuch => self.refused(Notice::TooMuch, basket).await,
            Reserved::NoSuchProduct => self.refused(Notice::NoSuchProduct, basket).await,
            Reserved::CoolDown { minutes } => {
                self.tell(&Notice::CoolDown { minutes });
                Ok(())
            }
        }
    }

    /// Says why nothing was ordered, and shows what was wanted as it is now.
    async fn refused(&mut self, notice: Notice, basket: Basket) -> Done {
        self.tell(&notice);
        self.open(match basket {
            Basket::One { number, quantity } => View::Product { number, quantity },
            Basket::Cart => View::Cart,
            Basket::Again(order) => View::OrderDetail { order, page: 0 },
        })
        .await
    }

    async fn lines_of(&self, order: OrderId) -> Result<Vec<Wanted>, crate::fault::Fault> {
        let order = self.deps.store.order(order).await?.filter(|order| order.user == self.me.user);
        let lines = order.map(|order| order.lines).unwrap_or_default();
        Ok(lines.into_iter().map(|line| Wanted { product: line.product, quantity: line.quantity }).collect())
    }

    /// An order waiting for payment: what it costs and how to pay.
    pub(super) async fn checkout(&mut self, order: Order, resumed: bool) -> Done {
        let balance = self.deps.store.balance(self.me.user).await?;
        let fee_estimate = self.deps.terms.fee.estimate(order.total);
        self.show(&Screen::Checkout { order, fee_estimate, balance, resumed });
        Ok(())
    }

    // Paying --------------------------------------------------------------------------------

    pub(super) async fn open_invoice(&mut self, order: OrderId) -> Done {
        let Some(found) = self.my_order(order).await? else { return self.old_button() };
        let existing = self.deps.store.invoice_of_order(order).await?;
        let waiting = match existing {
            // The message stays; the QR comes below it.
            Some(_) => None,
            None => self.press.as_ref().and_then(|press| press.message_id),
        };
        let request = OpenInvoice {
            key: self.key.clone(),
            user: self.me.user,
            chat: self.me.chat,
            pays: Pays::Order(order),
            waiting,
        };
        let outcome = self.deps.payment.ask(request).await??;
        self.opened(outcome, &found.code, waiting.is_some()).await
    }

    pub(super) async fn open_deposit(&mut self, amount: Rupiah) -> Done {
        if amount != self.deps.terms.deposit_within_limits(amount) {
            return self.bad_deposit().await;
        }
        let code = self.deps.ids.code();
        let waiting = match &self.press {
            Some(press) => press.message_id,
            // The QR takes the place of this message too, so its id is needed first.
            None => self.keep_showing(&Screen::MakingInvoice { code: code.clone() }, None).await,
        };
        let request = OpenInvoice {
            key: self.key.clone(),
            user: self.me.user,
            chat: self.me.chat,
            pays: Pays::Deposit { amount, code: code.clone() },
            waiting,
        };
        let outcome = self.deps.payment.ask(request).await??;
        if let (Opened::TooManyUnpaid, None, Some(_)) = (&outcome, &self.press, waiting) {
            self.keep_showing(&Screen::Notice(Notice::TooManyUnpaid), waiting).await;
            return Ok(());
        }
        self.opened(outcome, &code, self.press.is_some()).await
    }

    /// Handles an amount outside the limits: a typed one is asked for again, a button's dates from before the limits
    /// changed.
    pub(super) async fn bad_deposit(&mut self) -> Done {
        if self.press.is_some() {
            self.tell(&Notice::OldButton);
            return self.open(View::Deposit).await;
        }
        let (min, max) = (self.deps.terms.deposit_min, self.deps.terms.deposit_max);
        self.ask_again = Some(Question::DepositAmount);
        self.show(&Screen::BadDeposit { min, max });
        Ok(())
    }

    /// `waits`: the pressed message says that the QR is being made until the QR takes its place.
    async fn opened(&mut self, outcome: Opened, code: &str, waits: bool) -> Done {
        match outcome {
            Opened::Opening(_) => {
                self.qr_on_its_way = true;
                if waits {
                    self.show(&Screen::MakingInvoice { code: code.to_owned() });
                } else if self.press.is_some() {
                    self.tell(&Notice::QrOnItsWay);
                }
                Ok(())
            }
            Opened::Already(invoice) if invoice.state == InvoiceState::Open => {
                self.qr_on_its_way = true;
                Ok(self.deps.payment.ask(ShowInvoice(invoice.id)).await??)
            }
            Opened::Already(invoice) => self.invoice_over(&invoice).await,
            Opened::NotPending(order) => self.closed(order),
            Opened::BelowMinimum { minimum } => {
                self.tell(&Notice::BelowMinimum { minimum });
                Ok(())
            }
            Opened::TooManyUnpaid => {
                self.tell(&Notice::TooManyUnpaid);
                Ok(())
            }
            Opened::Unknown => self.old_button(),
        }
    }

    async fn invoice_over(&mut self, invoice: &Invoice) -> Done {
        match invoice.order {
            Some(order) => match self.my_order(order).await? {
                Some(order) => self.closed(order),
                None => self.old_button(),
            },
            None => self.open(View::Deposit).await,
        }
    }

    pub(super) async fn pay_by_balance(&mut self, order: OrderId) -> Done {
        let outcome = self.deps.payment.ask(PayFromBalance { order, user: self.me.user }).await??;
        match outcome {
            Paid::Paid { order, balance } => self.show(&Screen::PaidByBalance { order, balance }),
            Paid::AlreadyPaid(order) => {
                self.tell(&Notice::AlreadyPaid);
                return self.closed_quietly(order);
            }
            Paid::TooLittle { missing, balance } => match self.my_order(order).await? {
                Some(order) => self.balance_too_low(order, missing, balance),
                None => return self.old_button(),
            },
            Paid::NotPending(order) => return self.closed(order),
            Paid::Unknown => return self.old_button(),
        }
        Ok(())
    }

    pub(super) fn balance_too_low(&mut self, order: Order, missing: Rupiah, balance: Rupiah) {
        let deposit = self.deps.terms.deposit_within_limits(missing);
        self.show(&Screen::BalanceTooLow { order, missing, balance, deposit });
    }

    /// Asking the gateway takes as long as it takes; the customer's next press does not wait for it.
    pub(super) fn check_status(&mut self, invoice: InvoiceId) -> Done {
        let mut later = Scene {
            deps: self.deps.clone(),
            me: self.me.clone(),
            chat: self.chat,
            key: self.key.clone(),
            press: self.press.take(),
            search: None,
            ask_again: None,
            qr_on_its_way: false,
        };
        actix_rt::spawn(async move {
            if let Err(fault) = later.checked(invoice).await {
                later.tell(&Notice::TryAgain);
                later.deps.metrics.fault("A payment's state was not found out", &fault);
            }
            later.finish();
        });
        Ok(())
    }

    async fn checked(&mut self, invoice: InvoiceId) -> Done {
        match self.deps.payment.ask(CheckInvoice { invoice, user: self.me.user }).await?? {
            Checked::Settled(_) => self.tell(&Notice::AlreadyPaid),
            Checked::StillUnpaid | Checked::Unclear => self.tell(&Notice::StillUnpaid),
            Checked::Slowly { seconds } => self.tell(&Notice::Slowly { seconds }),
            Checked::GatewayDown => self.tell(&Notice::TryAgain),
            Checked::Unknown => return self.old_button(),
        }
        Ok(())
    }

    // Ending --------------------------------------------------------------------------------

    pub(super) async fn cancel_order(&mut self, order: OrderId) -> Done {
        match self.deps.payment.ask(CancelOrder { order, user: self.me.user }).await?? {
            Cancelled::Cancelled(order) => {
                self.tell(&Notice::Cancelled { code: order.code.clone() });
                // With an invoice the QR goes and a message of its own follows.
                match self.deps.store.invoice_of_order(order.id).await? {
                    Some(_) => Ok(()),
                    None => self.closed_quietly(order),
                }
            }
            Cancelled::NotPending(order) => self.closed(order),
            Cancelled::Unknown => self.old_button(),
        }
    }

    pub(super) async fn cancel_invoice(&mut self, id: InvoiceId) -> Done {
        let invoice = self.deps.store.invoice(id).await?.filter(|invoice| invoice.user == self.me.user);
        let Some(invoice) = invoice else { return self.old_button() };
        if let Some(order) = invoice.order {
            return self.cancel_order(order).await;
        }
        if self.deps.payment.ask(CancelDeposit { invoice: id, user: self.me.user }).await?? {
            self.tell(&Notice::Cancelled { code: invoice.code });
            return Ok(());
        }
        self.tell(&Notice::OldButton);
        self.open(View::Account).await
    }

    pub(super) async fn send_goods_again(&mut self, order: OrderId) -> Done {
        let Some(order) = self.my_order(order).await? else { return self.old_button() };
        if !order.state.has_goods() {
            return self.closed(order);
        }
        let fact = NewFact {
            audience: Audience::Chat(self.me.chat),
            subject: Some(format!("goods:{}", order.id)),
            fact: Fact::GoodsAgain { order },
        };
        self.deps.store.enqueue(vec![fact], self.deps.clock.now()).await?;
        self.queued();
        self.tell(&Notice::GoodsSentAgain);
        Ok(())
    }

    pub(super) async fn my_order(&self, id: OrderId) -> Result<Option<Order>, crate::fault::Fault> {
        Ok(self.deps.store.order(id).await?.filter(|order| order.user == self.me.user))
    }

    /// The order has moved on since the button was shown.
    fn closed(&mut self, order: Order) -> Done {
        self.tell(&Notice::OldButton);
        self.closed_quietly(order)
    }

    fn closed_quietly(&mut self, order: Order) -> Done {
        self.show(&Screen::OrderClosed(order));
        Ok(())
    }

    /// The button leads nowhere any more: a short word and a fresh view.
    pub(super) fn old_button(&mut self) -> Done {
        self.tell(&Notice::OldButton);
        self.show(&Screen::Catalogue);
        Ok(())
    }
}
