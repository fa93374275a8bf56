//! Questions: any number of readers beside the one writer.
//!
//! Every method blocks, for at most [`ReaderOptions::acquire_timeout`] while all connections are in use, and answers
//! from one consistent snapshot. No method can change anything: the connections refuse to write.

pub mod audit;
pub mod captures;
pub mod catalogue;
pub mod counts;
pub mod dead_letters;
pub mod inventory;
pub mod prices;
pub mod reviews;
mod scan_views;
pub mod scans;

use std::sync::Arc;
use std::time::Duration;

use cardmint_domain::Timestamp;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{EscapeExpressionMethods, RunQueryDsl};

use crate::conn::Conn;
use crate::error::{query, transaction};
use crate::location::Location;
use crate::names::pattern;
use crate::pool::{LogErrors, Manager};
use crate::{Listing, Page, StoreError};

pub use audit::AuditFilter;
pub use captures::CaptureFilter;
pub use inventory::ItemFilter;
pub use reviews::ReviewFilter;
pub use scans::ScanFilter;

/// How many readers at once, and how long one waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderOptions {
    /// Connections kept; at least 1.
    pub connections: u32,
    /// How long a question waits for a free connection.
    pub acquire_timeout: Duration,
}

impl Default for ReaderOptions {
    fn default() -> Self {
        Self { connections: 4, acquire_timeout: Duration::from_secs(5) }
    }
}

/// A pool of connections that only read. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pool: r2d2::Pool<Manager>,
    location: Arc<Location>,
}

impl Reader {
    /// Makes the pool without opening anything, so that a database that is down delays questions and not the start.
    ///
    /// # Errors
    /// [`StoreError::Address`].
    pub fn open(url: &str, options: ReaderOptions) -> Result<Self, StoreError> {
        let location = Location::parse(url)?;
        let pool = r2d2::Pool::builder()
            .max_size(options.connections.max(1))
            .min_idle(Some(0))
            // r2d2 panics on a wait of nothing.
            .connection_timeout(options.acquire_timeout.max(Duration::from_millis(1)))
            .error_handler(Box::new(LogErrors))
            .build_unchecked(Manager::new(location.clone()));
        Ok(Self { pool, location: Arc::new(location) })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`].
    pub fn ping(&self) -> Result<(), StoreError> {
        self.ask(|conn| conn.batch_execute("SELECT 1").map_err(query("cannot reach", self.location.to_string())))
    }

    /// The database's own time, for stations that share it; `None` for a file, whose time is the machine's.
    ///
    /// # Errors
    /// [`StoreError::Pool`], [`StoreError::Query`].
    pub fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask(|conn| match conn {
            Conn::Lite(_) => Ok(None),
            Conn::Pg(pg) => {
                let asked = sql::<BigInt>("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint");
                let millis = asked.get_result(pg).map_err(query("cannot ask for", "the time"))?;
                Ok(Some(Timestamp(millis)))
            }
        })
    }

    /// Runs `questions` on one snapshot.
    fn ask<T>(&self, questions: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let opening = || self.location.to_string();
        let mut conn = self.pool.get().map_err(|source| StoreError::Pool { opening: opening(), source })?;
        conn.begin_reading().map_err(transaction("begin"))?;
        let answer = questions(&mut conn);
        if let Err(error) = conn.roll_back() {
            // The answer is whole; the pool drops a connection that still is in a transaction.
            tracing::debug!(%error, "a reader's transaction could not be ended");
        }
        answer
    }
}

/// One page of whatever the two queries find.
fn page_of<T, V>(
    total: i64,
    rows: Vec<T>,
    view: impl FnMut(T) -> Result<V, StoreError>,
) -> Result<Listing<V>, StoreError> {
    let items = rows.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Listing { total: count(total), items })
}

/// A count; the databases count in signed numbers.
fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}

fn limit(page: Page) -> i64 {
    i64::from(page.limit.min(Page::MAX_LIMIT))
}

fn offset(page: Page) -> i64 {
    i64::try_from(page.offset).unwrap_or(i64::MAX)
}

diesel::define_sql_function! {
    /// Small letters; of ASCII only on SQLite, by the column's collation on PostgreSQL.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// That `column`, which is in small letters, holds `text`, which is too.
fn contains<C>(column: C, text: String) -> Contains<C>
where
    C: diesel::TextExpressionMethods + diesel::Expression<SqlType = diesel::sql_types::Text>,
{
    column.like(pattern(&text)).escape('\\')
}

/// What [`contains`] makes.
type Contains<C> = diesel::dsl::Escape<diesel::dsl::Like<C, String>>;
