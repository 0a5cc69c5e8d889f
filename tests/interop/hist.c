/*
 * Our histogram, for a script to talk to: what it was given, as figures or as text.
 *
 *	hist values		nanoseconds on stdin, one a line: prints the text of hist_save
 *	hist ask UNIT_NS SHARE...	a text on stdin: prints "count N", "min NS", "max NS", and
 *				"SHARE NS" for each
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/hist.h"
#include "bench/measure/hist_text.h"

static struct hist hist;

static int take_values(void)
{
	int64_t value_ns;

	while (scanf("%" SCNd64, &value_ns) == 1)
		hist_record(&hist, value_ns);
	if (!feof(stdin)) {
		fprintf(stderr, "hist: expected a number after %" PRIu64 " values\n", hist.count);
		return 1;
	}
	return hist_save(&hist, stdout) == 0 ? 0 : 1;
}

static int answer(int64_t unit_ns, int count, char **shares)
{
	char error[HIST_ERROR_BYTES];

	if (hist_load(&hist, stdin, unit_ns, error) != 0) {
		fprintf(stderr, "hist: %s\n", error);
		return 1;
	}
	printf("count %" PRIu64 "\nmin %" PRId64 "\nmax %" PRId64 "\n", hist.count,
	       hist_min_ns(&hist), hist_max_ns(&hist));
	for (int i = 0; i < count; i++)
		printf("%s %" PRId64 "\n", shares[i],
		       hist_quantile_ns(&hist, strtod(shares[i], NULL)));
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "values") == 0)
		return take_values();
	if (argc >= 3 && strcmp(argv[1], "ask") == 0)
		return answer(strtoll(argv[2], NULL, 10), argc - 3, argv + 3);
	fputs("usage: hist values | hist ask UNIT_NS SHARE...\n", stderr);
	return 2;
}
