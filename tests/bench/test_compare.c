/* compare's updates, rooms, targets and their reports, and command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/options/compare_options.h"
#include "bench/servers/target.h"
#include "bench/servers/target_internal.h"
#include "bench/options/list.h"
#include "bench/sim/pace.h"
#include "bench/load/update.h"

/* Updates. */

static void an_update_is_32_bytes_that_say_whose_it_is(void **state)
{
	const struct update_course course = update_course(1, 0);
	const struct update update = update_of(&course, 0x01020304, 0xa0b0c0d0);
	uint8_t bytes[UPDATE_BYTES], again[UPDATE_BYTES];
	struct update heard;

	(void)state;
	update_encode(bytes, &update);
	update_encode(again, &update);
	assert_memory_equal(bytes, again, sizeof(bytes));
	heard = update_decode(bytes);
	assert_int_equal(heard.sender, 0x01020304);
	assert_int_equal(heard.number, 0xa0b0c0d0);
}

static void a_member_moves_a_step_at_a_time_and_stays_in_the_arena(void **state)
{
	static const struct {
		unsigned spread;
		int32_t half_mm;
	} rows[] = { { 0, 50000 }, { 1, 5000 }, { 16, 20000 }, { 2000, 223607 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct update_course course = update_course(9, rows[i].spread);

		for (uint32_t number = 0; number < 5000; number++) {
			const struct update now = update_of(&course, 3, number);
			const struct update next = update_of(&course, 3, number + 1);

			assert_in_range(now.position[0] + rows[i].half_mm, 0, 2 * rows[i].half_mm);
			assert_in_range(now.position[1] + rows[i].half_mm, 0, 2 * rows[i].half_mm);
			assert_true(labs((long)next.position[0] - now.position[0]) <= 150);
			assert_true(number == 0 || next.position[0] != now.position[0] ||
				    next.position[1] != now.position[1]);
		}
	}
}

static void another_seed_moves_members_otherwise(void **state)
{
	const struct update_course one = update_course(1, 64), other = update_course(2, 64);

	(void)state;
	assert_int_equal(update_of(&one, 5, 9).position[0], update_of(&one, 5, 9).position[0]);
	assert_int_not_equal(update_of(&one, 5, 9).position[0],
			     update_of(&other, 5, 9).position[0]);
}

/* Rooms. */

static void members_are_spread_over_rooms_evenly(void **state)
{
	const struct generator_config config = { .members = 10, .rooms = 4 },
				      one = { .members = 7 };
	unsigned sum = 0;

	(void)state;
	for (unsigned member = 0; member < 10; member++) {
		const unsigned size = generator_room_size(&config, member);

		assert_in_range(size, 2, 3);
		sum += size - 1;
	}
	assert_int_equal(sum, 2 * (3 * 2) + 2 * (2 * 1));
	assert_int_equal(generator_room_size(&one, 6), 7);
}

/* The list. */

static void each_tick_makes_one_of_ours_and_one_floor(void **state)
{
	static const double ticks_hz[] = { TARGET_TICK_AUTO, 0, 60 };
	static const char *const labels[] = {
		"starling auto", "starling at once", "starling 60 Hz", "naive",
		"udp",           "udp 60 Hz",        "segment",        "segment 60 Hz",
		"tcp",           "nodelay",          "mosquitto",      "nats"
	};
	struct target list[TARGET_MAX];
	char error[TARGET_ERROR_BYTES];

	(void)state;
	assert_int_equal(target_list(list, NULL, ticks_hz, 3, error), 12);
	for (size_t i = 0; i < 12; i++)
		assert_string_equal(list[i].label, labels[i]);
	assert_true(list[0].tick_hz == TARGET_TICK_AUTO && list[2].tick_hz == 60);
	assert_true(list[6].is_segmented && !list[4].is_segmented && list[9].is_nodelay);
	assert_int_equal(target_list(list, "udp,starling", ticks_hz, 1, error), 2);
	assert_string_equal(list[0].label, "starling auto");
	assert_string_equal(list[1].label, "udp");
}

static void each_update_is_relayed_by_ours_only_where_that_is_named(void **state)
{
	static const double ticks_hz[] = { TARGET_TICK_AUTO, 0, 120 };
	static const char *const labels[] = {
		"starling auto", "starling at once", "starling 120 Hz",
		"every auto",    "every at once",    "every 120 Hz",
		"naive"
	};
	struct target list[TARGET_MAX];
	char error[TARGET_ERROR_BYTES];

	(void)state;
	assert_int_equal(target_list(list, "every,naive,starling", ticks_hz, 3, error), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(list[i].label, labels[i]);
		assert_int_equal(list[i].is_every, i >= 3 && i < 6);
	}
	assert_true(list[3].tick_hz == TARGET_TICK_AUTO && list[5].tick_hz == 120);
	for (unsigned i = target_list(list, NULL, ticks_hz, 3, error); i-- > 0;)
		assert_false(list[i].is_every);
}

static void all_contenders_fit_at_the_most_ticks(void **state)
{
	static const double ticks_hz[TARGET_TICKS_MAX] = { 10, 20, 30, 60 };
	struct target list[TARGET_MAX];
	char error[TARGET_ERROR_BYTES], all[] = TARGET_NAMES;
	size_t size = 0;

	(void)state;
	for (const char *at = all; *at != '\0'; at++)
		if (*at != ' ')
			all[size++] = *at;
	all[size] = '\0';
	const unsigned count = target_list(list, all, ticks_hz, TARGET_TICKS_MAX, error);

	assert_int_equal(count, TARGET_MAX);
}

/* The word on the command line behind the flag, the flag itself if it is the last; NULL: not there.
 */
static const char *after(const struct target_command *command, const char *flag)
{
	for (unsigned n = 0; n < command->word_count; n++)
		if (strcmp(command->words[n], flag) == 0)
			return n + 1 < command->word_count ? command->words[n + 1] : flag;
	return NULL;
}

static void only_the_relay_that_is_to_relay_each_update_is_told_so(void **state)
{
	static const double ticks_hz[] = { 120 };
	const struct generator_config load = { .members = 256, .rate_hz = PACE_RATE_MAX_HZ };
	struct target list[TARGET_MAX];
	char error[TARGET_ERROR_BYTES];

	(void)state;
	assert_int_equal(target_list(list, "starling,every", ticks_hz, 1, error), 2);
	for (unsigned i = 0; i < 2; i++) {
		struct target_command command;

		target_command(&command, &list[i], "/nowhere", &load, 1, 0, "");
		assert_string_equal(command.path, "/nowhere/starlingd");
		assert_string_equal(after(&command, "--tick"), "120");
		assert_int_equal(after(&command, "--every") != NULL, i == 1);
		/* The run measures what they carry, not that they refuse it. */
		assert_true(atof(after(&command, "--message-rate")) > PACE_RATE_MAX_HZ);
	}
}

static void an_unknown_contender_is_named_with_those_there_are(void **state)
{
	static const char *const wrong[] = { "enet", "udp,", ",udp", "ud", "udpx", "udp,,tcp" };
	static const double ticks_hz[] = { 0 };
	struct target list[TARGET_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char error[TARGET_ERROR_BYTES] = "";

		assert_int_equal(target_list(list, wrong[i], ticks_hz, 1, error), 0);
		assert_non_null(strstr(error, wrong[i]));
		assert_non_null(strstr(error, TARGET_NAMES));
	}
}

static void what_a_contender_cannot_carry_is_said(void **state)
{
	static const struct {
		const char *only;
		struct generator_config load;
		const char *says; /* NULL: it can */
	} rows[] = {
		{ "udp", { .is_reliable = true }, "no reliable mode" },
		{ "segment", { .is_reliable = true }, "no reliable mode" },
		{ "naive", { .is_reliable = true, .rooms = 4 }, NULL },
		{ "tcp", { .rooms = 4 }, "no rooms" },
		{ "tcp", { .rooms = 1, .is_reliable = true }, NULL },
		{ "nats", { .rooms = 4 }, NULL },
		{ "naive", { .interest = WIRE_NEAREST }, "no interest" },
		{ "starling", { .interest = WIRE_NEAREST, .rooms = 9, .is_reliable = true }, NULL },
		{ "every", { .interest = WIRE_NEAREST }, "no interest" },
		{ "every", { .rooms = 9, .is_reliable = true }, NULL },
	};
	static const double ticks_hz[] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct target list[TARGET_MAX];
		char why[TARGET_ERROR_BYTES] = "";

		assert_int_equal(target_list(list, rows[i].only, ticks_hz, 1, why), 1);
		assert_int_equal(target_can(&list[0], &rows[i].load, why), !rows[i].says);
		if (rows[i].says)
			assert_non_null(strstr(why, rows[i].says));
	}
}

static void a_report_is_found_among_a_relays_lines(void **state)
{
	struct target_report report = target_read_report(
		"{\"note\":1}\nnot JSON\n{\"network\":{\"datagrams_in\":10,\"datagrams_out\":30,"
		"\"calls_in\":4,\"calls_out\":3},\"deliveries\":{\"delivered\":200},"
		"\"allocations\":{\"asked\":9,\"system\":5}}\n");

	(void)state;
	assert_true(report.datagrams == 40 && report.calls == 7);
	assert_true(report.deliveries == 200 && report.allocations == 5);
	report = target_read_report("{\"network\":{\"datagrams_in\":1,\"datagrams_out\":1,"
				    "\"calls_in\":1,\"calls_out\":1,\"calls_wait\":2}}");
	assert_true(report.calls == 4 && isnan(report.allocations));
	assert_true(isnan(target_read_report("{\"network\":7}").calls));
	assert_true(isnan(target_read_report("").datagrams));
}

/* The command line. */

static void a_list_takes_numbers_and_words_as_they_are_meant(void **state)
{
	static const char *const words[] = { "one", "two" };
	static const char *const wrong[] = { "",     ",",   "16,", "16,16", "1,,2", "x",      "1e1",
					     "0x10", " 16", "+16", "-1",    "65",   "1,2,3,4" };
	double values[3];
	size_t places[2];

	(void)state;
	assert_int_equal(list_numbers("16,0.5,64", 0.5, 64, values, 3), 3);
	assert_true(values[0] == 16 && values[1] == 0.5 && values[2] == 64);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (list_numbers(wrong[i], 0.5, 64, values, 3) != 0)
			fail_msg("\"%s\" was taken", wrong[i]);
	assert_int_equal(list_words("two,one", words, 2, places), 2);
	assert_true(places[0] == 1 && places[1] == 0);
	assert_int_equal(list_words("two", words, 2, places), 1);
	assert_int_equal(list_words("one,one", words, 2, places), 0);
	assert_int_equal(list_words("one,", words, 2, places), 0);
	assert_int_equal(list_words("on", words, 2, places), 0);
}

/* Reads `compare --interest TEXT`. */
static bool read_interest(const char *text, struct compare_options *options)
{
	char *argv[] = { "compare", "--interest", (char *)(uintptr_t)text, NULL };

	return compare_options_parse(options, 3, argv) == 0;
}

static void an_interest_is_in_metres_as_elsewhere_or_refused(void **state)
{
	static const struct {
		const char *text;
		enum wire_interest interest;
		uint32_t range;
	} good[] = {
		{ "all", WIRE_ALL, 0 },
		{ "nearest:7", WIRE_NEAREST, 7 },
		{ "nearest:4095", WIRE_NEAREST, WIRE_NEAREST_MAX },
		{ "radius:30", WIRE_RADIUS, 30000 },
		{ "radius:0.5", WIRE_RADIUS, 500 },
		{ "radius:0.001", WIRE_RADIUS, 1 },
		{ "radius:1.001", WIRE_RADIUS, 1001 }, /* not one less, as a double has it */
		{ "radius:2000000", WIRE_RADIUS, 2000000000 },
	};
	static const char *const wrong[] = {
		"",           "nearest",      "nearest:",       "nearest:0",
		"near:7",     "nearest:4096", "nearest:7m",     "nearest:0.5",
		"radius:",    "radius:0",     "radius:-1",      "radius:0.0009",
		"radius:3m",  "radius:2e6.1", "radius:2000001", "radius:1e9",
		"radius:nan", "all:1"
	};
	struct compare_options options;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(read_interest(good[i].text, &options));
		assert_int_equal(options.load.interest, good[i].interest);
		assert_int_equal(options.load.interest_range, good[i].range);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (read_interest(wrong[i], &options))
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_int_equal(options.shared.exit_status, 2);
	}
}

static void ticks_are_read_or_refused(void **state)
{
	static const char *const bad[] = { "", "0,x", "0.5", "1001", "auto,", "1,2,3,4,5" };
	struct ticks ticks;

	(void)state;
	assert_true(list_ticks(&ticks, "auto,0,60,1000"));
	assert_int_equal(ticks.count, 4);
	assert_true(ticks.hz[0] == TARGET_TICK_AUTO && ticks.hz[1] == 0 && ticks.hz[2] == 60 &&
		    ticks.hz[3] == 1000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(list_ticks(&ticks, bad[i]));
	assert_int_equal(ticks.count, 4); /* as it was */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_is_32_bytes_that_say_whose_it_is),
		cmocka_unit_test(a_member_moves_a_step_at_a_time_and_stays_in_the_arena),
		cmocka_unit_test(another_seed_moves_members_otherwise),
		cmocka_unit_test(members_are_spread_over_rooms_evenly),
		cmocka_unit_test(each_tick_makes_one_of_ours_and_one_floor),
		cmocka_unit_test(each_update_is_relayed_by_ours_only_where_that_is_named),
		cmocka_unit_test(all_contenders_fit_at_the_most_ticks),
		cmocka_unit_test(only_the_relay_that_is_to_relay_each_update_is_told_so),
		cmocka_unit_test(an_unknown_contender_is_named_with_those_there_are),
		cmocka_unit_test(what_a_contender_cannot_carry_is_said),
		cmocka_unit_test(a_report_is_found_among_a_relays_lines),
		cmocka_unit_test(a_list_takes_numbers_and_words_as_they_are_meant),
		cmocka_unit_test(an_interest_is_in_metres_as_elsewhere_or_refused),
		cmocka_unit_test(ticks_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
