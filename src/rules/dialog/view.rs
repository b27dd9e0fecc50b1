//! Where a conversation can be, and which buttons lead there.

use crate::rules::ids::{InvoiceId, OrderId, ProductNumber};
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::rules::people::Language;
use serde::{Deserialize, Serialize};

/// A place that can be shown at any moment. It only names things: their contents come from the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    Welcome,
    /// The choice between categories, bestsellers and everything.
    Catalogue,
    Categories,
    Products {
        filter: Filter,
        page: u32,
    },
    TopBuyers,
    Stock {
        page: u32,
    },
    /// A product's card. Quantity zero: the smallest that can be bought.
    Product {
        number: ProductNumber,
        quantity: u32,
    },
    Cart,
    /// An order waiting for payment: lines, sums and ways to pay.
    Checkout(OrderId),
    /// The question that is asked once before the balance is debited.
    ConfirmBalance(OrderId),
    Account,
    Languages,
    Orders {
        page: u32,
    },
    OrderDetail {
        order: OrderId,
        page: u32,
    },
    Movements {
        page: u32,
    },
    Deposit,
    HowToOrder,
    Help,
    StaffMenu,
    StaffOrders {
        state: Option<OrderState>,
        page: u32,
    },
    StaffStock {
        number: ProductNumber,
        page: u32,
    },
}

impl View {
    /// Whether only staff may see it.
    pub fn is_for_staff(&self) -> bool {
        matches!(self, Self::StaffMenu | Self::StaffOrders { .. } | Self::StaffStock { .. })
    }
}

/// Which products a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    All,
    Bestsellers,
    /// A category by [`category_key`], since names may be longer than a button's data.
    Category(u32),
    /// What was searched for last; the words are in the conversation's state.
    Search,
}

/// A short name for a category that survives restarts: FNV-1a of its text.
pub fn category_key(category: &str) -> u32 {
    category.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A press of a button under a message. What it may do is decided from the store when it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    Open(View),
    AddToCart {
        number: ProductNumber,
        quantity: u32,
    },
    /// Zero removes.
    CartQuantity {
        number: ProductNumber,
        quantity: u32,
    },
    EmptyCart,
    BuyNow {
        number: ProductNumber,
        quantity: u32,
    },
    CheckoutCart,
    /// The same lines as an order that ended.
    BuyAgain(OrderId),
    PayQris(OrderId),
    PayBalance(OrderId),
    CancelOrder(OrderId),
    Status(InvoiceId),
    CancelInvoice(InvoiceId),
    GoodsAgain(OrderId),
    Deposit(Rupiah),
    TypeDeposit,
    NotifyRestock(ProductNumber),
    Change(Detail),
    SetLanguage(Language),
    /// Leaves out this question of the first visit.
    Skip(Detail),
    /// Leaves the question that is being asked.
    StopAsking,
    /// A label that does nothing, such as a page counter.
    Nothing,
}

/// A detail of the profile that can be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Detail {
    Name,
    Whatsapp,
    Email,
}

/// The buttons that stay under the text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuButton {
    Catalogue,
    Stock,
    Account,
    Message,
    Staff,
}
