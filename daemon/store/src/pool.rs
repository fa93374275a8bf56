//! The readers' pool: r2d2 over connections that only read.

use cardmint_domain::errors::chain;
use diesel::connection::SimpleConnection;
use r2d2::ManageConnection;

use crate::StoreError;
use crate::conn::{Conn, Role};
use crate::location::Location;

/// Makes readers' connections for r2d2.
#[derive(Debug)]
pub(crate) struct Manager {
    location: Location,
}

impl Manager {
    pub(crate) const fn new(location: Location) -> Self {
        Self { location }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        Conn::open(&self.location, Role::Read)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match conn {
            // A file does not hang up.
            Conn::Lite(_) => Ok(()),
            Conn::Pg(pg) => pg.batch_execute("SELECT 1").map_err(crate::error::query("cannot reach", "the database")),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.is_unusable()
    }
}

/// Says in the log why a connection could not be made; whoever waits for one hears it only at the end of its time.
#[derive(Debug)]
pub(crate) struct LogErrors;

impl r2d2::HandleError<StoreError> for LogErrors {
    fn handle_error(&self, error: StoreError) {
        tracing::warn!(error = %chain(&error), "a connection for reading failed");
    }
}
