/* The scene as the player sees it: the others a little in the past, oneself at once. */
#include "client/play/play_game.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRAIL_STEPS = 3,
};

static const double trail_step_s = 0.15;

static struct scene_dot *add_dot(struct scene *scene)
{
	if (scene->dot_count == SCENE_DOTS_MAX)
		return NULL;
	scene->dots[scene->dot_count] = (struct scene_dot){ 0 };
	return &scene->dots[scene->dot_count++];
}

static void add_mark(struct scene *scene, enum scene_mark_kind kind, double x, double y,
		     uint32_t member)
{
	if (scene->mark_count < SCENE_MARKS_MAX)
		scene->marks[scene->mark_count++] =
			(struct scene_mark){ .x = x, .y = y, .kind = kind, .member = member };
}

/* Where it was before it was where it is drawn, and where it is by now, moving on as it moved. */
static void add_marks(struct play *play, const struct starling_entity *entity)
{
	struct starling_sample sample;

	for (int i = 1; i <= TRAIL_STEPS; i++)
		if (starling_sample(play->session, entity->member, entity->index,
				    PLAY_DELAY_S + i * trail_step_s, &sample))
			add_mark(&play->scene, SCENE_TRAIL, sample.x, sample.y, entity->member);
	if (starling_sample(play->session, entity->member, entity->index, 0, &sample))
		add_mark(&play->scene, SCENE_GHOST, sample.x, sample.y, entity->member);
}

static void add_seeds(struct play *play)
{
	struct seed list[SEEDS_MAX];
	int64_t room_us, error_us;
	size_t count;

	if (!play->is_in || !starling_clock(play->session, &room_us, &error_us))
		return;
	count = seeds_lying(&play->seeds, room_us, list);
	for (size_t i = 0; i < count; i++)
		add_mark(&play->scene, SCENE_SEED, list[i].x, list[i].y, 0);
}

static void add_entity(struct play *play, const struct starling_entity *entity)
{
	const struct player *player = players_find(&play->players, entity->member);
	struct starling_sample sample;
	struct scene_dot *dot;

	if (!starling_sample(play->session, entity->member, entity->index, PLAY_DELAY_S, &sample))
		return;
	dot = add_dot(&play->scene);
	if (!dot)
		return;
	dot->x = sample.x;
	dot->y = sample.y;
	dot->kind = avatar_kind_of(entity->payload, entity->payload_bytes);
	dot->member = entity->member;
	dot->is_it = entity->member == play->tag.it && dot->kind == AVATAR_PLAYER;
	dot->is_stale = sample.age_s > PLAY_STALE_S;
	if (player && dot->kind == AVATAR_PLAYER)
		dot->name = player->name;
	add_marks(play, entity);
}

/* Our own state comes back: as the relay knows it, and so the others. */
static void add_echo(struct play *play)
{
	struct starling_entity own;

	if (play->is_in && starling_entity(play->session, play->tag.self, PLAY_ENTITY, &own))
		add_mark(&play->scene, SCENE_GHOST, own.x, own.y, play->tag.self);
}

static void add_dots(struct play *play)
{
	size_t count = starling_entities(play->session, play->entities, SCENE_DOTS_MAX);
	struct scene_dot *dot;

	play->scene.dot_count = play->scene.mark_count = 0;
	add_seeds(play);
	add_echo(play);
	dot = add_dot(&play->scene);
	*dot = (struct scene_dot){
		.x = play->mover.x,
		.y = play->mover.y,
		.kind = AVATAR_PLAYER,
		.member = play->tag.self,
		.is_self = true,
		.is_it = tag_is_self(&play->tag),
	};
	if (count > SCENE_DOTS_MAX)
		count = SCENE_DOTS_MAX;
	for (size_t i = 0; i < count; i++) {
		if (play->entities[i].member != play->tag.self)
			add_entity(play, &play->entities[i]);
	}
}

/* Seconds as milliseconds; what is not known stays negative. */
static double ms(double seconds)
{
	return seconds < 0 ? -1 : seconds * 1000;
}

/* For a narrow column. */
static const char *short_mode(enum starling_mode mode)
{
	switch (mode) {
	case STARLING_UNSEQUENCED:
		return "unseq";
	case STARLING_SEQUENCED:
		return "seq";
	case STARLING_RELIABLE:
		return "rel";
	}
	return "";
}

/* Of our newest state that came back: it has gone both ways. */
static double own_age_ms(const struct play *play)
{
	struct starling_entity own;

	if (!play->is_in || !starling_entity(play->session, play->tag.self, PLAY_ENTITY, &own))
		return -1;
	return ms(own.age_s > 0 ? own.age_s : 0);
}

static void add_own_row(struct play *play)
{
	play->scene.rows[play->scene.row_count++] = (struct scene_row){
		.name = play->options->name,
		.mode = short_mode(play->mode),
		.points = (long)play->tag.points,
		.age_ms = own_age_ms(play),
		.loss_percent = -1,
		.member = play->tag.self,
		.is_self = true,
		.is_it = tag_is_self(&play->tag),
	};
}

static void add_row(struct play *play, const struct player *player)
{
	const struct talk *status = &player->status;

	if (play->scene.row_count == SCENE_ROWS_MAX)
		return;
	play->scene.rows[play->scene.row_count++] = (struct scene_row){
		.name = player->name,
		.mode = player->has_status ? short_mode(status->mode) : "",
		.points = player->has_status ? (long)status->points : -1,
		.age_ms = ms(player->age_s),
		.loss_percent = player->loss < 0 ? -1 : player->loss * 100,
		.member = player->id,
		.is_it = player->id == play->tag.it,
	};
}

static int by_points(const void *one, const void *two)
{
	const struct scene_row *a = one, *b = two;

	if (a->points != b->points)
		return a->points < b->points ? 1 : -1;
	return a->member < b->member ? -1 : a->member > b->member;
}

/* People line by line; bots and replayed ones as a sum. */
static void add_rows(struct play *play)
{
	struct scene *scene = &play->scene;
	double age_s = 0;
	size_t aged = 0;

	scene->row_count = scene->bot_count = scene->replayed_count = 0;
	add_own_row(play);
	for (size_t i = 0; i < play->players.count; i++) {
		const struct player *player = &play->players.list[i];

		if (player->kind == AVATAR_PLAYER) {
			add_row(play, player);
			continue;
		}
		scene->bot_count += player->kind == AVATAR_BOT;
		scene->replayed_count += player->kind == AVATAR_REPLAYED;
		if (player->kind != AVATAR_UNKNOWN && player->age_s >= 0) {
			age_s += player->age_s;
			aged++;
		}
	}
	scene->bot_age_ms = aged > 0 ? ms(age_s / (double)aged) : -1;
	qsort(scene->rows, scene->row_count, sizeof(scene->rows[0]), by_points);
}

static void write_state(struct play *play)
{
	char text[STARLING_NAME_MAX_BYTES + 1];
	double immunity_s = tag_immunity_s(&play->tag, play->now_us);
	char *state = play->state;
	size_t size = sizeof(play->state);

	if (!play->is_in)
		snprintf(state, size, "Not in the room");
	else if (play_is_cut_off(play))
		snprintf(state, size, "Relay silent for %.1f s: no points",
			 silence_s(&play->silence, play->now_us));
	else if (players_count_of(&play->players, AVATAR_PLAYER) == 0)
		snprintf(state, size, "Alone: seeds (*) give points");
	else if (tag_is_self(&play->tag) && immunity_s > 0)
		snprintf(state, size, "You are IT! %.1f s: %s is safe", immunity_s,
			 players_name(&play->players, play->tag.tagger, text));
	else if (tag_is_self(&play->tag))
		snprintf(state, size, "You are IT! Touch somebody");
	else if (players_find(&play->players, play->tag.it))
		snprintf(state, size, "%s is IT: run!",
			 players_name(&play->players, play->tag.it, text));
	else
		snprintf(state, size, "Who is IT? One moment");
	play->scene.state = state;
	play->scene.is_self_it = tag_is_self(&play->tag);
}

static const char *banner(struct play *play)
{
	if (play_is_cut_off(play)) {
		snprintf(play->banner, sizeof(play->banner),
			 "nothing heard from the relay for %.1f s; no points",
			 silence_s(&play->silence, play->now_us));
		return play->banner;
	}
	if (play->is_in)
		return NULL;
	return play->has_played ? "connection lost, rejoining..." : "joining...";
}

void play_compose(struct play *play)
{
	struct scene *scene = &play->scene;
	struct starling_settings settings;
	struct starling_stats stats;
	int64_t room_us, error_us;

	starling_stats(play->session, &stats);
	starling_settings(play->session, &settings);
	scene->room = play->options->room;
	scene->banner = banner(play);
	scene->draft = play->draft.is_open ? play->draft.text : NULL;
	scene->rtt_ms = ms(stats.rtt_s);
	scene->clock_error_ms = -1;
	if (starling_clock(play->session, &room_us, &error_us))
		scene->clock_error_ms = (double)error_us / 1000;
	scene->mode_up = starling_mode_text(settings.up);
	scene->mode_down = starling_mode_text(settings.down);
	scene->in_hz = play->in_hz;
	scene->out_hz = play->out_hz;
	write_state(play);
	add_dots(play);
	add_rows(play);
}
