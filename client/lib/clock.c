#include "client/lib/clock.h"

enum {
	SLEW_SMALL = 16, /* gain or loss: 1/16 of the time that passes */
	SLEW_LARGE = 2,
};

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

static int64_t error_of(const struct clock_estimate *estimate, int64_t local_us)
{
	int64_t age_us = local_us > estimate->at_us ? local_us - estimate->at_us : 0;

	return estimate->delay_us / 2 + age_us / (1000000 / CLOCK_DRIFT_PPM) + CLOCK_GRAIN_US;
}

/* How much of the slew is done `passed_us` after the base. */
static int64_t slewed_us(const struct clock *clock, int64_t passed_us)
{
	int64_t whole = magnitude(clock->slew_us);
	int64_t part = passed_us / (whole > CLOCK_STEP_US ? SLEW_LARGE : SLEW_SMALL);

	if (part > whole)
		part = whole;
	return clock->slew_us < 0 ? -part : part;
}

static bool is_valid(const struct clock_exchange *exchange)
{
	int64_t taken_us = exchange->returned_us - exchange->asked_us;
	int64_t held_us = exchange->answered_us - exchange->received_us;

	return taken_us >= 0 && held_us >= 0 && held_us <= taken_us + CLOCK_GRAIN_US;
}

static struct clock_estimate estimate_of(const struct clock_exchange *exchange)
{
	int64_t there_us = exchange->received_us - exchange->asked_us;
	int64_t back_us = exchange->answered_us - exchange->returned_us;
	int64_t delay_us = there_us - back_us;

	return (struct clock_estimate){
		.at_us = exchange->returned_us,
		.offset_us = (there_us + back_us) / 2,
		.delay_us = delay_us > 0 ? delay_us : 0,
	};
}

static const struct clock_estimate *best_estimate(const struct clock *clock, int64_t local_us)
{
	const struct clock_estimate *best = &clock->estimates[0];

	for (unsigned i = 1; i < clock->count; i++)
		if (error_of(&clock->estimates[i], local_us) < error_of(best, local_us))
			best = &clock->estimates[i];
	return best;
}

/* Bends the line from its present reading towards the estimate. */
static void slew_towards_estimate(struct clock *clock, int64_t local_us, bool is_first)
{
	int64_t target_us = local_us + clock->best.offset_us;
	int64_t reading_us = is_first ? target_us : clock_room_us(clock, local_us);

	if (target_us - reading_us > CLOCK_STEP_US)
		reading_us = target_us;
	clock->base_local_us = local_us;
	clock->base_room_us = reading_us;
	clock->slew_us = target_us - reading_us;
}

bool clock_add(struct clock *clock, const struct clock_exchange *exchange)
{
	bool is_first = clock->count == 0;

	if (!is_valid(exchange))
		return false;
	clock->estimates[clock->next] = estimate_of(exchange);
	clock->next = (clock->next + 1) % CLOCK_EXCHANGES;
	if (clock->count < CLOCK_EXCHANGES)
		clock->count++;
	clock->best = *best_estimate(clock, exchange->returned_us);
	slew_towards_estimate(clock, exchange->returned_us, is_first);
	return true;
}

bool clock_is_known(const struct clock *clock)
{
	return clock->count > 0;
}

int64_t clock_room_us(const struct clock *clock, int64_t local_us)
{
	int64_t passed_us = local_us > clock->base_local_us ? local_us - clock->base_local_us : 0;

	return clock->base_room_us + passed_us + slewed_us(clock, passed_us);
}

int64_t clock_error_us(const struct clock *clock, int64_t local_us)
{
	int64_t passed_us = local_us > clock->base_local_us ? local_us - clock->base_local_us : 0;

	return error_of(&clock->best, local_us) +
	       magnitude(clock->slew_us - slewed_us(clock, passed_us));
}

int64_t clock_delay_us(const struct clock *clock)
{
	if (clock->count == 0)
		return -1;
	return clock->estimates[(clock->next + CLOCK_EXCHANGES - 1) % CLOCK_EXCHANGES].delay_us;
}
