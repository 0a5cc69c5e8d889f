#include "proto/net/link/link_model.h"

#include <string.h>

#include "proto/net/random.h"

#define NS_PER_S   UINT64_C(1000000000)
#define LOW_32     UINT64_C(0xffffffff)
#define LN_2_FIXED INT64_C(0xb17217f8) /* in units of 2^-32 */

/* Draws for a datagram; each kind has a sequence of its own, so that none disturbs another. */
enum draw {
	DRAW_LOSS,
	DRAW_DUPLICATE,
	DRAW_REORDER,
	DRAW_JITTER,
	DRAW_COPY_JITTER,
};

enum {
	WORDS_OF_A_DRAW = 8, /* how many 64-bit numbers each has at most */
	UNIFORMS_OF_NORMAL = 12,
};

static uint64_t draw(const struct link_model *link, enum draw kind, uint64_t n, unsigned word)
{
	return random_at(random_at(link->seed, kind), n * WORDS_OF_A_DRAW + word);
}

static bool happens(const struct link_model *link, enum draw kind, uint64_t n,
		    link_model_share share)
{
	return share > 0 && draw(link, kind, n, 0) >> 32 < share;
}

/* Losses */

/* Gilbert's probability of a loss after none: so that the overall loss is as stated. */
static link_model_share loss_after_none(const struct link_model_terms *terms)
{
	if (terms->loss >= LINK_MODEL_ALWAYS)
		return LINK_MODEL_ALWAYS;
	return terms->loss * (LINK_MODEL_ALWAYS - terms->burst) / (LINK_MODEL_ALWAYS - terms->loss);
}

/* Steps with every datagram, whatever its fate, so that draws depend on n alone. */
static bool is_lost(struct link_model *link, uint64_t n)
{
	const struct link_model_terms *terms = &link->terms;
	link_model_share share = terms->loss;

	/* The first datagram is lost as often as any other. */
	if (terms->has_burst && n > 0)
		share = link->was_lost ? terms->burst : loss_after_none(terms);
	link->was_lost = happens(link, DRAW_LOSS, n, share);
	return link->was_lost;
}

/* The queue */

static uint64_t waiting_bytes(const struct link_model *link, int64_t now_ns)
{
	if (link->link_free_ns <= now_ns)
		return 0;
	return (uint64_t)(link->link_free_ns - now_ns) * link->terms.rate_bits / (8 * NS_PER_S);
}

/* Occupies the link for so many bytes more. */
static void occupy(struct link_model *link, int64_t now_ns, uint64_t bytes)
{
	const uint64_t rate = link->terms.rate_bits;
	uint64_t bit_ns;

	if (link->link_free_ns <= now_ns) {
		link->link_free_ns = now_ns;
		link->link_remainder = 0;
	}
	bit_ns = bytes * 8 * NS_PER_S + link->link_remainder;
	link->link_free_ns += (int64_t)(bit_ns / rate);
	link->link_remainder = bit_ns % rate;
}

/* Says when the last bit has left. False: the queue has no room. */
static bool pass_queue(struct link_model *link, int64_t now_ns, size_t size, int64_t *left_ns)
{
	const uint64_t bytes = size + LINK_MODEL_HEADER_BYTES;

	*left_ns = now_ns;
	if (link->terms.rate_bits == 0)
		return true;
	if (waiting_bytes(link, now_ns) + bytes > link->terms.queue_bytes)
		return false;
	occupy(link, now_ns, bytes);
	*left_ns = link->link_free_ns;
	return true;
}

/* Delays */

/* ns * fixed / 2^32, for ns up to 2^36 and fixed up to 64 * 2^32. */
static int64_t scale(int64_t ns, uint64_t fixed)
{
	const uint64_t value = (uint64_t)ns, part = fixed & LOW_32;

	return (int64_t)(value * (fixed >> 32) + (value >> 32) * part +
			 ((value & LOW_32) * part >> 32));
}

/* The sum of twelve uniforms has the variance of one; their mean is taken off. */
static int64_t normal_ns(const struct link_model *link, enum draw kind, uint64_t n)
{
	const uint64_t mean = UNIFORMS_OF_NORMAL / 2 * LOW_32;
	uint64_t sum = 0;

	for (unsigned i = 0; i < UNIFORMS_OF_NORMAL / 2; i++) {
		const uint64_t two = draw(link, kind, n, i);

		sum += (two >> 32) + (two & LOW_32);
	}
	if (sum < mean)
		return -scale(link->terms.jitter_ns, mean - sum);
	return scale(link->terms.jitter_ns, sum - mean);
}

static int64_t uniform_ns(const struct link_model *link, enum draw kind, uint64_t n)
{
	const int64_t jitter_ns = link->terms.jitter_ns;

	return scale(2 * jitter_ns, draw(link, kind, n, 0) >> 32) - jitter_ns;
}

/* -log2(value / 2^64) in units of 2^-32, for a value above 0: each squaring gives one more bit. */
static uint64_t minus_log2(uint64_t value)
{
	const int shift = __builtin_clzll(value);
	uint64_t mantissa = value << shift >> 32; /* 1 to 2, in units of 2^-31 */
	uint64_t log = (uint64_t)(63 - shift) << 32;

	for (int bit = 31; bit >= 0; bit--) {
		mantissa = mantissa * mantissa >> 31;
		if (mantissa >> 32) {
			mantissa >>= 1;
			log |= UINT64_C(1) << bit;
		}
	}
	return (UINT64_C(64) << 32) - log;
}

static int64_t exponential_ns(const struct link_model *link, enum draw kind, uint64_t n)
{
	const uint64_t value = draw(link, kind, n, 0) | 1;

	return scale(link->terms.jitter_ns, (uint64_t)scale(LN_2_FIXED, minus_log2(value)));
}

static int64_t travel_ns(const struct link_model *link, enum draw kind, uint64_t n)
{
	int64_t ns = link->terms.delay_ns;

	if (link->terms.jitter_ns == 0)
		return ns;
	switch (link->terms.jitter) {
	case LINK_MODEL_NORMAL:
		ns += normal_ns(link, kind, n);
		break;
	case LINK_MODEL_UNIFORM:
		ns += uniform_ns(link, kind, n);
		break;
	case LINK_MODEL_EXPONENTIAL:
		ns += exponential_ns(link, kind, n);
		break;
	}
	return ns > 0 ? ns : 0;
}

/* Changes */

static void change_rate(struct link_model *link, const struct link_model_terms *value,
			int64_t at_ns)
{
	const uint64_t waiting = waiting_bytes(link, at_ns);

	link->terms.rate_bits = value->rate_bits;
	link->terms.queue_bytes = value->queue_bytes;
	link->link_free_ns = at_ns;
	link->link_remainder = 0;
	if (value->rate_bits > 0)
		occupy(link, at_ns, waiting);
}

void link_model_cut(struct link_model *link, int64_t now_ns, int64_t span_ns)
{
	if (now_ns + span_ns > link->blackout_until_ns)
		link->blackout_until_ns = now_ns + span_ns;
}

void link_model_change(struct link_model *link, const struct link_model_terms *terms,
		       int64_t now_ns)
{
	change_rate(link, terms, now_ns);
	link->terms = *terms;
	link->next_change = link->spec->change_count;
}

static void apply(struct link_model *link, const struct link_model_change *change, int64_t at_ns)
{
	struct link_model_terms *terms = &link->terms;
	const struct link_model_terms *value = &change->value;

	switch (change->term) {
	case LINK_MODEL_DELAY:
		terms->delay_ns = value->delay_ns;
		break;
	case LINK_MODEL_JITTER:
		terms->jitter_ns = value->jitter_ns;
		terms->jitter = value->jitter;
		break;
	case LINK_MODEL_LOSS:
		terms->loss = value->loss;
		break;
	case LINK_MODEL_BURST:
		terms->has_burst = value->has_burst;
		terms->burst = value->burst;
		break;
	case LINK_MODEL_DUPLICATE:
		terms->duplicate = value->duplicate;
		break;
	case LINK_MODEL_REORDER:
		terms->reorder = value->reorder;
		terms->hold_ns = value->hold_ns;
		break;
	case LINK_MODEL_RATE:
		change_rate(link, value, at_ns);
		break;
	case LINK_MODEL_BLACKOUT:
		link_model_cut(link, at_ns, change->blackout_ns);
		break;
	}
}

static void apply_due(struct link_model *link, int64_t now_ns)
{
	while (link->next_change < link->spec->change_count) {
		const struct link_model_change *change = &link->spec->changes[link->next_change];
		const int64_t at_ns = link->start_ns + change->at_ns;

		if (at_ns > now_ns)
			return;
		apply(link, change, at_ns);
		link->next_change++;
	}
}

/* The link */

void link_model_init(struct link_model *link, const struct link_model_spec *spec, uint64_t seed,
		     int64_t start_ns)
{
	*link = (struct link_model){
		.spec = spec,
		.terms = spec->start,
		.seed = random_at(seed, 0), /* so that similar seeds give unrelated draws */
		.start_ns = start_ns,
		.blackout_until_ns = INT64_MIN,
		.link_free_ns = start_ns,
	};
}

static void count_delay(struct link_model_stats *stats, int64_t delay_ns)
{
	stats->passed++;
	stats->delay_sum_ns += (uint64_t)delay_ns;
	if ((uint64_t)delay_ns > stats->delay_max_ns)
		stats->delay_max_ns = (uint64_t)delay_ns;
}

static void send_off(struct link_model *link, uint64_t n, int64_t left_ns,
		     struct link_model_fate *fate)
{
	fate->arrives_ns = left_ns + travel_ns(link, DRAW_JITTER, n);
	if (happens(link, DRAW_REORDER, n, link->terms.reorder)) {
		fate->arrives_ns += link->terms.hold_ns;
		link->stats.held_back++;
	}
	fate->is_doubled = happens(link, DRAW_DUPLICATE, n, link->terms.duplicate);
	fate->copy_arrives_ns = fate->arrives_ns;
	if (fate->is_doubled) {
		fate->copy_arrives_ns = left_ns + travel_ns(link, DRAW_COPY_JITTER, n);
		link->stats.doubled++;
	}
}

bool link_model_decide(struct link_model *link, int64_t now_ns, size_t size,
		       struct link_model_fate *fate)
{
	struct link_model_stats *stats = &link->stats;
	const uint64_t n = link->count++;
	int64_t left_ns;
	bool is_unlucky;

	apply_due(link, now_ns);
	is_unlucky = is_lost(link, n);
	stats->entered++;
	if (now_ns < link->blackout_until_ns) {
		stats->lost_blackout++;
		return false;
	}
	if (!pass_queue(link, now_ns, size, &left_ns)) {
		stats->lost_queue++;
		return false;
	}
	if (is_unlucky) {
		stats->lost++;
		return false;
	}
	send_off(link, n, left_ns, fate);
	count_delay(stats, fate->arrives_ns - now_ns);
	return true;
}

/* Counts */

void link_model_stats_add(struct link_model_stats *sum, const struct link_model_stats *stats)
{
	sum->entered += stats->entered;
	sum->passed += stats->passed;
	sum->lost += stats->lost;
	sum->lost_blackout += stats->lost_blackout;
	sum->lost_queue += stats->lost_queue;
	sum->doubled += stats->doubled;
	sum->held_back += stats->held_back;
	sum->delay_sum_ns += stats->delay_sum_ns;
	if (stats->delay_max_ns > sum->delay_max_ns)
		sum->delay_max_ns = stats->delay_max_ns;
}

void link_model_figures(const struct link_model_stats *stats,
			struct link_model_figure figures[LINK_MODEL_FIGURES])
{
	const uint64_t mean_ns = stats->passed > 0 ? stats->delay_sum_ns / stats->passed : 0;
	const struct link_model_figure all[LINK_MODEL_FIGURES] = {
		{ "entered", stats->entered },
		{ "passed", stats->passed },
		{ "lost", stats->lost },
		{ "lost_blackout", stats->lost_blackout },
		{ "lost_queue", stats->lost_queue },
		{ "doubled", stats->doubled },
		{ "held_back", stats->held_back },
		{ "delay_mean_us", mean_ns / 1000 },
		{ "delay_max_us", stats->delay_max_ns / 1000 },
	};

	memcpy(figures, all, sizeof(all));
}
