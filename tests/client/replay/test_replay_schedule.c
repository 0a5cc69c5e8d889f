#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/replay/replay_schedule.h"
#include "client/replay/trace_reader.h"

enum {
	LOG_BYTES = 1024,
};

/* Id 1 (rank 0) is there all the time, 2 from 10 to 20 s, 3 from 30 s to the end. */
static const char three[] = "t,id,x,y,z\n"
			    "5,1,0,0,0\n"
			    "15,1,0,0,0\n"
			    "15,2,0,0,0\n"
			    "25,2,0,0,0\n"
			    "35,3,0,0,0\n"
			    "45,1,0,0,0\n"
			    "45,3,0,0,0\n";

struct fixture {
	struct trace trace;
	struct replay_schedule schedule;
};

static void start(struct fixture *fixture, const char *text, double speed, bool is_looping)
{
	char why[TRACE_ERROR_BYTES];
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(file);
	assert_int_equal(trace_reader_read(&fixture->trace, file, "trace", why), 0);
	fclose(file);
	assert_int_equal(
		replay_schedule_init(&fixture->schedule, &fixture->trace, speed, is_looping, 1), 0);
}

static void end(struct fixture *fixture)
{
	replay_schedule_fini(&fixture->schedule);
	trace_fini(&fixture->trace);
}

/*
 * All steps up to `until_s`, in order: "time+rank" joins, "time-rank" leaves, "time=rank" is a row.
 */
static void play(struct fixture *fixture, double until_s, char log[LOG_BYTES])
{
	struct replay_schedule *schedule = &fixture->schedule;
	size_t used = 0;

	*log = '\0';
	for (;;) {
		double going_s = replay_schedule_leave_s(schedule);
		double coming_s = replay_schedule_join_s(schedule);
		double row_s = replay_schedule_row_s(schedule);
		double first_s = fmin(going_s, fmin(coming_s, row_s));
		char what;
		size_t rank;

		if (!(first_s <= until_s))
			return;
		if (going_s == first_s) {
			what = '-';
			rank = replay_schedule_pop_leave(schedule);
		} else if (coming_s == first_s) {
			what = '+';
			rank = replay_schedule_pop_join(schedule);
		} else {
			what = '=';
			rank = replay_schedule_pop_row(schedule)->rank;
		}
		used += (size_t)snprintf(log + used, LOG_BYTES - used, "%g%c%zu ", first_s, what,
					 rank);
		assert_true(used < LOG_BYTES);
	}
}

static void ids_join_before_their_first_row_and_leave_after_their_last(void **state)
{
	struct fixture fixture;
	char log[LOG_BYTES];

	(void)state;
	start(&fixture, three, 1, false);
	play(&fixture, 1e9, log);
	assert_string_equal(log, "-1+0 0=0 9+1 10=0 10=1 20=1 29+2 30-1 30=2 40=0 40=2 ");
	end(&fixture);
}

static void speed_divides_all_times_but_the_lead(void **state)
{
	struct fixture fixture;
	char log[LOG_BYTES];

	(void)state;
	start(&fixture, three, 10, false);
	play(&fixture, 1e9, log);
	assert_string_equal(log, "-1+0 0+1 0=0 1=0 1=1 2+2 2=1 3-1 3=2 4=0 4=2 ");
	end(&fixture);
}

/* Round 1 begins at 50 s: the trace's 40 s, then the interval of ids 1 and 3. */
static void a_round_follows_when_all_would_have_had_a_row_and_ids_come_back(void **state)
{
	struct fixture fixture;
	char log[LOG_BYTES];

	(void)state;
	start(&fixture, three, 1, true);
	play(&fixture, 80, log);
	assert_string_equal(log, "-1+0 0=0 9+1 10=0 10=1 20=1 29+2 30-1 30=2 40=0 40=2 "
				 "50-2 50=0 59+1 60=0 60=1 70=1 79+2 80-1 80=2 ");
	end(&fixture);
}

/*
 * Each has a row every two seconds, at times of its own, and the last two rows of the trace are
 * only 0.4 ms apart.
 */
static void each_id_leaves_by_its_own_interval(void **state)
{
	static const char ships[] = "t,id,x,y,z\n"
				    "0,1,0,0,0\n0.7,2,0,0,0\n1.3,3,0,0,0\n"
				    "2,1,0,0,0\n2.7,2,0,0,0\n3.3,3,0,0,0\n"
				    "4,1,0,0,0\n4.7,2,0,0,0\n5.3,3,0,0,0\n"
				    "5.9996,1,0,0,0\n6,2,0,0,0\n";
	struct fixture fixture;
	char log[LOG_BYTES];

	(void)state;
	start(&fixture, ships, 1, false);
	play(&fixture, 1e9, log);
	assert_string_equal(log, "-1+0 -0.3+1 0=0 0.3+2 0.7=1 1.3=2 2=0 2.7=1 3.3=2 4=0 4.7=1 "
				 "5.3=2 5.9996=0 6=1 7.3-2 7.9996-0 ");
	end(&fixture);
	start(&fixture, ships, 1, true);
	play(&fixture, 10, log);
	assert_non_null(strstr(log, "6=1 7.3-2 8=0 8.3+2 8.7=1 9.3=2 10=0 "));
	end(&fixture);
}

static void an_id_that_is_soon_back_stays(void **state)
{
	struct fixture fixture;
	char log[LOG_BYTES];

	(void)state;
	/*
	 * At 100 times the speed nobody is away for the two seconds that leaving and joining take.
	 */
	start(&fixture, three, 100, true);
	play(&fixture, 0.9, log);
	assert_string_equal(log, "-1+0 -0.9+1 -0.7+2 0=0 0.1=0 0.1=1 0.2=1 0.3=2 0.4=0 0.4=2 "
				 "0.5=0 0.6=0 0.6=1 0.7=1 0.8=2 0.9=0 0.9=2 ");
	assert_true(isinf(replay_schedule_join_s(&fixture.schedule)));
	assert_true(isinf(replay_schedule_leave_s(&fixture.schedule)));
	end(&fixture);
}

static void a_trace_of_one_row_loops_once_a_second(void **state)
{
	struct fixture fixture;
	char log[LOG_BYTES];

	(void)state;
	start(&fixture, "t,id,x,y,z\n7,1,0,0,0\n", 1, true);
	play(&fixture, 2, log);
	assert_string_equal(log, "-1+0 0=0 1=0 2=0 ");
	end(&fixture);
}

static void the_most_at_once_are_counted(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, three, 1, false);
	assert_int_equal(replay_schedule_most(&fixture.schedule), 3);
	assert_int_equal(fixture.schedule.joins.next, 0);
	end(&fixture);
	start(&fixture, "t,id,x,y,z\n0,1,0,0,0\n1,1,0,0,0\n10,2,0,0,0\n10.5,3,0,0,0\n", 1, false);
	assert_int_equal(replay_schedule_most(&fixture.schedule), 2);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_join_before_their_first_row_and_leave_after_their_last),
		cmocka_unit_test(speed_divides_all_times_but_the_lead),
		cmocka_unit_test(a_round_follows_when_all_would_have_had_a_row_and_ids_come_back),
		cmocka_unit_test(each_id_leaves_by_its_own_interval),
		cmocka_unit_test(an_id_that_is_soon_back_stays),
		cmocka_unit_test(a_trace_of_one_row_loops_once_a_second),
		cmocka_unit_test(the_most_at_once_are_counted),
	};

	return cmocka_run_group_tests_name("replay_schedule", tests, NULL, NULL);
}
