//! Double entry: every movement is a transfer whose entries sum to zero; balances are their guarded sums.

use super::{Answer, Conn, Expected, Reader, Rows, Statement, Writes, audit, outbox};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::UserId;
use crate::rules::money::Rupiah;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::{Movement, NewFact, Page, TransferRequest, Transferred};
use crate::store::schema::{balances, entries, transfers};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// A movement to be written. `source` and `reference` name its cause: the same cause never moves money twice.
pub(super) struct Posting {
    pub id: i64,
    pub source: &'static str,
    pub reference: String,
    pub user: Option<UserId>,
    pub note: Option<String>,
    /// Account and amount; they sum to zero.
    pub entries: Vec<(String, Rupiah)>,
}

/// The account of a customer, shared by all shops.
pub(super) fn user_account(user: UserId) -> String {
    format!("user:{user}")
}

/// An account of the shop: `gateway`, `sales`, `fees` or `adjustments`.
pub(super) fn shop_account(scope: &Scope, name: &str) -> String {
    format!("{name}:{}", scope.shop)
}

row! {
    struct TransferRow in transfers {
        id: i64,
        shop_id: String,
        source: String,
        reference: String,
        user_id: Option<i64>,
        note: Option<String>,
        created_at: Ts,
    }
}

row! {
    struct EntryRow in entries {
        transfer_id: i64,
        account: String,
        amount: i64,
    }
}

/// Writes movements and moves the balances, all in set statements. A balance that would fall below zero fails the whole
/// batch, so callers check first.
pub(super) fn post(
    writes: &mut Writes,
    scope: &Scope,
    postings: Vec<Posting>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let (mut new_transfers, mut new_entries, mut sums) = (vec![], vec![], BTreeMap::<String, i64>::new());
    for posting in postings {
        if posting.entries.iter().map(|(_, amount)| amount.0).sum::<i64>() != 0 {
            return Err(StoreError::Corrupt(format!("transfer {} does not sum to zero.", posting.reference)));
        }
        for (account, amount) in posting.entries.into_iter().filter(|(_, amount)| *amount != Rupiah::ZERO) {
            *sums.entry(account.clone()).or_default() += amount.0;
            new_entries.push(EntryRow { transfer_id: posting.id, account, amount: amount.0 });
        }
        new_transfers.push(TransferRow {
            id: posting.id,
            shop_id: scope.shop.clone(),
            source: posting.source.into(),
            reference: posting.reference,
            user_id: posting.user.map(|user| user.0),
            note: posting.note,
            created_at: Ts(at),
        });
    }
    if new_transfers.is_empty() {
        return Ok(());
    }
    insert!(writes, transfers, new_transfers);
    if new_entries.is_empty() {
        return Ok(()); // a free order moves nothing
    }
    insert!(writes, entries, new_entries);
    move_balances(writes, &sums);
    Ok(())
}

fn move_balances(writes: &mut Writes, sums: &BTreeMap<String, i64>) {
    let moves = Rows::new("v")
        .texts("account", sums.keys().cloned().collect())
        .numbers("delta", sums.values().map(|delta| Some(*delta)).collect());
    let query = format!(
        "UPDATE balances SET amount = balances.amount + v.delta FROM {} WHERE balances.account = v.account",
        moves.words(1)
    );
    let miss = StoreError::Corrupt(format!("not all of {} ledger accounts exist.", sums.len()));
    writes.push(Statement::new(query).bind_all(moves.values()), Some(Expected { rows: sums.len(), miss }));
}

/// Customers' balances; a customer without an account row has none, which the ledger would refuse.
pub(super) async fn balances_of(c: &mut impl Reader, users: &[UserId]) -> Answer<HashMap<i64, Rupiah>> {
    let accounts: HashMap<String, i64> = users.iter().map(|user| (user_account(*user), user.0)).collect();
    let found: Vec<(String, i64)> = balances::table
        .filter(balances::account.eq_any(accounts.keys().cloned().collect::<Vec<_>>()))
        .load(c)
        .await?;
    Ok(found
        .into_iter()
        .filter_map(|(account, amount)| Some((*accounts.get(&account)?, Rupiah(amount))))
        .collect())
}

pub async fn balance(c: &mut Conn, _: &Scope, user: UserId) -> Answer<Rupiah> {
    Ok(balances_of(c, &[user]).await?.remove(&user.0).unwrap_or_default())
}

pub async fn movements_of(
    c: &mut Conn,
    _: &Scope,
    user: UserId,
    offset: i64,
    limit: i64,
) -> Answer<Page<Movement>> {
    let account = user_account(user);
    let mine = entries::account.eq(account.clone());
    let found: Vec<(Ts, String, String, i64)> = entries::table
        .inner_join(transfers::table.on(transfers::id.eq(entries::transfer_id)))
        .filter(transfers::user_id.eq(user.0).and(mine.clone()))
        // An order's transfer has the order's id, which is older than the movement.
        .order((transfers::created_at.desc(), transfers::id.desc()))
        .offset(offset)
        .limit(limit)
        .select((transfers::created_at, transfers::source, transfers::reference, entries::amount))
        .load(c)
        .await?;
    let rows = found
        .into_iter()
        .map(|(at, source, reference, amount)| Movement {
            at: at.0,
            source,
            reference,
            amount: Rupiah(amount),
        })
        .collect();
    let total = entries::table
        .inner_join(transfers::table.on(transfers::id.eq(entries::transfer_id)))
        .filter(transfers::user_id.eq(user.0).and(mine))
        .count()
        .get_result(c)
        .await?;
    Ok(Page { rows, total })
}

/// Changes a balance by hand. A repeated request finds its transfer and changes nothing.
pub async fn transfer(
    c: &mut Conn,
    scope: &Scope,
    request: TransferRequest,
    by: By,
    at: DateTime<Utc>,
) -> Answer<Transferred> {
    let balance = balance(c, scope, request.user).await?;
    // the update numbers of two shops' bots in one database may coincide
    let reference = format!("{}:{}", scope.shop, request.key);
    let known: i64 = transfers::table
        .filter(transfers::source.eq("transfer").and(transfers::reference.eq(&reference)))
        .count()
        .get_result(c)
        .await?;
    if known > 0 {
        return Ok(Transferred::Done { balance });
    }
    if balance.plus(request.amount).is_none_or(|after| after < Rupiah::ZERO) {
        return Ok(Transferred::NotThatMuch { balance });
    }
    let posting = Posting {
        id: request.id,
        source: "transfer",
        reference,
        user: Some(request.user),
        note: request.note.clone(),
        entries: vec![
            (user_account(request.user), request.amount),
            (shop_account(scope, "adjustments"), Rupiah(-request.amount.0)),
        ],
    };
    let mut writes = Writes::default();
    post(&mut writes, scope, vec![posting], at)?;
    writes.finish(c).await?;
    // Read only now that this transaction holds the row: a payment may have changed it since.
    let after = self::balance(c, scope, request.user).await?;
    let mut writes = Writes::default();
    let entry = AuditEntry {
        at,
        by,
        action: "balance.transferred",
        target: user_account(request.user),
        before: Some(json!({ "balance": after.0 - request.amount.0 })),
        after: Some(json!({ "balance": after, "amount": request.amount, "note": request.note })),
    };
    audit::add(&mut writes, scope, vec![entry]);
    let fact = NewFact {
        audience: Audience::Chat(request.chat),
        fact: Fact::BalanceChanged { amount: request.amount, balance: after },
        subject: None,
    };
    outbox::add(&mut writes, scope, vec![fact], at);
    writes.finish(c).await?;
    Ok(Transferred::Done { balance: after })
}
