//! Which database, from its address. Never shows a password.

use std::fmt;

use crate::StoreError;

/// A database's address.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite {
        /// Path of the file.
        path: String,
    },
    /// A PostgreSQL database.
    Postgres {
        /// The address as libpq takes it; may hold a password.
        url: String,
    },
}

impl Location {
    /// Reads `sqlite:PATH` (also `sqlite://PATH`) or `postgres://...` (also `postgresql://...`).
    ///
    /// # Errors
    /// [`StoreError::Address`] for any other scheme and for an empty or in-memory path.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |why| StoreError::Address { url: redacted(url), why };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres { url: url.to_owned() });
        }
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(wrong("expected sqlite:PATH or postgres://USER@HOST/NAME"));
        };
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return Err(wrong("the path is empty"));
        }
        if path == ":memory:" {
            return Err(wrong("a database in memory keeps nothing and cannot be shared with readers"));
        }
        if path.contains('\0') {
            return Err(wrong("the path holds a NUL byte"));
        }
        Ok(Self::Sqlite { path: path.to_owned() })
    }

    /// What SQLite's own address for `path` is. `mode` is `rwc` to create the file, `rw` to refuse a missing one.
    pub(crate) fn sqlite_uri(path: &str, mode: &str) -> String {
        let mut uri = String::from("file:");
        for c in path.chars() {
            match c {
                // The characters that end or escape a path in a URI; all others stand for themselves.
                '%' => uri.push_str("%25"),
                '?' => uri.push_str("%3f"),
                '#' => uri.push_str("%23"),
                other => uri.push(other),
            }
        }
        uri.push_str("?mode=");
        uri.push_str(mode);
        uri
    }
}

/// The address without what follows the user's name and without any parameter whose name mentions a password.
fn redacted(url: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let mut shown = match (base.find("://"), base.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => {
            let user = base[scheme + 3..at].split(':').next().unwrap_or_default();
            format!("{}{user}{}", &base[..scheme + 3], &base[at..])
        }
        _ => base.to_owned(),
    };
    if let Some(query) = query {
        let kept: Vec<&str> = query.split('&').filter(|pair| !pair.to_ascii_lowercase().contains("pass")).collect();
        if !kept.is_empty() {
            shown.push('?');
            shown.push_str(&kept.join("&"));
        }
    }
    shown
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "sqlite:{path}"),
            Self::Postgres { url } => f.write_str(&redacted(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_are_read() {
        assert_eq!(Location::parse("sqlite:/var/lib/a b.db").unwrap().to_string(), "sqlite:/var/lib/a b.db");
        assert_eq!(Location::parse("sqlite:///tmp/x.db").unwrap().to_string(), "sqlite:/tmp/x.db");
        assert!(matches!(Location::parse("postgresql://u@h/d").unwrap(), Location::Postgres { .. }));
    }

    #[test]
    fn what_cannot_keep_anything_is_refused() {
        for url in ["", "mysql://x", "sqlite:", "sqlite::memory:", "/var/lib/x.db", "sqlite:a\0b"] {
            assert!(matches!(Location::parse(url), Err(StoreError::Address { .. })), "{url:?} was read");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://station:hunter2@db.example/cards",
            "postgres://station:hun@ter2@db.example/cards?sslmode=require",
            "postgres:///cards?user=station&password=hunter2&sslpassword=hunter2",
        ] {
            let location = Location::parse(url).unwrap();
            for shown in [location.to_string(), format!("{location:?}")] {
                assert!(!shown.contains("hun") && !shown.contains("ter2"), "{shown}");
            }
        }
    }

    #[test]
    fn a_path_with_uri_characters_stays_a_path() {
        assert_eq!(Location::sqlite_uri("/a%b?c#d é.db", "rw"), "file:/a%25b%3fc%23d é.db?mode=rw");
    }
}
