/* play_touch: players, bots and seeds within reach, and their effect on the game. */
#include "client/play/play_internal.h"

/*
 * A player at rest scores nothing, even if others run into it; nor does one who is cut off from the
 * relay.
 */
static bool may_score(const struct play *play)
{
	return arena_is_moving(&play->mover) && !play_is_cut_off(play);
}

/* IT touches people, and everyone bots, at their positions on the screen. */
static void touch(struct play *play, const struct starling_entity *entity)
{
	enum payload_kind kind = payload_kind_of(entity->payload, entity->payload_bytes);
	struct player *player = players_find(&play->players, entity->member);
	struct starling_sample seen;
	uint8_t data[PAYLOAD_TAG_BYTES];

	if (!player ||
	    !starling_sample(play->session, entity->member, entity->index, PLAY_DELAY_S, &seen))
		return;
	if (seen.motion == STARLING_FROZEN ||
	    arena_distance_m(play->mover.x, play->mover.y, seen.x, seen.y) > TAG_REACH_M)
		return;
	payload_tag_encode(data, entity->member);
	if (kind == PAYLOAD_PLAYER && tag_may_tag(&play->tag, entity->member, play->now_us)) {
		if (starling_send(play->session, STARLING_TO_ALL, 0, data, sizeof(data), true) == 0)
			tag_note_try(&play->tag, play->now_us);
	} else if (kind == PAYLOAD_BOT &&
		   (player->touched_us == INT64_MIN ||
		    play->now_us - player->touched_us >= PLAYERS_BOT_REST_US)) {
		/* The event goes only to the bot, so it does not change who is IT. */
		if (starling_send(play->session, STARLING_TO_ONE, entity->member, data,
				  sizeof(data), true) != 0)
			return;
		player->touched_us = play->now_us;
		play->tag.points += TAG_BOT_POINTS;
		view_model_add_line(&play->model, "you touched %s: %d points", player->name,
				    TAG_BOT_POINTS);
	}
}

void play_touch(struct play *play)
{
	size_t count;

	if (!may_score(play))
		return;
	count = starling_entities(play->session, play->entities, VIEW_MODEL_DOTS_MAX);
	if (count > VIEW_MODEL_DOTS_MAX)
		count = VIEW_MODEL_DOTS_MAX;
	for (size_t i = 0; i < count; i++) {
		if (play->entities[i].member != play->tag.self)
			touch(play, &play->entities[i]);
	}
}

void play_claim(struct play *play)
{
	const struct player *it = players_find(&play->players, play->tag.it);
	bool is_lowest = !players_has_lower(&play->players, play->tag.self);

	if (!tag_should_claim(&play->tag, it && it->kind == PAYLOAD_PLAYER, is_lowest,
			      play->now_us))
		return;
	play_send(play, STARLING_TO_ALL, 0,
		  &(struct game_message){ .type = GAME_MESSAGE_CLAIM, .member = play->tag.it },
		  true);
	tag_note_try(&play->tag, play->now_us);
}

/* IT has others to catch, and gets no seeds. */
void play_eat(struct play *play)
{
	int64_t room_us, error_us, number;

	if ((tag_is_self(&play->tag) && players_count_of(&play->players, PAYLOAD_PLAYER) > 0) ||
	    !may_score(play) || !starling_clock(play->session, &room_us, &error_us))
		return;
	number = seeds_within_reach(&play->seeds, room_us, play->mover.x, play->mover.y);
	if (number < 0)
		return;
	play_send(play, STARLING_TO_ALL, 0,
		  &(struct game_message){ .type = GAME_MESSAGE_SEED, .seed = (uint32_t)number },
		  true);
	seeds_note_request(&play->seeds, number, room_us);
}
