#include "client/watch/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/cli/line_output.h"
#include "client/watch/viewport.h"
#include "client/sessions/session_pool.h"
#include "client/watch/map.h"
#include "client/terminal/screen.h"
#include "client/watch/room_monitor.h"
#include "client/sessions/silence.h"
#include "client/watch/watch_line.h"
#include "proto/net/net.h"
#include "proto/wire/text.h"

static const int64_t ns_per_ms = 1000000;
static const int64_t ns_per_s = 1000000000;
static const int64_t frame_ns = 50000000; /* enough for the eye, and little for ssh */
static const int64_t notice_shown_ns = 5000000000;
/* In a room at rest only pings are answered, each second or so. */
static const double silence_shown_s = 2.5;

struct watch {
	struct options options;
	double seconds;
	bool with_entities, with_summary, is_quiet;
	struct map map;

	struct session_pool pool;
	struct room_monitor monitor;
	struct silence silence;
	bool has_screen, quits;
	struct line_output lines; /* without a screen */
	int64_t start_ns;         /* when the room was complete for the first time; 0: not yet */
	int64_t sample_ns;        /* when the next sample is due */
	int64_t line_ns;          /* when this second ends */
	int64_t draw_ns;          /* when the next frame is due */
	unsigned second;          /* number of this second, from 1 */
	char header[WATCH_LINE_BYTES];
	char silent[64]; /* a footer */
};

static bool read_bounds(const struct option_row *row, const char *text, char *must,
			size_t must_bytes)
{
	snprintf(must, must_bytes, "must be two opposite corners in metres, such as 0,0,105,68");
	return viewport_parse(row->value, text);
}

static const struct option_kind bounds_kind = { .forms = OPTION_AS_TEXT, .read = read_bounds };

static int read_options(struct watch *watch, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "seconds", 0, "S", "stop after S seconds (default: at q or Ctrl-C)",
		  &option_number, &watch->seconds, 0.1, 1e6 },
		{ "bounds", 0, "X0,Y0,X1,Y1",
		  "the part that the map shows, in metres (default: grows with the entities seen)",
		  &bounds_kind, &watch->map.viewport, 0, 0 },
		{ "entities", 0, NULL, "with --json: every entity's position too", &option_switch,
		  &watch->with_entities, 0, 0 },
		{ "interest", 0, "WHAT",
		  "entities to receive: all, radius:METRES or nearest:N (default all)",
		  &options_interest, &watch->options.sight, 0, 0 },
		{ "summary", 0, NULL, "at the end, a summary of the whole time", &option_switch,
		  &watch->with_summary, 0, 0 },
		{ "quiet", 'q', NULL, "no map and no line a second", &option_switch,
		  &watch->is_quiet, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "watch",
		.summary = "Show a room: a live map on a terminal, one line a second in a pipe or "
			   "with --json",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.name_help = "the name that others see (default watch)",
		.epilogue = "On the map, people are capitals, all others small letters; q quits.",
	};

	if (options_parse(&watch->options, &spec, argc, argv) < 0)
		return -1;
	return 0;
}

/* Sampling. */

static struct starling *session_of(const struct watch *watch)
{
	return watch->pool.sessions[0];
}

static void begin(struct watch *watch, int64_t now_ns)
{
	watch->start_ns = now_ns;
	watch->sample_ns = now_ns;
	watch->second = 1;
	watch->line_ns = now_ns + ns_per_s;
}

static double run_s(const struct watch *watch)
{
	return watch->start_ns != 0 ? (double)(net_now_ns() - watch->start_ns) / 1e9 : 0;
}

static void sample(struct watch *watch, int64_t now_ns)
{
	bool is_whole = starling_status(session_of(watch)) == STARLING_PLAYING;

	if (watch->start_ns == 0 && is_whole)
		begin(watch, now_ns);
	if (watch->start_ns == 0 || now_ns < watch->sample_ns)
		return;
	/* One sample, however late: missed ones are gone. */
	watch->sample_ns += ((now_ns - watch->sample_ns) / (ROOM_MONITOR_STEP_MS * ns_per_ms) + 1) *
			    (ROOM_MONITOR_STEP_MS * ns_per_ms);
	if (!is_whole)
		room_monitor_forget(&watch->monitor);
	else if (room_monitor_sample(&watch->monitor, session_of(watch), now_ns) < 0)
		session_pool_fail(&watch->pool, "not enough memory for %zu %s",
				  watch->monitor.entity_total,
				  text_plural(watch->monitor.entity_total, "entity", "entities"));
}

/* Output. */

static void print_line(struct watch *watch)
{
	char line[WATCH_LINE_BYTES], *text = NULL;
	bool is_whole = true;
	size_t size = 0;
	FILE *out;

	watch_line_header(watch->header, &watch->monitor, watch->options.room);
	if (!watch->lines.writer)
		return;
	out = open_memstream(&text, &size);
	if (out && watch->options.json) {
		is_whole = watch_line_json(out, &watch->monitor, watch->options.room, watch->second,
					   watch->with_entities) == 0;
	} else if (out) {
		watch_line_text(line, &watch->monitor, watch->second);
		fprintf(out, "%s\n", line);
	}
	if (out && fclose(out) == 0 && is_whole)
		line_output_add(&watch->lines, text, size);
	else
		session_pool_fail(&watch->pool, "not enough memory for a line");
	free(text);
}

static void end_second(struct watch *watch, int64_t now_ns)
{
	if (watch->start_ns == 0 || now_ns < watch->line_ns)
		return;
	watch->second += (unsigned)((now_ns - watch->line_ns) / ns_per_s);
	watch->line_ns = watch->start_ns + (watch->second + 1) * ns_per_s;
	print_line(watch);
	watch->second++;
	room_monitor_next_second(&watch->monitor);
	screen_repair();
}

static void update_silence(struct watch *watch, int64_t now_ns)
{
	struct starling_stats stats;

	starling_stats(session_of(watch), &stats);
	silence_update(&watch->silence, stats.datagrams_in, now_ns / 1000);
}

static const char *footer(struct watch *watch, int64_t now_ns)
{
	const double silent_s = silence_s(&watch->silence, now_ns / 1000);

	if (watch->pool.notice_ns != 0 && now_ns - watch->pool.notice_ns < notice_shown_ns)
		return watch->pool.notice;
	if (watch->start_ns == 0)
		return "joining; q quits";
	if (silent_s > silence_shown_s) {
		snprintf(watch->silent, sizeof(watch->silent),
			 "nothing received from the relay for %.0f s; q quits", silent_s);
		return watch->silent;
	}
	return watch->monitor.entity_total > 0 ? "q quits" : "nothing moves here yet; q quits";
}

static void draw(struct watch *watch, int64_t now_ns)
{
	if (!watch->has_screen || now_ns < watch->draw_ns)
		return;
	watch->draw_ns = now_ns + frame_ns;
	update_silence(watch, now_ns);
	map_draw(&watch->map, &watch->monitor, session_of(watch), watch->header,
		 footer(watch, now_ns));
}

static void handle_keys(struct watch *watch)
{
	struct screen_key key;

	while (watch->has_screen && (key = screen_key()).type != SCREEN_NOTHING)
		if (key.type == SCREEN_TEXT && (key.point == 'q' || key.point == 'Q'))
			watch->quits = true;
}

/* The run. */

static int64_t next_ns(const struct watch *watch)
{
	int64_t next = INT64_MAX;

	if (watch->start_ns != 0)
		next = watch->sample_ns < watch->line_ns ? watch->sample_ns : watch->line_ns;
	if (watch->has_screen && watch->draw_ns < next)
		next = watch->draw_ns;
	return next;
}

static void run(struct watch *watch)
{
	int64_t until_ns = net_now_ns();

	while (!watch->quits && (watch->seconds <= 0 || run_s(watch) < watch->seconds) &&
	       session_pool_turn(&watch->pool, until_ns, watch->has_screen ? STDIN_FILENO : -1)) {
		int64_t now_ns = net_now_ns();

		sample(watch, now_ns);
		end_second(watch, now_ns);
		watch->quits |= line_output_has_ended(&watch->lines);
		handle_keys(watch);
		draw(watch, now_ns);
		until_ns = next_ns(watch);
	}
}

static void open_map(struct watch *watch)
{
	if (watch->options.json || watch->is_quiet || !isatty(STDOUT_FILENO))
		return;
	/* Without a keyboard, or on an unknown kind of terminal, lines do as well. */
	if (screen_open() < 0)
		return;
	watch->has_screen = true;
	snprintf(watch->header, sizeof(watch->header), " %s", watch->options.room);
	session_pool_hold(&watch->pool, true);
}

static void close_map(struct watch *watch)
{
	if (!watch->has_screen)
		return;
	screen_close();
	watch->has_screen = false;
	session_pool_hold(&watch->pool, false);
}

static int watch_room(struct watch *watch)
{
	char error[LINE_OUTPUT_ERROR_BYTES];
	double watched_s;
	bool is_read;

	if (session_pool_open(&watch->pool, 0, watch->options.name) == 0) {
		open_map(watch);
		if (watch->has_screen || watch->is_quiet || line_output_open(&watch->lines))
			run(watch);
		else
			session_pool_fail(&watch->pool, "no memory or thread for its lines");
		close_map(watch);
	}
	watched_s = run_s(watch);
	session_pool_finish(&watch->pool);
	is_read = line_output_close(&watch->lines, error);
	if (!is_read)
		session_pool_fail(&watch->pool, "%s", error);
	if (is_read && watch->with_summary && watch->start_ns != 0 &&
	    watch_line_summary(&watch->monitor, watched_s, watch->options.json) < 0)
		session_pool_fail(&watch->pool, "not enough memory for the summary");
	return watch->pool.has_failed ? 1 : 0;
}

int watch_run(int argc, char **argv)
{
	struct watch watch = { 0 };
	int status;

	if (read_options(&watch, argc, argv) < 0)
		return watch.options.exit_status;
	if (session_pool_init(&watch.pool, "watch", &watch.options, 1, 1) < 0)
		return 1;
	status = watch_room(&watch);
	impairment_print(&watch.pool.impairment, "starling watch", stderr);
	room_monitor_fini(&watch.monitor);
	session_pool_fini(&watch.pool);
	return status;
}
