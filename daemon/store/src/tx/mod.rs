//! The operations of a transaction, by family of tables. Each is an `impl` of [`crate::Tx`].
//!
//! Every operation that changes a state writes its audit row in the same transaction. Checks come before the first
//! write, so an operation that returns an error of its own (not found, wrong state) has written nothing.

pub(crate) mod audit;
pub mod batches;
pub mod captures;
pub mod catalogue;
mod claims;
pub mod commit;
mod commit_rows;
pub mod dead_letters;
pub mod inventory;
mod leases;
pub mod prices;
pub mod reviews;

/// The next free identifier of a table from which nothing is ever deleted. One writer at a time makes it unique.
macro_rules! next_id {
    ($tx:expr, $table:ident) => {
        $tx.run("cannot count the rows of", stringify!($table), |conn| {
            use diesel::prelude::{QueryDsl as _, RunQueryDsl as _};
            let highest = diesel::dsl::max(crate::schema::$table::id);
            Ok(crate::schema::$table::table.select(highest).first::<Option<i64>>(conn)?.unwrap_or(0) + 1)
        })
    };
}
use next_id;
