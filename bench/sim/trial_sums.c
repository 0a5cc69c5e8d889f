#include "bench/sim/trial_internal.h"

enum {
	NS_PER_US = 1000,
	POSITION_BYTES = 8, /* x and y, 32 bits each: what every way carries of a place */
};

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

static void end_receiver(struct trial *trial, size_t receiver, struct age *all,
			 struct trial_result *result)
{
	struct trial_actor *actor = &trial->actors[receiver];
	int64_t p99_us;

	for (size_t i = 0; i < trial->config->members; i++)
		age_end(&actor->age, &actor->watches[i], trial->count_to_ns / NS_PER_US);
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

double trial_cdf_share(size_t point)
{
	static const double last[] = { 0.995, 0.998, 0.999, 1 };
	const size_t first = TRIAL_CDF_POINTS - sizeof(last) / sizeof(last[0]);

	return point < first ? (double)point / 100 : last[point - first];
}

static bool end_ages(struct trial *trial, struct trial_result *result)
{
	struct age all;

	if (age_init(&all, TRIAL_STALL_MS * INT64_C(1000)) != 0)
		return false;
	result->worst_age_p99_us = result->worst_age_receiver = -1;
	for (size_t i = 0; i < trial->config->members; i++)
		end_receiver(trial, i, &all, result);
	sum_up_age(&all, result);
	if (trial->config->ages)
		age_distribution_merge(trial->config->ages, &all.distribution);
	age_fini(&all);
	return true;
}

/* Receipts. */

/* The sender's first update that is due at or after this time. */
static uint32_t first_from(const struct trial *trial, size_t sender, int64_t ns)
{
	const uint64_t published = trial->actors[sender].published;
	uint64_t number = 0;

	while (number < published && trial_due_ns(trial, sender, number) < ns)
		number++;
	return (uint32_t)number;
}

static void count_receiver(struct trial *trial, size_t receiver, const uint32_t *from,
			   const uint32_t *to, struct trial_result *result)
{
	struct delivery_log_sums sums = { 0 };
	double loss;

	for (size_t i = 0; i < trial->config->members; i++)
		if (i != receiver)
			delivery_log_count(&trial->receipts, receiver, i, from[i], to[i], &sums);
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

/* Each that did not come, lost or skipped, has its cause. */
static void count_causes(const struct trial *trial, size_t receiver, const uint32_t *from,
			 const uint32_t *to, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++)
		for (uint32_t n = from[i]; i != receiver && n < to[i]; n++)
			if (!delivery_log_has(&trial->receipts, receiver, i, n))
				result->causes[loss_causes_of(
					&trial->causes, receiver, i, n,
					delivery_log_has_newer(&trial->receipts, receiver, i,
							       n))]++;
}

static void count_all(struct trial *trial, struct trial_result *result)
{
	uint32_t from[TRIAL_MEMBERS_MAX], to[TRIAL_MEMBERS_MAX];

	for (size_t i = 0; i < trial->config->members; i++) {
		from[i] = first_from(trial, i, trial->count_from_ns);
		to[i] = first_from(trial, i, trial->count_to_ns);
	}
	result->worst_loss_receiver = -1;
	loss_causes_settle(&trial->causes);
	for (size_t i = 0; i < trial->config->members; i++) {
		count_receiver(trial, i, from, to, result);
		if (!trial->config->place)
			count_causes(trial, i, from, to, result);
	}
	result->duplicates = trial->receipts.duplicates;
	result->useful_bytes = (result->delivered - result->late) *
			       (POSITION_BYTES + trial->config->payload_bytes);
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

static bool end_receipts(struct trial *trial, struct trial_result *result)
{
	struct delivery_log *receipts = &trial->receipts;
	int64_t median_ns, worst_ns;

	count_all(trial, result);
	if (delivery_log_finish(receipts) != 0 ||
	    delivery_log_jitter(receipts, &median_ns, &worst_ns) != 0)
		return false;
	result->jitter_median_us = whole_us(median_ns);
	result->jitter_worst_us = whole_us(worst_ns);
	sum_up_patterns(receipts, result);
	sum_up_times(receipts, result);
	sum_up_round_trips(&trial->round_trips, result);
	if (trial->config->delays)
		hist_merge(trial->config->delays, receipts->delays);
	return true;
}

static void count_events(const struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		result->events_due += trial->actors[i].events_sent * (trial->config->members - 1);
		result->events_delivered += trial->actors[i].events_heard;
	}
}

bool trial_sum_up(struct trial *trial, struct trial_result *result)
{
	count_events(trial, result);
	return end_receipts(trial, result) && end_ages(trial, result);
}
