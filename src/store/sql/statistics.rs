//! What the database knows about its tables, by which it plans.

use super::{Answer, Conn, count_grown};
use crate::store::Scope;

pub async fn count_rows(c: &mut Conn, _: &Scope) -> Answer<()> {
    count_grown(c).await
}
