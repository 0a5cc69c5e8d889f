/* publisher: the process that publishes the lab's birds: a flock, or the ids of a trace. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "client/bots/flock.h"
#include "client/lab/stage_internal.h"
#include "client/lab/update.h"
#include "client/payload_format.h"
#include "client/replay/replay_schedule.h"
#include "proto/net/udp/udp_clock.h"

#define NS_PER_S INT64_C(1000000000)

struct publisher {
	const struct stage_config *config;
	int records;
	struct starling *session;
	uint32_t numbers[LAB_BIRDS_MAX];
	struct lab_record published[LAB_BIRDS_MAX]; /* since the last flush */
	size_t count;
	int64_t start_ns;
	struct flock flock;
	struct replay_schedule schedule;
};

static void publish(struct publisher *publisher, unsigned bird, double x, double y)
{
	struct lab_record record = { .kind = LAB_TRUTH,
				     .bird = bird,
				     .number = ++publisher->numbers[bird],
				     .x = x,
				     .y = y,
				     .at_ns = udp_clock_ns() };
	uint8_t payload[LAB_PAYLOAD_MAX_BYTES];
	struct starling_state state = { .x = x, .y = y, .payload = payload };

	record.origin_ns = record.at_ns;
	state.payload_bytes = lab_update_write_payload(&record, payload);
	if (starling_publish(publisher->session, bird, &state) == 0 &&
	    publisher->count < LAB_BIRDS_MAX)
		publisher->published[publisher->count++] = record;
}

static void flush(struct publisher *publisher)
{
	const int64_t left_ns = udp_clock_ns();
	int64_t reached_ns;

	starling_flush(publisher->session);
	reached_ns = udp_clock_ns();
	for (size_t i = 0; i < publisher->count; i++) {
		publisher->published[i].left_ns = left_ns;
		publisher->published[i].reached_ns = reached_ns;
		lab_record_send(publisher->records, &publisher->published[i]);
	}
	publisher->count = 0;
}

static bool take_events(struct publisher *publisher)
{
	struct starling_event event;

	starling_update(publisher->session);
	while (starling_next(publisher->session, &event))
		if (event.type == STARLING_ENDED || event.type == STARLING_LOST) {
			stage_break(publisher->records, "the birds: %s", event.text);
			return false;
		}
	return true;
}

/* Lives until then. False: it cannot go on. */
static bool wait_until(struct publisher *publisher, int64_t until_ns)
{
	for (int64_t now_ns = udp_clock_ns(); now_ns < until_ns; now_ns = udp_clock_ns()) {
		(void)starling_wait(publisher->session, (double)(until_ns - now_ns) / 1e9);
		if (!take_events(publisher))
			return false;
	}
	return true;
}

static bool is_in(struct publisher *publisher)
{
	while (starling_status(publisher->session) != STARLING_PLAYING)
		if (!wait_until(publisher, udp_clock_ns() + NS_PER_S / 100))
			return false;
	publisher->start_ns = udp_clock_ns();
	return true;
}

static void fly(struct publisher *publisher)
{
	const struct stage_config *config = publisher->config;

	for (uint64_t n = 1;; n++) {
		flock_step(&publisher->flock, 1 / config->rate_hz);
		for (unsigned i = 0; i < config->birds; i++)
			publish(publisher, i, publisher->flock.birds[i].x,
				publisher->flock.birds[i].y);
		flush(publisher);
		if (!wait_until(publisher,
				publisher->start_ns + llround((double)n * 1e9 / config->rate_hz)))
			return;
	}
}

/* Ids stay where they are between the rounds. */
static void replay(struct publisher *publisher)
{
	struct replay_schedule *schedule = &publisher->schedule;

	while (isfinite(replay_schedule_row_s(schedule))) {
		const double due_s = replay_schedule_row_s(schedule);
		const struct trace_row *row;

		if (!wait_until(publisher, publisher->start_ns + llround(due_s * 1e9)))
			return;
		row = replay_schedule_pop_row(schedule);
		if (row->rank < publisher->config->birds)
			publish(publisher, row->rank, row->x, row->y);
		if (replay_schedule_row_s(schedule) > due_s)
			flush(publisher);
	}
}

void publisher_run(const struct stage_config *config, int records)
{
	struct publisher publisher = { .config = config, .records = records };
	const int status =
		config->trace ? replay_schedule_init(&publisher.schedule, config->trace, 1, true, 0)
			      : flock_init(&publisher.flock, config->birds, PAYLOAD_ARENA_WIDTH_M,
					   PAYLOAD_ARENA_HEIGHT_M, config->seed);

	if (status < 0) {
		stage_break(records, "no memory for the birds");
		return;
	}
	publisher.session = stage_join(records, "birds", STARLING_UNSEQUENCED);
	if (!publisher.session || !is_in(&publisher))
		return;
	if (config->trace)
		replay(&publisher);
	else
		fly(&publisher);
}
