/* play_internal: the state of one player's game, shared by play.c and its parts. */
#ifndef STARLING_CLIENT_PLAY_PLAY_INTERNAL_H
#define STARLING_CLIENT_PLAY_PLAY_INTERNAL_H

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

#define PLAY_DELAY_S 0.1 /* others are drawn where they were this long ago */
#define PLAY_STALE_S 1.0 /* an older entity is drawn dim */

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
	struct starling_entity entities[VIEW_MODEL_DOTS_MAX]; /* scratch for the drawn ones */
	char banner[96];                                      /* for model.banner */
	char state[96];                                       /* for model.state */

	int64_t now_us;                     /* local, at the start of this turn */
	int64_t frame_us;                   /* of the frame before */
	int64_t second_us;                  /* of the last measurement, about a second ago */
	struct starling_stats second_stats; /* at that time */
	struct silence silence;
	double in_hz, out_hz; /* datagrams a second, over that second */

	unsigned tags_made;
	bool is_in;                       /* in the room, and its state is complete */
	bool has_played;                  /* was in at least once */
	enum starling_reason lost_reason; /* of the last connection lost or not made */
	bool quits;
	bool is_over;                           /* the session has ended for good */
	char end[STARLING_TEXT_MAX_BYTES + 64]; /* why */
};

/* Handles all waiting events. */
void play_receive_events(struct play *play);

/* Sends a message to other players; best effort, as the connection may just be lost. */
void play_send(struct play *play, enum starling_scope scope, uint32_t member,
	       const struct game_message *message, bool is_reliable);

/* Checks whether datagrams came since the frame before. */
void play_update_silence(struct play *play);

/* Measures ages, losses and rates; once a second, sends the others our status. */
void play_measure(struct play *play);

/* Whether the relay is silent though it should send; our moves count for nothing then. */
bool play_is_cut_off(const struct play *play);

/* Touches players and bots within reach, and eats seeds. */
void play_touch(struct play *play);
void play_eat(struct play *play);

/* Claims the place of an IT who has left. */
void play_claim(struct play *play);

/* Handles a key. */
void play_key(struct play *play, const struct screen_key *key);

/* Fills in the view model. */
void play_update_view_model(struct play *play);

#endif
