//! Conditions worded exactly as in the partial indexes that serve them. If the state were a bound value, the planner
//! would have to expect any state, could not use the index, and would read the whole history.

use super::schema::{invoices, orders, stock_units};
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

/// Declares conditions: a name, the column it is about, and what the index says of it.
macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident: $column:path, $words:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, QueryId)]
        pub struct $name;

        impl Expression for $name {
            type SqlType = Bool;
        }
        impl<T> AppearsOnTable<T> for $name where $column: AppearsOnTable<T> {}
        impl<T> SelectableExpression<T> for $name where $column: SelectableExpression<T> {}
        impl<G> ValidGrouping<G> for $name {
            type IsAggregate = is_aggregate::No;
        }
        impl<B: Backend> QueryFragment<B> for $name
        where
            $column: QueryFragment<B>,
        {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
                $column.walk_ast(out.reborrow())?;
                out.push_sql($words);
                Ok(())
            }
        }
    )+};
}

conditions! {
    /// Orders that wait for payment: `orders_open`, `orders_due`.
    Pending: orders::state, " = 'pending'";
    /// Orders that nobody paid in time: `orders_expired`.
    Expired: orders::state, " = 'expired'";
    /// Units on sale: `stock_units_free`.
    Free: stock_units::state, " = 'free' AND stock_units.order_id IS NULL";
    /// Invoices that can be paid in time: `invoices_due`.
    Unpaid: invoices::state, " IN ('opening', 'open')";
}
