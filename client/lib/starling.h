/*
 * starling.h: one client of a Starling relay. It publishes the positions of its own entities, gives
 * those of the others, and sends and receives events.
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
 * Nothing prints, and nothing blocks but starling_wait and the look-up of a host's name in
 * starling_open. The library works only when it is called; its one thread lives for a moment to
 * look a name up again, takes no signals and calls nothing of the program's. One thread at a time
 * uses a session; a process may have many. ENet keeps its network and allocator for the whole
 * process; the library sets them at the first starling_open.
 *
 * Lengths are metres, times of the room are int64_t microseconds on the room's clock (0 when the
 * room was made), spans are seconds as doubles. Functions that act return 0 or a negative errno
 * value. A session must not be NULL, but for starling_close. Pointers that a function takes are not
 * kept.
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
	STARLING_MTU_MIN = 604, /* ENet's least datagram with UDP's and IPv4's headers */
};

/* How updates travel on one hop. */
enum starling_mode {
	STARLING_UNSEQUENCED = 0, /* unreliable, unordered: the newest as early as possible */
	STARLING_SEQUENCED = 1,   /* unreliable, late ones dropped by ENet */
	STARLING_RELIABLE =
		2, /* retransmitted, in order: everything arrives, and everything waits */
};

/*
 * Which entities the relay sends. Distance counts from the own entity with the lowest index; before
 * there is one, from the origin. STARLING_ENTITY_GONE reports one that leaves sight; one that comes
 * back is new.
 */
enum starling_interest {
	STARLING_ALL = 0,
	STARLING_RADIUS = 1,
	STARLING_NEAREST = 2,
};

/* The receivers of an event. */
enum starling_scope {
	STARLING_TO_ALL = 0, /* the sender too */
	STARLING_TO_OTHERS = 1,
	STARLING_TO_ONE = 2,
};

/* Why a session ended or a member left. Numbers are those of PROTOCOL.md; more may come. */
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
	STARLING_REASON_KICKED = 15, /* by an operator of the relay */
	STARLING_REASON_BANNED = 16, /* the address is */
	STARLING_REASON_ROOM_CLOSED = 17,
};

struct starling;

struct starling_config {
	const char *host; /* a name or an address such as "::1"; "127.0.0.1" */
	uint16_t port;    /* 7777 */
	/*
	 * 1 to STARLING_NAME_MAX_BYTES bytes of UTF-8 in which each character is visible: no
	 * controls, nothing invisible or that turns the text, no space at an end or beside another.
	 * "lobby"
	 */
	const char *room;
	const char *name;                /* likewise; "anonymous" */
	const void *token;               /* for relays that want one; NULL */
	size_t token_bytes;              /* at most 256; 0 */
	enum starling_mode up, down;     /* STARLING_UNSEQUENCED */
	bool echo;                       /* the relay sends own states back; false */
	enum starling_interest interest; /* asked for; STARLING_ALL */
	double radius_m;                 /* with STARLING_RADIUS */
	unsigned nearest;                /* with STARLING_NEAREST, 1 to 4,095 */
	/*
	 * An own state that stays the newest for this long is repeated reliably, once, so that all
	 * know what is at rest; not with a reliable up mode. 0.25; 0: never.
	 */
	double settle_s;
	/*
	 * Without a datagram for this long the connection is lost; 8. After a second and a half the
	 * session tries another one beside it, to be the same member from another address, or of a
	 * relay that has begun anew.
	 */
	double timeout_s;
	/*
	 * Pause before the first try to rejoin, each up to a quarter longer by chance; 0.5; 0:
	 * never rejoin. It is doubled with each try: up to 1 s while nothing answers
	 * (STARLING_REASON_LOST), up to 2 s while the relay is full (STARLING_REASON_RELAY_FULL,
	 * _ADDRESS_FULL), else up to 8 s; a longer rejoin_s stays as it is. After a relay that
	 * stops, the pause is from one to four times rejoin_s, by chance, so that not all of its
	 * clients come back at once.
	 */
	double rejoin_s;
	bool share_channel; /* reliable events go on the channel of states, to show the effect, with
			       a relay that allows it; false */
	bool enet_throttle; /* leave ENet's packet throttle on, to show its effect; false */
	/*
	 * Packets that ENet counts as already sent on the channel of states, on each connection, to
	 * show a sequenced mode at the 65,536th, which ENet sends reliably; 0.
	 */
	uint16_t sequence_start;
	/*
	 * The MTU of the path to the relay: bytes of an IP packet, at least STARLING_MTU_MIN. No
	 * datagram is longer, either way. 0: 1,280, which every path of IPv6 takes; more is not
	 * used.
	 */
	uint16_t mtu;
};

/* Fills in the defaults that stand last in the comments above. */
STARLING_API void starling_default_config(struct starling_config *config);

/* Why starling_open failed: a sentence with the value and a remedy. */
struct starling_error {
	char text[512];
};

/*
 * Makes a session and starts to connect and join. `config` and the data that it points to are
 * copied; starling_close frees the session. The session tries a relay that does not answer again
 * for ever, and reports each failure as STARLING_LOST: the program chooses how long to wait. It
 * tries a name's first eight addresses in turn, and looks the name up for each try after the first.
 * With a rejoin_s of 0 the first failure ends the session.
 *
 * 0; -EINVAL: a value is out of its range; -ENOENT: the host's name is not known; -ENOTSUP: libenet
 * is bound to its own sockets; -ENOMEM; or the system's error of the socket. On failure `*session`
 * is NULL and `error`, if not NULL, says why.
 */
STARLING_API int starling_open(struct starling **session, const struct starling_config *config,
			       struct starling_error *error);

/*
 * Sends LEAVE and asks ENet to close. Keep calling starling_update until STARLING_ENDED comes or
 * your patience ends, then call starling_close.
 */
STARLING_API void starling_leave(struct starling *session);

/*
 * Frees the session. One that has not left sends one unreliable DISCONNECT, so that the others need
 * not wait for a time-out. NULL is allowed.
 */
STARLING_API void starling_close(struct starling *session);

/*
 * The descriptor to poll for reading; it stays the session's. It changes when the session rejoins
 * or goes on by another connection, so ask before each poll. -1 once the session has ended.
 */
STARLING_API int starling_fd(const struct starling *session);

/*
 * Milliseconds until starling_update is due even if nothing arrives, for poll(2); -1 once the
 * session has ended.
 */
STARLING_API int starling_timeout_ms(const struct starling *session);

/*
 * Receives, runs what is due, and sends the published states. Never blocks. 0, or -ENOTCONN once
 * the session has ended for good.
 */
STARLING_API int starling_update(struct starling *session);

/*
 * Sleeps until starling_update is due, as when a datagram came, or for `seconds` at most. It often
 * returns earlier, so it is no measure of time. 0; -EINTR: a signal came; -ENOTCONN, at once: the
 * session has ended.
 */
STARLING_API int starling_wait(struct starling *session, double seconds);

enum starling_status {
	STARLING_CONNECTING = 0, /* ENet's handshake, or the pause between two tries */
	STARLING_JOINING = 1,    /* HELLO sent, the room's state not complete yet */
	STARLING_PLAYING = 2,    /* in the room, its state complete */
	STARLING_LEAVING = 3,
	STARLING_OVER = 4,
};

/* Where the session stands. */
STARLING_API enum starling_status starling_status(const struct starling *session);

/*
 * Events come in order, and up to 1 MiB of them wait. Beyond that, unreliable messages are dropped
 * and counted, and anything else ends the session with STARLING_REASON_SLOW.
 */

enum starling_event_type {
	/*
	 * Joined; `member` is the own id. After STARLING_LOST it is the former one if the relay
	 * still kept the place, else a new one. Without STARLING_LOST before it, the session goes
	 * on by another connection as the same member: others, entities and settings stay known,
	 * and reliable messages of the last seconds may be lost, either way.
	 */
	STARLING_WELCOME = 1,
	/*
	 * The room's complete state is here. After a WELCOME by another connection, who and what is
	 * gone by now was told just before.
	 */
	STARLING_READY,
	STARLING_SETTINGS,      /* the modes or interest in force changed; see starling_settings */
	STARLING_MEMBER_JOINED, /* `member`, `text`: its name; again when the name changes */
	/* `member`, `reason`: STARLING_REASON_LEFT for one that left between two connections */
	STARLING_MEMBER_LEFT,
	STARLING_ENTITY_GONE, /* `member`, `index`: removed, or out of sight; it may come back */
	/*
	 * `member`: the sender, whose MEMBER_JOINED may still be to come; `scope`, `data`. Member 0
	 * is an operator of the relay, whose data is printable text without a NUL.
	 */
	STARLING_MESSAGE,
	/*
	 * No connection; `text` says why, and `reason`: STARLING_REASON_LOST, or the relay's own,
	 * such as STARLING_REASON_STOPPING. Members and entities are gone. The session tries again,
	 * and then publishes the own entities as they were last.
	 */
	STARLING_LOST,
	STARLING_ENDED, /* for good: `reason`, `text`; members and entities are gone; comes last */
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

/* Gives the oldest waiting event. False when there is none. */
STARLING_API bool starling_next(struct starling *session, struct starling_event *event);

/* Publishing. */

struct starling_state {
	double x, y, z;       /* metres */
	const void *payload;  /* the game's own bytes; NULL */
	size_t payload_bytes; /* 0 to the room's limit, at most STARLING_PAYLOAD_MAX_BYTES */
	int64_t origin_us;    /* when it was so, on the room's clock; 0: now */
};

/*
 * Publishes the newest state of the own entity `index`, which exists from its first state on. The
 * state is copied and leaves with the next starling_update or starling_flush, together with others,
 * unless a newer one replaces it before. A coordinate beyond the wire's range is moved to its edge,
 * and an origin in the future to now.
 *
 * 0; -ENOTCONN: not in a room; -EINVAL: index or payload above the room's limit, or a coordinate
 * that is not finite; -ENOMEM.
 */
STARLING_API int starling_publish(struct starling *session, unsigned index,
				  const struct starling_state *state);

/*
 * Removes the own entity `index` from the room. 0; -ENOTCONN: not in a room; -ENOENT: no such
 * entity; -ENOBUFS: too many reliable messages wait for the relay, and the entity still exists.
 */
STARLING_API int starling_remove(struct starling *session, unsigned index);

/*
 * Sends an event of up to STARLING_EVENT_MAX_BYTES bytes, copied, to all, to the others, or to
 * `member`. Reliable events arrive once and in order; the others may be lost or overtake.
 *
 * 0; -ENOTCONN: not in a room; -EINVAL: too long, no such scope, or no member to send to; -ENOBUFS:
 * 256 KiB of reliable messages wait for the relay.
 */
STARLING_API int starling_send(struct starling *session, enum starling_scope scope, uint32_t member,
			       const void *data, size_t data_bytes, bool reliable);

/* Sends the published states now, without waiting for starling_update. */
STARLING_API void starling_flush(struct starling *session);

/*
 * Asks for other modes, now and after each rejoin; they are in force when STARLING_SETTINGS comes.
 * 0; -ENOTCONN: not in a room; -EINVAL: no such mode.
 */
STARLING_API int starling_set_modes(struct starling *session, enum starling_mode up,
				    enum starling_mode down);

/* The room. */

struct starling_settings {
	uint32_t member; /* own id; 0 while not in a room */
	enum starling_mode up, down;
	bool echo;
	enum starling_interest interest; /* in force; may be less than asked for */
	double grain_m;                  /* one coordinate step */
	double flush_s;                  /* longest wait for the relay's flush; 0: none */
	unsigned member_limit, entity_limit, payload_limit, message_rate;
};

/* Copies the room's settings; all 0 while not in a room. */
STARLING_API void starling_settings(const struct starling *session,
				    struct starling_settings *settings);

/*
 * The room's clock now, and the bound of its error: the relay's true clock is within now_us +-
 * error_us as long as the two machines' oscillators differ by at most 100 ppm (half the round trip
 * of the best recent exchange, plus drift; RFC 5905's delta / 2 + epsilon; plus the part still to
 * be corrected). In one room it never runs backwards. `error_us` may be NULL. False while not in a
 * room.
 */
STARLING_API bool starling_clock(const struct starling *session, int64_t *now_us,
				 int64_t *error_us);

/* The others. */

struct starling_member {
	uint32_t id;
	char name[STARLING_NAME_MAX_BYTES + 1];
	/*
	 * Counts of its updates since it or we joined. Each update is in one of these, but for
	 * duplicates:
	 */
	uint64_t received;  /* came before any newer one: applied */
	uint64_t duplicate; /* came again */
	/*
	 * Came after a newer one: stale, kept for interpolation only. In a reliable mode an update
	 * that a repeat overtook came in its order, and is not late.
	 */
	uint64_t late;
	uint64_t lost;     /* never came, or more than 64 late, and not known as skipped */
	uint64_t skipped;  /* not sent by the relay, as a newer one was there */
	uint64_t repaired; /* came only as a reliable repeat */
	double age_s;      /* seconds, of its newest state, now; negative: it has none */
};

/*
 * Copies up to `capacity` members but the own one, in order of id; returns how many there are.
 * `members` may be NULL if `capacity` is 0.
 */
STARLING_API size_t starling_members(const struct starling *session,
				     struct starling_member *members, size_t capacity);

/* Copies one member; the own one too while its states are echoed. False when there is none. */
STARLING_API bool starling_member(const struct starling *session, uint32_t id,
				  struct starling_member *member);

struct starling_entity {
	uint32_t member;
	unsigned index;
	uint16_t seq;
	double x, y, z;    /* metres, of the newest state */
	int64_t origin_us; /* when it was so, on the room's clock */
	double age_s;      /* now minus origin */
	uint8_t payload[STARLING_PAYLOAD_MAX_BYTES];
	size_t payload_bytes;
};

/*
 * Copies up to `capacity` entities, in order of (member, index); returns how many there are.
 * `entities` may be NULL if `capacity` is 0.
 */
STARLING_API size_t starling_entities(const struct starling *session,
				      struct starling_entity *entities, size_t capacity);

/* Copies the newest state of one entity. False when none is known. */
STARLING_API bool starling_entity(const struct starling *session, uint32_t member, unsigned index,
				  struct starling_entity *entity);

enum starling_motion {
	STARLING_INTERPOLATED = 0, /* between two received states */
	STARLING_EXTRAPOLATED = 1, /* beyond the newest, at its last velocity */
	STARLING_FROZEN = 2, /* too far beyond the newest: at rest where extrapolation ended */
};

enum {
	STARLING_EXTRAPOLATE_MS = 250, /* how long motion goes on beyond the newest state */
};

struct starling_sample {
	double x, y, z;
	enum starling_motion motion;
	double age_s; /* of the newest state, now */
};

/*
 * Where an entity was `delay_s` ago, for smooth drawing: with a delay of two or three times the
 * publishing interval there is nearly always a state on either side. An entity at rest (its newest
 * state was repeated reliably) is STARLING_INTERPOLATED. The last 16 states are kept; before the
 * oldest of them the entity is at that one. False when the entity is not known.
 */
STARLING_API bool starling_sample(const struct starling *session, uint32_t member, unsigned index,
				  double delay_s, struct starling_sample *sample);

struct starling_stats {
	uint64_t received, duplicate, late, lost, skipped,
		repaired;   /* of all members; see starling_member */
	uint64_t unknown;   /* updates of members not known (yet, or any more) */
	uint64_t malformed; /* messages of the relay that could not be read, or broke a limit */
	uint64_t messages_dropped; /* unreliable messages dropped at a full event queue */
	uint64_t snapshots_received, snapshots_lost; /* by the relay's numbering */
	uint64_t published;                          /* states passed to starling_publish */
	uint64_t throttled; /* unreliable packets that ENet's packet throttle dropped */
	uint64_t datagrams_in, datagrams_out, bytes_in, bytes_out; /* UDP payload */
	uint64_t kernel_drops; /* datagrams lost at a full receive buffer; a run of them is one */
	uint64_t rejoins;      /* tries to join again, and changes to another connection */
	double rtt_s;          /* of the newest clock exchange; negative before the first */
};

/* Copies the counts since starling_open. */
STARLING_API void starling_stats(const struct starling *session, struct starling_stats *stats);

/* Texts for people; static. Never NULL. */
STARLING_API const char *starling_mode_text(enum starling_mode mode);
STARLING_API const char *starling_reason_text(enum starling_reason reason);
STARLING_API const char *starling_version(void);

#ifdef __cplusplus
}
#endif

#endif
