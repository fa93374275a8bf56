//! Which price sources there are, shared by those who run them, ask them and show them.
//!
//! Guarantee: two files never run as the same source. A report by a life that was replaced changes nothing: every report
//! names the digest it is about.
//!
//! Deliberately absent: any decision about files; that is [`super::plugins`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cardmint_domain::Timestamp;
use cardmint_sources::PluginFile;
use serde::Serialize;

use super::ask::Source;

/// Where a plugin's file stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PluginStatus {
    /// Its host is being started.
    Starting,
    /// It is a source.
    Running,
    /// It is none, and why.
    Refused {
        /// For people.
        reason: String,
    },
    /// An operator has switched it off.
    Disabled,
}

/// What a source says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its stable name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// Who makes its prices.
    pub upstreams: Vec<String>,
    /// The only hosts it may ask.
    pub hosts: Vec<String>,
    /// What may be done with its quotes.
    pub licence: String,
    /// What must be shown with them.
    pub attribution: String,
}

/// What came of asking a source so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Questions.
    pub asked: u64,
    /// Of these, answered, with or without a price.
    pub answered: u64,
    /// Quotes it gave.
    pub quotes: u64,
    /// Quotes of it that were refused.
    pub refused_quotes: u64,
    /// When it answered last.
    pub answered_at: Option<Timestamp>,
    /// Why it did not, the last time it did not; `None` once it answers again.
    pub last_error: Option<String>,
}

/// A plugin's file with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginView {
    /// Name of the file in the plugin folder.
    pub file: String,
    /// BLAKE3 of its bytes; empty when it could not be read.
    pub digest: String,
    /// Where it stands.
    #[serde(flatten)]
    pub status: PluginStatus,
    /// What it says about itself; `None` until it was loaded.
    pub about: Option<About>,
    /// What came of asking it.
    pub tally: Tally,
}

/// One file.
struct Entry {
    digest: String,
    status: PluginStatus,
    about: Option<About>,
    source: Option<Arc<dyn Source>>,
    tally: Tally,
}

/// All files. Cheap to share behind an [`Arc`].
#[derive(Default)]
pub struct Board {
    files: Mutex<BTreeMap<String, Entry>>,
}

impl Board {
    /// Every file with what became of it.
    #[must_use]
    pub fn views(&self) -> Vec<PluginView> {
        let view = |(file, entry): (&String, &Entry)| PluginView {
            file: file.clone(),
            digest: entry.digest.clone(),
            status: entry.status.clone(),
            about: entry.about.clone(),
            tally: entry.tally.clone(),
        };
        self.lock().iter().map(view).collect()
    }

    /// The sources that can be asked now.
    #[must_use]
    pub fn sources(&self) -> Vec<Arc<dyn Source>> {
        self.lock().values().filter_map(|entry| entry.source.clone()).collect()
    }

    /// The file whose source has this name, running or switched off.
    #[must_use]
    pub fn file_of(&self, id: &str) -> Option<String> {
        let files = self.lock();
        let found = files.iter().find(|(_, entry)| entry.about.as_ref().is_some_and(|about| about.id == id))?;
        Some(found.0.clone())
    }

    /// A file's host is being started.
    pub(super) fn starting(&self, file: &str, plugin: &PluginFile) {
        self.put(file, plugin.digest.clone(), PluginStatus::Starting);
    }

    /// A file is no plugin, or cannot be read; `digest` may be empty.
    pub(super) fn refuse(&self, file: &str, digest: &str, reason: String) {
        tracing::warn!(plugin = file, reason, "a plugin is refused");
        self.put(file, digest.to_owned(), PluginStatus::Refused { reason });
    }

    fn put(&self, file: &str, digest: String, status: PluginStatus) {
        let entry = Entry { digest, status, about: None, source: None, tally: Tally::default() };
        self.lock().insert(file.to_owned(), entry);
    }

    /// A host is up.
    ///
    /// # Errors
    /// Why it must not be used: another file is that source already, or this one was replaced meanwhile.
    pub(super) fn running(
        &self,
        file: &str,
        digest: &str,
        about: About,
        source: Arc<dyn Source>,
    ) -> Result<(), String> {
        let mut files = self.lock();
        let same = |(other, entry): &(&String, &Entry)| {
            *other != file && entry.about.as_ref().is_some_and(|known| known.id == about.id)
        };
        if let Some((other, _)) = files.iter().find(same) {
            return Err(format!("{other} is the source {:?} already", about.id));
        }
        let entry = files.get_mut(file).filter(|entry| entry.digest == digest).ok_or("it was replaced meanwhile")?;
        (entry.status, entry.about, entry.source) = (PluginStatus::Running, Some(about), Some(source));
        Ok(())
    }

    /// An operator has switched a file off.
    pub(super) fn disable(&self, file: &str) {
        if let Some(entry) = self.lock().get_mut(file) {
            (entry.status, entry.source) = (PluginStatus::Disabled, None);
        }
    }

    /// A file is gone.
    pub(super) fn remove(&self, file: &str) {
        self.lock().remove(file);
    }

    /// Nothing is known any more.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Counts a question and its end.
    pub(super) fn note(&self, id: &str, answer: Result<(usize, usize), String>, at: Timestamp) {
        let mut files = self.lock();
        let Some(entry) = files.values_mut().find(|entry| entry.about.as_ref().is_some_and(|about| about.id == id))
        else {
            return;
        };
        let tally = &mut entry.tally;
        tally.asked += 1;
        match answer {
            Ok((quotes, refused)) => {
                tally.answered += 1;
                tally.quotes += quotes as u64;
                tally.refused_quotes += refused as u64;
                tally.answered_at = Some(at);
                tally.last_error = None;
            }
            Err(why) => tally.last_error = Some(why),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        // Every change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::pricing::ask::testing::Fake;

    fn about(id: &str) -> About {
        About {
            id: id.to_owned(),
            name: id.to_owned(),
            version: "1".to_owned(),
            upstreams: Vec::new(),
            hosts: Vec::new(),
            licence: "open".to_owned(),
            attribution: String::new(),
        }
    }

    fn plugin(digest: &str) -> PluginFile {
        PluginFile { path: "/kept/x.so".into(), digest: digest.to_owned() }
    }

    #[test]
    fn two_files_are_never_one_source_and_a_removed_one_makes_room() {
        let board = Board::default();
        board.starting("a.so", &plugin("1"));
        board.starting("b.so", &plugin("2"));
        board.running("a.so", "1", about("shop"), Fake::silent("shop")).unwrap();
        let why = board.running("b.so", "2", about("shop"), Fake::silent("shop")).unwrap_err();
        assert!(why.contains("a.so"), "{why}");
        assert_eq!((board.sources().len(), board.file_of("shop").as_deref()), (1, Some("a.so")));
        board.remove("a.so");
        board.running("b.so", "2", about("shop"), Fake::silent("shop")).unwrap();
        assert_eq!(board.file_of("shop").as_deref(), Some("b.so"));
    }

    #[test]
    fn a_life_that_was_replaced_reports_into_the_void() {
        let board = Board::default();
        board.starting("a.so", &plugin("1"));
        board.starting("a.so", &plugin("2"));
        assert!(board.running("a.so", "1", about("shop"), Fake::silent("shop")).is_err());
        assert!(board.sources().is_empty());
    }

    #[test]
    fn a_source_that_is_switched_off_is_shown_and_not_asked() {
        let board = Board::default();
        board.starting("a.so", &plugin("1"));
        board.running("a.so", "1", about("shop"), Fake::silent("shop")).unwrap();
        board.note("shop", Err("no answer".to_owned()), Timestamp(1));
        board.disable("a.so");
        assert!(board.sources().is_empty());
        let view = board.views().remove(0);
        assert_eq!((view.status, view.about.unwrap().id), (PluginStatus::Disabled, "shop".to_owned()));
        assert_eq!((view.tally.asked, view.tally.last_error.as_deref()), (1, Some("no answer")));
    }
}
