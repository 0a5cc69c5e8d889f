/*
 * Our histogram, for a script to talk to. Nanoseconds on stdin, one a line.
 *
 *	hist text		prints the text of hist_save
 *	hist ask SHARE...	prints "count N", "min NS", "max NS", and "SHARE NS" for each
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/hist.h"
#include "bench/result/text/hist_text.h"

static struct hist hist;

static bool take_values(void)
{
	int64_t value_ns;

	while (scanf("%" SCNd64, &value_ns) == 1)
		hist_record(&hist, value_ns);
	if (!feof(stdin))
		fprintf(stderr, "hist: expected a number after %" PRIu64 " values\n", hist.count);
	return feof(stdin);
}

static int answer(int count, char **shares)
{
	printf("count %" PRIu64 "\nmin %" PRId64 "\nmax %" PRId64 "\n", hist.count,
	       hist_min_ns(&hist), hist_max_ns(&hist));
	for (int i = 0; i < count; i++)
		printf("%s %" PRId64 "\n", shares[i],
		       hist_quantile_ns(&hist, strtod(shares[i], NULL)));
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc < 2 || (strcmp(argv[1], "text") != 0 && strcmp(argv[1], "ask") != 0)) {
		fputs("usage: hist text | hist ask SHARE...\n", stderr);
		return 2;
	}
	if (!take_values())
		return 1;
	if (strcmp(argv[1], "ask") == 0)
		return answer(argc - 2, argv + 2);
	return hist_save(&hist, stdout) == 0 ? 0 : 1;
}
