/* The histogram's text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/result/text/hist_text.h"

#define US INT64_C(1000)

/* Too large for the stack. */
static struct hist hist;

static void assert_text(const char *wanted)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(hist_save(&hist, out), 0);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

/* A value out of range is in no row; mean and deviation are those of the middles of buckets. */
static void the_text_is_that_of_hdrhistogram(void **state)
{
	(void)state;
	assert_text("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
		    "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
		    "#[Max     =        0.000, Total count    =            0]\n"
		    "#[Buckets =           30, SubBuckets     =         2048]\n");
	for (int i = 0; i < 3; i++)
		hist_record(&hist, 1 * US);
	hist_record(&hist, 1000 * US);
	hist_record(&hist, HIST_MAX_NS + 1);
	assert_text("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
		    "       1.000 0.750000000000          3           4.00\n"
		    "    1000.447 1.000000000000          4\n"
		    "#[Mean    =      250.798, StdDeviation   =      432.663]\n"
		    "#[Max     =     1000.000, Total count    =            4]\n"
		    "#[Buckets =           30, SubBuckets     =         2048]\n");
}

static void a_full_disk_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	assert_int_equal(hist_save(&hist, full), -EIO);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_that_of_hdrhistogram),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
