//! The data of buttons: every press there is, there and back.

use crate::rules::dialog::view::{Detail, Filter, Press, View};
use crate::rules::ids::{InvoiceId, OrderId, ProductNumber};
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::rules::people::Language;
use crate::text::codec::{decode, encode};
use proptest::prelude::*;
use proptest::sample::select;

fn product() -> impl Strategy<Value = ProductNumber> {
    any::<i64>().prop_map(ProductNumber)
}

fn order() -> impl Strategy<Value = OrderId> {
    any::<i64>().prop_map(OrderId)
}

fn invoice() -> impl Strategy<Value = InvoiceId> {
    any::<i64>().prop_map(InvoiceId)
}

fn view() -> impl Strategy<Value = View> {
    let plain = vec![
        View::Welcome,
        View::Catalogue,
        View::Categories,
        View::TopBuyers,
        View::Cart,
        View::Account,
        View::Languages,
        View::Deposit,
        View::HowToOrder,
        View::Help,
        View::StaffMenu,
    ];
    let filter = prop_oneof![
        select(vec![Filter::All, Filter::Bestsellers, Filter::Search]),
        any::<u32>().prop_map(Filter::Category),
    ];
    let state = proptest::option::of(select(OrderState::ALL.to_vec()));
    prop_oneof![
        select(plain),
        (filter, any::<u32>()).prop_map(|(filter, page)| View::Products { filter, page }),
        any::<u32>().prop_map(|page| View::Stock { page }),
        (product(), any::<u32>()).prop_map(|(number, quantity)| View::Product { number, quantity }),
        order().prop_map(View::Checkout),
        order().prop_map(View::ConfirmBalance),
        any::<u32>().prop_map(|page| View::Orders { page }),
        (order(), any::<u32>()).prop_map(|(order, page)| View::OrderDetail { order, page }),
        any::<u32>().prop_map(|page| View::Movements { page }),
        (state, any::<u32>()).prop_map(|(state, page)| View::StaffOrders { state, page }),
        (product(), any::<u32>()).prop_map(|(number, page)| View::StaffStock { number, page }),
    ]
}

fn press() -> impl Strategy<Value = Press> {
    let plain = vec![
        Press::EmptyCart,
        Press::CheckoutCart,
        Press::TypeDeposit,
        Press::Skip(Detail::Email),
        Press::StopAsking,
        Press::Nothing,
    ];
    let quantity = || (product(), any::<u32>());
    let by_order = prop_oneof![
        order().prop_map(Press::BuyAgain),
        order().prop_map(Press::PayQris),
        order().prop_map(Press::PayBalance),
        order().prop_map(Press::CancelOrder),
        order().prop_map(Press::GoodsAgain),
    ];
    prop_oneof![
        4 => view().prop_map(Press::Open),
        1 => select(plain),
        2 => by_order,
        1 => quantity().prop_map(|(number, quantity)| Press::AddToCart { number, quantity }),
        1 => quantity().prop_map(|(number, quantity)| Press::CartQuantity { number, quantity }),
        1 => quantity().prop_map(|(number, quantity)| Press::BuyNow { number, quantity }),
        1 => invoice().prop_map(Press::Status),
        1 => invoice().prop_map(Press::CancelInvoice),
        1 => any::<i64>().prop_map(|amount| Press::Deposit(Rupiah(amount))),
        1 => product().prop_map(Press::NotifyRestock),
        1 => select(vec![Detail::Name, Detail::Whatsapp, Detail::Email]).prop_map(Press::Change),
        1 => select(vec![Language::Id, Language::En]).prop_map(Press::SetLanguage),
    ]
}

proptest! {
    #[test]
    fn every_press_comes_back_as_it_went(press in press()) {
        let data = encode(&press);
        prop_assert!((1..=64).contains(&data.len()), "{}", data);
        prop_assert_eq!(decode(&data), Some(press));
    }

    #[test]
    fn garbage_is_nothing_and_does_no_harm(data in "\\PC{0,70}") {
        if let Some(press) = decode(&data) {
            prop_assert_eq!(encode(&press), data);
        }
    }

    #[test]
    fn a_press_with_anything_appended_is_nothing(press in press(), more in "[:0-9a-z ]{1,8}") {
        let data = format!("{}{more}", encode(&press));
        if let Some(other) = decode(&data) {
            prop_assert_eq!(encode(&other), data);
        }
    }
}

#[test]
fn the_longest_data_fits() {
    let extreme = i64::MIN;
    for press in [
        Press::Open(View::StaffStock { number: ProductNumber(extreme), page: u32::MAX }),
        Press::Open(View::StaffOrders { state: Some(OrderState::Cancelled), page: u32::MAX }),
        Press::Open(View::OrderDetail { order: OrderId(extreme), page: u32::MAX }),
        Press::Deposit(Rupiah(extreme)),
    ] {
        assert!(encode(&press).len() <= 64, "{}", encode(&press));
        assert_eq!(decode(&encode(&press)), Some(press));
    }
}

#[test]
fn near_misses_are_unknown() {
    for data in [
        "",
        ":",
        "buy",
        "buy:",
        "buy:1",
        "buy:1:2:3",
        "buy:+1:2",
        "buy:01:2",
        "buy:1:-2",
        "BUY:1:2",
        "buy2:1:2",
        "order:1:4294967296",
        "staff_orders:none:1",
    ] {
        assert_eq!(decode(data), None, "{data}");
    }
    assert_eq!(decode("buy:12:3"), Some(Press::BuyNow { number: ProductNumber(12), quantity: 3 }));
}
