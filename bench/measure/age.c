#include "bench/measure/age.h"

enum {
	NS_PER_US = 1000,
};

int age_init(struct age *age, int64_t bound_us)
{
	*age = (struct age){ .bound_us = bound_us, .from_us = INT64_MIN };
	return age_distribution_init(&age->distribution, LOG_BUCKETS_FINE);
}

void age_fini(struct age *age)
{
	age_distribution_fini(&age->distribution);
	*age = (struct age){ 0 };
}

/* A stall goes on over a span that begins above the bound: what came was too old already. */
static void follow_stall(struct age *age, struct age_watch *watch, int64_t from_us, int64_t to_us)
{
	bool was_stalled = watch->stall_us > 0;

	if (from_us > age->bound_us)
		watch->stall_us += to_us - from_us;
	else if (to_us > age->bound_us)
		watch->stall_us = to_us - age->bound_us;
	else
		watch->stall_us = 0;
	if (watch->stall_us > 0 && (!was_stalled || from_us <= age->bound_us))
		age->stalls++;
	if (watch->stall_us > age->longest_stall_us)
		age->longest_stall_us = watch->stall_us;
}

void age_begin(struct age_watch *watch, int64_t due_us)
{
	*watch = (struct age_watch){ .is_on = true, .origin_us = due_us, .since_us = due_us };
}

void age_end(struct age *age, struct age_watch *watch, int64_t now_us)
{
	const int64_t since_us = watch->since_us > age->from_us ? watch->since_us : age->from_us;
	const int64_t from_us = since_us - watch->origin_us, to_us = now_us - watch->origin_us;

	if (!watch->is_on || now_us <= since_us)
		return;
	follow_stall(age, watch, from_us, to_us);
	age_distribution_add(&age->distribution, from_us * NS_PER_US, to_us * NS_PER_US);
}

void age_take(struct age *age, struct age_watch *watch, int64_t origin_us, int64_t now_us)
{
	age_end(age, watch, now_us);
	watch->is_on = true;
	watch->origin_us = origin_us;
	watch->since_us = now_us;
}

void age_merge(struct age *into, const struct age *from)
{
	age_distribution_merge(&into->distribution, &from->distribution);
	into->stalls += from->stalls;
	if (from->longest_stall_us > into->longest_stall_us)
		into->longest_stall_us = from->longest_stall_us;
}

static int64_t in_us(int64_t ns)
{
	return ns < 0 ? -1 : ns / NS_PER_US;
}

int64_t age_quantile_us(const struct age *age, double share)
{
	return in_us(age_distribution_quantile_ns(&age->distribution, share));
}

int64_t age_max_us(const struct age *age)
{
	return in_us(age->distribution.max_ns);
}
