#include "relay/peer/congestion.h"

enum {
	WINDOW_MS = 300, /* of reports, with so many of them and of SNAPSHOTs; */
	WINDOW_REPORTS = 3,
	WINDOW_SNAPSHOTS = 8,
	WINDOW_MAX_MS = 1000,  /* but no longer than this */
	GAP_MS = 500,          /* without a report: that time is not judged */
	SPAN_MS = 5000,        /* the least delay is that of one or two of these */
	QUEUE_US = 50000,      /* a shorter queue is none; jitter adds to it, */
	JITTER_MAX_US = 50000, /* up to this */
	DRAIN_MS = 20000,      /* a queue is given at most this long to drain */
	DEEP_US = 1000000,     /* a longer queue is always ours */
	BUCKET_MS = 50,        /* of the rate may go at once */
	DATAGRAM_MS = 20,      /* of the rate make a worthwhile datagram, */
	DATAGRAM_LEAST = 192,  /* which holds the largest record */
	CLEAN_SLOW = 10,       /* windows in which the rate grows slowly */
	UNHELD_MANY = 8,       /* windows after which a limit that holds nothing back is dropped */
};

static const double cut_to = 0.85;       /* of what arrived */
static const double grow_slow = 1.03;    /* a window, near the rate that was too much */
static const double grow_fast = 1.15;    /* the line has changed for the better */
static const double loss_excess = 0.25;  /* beyond the usual: a share of what was sent, */
static const double loss_excess_few = 2; /* and so many SNAPSHOTs: few say little */
static const double queue_helped = 0.7;  /* of what it was before the rate was cut */
/* Less sent ends an overflow; among few SNAPSHOTs a little less loss is chance. */
static const double loss_helped = 0.35;

static const int64_t ns_per_ms = 1000000;

static const double datagram_most = WIRE_MESSAGE_MAX_BYTES + CONGESTION_HEADERS;

void congestion_init(struct congestion *congestion, const struct config *config, int64_t now_ns)
{
	*congestion = (struct congestion){
		.rate_most = config->budget,
		.is_learning = !config->budget_fixed,
		.filled_ns = now_ns,
		.span_ns = now_ns,
		.least_delay_us = { INT64_MAX, INT64_MAX },
	};
}

void congestion_retune(struct congestion *congestion, const struct config *config)
{
	congestion->rate_most = config->budget;
	congestion->is_learning = !config->budget_fixed;
	if (config->budget_fixed)
		congestion->rate = 0;
}

/* The bucket. */

/* 0: none. */
static double limit_of(const struct congestion *congestion)
{
	double limit = congestion->rate_most;

	if (congestion->rate > 0 && (limit <= 0 || congestion->rate < limit))
		limit = congestion->rate;
	if (congestion->penalised_until_ns != 0 && (limit <= 0 || limit > CONGESTION_PENALTY_RATE))
		limit = CONGESTION_PENALTY_RATE;
	return limit;
}

static double within(double value, double least, double most)
{
	if (value < least)
		return least;
	return value < most ? value : most;
}

static void fill(struct congestion *congestion, double limit, int64_t now_ns)
{
	double most = limit * BUCKET_MS / 1e3;

	congestion->tokens += limit * (double)(now_ns - congestion->filled_ns) / 1e9;
	congestion->filled_ns = now_ns;
	if (most < datagram_most)
		most = datagram_most;
	if (congestion->tokens > most)
		congestion->tokens = most;
}

bool congestion_is_penalised(const struct congestion *congestion, int64_t now_ns)
{
	return now_ns < congestion->penalised_until_ns;
}

void congestion_penalise(struct congestion *congestion, int64_t until_ns)
{
	if (until_ns > congestion->penalised_until_ns)
		congestion->penalised_until_ns = until_ns;
}

/* Whether it is penalised; notes the end of that. */
static bool end_penalty_if_over(struct congestion *congestion, int64_t now_ns)
{
	if (congestion->penalised_until_ns == 0 || congestion_is_penalised(congestion, now_ns))
		return congestion->penalised_until_ns != 0;
	congestion->penalised_until_ns = 0;
	congestion->trial_index = congestion->sent_count;
	return false;
}

/* The least that is worthwhile to send. */
static double worthwhile(const struct congestion *congestion, double limit)
{
	if (congestion->penalised_until_ns != 0)
		return datagram_most;
	return within(limit * DATAGRAM_MS / 1e3, DATAGRAM_LEAST, datagram_most);
}

size_t congestion_bytes(struct congestion *congestion, int64_t now_ns)
{
	double limit;

	end_penalty_if_over(congestion, now_ns);
	limit = limit_of(congestion);
	if (limit <= 0)
		return SIZE_MAX;
	fill(congestion, limit, now_ns);
	if (congestion->tokens >= worthwhile(congestion, limit))
		return (size_t)congestion->tokens - CONGESTION_HEADERS;
	congestion->was_held = true;
	return 0;
}

static void remember(struct congestion *congestion, int64_t now_ns)
{
	uint32_t now_us = (uint32_t)(now_ns / 1000);

	if (congestion->sent_count > 0 && now_us - congestion->remembered_us < CONGESTION_SENDS_US)
		return;
	congestion->remembered_us = now_us;
	congestion->sends[congestion->send_next] = (struct congestion_send){
		.index = (uint32_t)congestion->sent_count,
		.bytes = (uint32_t)congestion->sent_bytes,
		.sent_us = now_us,
	};
	congestion->send_next = (congestion->send_next + 1) % CONGESTION_SENDS;
	if (congestion->send_count < CONGESTION_SENDS)
		congestion->send_count++;
}

void congestion_spend(struct congestion *congestion, uint16_t snapshot_number, size_t bytes,
		      int64_t now_ns)
{
	(void)snapshot_number; /* sent_count is the same, without wrapping around */
	remember(congestion, now_ns);
	congestion->is_draining = false;
	congestion->sent_count++;
	congestion->sent_bytes += bytes;
	congestion_charge(congestion,
			  congestion->penalised_until_ns != 0 ? WIRE_MESSAGE_MAX_BYTES : bytes);
}

void congestion_charge(struct congestion *congestion, size_t bytes)
{
	if (limit_of(congestion) <= 0)
		return;
	congestion->tokens -= (double)(bytes + CONGESTION_HEADERS);
	/* The next record may have had to wait. */
	if (congestion->tokens < DATAGRAM_LEAST)
		congestion->was_held = true;
}

/* SNAPSHOTs sent. */

/*
 * When the SNAPSHOT of this index was sent, and the bytes sent before it: in proportion between
 * those that are remembered. One older than all of them counts as the oldest.
 */
static void find_send(const struct congestion *congestion, uint64_t index, int64_t now_ns,
		      int64_t *sent_us, uint64_t *bytes)
{
	const uint32_t now_us = (uint32_t)(now_ns / 1000);
	/* After the newest that is remembered comes the present. */
	struct congestion_send after = { .index = (uint32_t)congestion->sent_count,
					 .bytes = (uint32_t)congestion->sent_bytes,
					 .sent_us = now_us };
	struct congestion_send at = after;
	uint32_t length_us;
	double part = 0;

	for (unsigned i = 1; i <= congestion->send_count; i++) {
		at = congestion->sends[(congestion->send_next + CONGESTION_SENDS - i) %
				       CONGESTION_SENDS];
		if ((int32_t)((uint32_t)index - at.index) >= 0)
			break;
		after = at;
	}
	if ((int32_t)((uint32_t)index - at.index) > 0 && after.index != at.index)
		part = (double)((uint32_t)index - at.index) / (double)(after.index - at.index);
	/* The first after a pause is remembered, so all between were sent within this time. */
	length_us = after.sent_us - at.sent_us;
	if (length_us > CONGESTION_SENDS_US)
		length_us = CONGESTION_SENDS_US;
	*sent_us = now_ns / 1000 - (int64_t)(now_us - at.sent_us) + (int64_t)(part * length_us);
	*bytes = congestion->sent_bytes - (uint32_t)((uint32_t)congestion->sent_bytes - at.bytes) +
		 (uint64_t)(part * (double)(after.bytes - at.bytes));
}

/* Windows of reports. */

static void open_window(struct congestion *congestion)
{
	congestion->window = congestion->last;
	congestion->window_reports = 0;
	congestion->was_held = false;
}

static int64_t least_delay_us(const struct congestion *congestion)
{
	const int64_t *least = congestion->least_delay_us;

	return least[0] < least[1] ? least[0] : least[1];
}

/* The finding of a window of reports. */
struct window {
	double rate; /* bytes a second that arrived */
	double loss; /* share of SNAPSHOTs */
	int64_t queue_us, bound_us;
	bool is_queue, is_loss;
};

static double seconds_of(const struct congestion *congestion)
{
	double here = (double)(congestion->last.at_ns - congestion->window.at_ns) / 1e9;
	double there = 0;

	if (congestion->last.received_us > congestion->window.received_us)
		there = (double)(congestion->last.received_us - congestion->window.received_us) /
			1e6;
	/* The member's clock has less jitter, and may be wrong, or a lie. */
	return within(there, here / 2, here * 2);
}

static struct window judge(const struct congestion *congestion)
{
	const struct congestion_mark *last = &congestion->last, *first = &congestion->window;
	const int64_t jitter_us =
		congestion->jitter_us < JITTER_MAX_US ? congestion->jitter_us : JITTER_MAX_US;
	/* The lesser of two, as a single late one is no queue. */
	const int64_t delay_us = congestion->delay_us < congestion->delay_before_us
					 ? congestion->delay_us
					 : congestion->delay_before_us;
	double sent = (double)(last->index - first->index);
	double came = (double)(last->count - first->count);
	double lost = came < sent ? sent - came : 0;
	struct window verdict = {
		.rate = ((double)(last->bytes - first->bytes) + came * CONGESTION_HEADERS) /
			seconds_of(congestion),
		.loss = lost / sent,
		.queue_us = delay_us - least_delay_us(congestion),
	};

	verdict.bound_us = QUEUE_US + 2 * jitter_us + congestion->late_us;
	verdict.is_queue = verdict.queue_us > verdict.bound_us;
	verdict.is_loss =
		lost - congestion->usual_loss * sent > loss_excess * sent + loss_excess_few;
	return verdict;
}

/*
 * The bytes in the queue now: all that were sent since the SNAPSHOT that was reported last, less
 * those that have left. The delay without the queue's part is the path's, there and back.
 */
static double queued_bytes(const struct congestion *congestion, const struct window *verdict,
			   int64_t now_ns)
{
	int64_t sent_us, path_us;
	uint64_t bytes;
	double since;

	find_send(congestion, congestion->last.index, now_ns, &sent_us, &bytes);
	path_us = now_ns / 1000 - sent_us - (congestion->delay_us - least_delay_us(congestion));
	since = (double)(congestion->sent_bytes - bytes) +
		(double)(congestion->sent_count - congestion->last.index) * CONGESTION_HEADERS;
	return since * (1 - verdict->loss) - verdict->rate * (double)path_us / 1e6;
}

/* Sets the rate below the rate of arrival, and begins the trial. */
static void cut(struct congestion *congestion, const struct window *verdict, int64_t now_ns)
{
	congestion->trial = verdict->is_queue ? CONGESTION_TRY_QUEUE : CONGESTION_TRY_LOSS;
	congestion->trial_before = verdict->is_queue ? (double)verdict->queue_us : verdict->loss;
	congestion->trial_rate = congestion->rate;
	congestion->trial_index = congestion->sent_count;
	congestion->rate = cut_to * verdict->rate;
	if (congestion->rate < CONGESTION_RATE_LEAST)
		congestion->rate = CONGESTION_RATE_LEAST;
	congestion->filled_ns = now_ns;
	congestion->tokens = 0;
	if (verdict->is_queue)
		congestion->tokens = -within(queued_bytes(congestion, verdict, now_ns), 0,
					     congestion->rate * DRAIN_MS / 1e3);
	congestion->is_draining = verdict->is_queue;
	congestion->clean = 0;
	congestion->unheld = 0;
}

/* Ends the trial. False: the supposed cause was none, and the rate is restored. */
static bool has_helped(struct congestion *congestion, const struct window *verdict)
{
	enum congestion_trial trial = congestion->trial;
	double now = trial == CONGESTION_TRY_QUEUE ? (double)verdict->queue_us : verdict->loss;

	congestion->trial = CONGESTION_NO_TRIAL;
	if (trial == CONGESTION_TRY_QUEUE &&
	    (!verdict->is_queue || now < queue_helped * congestion->trial_before))
		return true;
	if (trial == CONGESTION_TRY_LOSS && now < loss_helped * congestion->trial_before)
		return true;
	if (trial == CONGESTION_TRY_QUEUE && verdict->queue_us > DEEP_US)
		return true;
	congestion->rate = congestion->trial_rate;
	if (trial == CONGESTION_TRY_QUEUE)
		congestion->least_delay_us[0] = congestion->least_delay_us[1] =
			congestion->delay_us;
	else
		congestion->usual_loss = verdict->loss;
	return false;
}

static void grow(struct congestion *congestion, const struct window *verdict)
{
	congestion->clean++;
	if (!congestion->was_held) {
		if (++congestion->unheld >= UNHELD_MANY)
			congestion->rate = 0;
		return;
	}
	congestion->unheld = 0;
	/* A queue that begins may be ours. */
	if (verdict->queue_us > verdict->bound_us / 2)
		return;
	congestion->rate *= congestion->clean <= CLEAN_SLOW ? grow_slow : grow_fast;
}

static void close_window(struct congestion *congestion, int64_t now_ns)
{
	struct window verdict = judge(congestion);

	congestion->loss += (verdict.loss - congestion->loss) / 4;
	if (congestion->loss < congestion->usual_loss)
		congestion->usual_loss = congestion->loss;
	if (congestion->trial == CONGESTION_NO_TRIAL || has_helped(congestion, &verdict)) {
		if (verdict.is_queue || verdict.is_loss)
			cut(congestion, &verdict, now_ns);
		else if (congestion->rate > 0)
			grow(congestion, &verdict);
	}
	open_window(congestion);
}

static bool is_window_full(const struct congestion *congestion)
{
	int64_t length_ns = congestion->last.at_ns - congestion->window.at_ns;
	uint64_t snapshots = congestion->last.index - congestion->window.index;

	if (congestion->window_reports < WINDOW_REPORTS || length_ns < WINDOW_MS * ns_per_ms)
		return false;
	return snapshots >= WINDOW_SNAPSHOTS || length_ns >= WINDOW_MAX_MS * ns_per_ms;
}

/* Reports. */

static enum congestion_finding examine(const struct congestion *congestion,
				       const struct wire_report *report, uint64_t index,
				       int64_t now_ns)
{
	const struct congestion_mark *last = &congestion->last;

	if (report->count > index + 1 || report->bytes > congestion->sent_bytes)
		return CONGESTION_LIE;
	if (!congestion->has_report)
		return CONGESTION_VALID;
	if (index <= last->index)
		return CONGESTION_UNTIMELY;
	if (report->count < last->count || report->bytes < last->bytes)
		return CONGESTION_LIE;
	return now_ns - last->at_ns >= CONGESTION_REPORT_MS * ns_per_ms ? CONGESTION_VALID
									: CONGESTION_UNTIMELY;
}

static void note_delay(struct congestion *congestion, int64_t now_ns)
{
	int64_t sent_us, change_us;
	uint64_t bytes;

	find_send(congestion, congestion->last.index, now_ns, &sent_us, &bytes);
	/* The clocks have different beginnings: only differences of delays mean anything. */
	congestion->delay_before_us = congestion->delay_us;
	congestion->delay_us = (int64_t)congestion->last.received_us - sent_us;
	change_us = congestion->delay_us - congestion->delay_before_us;
	if (congestion->has_report)
		congestion->jitter_us +=
			((change_us < 0 ? -change_us : change_us) - congestion->jitter_us) / 8;
	if (now_ns - congestion->span_ns >= SPAN_MS * ns_per_ms) {
		congestion->span_ns = now_ns;
		congestion->least_delay_us[0] = congestion->least_delay_us[1];
		congestion->least_delay_us[1] = INT64_MAX;
	}
	if (congestion->delay_us < congestion->least_delay_us[1])
		congestion->least_delay_us[1] = congestion->delay_us;
}

static void use_report(struct congestion *congestion, bool is_after_gap, int64_t now_ns)
{
	note_delay(congestion, now_ns);
	/* The last that was sent has come, so nothing waits in a queue. */
	if (congestion->is_draining && congestion->last.index + 1 == congestion->sent_count) {
		congestion->is_draining = false;
		if (congestion->tokens < 0)
			congestion->tokens = 0;
	}
	/* SNAPSHOTs from before the cut do not show whether it helped. */
	if (!congestion->has_report || is_after_gap || end_penalty_if_over(congestion, now_ns) ||
	    congestion->window.index < congestion->trial_index) {
		congestion->has_report = true;
		open_window(congestion);
		return;
	}
	congestion->window_reports++;
	if (is_window_full(congestion))
		close_window(congestion, now_ns);
}

enum congestion_finding congestion_report(struct congestion *congestion,
					  const struct wire_report *report, int64_t late_ns,
					  int64_t now_ns)
{
	uint16_t behind = (uint16_t)(congestion->sent_count - 1 - report->number);
	bool is_after_gap = now_ns - congestion->last.at_ns > GAP_MS * ns_per_ms;
	enum congestion_finding word;
	uint64_t index;

	if (congestion->sent_count == 0 || behind > INT16_MAX || behind >= congestion->sent_count)
		return CONGESTION_LIE;
	index = congestion->sent_count - 1 - behind;
	word = examine(congestion, report, index, now_ns);
	if (word != CONGESTION_VALID)
		return word;
	congestion->last = (struct congestion_mark){ .index = index,
						     .count = report->count,
						     .bytes = report->bytes,
						     .received_us = report->received_us,
						     .at_ns = now_ns };
	congestion->late_us = late_ns / 1000;
	if (congestion->is_learning)
		use_report(congestion, is_after_gap, now_ns);
	else
		congestion->has_report = true;
	return CONGESTION_VALID;
}
