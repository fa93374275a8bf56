//! Rows of the audit chain and their hash.

use cardmint_domain::{AuditEntry, CorrelationId, Timestamp};
use diesel::prelude::{Insertable, Queryable, Selectable};

use crate::schema::audit;
use crate::views::AuditView;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub(crate) struct AuditRow {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) state_before: String,
    pub(crate) state_after: String,
    pub(crate) correlation: Option<String>,
    pub(crate) prev_hash: String,
    pub(crate) hash: String,
}

/// Changes whenever the way of hashing changes, so that two ways never give one hash.
const DOMAIN: &str = "cardmint store audit row 1";

impl AuditRow {
    /// What stands for the hash before the first row.
    pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    /// The row that follows the one with hash `prev_hash`.
    pub(crate) fn chained(seq: i64, prev_hash: &str, entry: AuditEntry) -> Self {
        let mut row = Self {
            seq,
            at: entry.at.0,
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            state_before: entry.before,
            state_after: entry.after,
            correlation: entry.correlation.map(|id| id.as_str().to_owned()),
            prev_hash: prev_hash.to_owned(),
            hash: String::new(),
        };
        row.hash = row.true_hash();
        row
    }

    /// The hash that the row should have. Every text is preceded by its length, so that no two rows give the same bytes.
    pub(crate) fn true_hash(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key(DOMAIN);
        hasher.update(&self.seq.to_le_bytes());
        hasher.update(&self.at.to_le_bytes());
        hasher.update(&[u8::from(self.correlation.is_some())]);
        let correlation = self.correlation.as_deref().unwrap_or_default();
        let texts: [&str; 7] = [
            &self.prev_hash,
            &self.actor,
            &self.action,
            &self.subject,
            &self.state_before,
            &self.state_after,
            correlation,
        ];
        for text in texts {
            hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    pub(crate) fn view(self) -> AuditView {
        AuditView {
            seq: self.seq,
            entry: AuditEntry {
                at: Timestamp(self.at),
                actor: self.actor,
                action: self.action,
                subject: self.subject,
                before: self.state_before,
                after: self.state_after,
                correlation: self.correlation.map(CorrelationId::new),
            },
            prev_hash: self.prev_hash,
            hash: self.hash,
        }
    }
}
