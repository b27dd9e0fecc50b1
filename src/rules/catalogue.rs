//! What the shop offers.

use super::ids::{ProductId, ProductNumber};
use super::money::Rupiah;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How a product's content is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProductKind {
    /// Each unit is sold once.
    Unique,
    /// The same content for everybody.
    Reusable,
    /// A stored file.
    File,
}

/// A price reduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Discount {
    Percent(Decimal),
    Nominal(Rupiah),
}

impl Discount {
    /// The reduced price, never below zero.
    pub fn applied_to(self, price: Rupiah) -> Rupiah {
        match self {
            Self::Percent(percent) => price.less(price.percent(percent).unwrap_or(Rupiah::ZERO)),
            Self::Nominal(off) => price.less(off),
        }
    }
}

/// A price for exactly `quantity` units together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub quantity: u32,
    pub price: Rupiah,
}

/// A product as it stands in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub number: ProductNumber,
    pub name: String,
    pub category: String,
    pub category_emoji: Option<String>,
    pub description: String,
    pub kind: ProductKind,
    pub price: Rupiah,
    pub reseller_price: Option<Rupiah>,
    pub discount: Option<Discount>,
    pub category_discount: Option<Discount>,
    /// By quantity, ascending.
    pub packages: Vec<Package>,
    pub min_quantity: u32,
    /// Per order; `None` leaves it to the stock.
    pub max_quantity: Option<u32>,
    pub per_customer: Option<u32>,
    /// Sent after the goods.
    pub note: Option<String>,
    pub terms: Option<String>,
    /// The front end's id of the product's picture.
    pub picture: Option<String>,
    pub sold: i64,
}

/// What `/add` asks for. Missing parts get the shop's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// The smallest free number if missing.
    pub number: Option<ProductNumber>,
    pub name: String,
    pub category: String,
    pub price: Rupiah,
    pub description: String,
}

/// The rest of a product, beyond what `/add` asks for. What is `None` or empty stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Furnishing {
    /// Shown before the category's name.
    pub category_emoji: Option<String>,
    pub reseller_price: Option<Rupiah>,
    /// Replaces all packages.
    pub packages: Vec<Package>,
    pub note: Option<String>,
}

/// Where products without a category are kept.
pub const NO_CATEGORY: &str = "Tanpa Kategori";
