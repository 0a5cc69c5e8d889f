/*
 * session: what the library's files share about one client; programs include starling.h.
 *
 *	session.c           life: opening, the turns, losing and rejoining, ending
 *	session_config.c    defaults, and what a configuration may say
 *	session_addresses.c where the relay may be
 *	session_link.c      the ENet connection
 *	session_message.c   what the relay says
 *	session_publish.c   own states, events, modes: what is said to the relay
 *	session_time.c      asking for the room's time
 *	session_report.c    telling the relay what came of its snapshots
 *	session_query.c     what programs ask
 *	session_event.c, session_roster.c, sequence_stats.c, clock.c, track.c   parts, each pure
 */
#ifndef STARLING_CLIENT_LIB_SESSION_H
#define STARLING_CLIENT_LIB_SESSION_H

#include "client/lib/clock.h"
#include "client/lib/session_addresses.h"
#include "client/lib/session_event.h"
#include "client/lib/session_link.h"
#include "client/lib/session_roster.h"
#include "client/lib/sequence_stats.h"
#include "client/lib/starling.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	SESSION_HOST_MAX_BYTES = 253,   /* of a name in the DNS */
	SESSION_CLOCK_REQUESTS_MAX = 8, /* CLOCKs that may be under way */
	SESSION_USUAL_GRAIN_UM = 1000,  /* supposed until WELCOME says */
};

/* A configuration that was found good, and owns what it points to. */
struct session_config {
	struct starling_config values; /* its pointers lead to the fields below */
	char host[SESSION_HOST_MAX_BYTES + 1];
	char room[WIRE_NAME_MAX_BYTES + 1], name[WIRE_NAME_MAX_BYTES + 1];
	uint8_t token[WIRE_TOKEN_MAX_BYTES];
};

/* An own entity. */
struct session_own {
	bool exists;
	bool is_pending;  /* not sent yet */
	bool was_sent;    /* in this room, so that `seq` is known to the relay */
	bool is_repeated; /* as settled */
	uint16_t seq;     /* of the newest one sent */
	uint8_t payload_bytes;
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	double x, y, z;    /* metres: another room may have another grain */
	int64_t origin_us; /* room */
	int64_t origin_ns; /* the same in net time, for the next room */
	int64_t published_ns;
};

struct session_publisher {
	struct session_own *own; /* by index */
	size_t count;
	size_t pending_count;
	int64_t settle_ns; /* not after the earliest time at which one settles */
};

struct session_clock_requests {
	int64_t asked_us[SESSION_CLOCK_REQUESTS_MAX]; /* 0: answered */
	unsigned next, count;
	int64_t next_ns;
};

/*
 * Sees each state that came, of a member and an entity that are known, whatever became of it: late
 * ones and those that a newer one followed at once, too. For the bench; programs ask for what is.
 */
typedef void session_on_state_function(void *context, const struct states_message *message,
				       const struct states_record *record);

/* What came of the room's snapshots, and when to tell the relay. */
struct session_reporter {
	uint64_t count, bytes;
	int64_t received_us; /* room, of the newest */
	int64_t next_ns;     /* not before this */
	bool is_pending;
};

struct starling {
	struct session_config config;
	struct session_addresses relay;
	struct session_link link;
	struct event_queue events;
	enum starling_status status;

	struct wire_welcome room; /* all 0 while not in a room */
	bool is_whole;            /* the last KEYFRAME of the first state has come */
	struct roster roster;
	struct clock clock;
	struct session_clock_requests clock_requests;
	struct session_publisher publisher;
	struct session_reporter reporter;
	struct sequence_stats_window snapshot_window;

	struct sequence_stats_counts updates, snapshots;
	struct starling_stats stats; /* those that are counted here and nowhere else */

	int64_t hello_ns;    /* when HELLO was said */
	int64_t received_ns; /* when the relay was last heard */
	int64_t deadline_ns; /* of the present step: connecting, joining, leaving, or the pause
				before a try */
	bool is_pausing;     /* CONNECTING, and the next try is not due yet */
	double pause_s;      /* before the next try, without jitter */

	session_on_state_function *on_state; /* NULL: none */
	void *on_state_context;
};

/* session.c */

/* Ends for good: STARLING_ENDED comes after the events that wait. The link is closed by the turn.
 */
void session_end(struct starling *session, enum starling_reason reason, const char *text);

/*
 * The connection is gone: tells of it, and tries again after a pause, if the program wants that;
 * else ends. The link that the relay was heard on is closed.
 */
void session_lose(struct starling *session, enum starling_reason reason, const char *text,
		  int64_t now_ns);

/* Hands an event to the program. Ends the session when too many wait. */
void session_notify(struct starling *session, const struct starling_event *event);

bool session_is_in_room(const struct starling *session);

/* session_config.c */

/* Copies what is good. 0, or -EINVAL with the reason in `error`. */
int session_config_copy(struct session_config *copy, const struct starling_config *config,
			struct starling_error *error);

/* What to ask a room of this grain for. */
struct wire_settings session_config_settings(const struct starling_config *config,
					     uint32_t grain_um);

/* session_message.c */

/* Takes one message of the relay. */
void session_message_receive(struct starling *session, uint8_t channel, const uint8_t *data,
			     size_t size);

/* session_publish.c */

/* Says HELLO. */
void session_publish_hello(struct starling *session);

/* Asks for the configured settings again, in the room's grain. */
void session_publish_settings(struct starling *session);

/* Sends what is pending, and repeats what has settled. */
void session_publish_flush(struct starling *session, int64_t now_ns);

/* The own entities are published again, as they were: the room is a new one. */
void session_publish_restore(struct starling *session, int64_t now_ns);

int64_t session_publish_deadline_ns(const struct starling *session);

void session_publish_fini(struct session_publisher *publisher);

/* session_time.c */

/* Starts over, with WELCOME's own time as the first exchange. */
void session_time_start(struct starling *session, int64_t now_ns);

/* Asks if it is time to. */
void session_time_request(struct starling *session, int64_t now_ns);

void session_time_on_answer(struct starling *session, const struct wire_clock *answer,
			    int64_t now_ns);

int64_t session_time_room_us(const struct starling *session, int64_t now_ns);

/* session_report.c */

/* A SNAPSHOT came that had not come before; its number is in the window of snapshots already. */
void session_report_note(struct starling *session, uint16_t number, size_t size);

/* Tells the relay, if there is news and it is time to. */
void session_report_send(struct starling *session, int64_t now_ns);

int64_t session_report_deadline_ns(const struct starling *session);

#endif
