//! What the store promises, said once and run on both databases.
//!
//! Every behaviour takes a fresh, empty database. Nothing is mocked: SQLite is a file, PostgreSQL a cluster.

pub(crate) mod audit;
pub(crate) mod batches;
pub(crate) mod catalogue;
pub(crate) mod commit;
pub(crate) mod crash;
pub(crate) mod dead_letters;
pub(crate) mod fixtures;
pub(crate) mod groups;
pub(crate) mod inventory;
pub(crate) mod leases;
pub(crate) mod listings;
pub(crate) mod prices;
pub(crate) mod readers;
pub(crate) mod reviews;
pub(crate) mod schema;

use std::any::Any;

use cardmint_domain::errors::chain;
use cardmint_store::{Committed, Reader, ReaderOptions, Writer, migrate};

/// An empty database of its own for one test.
pub(crate) struct Db {
    pub(crate) url: String,
    /// Runs SQL behind the store's back.
    pub(crate) raw: fn(&str, &str) -> Result<(), diesel::result::Error>,
    /// The same with the audit log's guards switched off.
    pub(crate) tamper: fn(&str, &str),
    /// Keeps whatever must outlive the test.
    pub(crate) _guard: Box<dyn Any>,
}

impl Db {
    pub(crate) fn raw(&self, sql: &str) -> Result<(), diesel::result::Error> {
        (self.raw)(&self.url, sql)
    }

    pub(crate) fn tamper(&self, sql: &str) {
        (self.tamper)(&self.url, sql);
    }

    /// Migrated and open.
    pub(crate) fn open(&self) -> Store {
        migrate::up(&self.url).unwrap();
        Store { writer: Writer::open(&self.url).unwrap(), reader: self.reader() }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.url, ReaderOptions::default()).unwrap()
    }
}

/// Both sides of an open store.
pub(crate) struct Store {
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
}

impl Store {
    /// One write in a transaction of its own that must succeed.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&mut cardmint_store::Tx<'_>) -> Result<T, cardmint_store::StoreError>,
    ) -> T {
        self.writer.group(work).unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    /// The same for one that ends an attempt and must still hold its lease.
    pub(crate) fn done(
        &mut self,
        work: impl FnOnce(&mut cardmint_store::Tx<'_>) -> Result<Committed, cardmint_store::StoreError>,
    ) {
        assert_eq!(self.write(work), Committed::Done);
    }
}

/// One `#[test]` for every behaviour of the suite. `$fresh` makes an empty database.
macro_rules! behaviours {
    ($fresh:path) => {
        behaviours! { @each $fresh,
            audit {
                every_change_of_state_is_in_the_log,
                the_log_refuses_to_be_changed,
                a_changed_row_is_found,
                a_missing_row_is_found,
                a_chain_rewritten_from_a_row_on_no_longer_has_the_head_that_was_kept,
                filters_narrow_the_log,
            }
            batches {
                a_batch_is_declared_changed_and_closed,
                a_batch_that_nobody_declared_is_made_at_admission,
                batches_know_what_became_of_them,
            }
            catalogue {
                a_catalogue_comes_back_as_it_went_in,
                a_replacement_counts_what_came_and_what_went,
                the_digest_does_not_depend_on_the_order,
                a_refused_replacement_leaves_everything_as_it_was,
                a_contradiction_leaves_everything_as_it_was_even_in_a_group_that_goes_on,
                words_find_printings_by_name_set_and_number,
                a_printing_that_is_gone_leaves_its_items_in_place,
            }
            commit {
                a_commit_books_reviews_and_ends_the_capture,
                what_the_matcher_said_comes_back_to_the_letter,
                a_second_commit_with_the_same_token_changes_nothing,
                a_stale_commit_writes_nothing,
                a_commit_that_cannot_be_stored_writes_nothing,
                a_picture_is_in_the_blob_store_before_the_row_names_it,
            }
            crash {
                what_was_acknowledged_survives_kill_9,
            }
            dead_letters {
                a_dead_capture_waits_for_a_person,
                a_letter_has_the_history_of_its_capture,
                a_retry_starts_afresh,
                a_discarded_letter_stays_dead,
            }
            groups {
                a_failing_savepoint_takes_nothing_else_down,
                a_failed_statement_outside_a_savepoint_breaks_the_group,
                a_refused_group_leaves_nothing,
                a_panic_in_a_group_leaves_nothing_and_the_writer_goes_on,
                a_panic_in_a_savepoint_takes_nothing_else_down,
                a_lost_savepoint_leaves_the_audit_chain_whole,
            }
            inventory {
                an_item_is_changed_and_its_search_text_with_it,
                a_change_of_what_it_is_makes_the_price_unknown,
                what_a_person_may_not_do_is_refused,
                items_are_found_by_what_a_person_remembers,
            }
            leases {
                the_same_bytes_are_admitted_once,
                claims_go_by_due_time_and_never_twice,
                a_lease_that_passed_is_taken_first_and_the_former_holder_is_fenced_off,
                a_renewed_lease_does_not_pass,
                a_capture_given_back_waits_until_its_time,
                a_released_attempt_does_not_count,
                an_attempt_that_never_touched_the_capture_does_not_count,
                times_that_a_wrong_clock_left_behind_are_brought_back,
                ending_twice_with_one_token_is_once,
                an_unknown_capture_is_an_error,
            }
            listings {
                captures_are_filtered_and_paged,
                scans_are_filtered_and_paged,
                counts_name_every_state,
                text_filters_take_their_text_to_the_letter,
            }
            prices {
                the_same_quote_for_two_scans_is_one_row,
                a_newer_valuation_is_the_price_and_the_older_one_history,
                every_kind_of_valuation_comes_back_as_it_went_in,
                prices_fall_due_by_age,
                quotes_and_values_are_found_by_printing_and_target,
            }
            readers {
                a_reader_says_whether_its_database_is_there,
                readers_see_only_what_is_committed_and_never_wait,
                an_answer_is_one_snapshot,
                a_database_that_is_away_is_an_error_within_the_readers_time,
            }
            reviews {
                accepting_books_the_best_candidate,
                accepting_books_a_finish_that_the_printing_exists_in,
                correcting_books_what_the_person_says,
                rejecting_books_nothing,
                a_decision_can_be_taken_back_and_made_again,
                a_decision_cannot_be_taken_back_once_the_item_was_changed,
                what_cannot_be_decided_is_refused,
                open_tasks_come_first_and_are_filtered,
            }
            schema {
                migrations_go_up_down_and_up_again,
                up_twice_changes_nothing,
                several_at_once_migrate_once,
                an_unmigrated_database_is_refused,
                a_newer_database_is_refused,
            }
        }
    };
    (@each $fresh:path, $($module:ident { $($name:ident),+ $(,)? })+) => {$(
        mod $module {
            $(#[test]
            fn $name() {
                crate::suite::$module::$name(&$fresh());
            })+
        }
    )+};
}
