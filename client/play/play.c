#include "client/play/play.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/sessions/impairment_options.h"
#include "client/sessions/loop.h"
#include "client/play/play_internal.h"
#include "client/play/play_screen.h"
#include "client/terminal/screen.h"
#include "client/sessions/unreachable.h"
#include "proto/net/net.h"
#include "proto/wire/text.h"

enum {
	FRAME_US = 33333, /* 30 a second: published and drawn */
	SECOND_US = 1000000,
	LEAVE_MS = 300,       /* wait for the relay's answer when leaving */
	KEYS_PER_TURN = 64,   /* a paste must not starve the game */
	EMPTY_READS_MAX = 30, /* readable, and no key: the terminal is gone */
};

/* The login name, if it is a valid name. */
static const char *default_name(void)
{
	const char *name = getenv("USER");

	if (!name || *name == '\0' || strlen(name) > STARLING_NAME_MAX_BYTES ||
	    text_name_fault(name, strlen(name)))
		return "player";
	return name;
}

static void publish(struct play *play)
{
	static const uint8_t payload[] = { PAYLOAD_PLAYER };
	const struct starling_state state = { .x = play->mover.x,
					      .y = play->mover.y,
					      .payload = payload,
					      .payload_bytes = sizeof(payload) };

	/* Fails while the connection is lost; the next frame has a newer state. */
	starling_publish(play->session, PLAY_ENTITY, &state);
}

/* One step of the game: move, publish, touch, draw. */
static void frame(struct play *play)
{
	double seconds = (double)(play->now_us - play->frame_us) / SECOND_US;
	double speed_mps = tag_is_self(&play->tag) ? ARENA_IT_SPEED_MPS : ARENA_SPEED_MPS;

	play_update_silence(play);
	if (play->is_in) {
		arena_step(&play->mover, speed_mps, seconds);
		publish(play);
		play_touch(play);
		play_eat(play);
		play_claim(play);
	}
	play_measure(play);
	play_update_view_model(play);
	play_screen_draw(&play->model);
	play->frame_us = play->now_us;
}

/* Returns the number of keys. */
static int handle_keys(struct play *play)
{
	int count = 0;

	while (count < KEYS_PER_TURN) {
		struct screen_key key = screen_key();

		if (key.type == SCREEN_NOTHING)
			break;
		play_key(play, &key);
		count++;
	}
	return count;
}

static bool has_waited_too_long(const struct play *play, int64_t start_us)
{
	return !play->has_played &&
	       (double)(play->now_us - start_us) > play->options->patience_s * SECOND_US;
}

/*
 * Runs until the player quits, a signal comes, or the session ends. False when no relay answered.
 */
static bool run(struct play *play, struct loop *loop)
{
	int64_t start_us = net_now_ns() / 1000;
	unsigned empty_reads = 0;
	bool is_due, has_input;

	play->frame_us = play->second_us = start_us;
	while (!play->quits && !play->is_over && !loop_is_stopped()) {
		has_input = loop_wait(loop, &play->session, &is_due, 1, STDIN_FILENO,
				      (play->frame_us + FRAME_US) * 1000);
		play->now_us = net_now_ns() / 1000;
		if (handle_keys(play) == 0 && has_input)
			play->quits |= ++empty_reads > EMPTY_READS_MAX;
		else
			empty_reads = 0;
		/* Also right after keys: a mode or a chat line need not wait. */
		if (is_due || has_input)
			starling_update(play->session);
		play_receive_events(play);
		if (has_waited_too_long(play, start_us))
			return false;
		if (play->now_us - play->frame_us >= FRAME_US) {
			frame(play);
			starling_update(play->session);
		}
	}
	return true;
}

/* Leaves, and waits a moment for the relay's answer. */
static void leave(struct play *play, struct loop *loop)
{
	int64_t until_ns = net_now_ns() + (int64_t)LEAVE_MS * 1000000;
	bool is_due;

	starling_leave(play->session);
	while (!play->is_over && starling_update(play->session) == 0 && net_now_ns() < until_ns) {
		/* A signal would end each loop_wait at once, so sleep plainly. */
		if (loop_is_stopped())
			starling_wait(play->session, 0.02);
		else
			loop_wait(loop, &play->session, &is_due, 1, -1, until_ns);
		play_receive_events(play);
	}
}

static int open_failed(int error)
{
	if (error == -ENOTTY)
		fprintf(stderr,
			"starling play: needs a terminal for input and output; without one, "
			"try `starling watch`\n");
	else
		fprintf(stderr,
			"starling play: the terminal kind TERM=%s is not known here, or has no "
			"places to draw at; set TERM to one that has, such as xterm\n",
			text_shown(getenv("TERM")).text);
	return 2;
}

static void print_summary(const struct play *play, int64_t played_us)
{
	struct starling_stats stats;
	double seconds = (double)played_us / SECOND_US;

	starling_stats(play->session, &stats);
	if (play->options->json)
		printf("{\"seconds\":%.1f,\"points\":%u,\"tags\":%u,\"rejoins\":%llu}\n", seconds,
		       play->tag.points, play->tags_made, (unsigned long long)stats.rejoins);
	else
		printf("played %.0f s in room %s: %u %s, %u %s\n", seconds, play->options->room,
		       play->tag.points, text_plural(play->tag.points, "point", "points"),
		       play->tags_made, text_plural(play->tags_made, "tag", "tags"));
}

/* Plays with the session open and the terminal taken over. */
static int play_session(struct play *play, struct loop *loop)
{
	int64_t start_us = net_now_ns() / 1000;
	bool has_answer = run(play, loop);
	bool ended_by_relay = play->is_over;
	char text[UNREACHABLE_TEXT_BYTES];

	if (!play->is_over && has_answer)
		leave(play, loop);
	screen_close();
	if (!has_answer) {
		unreachable_text(text, play->options, play->lost_reason);
		fprintf(stderr, "starling play: %s\n", text);
		return EXIT_FAILURE;
	}
	if (ended_by_relay) {
		fprintf(stderr, "starling play: the relay at %s:%u ended the game: %s\n",
			text_shown(play->options->host).text, (unsigned)play->options->port,
			play->end);
		return EXIT_FAILURE;
	}
	if (play->has_played)
		print_summary(play, net_now_ns() / 1000 - start_us);
	return EXIT_SUCCESS;
}

static int open_and_play(struct play *play)
{
	struct starling_config config;
	struct starling_error error;
	struct loop loop = { 0 };
	int status = EXIT_FAILURE, result;

	options_config(play->options, &config);
	config.echo = true; /* to show the position that the relay knows */
	if (starling_open(&play->session, &config, &error) < 0) {
		fprintf(stderr, "starling play: %s\n", error.text);
		return EXIT_FAILURE;
	}
	if (loop_init(&loop, 1) < 0) {
		fprintf(stderr, "starling play: out of memory\n");
		goto out;
	}
	result = screen_open();
	status = result < 0 ? open_failed(result) : play_session(play, &loop);
out:
	starling_close(play->session);
	loop_fini(&loop);
	return status;
}

int play_run(int argc, char **argv)
{
	const struct options_spec spec = {
		.name = "play",
		.summary = "play tag in the terminal",
		.default_name = default_name(),
		.lacks = OPTIONS_VERBOSE,
		.epilogue =
			"Keys: arrows or WASD set a heading, space stops, m changes the mode, "
			"Enter or t opens the chat line (Enter sends, Esc cancels), q or Ctrl-C "
			"quits, Ctrl-L draws all anew.",
	};
	struct impairment impairment;
	struct options options;
	struct play *play;
	int status;

	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	/* Before anything is sent: nobody can play without a terminal. */
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return open_failed(-ENOTTY);
	play = calloc(1, sizeof(*play));
	if (!play) {
		fprintf(stderr, "starling play: out of memory\n");
		return EXIT_FAILURE;
	}
	play->options = &options;
	play->mode = options.mode;
	play->lost_reason = STARLING_REASON_LOST;
	if (impairment_begin(&impairment, &options) < 0) {
		fprintf(stderr, "starling play: out of memory\n");
		free(play);
		return EXIT_FAILURE;
	}
	status = open_and_play(play);
	impairment_print(&impairment, "starling play", stderr);
	impairment_end(&impairment);
	free(play);
	return status;
}
