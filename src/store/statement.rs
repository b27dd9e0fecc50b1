//! Statements in SQL's own words, for what diesel's builder cannot say.

use super::error::StoreError;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};
use std::marker::PhantomData;

/// A statement with its values. Each connection keeps it prepared, which diesel's `sql_query` does not do: to parse
/// and plan it every time would cost a round trip more, and often more than to run it. So its words must not differ
/// from one time to the next.
pub struct Statement<'a, B: Backend> {
    words: String,
    values: Vec<Value<'a, B>>,
}

/// A value to be bound.
pub type Value<'a, B> = Box<dyn QueryFragment<B> + Send + 'a>;

/// A value of this kind of column.
pub fn value<'a, Kind, V, B>(value: V) -> Value<'a, B>
where
    B: Backend + HasSqlType<Kind>,
    V: ToSql<Kind, B> + Send + 'a,
    Kind: Send + 'a,
{
    Box::new(Bound { value, kind: PhantomData::<Kind> })
}

impl<'a, B: Backend> Statement<'a, B> {
    /// `$1`, `$2` … stand for the values, in the order of their binding and as often as need be.
    pub fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), values: Vec::new() }
    }

    pub fn bind<Kind, V>(self, bound: V) -> Self
    where
        B: HasSqlType<Kind>,
        V: ToSql<Kind, B> + Send + 'a,
        Kind: Send + 'a,
    {
        self.bind_all([value::<Kind, V, B>(bound)])
    }

    pub fn bind_all(mut self, values: impl IntoIterator<Item = Value<'a, B>>) -> Self {
        self.values.extend(values);
        self
    }
}

/// Several insertions as one statement. None sees the rows of another, and the database chooses their order; foreign
/// keys are checked once all rows are in.
pub struct Together<'a, B: Backend> {
    before: Vec<Statement<'a, B>>,
    last: Statement<'a, B>,
}

impl<'a, B: Backend> Together<'a, B> {
    pub fn of(insertion: Statement<'a, B>) -> Self {
        Self { before: Vec::new(), last: insertion }
    }

    pub fn push(&mut self, insertion: Statement<'a, B>) {
        self.before.push(std::mem::replace(&mut self.last, insertion));
    }
}

impl<B: Backend> QueryFragment<B> for Together<'_, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        for (place, insertion) in self.before.iter().enumerate() {
            out.push_sql(if place == 0 { "WITH part_" } else { ", part_" });
            out.push_sql(&place.to_string());
            out.push_sql(" AS (");
            insertion.walk_ast(out.reborrow())?;
            out.push_sql(") ");
        }
        self.last.walk_ast(out)
    }
}

impl<B: Backend> QueryFragment<B> for Statement<'_, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        let mut pieces = self.words.split('$');
        out.push_sql(pieces.next().unwrap_or_default());
        for piece in pieces {
            let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
            let place: Option<usize> = piece[..piece.len() - rest.len()].parse().ok();
            if let Some(value) = place.and_then(|place| self.values.get(place.wrapping_sub(1))) {
                value.walk_ast(out.reborrow())?;
                out.push_sql(rest);
            } else {
                out.push_sql("$"); // a path into a document
                out.push_sql(piece);
            }
        }
        Ok(())
    }
}

impl<B: Backend> QueryId for Statement<'_, B> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false; // kept by its words
}

impl<B: Backend> QueryId for Together<'_, B> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<B: Backend> Query for Statement<'_, B> {
    type SqlType = Untyped;
}

/// How many rows a statement must change, and the error if it changed another number of them.
pub struct Expected {
    pub rows: usize,
    pub miss: StoreError,
}

impl Expected {
    pub fn check(self, moved: usize) -> Result<(), StoreError> {
        if moved == self.rows { Ok(()) } else { Err(self.miss) }
    }
}

struct Bound<Kind, V> {
    value: V,
    kind: PhantomData<Kind>,
}

impl<B, Kind, V> QueryFragment<B> for Bound<Kind, V>
where
    B: Backend + HasSqlType<Kind>,
    V: ToSql<Kind, B>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        out.push_bind_param::<Kind, V>(&self.value)
    }
}
