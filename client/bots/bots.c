#include "client/bots/bots.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "client/payload_format.h"
#include "client/sessions/session_pool.h"
#include "client/bots/flock.h"
#include "client/report.h"
#include "proto/net/net.h"

enum {
	DEFAULT_BOTS = 8,
	DIGITS_MAX = 4, /* of a bot's number, up to FLOCK_BIRDS_MAX */
};

/* Updates due longer ago than this are given up instead of sent in a burst. */
static const int64_t behind_max_ns = 1000000000;
static const int64_t ns_per_s = 1000000000;

struct bots {
	struct options options;
	unsigned count;
	double rate_hz, seconds, join_rate_hz;

	struct session_pool pool;
	struct flock flock;
	int64_t start_ns; /* when update 0 is due; 0: not yet known */
	uint64_t next;    /* number of the next update */
	uint64_t given_up;
	int64_t progress_ns;
	bool has_warned;
};

static int read_options(struct bots *bots, int argc, char **argv)
{
	const struct option_row operand = { .name = "N",
					    .kind = &option_count,
					    .value = &bots->count,
					    .min = 1,
					    .max = FLOCK_BIRDS_MAX };
	const struct option_row rows[] = {
		{ "rate", 0, "HZ", "updates a second of each bot (default 20)", &option_number,
		  &bots->rate_hz, 0.1, 1000 },
		{ "join-rate", 0, "HZ", "bots that join a second (default: all at once)",
		  &option_number, &bots->join_rate_hz, 0.1, 100000 },
		{ "interest", 0, "WHAT",
		  "entities to receive: all, radius:METRES or nearest:N (default all)",
		  &options_interest, &bots->options.sight, 0, 0 },
		{ "seconds", 0, "S", "stop after S seconds (default: at Ctrl-C)", &option_number,
		  &bots->seconds, 0.1, 1e6 },
	};
	const struct options_spec spec = {
		.name = "bots",
		.operands = "[N]",
		.operand_max = 1,
		.operand = &operand,
		.summary = "Fill a room with N bots that fly as one flock "
			   "(1 to 1000, default 8)",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.default_name = "bot",
		.name_help = "the name of the bots, with -1, -2, ... behind it (default bot)",
		.epilogue = "A bot that is tagged flees to a random place. At the end a summary is "
			    "printed.",
	};

	bots->count = DEFAULT_BOTS;
	bots->rate_hz = 20;
	if (options_parse(&bots->options, &spec, argc, argv) < 0)
		return -1;
	if (strlen(bots->options.name) + 1 + DIGITS_MAX > STARLING_NAME_MAX_BYTES) {
		fprintf(stderr,
			"starling bots: --name %s: must be at most %d bytes, so that a "
			"number fits behind it\n",
			bots->options.name, STARLING_NAME_MAX_BYTES - 1 - DIGITS_MAX);
		bots->options.exit_status = 2;
		return -1;
	}
	return 0;
}

_Static_assert(FLOCK_BIRDS_MAX == 1000, "the help says so, and DIGITS_MAX");

/* Events. */

static void check_settings(struct bots *bots, size_t slot)
{
	struct starling_settings settings;

	starling_settings(bots->pool.sessions[slot], &settings);
	if (settings.member == 0)
		return; /* out again already */
	if (settings.payload_limit < PAYLOAD_KIND_BYTES && !bots->pool.has_failed)
		session_pool_fail(&bots->pool, PAYLOAD_REFUSED);
	if (bots->has_warned || bots->rate_hz <= settings.message_rate)
		return;
	bots->has_warned = true;
	session_pool_notify(
		&bots->pool,
		"--rate %g is more than the %u messages a second that the relay takes from a "
		"member; it drops the rest",
		bots->rate_hz, settings.message_rate);
}

static void on_event(void *context, size_t slot, const struct starling_event *event)
{
	struct bots *bots = context;
	uint32_t victim;

	if (event->type == STARLING_WELCOME)
		check_settings(bots, slot);
	if (event->type == STARLING_MESSAGE && event->member != 0 &&
	    payload_tag_decode(event->data, event->data_bytes, &victim) &&
	    victim == bots->pool.slots[slot].member)
		flock_scatter(&bots->flock, slot);
}

/* Updates. */

static int64_t due_ns(const struct bots *bots, uint64_t update)
{
	return bots->start_ns + (int64_t)llround((double)update * 1e9 / bots->rate_hz);
}

static void publish(struct bots *bots, int64_t late_ns)
{
	const uint8_t kind = PAYLOAD_BOT;

	for (size_t i = 0; i < bots->count; i++) {
		struct starling *session = bots->pool.sessions[i];
		struct starling_state state = { .x = bots->flock.birds[i].x,
						.y = bots->flock.birds[i].y,
						.payload = &kind,
						.payload_bytes = sizeof(kind) };
		int64_t room_us, error_us;

		if (session == NULL || bots->pool.slots[i].member == 0)
			continue;
		/*
		 * The state was true when it was due: a late sender must not make ages look good.
		 */
		if (starling_clock(session, &room_us, &error_us))
			state.origin_us = room_us - late_ns / 1000;
		/* Fails only while not in the room; the event that says so may still be queued. */
		if (starling_publish(session, 0, &state) == 0)
			starling_flush(session);
	}
}

static void publish_due(struct bots *bots)
{
	int64_t now_ns = net_now_ns();

	if (now_ns - due_ns(bots, bots->next) > behind_max_ns) {
		uint64_t next = (uint64_t)((double)(now_ns - bots->start_ns) / 1e9 * bots->rate_hz);

		bots->given_up += next - bots->next;
		bots->next = next;
	}
	for (; due_ns(bots, bots->next) <= now_ns; bots->next++) {
		flock_step(&bots->flock, 1 / bots->rate_hz);
		publish(bots, now_ns - due_ns(bots, bots->next));
	}
}

/* The run. */

static void show_progress(struct bots *bots)
{
	struct session_pool_totals totals;
	int64_t now_ns = net_now_ns();

	if (now_ns < bots->progress_ns)
		return;
	bots->progress_ns = now_ns + ns_per_s;
	session_pool_totals(&bots->pool, &totals);
	session_pool_progress(
		&bots->pool,
		"%zu of %u bots in room %s  %.0f s  sent %llu  received %llu  lost %llu  "
		"rtt %.2f ms",
		session_pool_present(&bots->pool), bots->count, bots->options.room,
		(double)(now_ns - bots->start_ns) / 1e9, (unsigned long long)totals.published,
		(unsigned long long)totals.received, (unsigned long long)totals.lost,
		totals.rtt_mean_s > 0 ? totals.rtt_mean_s * 1e3 : 0);
}

static bool is_over(const struct bots *bots)
{
	return bots->seconds > 0 && (double)(net_now_ns() - bots->start_ns) / 1e9 >= bots->seconds;
}

/* The number of bots due by now. */
static size_t due_bots(const struct bots *bots, int64_t begin_ns)
{
	double due;

	if (bots->join_rate_hz <= 0)
		return bots->count;
	due = 1 + (double)(net_now_ns() - begin_ns) / 1e9 * bots->join_rate_hz;
	return due < bots->count ? (size_t)due : bots->count;
}

/* Opens all and waits until they are in the room. False when the run ends before. */
static bool gather(struct bots *bots)
{
	const int64_t begin_ns = net_now_ns();
	size_t opened = 0;

	while (opened < bots->count || !session_pool_has_gathered(&bots->pool, net_now_ns())) {
		int64_t until_ns = net_now_ns() + ns_per_s / 10;

		for (size_t due = due_bots(bots, begin_ns); opened < due; opened++) {
			char name[STARLING_NAME_MAX_BYTES + 1];

			snprintf(name, sizeof(name), "%s-%zu", bots->options.name, opened + 1);
			if (session_pool_open(&bots->pool, opened, name) < 0)
				return false;
		}
		if (opened < bots->count)
			until_ns = begin_ns + (int64_t)((double)opened / bots->join_rate_hz * 1e9);
		if (!session_pool_turn(&bots->pool, until_ns, -1))
			return false;
	}
	return true;
}

static void fly(struct bots *bots)
{
	if (!gather(bots))
		return;
	bots->start_ns = net_now_ns();
	while (!is_over(bots) && session_pool_turn(&bots->pool, due_ns(bots, bots->next), -1)) {
		publish_due(bots);
		show_progress(bots);
	}
}

static int finish(struct bots *bots)
{
	struct session_pool_totals totals;
	struct report report = { 0 };
	double ran_s = bots->start_ns != 0 ? (double)(net_now_ns() - bots->start_ns) / 1e9 : 0;

	session_pool_totals(&bots->pool, &totals);
	session_pool_finish(&bots->pool);
	if (bots->start_ns == 0 && bots->pool.has_failed)
		return 1;
	report_add(&report, "seconds", "ran for", "s", ran_s, 1);
	report_add_totals(&report, &totals);
	report_add(&report, "given_up", "ticks given up, too late", "", (double)bots->given_up, 0);
	report_add_impairment(&report, &bots->pool.impairment);
	if (report_print(&report, bots->options.json) < 0)
		session_pool_fail(&bots->pool, "not enough memory for the summary");
	return bots->pool.has_failed ? 1 : 0;
}

int bots_run(int argc, char **argv)
{
	struct bots bots = { 0 };
	int status = 1;

	if (read_options(&bots, argc, argv) < 0)
		return bots.options.exit_status;
	if (flock_init(&bots.flock, bots.count, PAYLOAD_ARENA_WIDTH_M, PAYLOAD_ARENA_HEIGHT_M,
		       bots.options.seed) < 0) {
		fprintf(stderr, "starling bots: not enough memory for %u birds\n", bots.count);
		return 1;
	}
	if (session_pool_init(&bots.pool, "bots", &bots.options, bots.count, bots.count) == 0) {
		bots.pool.on_event = on_event;
		bots.pool.context = &bots;
		fly(&bots);
		status = finish(&bots);
		session_pool_fini(&bots.pool);
	}
	flock_fini(&bots.flock);
	return status;
}
