//! The shop as people meet it: each scenario drives the whole shop through the chats of a local Telegram and the
//! bills of a local gateway, on SQLite and, where `QUICKCART_TEST_POSTGRES` names a server, on PostgreSQL.

/// Writes each scenario once and plays it on both kinds of database.
macro_rules! scenarios {
    ($($(#[$meta:meta])* async fn $name:ident($shop:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn played($shop: &mut $crate::world::TestShop) $body

            #[test]
            fn sqlite() {
                $crate::world::play(Some($crate::databases::Databases::sqlite()), async |shop| played(shop).await);
            }

            #[test]
            fn postgres() {
                $crate::world::play($crate::databases::Databases::postgres(), async |shop| played(shop).await);
            }
        }
    )+};
}

mod chat;
mod databases;
mod gateway;
mod leaving;
mod shopping;
mod world;

mod balance;
mod browsing;
mod buttons;
mod callbacks;
mod cart;
mod clock;
mod expiry;
mod goods;
mod purchase;
mod races;
mod restart;
mod staff;
mod stocktaking;
mod support;
mod terms;
mod trouble;
mod updates;
