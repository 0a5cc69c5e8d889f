/* client/play/play_view_model: the others' trails, drawn positions and ghosts. */
#include "client/play/play_internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

enum {
	ADA = 1, /* we */
	BOB = 2,
	MS_US = 1000,
	STEP_MS = 50, /* between two states of bob's */
	FRAME_MS = 25,
};

/* A game on a fixture. */
struct show {
	struct session_fixture *fixture;
	struct play *play;
	struct options options;
	uint16_t seq;
};

/* Runs the game for so long, without a terminal. */
static void go_on(struct show *show, int64_t ms)
{
	for (int64_t passed_ms = 0; passed_ms < ms; passed_ms += FRAME_MS) {
		session_fixture_run(show->fixture, FRAME_MS);
		show->play->now_us = sim_now_ns(show->fixture->sim) / MS_US;
		play_receive_events(show->play);
		play_update_silence(show->play);
	}
	play_update_view_model(show->play);
}

static void receive_bob(struct show *show, double x)
{
	static const uint8_t payload[] = { PAYLOAD_PLAYER };
	const struct states_record record = { .member = BOB,
					      .seq = show->seq++,
					      .position = { (int32_t)lround(x * 1000), 34000, 0 },
					      .payload = { payload, sizeof(payload) } };

	fake_relay_send_snapshot(&show->fixture->relay, &record, 1);
	go_on(show, STEP_MS);
}

/* 10 m/s to the right, from 20 m to 30 m. */
static void let_bob_run(struct show *show)
{
	for (int i = 0; i <= 20; i++)
		receive_bob(show, 20 + i * 0.5);
}

static int begin(void **state)
{
	struct show *show = calloc(1, sizeof(*show));

	if (show == NULL || session_fixture_setup((void **)&show->fixture) != 0)
		return -1;
	show->play = calloc(1, sizeof(*show->play));
	show->options = (struct options){ .room = "lobby", .name = "ada" };
	show->play->options = &show->options;
	session_fixture_open(show->fixture);
	session_fixture_welcome(show->fixture);
	show->play->session = show->fixture->session;
	fake_relay_send_joined(&show->fixture->relay, BOB, "bob");
	go_on(show, 100);
	*state = show;
	return 0;
}

static int end(void **state)
{
	struct show *show = *state;
	int result = session_fixture_teardown((void **)&show->fixture);

	free(show->play);
	free(show);
	return result;
}

static const struct view_model_dot *bob(const struct show *show)
{
	const struct view_model *model = &show->play->model;

	for (size_t i = 0; i < model->dot_count; i++)
		if (model->dots[i].member == BOB)
			return &model->dots[i];
	fail_msg("bob is not shown");
	return NULL;
}

/* The `number`-th mark of this kind that is bob's; NULL: there is none. */
static const struct view_model_mark *mark(const struct show *show, enum view_model_mark_kind kind,
					  size_t number)
{
	const struct view_model *model = &show->play->model;

	for (size_t i = 0; i < model->mark_count; i++)
		if (model->marks[i].member == BOB && model->marks[i].kind == kind && number-- == 0)
			return &model->marks[i];
	return NULL;
}

static void a_running_player_has_a_trail_behind_and_a_ghost_ahead(void **state)
{
	struct show *show = *state;
	double before_x;

	let_bob_run(show);
	/* Drawn as of 100 ms ago. */
	assert_true(fabs(mark(show, VIEW_MODEL_GHOST, 0)->x - bob(show)->x - 1) < 0.1);
	assert_null(mark(show, VIEW_MODEL_GHOST, 1));
	before_x = bob(show)->x;
	for (size_t i = 0; i < 3; i++) {
		assert_true(mark(show, VIEW_MODEL_TRAIL, i)->x < before_x - 1);
		before_x = mark(show, VIEW_MODEL_TRAIL, i)->x;
	}
	assert_null(mark(show, VIEW_MODEL_TRAIL, 3));
}

/* As behind a lost reliable packet: the ghost stops, the thing too, and what comes late leaps. */
static void a_player_without_new_states_stops_grows_old_and_leaps(void **state)
{
	struct show *show = *state;
	double stopped_x;

	let_bob_run(show);
	go_on(show, 600);
	stopped_x = bob(show)->x;
	assert_true(fabs(mark(show, VIEW_MODEL_GHOST, 0)->x - stopped_x) < 0.01);
	players_measure(&show->play->players, show->fixture->session, false);
	play_update_view_model(show->play);
	for (size_t i = 0; i < show->play->model.row_count; i++)
		if (show->play->model.rows[i].member == BOB)
			assert_in_range(show->play->model.rows[i].age_ms, 600, 700);
	receive_bob(show, 40);
	go_on(show, 100);
	assert_true(bob(show)->x > stopped_x + 5);
}

static void a_silent_relay_is_reported_until_it_sends(void **state)
{
	struct show *show = *state;

	let_bob_run(show);
	assert_false(play_is_cut_off(show->play));
	assert_null(show->play->model.banner);
	show->fixture->is_cut = true;
	go_on(show, 600);
	assert_false(play_is_cut_off(show->play));
	go_on(show, 200);
	assert_true(play_is_cut_off(show->play));
	assert_non_null(show->play->model.banner);
	assert_non_null(strstr(show->play->model.state, "0.8 s"));
	show->fixture->is_cut = false;
	receive_bob(show, 40);
	assert_false(play_is_cut_off(show->play));
	assert_null(show->play->model.banner);
}

/* A request for the seed by this member, as the relay passes it on. */
static void want(struct show *show, uint32_t member, uint32_t seed, enum wire_scope scope)
{
	uint8_t data[GAME_MESSAGE_MAX_BYTES], message[WIRE_MESSAGE_MAX_BYTES];
	const struct game_message wanted = { .type = GAME_MESSAGE_SEED, .seed = seed };
	const struct wire_event event = { .scope = scope,
					  .member = member,
					  .data = { data, game_message_encode(data, &wanted) } };

	fake_relay_send(&show->fixture->relay, WIRE_CHANNEL_EVENT, WIRE_RELIABLE, message,
			wire_event_encode(message, sizeof(message), &event));
	go_on(show, 50);
}

static size_t seeds_shown(const struct show *show)
{
	size_t count = 0;

	for (size_t i = 0; i < show->play->model.mark_count; i++)
		count += show->play->model.marks[i].kind == VIEW_MODEL_SEED;
	return count;
}

static void a_seed_gives_points_to_the_first_request_in_the_relays_order(void **state)
{
	struct show *show = *state;
	const uint32_t *points = &show->play->tag.points;

	/* Two come, the numbers 1 and 2. */
	go_on(show, 2 * SEEDS_INTERVAL_US / MS_US + 100);
	assert_int_equal(seeds_shown(show), 2);
	want(show, ADA, 1, WIRE_TO_OTHERS);
	assert_int_equal(*points, 0);
	want(show, BOB, 1, WIRE_TO_ALL);
	want(show, ADA, 1, WIRE_TO_ALL);
	assert_int_equal(*points, 0);
	assert_int_equal(seeds_shown(show), 1);
	want(show, ADA, 2, WIRE_TO_ALL);
	want(show, BOB, 2, WIRE_TO_ALL);
	assert_int_equal(*points, SEEDS_POINTS);
	assert_int_equal(seeds_shown(show), 0);
}

static void a_player_at_rest_does_not_request_its_seed(void **state)
{
	struct show *show = *state;
	struct play *play = show->play;
	struct seed list[SEEDS_MAX];
	int64_t room_us;

	go_on(show, SEEDS_INTERVAL_US / MS_US + 100);
	assert_true(starling_clock(play->session, &room_us, NULL));
	assert_int_equal(seeds_lying(&play->seeds, room_us, list), 1);
	play->mover = (struct arena_mover){ .x = list[0].x, .y = list[0].y };
	play_eat(play);
	go_on(show, 50);
	assert_null(fake_relay_next(&show->fixture->relay, WIRE_EVENT));
	play->mover.vx = ARENA_SPEED_MPS;
	play_eat(play);
	go_on(show, 50);
	assert_non_null(fake_relay_next(&show->fixture->relay, WIRE_EVENT));
	/* A requested seed is not eaten yet. */
	assert_int_equal(play->tag.points, 0);
}

/* A bot's points need no answer of the relay. */
static void nothing_gives_points_while_the_relay_is_silent(void **state)
{
	struct show *show = *state;
	struct play *play = show->play;
	const struct states_record bot = { .member = BOB,
					   .position = { 30000, 34000, 0 },
					   .payload = { (const uint8_t[]){ PAYLOAD_BOT }, 1 } };

	fake_relay_send_keyframe(&show->fixture->relay, &bot, 1, false);
	go_on(show, 100);
	play->mover = (struct arena_mover){ .x = 30, .y = 34, .vx = ARENA_SPEED_MPS };
	show->fixture->is_cut = true;
	go_on(show, 800);
	play_touch(play);
	assert_int_equal(play->tag.points, 0);
	show->fixture->is_cut = false;
	fake_relay_send_joined(&show->fixture->relay, 3, "cyd");
	go_on(show, 800);
	play_touch(play);
	assert_int_equal(play->tag.points, TAG_BOT_POINTS);
	play_touch(play);
	assert_int_equal(play->tag.points, TAG_BOT_POINTS);
}

#define SHOWN(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void what_the_relay_says_is_a_line_of_its_own(void **state)
{
	struct show *show = *state;
	const struct view_model *model = &show->play->model;
	bool is_shown = false;

	fake_relay_send_event(&show->fixture->relay, WIRE_TO_ALL, WIRE_FROM_RELAY, "back at noon",
			      true);
	go_on(show, 100);
	for (size_t i = 0; i < VIEW_MODEL_LINES_MAX; i++)
		is_shown |= strcmp(model->lines[i], "The relay: back at noon") == 0;
	assert_true(is_shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHOWN(a_running_player_has_a_trail_behind_and_a_ghost_ahead),
		SHOWN(a_player_without_new_states_stops_grows_old_and_leaps),
		SHOWN(a_silent_relay_is_reported_until_it_sends),
		SHOWN(a_seed_gives_points_to_the_first_request_in_the_relays_order),
		SHOWN(a_player_at_rest_does_not_request_its_seed),
		SHOWN(nothing_gives_points_while_the_relay_is_silent),
		SHOWN(what_the_relay_says_is_a_line_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
