//! The tables, for both databases: column types that differ between them are ours (`types`).

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    shops (id) {
        id -> Text,
        name -> Text,
        created_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    shop_leases (shop_id) {
        shop_id -> Text,
        holder -> Text,
        epoch -> BigInt,
        renewed_at_micros -> BigInt,
        expires_at_micros -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    settings (shop_id, key) {
        shop_id -> Text,
        key -> Text,
        value -> DocSql,
        updated_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    users (id) {
        id -> BigInt,
        name -> Text,
        whatsapp -> Nullable<Text>,
        email -> Nullable<Text>,
        language -> Text,
        bank_id -> Text,
        onboarded -> Bool,
        created_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    identities (platform, external_id) {
        platform -> Text,
        external_id -> Text,
        user_id -> BigInt,
        username -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    customers (shop_id, user_id) {
        shop_id -> Text,
        user_id -> BigInt,
        joined_at -> TsSql,
        banned_at -> Nullable<TsSql>,
        unreachable_at -> Nullable<TsSql>,
        orders_count -> BigInt,
        spent -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    staff (shop_id, user_id, role) {
        shop_id -> Text,
        user_id -> BigInt,
        role -> Text,
        since -> TsSql,
        added_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    sessions (shop_id, user_id) {
        shop_id -> Text,
        user_id -> BigInt,
        state -> DocSql,
        updated_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    notify_chats (shop_id, chat_id) {
        shop_id -> Text,
        chat_id -> BigInt,
        added_by -> Nullable<BigInt>,
        added_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    support_threads (shop_id, chat_id, message_id) {
        shop_id -> Text,
        chat_id -> BigInt,
        message_id -> BigInt,
        user_id -> BigInt,
        created_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    categories (shop_id, name) {
        shop_id -> Text,
        name -> Text,
        emoji -> Nullable<Text>,
        discount_percent -> Nullable<DecSql>,
        discount_nominal -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    products (id) {
        id -> BigInt,
        shop_id -> Text,
        number -> BigInt,
        name -> Text,
        category -> Text,
        description -> Text,
        kind -> Text,
        request_key -> Text,
        price -> BigInt,
        reseller_price -> Nullable<BigInt>,
        discount_percent -> Nullable<DecSql>,
        discount_nominal -> Nullable<BigInt>,
        min_quantity -> BigInt,
        max_quantity -> Nullable<BigInt>,
        per_customer -> Nullable<BigInt>,
        note -> Nullable<Text>,
        terms -> Nullable<Text>,
        picture -> Nullable<Text>,
        sold -> BigInt,
        low_stock_told_at -> Nullable<TsSql>,
        sold_out_told_at -> Nullable<TsSql>,
        created_at -> TsSql,
        deleted_at -> Nullable<TsSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    product_prices (product_id, quantity) {
        product_id -> BigInt,
        quantity -> BigInt,
        price -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    restock_subscriptions (shop_id, product_id, user_id) {
        shop_id -> Text,
        product_id -> BigInt,
        user_id -> BigInt,
        created_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    restocks (shop_id, product_id) {
        shop_id -> Text,
        product_id -> BigInt,
        created_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    carts (shop_id, user_id, product_id) {
        shop_id -> Text,
        user_id -> BigInt,
        product_id -> BigInt,
        quantity -> BigInt,
        updated_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    orders (id) {
        id -> BigInt,
        shop_id -> Text,
        user_id -> BigInt,
        chat_id -> BigInt,
        code -> Text,
        request_key -> Text,
        state -> Text,
        open_slot -> BigInt,
        method -> Nullable<Text>,
        subtotal -> BigInt,
        total -> BigInt,
        created_at -> TsSql,
        expires_at -> TsSql,
        paid_at -> Nullable<TsSql>,
        closed_at -> Nullable<TsSql>,
        undeliverable_at -> Nullable<TsSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    order_lines (order_id, position) {
        order_id -> BigInt,
        position -> BigInt,
        product_id -> BigInt,
        name -> Text,
        quantity -> BigInt,
        unit_price -> BigInt,
        amount -> BigInt,
        note -> Nullable<Text>,
        terms -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    stock_units (id) {
        id -> BigInt,
        shop_id -> Text,
        product_id -> BigInt,
        state -> Text,
        order_id -> Nullable<BigInt>,
        ciphertext -> Binary,
        key_id -> Text,
        fingerprint -> Binary,
        created_at -> TsSql,
        sold_at -> Nullable<TsSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    invoices (id) {
        id -> BigInt,
        shop_id -> Text,
        user_id -> BigInt,
        chat_id -> BigInt,
        order_id -> Nullable<BigInt>,
        gateway -> Text,
        code -> Text,
        reference -> Text,
        request_key -> Text,
        base -> BigInt,
        fee -> Nullable<BigInt>,
        total -> Nullable<BigInt>,
        qr -> Nullable<Text>,
        checkout_url -> Nullable<Text>,
        state -> Text,
        waiting_message_id -> Nullable<BigInt>,
        created_at -> TsSql,
        expires_at -> TsSql,
        ask_at -> Nullable<TsSql>,
        asked_count -> BigInt,
        hinted_at -> Nullable<TsSql>,
        settled_at -> Nullable<TsSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    transfers (id) {
        id -> BigInt,
        shop_id -> Text,
        source -> Text,
        reference -> Text,
        user_id -> Nullable<BigInt>,
        note -> Nullable<Text>,
        created_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    entries (transfer_id, account) {
        transfer_id -> BigInt,
        account -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    balances (account) {
        account -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    outbox (id) {
        id -> BigInt,
        shop_id -> Text,
        audience -> Text,
        chat_id -> Nullable<BigInt>,
        fact -> DocSql,
        subject -> Nullable<Text>,
        state -> Text,
        not_before -> TsSql,
        leased_until -> Nullable<TsSql>,
        attempts -> BigInt,
        created_at -> TsSql,
        sent_at -> Nullable<TsSql>,
        message_id -> Nullable<BigInt>,
        last_fault -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    audit_outbox (id) {
        id -> BigInt,
        shop_id -> Text,
        at -> TsSql,
        actor -> Text,
        action -> Text,
        target -> Text,
        before -> Nullable<DocSql>,
        after -> Nullable<DocSql>,
        origin -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    inbox (shop_id, key) {
        shop_id -> Text,
        key -> Text,
        state -> Text,
        seen_at -> TsSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::*;
    events (shop_id, seq) {
        shop_id -> Text,
        seq -> BigInt,
        event_id -> BigInt,
        at -> TsSql,
        actor -> Text,
        action -> Text,
        target -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        origin -> Text,
        prev_hash -> Text,
        hash -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    shops,
    shop_leases,
    settings,
    users,
    identities,
    customers,
    staff,
    sessions,
    notify_chats,
    support_threads,
    categories,
    products,
    product_prices,
    restock_subscriptions,
    restocks,
    carts,
    orders,
    order_lines,
    stock_units,
    invoices,
    transfers,
    entries,
    balances,
    outbox,
    audit_outbox,
    inbox,
);
