/*
 * starling.h: one client of a Starling relay. Publish where your things are, see where the others'
 * are, send and hear events.
 *
 *	struct starling_config config;
 *	struct starling *session;
 *
 *	starling_default_config(&config);
 *	config.host = "127.0.0.1";
 *	config.name = "ada";
 *	if (starling_open(&session, &config, NULL) == 0) {
 *		... each frame, or when starling_fd() is readable, or after starling_timeout_ms():
 *		starling_publish(session, 0, &(struct starling_state){ .x = x, .y = y });
 *		starling_update(session);
 *		while (starling_next(session, &event)) ...
 *		starling_sample(session, member, 0, 0.1, &sample) ...
 *		starling_close(session);
 *	}
 *
 * Nothing blocks (but the look-up of a host's name in starling_open, and starling_wait), nothing
 * prints, and the library works when it is called: it has no thread, but for a moment one that
 * looks a name up again, which takes no signals and runs nothing of the program's. A session is
 *used by one thread at a time; a process may have many. ENet, on which it stands, keeps its network
 *and allocator for the whole process; the library sets them at the first starling_open.
 *
 * Lengths are metres, times of the room are int64_t microseconds on the room's clock (0 as the
 * room was made), spans are seconds as doubles. Functions that act return 0 or a negative errno
 * value.
 */
#ifndef STARLING_H
#define STARLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STARLING_API __attribute__((visibility("default")))
#else
#define STARLING_API
#endif

#define STARLING_VERSION "0.1.0"

enum {
	STARLING_DEFAULT_PORT = 7777,
	STARLING_NAME_MAX_BYTES = 32,  /* of a room or a member, without the final NUL */
	STARLING_TEXT_MAX_BYTES = 200, /* of a reason, without the final NUL */
	STARLING_PAYLOAD_MAX_BYTES = 64,
	STARLING_EVENT_MAX_BYTES = 1024,
	STARLING_INDEX_MAX = 4095,
	STARLING_MTU_MIN = 604, /* what ENet's least datagram takes with UDP's and IPv4's headers */
};

/* How updates travel on one hop. */
enum starling_mode {
	STARLING_UNSEQUENCED = 0, /* unreliable, unordered: the newest as soon as it can be had */
	STARLING_SEQUENCED = 1,   /* unreliable, late ones dropped by ENet */
	STARLING_RELIABLE = 2,    /* retransmitted, in order: everything, and everything waits */
};

/*
 * Which entities are heard of. Nearness counts from the own entity with the lowest index; before
 * there is one, from the origin. What leaves sight is told as STARLING_ENTITY_GONE, and what comes
 * back is as new.
 */
enum starling_interest {
	STARLING_ALL = 0,
	STARLING_RADIUS = 1,
	STARLING_NEAREST = 2,
};

/* Whom an event is for. */
enum starling_scope {
	STARLING_TO_ALL = 0, /* the sender too */
	STARLING_TO_OTHERS = 1,
	STARLING_TO_ONE = 2,
};

/* Why a session ended or a member left. Numbers as in PROTOCOL.md; more may come. */
enum starling_reason {
	STARLING_REASON_LEFT = 0,
	STARLING_REASON_LOST = 1,
	STARLING_REASON_VERSION = 2,
	STARLING_REASON_MALFORMED = 3,
	STARLING_REASON_NAME = 4,
	STARLING_REASON_ROOM_NAME = 5,
	STARLING_REASON_ROOM_FULL = 6,
	STARLING_REASON_RELAY_FULL = 7,
	STARLING_REASON_TOKEN = 8,
	STARLING_REASON_SLOW = 9,
	STARLING_REASON_SILENT = 10,
	STARLING_REASON_STOPPING = 11,
	STARLING_REASON_CLOSING = 12,
	STARLING_REASON_CHANNELS = 13,
	STARLING_REASON_ADDRESS_FULL = 14,
};

struct starling;

struct starling_config {
	const char *host; /* a name or an address, as "::1"; "127.0.0.1" */
	uint16_t port;    /* 7777 */
	/*
	 * 1 to STARLING_NAME_MAX_BYTES bytes of UTF-8 of which each character can be seen: no
	 * controls, nothing invisible or that turns the text, no space at an end or beside another.
	 * "lobby"
	 */
	const char *room;
	const char *name;            /* the same; "anonymous" */
	const void *token;           /* for relays that want one; NULL */
	size_t token_bytes;          /* at most 256; 0 */
	enum starling_mode up, down; /* STARLING_UNSEQUENCED */
	bool echo; /* the relay sends own states back, as the bench wants; false */
	enum starling_interest interest; /* what to ask for; STARLING_ALL */
	double radius_m;                 /* with STARLING_RADIUS */
	unsigned nearest;                /* with STARLING_NEAREST, 1 to 4,095 */
	/*
	 * An own state that stays the newest for this long is repeated reliably, once, so that what
	 * rests is known to all (but with a reliable up mode); 0.25; 0: never.
	 */
	double settle_s;
	double timeout_s; /* no word from the relay for this long: the connection is lost; 8 */
	/*
	 * Pause before the first try to join again; doubled up to 8 s, each up to a quarter longer
	 * by chance; 0.5; 0: never try again. While the relay says that it has no place
	 * (STARLING_REASON_RELAY_FULL, _ADDRESS_FULL) it is doubled up to 2 s. After a relay that
	 * said that it stops, the pause is from one to four times this, by chance, so that not all
	 * of its clients come back at once.
	 */
	double rejoin_s;
	bool share_channel; /* reliable events go on the channel of states, to show what that does,
			     * with a relay that allows it; false */
	bool enet_throttle; /* leave ENet's packet throttle on, to show what it does; false */
	/*
	 * Packets that ENet is to count as sent already on the channel of states, on each
	 * connection, to show what a sequenced mode does at the 65,536th: ENet sends it reliably;
	 * 0.
	 */
	uint16_t sequence_start;
	/*
	 * What the path to the relay takes: bytes of an IP packet, as links have their MTU, at
	 * least STARLING_MTU_MIN. Then no datagram is longer, either way. 0: as much as every path
	 * of IPv6 takes, 1,280; more is not used.
	 */
	uint16_t mtu;
};

/* Fills in the defaults named above. */
STARLING_API void starling_default_config(struct starling_config *config);

/* Why starling_open failed, as a sentence with the value and what to do. */
struct starling_error {
	char text[512];
};

/*
 * Makes a session and starts to connect and join. `config` and what it points to are copied. A
 * relay that does not answer is tried again for ever, each failure told by STARLING_LOST: how
 * long to wait is the program's choice. A name's first eight addresses are tried in turn, and it is
 * looked up again for each try after the first. With a rejoin_s of 0 the first failure ends the
 * session. -EINVAL: a value is out of its range; -ENOENT: the host's name is not known; -ENOTSUP:
 * libenet is bound to its own sockets; -ENOMEM, or what the system said of the socket. On failure
 * `*session` is NULL and `error`, if not NULL, says why.
 */
STARLING_API int starling_open(struct starling **session, const struct starling_config *config,
			       struct starling_error *error);

/*
 * Says LEAVE and asks ENet to close. Keep calling starling_update until STARLING_ENDED comes or
 * your patience ends, then starling_close.
 */
STARLING_API void starling_leave(struct starling *session);

/*
 * Frees the session. One that has not left sends one unreliable farewell, so that the others need
 * not wait for a time-out. NULL is allowed.
 */
STARLING_API void starling_close(struct starling *session);

/*
 * The descriptor to poll for reading. It changes when the session rejoins: ask before each poll.
 * -1 once the session has ended.
 */
STARLING_API int starling_fd(const struct starling *session);

/*
 * Milliseconds until starling_update wants to be called even if nothing arrived, for poll(2); -1
 * when the session has ended.
 */
STARLING_API int starling_timeout_ms(const struct starling *session);

/*
 * Takes what has arrived, does what is due, sends what was published. Never blocks.
 * 0, or -ENOTCONN once the session has ended for good.
 */
STARLING_API int starling_update(struct starling *session);

/*
 * Sleeps until starling_update has something to do, as when a datagram came, or for `seconds` at
 * most: often for less, so it is no measure of time; go by a clock. 0; -EINTR when a
 * signal came; -ENOTCONN, at once, when the session has ended.
 */
STARLING_API int starling_wait(struct starling *session, double seconds);

enum starling_status {
	STARLING_CONNECTING = 0, /* ENet's handshake, or between two tries */
	STARLING_JOINING = 1,    /* HELLO said, the room's state not yet whole */
	STARLING_PLAYING = 2,    /* in the room, its state whole */
	STARLING_LEAVING = 3,
	STARLING_OVER = 4,
};

STARLING_API enum starling_status starling_status(const struct starling *session);

/*
 * What happened, in order. Up to 1 MiB of events waits to be taken. When there are more,
 * unreliable messages are dropped and counted, and anything else ends the session with
 * STARLING_REASON_SLOW.
 */

enum starling_event_type {
	STARLING_WELCOME = 1,   /* joined; `member` is the own id, new after each rejoin */
	STARLING_READY,         /* the room's whole state is here */
	STARLING_SETTINGS,      /* the modes or interest in force changed; see starling_settings */
	STARLING_MEMBER_JOINED, /* `member`, `text`: its name; again when the name changes */
	STARLING_MEMBER_LEFT,   /* `member`, `reason` */
	STARLING_ENTITY_GONE, /* `member`, `index`: taken out, or out of sight; it may come back */
	/* `member`: the sender, whose MEMBER_JOINED may be still to come; `scope`, `data` */
	STARLING_MESSAGE,
	/*
	 * No connection; `text` says why, and `reason`: STARLING_REASON_LOST, or what the relay
	 * gave for one, as STARLING_REASON_STOPPING. Members and entities are gone. It tries again,
	 * and then publishes the own entities as they were last.
	 */
	STARLING_LOST,
	STARLING_ENDED, /* for good: `reason`, `text`. All are gone. The last event */
};

struct starling_event {
	enum starling_event_type type;
	uint32_t member;
	unsigned index;
	enum starling_reason reason;
	enum starling_scope scope;
	const char *text;    /* NUL-terminated, printable; valid until the next starling_next */
	const uint8_t *data; /* valid until the next starling_next */
	size_t data_bytes;
};

/* Takes the oldest event that was not taken yet. False when there is none. */
STARLING_API bool starling_next(struct starling *session, struct starling_event *event);

/* Publishing. */

struct starling_state {
	double x, y, z;       /* metres */
	const void *payload;  /* what the game wants, with the position; NULL */
	size_t payload_bytes; /* 0 to the room's limit, at most STARLING_PAYLOAD_MAX_BYTES */
	int64_t origin_us;    /* when it was so, on the room's clock; 0: now */
};

/*
 * Publishes the newest state of the own entity `index`, which exists from its first state on. It
 * leaves with the next starling_update or starling_flush, together with others; one that is
 * followed by a newer one before that is not sent at all.
 * -ENOTCONN while not in a room; -EINVAL: index or payload above the room's limit, or a
 * coordinate that is not finite; -ENOMEM. A coordinate too far out for the wire is moved to its
 * edge, and an origin in the future to now.
 */
STARLING_API int starling_publish(struct starling *session, unsigned index,
				  const struct starling_state *state);

/*
 * Takes the own entity `index` out of the room. -ENOTCONN; -ENOENT when it does not exist;
 * -ENOBUFS (too many reliable messages wait for the relay), and it is still there.
 */
STARLING_API int starling_remove(struct starling *session, unsigned index);

/*
 * Sends an event of up to STARLING_EVENT_MAX_BYTES bytes to all, to the others, or to `member`.
 * Reliable ones arrive once and in order; the others may be lost, and overtake.
 * -ENOTCONN; -EINVAL (too long, no such scope, or no member to send to); -ENOBUFS (256 KiB of
 * reliable messages wait for the relay).
 */
STARLING_API int starling_send(struct starling *session, enum starling_scope scope, uint32_t member,
			       const void *data, size_t data_bytes, bool reliable);

/* Hands what was published to the network now, without waiting for starling_update. */
STARLING_API void starling_flush(struct starling *session);

/*
 * Asks for other modes, now and after each rejoin. They are in force when STARLING_SETTINGS
 * comes.
 * -ENOTCONN, -EINVAL.
 */
STARLING_API int starling_set_modes(struct starling *session, enum starling_mode up,
				    enum starling_mode down);

/* What the room is like. */

struct starling_settings {
	uint32_t member; /* own id; 0 while not in a room */
	enum starling_mode up, down;
	bool echo;
	enum starling_interest interest; /* in force, which may be less than was asked */
	double grain_m;                  /* one coordinate step */
	double flush_s;                  /* longest wait for the relay's flush; 0: none */
	unsigned member_limit, entity_limit, payload_limit, message_rate;
};

STARLING_API void starling_settings(const struct starling *session,
				    struct starling_settings *settings);

/*
 * The room's clock now, and the bound of its error: the relay's true clock is within now_us +-
 * error_us as long as the two machines' oscillators differ by at most 100 ppm (half the round
 * trip of the best recent exchange, plus drift; RFC 5905's delta / 2 + epsilon; plus what is
 * still to be corrected). In one room it never runs backwards. `error_us` may be NULL. False
 * while not in a room.
 */
STARLING_API bool starling_clock(const struct starling *session, int64_t *now_us,
				 int64_t *error_us);

/* What is known of the others. */

struct starling_member {
	uint32_t id;
	char name[STARLING_NAME_MAX_BYTES + 1];
	/* Of its updates, since it or we joined. But for duplicates, each is in one of these: */
	uint64_t received;  /* came before any newer one: applied */
	uint64_t duplicate; /* came again */
	/* Came after a newer one: stale, kept for interpolation only. Not one that a repeat
	 * overtook in a reliable mode: there it came in its order. */
	uint64_t late;
	uint64_t lost;     /* never came, or more than 64 late, and not known as skipped */
	uint64_t skipped;  /* not sent by the relay, because a newer one was there */
	uint64_t repaired; /* came only later, reliably: repeated as settled */
	double age_s;      /* of its newest state, now; negative when it has none */
};

/*
 * Copies up to `capacity` members but the own one, in order of id; returns how many there are.
 * `members` may be NULL if `capacity` is 0.
 */
STARLING_API size_t starling_members(const struct starling *session,
				     struct starling_member *members, size_t capacity);

/* False when there is no such member. The own one is there while its states are echoed. */
STARLING_API bool starling_member(const struct starling *session, uint32_t id,
				  struct starling_member *member);

struct starling_entity {
	uint32_t member;
	unsigned index;
	uint16_t seq;
	double x, y, z;    /* metres, as the newest state has them */
	int64_t origin_us; /* when it was so, on the room's clock */
	double age_s;      /* now minus origin */
	uint8_t payload[STARLING_PAYLOAD_MAX_BYTES];
	size_t payload_bytes;
};

/* Copies up to `capacity` entities, in order of (member, index); returns how many there are. */
STARLING_API size_t starling_entities(const struct starling *session,
				      struct starling_entity *entities, size_t capacity);

/* The newest state of one entity. False when it is not known. */
STARLING_API bool starling_entity(const struct starling *session, uint32_t member, unsigned index,
				  struct starling_entity *entity);

enum starling_motion {
	STARLING_INTERPOLATED = 0, /* between two states that were received */
	STARLING_EXTRAPOLATED = 1, /* beyond the newest, at its last velocity */
	STARLING_FROZEN = 2, /* too far beyond the newest: it stays where extrapolation ended */
};

enum {
	STARLING_EXTRAPOLATE_MS = 250, /* how far beyond the newest state motion is continued */
};

struct starling_sample {
	double x, y, z;
	enum starling_motion motion;
	double age_s; /* of the newest state, now */
};

/*
 * Where an entity was `delay_s` ago, for smooth drawing: with a delay of two or three times the
 * publishing interval there is nearly always a state on either side. A resting entity (its newest
 * state was repeated as settled) is STARLING_INTERPOLATED. The last 16 states are kept; before
 * those it is where the oldest of them was. False when the entity is not known.
 */
STARLING_API bool starling_sample(const struct starling *session, uint32_t member, unsigned index,
				  double delay_s, struct starling_sample *sample);

struct starling_stats {
	uint64_t received, duplicate, late, lost, skipped, repaired; /* of all members, see there */
	uint64_t unknown;   /* updates of members that were not known (yet, or any more) */
	uint64_t malformed; /* messages of the relay that could not be read, or broke a limit */
	uint64_t messages_dropped; /* unreliable messages that found the events' queue full */
	uint64_t snapshots_received, snapshots_lost; /* by the relay's numbering */
	uint64_t published;                          /* states handed over by starling_publish */
	uint64_t throttled; /* unreliable packets that ENet's packet throttle dropped */
	uint64_t datagrams_in, datagrams_out, bytes_in, bytes_out; /* UDP payload */
	uint64_t kernel_drops; /* datagrams lost as the receive buffer was full; a run of them
				  counts once */
	uint64_t rejoins;      /* tries to join again */
	double rtt_s;          /* of the newest clock exchange; negative before the first */
};

STARLING_API void starling_stats(const struct starling *session, struct starling_stats *stats);

/* Words for people. Never NULL. */
STARLING_API const char *starling_mode_text(enum starling_mode mode);
STARLING_API const char *starling_reason_text(enum starling_reason reason);
STARLING_API const char *starling_version(void);

#ifdef __cplusplus
}
#endif

#endif
