#include "relay/room/age_time.h"

const int64_t age_time_bounds_us[AGE_TIME_BUCKETS - 1] = {
	5000,   10000,  20000,  30000,   50000,   75000,   100000,   150000,
	200000, 300000, 500000, 1000000, 2000000, 5000000, 10000000,
};

void age_time_add(struct age_time *time, int64_t from_us, int64_t to_us)
{
	unsigned bucket = 0;

	if (from_us < 0)
		from_us = 0;
	if (to_us <= from_us)
		return;
	time->area += (double)(to_us - from_us) * (double)(to_us + from_us) * 0.5e-12;
	while (from_us < to_us) {
		int64_t until_us = to_us;

		while (bucket < AGE_TIME_BUCKETS - 1 && age_time_bounds_us[bucket] <= from_us)
			bucket++;
		if (bucket < AGE_TIME_BUCKETS - 1 && age_time_bounds_us[bucket] < to_us)
			until_us = age_time_bounds_us[bucket];
		time->us[bucket] += (uint64_t)(until_us - from_us);
		from_us = until_us;
	}
}

void age_time_merge(struct age_time *time, const struct age_time *other)
{
	for (unsigned i = 0; i < AGE_TIME_BUCKETS; i++)
		time->us[i] += other->us[i];
	time->area += other->area;
}

uint64_t age_time_total_us(const struct age_time *time)
{
	uint64_t total_us = 0;

	for (unsigned i = 0; i < AGE_TIME_BUCKETS; i++)
		total_us += time->us[i];
	return total_us;
}

int64_t age_time_quantile_us(const struct age_time *time, double share)
{
	const uint64_t total_us = age_time_total_us(time);
	double left = share * (double)total_us;
	unsigned bucket = 0;
	int64_t low_us, high_us;

	if (total_us == 0)
		return -1;
	while (bucket < AGE_TIME_BUCKETS - 1 && left > (double)time->us[bucket])
		left -= (double)time->us[bucket++];
	low_us = bucket > 0 ? age_time_bounds_us[bucket - 1] : 0;
	if (bucket == AGE_TIME_BUCKETS - 1 || time->us[bucket] == 0)
		return low_us;
	high_us = age_time_bounds_us[bucket];
	return low_us + (int64_t)((double)(high_us - low_us) * left / (double)time->us[bucket]);
}
