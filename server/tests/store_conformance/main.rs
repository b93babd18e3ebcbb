//! What every store promises, as stories over `dyn Store`, run here on SQLite.
//!
//! A second backend implements [`world::Backend`] and runs the same list with `conformance!`.

mod accounts;
mod blocks;
mod conversations;
mod history;
mod messages;
mod model;
mod people;
mod receipts;
mod rooms;
mod sessions;
mod sqlite;
mod strangers;
mod streams;
mod world;

/// One test for each story, on the backend that `$backend` makes.
macro_rules! conformance {
    ($backend:expr) => {
        $crate::conformance! { $backend;
            accounts::e_mail_and_username_are_unique,
            accounts::signing_in_finds_the_hash_by_either_name,
            accounts::a_profile_change_is_told_to_acquaintances_once,
            accounts::what_is_shared_is_told_to_its_owner_alone,
            accounts::a_new_password_ends_all_other_sessions,
            sessions::a_token_works_until_it_expires_or_is_ended,
            sessions::only_own_sessions_can_be_ended,
            sessions::a_session_is_extended_by_use,
            sessions::a_token_has_the_rights_that_were_chosen,
            sessions::tokens_are_limited_and_signing_in_is_not,
            people::the_directory_pages_by_username,
            people::the_directory_is_searched_without_case,
            people::last_seen_never_moves_back,
            people::who_does_not_share_presence_is_listed_among_the_absent,
            conversations::a_direct_conversation_is_opened_once,
            conversations::notes_to_oneself_have_one_member,
            conversations::the_list_is_in_order_of_activity_and_pages,
            conversations::a_list_row_says_what_a_look_inside_says,
            conversations::a_mute_is_ones_own_and_told_once,
            blocks::nothing_of_a_blocked_person_reaches_the_blocker,
            blocks::no_message_goes_between_two_of_whom_one_blocked_the_other,
            blocks::receipts_between_the_two_stay_where_they_were,
            blocks::so_many_people_are_blocked_at_most,
            rooms::everybody_in_a_room_learns_everything_but_receipts,
            messages::an_acknowledged_message_is_still_there_after_a_restart,
            messages::a_repeated_key_gives_the_first_answer,
            messages::a_key_with_another_payload_is_a_conflict_for_ever,
            messages::calls_in_order_are_stored_in_order,
            messages::sixteen_writers_leave_no_gap,
            messages::only_the_author_edits_and_deletes,
            messages::an_answer_needs_its_message,
            messages::a_message_to_a_person_opens_their_conversation_once,
            history::pages_of_any_size_are_a_partition_both_ways,
            history::walking_while_people_post_shows_each_message_once,
            history::a_page_ends_early_when_it_has_enough_bytes,
            history::the_edges_of_a_history_are_empty_ranges,
            history::a_history_is_entered_at_a_time,
            history::a_clock_that_was_set_back_hides_nothing,
            receipts::a_read_position_only_moves_forward,
            receipts::reading_is_told_to_own_devices_and_the_peer,
            receipts::unread_equals_a_recount,
            receipts::delivery_is_told_to_the_peer_once,
            receipts::posting_reads_everything_before,
            receipts::a_program_that_posts_has_read_nothing,
            receipts::what_is_not_shared_stays_at_delivered,
            receipts::a_reading_that_is_not_shared_still_tells_the_delivery,
            streams::what_is_read_later_equals_what_was_told_live,
            streams::events_carry_the_newest_form,
            streams::a_page_of_events_ends_early_when_it_has_enough_bytes,
            streams::a_stream_is_resumed_from_any_position,
            streams::too_far_behind_is_reset,
            streams::a_restored_backup_resets_those_who_saw_more,
            strangers::nobody_sees_or_touches_what_they_are_not_in,
            strangers::a_closed_store_takes_no_writes,
            model::random_commands_do_what_a_simple_model_does,
        }
    };
    ($backend:expr; $($file:ident::$story:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                $crate::$file::$story($crate::world::World::new($backend)).await;
            }
        )*
    };
}
pub(crate) use conformance;
