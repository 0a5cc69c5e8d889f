/* The histogram's text. */
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
#include "tests/fixtures/seeded_random.h"

#define US INT64_C(1000)

/* Too large for the stack; each test starts with an empty one. */
static struct hist one;

static int set_up(void **state)
{
	(void)state;
	hist_reset(&one);
	return 0;
}

/* From 1 us to 1,000 s, every length as likely as every other. */
static int64_t log_uniform(struct seeded_random *seed)
{
	return (int64_t)((double)US * pow(1e9, (double)(seeded_random_next(seed) >> 11) * 0x1p-53));
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

static void the_text_is_that_of_hdrhistogram(void **state)
{
	char *text;

	(void)state;
	for (int i = 0; i < 3; i++)
		hist_record(&one, 1 * US);
	hist_record(&one, 1000 * US);
	text = save_text(&one);
	assert_string_equal(text, "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
				  "       1.000 0.750000000000          3           4.00\n"
				  "    1000.447 1.000000000000          4\n"
				  "#[Mean    =      250.798, StdDeviation   =      432.663]\n"
				  "#[Max     =     1000.000, Total count    =            4]\n"
				  "#[Buckets =           30, SubBuckets     =         2048]\n");
	free(text);
}

/* A value that is out of range is in no row. */
static void rows_count_up_to_all_values(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	unsigned long long seen = 0;
	char *text, *row, *rest;

	(void)state;
	for (size_t i = 0; i < 20000; i++)
		hist_record(&one, log_uniform(&seed));
	hist_record(&one, HIST_MAX_NS + 1);
	text = save_text(&one);
	rest = strstr(text, "\n\n") + 2;
	while ((row = strsep(&rest, "\n")) && *row != '#') {
		double value, share;
		unsigned long long count;

		assert_int_equal(sscanf(row, "%lf %lf %llu", &value, &share, &count), 3);
		assert_true(count > seen);
		assert_true(fabs(share - (double)count / 20000) < 1e-11);
		/* The row's value is the last of its bucket. */
		assert_int_equal(hist_bucket_high_ns(hist_bucket(llround(value * 1000))),
				 llround(value * 1000));
		seen = count;
	}
	assert_int_equal(seen, 20000);
	free(text);
}

static void nothing_has_no_rows(void **state)
{
	char *text = save_text(&one);

	(void)state;
	assert_non_null(strstr(text, "1/(1-Percentile)\n\n#[Mean"));
	assert_non_null(strstr(text, "Total count    =            0]"));
	free(text);
}

static void a_full_disk_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	assert_int_equal(hist_save(&one, full), -EIO);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_text_is_that_of_hdrhistogram, set_up),
		cmocka_unit_test_setup(rows_count_up_to_all_values, set_up),
		cmocka_unit_test_setup(nothing_has_no_rows, set_up),
		cmocka_unit_test_setup(a_full_disk_is_told, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
