//! The rules of the shop, and nothing else: no IO, no clock, no log, no await.
//! Time and settings come in as arguments; what follows goes out as a value.

pub mod audit;
pub mod catalogue;
pub mod dialog;
pub mod fact;
pub mod fee;
pub mod ids;
pub mod incoming;
pub mod invoice;
pub mod money;
pub mod order;
pub mod people;
pub mod price;
