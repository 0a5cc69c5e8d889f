/* play_game: one player's game on its way, as play.c and its parts share it. */
#ifndef STARLING_CLIENT_PLAY_PLAY_GAME_H
#define STARLING_CLIENT_PLAY_PLAY_GAME_H

#include "client/play/arena.h"
#include "client/play/line_editor.h"
#include "client/options.h"
#include "client/play/players.h"
#include "client/play/view_model.h"
#include "client/play/seeds.h"
#include "client/sessions/silence.h"
#include "client/lib/starling.h"
#include "client/play/tag.h"

enum {
	PLAY_ENTITY = 0, /* the index of the own entity */
};

#define PLAY_DELAY_S 0.1 /* others are drawn as they were this long ago, between two states */
#define PLAY_STALE_S 1.0 /* of an age: what is older is drawn dim */

struct screen_key;

struct play {
	struct starling *session;
	const struct options *options;
	enum starling_mode mode; /* wanted, both ways */

	struct arena_mover mover;
	struct tag tag;
	struct seeds seeds;
	struct players players;
	struct line_editor editor;
	struct view_model model;
	struct starling_entity entities[VIEW_MODEL_DOTS_MAX]; /* room for what is drawn */
	char banner[96];                                      /* that model.banner may point to */
	char state[96]; /* the sentence that model.state points to */

	int64_t now_us;                     /* local, at the start of this turn */
	int64_t frame_us;                   /* of the frame before */
	int64_t second_us;                  /* of the last measurement, about a second ago */
	struct starling_stats second_stats; /* at that time */
	struct silence silence;
	double in_hz, out_hz; /* datagrams a second, over that second */

	unsigned tags_made;
	bool is_in;                       /* the room's state is whole, and we are in it */
	bool has_played;                  /* was so at least once */
	enum starling_reason lost_reason; /* of the last connection that was not made or lost */
	bool quits;
	bool is_over;                           /* the session has ended for good */
	char end[STARLING_TEXT_MAX_BYTES + 64]; /* why */
};

/* Takes all events that are waiting. */
void play_receive_events(struct play *play);

/* Sends a word to the other players; best effort, as the connection may just be lost. */
void play_send(struct play *play, enum starling_scope scope, uint32_t member,
	       const struct game_message *message, bool is_reliable);

/* Notes whether anything was heard since the frame before. */
void play_update_silence(struct play *play);

/* Ages, losses and rates; with each second, tells the others how we are. */
void play_measure(struct play *play);

/* Nothing comes from the relay though it should; what we do counts for nothing then. */
bool play_is_cut_off(const struct play *play);

/* What we run into: players and bots are touched, seeds eaten. */
void play_touch(struct play *play);
void play_eat(struct play *play);

/* Somebody must be IT: takes the place of one who has left. */
void play_claim(struct play *play);

/* Does what a key means. */
void play_key(struct play *play, const struct screen_key *key);

/* Fills in the model as it is now. */
void play_update_view_model(struct play *play);

#endif
