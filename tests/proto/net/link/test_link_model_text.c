/* The text form of a link: its meaning, its errors, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/link/link_model.h"
#include "tests/fixtures/seeded_random.h"
#include "tests/fixtures/net/link_model_spec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MS              INT64_C(1000000)
#define S               (1000 * MS)

/* Good texts */

static void changes_are_put_in_order_of_time(void **state)
{
	const struct link_model_spec spec = link_model_spec_of(
		"at=30s:delay=100ms,delay=40ms,at=10s:blackout=2s,at=30s:loss=1%");

	(void)state;
	assert_int_equal(spec.start.delay_ns, 40 * MS);
	assert_int_equal(spec.change_count, 3);
	assert_int_equal(spec.changes[0].at_ns, 10 * S);
	assert_int_equal(spec.changes[0].term, LINK_MODEL_BLACKOUT);
	assert_int_equal(spec.changes[0].blackout_ns, 2 * S);
	assert_int_equal(spec.changes[1].at_ns, 30 * S);
	assert_int_equal(spec.changes[1].term, LINK_MODEL_DELAY);
	assert_int_equal(spec.changes[1].value.delay_ns, 100 * MS);
	assert_int_equal(spec.changes[2].term, LINK_MODEL_LOSS);
}

static void none_is_a_perfect_link(void **state)
{
	static const char *const perfect[] = { "none", "delay=0s,loss=0%", "burst=none" };
	static const char *const bad[] = { "delay=1ns", "dup=0.00001%", "at=0s:blackout=1ns" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(perfect); i++) {
		const struct link_model_spec spec = link_model_spec_of(perfect[i]);

		assert_true(link_model_is_perfect(&spec));
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct link_model_spec spec = link_model_spec_of(bad[i]);

		assert_false(link_model_is_perfect(&spec));
	}
}

/* Texts that say the same, the canonical one second. */
static const char *const same[][2] = {
	{ "none", "none" },
	{ "delay=0ms", "none" },
	{ "delay=0.04s", "delay=40ms" },
	{ "delay=1.5ms", "delay=1500us" },
	{ "delay=60s", "delay=60s" },
	{ "delay=0.000000001s", "delay=1ns" },
	{ "jitter=10ms/normal", "jitter=10ms" },
	{ "jitter=0ms/uniform", "none" },
	{ "jitter=3ms/exponential", "jitter=3ms/exponential" },
	{ "loss=0.02", "loss=2%" },
	{ "loss=1", "loss=100%" },
	{ "loss=100%", "loss=100%" },
	{ "loss=33.333%", "loss=33.333%" },
	{ "loss=0.1%,burst=0.3", "loss=0.1%,burst=30%" },
	{ "burst=50%,loss=10%", "loss=10%,burst=50%" },
	{ "loss=10%,burst=0", "loss=10%,burst=0%" },
	{ "loss=50%,burst=0", "loss=50%,burst=0%" },
	{ "burst=0.5,at=1s:loss=1%", "burst=50%,at=1s:loss=1%" },
	{ "loss=1%,at=1s:burst=0.5,at=2s:burst=none", "loss=1%,at=1s:burst=50%,at=2s:burst=none" },
	{ "loss=90%,burst=none", "loss=90%" },
	{ "at=9s:loss=60%,at=9s:burst=0.5", "at=9s:loss=60%,at=9s:burst=50%" },
	{ "loss=1%,burst=0.1,at=9s:loss=60%,at=9s:burst=0.5",
	  "loss=1%,burst=10%,at=9s:loss=60%,at=9s:burst=50%" },
	{ "dup=0.000000001", "dup=0.0000001%" },
	{ "reorder=1%/10ms", "reorder=1%" },
	{ "reorder=0%/20ms", "none" },
	{ "rate=2000kbit/64kB", "rate=2mbit" },
	{ "rate=2.5gbit/1MB", "rate=2500mbit/1MB" },
	{ "rate=none", "none" },
	{ "rate=1kbit/1500B,at=1s:rate=none", "rate=1kbit/1500B,at=1s:rate=none" },
	{ "at=2s:delay=1ms,at=1s:delay=0ms", "at=1s:delay=0s,at=2s:delay=1ms" },
	{ "at=0s:blackout=86400s", "at=0s:blackout=86400s" },
	{ "delay=1ms,at=86400s:delay=2ms", "delay=1ms,at=86400s:delay=2ms" },
};

static void a_spec_is_described_by_its_canonical_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		const struct link_model_spec spec = link_model_spec_of(same[i][0]),
					     again = link_model_spec_of(same[i][1]);
		char text[LINK_MODEL_TEXT_MAX_BYTES + 1];

		link_model_describe(&spec, text);
		assert_string_equal(text, same[i][1]);
		assert_memory_equal(&spec, &again, sizeof(spec));
	}
}

static void put(char *text, size_t *used, const char *format, unsigned long long value)
{
	*used += (size_t)snprintf(text + *used, LINK_MODEL_TEXT_MAX_BYTES + 1 - *used, format,
				  value);
}

static void any_spec_survives_being_described(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int run = 0; run < 2000; run++) {
		char text[LINK_MODEL_TEXT_MAX_BYTES + 1], described[LINK_MODEL_TEXT_MAX_BYTES + 1];
		struct link_model_spec spec, again;
		size_t used = 0;

		put(text, &used, "delay=%lluns", seeded_random_spread(&seed, 0, 60000000000));
		put(text, &used, ",loss=0.%09llu", seeded_random_spread(&seed, 1, 499999999));
		put(text, &used, ",burst=0.%09llu", seeded_random_spread(&seed, 0, 999999999));
		put(text, &used, ",dup=0.%09llu%%", seeded_random_spread(&seed, 0, 999999999));
		put(text, &used, ",rate=%llubit", seeded_random_spread(&seed, 1000, 100000000000));
		put(text, &used, "/%lluB", seeded_random_spread(&seed, 1500, 1000000000));
		for (unsigned i = 0; i < LINK_MODEL_CHANGES_MAX; i++) {
			put(text, &used, ",at=%lluns", 86400000000000 - i);
			put(text, &used, ":reorder=99.%09llu%%",
			    seeded_random_spread(&seed, 0, 999999999));
			put(text, &used, "/%lluns", seeded_random_spread(&seed, 0, 60000000000));
		}
		spec = link_model_spec_of(text);
		link_model_describe(&spec, described);
		again = link_model_spec_of(described);
		assert_memory_equal(&spec, &again, sizeof(spec));
	}
}

/* Bad texts: the error begins with `what`, and its caret stands at `place`. */
static const struct {
	const char *text, *what;
	size_t place;
} bad[] = {
	{ "", "a term is missing", 0 },
	{ ",", "a term is missing", 0 },
	{ "delay=1ms,", "a term is missing", 10 },
	{ "delay=1ms,,loss=1%", "a term is missing", 10 },
	{ "delay=1ms, loss=1%", "a term is missing", 10 },
	{ "dely=1ms", "no such term", 0 },
	{ "none,delay=1ms", "no such term", 0 },
	{ "delays=1ms", "no such term", 0 },
	{ "delay=1ms,DUP=1%", "no such term", 10 },
	{ "delay", "delay has no value", 5 },
	{ "delay:1ms", "delay has no value", 5 },
	{ "delay=", "a number is missing", 6 },
	{ "delay=-5ms", "a number is missing", 6 },
	{ "delay=+5ms", "a number is missing", 6 },
	{ "delay=.5ms", "a number is missing", 6 },
	{ "delay=ms", "a number is missing", 6 },
	{ "delay=5", "a unit is missing or not known", 7 },
	{ "delay=5 ms", "a unit is missing or not known", 7 },
	{ "delay=5min", "a unit is missing or not known", 7 },
	{ "delay=5%", "a unit is missing or not known", 7 },
	{ "delay=5.ms", "a digit is missing after the point", 8 },
	{ "delay=0.1234567891s", "more than 9 digits after the point", 17 },
	{ "delay=0.5ns", "this is finer than the smallest unit", 6 },
	{ "delay=60.000000001s", "this is too large", 6 },
	{ "delay=99999999999999s", "this is too large", 6 },
	{ "delay=18446744073709551615ms", "this number is too large", 6 },
	{ "delay=99999999999999999999999s", "this number is too large", 6 },
	{ "delay=1msx", "a unit is missing or not known", 7 },
	{ "delay=1ms/normal", "this does not belong to the term before it", 9 },
	{ "delay=1ms;loss=1%", "this does not belong to the term before it", 9 },
	{ "delay=1ms,delay=2ms", "delay stands here a second time", 10 },
	{ "loss=1%,dup=1%,loss=1%", "loss stands here a second time", 15 },
	{ "jitter=1ms/", "no such shape of jitter", 11 },
	{ "jitter=1ms/gaussian", "no such shape of jitter", 11 },
	{ "loss=101%", "this is more than all", 5 },
	{ "loss=100.000000001%", "this is more than all", 5 },
	{ "loss=2", "this is more than all, or its % is missing", 5 },
	{ "loss=1.1", "this is more than all, or its % is missing", 5 },
	{ "loss=-1%", "a number is missing", 5 },
	{ "loss=1%%", "this does not belong to the term before it", 7 },
	{ "loss=1ms", "this does not belong to the term before it", 6 },
	{ "burst=0.3", "burst says how losses follow each other, and nothing is lost", 0 },
	{ "loss=0%,burst=0.3", "burst says how losses follow each other, and nothing is lost", 8 },
	{ "delay=1ms,at=1s:burst=0.3", "burst says how losses follow each other, and nothing", 10 },
	{ "loss=2%,burst=1", "a burst would never end", 14 },
	{ "loss=2%,burst=130%", "this is more than all", 14 },
	{ "loss=60%,burst=0.3", "so many losses cannot come in so short bursts", 9 },
	{ "burst=0.3,loss=60%", "so many losses cannot come in so short bursts", 10 },
	{ "loss=100%,burst=0.3", "so many losses cannot come in so short bursts", 10 },
	{ "loss=1%,burst=0.3,at=1s:loss=60%", "so many losses cannot come in so short", 18 },
	{ "reorder=1%/", "a number is missing", 11 },
	{ "reorder=1%/61s", "this is too large", 11 },
	{ "rate=0bit", "this is too small", 5 },
	{ "rate=999bit", "this is too small", 5 },
	{ "rate=101gbit", "this is too large", 5 },
	{ "rate=2mbit/s", "a number is missing", 11 },
	{ "rate=2Mbit", "a unit is missing or not known", 6 },
	{ "rate=2mbit/64", "a unit is missing or not known", 13 },
	{ "rate=2mbit/64KB", "a unit is missing or not known", 13 },
	{ "rate=2mbit/1499B", "this is too small", 11 },
	{ "rate=2mbit/1001MB", "this is too large", 11 },
	{ "rate=1.0001kbit", "this is finer than the smallest unit", 5 },
	{ "blackout=2s", "a blackout begins at a time", 0 },
	{ "at", "at has no time", 2 },
	{ "at=10:delay=1ms", "a unit is missing or not known", 5 },
	{ "at=86401s:delay=1ms", "this is too large", 3 },
	{ "at=10s", "a term is missing", 6 },
	{ "at=10s,delay=1ms", "a term is missing", 6 },
	{ "at=10s:", "a term is missing", 7 },
	{ "at=10s:at=20s:delay=1ms", "no such term", 7 },
	{ "at=10s:blackout=0s", "this is too small", 16 },
	{ "at=10s:delay=1ms,at=10000ms:delay=2ms", "delay changes twice at this time", 17 },
	{ "delay=1ms,loss=\033[2J", "a number is missing", 15 },
};

/* The lines of an error, in place. */
static void split(char *error, char *lines[3])
{
	for (int i = 0; i < 3; i++) {
		lines[i] = error;
		error = strchr(error, '\n');
		if (i < 2) {
			assert_non_null(error);
			*error++ = '\0';
		} else {
			assert_null(error);
		}
	}
}

static void a_wrong_text_gets_the_reason_and_a_caret_below_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct link_model_spec spec;
		char error[LINK_MODEL_ERROR_BYTES], *lines[3];

		if (link_model_parse(&spec, bad[i].text, error))
			fail_msg("accepted: %s", bad[i].text);
		split(error, lines);
		if (strncmp(lines[0], bad[i].what, strlen(bad[i].what)) != 0 ||
		    strspn(lines[2], " ") != bad[i].place)
			fail_msg("for \"%s\":\n%s\n%s\n%s", bad[i].text, lines[0], lines[1],
				 lines[2]);
		assert_non_null(strstr(lines[0], "; accepted here: "));
		assert_int_equal(strlen(lines[1]), strlen(bad[i].text));
		assert_string_equal(lines[2] + bad[i].place, "^");
		for (const char *at = lines[1]; *at; at++)
			assert_in_range(*at, ' ', '~');
	}
}

static void the_change_beyond_the_most_is_refused_at_its_place(void **state)
{
	char text[LINK_MODEL_TEXT_MAX_BYTES + 1], error[LINK_MODEL_ERROR_BYTES];
	struct link_model_spec spec;
	size_t used = 0;

	(void)state;
	for (unsigned i = 0; i < LINK_MODEL_CHANGES_MAX; i++)
		put(text, &used, i > 0 ? ",at=%llus:delay=1ms" : "at=%llus:delay=1ms", i);
	assert_true(link_model_parse(&spec, text, error));
	put(text, &used, ",at=%llus:delay=1ms", LINK_MODEL_CHANGES_MAX);
	assert_false(link_model_parse(&spec, text, error));
	assert_non_null(strstr(error, "one change too many"));
}

/* The error shows a part of a long text, with the caret still below the place. */
static void a_long_text_is_shown_around_the_place(void **state)
{
	char text[LINK_MODEL_TEXT_MAX_BYTES + 1], error[LINK_MODEL_ERROR_BYTES], *lines[3];
	struct link_model_spec spec;
	size_t used = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		put(text, &used, "at=%llus:delay=1ms,", i);
	put(text, &used, "wrong=%llu", 1);
	for (unsigned i = 20; i < 30; i++)
		put(text, &used, ",at=%llus:delay=1ms", i);
	assert_false(link_model_parse(&spec, text, error));
	split(error, lines);
	assert_int_equal(strlen(lines[1]), 72);
	assert_memory_equal(lines[1], "...", 3);
	assert_string_equal(lines[1] + 69, "...");
	assert_memory_equal(lines[1] + strspn(lines[2], " "), "wrong=1", 7);
	put(text, &used, ",%llu", 5);
	memcpy(strstr(text, "wrong=1"), "loss=1%", 7);
	assert_false(link_model_parse(&spec, text, error));
	split(error, lines);
	assert_int_equal(strlen(lines[1]), 72);
	assert_string_equal(lines[1] + strspn(lines[2], " "), "5");
}

static void a_text_that_is_too_long_is_refused(void **state)
{
	char text[LINK_MODEL_TEXT_MAX_BYTES + 2], error[LINK_MODEL_ERROR_BYTES];
	struct link_model_spec spec;

	(void)state;
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_false(link_model_parse(&spec, text, error));
	assert_non_null(strstr(error, "too long"));
}

/* An error is always three lines of plain text, and nothing is read beyond the end. */
static void any_bytes_are_read_or_refused(void **state)
{
	static const char alphabet[] = "delayjitrossburntupamkqgBM=/:,.%0123456789 \xc3\xa4\033";
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int run = 0; run < 20000; run++) {
		char text[200], error[LINK_MODEL_ERROR_BYTES], *lines[3];
		const size_t base = seeded_random_between(&seed, 0, COUNT_OF(same) - 1);
		struct link_model_spec spec;

		snprintf(text, sizeof(text), "%s", same[base][0]);
		for (uint64_t n = seeded_random_between(&seed, 1, 3); n > 0; n--)
			text[seeded_random_between(&seed, 0, strlen(text) - 1)] =
				alphabet[seeded_random_between(&seed, 0, sizeof(alphabet) - 2)];
		if (link_model_parse(&spec, text, error))
			continue;
		split(error, lines);
		assert_true(strlen(lines[0]) < 280);
		assert_true(strlen(lines[2]) <= strlen(lines[1]) + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_put_in_order_of_time),
		cmocka_unit_test(none_is_a_perfect_link),
		cmocka_unit_test(a_spec_is_described_by_its_canonical_text),
		cmocka_unit_test(any_spec_survives_being_described),
		cmocka_unit_test(a_wrong_text_gets_the_reason_and_a_caret_below_the_place),
		cmocka_unit_test(the_change_beyond_the_most_is_refused_at_its_place),
		cmocka_unit_test(a_long_text_is_shown_around_the_place),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
		cmocka_unit_test(any_bytes_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
