// kqueue(2) itself, without Node: what the manual pages of macOS, FreeBSD, OpenBSD and NetBSD
// promise and the backend relies on. On Linux the stand-in of test/kqueue is held against it, on
// macOS and the BSDs the kernel. Without arguments it lists its cases; with a name it runs that
// one, since signals and descriptors are the process's.
#include <cstdio>
#include <cstring>

#include "kqueue_cases.h"

namespace {

struct Case {
  const char* name;
  void (*run)();
};
#define CASE(name) \
  { #name, name }
constexpr Case kCases[] = {
    CASE(a_filter_is_run_when_it_is_added),
    CASE(adding_again_modifies_and_makes_no_second),
    CASE(the_last_user_data_given_is_what_comes_back),
    CASE(what_no_longer_holds_is_not_told),
    CASE(several_changes_are_one_event),
    CASE(without_clear_it_is_told_as_long_as_it_holds),
    CASE(with_clear_it_is_told_once_until_more_comes),
    CASE(one_shot_is_told_once_and_is_gone),
    CASE(dispatch_disables_until_enabled_again),
    CASE(disabled_tells_nothing_and_loses_nothing),
    CASE(adding_enables_unless_it_says_disable),
    CASE(a_receipt_comes_for_each_change_and_drains_nothing),
    CASE(a_receipt_without_room_stops_the_changes),
    CASE(an_error_with_room_is_an_event_and_the_rest_is_applied),
    CASE(an_error_without_room_is_the_calls_own),
    CASE(what_is_not_there_is_enoent),
    CASE(a_closed_number_is_ebadf),
    CASE(an_unknown_filter_is_einval),
    CASE(nonsense_lengths_and_times_are_einval),
    CASE(what_is_no_kqueue_is_ebadf),
    CASE(no_room_returns_at_once_whatever_is_pending),
    CASE(changes_are_applied_before_events_are_read),
    CASE(both_lists_may_be_one_array),
    CASE(a_signal_interrupts_and_the_changes_are_applied),
    CASE(a_time_limit_ends_with_nothing),
    CASE(close_removes_silently_and_the_number_is_new),
    CASE(copies_of_a_descriptor_are_watched_apart),
    CASE(a_child_has_no_queue),
    CASE(a_queue_can_be_polled),
    CASE(a_listener_counts_its_backlog),
    CASE(the_end_comes_with_the_data_before_it),
    CASE(a_half_close_ends_reading_alone),
    CASE(a_reset_is_told_to_both_and_taken_from_none),
    CASE(a_refused_connect_is_told_with_its_error),
    CASE(a_connect_is_told_when_it_is_made),
    CASE(a_stream_without_a_peer_is_neither),
    CASE(room_to_write_is_told_when_there_is_some_again),
    CASE(an_empty_datagram_is_told),
    CASE(a_low_water_mark_holds_back_less),
    CASE(a_pipes_end_comes_with_the_data_before_it),
    CASE(a_pipe_without_a_reader_is_at_its_end),
    CASE(a_user_event_is_told_when_triggered),
    CASE(a_user_event_with_clear_is_told_once),
    CASE(a_trigger_wakes_another_thread),
    CASE(user_flags_are_kept_and_combined),
    CASE(identities_are_each_filters_own),
    CASE(signals_are_counted_since_the_last_call),
    CASE(a_handler_runs_as_well),
    CASE(an_ignored_signal_is_counted),
    CASE(the_default_disposition_still_ends_the_process),
    CASE(deleting_ends_the_count),
    CASE(a_timer_once_is_told_once),
    CASE(a_timer_counts_its_expirations),
    CASE(a_timer_deleted_and_added_starts_anew),
    CASE(a_deleted_timer_is_silent),
};

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    for (const Case& test : kCases) std::puts(test.name);
    return 0;
  }
  for (const Case& test : kCases) {
    if (std::strcmp(arguments[1], test.name) != 0) continue;
    test.run();
    return 0;
  }
  std::fprintf(stderr, "no case %s\n", arguments[1]);
  return 2;
}
