/* play_event: the events of the others and the relay, and their effect on the game. */
#include "client/play/play_internal.h"

#include <stdio.h>
#include <string.h>

/* A player's name; ours comes from the command line, the others' from the roster. */
static const char *name_of(struct play *play, uint32_t member,
			   char text[static STARLING_NAME_MAX_BYTES + 1])
{
	if (member == play->tag.self)
		return play->options->name;
	return players_name(&play->players, member, text);
}

static bool is_lowest(const struct play *play)
{
	return !players_has_lower(&play->players, play->tag.self);
}

static void begin_game(struct play *play, uint32_t self)
{
	tag_begin(&play->tag, self, play->now_us);
	seeds_begin(&play->seeds, play->options->room);
	silence_begin(&play->silence, 0, play->now_us);
	if (!play->has_played)
		arena_place(&play->mover, play->options->seed + self);
}

/* One who is in already goes on by another connection, and the game with it. */
static void on_welcome(struct play *play, uint32_t self)
{
	struct starling_settings settings;

	if (!play->is_in)
		begin_game(play, self);
	starling_settings(play->session, &settings);
	if (settings.member != 0 && settings.payload_limit < PAYLOAD_KIND_BYTES) {
		play->is_over = true;
		snprintf(play->end, sizeof(play->end), "%s", PAYLOAD_REFUSED);
	}
	/* The wanted mode may have changed while the connection was lost. */
	if (settings.up != play->mode || settings.down != play->mode)
		starling_set_modes(play->session, play->mode, play->mode);
}

static void on_ready(struct play *play)
{
	if (play->is_in)
		return;
	view_model_add_line(&play->model, play->has_played ? "back in room %s" : "joined room %s",
			    play->options->room);
	play->is_in = true;
	play->has_played = true;
}

static void on_joined(struct play *play, const struct starling_event *event)
{
	char text[STARLING_NAME_MAX_BYTES + 1];

	players_add(&play->players, event->member, event->text);
	/* Before the room's state is complete, these members were there already. */
	if (!play->is_in)
		return;
	view_model_add_line(&play->model, "%s joined", name_of(play, event->member, text));
	if (play->tag.it != 0 && is_lowest(play))
		play_send(play, STARLING_TO_ONE, event->member,
			  &(struct game_message){ .type = GAME_MESSAGE_INTRODUCTION,
						  .member = play->tag.it },
			  true);
}

static void on_left(struct play *play, const struct starling_event *event)
{
	char text[STARLING_NAME_MAX_BYTES + 1];

	view_model_add_line(&play->model, "%s left (%s)", name_of(play, event->member, text),
			    starling_reason_text(event->reason));
	players_remove(&play->players, event->member);
}

static void announce_it(struct play *play, const char *verb, uint32_t by, uint32_t it)
{
	char one[STARLING_NAME_MAX_BYTES + 1], two[STARLING_NAME_MAX_BYTES + 1];

	if (by != 0)
		view_model_add_line(&play->model, "%s %s %s", name_of(play, by, one), verb,
				    name_of(play, it, two));
	else
		view_model_add_line(&play->model, "%s %s", name_of(play, it, two), verb);
}

static void on_tag(struct play *play, const struct starling_event *event, uint32_t victim)
{
	/* Only events that all receive, in one order, change who is IT. */
	if (event->scope != STARLING_TO_ALL ||
	    !tag_on_tag(&play->tag, event->member, victim, play->now_us))
		return;
	play->tags_made += event->member == play->tag.self;
	announce_it(play, "tagged", event->member, victim);
}

static void on_status(struct play *play, uint32_t sender, const struct game_message *message)
{
	players_on_status(&play->players, sender, message);
	if (sender < play->tag.self && !players_has_lower(&play->players, sender) &&
	    tag_on_status(&play->tag, message->member, play->now_us))
		announce_it(play, "is IT", 0, play->tag.it);
}

static void on_seed(struct play *play, const struct starling_event *event, uint32_t seed)
{
	char name[STARLING_NAME_MAX_BYTES + 1];
	int64_t room_us, error_us;

	/* As with tags, only events that all receive in one order count. */
	if (event->scope != STARLING_TO_ALL ||
	    !starling_clock(play->session, &room_us, &error_us) ||
	    !seeds_eat(&play->seeds, seed, room_us))
		return;
	if (event->member == play->tag.self)
		play->tag.points += SEEDS_POINTS;
	view_model_add_line(&play->model, "%s ate a seed: %d points",
			    name_of(play, event->member, name), SEEDS_POINTS);
}

static void on_chat(struct play *play, uint32_t sender, const struct game_message *message)
{
	char name[STARLING_NAME_MAX_BYTES + 1];

	view_model_add_line(&play->model, "%s: %.*s", name_of(play, sender, name),
			    (int)message->text_bytes, message->text);
}

static void on_message(struct play *play, const struct starling_event *event)
{
	struct game_message message;
	uint32_t victim;

	if (event->member == 0) {
		view_model_add_line(&play->model, "The relay: %.*s", (int)event->data_bytes,
				    (const char *)event->data);
		return;
	}
	if (payload_tag_decode(event->data, event->data_bytes, &victim)) {
		on_tag(play, event, victim);
		return;
	}
	if (!game_message_decode(event->data, event->data_bytes, &message))
		return;
	switch (message.type) {
	case GAME_MESSAGE_CLAIM:
		if (event->scope == STARLING_TO_ALL &&
		    tag_on_claim(&play->tag, event->member, message.member, play->now_us))
			announce_it(play, "is IT", 0, event->member);
		break;
	case GAME_MESSAGE_INTRODUCTION:
		if (tag_on_introduction(&play->tag, message.member, play->now_us))
			announce_it(play, "is IT", 0, play->tag.it);
		break;
	case GAME_MESSAGE_STATUS:
		on_status(play, event->member, &message);
		break;
	case GAME_MESSAGE_SEED:
		on_seed(play, event, message.seed);
		break;
	case GAME_MESSAGE_CHAT:
		on_chat(play, event->member, &message);
		break;
	}
}

static void on_lost(struct play *play, enum starling_reason reason)
{
	/* Each try in vain comes here, too. */
	if (play->is_in || reason != play->lost_reason)
		view_model_add_line(&play->model, "%s; trying %s", starling_reason_text(reason),
				    play->has_played ? "to rejoin" : "again");
	play->lost_reason = reason;
	play->is_in = false;
	players_clear(&play->players);
}

static void on_ended(struct play *play, const struct starling_event *event)
{
	const char *reason = starling_reason_text(event->reason);

	play->is_in = false;
	play->is_over = true;
	if (event->text && *event->text && strcmp(event->text, reason) != 0)
		snprintf(play->end, sizeof(play->end), "%s: %s", reason, event->text);
	else
		snprintf(play->end, sizeof(play->end), "%s", reason);
}

void play_receive_events(struct play *play)
{
	struct starling_event event;

	while (starling_next(play->session, &event)) {
		switch (event.type) {
		case STARLING_WELCOME:
			on_welcome(play, event.member);
			break;
		case STARLING_READY:
			on_ready(play);
			break;
		case STARLING_MEMBER_JOINED:
			on_joined(play, &event);
			break;
		case STARLING_MEMBER_LEFT:
			on_left(play, &event);
			break;
		case STARLING_MESSAGE:
			on_message(play, &event);
			break;
		case STARLING_LOST:
			on_lost(play, event.reason);
			break;
		case STARLING_ENDED:
			on_ended(play, &event);
			break;
		case STARLING_SETTINGS:
		case STARLING_ENTITY_GONE:
			break;
		}
	}
}

void play_send(struct play *play, enum starling_scope scope, uint32_t member,
	       const struct game_message *message, bool is_reliable)
{
	uint8_t data[GAME_MESSAGE_MAX_BYTES];
	size_t size = game_message_encode(data, message);

	if (size > 0)
		starling_send(play->session, scope, member, data, size, is_reliable);
}
