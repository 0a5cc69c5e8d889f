/* A trace through the real relay by the real programs arrives as it was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include "client/lib/starling.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_FLAGS   ((const char *const[]){ NULL })

enum {
	IDS = 22,
	RECEIVERS = 3,
	ENTITIES_MAX = 64,
};

struct place {
	double x, y, z;
};

static struct process relay, player;
static struct starling *receivers[RECEIVERS];
static struct place finals[IDS];
static char trace_path[64];

/* Two seconds of IDS entities on circles, in the form of a recorded match. */
static void write_trace(void)
{
	FILE *file;
	int descriptor;

	strcpy(trace_path, "/tmp/starling-trace-XXXXXX");
	descriptor = mkstemp(trace_path);
	assert_true(descriptor >= 0);
	file = fdopen(descriptor, "w");
	fprintf(file, "t,id,x,y,z\n");
	for (int step = 0; step <= 40; step++) {
		for (int id = 0; id < IDS; id++) {
			double angle = 0.1 * step + id;
			struct place *at = &finals[id];

			*at = (struct place){ 50 + (10 + id) * cos(angle), 34 + id * sin(angle),
					      id == 0 ? 1.5 : 0 };
			fprintf(file, "%.3f,%d,%.3f,%.3f,%.3f\n", step * 0.05, 100 + id, at->x,
				at->y, at->z);
		}
	}
	assert_int_equal(fclose(file), 0);
}

static void open_receiver(size_t n, uint16_t port, enum starling_mode mode)
{
	struct starling_config config;
	struct starling_error error;

	starling_default_config(&config);
	config.port = port;
	config.name = "receiver";
	config.down = mode;
	if (starling_open(&receivers[n], &config, &error) != 0)
		fail_msg("%s", error.text);
}

static void listen_all(void)
{
	struct starling_event event;

	for (size_t n = 0; n < RECEIVERS; n++) {
		if (!receivers[n])
			continue;
		starling_wait(receivers[n], 0.005);
		starling_update(receivers[n]);
		while (starling_next(receivers[n], &event))
			;
	}
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t n = 0; n < RECEIVERS; n++) {
		starling_close(receivers[n]);
		receivers[n] = NULL;
	}
	process_end(&player);
	process_end(&relay);
	unlink(trace_path);
	return 0;
}

static bool is_at(const struct starling_entity *entity, const struct place *place)
{
	return fabs(entity->x - place->x) < 0.0011 && fabs(entity->y - place->y) < 0.0011 &&
	       fabs(entity->z - place->z) < 0.0011;
}

/* How many of the trace's last positions are where this receiver sees an entity. */
static size_t places_right(const struct starling *receiver)
{
	struct starling_entity entities[ENTITIES_MAX];
	size_t count = starling_entities(receiver, entities, ENTITIES_MAX);
	size_t right = 0;

	for (size_t id = 0; id < IDS; id++)
		for (size_t i = 0; i < count && i < ENTITIES_MAX; i++)
			if (is_at(&entities[i], &finals[id])) {
				right++;
				break;
			}
	return right;
}

static void await_all_right(double seconds)
{
	double until_s = process_now_s() + seconds;
	size_t right[RECEIVERS] = { 0 };

	while (process_now_s() < until_s) {
		size_t sum = 0, wanted = 0;

		listen_all();
		for (size_t n = 0; n < RECEIVERS; n++) {
			right[n] = receivers[n] ? places_right(receivers[n]) : 0;
			sum += right[n];
			wanted += receivers[n] ? IDS : 0;
		}
		if (sum == wanted)
			return;
	}
	fail_msg("of %d final positions, the receivers have %zu, %zu and %zu; replay said: %s%s",
		 IDS, right[0], right[1], right[2], player.out_text, player.err_text);
}

/* Replays with more flags; the clients stay until they are told to stop, since it loops. */
static void start_replay(uint16_t port, const char *flag, const char *value)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	process_start(&player, FLAGS("starling", "replay", trace_path, "--port", text, "--speed",
				     "4", "--hold", "30", flag, value));
}

static void every_final_position_is_right_at_every_receiver_in_every_mode(void **state)
{
	static const char *const modes[] = { "unsequenced", "sequenced", "reliable" };

	(void)state;
	write_trace();
	for (int mode = 0; mode < 3; mode++) {
		uint16_t port = process_start_relay(&relay, NO_FLAGS);

		for (size_t n = 0; n < RECEIVERS; n++)
			open_receiver(n, port, (enum starling_mode)((mode + (int)n) % 3));
		start_replay(port, "--mode", modes[mode]);
		await_all_right(20);
		for (size_t n = 0; n < RECEIVERS; n++) {
			starling_close(receivers[n]);
			receivers[n] = NULL;
		}
		process_end(&player);
		process_end(&relay);
	}
}

static void one_client_can_publish_the_whole_match(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);
	struct starling_member members[4];

	(void)state;
	write_trace();
	open_receiver(0, port, STARLING_UNSEQUENCED);
	start_replay(port, "--one-client", NULL);
	await_all_right(20);
	assert_int_equal(starling_members(receivers[0], members, 4), 1);
	assert_int_equal(members[0].lost, 0);
}

static void a_late_joiner_has_the_whole_state(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);

	(void)state;
	write_trace();
	open_receiver(0, port, STARLING_UNSEQUENCED);
	start_replay(port, "--room", "lobby");
	await_all_right(20);
	open_receiver(1, port, STARLING_UNSEQUENCED);
	while (starling_status(receivers[1]) != STARLING_PLAYING)
		listen_all();
	assert_int_equal(places_right(receivers[1]), IDS);
}

static void a_broken_trace_is_named_by_file_and_line_before_anything_is_sent(void **state)
{
	FILE *file;

	(void)state;
	write_trace();
	file = fopen(trace_path, "a");
	fprintf(file, "9.000,1,here,2,3\n");
	fclose(file);
	process_start(&player, FLAGS("starling", "replay", trace_path, "--port", "1"));
	assert_int_equal(process_finish(&player, 10), 1);
	assert_non_null(strstr(player.err_text, trace_path));
	assert_non_null(strstr(player.err_text, ":904"));
	assert_non_null(strstr(player.err_text, "here"));
}

/* Rows of one id, far away to the north, as maps have it. */
static void replay_northings(const char *grain)
{
	uint16_t port = process_start_relay(&relay, FLAGS("--grain", grain));
	char text[8];
	FILE *file;

	write_trace();
	file = fopen(trace_path, "w");
	assert_non_null(file);
	fprintf(file, "t,id,x,y,z\n0.0,1,368120.5,5620340.25,52\n0.2,1,368121,5620345.25,52\n");
	fclose(file);
	snprintf(text, sizeof(text), "%u", port);
	process_start(&player, FLAGS("starling", "replay", trace_path, "--port", text));
}

static void a_coordinate_beyond_the_grain_is_refused_before_anything_is_sent(void **state)
{
	(void)state;
	replay_northings("1000");
	assert_int_equal(process_finish(&player, 10), 1);
	assert_non_null(strstr(player.err_text, ":2: y is 5620340.25, and a grain of 1000 um"));
	assert_non_null(strstr(player.err_text, "start the relay with --grain 5000"));
	assert_null(strstr(player.err_text, ":3:"));
}

/* A burst of an entity that reports every half second: once the relay accepts it, and once not. */
static void replay_burst(const char *message_rate)
{
	uint16_t port = process_start_relay(&relay, FLAGS("--message-rate", message_rate));
	char text[8];
	FILE *file;

	write_trace();
	file = fopen(trace_path, "w");
	assert_non_null(file);
	fprintf(file, "t,id,x,y,z\n0,7,0,0,0\n0.1,8,0,0,0\n0.5,7,0,0,0\n0.6,8,0,0,0\n");
	for (int i = 0; i < 60; i++)
		fprintf(file, "%.3f,7,%d,0,0\n", 1 + i * 0.001, i);
	fprintf(file, "1.1,8,0,0,0\n");
	fclose(file);
	snprintf(text, sizeof(text), "%u", port);
	process_start(&player, FLAGS("starling", "replay", trace_path, "--port", text));
	assert_int_equal(process_finish(&player, 10), 0);
}

static void a_burst_is_told_where_the_relay_drops_of_it(void **state)
{
	(void)state;
	replay_burst("20");
	assert_non_null(strstr(player.err_text, "id 7: up to 62 messages within a second"));
	assert_non_null(strstr(player.err_text, "--message-rate 62"));
	assert_null(strstr(player.err_text, "more)"));
	process_end(&player);
	process_end(&relay);
	unlink(trace_path);
	replay_burst("62");
	assert_string_equal(player.err_text, "");
}

static void without_a_file_a_match_of_our_own_is_played_and_named(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);
	char text[8];

	(void)state;
	snprintf(text, sizeof(text), "%u", port);
	process_start(&player, FLAGS("starling", "replay", "--port", text, "--seconds", "0.3"));
	assert_int_equal(process_finish(&player, 10), 0);
	assert_non_null(strstr(player.err_text, "no file is given: playing "));
	assert_non_null(strstr(player.err_text, "match.csv"));
	assert_non_null(strstr(player.out_text, "ids in the trace                       23\n"));
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(every_final_position_is_right_at_every_receiver_in_every_mode),
		E2E(one_client_can_publish_the_whole_match),
		E2E(a_late_joiner_has_the_whole_state),
		E2E(a_broken_trace_is_named_by_file_and_line_before_anything_is_sent),
		E2E(a_coordinate_beyond_the_grain_is_refused_before_anything_is_sent),
		E2E(a_burst_is_told_where_the_relay_drops_of_it),
		E2E(without_a_file_a_match_of_our_own_is_played_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
