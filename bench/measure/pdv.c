#include "bench/measure/pdv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_CAPACITY = 1024,
	NS_PER_US = 1000,
};

void pdv_fini(struct pdv *pdv)
{
	free(pdv->delays);
	*pdv = (struct pdv){ 0 };
}

static int grow(struct pdv *pdv)
{
	size_t capacity = pdv->capacity ? 2 * pdv->capacity : FIRST_CAPACITY;
	struct pdv_delay *delays = realloc(pdv->delays, capacity * sizeof(delays[0]));

	if (!delays)
		return -ENOMEM;
	pdv->delays = delays;
	pdv->capacity = capacity;
	return 0;
}

static uint32_t whole_us(int64_t ns)
{
	if (ns < 0)
		return 0;
	return ns / NS_PER_US < UINT32_MAX ? (uint32_t)(ns / NS_PER_US) : UINT32_MAX;
}

int pdv_take(struct pdv *pdv, uint32_t stream, int64_t delay_ns)
{
	if (pdv->count == pdv->capacity && grow(pdv) != 0)
		return -ENOMEM;
	pdv->delays[pdv->count++] = (struct pdv_delay){ stream, whole_us(delay_ns) };
	return 0;
}

int pdv_finish(const struct pdv *pdv, size_t streams, struct hist *hist)
{
	uint32_t *least_us = malloc((streams + 1) * sizeof(least_us[0]));

	if (!least_us)
		return -ENOMEM;
	memset(least_us, 0xff, streams * sizeof(least_us[0]));
	for (size_t i = 0; i < pdv->count; i++) {
		const struct pdv_delay *delay = &pdv->delays[i];

		if (delay->us < least_us[delay->stream])
			least_us[delay->stream] = delay->us;
	}
	for (size_t i = 0; i < pdv->count; i++) {
		const struct pdv_delay *delay = &pdv->delays[i];

		hist_record(hist, (int64_t)(delay->us - least_us[delay->stream]) * NS_PER_US);
	}
	free(least_us);
	return 0;
}
