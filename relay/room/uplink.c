#include "relay/room/uplink.h"

void uplink_count(struct uplink *uplink, unsigned steps)
{
	uplink->spans[0].due += steps;
	uplink->spans[0].came++;
}

static void begin_span(struct uplink *uplink, int64_t now_us)
{
	const bool is_next = now_us - uplink->span_us < 2 * UPLINK_SPAN_US;

	uplink->spans[1] = is_next ? uplink->spans[0] : (struct uplink_span){ .due = 0 };
	uplink->spans[0] = (struct uplink_span){ .due = 0 };
	uplink->span_us = now_us;
}

static uint32_t add(uint32_t one, uint64_t other)
{
	return other < UINT32_MAX - one ? one + (uint32_t)other : UINT32_MAX;
}

void uplink_settle(struct uplink *uplink, struct age_time *total, int64_t now_us)
{
	struct age_time grown = { .area = 0 };

	if (now_us - uplink->span_us >= UPLINK_SPAN_US)
		begin_span(uplink, now_us);
	if (!uplink->has_any || now_us <= uplink->since_us)
		return;
	age_time_add(&grown, uplink->since_us - uplink->origin_us, now_us - uplink->origin_us);
	age_time_merge(total, &grown);
	for (unsigned i = 0; i < AGE_TIME_BUCKETS; i++)
		uplink->spans[0].age_us[i] = add(uplink->spans[0].age_us[i], grown.us[i]);
	uplink->since_us = now_us;
}

void uplink_renew(struct uplink *uplink, struct age_time *total, int64_t origin_us, int64_t now_us)
{
	uplink_settle(uplink, total, now_us);
	if (!uplink->has_any || origin_us > uplink->origin_us)
		uplink->origin_us = origin_us;
	if (!uplink->has_any)
		uplink->since_us = now_us;
	uplink->has_any = true;
}

struct uplink_minute uplink_last_minute(const struct uplink *uplink)
{
	struct uplink_minute minute = { .due = 0 };

	for (unsigned n = 0; n < 2; n++) {
		const struct uplink_span *span = &uplink->spans[n];

		for (unsigned i = 0; i < AGE_TIME_BUCKETS; i++)
			minute.ages.us[i] += span->age_us[i];
		minute.due += span->due;
		minute.came += span->came;
	}
	return minute;
}

double uplink_loss(const struct uplink_minute *minute)
{
	if (minute->due == 0)
		return -1;
	return minute->came < minute->due
		       ? (double)(minute->due - minute->came) / (double)minute->due
		       : 0;
}
