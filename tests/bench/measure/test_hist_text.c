/* The histogram's text: what loading restores, and what is said of a broken one. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/hist_text.h"
#include "tests/fixtures/rows.h"
#include "tests/fixtures/seed.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

static const double shares[] = { 0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1 };

/* Too large for the stack; each test starts with empty ones. */
static struct hist one, two;

static int set_up(void **state)
{
	(void)state;
	hist_reset(&one);
	hist_reset(&two);
	return 0;
}

/* From 1 us to 1,000 s, every length as likely as every other. */
static int64_t log_uniform(struct seed *seed)
{
	return (int64_t)((double)US * pow(1e9, (double)(seed_next(seed) >> 11) * 0x1p-53));
}

static char *save_text(const struct hist *hist)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(hist_save(hist, out), 0);
	fclose(out);
	return text;
}

static int load_text(struct hist *hist, const char *text, size_t size, int64_t unit_ns,
		     char error[HIST_ERROR_BYTES])
{
	FILE *in = tmpfile();
	int result;

	assert_non_null(in);
	assert_int_equal(fwrite(text, 1, size, in), size);
	rewind(in);
	result = hist_load(hist, in, unit_ns, error);
	fclose(in);
	return result;
}

static void a_saved_one_loads_with_every_bucket(void **state)
{
	struct seed seed = seed_from_environment();
	char error[HIST_ERROR_BYTES] = "", *text, *again;

	(void)state;
	for (size_t i = 0; i < 20000; i++)
		hist_record(&one, i % 2 ? log_uniform(&seed)
					: (int64_t)seed_between(&seed, 40 * MS, 45 * MS));
	hist_record(&one, HIST_MAX_NS);
	hist_record(&one, HIST_MAX_NS + 1);
	hist_record(&one, 0);
	text = save_text(&one);
	if (load_text(&two, text, strlen(text), HIST_TEXT_UNIT_NS, error) != 0)
		fail_msg("%s", error);
	again = save_text(&two);
	assert_string_equal(text, again);
	free(text);
	free(again);
	assert_int_equal(two.count, one.count);
	assert_int_equal(two.max_ns, one.max_ns);
	assert_memory_equal(two.counts, one.counts, sizeof(one.counts));
	for (size_t i = 0; i < ROWS_COUNT(shares); i++)
		assert_int_equal(hist_quantile_ns(&two, shares[i]),
				 hist_quantile_ns(&one, shares[i]));
	assert_int_equal(two.above, 0); /* lost, as the header says */
}

static void the_exact_minimum_is_lost_in_its_bucket(void **state)
{
	char error[HIST_ERROR_BYTES], *text;

	(void)state;
	hist_record(&one, 10 * MS);
	hist_record(&one, 20 * MS);
	text = save_text(&one);
	assert_int_equal(load_text(&two, text, strlen(text), HIST_TEXT_UNIT_NS, error), 0);
	free(text);
	assert_int_equal(hist_min_ns(&two), hist_bucket_high_ns(hist_bucket(10 * MS)));
	assert_int_equal(hist_max_ns(&two), 20 * MS);
}

static void nothing_saves_and_loads_as_nothing(void **state)
{
	char error[HIST_ERROR_BYTES], *text = save_text(&one);

	(void)state;
	hist_record(&two, 1);
	assert_int_equal(load_text(&two, text, strlen(text), HIST_TEXT_UNIT_NS, error), 0);
	free(text);
	assert_memory_equal(&two, &one, sizeof(one));
}

#define HEADING "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
#define MEAN    "#[Mean    =      250.250, StdDeviation   =      433.013]\n"
#define BUCKETS "#[Buckets =           20, SubBuckets     =         2048]\n"
#define ROW_1   "       1.000 0.000000000000          3           1.00\n"
#define ROW_2   "    1000.447 1.000000000000          4\n"
#define MAX     "#[Max     =     1000.000, Total count    =            4]\n"
#define WHOLE   HEADING ROW_1 ROW_2 MEAN MAX BUCKETS

static void the_text_is_that_of_hdrhistogram(void **state)
{
	char *text;

	(void)state;
	for (int i = 0; i < 3; i++)
		hist_record(&one, 1 * US);
	hist_record(&one, 1000 * US);
	text = save_text(&one);
	assert_string_equal(text,
			    HEADING "       1.000 0.750000000000          3           4.00\n"
				    "    1000.447 1.000000000000          4\n"
				    "#[Mean    =      250.798, StdDeviation   =      432.663]\n"
				    "#[Max     =     1000.000, Total count    =            4]\n"
				    "#[Buckets =           30, SubBuckets     =         2048]\n");
	free(text);
}

/* Milliseconds, ticks that pass over buckets, and rows that add nothing. */
static void a_text_with_fewer_rows_loads_with_values_at_its_rows(void **state)
{
	static const char text[] = "Value Percentile TotalCount 1/(1-Percentile)\n"
				   "1.000 0.0 1 1.00\n"
				   "40.031 0.5 50 2.00\n"
				   "\n"
				   "90.047 0.9 90 10.00\n"
				   "90.047 0.91 91 11.11\n"
				   "160.1 0.99 99 100.00\n"
				   "160.127 0.999 100 1000.0\n"
				   "160.127 1.0 100 Infinity\n"
				   "#[Mean = 50.000, StdDeviation = 10.000]\n"
				   "#[Max = 160.119, Total count = 100]\n"
				   "#[Buckets = 1, SubBuckets = 2048]\n\n";
	char error[HIST_ERROR_BYTES] = "";

	(void)state;
	if (load_text(&one, text, strlen(text), MS, error) != 0)
		fail_msg("%s", error);
	assert_int_equal(one.count, 100);
	assert_int_equal(hist_min_ns(&one), 1 * MS);
	assert_int_equal(hist_max_ns(&one), 160119 * US);
	assert_int_equal(hist_bucket(hist_quantile_ns(&one, 0.02)), hist_bucket(40031 * US));
	assert_int_equal(hist_bucket(hist_quantile_ns(&one, 0.50)), hist_bucket(40031 * US));
	assert_int_equal(hist_bucket(hist_quantile_ns(&one, 0.51)), hist_bucket(90047 * US));
	assert_int_equal(hist_bucket(hist_quantile_ns(&one, 0.91)), hist_bucket(90047 * US));
	assert_int_equal(hist_bucket(hist_quantile_ns(&one, 0.99)), hist_bucket(160100 * US));
}

struct broken_row {
	const char *name;
	const char *text;
	const char *error; /* how it begins */
};

#define LONG_PART "                                                                "

static const struct broken_row broken_rows[] = {
	{ "an empty text", "",
	  "line 1: expected the heading \"Value Percentile TotalCount "
	  "1/(1-Percentile)\", found the end" },
	{ "another heading", "Value,Percentile\n",
	  "line 1: expected the heading \"Value Percentile TotalCount 1/(1-Percentile)\", found "
	  "\"Value,Percentile\"" },
	{ "a heading with more", "Value Percentile TotalCount 1/(1-Percentile) x\n",
	  "line 1: expected the heading" },
	{ "no footer", HEADING ROW_1 ROW_2,
	  "line 5: expected a row or \"#[Mean = VALUE, StdDeviation = VALUE]\", found the end" },
	{ "a row cut short", HEADING "1.000 0.5\n" MEAN,
	  "line 3: expected a row of value, percentile, count and 1/(1-percentile), or "
	  "\"#[Mean\", found \"1.000 0.5\"" },
	{ "a row with more", HEADING "1.000 0.5 1 2.00 7\n", "line 3: expected a row of" },
	{ "a last column below one", HEADING "1.000 0.5 1 0.50\n", "line 3: expected a row of" },
	{ "a word for a value", HEADING "nan 0.5 1 2.00\n", "line 3: expected a row of" },
	{ "a negative value", HEADING "-1.000 0.5 1 2.00\n", "line 3: expected a row of" },
	{ "a hexadecimal value", HEADING "0x10 0.5 1 2.00\n", "line 3: expected a row of" },
	{ "an exponent", HEADING "1e3 0.5 1 2.00\n", "line 3: expected a row of" },
	{ "two points", HEADING "1.0.0 0.5 1 2.00\n", "line 3: expected a row of" },
	{ "a count that is not whole", HEADING "1.0 0.5 1.5 2.00\n", "line 3: expected a row of" },
	{ "a count past 64 bits", HEADING "1.0 0.5 18446744073709551616 2.00\n",
	  "line 3: expected a row of" },
	{ "a value past 1,000 s", HEADING "1000900000.000 0.5 1 2.00\n",
	  "line 3: expected a value of at most 1,000 s, found \"1000900000.000 0.5 1 2.00\"" },
	{ "a value past all bounds", HEADING "99999999999999999999999999999 0.5 1 2.00\n",
	  "line 3: expected a value of at most 1,000 s" },
	{ "values that fall", HEADING "2.0 0.5 1 2.00\n1.0 0.6 2 2.00\n",
	  "line 4: expected a value not below the row before" },
	{ "percentiles that fall", HEADING "1.0 0.5 1 2.00\n2.0 0.4 2 2.00\n",
	  "line 4: expected a percentile from that of the row before to 1" },
	{ "a percentile past one", HEADING "1.0 1.5 1 2.00\n",
	  "line 3: expected a percentile from that of the row before to 1" },
	{ "counts that fall", HEADING "1.0 0.5 2 2.00\n2.0 0.6 1 2.00\n",
	  "line 4: expected a count not below the row before" },
	{ "a footer line that is another", HEADING ROW_1 ROW_2 MAX,
	  "line 5: expected a row or \"#[Mean = VALUE, StdDeviation = VALUE]\", found \"#[Max" },
	{ "a mean that is no number", HEADING ROW_1 ROW_2 "#[Mean = x, StdDeviation = 1.0]\n",
	  "line 5: expected a row or \"#[Mean" },
	{ "no maximum", HEADING ROW_1 ROW_2 MEAN,
	  "line 6: expected \"#[Max = VALUE, Total count = COUNT]\", found the end" },
	{ "a count that is another", HEADING ROW_1 MEAN MAX,
	  "line 5: expected the total count of the last row, found \"#[Max" },
	{ "a maximum above the last row",
	  HEADING ROW_1 ROW_2 MEAN "#[Max = 1000.448, Total count = 4]\n" BUCKETS,
	  "line 6: expected a maximum of at most the last row's value" },
	{ "a maximum below the row before",
	  HEADING ROW_1 ROW_2 MEAN "#[Max = 0.999, Total count = 4]\n" BUCKETS,
	  "line 6: expected a maximum of at least the value of the row before the last" },
	{ "no buckets", HEADING ROW_1 ROW_2 MEAN MAX,
	  "line 7: expected \"#[Buckets = COUNT, SubBuckets = COUNT]\", found the end" },
	{ "more after the end", WHOLE HEADING,
	  "line 8: expected nothing after \"#[Buckets\", found \"       Value" },
	{ "a line without end", HEADING LONG_PART LONG_PART LONG_PART LONG_PART "1.0 0.5 1 2.0\n",
	  "line 3: expected a line of at most 254 characters" },
	{ "bytes that no terminal should get", HEADING "\033[2J\377\n",
	  "line 3: expected a row of value, percentile, count and 1/(1-percentile), or "
	  "\"#[Mean\", found \"\\x1b[2J\\xff\"" },
};

static void a_broken_text_is_told_by_line(void **state)
{
	const struct broken_row *row = *state;
	char error[HIST_ERROR_BYTES] = "";

	set_up(NULL);
	hist_record(&one, 1);
	assert_int_equal(load_text(&one, row->text, strlen(row->text), HIST_TEXT_UNIT_NS, error),
			 -EINVAL);
	if (strncmp(error, row->error, strlen(row->error)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", error, row->error);
	assert_memory_equal(&one, &two, sizeof(one));
}

static void the_text_that_is_broken_so_is_whole_without(void **state)
{
	char error[HIST_ERROR_BYTES] = "";

	(void)state;
	if (load_text(&one, WHOLE, strlen(WHOLE), HIST_TEXT_UNIT_NS, error) != 0)
		fail_msg("%s", error);
	assert_int_equal(one.count, 4);
}

/* Any text that is cut off is refused, and none is read past its end. */
static void a_text_cut_off_anywhere_is_refused(void **state)
{
	char error[HIST_ERROR_BYTES];

	(void)state;
	for (size_t size = 0; size + 2 < strlen(WHOLE); size++)
		assert_int_equal(load_text(&one, WHOLE, size, HIST_TEXT_UNIT_NS, error), -EINVAL);
}

static void a_file_that_cannot_be_read_or_written_is_told(void **state)
{
	FILE *folder = fopen("/", "r"), *full = fopen("/dev/full", "w");
	char error[HIST_ERROR_BYTES] = "";

	(void)state;
	assert_non_null(folder);
	assert_non_null(full);
	assert_int_equal(hist_load(&one, folder, HIST_TEXT_UNIT_NS, error), -EIO);
	assert_string_equal(error, "line 1: cannot be read: Is a directory");
	assert_int_equal(hist_save(&one, full), -EIO);
	fclose(folder);
	fclose(full);
}

/* Any bytes: no crash, and what loads can be saved and loaded again as the same. */
static void a_text_with_a_byte_changed_is_refused_or_sound(void **state)
{
	struct seed seed = seed_from_environment();
	char error[HIST_ERROR_BYTES], text[sizeof(WHOLE)], *saved;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		memcpy(text, WHOLE, sizeof(WHOLE));
		for (uint64_t n = seed_between(&seed, 1, 3); n > 0; n--)
			text[seed_between(&seed, 0, strlen(WHOLE) - 1)] =
				"0123456789. #[]=\n\0x"[seed_between(&seed, 0, 18)];
		if (load_text(&one, text, strlen(WHOLE), HIST_TEXT_UNIT_NS, error) != 0)
			continue;
		assert_true(hist_min_ns(&one) <= hist_max_ns(&one));
		saved = save_text(&one);
		assert_int_equal(load_text(&two, saved, strlen(saved), HIST_TEXT_UNIT_NS, error),
				 0);
		free(saved);
		assert_memory_equal(two.counts, one.counts, sizeof(one.counts));
	}
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test_setup(a_saved_one_loads_with_every_bucket, set_up),
		cmocka_unit_test_setup(the_exact_minimum_is_lost_in_its_bucket, set_up),
		cmocka_unit_test_setup(nothing_saves_and_loads_as_nothing, set_up),
		cmocka_unit_test_setup(the_text_is_that_of_hdrhistogram, set_up),
		cmocka_unit_test_setup(a_text_with_fewer_rows_loads_with_values_at_its_rows,
				       set_up),
		cmocka_unit_test_setup(the_text_that_is_broken_so_is_whole_without, set_up),
		cmocka_unit_test_setup(a_text_cut_off_anywhere_is_refused, set_up),
		cmocka_unit_test_setup(a_file_that_cannot_be_read_or_written_is_told, set_up),
		cmocka_unit_test_setup(a_text_with_a_byte_changed_is_refused_or_sound, set_up),
	};
	static struct CMUnitTest tests[ROWS_COUNT(single) + ROWS_COUNT(broken_rows)];
	size_t count = ROWS_COUNT(single);

	memcpy(tests, single, sizeof(single));
	ROWS_ADD(tests, count, broken_rows, a_broken_text_is_told_by_line);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
