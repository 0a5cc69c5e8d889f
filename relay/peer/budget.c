#include "relay/peer/budget.h"

enum {
	WINDOW_MS = 300, /* of reports, with so many of them and of SNAPSHOTs; */
	WINDOW_REPORTS = 3,
	WINDOW_SNAPSHOTS = 8,
	WINDOW_MAX_MS = 1000, /* but no longer than this */
	GAP_MS = 500,         /* without a report: what happened then says nothing of the rate */
	SPAN_MS = 5000,       /* the least delay is of one or two of these */
	QUEUE_US = 50000,     /* a queue shorter than this is none; jitter adds to it, */
	JITTER_MAX_US = 50000,
	DRAIN_MS = 20000,     /* a queue is given at most this long to drain */
	DEEP_US = 1000000,    /* a queue longer than this is always taken for ours */
	BUCKET_MS = 50,       /* what may go at once */
	DATAGRAM_MS = 20,     /* what is worthwhile to send at all, */
	DATAGRAM_LEAST = 192, /* and holds the largest record */
	CLEAN_SLOW = 10,      /* windows in which the rate grows slowly */
	UNHELD_MANY = 8,      /* windows after which a limit that holds nothing back is dropped */
};

static const double cut_to = 0.85;       /* of what arrived */
static const double grow_slow = 1.03;    /* a window: near the rate that was too much */
static const double grow_fast = 1.15;    /* the line has changed for the better */
static const double loss_excess = 0.25;  /* beyond the usual: a share of what was sent, */
static const double loss_excess_few = 2; /* and so many SNAPSHOTs, as few say little */
static const double queue_helped = 0.7;  /* of what it was before the rate was cut */
/* An overflow ends once less is sent; among few SNAPSHOTs a little less loss is but chance. */
static const double loss_helped = 0.35;

static const int64_t ns_per_ms = 1000000;

static const double datagram_most = WIRE_MESSAGE_MAX_BYTES + BUDGET_HEADERS;

void budget_init(struct budget *budget, const struct config *config, int64_t now_ns)
{
	*budget = (struct budget){
		.rate_most = config->budget,
		.is_learning = !config->budget_fixed,
		.filled_ns = now_ns,
		.span_ns = now_ns,
		.least_delay_us = { INT64_MAX, INT64_MAX },
	};
}

void budget_retune(struct budget *budget, const struct config *config)
{
	budget->rate_most = config->budget;
	budget->is_learning = !config->budget_fixed;
	if (config->budget_fixed)
		budget->rate = 0;
}

/* The bucket. */

/* 0: none. */
static double limit_of(const struct budget *budget)
{
	double limit = budget->rate_most;

	if (budget->rate > 0 && (limit <= 0 || budget->rate < limit))
		limit = budget->rate;
	if (budget->slowed_until_ns != 0 && (limit <= 0 || limit > BUDGET_SLOW_RATE))
		limit = BUDGET_SLOW_RATE;
	return limit;
}

static double within(double value, double least, double most)
{
	if (value < least)
		return least;
	return value < most ? value : most;
}

static void fill(struct budget *budget, double limit, int64_t now_ns)
{
	double most = limit * BUCKET_MS / 1e3;

	budget->tokens += limit * (double)(now_ns - budget->filled_ns) / 1e9;
	budget->filled_ns = now_ns;
	if (most < datagram_most)
		most = datagram_most;
	if (budget->tokens > most)
		budget->tokens = most;
}

bool budget_is_slowed(const struct budget *budget, int64_t now_ns)
{
	return now_ns < budget->slowed_until_ns;
}

void budget_slow(struct budget *budget, int64_t until_ns)
{
	if (until_ns > budget->slowed_until_ns)
		budget->slowed_until_ns = until_ns;
}

/* Whether it is slowed; notes the end of that. */
static bool see_slowed(struct budget *budget, int64_t now_ns)
{
	if (budget->slowed_until_ns == 0 || budget_is_slowed(budget, now_ns))
		return budget->slowed_until_ns != 0;
	budget->slowed_until_ns = 0;
	budget->trial_index = budget->sent_count;
	return false;
}

/* What is worthwhile to send at all. */
static double worthwhile(const struct budget *budget, double limit)
{
	if (budget->slowed_until_ns != 0)
		return datagram_most;
	return within(limit * DATAGRAM_MS / 1e3, DATAGRAM_LEAST, datagram_most);
}

size_t budget_bytes(struct budget *budget, int64_t now_ns)
{
	double limit;

	see_slowed(budget, now_ns);
	limit = limit_of(budget);
	if (limit <= 0)
		return SIZE_MAX;
	fill(budget, limit, now_ns);
	if (budget->tokens >= worthwhile(budget, limit))
		return (size_t)budget->tokens - BUDGET_HEADERS;
	budget->was_held = true;
	return 0;
}

static void remember(struct budget *budget, int64_t now_ns)
{
	uint32_t now_us = (uint32_t)(now_ns / 1000);

	if (budget->sent_count > 0 && now_us - budget->remembered_us < BUDGET_SENDS_US)
		return;
	budget->remembered_us = now_us;
	budget->sends[budget->send_next] = (struct budget_send){
		.index = (uint32_t)budget->sent_count,
		.bytes = (uint32_t)budget->sent_bytes,
		.sent_us = now_us,
	};
	budget->send_next = (budget->send_next + 1) % BUDGET_SENDS;
	if (budget->send_count < BUDGET_SENDS)
		budget->send_count++;
}

void budget_spend(struct budget *budget, uint16_t snapshot_number, size_t bytes, int64_t now_ns)
{
	(void)snapshot_number; /* they go up by one; sent_count is the same with no end */
	remember(budget, now_ns);
	budget->is_draining = false;
	budget->sent_count++;
	budget->sent_bytes += bytes;
	budget_charge(budget, budget->slowed_until_ns != 0 ? WIRE_MESSAGE_MAX_BYTES : bytes);
}

void budget_charge(struct budget *budget, size_t bytes)
{
	if (limit_of(budget) <= 0)
		return;
	budget->tokens -= (double)(bytes + BUDGET_HEADERS);
	/* So little is left that the next record may have had to wait. */
	if (budget->tokens < DATAGRAM_LEAST)
		budget->was_held = true;
}

/* What was sent when. */

/*
 * When the SNAPSHOT of this index was sent, and the bytes sent before it: between those that are
 * remembered, in proportion. One that is older than all of them was sent no later than the oldest.
 */
static void find_send(const struct budget *budget, uint64_t index, int64_t now_ns, int64_t *sent_us,
		      uint64_t *bytes)
{
	const uint32_t now_us = (uint32_t)(now_ns / 1000);
	/* What comes after what is remembered: the present. */
	struct budget_send after = { .index = (uint32_t)budget->sent_count,
				     .bytes = (uint32_t)budget->sent_bytes,
				     .sent_us = now_us };
	struct budget_send at = after;
	uint32_t length_us;
	double part = 0;

	for (unsigned i = 1; i <= budget->send_count; i++) {
		at = budget->sends[(budget->send_next + BUDGET_SENDS - i) % BUDGET_SENDS];
		if ((int32_t)((uint32_t)index - at.index) >= 0)
			break;
		after = at;
	}
	if ((int32_t)((uint32_t)index - at.index) > 0 && after.index != at.index)
		part = (double)((uint32_t)index - at.index) / (double)(after.index - at.index);
	/* After a pause the next one is remembered, so all between went off within this time. */
	length_us = after.sent_us - at.sent_us;
	if (length_us > BUDGET_SENDS_US)
		length_us = BUDGET_SENDS_US;
	*sent_us = now_ns / 1000 - (int64_t)(now_us - at.sent_us) + (int64_t)(part * length_us);
	*bytes = budget->sent_bytes - (uint32_t)((uint32_t)budget->sent_bytes - at.bytes) +
		 (uint64_t)(part * (double)(after.bytes - at.bytes));
}

/* Windows of reports. */

static void open_window(struct budget *budget)
{
	budget->window = budget->last;
	budget->window_reports = 0;
	budget->was_held = false;
}

static int64_t least_delay_us(const struct budget *budget)
{
	const int64_t *least = budget->least_delay_us;

	return least[0] < least[1] ? least[0] : least[1];
}

/* What a window of reports says. */
struct verdict {
	double rate; /* bytes a second that arrived */
	double loss; /* share of SNAPSHOTs */
	int64_t queue_us, bound_us;
	bool is_queue, is_loss;
};

static double seconds_of(const struct budget *budget)
{
	double here = (double)(budget->last.at_ns - budget->window.at_ns) / 1e9;
	double there = 0;

	if (budget->last.received_us > budget->window.received_us)
		there = (double)(budget->last.received_us - budget->window.received_us) / 1e6;
	/* The member's clock has less jitter, and may be wrong, or a lie. */
	return within(there, here / 2, here * 2);
}

static struct verdict judge(const struct budget *budget)
{
	const struct budget_mark *last = &budget->last, *first = &budget->window;
	const int64_t jitter_us =
		budget->jitter_us < JITTER_MAX_US ? budget->jitter_us : JITTER_MAX_US;
	/* Of two, as a single late one says nothing. */
	const int64_t delay_us = budget->delay_us < budget->delay_before_us
					 ? budget->delay_us
					 : budget->delay_before_us;
	double sent = (double)(last->index - first->index);
	double came = (double)(last->count - first->count);
	double lost = came < sent ? sent - came : 0;
	struct verdict verdict = {
		.rate = ((double)(last->bytes - first->bytes) + came * BUDGET_HEADERS) /
			seconds_of(budget),
		.loss = lost / sent,
		.queue_us = delay_us - least_delay_us(budget),
	};

	verdict.bound_us = QUEUE_US + 2 * jitter_us + budget->late_us;
	verdict.is_queue = verdict.queue_us > verdict.bound_us;
	verdict.is_loss = lost - budget->usual_loss * sent > loss_excess * sent + loss_excess_few;
	return verdict;
}

/*
 * What waits in the queue now: all that was sent since the SNAPSHOT that was reported last, less
 * what left the queue until now. A delay without the queue's part is the path's, there and back.
 */
static double queued_bytes(const struct budget *budget, const struct verdict *verdict,
			   int64_t now_ns)
{
	int64_t sent_us, path_us;
	uint64_t bytes;
	double since;

	find_send(budget, budget->last.index, now_ns, &sent_us, &bytes);
	path_us = now_ns / 1000 - sent_us - (budget->delay_us - least_delay_us(budget));
	since = (double)(budget->sent_bytes - bytes) +
		(double)(budget->sent_count - budget->last.index) * BUDGET_HEADERS;
	return since * (1 - verdict->loss) - verdict->rate * (double)path_us / 1e6;
}

/* Sets the rate to less than what arrived, and begins to try whether that helps. */
static void cut(struct budget *budget, const struct verdict *verdict, int64_t now_ns)
{
	budget->trial = verdict->is_queue ? BUDGET_TRY_QUEUE : BUDGET_TRY_LOSS;
	budget->trial_before = verdict->is_queue ? (double)verdict->queue_us : verdict->loss;
	budget->trial_rate = budget->rate;
	budget->trial_index = budget->sent_count;
	budget->rate = cut_to * verdict->rate;
	if (budget->rate < BUDGET_RATE_LEAST)
		budget->rate = BUDGET_RATE_LEAST;
	budget->filled_ns = now_ns;
	budget->tokens = 0;
	if (verdict->is_queue)
		budget->tokens = -within(queued_bytes(budget, verdict, now_ns), 0,
					 budget->rate * DRAIN_MS / 1e3);
	budget->is_draining = verdict->is_queue;
	budget->clean = 0;
	budget->unheld = 0;
}

/* Ends the trial. False: what was thought to be the cause was not, and all is as it was before. */
static bool has_helped(struct budget *budget, const struct verdict *verdict)
{
	enum budget_trial trial = budget->trial;
	double now = trial == BUDGET_TRY_QUEUE ? (double)verdict->queue_us : verdict->loss;

	budget->trial = BUDGET_NO_TRIAL;
	if (trial == BUDGET_TRY_QUEUE &&
	    (!verdict->is_queue || now < queue_helped * budget->trial_before))
		return true;
	if (trial == BUDGET_TRY_LOSS && now < loss_helped * budget->trial_before)
		return true;
	if (trial == BUDGET_TRY_QUEUE && verdict->queue_us > DEEP_US)
		return true;
	budget->rate = budget->trial_rate;
	if (trial == BUDGET_TRY_QUEUE)
		budget->least_delay_us[0] = budget->least_delay_us[1] = budget->delay_us;
	else
		budget->usual_loss = verdict->loss;
	return false;
}

static void grow(struct budget *budget, const struct verdict *verdict)
{
	budget->clean++;
	if (!budget->was_held) {
		if (++budget->unheld >= UNHELD_MANY)
			budget->rate = 0;
		return;
	}
	budget->unheld = 0;
	/* A queue that begins may be ours. */
	if (verdict->queue_us > verdict->bound_us / 2)
		return;
	budget->rate *= budget->clean <= CLEAN_SLOW ? grow_slow : grow_fast;
}

static void close_window(struct budget *budget, int64_t now_ns)
{
	struct verdict verdict = judge(budget);

	budget->loss += (verdict.loss - budget->loss) / 4;
	if (budget->loss < budget->usual_loss)
		budget->usual_loss = budget->loss;
	if (budget->trial == BUDGET_NO_TRIAL || has_helped(budget, &verdict)) {
		if (verdict.is_queue || verdict.is_loss)
			cut(budget, &verdict, now_ns);
		else if (budget->rate > 0)
			grow(budget, &verdict);
	}
	open_window(budget);
}

static bool is_window_full(const struct budget *budget)
{
	int64_t length_ns = budget->last.at_ns - budget->window.at_ns;
	uint64_t snapshots = budget->last.index - budget->window.index;

	if (budget->window_reports < WINDOW_REPORTS || length_ns < WINDOW_MS * ns_per_ms)
		return false;
	return snapshots >= WINDOW_SNAPSHOTS || length_ns >= WINDOW_MAX_MS * ns_per_ms;
}

/* Reports. */

static enum budget_word weigh(const struct budget *budget, const struct wire_report *report,
			      uint64_t index, int64_t now_ns)
{
	const struct budget_mark *last = &budget->last;

	if (report->count > index + 1 || report->bytes > budget->sent_bytes)
		return BUDGET_LIE;
	if (!budget->has_report)
		return BUDGET_HEEDED;
	if (index <= last->index)
		return BUDGET_UNTIMELY;
	if (report->count < last->count || report->bytes < last->bytes)
		return BUDGET_LIE;
	return now_ns - last->at_ns >= BUDGET_REPORT_MS * ns_per_ms ? BUDGET_HEEDED
								    : BUDGET_UNTIMELY;
}

static void note_delay(struct budget *budget, int64_t now_ns)
{
	int64_t sent_us, change_us;
	uint64_t bytes;

	find_send(budget, budget->last.index, now_ns, &sent_us, &bytes);
	/* Two clocks with different beginnings: only differences of delays mean anything. */
	budget->delay_before_us = budget->delay_us;
	budget->delay_us = (int64_t)budget->last.received_us - sent_us;
	change_us = budget->delay_us - budget->delay_before_us;
	if (budget->has_report)
		budget->jitter_us +=
			((change_us < 0 ? -change_us : change_us) - budget->jitter_us) / 8;
	if (now_ns - budget->span_ns >= SPAN_MS * ns_per_ms) {
		budget->span_ns = now_ns;
		budget->least_delay_us[0] = budget->least_delay_us[1];
		budget->least_delay_us[1] = INT64_MAX;
	}
	if (budget->delay_us < budget->least_delay_us[1])
		budget->least_delay_us[1] = budget->delay_us;
}

static void heed(struct budget *budget, bool is_after_gap, int64_t now_ns)
{
	note_delay(budget, now_ns);
	/* The last that was sent has come: whatever was thought to wait in a queue does not. */
	if (budget->is_draining && budget->last.index + 1 == budget->sent_count) {
		budget->is_draining = false;
		if (budget->tokens < 0)
			budget->tokens = 0;
	}
	/* What was sent before the rate was cut does not show whether that helped. */
	if (!budget->has_report || is_after_gap || see_slowed(budget, now_ns) ||
	    budget->window.index < budget->trial_index) {
		budget->has_report = true;
		open_window(budget);
		return;
	}
	budget->window_reports++;
	if (is_window_full(budget))
		close_window(budget, now_ns);
}

enum budget_word budget_report(struct budget *budget, const struct wire_report *report,
			       int64_t late_ns, int64_t now_ns)
{
	uint16_t behind = (uint16_t)(budget->sent_count - 1 - report->number);
	bool is_after_gap = now_ns - budget->last.at_ns > GAP_MS * ns_per_ms;
	enum budget_word word;
	uint64_t index;

	if (budget->sent_count == 0 || behind > INT16_MAX || behind >= budget->sent_count)
		return BUDGET_LIE;
	index = budget->sent_count - 1 - behind;
	word = weigh(budget, report, index, now_ns);
	if (word != BUDGET_HEEDED)
		return word;
	budget->last = (struct budget_mark){ .index = index,
					     .count = report->count,
					     .bytes = report->bytes,
					     .received_us = report->received_us,
					     .at_ns = now_ns };
	budget->late_us = late_ns / 1000;
	if (budget->is_learning)
		heed(budget, is_after_gap, now_ns);
	else
		budget->has_report = true;
	return BUDGET_HEEDED;
}
