/*
 * session: one client's state, shared by the files of the library; programs include starling.h.
 *
 *	session.c           life: opening, the turns, losing and rejoining, ending
 *	session_config.c    defaults, and checks of a configuration
 *	session_addresses.c the relay's addresses
 *	session_link.c      the connection
 *	session_probe.c     a second connection, while the first is silent
 *	session_resume.c    the same member by another connection
 *	session_pause.c     how long a try lasts, and the pauses between two
 *	session_message.c   messages from the relay
 *	session_publish.c   messages to the relay: own states, events, modes
 *	session_time.c      requests for the room's time
 *	session_report.c    reports to the relay about its snapshots
 *	session_query.c     the questions of programs
 *	event_queue.c, roster.c, sequence_stats.c, session_ticket.c, clock.c, track.c   parts, each
 *	                    pure
 */
#ifndef STARLING_CLIENT_LIB_SESSION_H
#define STARLING_CLIENT_LIB_SESSION_H

#include "client/lib/clock.h"
#include "client/lib/event_queue.h"
#include "client/lib/roster.h"
#include "client/lib/sequence_stats.h"
#include "client/lib/session_addresses.h"
#include "client/lib/session_link.h"
#include "client/lib/session_ticket.h"
#include "client/lib/starling.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	SESSION_HOST_MAX_BYTES = 253,   /* of a DNS name */
	SESSION_CLOCK_REQUESTS_MAX = 8, /* CLOCK requests without an answer yet */
	SESSION_USUAL_GRAIN_UM = 1000,  /* assumed until WELCOME states it */
};

/* A checked configuration, and the bytes that it points to. */
struct session_config {
	struct starling_config values; /* its pointers point into the fields below */
	char host[SESSION_HOST_MAX_BYTES + 1];
	char room[WIRE_NAME_MAX_BYTES + 1], name[WIRE_NAME_MAX_BYTES + 1];
	uint8_t token[WIRE_TOKEN_MAX_BYTES];
};

/* An own entity. */
struct session_own {
	bool exists;
	bool is_pending;  /* not sent yet */
	bool was_sent;    /* in this room, so that `seq` is known to the relay */
	bool is_removed;  /* the relay was told, and may not have heard */
	bool is_repeated; /* reliably, as it has settled; or it left so */
	uint16_t seq;     /* of the newest state sent */
	uint8_t payload_bytes;
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	double x, y, z;    /* metres: another room may have another grain */
	int64_t origin_us; /* room */
	int64_t origin_ns; /* in net time, for the next room */
	int64_t published_ns;
};

struct session_publisher {
	struct session_own *own; /* by index */
	size_t count;
	size_t pending_count;
	int64_t settle_ns; /* no later than the first time at which an entity settles */
};

struct session_clock_requests {
	int64_t asked_us[SESSION_CLOCK_REQUESTS_MAX]; /* 0: answered */
	unsigned next, count;
	int64_t next_ns;
};

/*
 * Called with each state of a known member and entity, whatever its outcome: late states too, and
 * those that a newer one followed at once. For the bench.
 */
typedef void session_on_state_function(void *context, const struct states_message *message,
				       const struct states_record *record);

/* The snapshots received in this room, and when to report them. */
struct session_reporter {
	uint64_t count, bytes;
	int64_t received_us; /* room, of the newest */
	int64_t next_ns;     /* not before this */
	bool is_pending;
};

/* How far the second connection has come; session_probe.c says what for. */
enum session_probe_state {
	SESSION_PROBE_OFF = 0,
	SESSION_PROBE_WAITING,
	SESSION_PROBE_CONNECTING,
	SESSION_PROBE_CONNECTED,
	SESSION_PROBE_JOINING,
};

/* {0} is off. */
struct session_probe {
	struct session_link link;
	enum session_probe_state state;
	int64_t deadline_ns; /* of the present state */
	int64_t asked_ns;    /* when the session's own connection was last asked for an answer */
	int64_t look_ns;     /* programs poll the other socket, so this one is looked at then */
};

struct starling {
	struct session_config config;
	struct session_addresses relay;
	struct session_link link;
	struct session_probe probe;
	struct session_ticket ticket;
	struct event_queue events;
	enum starling_status status;

	struct wire_welcome room; /* all 0 while not in a room */
	bool is_whole;            /* the last KEYFRAME of the initial state has come */
	bool is_resuming;         /* another connection came while in the room: WELCOME is next */
	bool is_checking;         /* the room's state comes again; who is missing in it is gone */
	struct roster roster;
	struct clock clock;
	struct session_clock_requests clock_requests;
	struct session_publisher publisher;
	struct session_reporter reporter;
	struct sequence_stats_window snapshot_window;

	struct sequence_stats_counts updates, snapshots;
	struct starling_stats stats; /* the counts that no other field has */

	int64_t hello_ns;    /* when HELLO was sent */
	int64_t received_ns; /* when the last datagram came */
	int64_t deadline_ns; /* of the present step: connecting, joining, leaving, or the pause
				before a try */
	bool is_pausing;     /* CONNECTING, before the next try */
	double pause_s;      /* before the next try, without jitter */

	session_on_state_function *on_state; /* NULL: none */
	void *on_state_context;
};

/* session.c */

/*
 * Ends the session for good: STARLING_ENDED follows the waiting events. The turn closes the link.
 */
void session_end(struct starling *session, enum starling_reason reason, const char *text);

/*
 * Handles a lost connection: notifies the program and tries again after a pause, or ends the
 * session if it is not to rejoin. Closes the link.
 */
void session_lose(struct starling *session, enum starling_reason reason, const char *text,
		  int64_t now_ns);

/* Queues an event for the program. Ends the session when too many wait. */
void session_notify(struct starling *session, const struct starling_event *event);

/*
 * Forgets the room, as the relay knows this member no more: notifies the program of a lost
 * connection, and keeps the connection that there is. Ends a session that is not to rejoin.
 */
void session_forget_room(struct starling *session, const char *text);

bool session_is_in_room(const struct starling *session);

struct link_settings session_link_settings(const struct starling *session);

/* session_pause.c */

/* The pause before the next try, after a connection that ended for `reason`. */
int64_t session_pause_next_ns(struct starling *session, enum starling_reason reason);

/* How long to wait for an answer of the address that is tried. */
int64_t session_pause_patience_ns(const struct starling *session);

/* 0 up to 1, to spread the tries of many clients in time. */
double session_pause_random(void);

/* session_config.c */

/* Copies a valid configuration. 0, or -EINVAL with the reason in `error`. */
int session_config_copy(struct session_config *copy, const struct starling_config *config,
			struct starling_error *error);

/* The settings to ask for in a room of this grain. */
struct wire_settings session_config_settings(const struct starling_config *config,
					     uint32_t grain_um);

/* session_message.c */

/* Handles one message of the relay. */
void session_message_receive(struct starling *session, uint8_t channel, const uint8_t *data,
			     size_t size);

/* session_probe.c */

/*
 * Begins when the session is silent, takes what came in, and does what is due. True: the probe is
 * the session's connection now, and there may be more to receive from it.
 */
bool session_probe_run(struct starling *session, int64_t now_ns);

/* The session's own connection was heard. */
void session_probe_on_heard(struct starling *session);

/* Whether the relay may have dropped the session's own connection for the probe. */
bool session_probe_is_joining(const struct starling *session);

/* Ends the probe, if there is one. The relay keeps the place of a member that it already is. */
void session_probe_stop(struct starling *session);

/* When session_probe_run is due, in net time. */
int64_t session_probe_deadline_ns(const struct starling *session);

/* session_resume.c */

/* Doubts all that the roster has, until the room's state has come again. */
void session_resume_begin(struct starling *session);

/* The room's state has come: takes out and notifies what was not in it. */
void session_resume_finish(struct starling *session);

/* session_publish.c */

/* Sends HELLO, with the ticket if there is one. */
void session_publish_hello(struct starling *session, struct session_link *link);

/* Asks for the configured settings again, in the room's grain. */
void session_publish_settings(struct starling *session);

/* Sends the pending states, and repeats the settled ones. */
void session_publish_flush(struct starling *session, int64_t now_ns);

/*
 * Publishes the own entities again, by a new connection. `is_resumed`: the relay still has those of
 * before, so removes those again whose removal may not have arrived.
 */
void session_publish_restore(struct starling *session, bool is_resumed, int64_t now_ns);

int64_t session_publish_deadline_ns(const struct starling *session);

void session_publish_fini(struct session_publisher *publisher);

/* session_time.c */

/* Starts over, with WELCOME's time as the first exchange. */
void session_time_start(struct starling *session, int64_t now_ns);

/* Goes on in the same room by a new connection: WELCOME's time is one more exchange. */
void session_time_resume(struct starling *session, int64_t now_ns);

/* Sends a CLOCK request. */
void session_time_ask(struct starling *session, int64_t now_ns);

/* Sends a CLOCK request if one is due. */
void session_time_request(struct starling *session, int64_t now_ns);

void session_time_on_answer(struct starling *session, const struct wire_clock *answer,
			    int64_t now_ns);

int64_t session_time_room_us(const struct starling *session, int64_t now_ns);

/* session_report.c */

/* Counts a new SNAPSHOT; the window of snapshots already has its number. */
void session_report_note(struct starling *session, uint16_t number, size_t size);

/* Sends a REPORT if one is pending and due. */
void session_report_send(struct starling *session, int64_t now_ns);

int64_t session_report_deadline_ns(const struct starling *session);

#endif
