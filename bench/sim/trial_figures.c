#include "bench/sim/trial_figures.h"

#include <errno.h>

enum {
	NS_PER_US = 1000,
};

/* Setting up. */

uint32_t trial_figures_numbers(const struct trial_config *config, double warm_up_s)
{
	/* However the due times' fractions fall. */
	return (uint32_t)((config->seconds + warm_up_s) * config->rate_hz) + 2;
}

int trial_figures_init(struct trial_figures *figures, const struct trial_config *config,
		       double warm_up_s)
{
	figures->config = config;
	pace_init_even(&figures->pace, (unsigned)config->members, config->rate_hz);
	for (size_t i = 0; i < config->members; i++)
		if (age_init(&figures->actors[i].age, TRIAL_STALL_MS * 1000) != 0)
			return -ENOMEM;
	return delivery_log_init(&figures->receipts, config->members,
				 trial_figures_numbers(config, warm_up_s));
}

void trial_figures_fini(struct trial_figures *figures)
{
	for (size_t i = 0; i < TRIAL_MEMBERS_MAX; i++)
		age_fini(&figures->actors[i].age);
	delivery_log_fini(&figures->receipts);
}

/* Every pair has an age, whether anything comes or not. */
static void begin_ages(struct trial_figures *figures)
{
	for (size_t i = 0; i < figures->config->members; i++) {
		struct trial_actor *actor = &figures->actors[i];

		actor->age.from_us = figures->count_from_ns / NS_PER_US;
		for (unsigned sender = 0; sender < figures->config->members; sender++)
			if (sender != i)
				age_begin(&actor->watches[sender],
					  pace_due_ns(&figures->pace, sender, 0) / NS_PER_US);
	}
}

void trial_figures_start(struct trial_figures *figures, int64_t start_ns, double warm_up_s)
{
	figures->pace.start_ns = start_ns;
	figures->count_from_ns = start_ns + (int64_t)(warm_up_s * (double)TRIAL_NS_PER_S);
	figures->count_to_ns = figures->count_from_ns +
			       (int64_t)(figures->config->seconds * (double)TRIAL_NS_PER_S);
	begin_ages(figures);
}

bool trial_figures_is_measured(const struct trial_figures *figures, int64_t ns)
{
	return ns >= figures->count_from_ns && ns < figures->count_to_ns;
}

/* Hearing. */

/* The age over time of one pair; it enters the measured span with what is held then. */
static void note_track(struct trial_figures *figures, int64_t held_us, int64_t origin_us,
		       int64_t now_us)
{
	struct age_track *track = figures->config->track;
	const int64_t from_us = figures->count_from_ns / 1000;

	if (track->count == 0 && age_track_take(track, 0, held_us - from_us) != 0)
		figures->is_out_of_memory = true;
	if (age_track_take(track, now_us - from_us, origin_us - from_us) != 0)
		figures->is_out_of_memory = true;
}

/* A repeat may have brought a newer state already. */
static void grow_younger(struct trial_figures *figures, size_t receiver, size_t sender,
			 int64_t origin_us, int64_t now_us)
{
	struct trial_actor *actor = &figures->actors[receiver];
	struct age_watch *watch = &actor->watches[sender];

	if (watch->is_on && watch->origin_us >= origin_us)
		return;
	if (figures->config->track && receiver == 0 && sender == 1 &&
	    now_us >= figures->count_from_ns / 1000)
		note_track(figures, watch->origin_us, origin_us, now_us);
	age_take(&actor->age, watch, origin_us, now_us);
}

enum receive_news trial_figures_hear(struct trial_figures *figures,
				     const struct trial_figures_heard *heard)
{
	const int64_t origin_ns =
		pace_due_ns(&figures->pace, (unsigned)heard->sender, heard->number);
	const int64_t now_ns = heard->now_ns;
	const struct delivery_log_arrival arrival = {
		.receiver = heard->receiver,
		.sender = heard->sender,
		.number = heard->number,
		.is_measured = trial_figures_is_measured(figures, origin_ns),
		.is_repeat = heard->is_repeat,
		.due_ns = origin_ns,
		.arrived_ns = heard->arrived_ns < now_ns ? heard->arrived_ns : now_ns,
		.now_ns = now_ns,
	};
	enum receive_news news = RECEIVE_ANCIENT;

	if (delivery_log_take(&figures->receipts, &arrival, &news) == -ENOMEM)
		figures->is_out_of_memory = true;
	if ((news == RECEIVE_NEWEST || news == RECEIVE_REPAIRED) && now_ns < figures->count_to_ns)
		grow_younger(figures, heard->receiver, heard->sender, origin_ns / NS_PER_US,
			     now_ns / NS_PER_US);
	return news;
}

void trial_figures_round_trip(struct trial_figures *figures, int64_t now_ns, int64_t took_ns)
{
	if (took_ns >= 0 && trial_figures_is_measured(figures, now_ns))
		hist_record(&figures->round_trips, took_ns);
}

/* Rounded down, as ages are. */
static int64_t quantile_us(const struct hist *hist, double share)
{
	int64_t ns = hist_quantile_ns(hist, share);

	return ns < 0 ? -1 : ns / NS_PER_US;
}

static int64_t whole_us(int64_t ns)
{
	return ns < 0 ? -1 : ns / NS_PER_US;
}

/* Ages. */

static void end_receiver(struct trial_figures *figures, size_t receiver, struct age *all,
			 struct trial_result *result)
{
	struct trial_actor *actor = &figures->actors[receiver];
	int64_t p99_us;

	for (size_t i = 0; i < figures->config->members; i++)
		age_end(&actor->age, &actor->watches[i], figures->count_to_ns / NS_PER_US);
	age_merge(all, &actor->age);
	p99_us = age_quantile_us(&actor->age, 0.99);
	if (p99_us > result->worst_age_p99_us) {
		result->worst_age_p99_us = p99_us;
		result->worst_age_receiver = (int)receiver;
	}
}

static void sum_up_age(const struct age *all, struct trial_result *result)
{
	result->age_p50_us = age_quantile_us(all, 0.50);
	result->age_p95_us = age_quantile_us(all, 0.95);
	result->age_p99_us = age_quantile_us(all, 0.99);
	result->age_max_us = age_max_us(all);
	result->longest_stall_us = all->longest_stall_us;
	result->stalls = all->stalls;
	for (size_t i = 0; i < TRIAL_ABOVE_COUNT; i++)
		result->age_above[i] = age_distribution_share_above(
			&all->distribution, trial_above_ms[i] * INT64_C(1000000));
}

static bool end_ages(struct trial_figures *figures, struct trial_result *result)
{
	struct age all;

	if (age_init(&all, TRIAL_STALL_MS * INT64_C(1000)) != 0)
		return false;
	result->worst_age_p99_us = result->worst_age_receiver = -1;
	for (size_t i = 0; i < figures->config->members; i++)
		end_receiver(figures, i, &all, result);
	sum_up_age(&all, result);
	if (figures->config->ages)
		age_distribution_merge(figures->config->ages, &all.distribution);
	age_fini(&all);
	return true;
}

/* Receipts. */

uint32_t trial_figures_first(struct trial_figures *figures, size_t sender, int64_t ns)
{
	const uint32_t published = (uint32_t)figures->actors[sender].published;
	uint32_t number = 0;

	while (number < published && pace_due_ns(&figures->pace, (unsigned)sender, number) < ns)
		number++;
	return number;
}

static void count_receiver(struct trial_figures *figures, size_t receiver, const uint32_t *from,
			   const uint32_t *to, struct trial_result *result)
{
	struct delivery_log_sums sums = { 0 };
	double loss;

	for (size_t i = 0; i < figures->config->members; i++)
		if (i != receiver)
			delivery_log_count(&figures->receipts, receiver, i, from[i], to[i], &sums);
	result->due += sums.due;
	result->delivered += sums.delivered;
	result->late += sums.late;
	result->lost += sums.lost;
	result->skipped += sums.skipped;
	loss = sums.due > 0 ? (double)sums.lost / (double)sums.due : 0;
	if (result->worst_loss_receiver < 0 || loss > result->worst_loss) {
		result->worst_loss = loss;
		result->worst_loss_receiver = (int)receiver;
	}
}

static void count_all(struct trial_figures *figures, struct trial_result *result)
{
	uint32_t from[TRIAL_MEMBERS_MAX], to[TRIAL_MEMBERS_MAX];

	for (size_t i = 0; i < figures->config->members; i++) {
		from[i] = trial_figures_first(figures, i, figures->count_from_ns);
		to[i] = trial_figures_first(figures, i, figures->count_to_ns);
	}
	result->worst_loss_receiver = -1;
	for (size_t i = 0; i < figures->config->members; i++)
		count_receiver(figures, i, from, to, result);
	result->duplicates = figures->receipts.duplicates;
}

static void sum_up_patterns(const struct delivery_log *receipts, struct trial_result *result)
{
	result->loss_periods = receipts->bursts.periods;
	result->loss_longest = receipts->bursts.longest;
	result->loss_noticeable = receipts->bursts.noticeable;
	result->reordered = receipts->reorder.reordered;
	result->reorder_p99 = reorder_extent(&receipts->reorder, 0.99);
	result->reorder_max = reorder_extent(&receipts->reorder, 1);
}

static void sum_up_times(const struct delivery_log *receipts, struct trial_result *result)
{
	result->delay_p50_us = quantile_us(receipts->delays, 0.50);
	result->delay_p99_us = quantile_us(receipts->delays, 0.99);
	result->delay_p999_us = quantile_us(receipts->delays, 0.999);
	result->delays = receipts->delays->count;
	result->pdv_p50_us = quantile_us(receipts->pdvs, 0.50);
	result->pdv_p99_us = quantile_us(receipts->pdvs, 0.99);
	result->wait_p50_us = quantile_us(receipts->waits, 0.50);
	result->wait_p99_us = quantile_us(receipts->waits, 0.99);
	result->wait_max_us = quantile_us(receipts->waits, 1);
	result->waits = receipts->waits->count;
	result->waited = receipts->waited;
}

static void sum_up_round_trips(const struct hist *round_trips, struct trial_result *result)
{
	result->rtts = round_trips->count;
	result->rtt_p50_us = quantile_us(round_trips, 0.50);
	result->rtt_p99_us = quantile_us(round_trips, 0.99);
	result->rtt_max_us = quantile_us(round_trips, 1);
}

static bool end_receipts(struct trial_figures *figures, struct trial_result *result)
{
	struct delivery_log *receipts = &figures->receipts;
	int64_t median_ns, worst_ns;

	count_all(figures, result);
	if (delivery_log_finish(receipts) != 0 ||
	    delivery_log_jitter(receipts, &median_ns, &worst_ns) != 0)
		return false;
	result->jitter_median_us = whole_us(median_ns);
	result->jitter_worst_us = whole_us(worst_ns);
	sum_up_patterns(receipts, result);
	sum_up_times(receipts, result);
	sum_up_round_trips(&figures->round_trips, result);
	return true;
}

static void count_events(const struct trial_figures *figures, struct trial_result *result)
{
	for (size_t i = 0; i < figures->config->members; i++) {
		result->events_due +=
			figures->actors[i].events_sent * (figures->config->members - 1);
		result->events_delivered += figures->actors[i].events_heard;
	}
}

int trial_figures_sum_up(struct trial_figures *figures, struct trial_result *result)
{
	count_events(figures, result);
	if (figures->is_out_of_memory || !end_receipts(figures, result) ||
	    !end_ages(figures, result))
		return -ENOMEM;
	return 0;
}
