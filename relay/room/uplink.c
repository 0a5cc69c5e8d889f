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

void uplink_settle(struct uplink *uplink, struct age_time *total, int64_t now_us)
{
	const int64_t from_us = uplink->since_us - uplink->origin_us;
	const int64_t to_us = now_us - uplink->origin_us;

	if (now_us - uplink->span_us >= UPLINK_SPAN_US)
		begin_span(uplink, now_us);
	if (!uplink->has_any || now_us <= uplink->since_us)
		return;
	age_time_add(&uplink->spans[0].ages, from_us, to_us);
	age_time_add(total, from_us, to_us);
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

struct uplink_span uplink_last_minute(const struct uplink *uplink)
{
	struct uplink_span both = uplink->spans[0];

	age_time_merge(&both.ages, &uplink->spans[1].ages);
	both.due += uplink->spans[1].due;
	both.came += uplink->spans[1].came;
	return both;
}

double uplink_loss(const struct uplink_span *span)
{
	if (span->due == 0)
		return -1;
	return span->came < span->due ? (double)(span->due - span->came) / (double)span->due : 0;
}
