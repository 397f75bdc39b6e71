//! What every store promises: one small, named check per promise of
//! [`scribe_domain::event_store`].
//!
//! Each check gets a [`Place`](crate::contract::place::Place) of its own with nothing in it.
//! [`contract!`](crate::contract!) makes a test of every check for one kind of store, and
//! [`durable_contract!`](crate::durable_contract!) of those that need a store which outlives its process.
//! In reading order:

// A check that cannot go on should say where, as any test does.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

/// Where a record is kept while a check looks at it.
pub mod place;
/// The same in a cluster.
pub mod cluster;
/// Things to append.
pub mod told;
/// All or nothing, at the right revision, in time.
pub mod appending;
/// Clocks that disagree.
pub mod clocks;
/// One order, every byte.
pub mod reading;
/// The same request again.
pub mod repeating;
/// Missing nothing, repeating nothing.
pub mod following;
/// One record carried into another store.
pub mod adopting;
/// Words that go for good, and proofs that stay.
pub mod erasing;
/// One tree over all of it.
pub mod ledger;
/// What outlives the process.
pub mod lasting;

pub use place::Place;

/// A test of every check, for the kind of store whose empty place the expression makes.
#[macro_export]
macro_rules! contract {
    ($place:expr) => {
        $crate::checks! { $place;
            appending::an_append_is_seen_whole_or_not_at_all,
            appending::a_receipt_tells_what_was_added_and_where,
            appending::a_conflict_tells_the_actual_revision_and_leaves_no_trace,
            appending::a_new_incident_is_at_revision_zero,
            appending::revisions_count_from_one_in_each_incident,
            appending::of_rivals_exactly_one_wins,
            appending::an_empty_append_is_refused,
            appending::an_oversized_append_is_refused_and_the_largest_is_not,
            appending::recorded_times_never_go_back,
            clocks::a_clock_behind_the_record_is_kept_beside_its_time,
            clocks::a_wrong_clock_is_settled,
            clocks::a_settlement_takes_the_place_of_another,
            reading::reading_gives_what_the_histories_give,
            reading::positions_have_no_gaps,
            reading::the_batch_size_changes_nothing,
            reading::a_history_begins_after_any_revision,
            reading::beyond_the_end_there_is_nothing,
            reading::bytes_come_back_exactly_as_given,
            reading::strangers_are_kept_and_shown_as_such,
            repeating::a_repeat_gets_the_first_receipt_whatever_else_it_says,
            repeating::many_repeats_at_once_add_one_append,
            repeating::a_request_that_was_refused_may_come_again,
            following::waiting_for_the_past_ends_at_once,
            following::waiting_ends_with_the_next_append,
            following::nothing_is_missed_across_the_seam,
            adopting::a_carried_record_is_the_same_record,
            adopting::a_record_may_be_carried_in_pieces,
            adopting::what_does_not_continue_the_record_is_refused,
            adopting::an_earlier_stamp_is_taken_and_lifted,
            adopting::lifted_times_are_the_same_wherever_the_record_goes,
            adopting::what_was_recorded_by_a_moment_is_a_beginning,
            adopting::what_is_not_whole_is_refused,
            adopting::what_does_not_read_is_refused,
            erasing::a_record_with_erased_events_is_taken_over,
            ledger::receipts_tell_the_leaves,
            ledger::the_root_is_that_of_the_leaves_at_every_size,
            ledger::tiles_are_cut_from_the_leaves,
            ledger::a_carried_record_has_the_same_tree,
            ledger::checkpoints_are_kept,
        }
    };
}

/// A test of every check that needs a store which can take words away.
#[macro_export]
macro_rules! erasing_contract {
    ($place:expr) => {
        $crate::checks! { $place;
            erasing::an_erasure_takes_the_words_and_leaves_the_tree,
            erasing::a_repeated_erasure_gets_the_first_receipt,
            erasing::an_erasure_that_comes_too_late_leaves_no_trace,
            erasing::what_is_not_there_is_not_erased,
            erasing::an_event_is_erased_once,
            erasing::the_receipt_of_what_was_erased_stays_the_same,
            erasing::a_carried_record_keeps_what_was_erased,
        }
    };
}

/// A test of every check that needs a store which outlives its process.
#[macro_export]
macro_rules! durable_contract {
    ($place:expr) => {
        $crate::checks! { $place;
            lasting::the_record_is_there_after_a_restart,
            lasting::a_repeat_gets_the_first_receipt_after_a_restart,
            lasting::recorded_times_do_not_go_back_over_a_restart,
            lasting::lifted_times_outlast_a_restart,
            clocks::what_is_settled_counts_for_everybody,
            lasting::closing_waits_for_what_was_sent,
            lasting::two_that_open_it_at_once_share_one_record,
            lasting::others_appends_wake_whoever_waits,
            ledger::two_that_append_by_turns_keep_one_tree,
            ledger::tree_and_checkpoints_outlast_a_restart,
        }
    };
}

/// A test of each check named.
#[macro_export]
macro_rules! checks {
    ($place:expr; $($group:ident :: $check:ident),+ $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $check() {
            let place = $place;
            let _ = $crate::contract::$group::$check(&place).await;
        })+
    };
}
