#include "client/replay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/payload_format.h"
#include "client/sessions/session_pool.h"
#include "client/report.h"
#include "client/replay/trace_rate.h"
#include "client/replay/replay_schedule.h"
#include "client/replay/trace_reader.h"
#include "proto/cli/installed.h"
#include "proto/net/net.h"
#include "proto/wire/text.h"

enum {
	ID_DIGITS_MAX = 20,    /* of an id, with its sign */
	TURN_STEPS_MAX = 4096, /* then the sessions are updated, even when rows are overdue */
	RELAY_MESSAGE_RATE_MAX = 100000, /* as far as --message-rate of starlingd goes */
};

static const double lead_s = 1; /* a client joins this long before its first row */
static const int64_t ns_per_s = 1000000000;

struct replay {
	struct options options;
	const char *path;
	double speed, seconds, hold_s;
	bool is_one_client, is_looping;

	char own_path[INSTALLED_PATH_BYTES]; /* of the match installed with the program */

	struct trace trace;
	struct replay_schedule schedule;
	struct session_pool pool;
	int64_t start_ns;  /* when the trace's first row is due; 0: not yet known */
	double last_row_s; /* when the newest row was due */
	uint64_t unsent;   /* rows whose client was not in the room */
	int64_t progress_ns;
	unsigned checked_rate;     /* the relay's, checked against the trace; 0: none yet */
	unsigned checked_grain_um; /* the relay's, checked against the coordinates; 0: none yet */
};

static int read_options(struct replay *replay, int argc, char **argv)
{
	const struct option_row operand = { .name = "FILE.csv",
					    .kind = &option_text,
					    .value = &replay->path };
	const struct option_row rows[] = {
		{ "interest", 0, "WHAT",
		  "entities to receive: all, radius:METRES or nearest:N (default all)",
		  &options_interest, &replay->options.sight, 0, 0 },
		{ "one-client", 0, NULL,
		  "one client publishes all ids, each as an entity; its index is the id's rank in "
		  "ascending order, from 0 (default: one client for each id)",
		  &option_switch, &replay->is_one_client, 0, 0 },
		{ "speed", 0, "X", "X times as fast as recorded (default 1)", &option_number,
		  &replay->speed, 0.01, 100 },
		{ "loop", 0, NULL, "begin again at the end", &option_switch, &replay->is_looping, 0,
		  0 },
		{ "seconds", 0, "S", "stop after S seconds (default: at the end, or at Ctrl-C)",
		  &option_number, &replay->seconds, 0.1, 1e6 },
		{ "hold", 0, "S", "stay S seconds after the last row (default 0.5)", &option_number,
		  &replay->hold_s, 0, 1e6 },
	};
	const struct options_spec spec = {
		.name = "replay",
		.operands = "[FILE.csv]",
		.operand_max = 1,
		.operand = &operand,
		.summary = "Publish recorded movement (CSV: t,id,x,y,z; seconds, integer, metres) "
			   "at its own times",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.default_name = "id",
		.name_help = "the name of the clients, with -<id> behind it; with --one-client "
			     "the whole name (default id; replay)",
		.epilogue = "The file is read and checked before anything is sent. Without one, "
			    "a match of half a minute is played that comes with the program.",
	};

	replay->speed = 1;
	replay->hold_s = 0.5;
	if (options_parse(&replay->options, &spec, argc, argv) < 0)
		return -1;
	if (replay->is_one_client && !replay->options.has_name)
		replay->options.name = "replay";
	if (!replay->is_one_client &&
	    strlen(replay->options.name) + 1 + ID_DIGITS_MAX > STARLING_NAME_MAX_BYTES) {
		fprintf(stderr,
			"starling replay: --name %s: must be at most %d bytes, so that an id fits "
			"behind it\n",
			replay->options.name, STARLING_NAME_MAX_BYTES - 1 - ID_DIGITS_MAX);
		replay->options.exit_status = 2;
		return -1;
	}
	return 0;
}

static bool find_own_match(struct replay *replay)
{
	replay->path = replay->own_path;
	if (installed_find("share/starling", "match.csv", R_OK, replay->own_path))
		return true;
	fprintf(stderr,
		"starling replay: no file is given, and %s, which comes with the program, cannot be "
		"read: %s; give a file\n",
		text_shown(replay->own_path).text, strerror(errno));
	return false;
}

/* The slot and entity of an id. */

static size_t slot_of(const struct replay *replay, size_t rank)
{
	return replay->is_one_client ? 0 : rank;
}

static unsigned index_of(const struct replay *replay, size_t rank)
{
	return replay->is_one_client ? (unsigned)rank : 0;
}

static unsigned grain_um_of(const struct starling_settings *settings)
{
	return (unsigned)lround(settings->grain_m * 1e6);
}

/* Every client gets the same settings, so one check is enough, here and below. */
static bool fits(struct replay *replay, const struct starling_settings *settings)
{
	char why[TRACE_ERROR_BYTES];

	if (grain_um_of(settings) == replay->checked_grain_um)
		return true;
	if (replay->pool.has_failed ||
	    trace_check_fit(&replay->trace, replay->path, grain_um_of(settings),
			    "start the relay with", why) < 0) {
		if (!replay->pool.has_failed)
			session_pool_fail(&replay->pool, "%s", why);
		return false;
	}
	replay->checked_grain_um = grain_um_of(settings);
	return true;
}

static void warn_of_rate(struct replay *replay, const struct starling_settings *settings)
{
	const struct trace_rate_playback play = {
		.speed = replay->speed,
		.is_looping = replay->is_looping,
		.is_one_client = replay->is_one_client,
		.grain_um = grain_um_of(settings),
	};
	struct trace_rate_excess excess;
	char who[64] = "the trace", remedy[96] = "";

	if (settings->message_rate == replay->checked_rate)
		return;
	replay->checked_rate = settings->message_rate;
	if (trace_rate_check(&replay->trace, &play, settings->message_rate, &excess) < 0) {
		session_pool_fail(&replay->pool,
				  "not enough memory for the times of the trace's rows");
		return;
	}
	if (excess.clients == 0)
		return;
	if (!replay->is_one_client)
		snprintf(who, sizeof(who), "id %" PRId64, replay->trace.ids[excess.rank].id);
	if (excess.clients > 1)
		snprintf(who + strlen(who), sizeof(who) - strlen(who), " (and %zu more)",
			 excess.clients - 1);
	if (excess.most <= RELAY_MESSAGE_RATE_MAX)
		snprintf(remedy, sizeof(remedy), ", or start the relay with --message-rate %zu",
			 excess.most);
	session_pool_notify(
		&replay->pool,
		"%s: up to %zu messages within a second are more than the %u that the relay takes "
		"from a member; it drops the rest: play slower with --speed%s",
		who, excess.most, settings->message_rate, remedy);
}

static void on_event(void *context, size_t slot, const struct starling_event *event)
{
	struct replay *replay = context;
	struct starling_settings settings;

	if (event->type != STARLING_WELCOME)
		return;
	starling_settings(replay->pool.sessions[slot], &settings);
	if (settings.member == 0) /* out again already */
		return;
	if (!fits(replay, &settings))
		return;
	warn_of_rate(replay, &settings);
	if (settings.payload_limit < PAYLOAD_KIND_BYTES && !replay->pool.has_failed)
		session_pool_fail(&replay->pool, PAYLOAD_REFUSED);
	if (replay->is_one_client && replay->trace.id_count > settings.entity_limit)
		session_pool_fail(
			&replay->pool,
			"%s has %zu ids, and the relay lets a client have %u %s; start it "
			"with --entities %zu, or leave out --one-client",
			text_shown(replay->path).text, replay->trace.id_count,
			settings.entity_limit,
			text_plural(settings.entity_limit, "entity", "entities"),
			replay->trace.id_count);
}

/* The steps, in the order of their times. */

static void join(struct replay *replay)
{
	size_t rank = replay_schedule_pop_join(&replay->schedule);
	char name[STARLING_NAME_MAX_BYTES + 1];

	snprintf(name, sizeof(name), "%s-%" PRId64, replay->options.name,
		 replay->trace.ids[rank].id);
	session_pool_open(&replay->pool, rank, name);
}

static void leave(struct replay *replay)
{
	size_t rank = replay_schedule_pop_leave(&replay->schedule);

	if (!replay->is_one_client)
		session_pool_leave(&replay->pool, rank);
	else if (replay->pool.sessions[0] != NULL)
		/*
		 * Fails when its rows fell into a time out of the room; then nothing is to remove.
		 */
		starling_remove(replay->pool.sessions[0], index_of(replay, rank));
}

static void publish(struct replay *replay, double now_s)
{
	double due_s = replay_schedule_row_s(&replay->schedule);
	const struct trace_row *row = replay_schedule_pop_row(&replay->schedule);
	size_t slot = slot_of(replay, row->rank);
	struct starling *session = replay->pool.sessions[slot];
	const uint8_t kind = PAYLOAD_REPLAYED;
	struct starling_state state = { .x = row->x,
					.y = row->y,
					.z = row->z,
					.payload = &kind,
					.payload_bytes = sizeof(kind) };
	int64_t room_us, error_us;

	replay->last_row_s = due_s;
	if (session == NULL || replay->pool.slots[slot].member == 0) {
		replay->unsent++;
		return;
	}
	/* The state was true when it was due: a late sender must not make ages look good. */
	if (starling_clock(session, &room_us, &error_us))
		state.origin_us = room_us - (int64_t)((now_s - due_s) * 1e6);
	if (starling_publish(session, index_of(replay, row->rank), &state) < 0)
		replay->unsent++;
	/* Rows of one time leave together. */
	if (!replay->is_one_client || replay_schedule_row_s(&replay->schedule) > due_s)
		starling_flush(session);
}

static double next_s(const struct replay *replay)
{
	double next = fmin(replay_schedule_row_s(&replay->schedule),
			   replay_schedule_leave_s(&replay->schedule));

	return replay->is_one_client ? next : fmin(next, replay_schedule_join_s(&replay->schedule));
}

static void run_due(struct replay *replay, double now_s)
{
	for (int i = 0; i < TURN_STEPS_MAX && !replay->pool.has_failed; i++) {
		double next = next_s(replay);

		if (!(next <= now_s))
			return;
		if (replay_schedule_leave_s(&replay->schedule) <= next)
			leave(replay);
		else if (!replay->is_one_client &&
			 replay_schedule_join_s(&replay->schedule) <= next)
			join(replay);
		else
			publish(replay, now_s);
	}
}

/* The run. */

static double run_s(const struct replay *replay)
{
	return (double)(net_now_ns() - replay->start_ns) / 1e9;
}

/* The clients of the first row join before the trace's time begins. */
static void gather(struct replay *replay)
{
	if (replay->is_one_client)
		session_pool_open(&replay->pool, 0, replay->options.name);
	while (!replay->is_one_client && replay_schedule_join_s(&replay->schedule) <= 0 &&
	       !replay->pool.has_failed)
		join(replay);
	while (!session_pool_has_gathered(&replay->pool, net_now_ns()))
		if (!session_pool_turn(&replay->pool, net_now_ns() + ns_per_s / 10, -1))
			return;
	replay->start_ns = net_now_ns();
}

static void show_progress(struct replay *replay)
{
	struct session_pool_totals totals;
	int64_t now_ns = net_now_ns();

	if (now_ns < replay->progress_ns)
		return;
	replay->progress_ns = now_ns + ns_per_s;
	session_pool_totals(&replay->pool, &totals);
	session_pool_progress(
		&replay->pool, "%s  %.0f of %.0f s%s  %zu %s in room %s  sent %llu  rtt %.2f ms",
		text_shown(replay->path).text,
		fmod(run_s(replay) * replay->speed, replay->trace.period_s), replay->trace.period_s,
		replay->is_looping ? ", looping" : "", session_pool_present(&replay->pool),
		text_plural(session_pool_present(&replay->pool), "client", "clients"),
		replay->options.room, (unsigned long long)totals.published,
		totals.rtt_mean_s > 0 ? totals.rtt_mean_s * 1e3 : 0);
}

/* When the replay ends by itself. */
static double end_s(const struct replay *replay)
{
	double end = isfinite(replay_schedule_row_s(&replay->schedule))
			     ? INFINITY
			     : replay->last_row_s + replay->hold_s;

	return replay->seconds > 0 ? fmin(end, replay->seconds) : end;
}

static void play_trace(struct replay *replay)
{
	gather(replay);
	while (replay->start_ns != 0 && run_s(replay) < end_s(replay)) {
		double until_s = fmin(next_s(replay), end_s(replay));
		int64_t until_ns = replay->start_ns + (int64_t)(until_s * 1e9);

		if (!session_pool_turn(&replay->pool, until_ns, -1))
			return;
		run_due(replay, run_s(replay));
		show_progress(replay);
	}
}

static int finish(struct replay *replay)
{
	struct session_pool_totals totals;
	struct report report = { 0 };
	double ran_s = replay->start_ns != 0 ? run_s(replay) : 0;

	session_pool_totals(&replay->pool, &totals);
	session_pool_finish(&replay->pool);
	if (replay->start_ns == 0 && replay->pool.has_failed)
		return 1;
	report_add(&report, "seconds", "ran for", "s", ran_s, 1);
	report_add(&report, "ids", "ids in the trace", "", (double)replay->trace.id_count, 0);
	report_add_totals(&report, &totals);
	report_add(&report, "unsent", "rows not sent, client away", "", (double)replay->unsent, 0);
	report_add_impairment(&report, &replay->pool.impairment);
	if (report_print(&report, replay->options.json) < 0)
		session_pool_fail(&replay->pool, "not enough memory for the summary");
	return replay->pool.has_failed ? 1 : 0;
}

static int run(struct replay *replay)
{
	size_t slots = replay->is_one_client ? 1 : replay->trace.id_count;
	size_t most = replay->is_one_client ? 1 : replay_schedule_most(&replay->schedule);
	int status;

	if (session_pool_init(&replay->pool, "replay", &replay->options, slots, most) < 0)
		return 1;
	if (replay->path == replay->own_path)
		session_pool_notify(&replay->pool,
				    "no file is given: playing %s, a match of our own",
				    text_shown(replay->path).text);
	replay->pool.on_event = on_event;
	replay->pool.context = replay;
	play_trace(replay);
	status = finish(replay);
	session_pool_fini(&replay->pool);
	return status;
}

int replay_run(int argc, char **argv)
{
	struct replay replay = { 0 };
	char why[TRACE_ERROR_BYTES];
	int status = 1;

	if (read_options(&replay, argc, argv) < 0)
		return replay.options.exit_status;
	if (!replay.path && !find_own_match(&replay))
		return 1;
	if (trace_reader_open(&replay.trace, replay.path, why) < 0) {
		fprintf(stderr, "starling replay: %s\n", why);
		return 1;
	}
	if (replay_schedule_init(&replay.schedule, &replay.trace, replay.speed, replay.is_looping,
				 replay.is_one_client ? 0 : lead_s) == 0)
		status = run(&replay);
	else
		fputs("starling replay: not enough memory for the trace's ids\n", stderr);
	replay_schedule_fini(&replay.schedule);
	trace_fini(&replay.trace);
	return status;
}
