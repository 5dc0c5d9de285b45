// The cases of kqueue_change_cases.cc, kqueue_descriptor_cases.cc and kqueue_other_cases.cc, for
// the program in kqueue_test.cc.
#pragma once

// Changes and their errors.
void a_filter_is_run_when_it_is_added();
void adding_again_modifies_and_makes_no_second();
void the_last_user_data_given_is_what_comes_back();
void what_no_longer_holds_is_not_told();
void several_changes_are_one_event();
void without_clear_it_is_told_as_long_as_it_holds();
void with_clear_it_is_told_once_until_more_comes();
void one_shot_is_told_once_and_is_gone();
void dispatch_disables_until_enabled_again();
void disabled_tells_nothing_and_loses_nothing();
void adding_enables_unless_it_says_disable();
void a_receipt_comes_for_each_change_and_drains_nothing();
void a_receipt_without_room_stops_the_changes();
void an_error_with_room_is_an_event_and_the_rest_is_applied();
void an_error_without_room_is_the_calls_own();
void what_is_not_there_is_enoent();
void a_closed_number_is_ebadf();
void an_unknown_filter_is_einval();
void nonsense_lengths_and_times_are_einval();
void what_is_no_kqueue_is_ebadf();
void no_room_returns_at_once_whatever_is_pending();
void changes_are_applied_before_events_are_read();
void both_lists_may_be_one_array();
void a_signal_interrupts_and_the_changes_are_applied();
void a_time_limit_ends_with_nothing();

// Descriptors.
void close_removes_silently_and_the_number_is_new();
void copies_of_a_descriptor_are_watched_apart();
void a_child_has_no_queue();
void a_queue_can_be_polled();
void a_listener_counts_its_backlog();
void the_end_comes_with_the_data_before_it();
void a_half_close_ends_reading_alone();
void a_reset_is_told_to_both_and_taken_from_none();
void a_refused_connect_is_told_with_its_error();
void a_connect_is_told_when_it_is_made();
void a_stream_without_a_peer_is_neither();
void room_to_write_is_told_when_there_is_some_again();
void an_empty_datagram_is_told();
void a_low_water_mark_holds_back_less();
void a_pipes_end_comes_with_the_data_before_it();
void a_pipe_without_a_reader_is_at_its_end();

// Events, signals, timers.
void a_user_event_is_told_when_triggered();
void a_user_event_with_clear_is_told_once();
void a_trigger_wakes_another_thread();
void user_flags_are_kept_and_combined();
void identities_are_each_filters_own();
void signals_are_counted_since_the_last_call();
void a_handler_runs_as_well();
void an_ignored_signal_is_counted();
void the_default_disposition_still_ends_the_process();
void deleting_ends_the_count();
void a_timer_once_is_told_once();
void a_timer_counts_its_expirations();
void a_timer_deleted_and_added_starts_anew();
void a_deleted_timer_is_silent();
