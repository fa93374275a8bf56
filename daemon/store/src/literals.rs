//! Conditions that partial indexes rest on. A bound value in their place would keep both databases from using them.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

/// The item was not undone by taking its review back; see the index `inventory_items_one_per_scan`.
pub(crate) fn item_counts() -> SqlLiteral<Bool> {
    sql("inventory_items.state <> 'undone'")
}
