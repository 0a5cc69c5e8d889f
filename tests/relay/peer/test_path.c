/* relay/peer/path: what is found of a path, from what was sent and what REPORTs say. */
#include "relay/peer/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/net/random.h"
#include "tests/fixtures/rows.h"

#define MS INT64_C(1000000)

enum {
	SIZES_MAX = 8,
	FLUSH_MS = 33,       /* where a line says nothing else */
	FOUND_WITHIN_S = 10, /* whatever its flushes are */
	TRIP_MS = 60,        /* of what is sent, and of what is reported of it */
	REPORT_MS = 100,
	SPEAK_MS = 500, /* when the client asks for the time */
	QUEUE = 1024,
	SEEDS = 100,
};

struct line {
	const char *name;
	uint16_t sizes[SIZES_MAX]; /* a flush's SNAPSHOTs, as long as messages may be so long */
	unsigned every; /* 0: each flush; n: of n the last; the others have the last one only */
	double loss;
	size_t takes; /* a message, at most */
	bool is_mute; /* it sends no REPORTs */
	bool is_small;
	size_t least; /* what SNAPSHOTs may hold in the end, at the least */

	uint16_t range[2]; /* a flush's bytes, by chance between these; instead of `sizes` */
	unsigned flush_ms;
	unsigned jitter_ms; /* so much later may each arrive */
};

static const struct line lines[] = {
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
	/* Flushes as they come: any path tells, and none is taken for another. */
	{ "a message now longer, now shorter than what passes", .takes = 700, .is_small = true,
	  .least = 548, .range = { 600, 1148 } },
	{ "the same of most that pass", .takes = 1000, .is_small = true, .least = 548,
	  .range = { 600, 1148 }, .flush_ms = 16 },
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

/* What is under way to the client, or, as a report, back. */
struct flight {
	int64_t arrives_ns;
	uint16_t number;
	size_t bytes;
};

struct walk {
	const struct line *line;
	struct path path;
	struct random random;
	int64_t now_ns;
	uint16_t number;
	struct flight to[QUEUE]; /* those that arrived have size 0 */
	size_t first, end;
	struct wire_report client; /* what it knows */
	bool has_news;
	struct {
		int64_t arrives_ns;
		struct wire_report words;
	} back[QUEUE];
	size_t back_first, back_end;
	int64_t report_ns;
};

static int64_t trip_ns(struct walk *walk)
{
	return (TRIP_MS + (int64_t)random_below(&walk->random, walk->line->jitter_ms + 1)) * MS;
}

static void send(struct walk *walk, size_t bytes)
{
	const size_t most = path_snapshot_bytes(&walk->path, WIRE_UNSEQUENCED);

	for (size_t left = bytes; left > 0;) {
		const size_t size = left < most ? left : most;

		left -= size;
		path_spend(&walk->path, walk->number, size, WIRE_UNSEQUENCED, walk->now_ns);
		if (size <= walk->line->takes &&
		    (double)random_below(&walk->random, 1000000) / 1e6 >= walk->line->loss)
			walk->to[walk->end++ % QUEUE] =
				(struct flight){ .arrives_ns = walk->now_ns + trip_ns(walk),
						 .number = walk->number,
						 .bytes = size };
		walk->number++;
	}
}

static void flush(struct walk *walk, unsigned flush)
{
	const uint16_t *sizes = walk->line->sizes, *range = walk->line->range;
	const bool is_whole = walk->line->every == 0 || flush % walk->line->every == 0;

	if (range[1] > 0)
		send(walk, range[0] + random_below(&walk->random, range[1] - range[0] + 1u));
	for (unsigned i = 0; i < SIZES_MAX && sizes[i] > 0; i++)
		if (is_whole || i + 1 == SIZES_MAX || sizes[i + 1] == 0)
			send(walk, sizes[i]);
}

static void arrive(struct walk *walk)
{
	for (size_t i = walk->first; i < walk->end; i++) {
		struct flight *flight = &walk->to[i % QUEUE];

		if (flight->bytes == 0 || flight->arrives_ns > walk->now_ns)
			continue;
		if (walk->client.count == 0 || (int16_t)(flight->number - walk->client.number) > 0)
			walk->client.number = flight->number;
		walk->client.count++;
		walk->client.bytes += flight->bytes;
		walk->has_news = true;
		flight->bytes = 0;
	}
	while (walk->first < walk->end && walk->to[walk->first % QUEUE].bytes == 0)
		walk->first++;
	if (walk->has_news && walk->now_ns >= walk->report_ns && !walk->line->is_mute) {
		walk->back[walk->back_end % QUEUE].arrives_ns = walk->now_ns + TRIP_MS * MS;
		walk->back[walk->back_end++ % QUEUE].words = walk->client;
		walk->has_news = false;
		walk->report_ns = walk->now_ns + REPORT_MS * MS;
	}
	while (walk->back_first < walk->back_end &&
	       walk->back[walk->back_first % QUEUE].arrives_ns <= walk->now_ns) {
		path_on_clock(&walk->path, walk->now_ns);
		path_report(&walk->path, &walk->back[walk->back_first++ % QUEUE].words,
			    walk->now_ns);
	}
}

static void go(struct walk *walk, const struct line *line, uint64_t seed, unsigned seconds)
{
	const unsigned flush_ms = line->flush_ms > 0 ? line->flush_ms : FLUSH_MS;
	unsigned flushes = 0;

	*walk = (struct walk){ .line = line, .random = random_init(seed), .now_ns = 1000 * MS };
	path_init(&walk->path, WIRE_MESSAGE_MAX_BYTES);
	for (unsigned ms = 0; ms < seconds * 1000; ms++) {
		walk->now_ns += MS;
		if (ms % flush_ms == 0)
			flush(walk, flushes++);
		if (ms % SPEAK_MS == 0)
			path_on_clock(&walk->path, walk->now_ns);
		arrive(walk);
	}
}

static void a_path_is_found_to_be_as_it_is(void **state)
{
	const struct line *line = *state;
	static struct walk walk;
	unsigned wrong = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		size_t most;

		go(&walk, line, seed, FOUND_WITHIN_S);
		most = path_snapshot_bytes(&walk.path, WIRE_UNSEQUENCED);
		wrong += walk.path.is_small != line->is_small;
		if (walk.path.is_small)
			assert_true(most <= line->takes || !line->is_small);
		assert_true(most >= line->least || walk.path.is_small != line->is_small);
		path_fini(&walk.path);
	}
	if (wrong > 0)
		fail_msg("%u of %u paths were found to be %ssmall", wrong, (unsigned)SEEDS,
			 line->is_small ? "not " : "");
}

int main(void)
{
	struct CMUnitTest tests[ROWS_COUNT(lines)];
	size_t count = 0;

	ROWS_ADD(tests, count, lines, a_path_is_found_to_be_as_it_is);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
