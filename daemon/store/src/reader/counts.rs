//! Numbers for the metrics.

use std::collections::BTreeMap;

use cardmint_domain::{CaptureState, Timestamp};
use diesel::QueryResult;
use diesel::dsl::{count_star, max, min};
use diesel::expression_methods::AggregateExpressionMethods;
use diesel::prelude::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{Reader, count};
use crate::StoreError;
use crate::conn::Conn;
use crate::error::query;
use crate::names::{Cells, Name};
use crate::schema::{audit, captures, dead_letters, inventory_items, review_reasons, review_tasks, scans};
use crate::views::{Counts, ScanOutcome};

/// How many rows have each word.
type Tally = Vec<(String, i64)>;

impl Reader {
    /// Counts of everything that waits or is kept.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`].
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.ask(|conn| {
            let (captures, scans) = tallies(conn).map_err(query("cannot count", "captures and scans"))?;
            let mut counts = Counts {
                captures: every(&[
                    CaptureState::Admitted,
                    CaptureState::InProgress,
                    CaptureState::Done,
                    CaptureState::Dead,
                ]),
                scans: every(&[ScanOutcome::Booked, ScanOutcome::Review, ScanOutcome::Rejected]),
                ..Counts::default()
            };
            fill::<CaptureState>("captures", &mut counts.captures, captures)?;
            fill::<ScanOutcome>("scans", &mut counts.scans, scans)?;
            rest(conn, &mut counts).map_err(query("cannot count", "what waits"))?;
            Ok(counts)
        })
    }
}

fn tallies(conn: &mut Conn) -> QueryResult<(Tally, Tally)> {
    let captures = captures::table.group_by(captures::state).select((captures::state, count_star())).load(conn)?;
    let scans = scans::table.group_by(scans::outcome).select((scans::outcome, count_star())).load(conn)?;
    Ok((captures, scans))
}

/// All names at nothing, so that a metric is there before its first event.
fn every<T: Name>(all: &[T]) -> BTreeMap<&'static str, u64> {
    all.iter().map(|value| (value.name(), 0)).collect()
}

fn fill<T: Name>(
    table: &'static str,
    counts: &mut BTreeMap<&'static str, u64>,
    tally: Tally,
) -> Result<(), StoreError> {
    for (word, rows) in tally {
        let value: T = Cells { table, id: "any" }.name("state", &word)?;
        counts.insert(value.name(), count(rows));
    }
    Ok(())
}

fn rest(conn: &mut Conn, counts: &mut Counts) -> QueryResult<()> {
    let open = review_tasks::table.filter(review_tasks::status.eq("open"));
    counts.open_reviews = count(open.count().get_result(conn)?);
    let by_reason: Tally = open
        .inner_join(review_reasons::table)
        .group_by(review_reasons::code)
        .select((review_reasons::code, diesel::dsl::count(review_reasons::task_id).aggregate_distinct()))
        .load(conn)?;
    counts.open_reviews_by_reason = by_reason.into_iter().map(|(code, rows)| (code, count(rows))).collect();
    let in_stock = inventory_items::table.filter(inventory_items::state.eq("in_stock"));
    counts.items = count(in_stock.count().get_result(conn)?);
    let letters = dead_letters::table.filter(dead_letters::state.eq("open"));
    counts.dead_letters = count(letters.count().get_result(conn)?);
    // The log has no gaps.
    let last: Option<i64> = audit::table.select(max(audit::seq)).first(conn)?;
    counts.audit_rows = count(last.unwrap_or_default());
    let waiting = captures::table.filter(captures::state.eq_any(["admitted", "in_progress"]));
    let oldest: Option<i64> = waiting.select(min(captures::admitted_at)).first(conn)?;
    counts.oldest_waiting_at = oldest.map(Timestamp);
    Ok(())
}
