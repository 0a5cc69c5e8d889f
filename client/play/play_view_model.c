/* play_view_model: fills in the view model: the others a little in the past, oneself at once. */
#include "client/play/play_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRAIL_STEPS = 3,
};

static const double trail_step_s = 0.15;

static struct view_model_dot *add_dot(struct view_model *model)
{
	if (model->dot_count == VIEW_MODEL_DOTS_MAX)
		return NULL;
	model->dots[model->dot_count] = (struct view_model_dot){ 0 };
	return &model->dots[model->dot_count++];
}

static void add_mark(struct view_model *model, enum view_model_mark_kind kind, double x, double y,
		     uint32_t member)
{
	if (model->mark_count < VIEW_MODEL_MARKS_MAX)
		model->marks[model->mark_count++] =
			(struct view_model_mark){ .x = x, .y = y, .kind = kind, .member = member };
}

/* Adds its trail before the drawn position, and its ghost: the position by now, if it moved on. */
static void add_marks(struct play *play, const struct starling_entity *entity)
{
	struct starling_sample sample;

	for (int i = 1; i <= TRAIL_STEPS; i++)
		if (starling_sample(play->session, entity->member, entity->index,
				    PLAY_DELAY_S + i * trail_step_s, &sample))
			add_mark(&play->model, VIEW_MODEL_TRAIL, sample.x, sample.y,
				 entity->member);
	if (starling_sample(play->session, entity->member, entity->index, 0, &sample))
		add_mark(&play->model, VIEW_MODEL_GHOST, sample.x, sample.y, entity->member);
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
		add_mark(&play->model, VIEW_MODEL_SEED, list[i].x, list[i].y, 0);
}

static void add_entity(struct play *play, const struct starling_entity *entity)
{
	const struct player *player = players_find(&play->players, entity->member);
	struct starling_sample sample;
	struct view_model_dot *dot;

	if (!starling_sample(play->session, entity->member, entity->index, PLAY_DELAY_S, &sample))
		return;
	dot = add_dot(&play->model);
	if (!dot)
		return;
	dot->x = sample.x;
	dot->y = sample.y;
	dot->kind = payload_kind_of(entity->payload, entity->payload_bytes);
	dot->member = entity->member;
	dot->is_it = entity->member == play->tag.it && dot->kind == PAYLOAD_PLAYER;
	dot->is_stale = sample.age_s > PLAY_STALE_S;
	if (player && dot->kind == PAYLOAD_PLAYER)
		dot->name = player->name;
	add_marks(play, entity);
}

/* Adds our own ghost: our echoed state, which the relay and the others know. */
static void add_echo(struct play *play)
{
	struct starling_entity own;

	if (play->is_in && starling_entity(play->session, play->tag.self, PLAY_ENTITY, &own))
		add_mark(&play->model, VIEW_MODEL_GHOST, own.x, own.y, play->tag.self);
}

static void add_dots(struct play *play)
{
	size_t count = starling_entities(play->session, play->entities, VIEW_MODEL_DOTS_MAX);
	struct view_model_dot *dot;

	play->model.dot_count = play->model.mark_count = 0;
	add_seeds(play);
	add_echo(play);
	dot = add_dot(&play->model);
	*dot = (struct view_model_dot){
		.x = play->mover.x,
		.y = play->mover.y,
		.kind = PAYLOAD_PLAYER,
		.member = play->tag.self,
		.is_self = true,
		.is_it = tag_is_self(&play->tag),
	};
	if (count > VIEW_MODEL_DOTS_MAX)
		count = VIEW_MODEL_DOTS_MAX;
	for (size_t i = 0; i < count; i++) {
		if (play->entities[i].member != play->tag.self)
			add_entity(play, &play->entities[i]);
	}
}

/* Seconds as milliseconds; an unknown value stays negative. */
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

/* The age of our newest echoed state, which went both ways. */
static double own_age_ms(const struct play *play)
{
	struct starling_entity own;

	if (!play->is_in || !starling_entity(play->session, play->tag.self, PLAY_ENTITY, &own))
		return -1;
	return ms(own.age_s > 0 ? own.age_s : 0);
}

static void add_own_row(struct play *play)
{
	play->model.rows[play->model.row_count++] = (struct view_model_row){
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
	const struct game_message *status = &player->status;

	if (play->model.row_count == VIEW_MODEL_ROWS_MAX)
		return;
	play->model.rows[play->model.row_count++] = (struct view_model_row){
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
	const struct view_model_row *a = one, *b = two;

	if (a->points != b->points)
		return a->points < b->points ? 1 : -1;
	return a->member < b->member ? -1 : a->member > b->member;
}

/* Adds people line by line, and bots and replayed ids as a sum. */
static void add_rows(struct play *play)
{
	struct view_model *model = &play->model;
	double age_s = 0;
	size_t aged = 0;

	model->row_count = model->bot_count = model->replayed_count = 0;
	add_own_row(play);
	for (size_t i = 0; i < play->players.count; i++) {
		const struct player *player = &play->players.list[i];

		if (player->kind == PAYLOAD_PLAYER) {
			add_row(play, player);
			continue;
		}
		model->bot_count += player->kind == PAYLOAD_BOT;
		model->replayed_count += player->kind == PAYLOAD_REPLAYED;
		if (player->kind != PAYLOAD_UNKNOWN && player->age_s >= 0) {
			age_s += player->age_s;
			aged++;
		}
	}
	model->bot_age_ms = aged > 0 ? ms(age_s / (double)aged) : -1;
	qsort(model->rows, model->row_count, sizeof(model->rows[0]), by_points);
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
	else if (players_count_of(&play->players, PAYLOAD_PLAYER) == 0)
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
	play->model.state = state;
	play->model.is_self_it = tag_is_self(&play->tag);
}

static const char *banner(struct play *play)
{
	if (play_is_cut_off(play)) {
		snprintf(play->banner, sizeof(play->banner),
			 "nothing received from the relay for %.1f s; no points",
			 silence_s(&play->silence, play->now_us));
		return play->banner;
	}
	if (play->is_in)
		return NULL;
	return play->has_played ? "connection lost, rejoining..." : "joining...";
}

void play_update_view_model(struct play *play)
{
	struct view_model *model = &play->model;
	struct starling_settings settings;
	struct starling_stats stats;
	int64_t room_us, error_us;

	starling_stats(play->session, &stats);
	starling_settings(play->session, &settings);
	model->room = play->options->room;
	model->banner = banner(play);
	model->chat_line = play->editor.is_open ? play->editor.text : NULL;
	model->rtt_ms = ms(stats.rtt_s);
	model->clock_error_ms = -1;
	if (starling_clock(play->session, &room_us, &error_us))
		model->clock_error_ms = (double)error_us / 1000;
	model->mode_up = starling_mode_text(settings.up);
	model->mode_down = starling_mode_text(settings.down);
	model->in_hz = play->in_hz;
	model->out_hz = play->out_hz;
	write_state(play);
	add_dots(play);
	add_rows(play);
}
