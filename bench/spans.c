#include "bench/spans.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
	FIRST_CAPACITY = 1024,
};

void spans_fini(struct spans *spans)
{
	free(spans->us);
	*spans = (struct spans){ 0 };
}

int spans_add(struct spans *spans, int64_t span_us)
{
	if (spans->count == spans->capacity) {
		size_t capacity = spans->capacity ? 2 * spans->capacity : FIRST_CAPACITY;
		int64_t *us = realloc(spans->us, capacity * sizeof(us[0]));

		if (!us)
			return -ENOMEM;
		spans->us = us;
		spans->capacity = capacity;
	}
	spans->us[spans->count++] = span_us;
	return 0;
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

void spans_sort(struct spans *spans)
{
	if (spans->count > 0)
		qsort(spans->us, spans->count, sizeof(spans->us[0]), compare);
}

int64_t spans_quantile_us(const struct spans *spans, double share)
{
	/* A product that is whole but for rounding is whole: 7 % of 100,000 are 7,000. */
	size_t rank = (size_t)ceil(share * (double)spans->count * (1 - 1e-12));

	if (spans->count == 0)
		return -1;
	if (rank < 1)
		rank = 1;
	return spans->us[(rank < spans->count ? rank : spans->count) - 1];
}
