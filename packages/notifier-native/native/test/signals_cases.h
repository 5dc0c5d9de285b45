// The cases of signals_crowd_cases.cc and signals_unblocked_cases.cc, for the program in
// signals_test.cc.
#pragma once

void a_flood_of_100000_arrives_whole_and_in_order();
void opening_and_closing_in_a_flood_loses_nothing();
void a_full_queue_holds_up_real_time_and_merges_standard_signals();
void threads_that_appear_while_opening_block_it_too();
void many_threads_open_and_close_at_once();
void nothing_of_ours_stays_pending_in_any_thread();
void unblocked_no_thread_blocks_anything_and_close_restores();
void unblocked_a_flood_arrives_whole_at_every_wait();
void unblocked_another_handler_is_called_only_while_somebody_listens();
void unblocked_a_handler_that_calls_ours_makes_no_second_signal();
