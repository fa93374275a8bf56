//! The audit log, and whether it is whole.

use cardmint_domain::CorrelationId;
use diesel::prelude::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::{Reader, count, limit, offset, page_of};
use crate::conn::{Conn, MultiBackend};
use crate::error::query;
use crate::rows::AuditRow;
use crate::schema::audit;
use crate::views::{AuditBreak, AuditReport, AuditView};
use crate::{Listing, Page, StoreError};

/// Which audit rows; an empty filter means all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// About this capture, scan, item, ...
    pub subject: Option<String>,
    /// By this stage or person.
    pub actor: Option<String>,
    /// Of this kind, for example `review.accept`.
    pub action: Option<String>,
    /// Of this capture's journey.
    pub correlation: Option<CorrelationId>,
    /// After this place in the chain.
    pub after_seq: Option<i64>,
}

impl Reader {
    /// Audit rows, newest first.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`], [`StoreError::Corrupt`].
    pub fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Listing<AuditView>, StoreError> {
        self.ask(|conn| {
            let total = matching(filter).count().get_result(conn).map_err(query("cannot count", "audit rows"))?;
            let rows: Vec<AuditRow> = matching(filter)
                .order(audit::seq.desc())
                .limit(limit(page))
                .offset(offset(page))
                .load(conn)
                .map_err(query("cannot list", "audit rows"))?;
            page_of(total, rows, |row| Ok(row.view()))
        })
    }

    /// Walks the whole chain and reports the first row that does not fit.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`].
    pub fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.ask(|conn| {
            let (mut seq, mut head) = (0, AuditRow::GENESIS.to_owned());
            loop {
                let rows = rows_after(conn, seq)?;
                if rows.is_empty() {
                    return Ok(AuditReport { rows: count(seq), head, broken_at: None });
                }
                for row in rows {
                    if let Some(why) = misfit(&row, seq + 1, &head) {
                        let broken_at = Some(AuditBreak { seq: row.seq, why: why.to_owned() });
                        return Ok(AuditReport { rows: count(seq + 1), head, broken_at });
                    }
                    (seq, head) = (row.seq, row.hash);
                }
            }
        })
    }
}

/// Rows of the chain that are looked at together.
const STRIDE: i64 = 1000;

fn rows_after(conn: &mut Conn, seq: i64) -> Result<Vec<AuditRow>, StoreError> {
    let rows = audit::table.filter(audit::seq.gt(seq)).order(audit::seq).limit(STRIDE);
    rows.load(conn).map_err(query("cannot read", "the audit log"))
}

/// Why the row cannot be number `seq` after the hash `head`.
fn misfit(row: &AuditRow, seq: i64, head: &str) -> Option<&'static str> {
    match () {
        () if row.seq != seq => Some("a row before it is missing"),
        () if row.prev_hash != head => Some("it does not follow from the row before it"),
        () if row.hash != row.true_hash() => Some("its content is not what was hashed"),
        () => None,
    }
}

fn matching(filter: &AuditFilter) -> audit::BoxedQuery<'_, MultiBackend> {
    let mut query = audit::table.into_boxed();
    if let Some(subject) = &filter.subject {
        query = query.filter(audit::subject.eq(subject));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit::actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action));
    }
    if let Some(correlation) = &filter.correlation {
        query = query.filter(audit::correlation.eq(correlation.as_str()));
    }
    if let Some(seq) = filter.after_seq {
        query = query.filter(audit::seq.gt(seq));
    }
    query
}
