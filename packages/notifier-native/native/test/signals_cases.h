// The cases of signals_crowd_cases.cc, for the program in signals_test.cc.
#pragma once

void a_flood_of_100000_arrives_whole_and_in_order();
void opening_and_closing_in_a_flood_loses_nothing();
void a_full_queue_holds_up_real_time_and_merges_standard_signals();
void threads_that_appear_while_opening_block_it_too();
void many_threads_open_and_close_at_once();
void nothing_of_ours_stays_pending_in_any_thread();
