//! What the StockActor is asked and told.

use crate::fault::Fault;
use crate::rules::audit::By;
use crate::rules::catalogue::{Furnishing, NewProduct};
use crate::rules::ids::{ChatId, ProductId, ProductNumber, UnitId, UserId};
use crate::rules::order::{Reserved, Wanted};
use crate::store::model::{AddedProduct, AddedUnits};
use actix::Message;

/// Hold units for a new order. Asking twice with one key finds the same order.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Reserved, Fault>")]
pub struct ReserveUnits {
    pub key: String,
    pub user: UserId,
    pub chat: ChatId,
    pub wanted: Vec<Wanted>,
}

/// Add a product. Asking twice with one key finds the same product.
#[derive(Debug, Message)]
#[rtype(result = "Result<AddedProduct, Fault>")]
pub struct AddProduct {
    pub key: String,
    pub product: NewProduct,
    pub by: By,
}

/// Complete a product: packages, reseller price, note.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct FurnishProduct {
    pub product: ProductId,
    pub furnishing: Furnishing,
    pub by: By,
}

/// Put units on sale. `None` in the answer: there is no such product.
#[derive(Debug, Message)]
#[rtype(result = "Result<Option<AddedUnits>, Fault>")]
pub struct AddUnits {
    pub number: ProductNumber,
    pub contents: Vec<String>,
    pub by: By,
}

/// Units of orders that ended are free again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct UnitsFreed(pub Vec<(ProductId, UnitId)>);

/// Units were taken from the free ones by a late payment.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct UnitsTaken(pub Vec<(ProductId, UnitId)>);

/// Units were sold for good: how many of each product.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct UnitsSold(pub Vec<(ProductId, i64)>);

/// Units may have changed hands without anybody knowing which: the answer to a commit was lost.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct LookAgain;
