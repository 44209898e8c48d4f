//! The suite that every adapter passes: what it tests, callers may rely on.
//!
//! An adapter's tests say `rapport_store::store_contract!(fixture)`, and a durable one's also
//! `rapport_store::durable_store_contract!(fixture)`; each case becomes a test of its own on a fresh store.

pub mod audit;
pub mod contacts;
pub mod credentials;
pub mod directory;
pub mod durable;
pub mod history;
pub mod life;
pub mod people;
pub mod presence;
pub mod tenancy;
mod values;
pub mod web;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

pub use values::{line, nothing};

use crate::Store;

/// Where the stores of one test come from. A durable fixture opens the same store again each time.
pub trait Fixture {
    /// Opens the store; a durable one only after the one opened before has been dropped.
    fn open(&self) -> Arc<dyn Store>;
}

impl<S: Store, F: Fn() -> Arc<S>> Fixture for F {
    fn open(&self) -> Arc<dyn Store> {
        self()
    }
}

/// Runs one case on a store of a fixture.
pub fn run<F: Future<Output = ()>>(fixture: &dyn Fixture, case: impl FnOnce(Arc<dyn Store>) -> F) {
    block_on(case(fixture.open()));
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread for a future: all the runtime that the suite needs.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Makes a test of every case, each on a fresh store of the fixture that the expression gives.
#[macro_export]
macro_rules! store_contract {
    ($fixture:expr) => {
        $crate::store_contract! { @each $fixture;
            audit::lines_are_numbered_and_read_in_pages
            audit::lines_are_chained_within_a_company
            audit::a_line_says_who_acted_from_where_and_why
            contacts::a_new_person_has_the_group_of_other_contacts
            contacts::the_people_on_a_list_are_read_alone
            contacts::a_change_is_read_back_whole
            contacts::a_stale_change_is_refused_with_the_current_delta
            contacts::a_delta_that_does_not_grow_is_refused
            contacts::of_two_changes_at_once_one_wins
            credentials::the_hash_of_a_replaced_password_becomes_the_previous_one
            credentials::a_renewed_hash_leaves_the_previous_one_alone
            credentials::a_late_renewal_does_not_bring_an_old_password_back
            credentials::account_hashes_are_forgotten_and_app_passwords_stay
            credentials::a_previous_hash_is_forgotten_when_its_time_is_over
            credentials::every_sealed_value_of_everybody_is_found_page_by_page
            credentials::a_value_is_sealed_anew_unless_it_was_changed_meanwhile
            credentials::app_passwords_come_and_go_one_by_one
            credentials::numbers_of_app_passwords_are_not_used_again
            credentials::app_passwords_have_a_bound
            credentials::no_password_changes_without_the_line_that_tells_of_it
            directory::a_company_is_found_by_number_name_and_domain
            directory::names_and_domains_of_companies_are_unique
            directory::a_company_is_changed_whole
            directory::a_domain_in_use_is_kept
            directory::a_removed_company_leaves_nothing_behind
            directory::numbers_of_companies_are_not_used_again
            history::a_company_has_one_key
            history::entries_are_read_newest_first_and_by_peer
            history::those_talked_to_are_listed_with_their_last_entry
            history::long_entries_are_read_a_megabyte_at_a_time
            history::a_message_stands_once_where_its_name_says
            history::entries_go_one_by_one_by_peer_and_all
            history::what_is_too_old_goes_in_its_company_alone
            history::entries_under_another_key_are_refused
            history::entries_of_nobody_and_of_strangers_are_not_added
            history::entries_go_with_their_person_and_company
            life::a_former_address_is_kept_and_nobody_elses
            life::former_addresses_go_when_their_time_is_over
            life::a_domain_with_a_former_address_is_kept
            life::a_deleted_person_is_hidden_and_comes_back_whole
            life::a_deleted_person_can_be_removed_for_good
            life::a_deleted_manager_is_still_one_to_come_back
            life::a_deleted_company_is_hidden_and_comes_back_whole
            life::those_who_name_a_person_are_found
            people::a_person_is_found_by_number_address_alias_and_sign_in_name
            people::everything_of_a_person_is_read_back
            people::addresses_are_unique_over_the_whole_store
            people::sign_in_names_are_unique_within_a_company
            people::an_address_lies_in_a_domain_of_the_company
            people::a_renamed_person_frees_the_old_address
            people::a_refused_change_changes_nothing
            people::people_are_read_in_pages
            people::a_removed_person_leaves_nothing_to_a_successor
            people::a_removed_manager_is_nobodys_manager
            people::of_two_people_for_one_address_one_wins
            people::texts_past_their_bound_are_refused
            people::a_person_is_added_with_all_they_begin_with_or_not_at_all
            presence::a_new_person_has_none
            presence::that_of_several_is_read_together
            presence::every_kind_of_value_is_read_back
            presence::memberships_and_subscribers_are_read_back
            presence::later_changes_replace_and_delete
            presence::the_end_of_a_publication_is_kept_with_it
            presence::a_stale_commit_is_refused_and_changes_nothing
            presence::a_commit_is_whole_or_not_at_all
            presence::a_revision_grows_with_every_commit
            presence::a_fence_stops_the_late_commit
            presence::a_fence_after_the_commit_comes_too_late
            presence::of_two_commits_at_once_one_wins
            presence::commits_for_many_people_at_once_all_arrive
            tenancy::every_call_refuses_a_person_of_another_company
            tenancy::every_value_that_names_another_company_is_refused
            tenancy::lookups_see_their_own_company_only
            tenancy::a_removed_company_takes_no_more_changes
            tenancy::the_store_is_ready
            web::web_sessions_come_and_go_one_by_one
            web::web_sessions_end_with_their_person
            web::web_sessions_are_forgotten_when_their_time_is_over
            web::web_sessions_have_a_bound
            web::web_documents_are_kept_by_name
            web::of_two_who_change_a_web_document_one_is_told
            web::conversations_are_kept_as_long_as_their_sign_in
            web::a_message_from_a_browser_is_noted_once
            web::messages_from_browsers_have_a_bound_and_are_forgotten
        }
    };
    (@each $fixture:expr; $($module:ident::$case:ident)*) => {
        $(#[test]
        fn $case() {
            $crate::contract::run(&$fixture, $crate::contract::$module::$case);
        })*
    };
}

/// Makes a test of every case that closes the store and opens it again.
#[macro_export]
macro_rules! durable_store_contract {
    ($fixture:expr) => {
        $crate::durable_store_contract! { @each $fixture;
            everything_is_there_after_reopening
            numbers_are_not_used_again_after_reopening
            a_fence_holds_after_reopening
        }
    };
    (@each $fixture:expr; $($case:ident)*) => {
        $(#[test]
        fn $case() {
            $crate::contract::durable::$case(&$fixture);
        })*
    };
}
