#include "relay/schedule/phases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int phases_init(struct phases *phases, size_t capacity)
{
	*phases = (struct phases){ .list = calloc(capacity, sizeof(phases->list[0])) };
	return phases->list ? 0 : -ENOMEM;
}

void phases_fini(struct phases *phases)
{
	free(phases->list);
	*phases = (struct phases){ 0 };
}

/* The first in the list that is not before `place_ns`, or the end. */
static size_t position(const struct phases *phases, int64_t place_ns)
{
	size_t low = 0, high = phases->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (phases->list[middle].place_ns < place_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void phases_add(struct phases *phases, int64_t place_ns)
{
	const size_t at = position(phases, place_ns);
	struct phase *phase = &phases->list[at];

	if (at == phases->count || phase->place_ns != place_ns) {
		memmove(phase + 1, phase, (phases->count++ - at) * sizeof(*phase));
		*phase = (struct phase){ .place_ns = place_ns };
	}
	phase->rooms++;
}

void phases_remove(struct phases *phases, int64_t place_ns)
{
	const size_t at = position(phases, place_ns);
	struct phase *phase = &phases->list[at];

	if (--phase->rooms == 0)
		memmove(phase, phase + 1, (--phases->count - at) * sizeof(*phase));
}

int64_t phases_next_ns(const struct phases *phases, int64_t period_ns, int64_t after_ns)
{
	const int64_t begin_ns = after_ns - after_ns % period_ns;
	const size_t at = position(phases, after_ns - begin_ns + 1);

	if (phases->count == 0)
		return INT64_MAX;
	return at < phases->count ? begin_ns + phases->list[at].place_ns
				  : begin_ns + period_ns + phases->list[0].place_ns;
}
