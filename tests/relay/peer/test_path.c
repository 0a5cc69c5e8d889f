/* A path is found from the SNAPSHOTs that were sent and the REPORTs. */
#include "relay/peer/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/net/random.h"
#include "tests/fixtures/row_tests.h"

#define MS INT64_C(1000000)

enum {
	SIZES_MAX = 8,
	FLUSH_MS = 33,       /* where a row has no other */
	FOUND_WITHIN_S = 10, /* whatever the flushes are */
	TRIP_MS = 60,        /* of a SNAPSHOT, and of its REPORT */
	REPORT_MS = 100,
	CLOCK_MS = 500, /* when the client asks for the time */
	QUEUE = 1024,
	SEEDS = 100,
};

struct path_row {
	const char *name;
	uint16_t sizes[SIZES_MAX]; /* the SNAPSHOTs of a flush, as far as messages may be so long */
	unsigned every; /* 0: each flush has all of them; n: one in n; the others have the last */
	double loss;
	size_t takes; /* the longest message that passes */
	bool is_mute; /* it sends no REPORTs */
	bool is_small;
	size_t least; /* the least that SNAPSHOTs may hold in the end */

	uint16_t range[2]; /* the random bytes of a flush; instead of `sizes` */
	unsigned flush_ms;
	unsigned jitter_ms; /* the most extra delay */
};

static const struct path_row rows[] = {
	{ "full ones and a short one", .sizes = { 1148, 1148, 300 }, .takes = 871, .is_small = true,
	  .least = 548 },
	{ "full ones and a short one, some lost", .sizes = { 1148, 1148, 300 }, .loss = 0.1,
	  .takes = 871, .is_small = true, .least = 548 },
	{ "full ones now and then", .sizes = { 1148, 300 }, .every = 3, .takes = 871,
	  .is_small = true, .least = 548 },
	{ "full ones and a middle one", .sizes = { 1148, 1148, 700 }, .loss = 0.05, .takes = 871,
	  .is_small = true, .least = 600 },
	{ "full ones only", .sizes = { 1148 }, .takes = 871, .is_small = true, .least = 548 },
	{ "full ones only, some lost", .sizes = { 1148, 1148 }, .loss = 0.1, .takes = 871,
	  .is_small = true, .least = 548 },
	{ "a good path", .sizes = { 1148, 1148, 300 }, .takes = 1148, .least = 1148 },
	{ "a good path, a tenth lost", .sizes = { 1148, 1148, 300 }, .loss = 0.1, .takes = 1148,
	  .least = 1148 },
	{ "a good path, a third lost", .sizes = { 1148, 300 }, .loss = 0.33, .takes = 1148,
	  .least = 1148 },
	{ "a good path, a fifth lost", .sizes = { 1148, 300 }, .every = 5, .loss = 0.2,
	  .takes = 1148, .least = 1148 },
	{ "a good path, short ones", .sizes = { 300 }, .loss = 0.2, .takes = 1148, .least = 1148 },
	{ "a good path, full ones only", .sizes = { 1148 }, .loss = 0.2, .takes = 1148,
	  .least = 1148 },
	{ "one who sends no reports", .sizes = { 1148, 1148 }, .is_mute = true, .takes = 1148,
	  .least = 1148 },
	{ "one behind a small path who sends no reports", .sizes = { 1148, 300 }, .is_mute = true,
	  .takes = 871, .least = 1148 },
	/* Random flushes: any path is found, and none is mistaken. */
	{ "a message now longer, now shorter than what passes", .takes = 700, .is_small = true,
	  .least = 548, .range = { 600, 1148 } },
	{ "a message of any size, of which most pass", .takes = 1000, .is_small = true,
	  .least = 548, .range = { 600, 1148 }, .flush_ms = 16 },
	{ "one or two messages, some lost, in another order", .loss = 0.1, .takes = 844,
	  .is_small = true, .least = 548, .range = { 200, 1500 }, .flush_ms = 16, .jitter_ms = 30 },
	{ "a crowd's many messages", .loss = 0.05, .takes = 900, .is_small = true, .least = 548,
	  .range = { 5000, 9000 }, .flush_ms = 16, .jitter_ms = 10 },
	{ "a good path, a message of any size, a third lost, in another order", .loss = 0.33,
	  .takes = 1148, .least = 1148, .range = { 600, 1148 }, .jitter_ms = 60 },
	{ "a good path, one or two messages, a third lost", .loss = 0.33, .takes = 1148,
	  .least = 1148, .range = { 200, 1500 }, .flush_ms = 100 },
	{ "a good path, a crowd's many messages, a fifth lost, in another order", .loss = 0.2,
	  .takes = 1148, .least = 1148, .range = { 5000, 9000 }, .flush_ms = 16, .jitter_ms = 20 },
};

/* A SNAPSHOT on its way. */
struct flight {
	int64_t arrives_ns;
	uint16_t number;
	size_t bytes;
};

struct run {
	const struct path_row *row;
	struct path path;
	struct random random;
	int64_t now_ns;
	uint16_t number;
	struct flight to[QUEUE]; /* size 0: it has arrived */
	size_t first, end;
	struct wire_report client; /* what the client knows */
	bool has_new;
	struct {
		int64_t arrives_ns;
		struct wire_report words;
	} back[QUEUE];
	size_t back_first, back_end;
	int64_t report_ns;
};

static int64_t trip_ns(struct run *run)
{
	return (TRIP_MS + (int64_t)random_below(&run->random, run->row->jitter_ms + 1)) * MS;
}

static void send(struct run *run, size_t bytes)
{
	const size_t most = path_snapshot_bytes(&run->path, WIRE_UNSEQUENCED);

	for (size_t left = bytes; left > 0;) {
		const size_t size = left < most ? left : most;

		left -= size;
		path_spend(&run->path, run->number, size, WIRE_UNSEQUENCED, run->now_ns);
		if (size <= run->row->takes &&
		    (double)random_below(&run->random, 1000000) / 1e6 >= run->row->loss)
			run->to[run->end++ % QUEUE] =
				(struct flight){ .arrives_ns = run->now_ns + trip_ns(run),
						 .number = run->number,
						 .bytes = size };
		run->number++;
	}
}

static void flush(struct run *run, unsigned flush)
{
	const uint16_t *sizes = run->row->sizes, *range = run->row->range;
	const bool is_whole = run->row->every == 0 || flush % run->row->every == 0;

	if (range[1] > 0)
		send(run, range[0] + random_below(&run->random, range[1] - range[0] + 1u));
	for (unsigned i = 0; i < SIZES_MAX && sizes[i] > 0; i++)
		if (is_whole || i + 1 == SIZES_MAX || sizes[i + 1] == 0)
			send(run, sizes[i]);
}

static void arrive(struct run *run)
{
	for (size_t i = run->first; i < run->end; i++) {
		struct flight *flight = &run->to[i % QUEUE];

		if (flight->bytes == 0 || flight->arrives_ns > run->now_ns)
			continue;
		if (run->client.count == 0 || (int16_t)(flight->number - run->client.number) > 0)
			run->client.number = flight->number;
		run->client.count++;
		run->client.bytes += flight->bytes;
		run->has_new = true;
		flight->bytes = 0;
	}
	while (run->first < run->end && run->to[run->first % QUEUE].bytes == 0)
		run->first++;
	if (run->has_new && run->now_ns >= run->report_ns && !run->row->is_mute) {
		run->back[run->back_end % QUEUE].arrives_ns = run->now_ns + TRIP_MS * MS;
		run->back[run->back_end++ % QUEUE].words = run->client;
		run->has_new = false;
		run->report_ns = run->now_ns + REPORT_MS * MS;
	}
	while (run->back_first < run->back_end &&
	       run->back[run->back_first % QUEUE].arrives_ns <= run->now_ns) {
		path_on_clock(&run->path, run->now_ns);
		path_report(&run->path, &run->back[run->back_first++ % QUEUE].words, run->now_ns);
	}
}

static void go(struct run *run, const struct path_row *row, uint64_t seed, unsigned seconds)
{
	const unsigned flush_ms = row->flush_ms > 0 ? row->flush_ms : FLUSH_MS;
	unsigned flushes = 0;

	*run = (struct run){ .row = row, .random = random_init(seed), .now_ns = 1000 * MS };
	path_init(&run->path, WIRE_MESSAGE_MAX_BYTES);
	for (unsigned ms = 0; ms < seconds * 1000; ms++) {
		run->now_ns += MS;
		if (ms % flush_ms == 0)
			flush(run, flushes++);
		if (ms % CLOCK_MS == 0)
			path_on_clock(&run->path, run->now_ns);
		arrive(run);
	}
}

static void a_path_is_found_to_be_as_it_is(void **state)
{
	const struct path_row *row = *state;
	static struct run run;
	unsigned wrong = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		size_t most;

		go(&run, row, seed, FOUND_WITHIN_S);
		most = path_snapshot_bytes(&run.path, WIRE_UNSEQUENCED);
		wrong += run.path.is_small != row->is_small;
		if (run.path.is_small)
			assert_true(most <= row->takes || !row->is_small);
		assert_true(most >= row->least || run.path.is_small != row->is_small);
		path_fini(&run.path);
	}
	if (wrong > 0)
		fail_msg("%u of %u paths were found to be %ssmall", wrong, (unsigned)SEEDS,
			 row->is_small ? "not " : "");
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_path_is_found_to_be_as_it_is);
	return _cmocka_run_group_tests("path", tests, count, NULL, NULL);
}
