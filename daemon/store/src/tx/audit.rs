//! The audit chain: every row carries the hash of the one before it.

use cardmint_domain::{AuditEntry, CorrelationId, Timestamp};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde_json::Value;

use crate::conn::insert_all;
use crate::rows::AuditRow;
use crate::schema::audit;
use crate::{StoreError, Tx};

/// The stage that admits.
pub(crate) const CAPTURE: &str = "capture";
/// The stage that takes captures and ends attempts.
pub(crate) const DISPATCHER: &str = "dispatcher";
/// The stage that writes down what was found.
pub(crate) const STORAGE: &str = "storage";

/// A change of state on its way into the log.
pub(crate) struct Change<'a> {
    pub(crate) at: Timestamp,
    pub(crate) actor: &'a str,
    pub(crate) action: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) before: Value,
    pub(crate) after: Value,
    pub(crate) correlation: Option<&'a str>,
}

impl Change<'_> {
    fn entry(&self) -> AuditEntry {
        AuditEntry {
            at: self.at,
            actor: self.actor.to_owned(),
            action: self.action.to_owned(),
            subject: self.subject.to_owned(),
            before: self.before.to_string(),
            after: self.after.to_string(),
            correlation: self.correlation.map(CorrelationId::new),
        }
    }
}

impl Tx<'_> {
    pub(crate) fn audit(&mut self, change: &Change<'_>) -> Result<(), StoreError> {
        self.audit_all(std::slice::from_ref(change))
    }

    /// Appends rows to the chain, in order.
    pub(crate) fn audit_all(&mut self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        let Some(first) = changes.first() else { return Ok(()) };
        let (mut seq, mut head) = self.chain_head(first.subject)?;
        let mut rows = Vec::with_capacity(changes.len());
        for change in changes {
            seq += 1;
            let row = AuditRow::chained(seq, &head, change.entry());
            head.clone_from(&row.hash);
            rows.push(row);
        }
        self.run("cannot write the audit row of", first.subject, |conn| insert_all!(conn, audit::table, rows))?;
        self.audit_head = Some((seq, head));
        Ok(())
    }

    /// Place and hash of the last row. Nobody else can append during this transaction, so it is asked for only once.
    fn chain_head(&mut self, subject: &str) -> Result<(i64, String), StoreError> {
        if let Some(head) = &self.audit_head {
            return Ok(head.clone());
        }
        let last = self.run("cannot find the end of the audit log for", subject, |conn| {
            audit::table.order(audit::seq.desc()).select((audit::seq, audit::hash)).first(conn).optional()
        })?;
        Ok(last.unwrap_or_else(|| (0, AuditRow::GENESIS.to_owned())))
    }
}
