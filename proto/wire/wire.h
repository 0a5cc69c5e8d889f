/*
 * wire: the messages of the Starling protocol, as bytes and as structs. PROTOCOL.md is the text
 * that this file follows; a name here is the same word there.
 *
 * Bytes only: no ENet, no socket, no clock, no allocation. A decoded struct borrows its text and
 * byte fields from the message, so it is valid as long as the message is. Every decoder takes a
 * whole message, type byte included, and accepts exactly one encoding of each value. Every encoder
 * returns the size that it wrote, or 0 when the value is outside its range or `capacity` is too
 * small; WIRE_MESSAGE_MAX_BYTES is always enough.
 *
 * States (STATE, SNAPSHOT, KEYFRAME) are in states.h.
 */
#ifndef STARLING_PROTO_WIRE_WIRE_H
#define STARLING_PROTO_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/cursor.h"
#include "proto/wire/wire_error.h"

/* ENet's 32-bit connect data: the letters STL, then the version. */
#define WIRE_MAGIC   UINT32_C(0x53544c00)
#define WIRE_VERSION 1

/* ENet's 32-bit data of a DISCONNECT that says why: the letters STR, then the reason. */
#define WIRE_REASON_MAGIC UINT32_C(0x53545200)

enum {
	WIRE_DATAGRAM_MAX_BYTES = 1200, /* UDP payload; passes every path of IPv6's 1,280 */
	WIRE_SEAL_BYTES = 24,           /* kept free in every datagram for secure mode */
	WIRE_ENET_MTU_BYTES = WIRE_DATAGRAM_MAX_BYTES - WIRE_SEAL_BYTES,
	/* ENet fragments a packet above its MTU less a datagram header and a fragment header. */
	WIRE_MESSAGE_MAX_BYTES = WIRE_ENET_MTU_BYTES - 4 - 24,
	/* For ENet's least MTU, which any path that ENet can use takes. */
	WIRE_ENET_MTU_LEAST_BYTES = 576,
	WIRE_MESSAGE_LEAST_BYTES = WIRE_ENET_MTU_LEAST_BYTES - 4 - 24,

	WIRE_NAME_MAX_BYTES = 32,  /* of a room or a member, at least 1 */
	WIRE_TEXT_MAX_BYTES = 200, /* of a reason given to people */
	WIRE_TOKEN_MAX_BYTES = 256,
	WIRE_TICKET_MAX_BYTES = 32,
	WIRE_EVENT_MAX_BYTES = 1024,
	WIRE_PAYLOAD_MAX_BYTES = 64,
	WIRE_INDEX_MAX = 4095,   /* of an entity within its member */
	WIRE_NEAREST_MAX = 4095, /* of interest `nearest` */
	WIRE_GRAIN_MAX_UM = 1000000,
	/* For JOINED, LEFT and GONE; LEFT has the shortest entry, of 2 bytes. */
	WIRE_LIST_MAX_ENTRIES = (WIRE_MESSAGE_MAX_BYTES - 1) / 2,
};

_Static_assert(WIRE_MESSAGE_MAX_BYTES == 1148, "see PROTOCOL.md, Limits");

enum wire_channel {
	WIRE_CHANNEL_CONTROL = 0,    /* reliable; CLOCK and REPORT alone go unsequenced */
	WIRE_CHANNEL_STATE = 1,      /* the member's mode */
	WIRE_CHANNEL_EVENT = 2,      /* reliable */
	WIRE_CHANNEL_EVENT_FAST = 3, /* unsequenced */
	WIRE_CHANNEL_COUNT = 4,
};

/* The first byte of a message. Never renumbered. */
enum wire_type {
	WIRE_HELLO = 1,    /* to the relay, control */
	WIRE_WELCOME = 2,  /* to a member, control */
	WIRE_REFUSED = 3,  /* to a client, control; the same in every version */
	WIRE_SETTINGS = 4, /* both ways, control */
	WIRE_JOINED = 5,   /* to a member, control */
	WIRE_LEFT = 6,     /* to a member, control */
	WIRE_STATE = 7,    /* to the relay, state or control; states.h */
	WIRE_SNAPSHOT = 8, /* to a member, state; states.h */
	WIRE_KEYFRAME = 9, /* to a member, control; states.h */
	WIRE_GONE = 10,    /* both ways, control */
	WIRE_EVENT = 11,   /* both ways, event or event_fast */
	WIRE_CLOCK = 12,   /* both ways, control, unsequenced */
	WIRE_LEAVE = 13,   /* to the relay, control */
	WIRE_GOODBYE = 14, /* to a member, control */
	WIRE_REPORT = 15,  /* to the relay, control, unsequenced */
	WIRE_TYPE_END = 16,
};

/* How updates travel on one hop. */
enum wire_mode {
	WIRE_UNSEQUENCED = 0, /* unreliable, unordered */
	WIRE_SEQUENCED = 1,   /* unreliable, late ones dropped */
	WIRE_RELIABLE = 2,    /* retransmitted, in order */
	WIRE_MODE_COUNT = 3,
};

/* The entities that a member wants updates of. */
enum wire_interest {
	WIRE_ALL = 0,
	WIRE_RADIUS = 1,  /* range: grains */
	WIRE_NEAREST = 2, /* range: how many, 1 to WIRE_NEAREST_MAX */
	WIRE_INTEREST_COUNT = 3,
};

enum wire_scope {
	WIRE_TO_ALL = 0, /* the sender too */
	WIRE_TO_OTHERS = 1,
	WIRE_TO_ONE = 2,
	WIRE_SCOPE_COUNT = 3,
};

enum {
	WIRE_FROM_RELAY = 0, /* the sender of an EVENT that is nobody's; no member has this id */
};

/* Why a client was refused or told goodbye, or why a member left. */
enum wire_reason {
	WIRE_REASON_LEFT = 0,      /* said LEAVE */
	WIRE_REASON_LOST = 1,      /* its connection timed out */
	WIRE_REASON_VERSION = 2,   /* speaks another version of the protocol */
	WIRE_REASON_MALFORMED = 3, /* sent too many malformed messages */
	WIRE_REASON_NAME = 4,      /* its name is not acceptable */
	WIRE_REASON_ROOM_NAME = 5, /* the room's name is not acceptable */
	WIRE_REASON_ROOM_FULL = 6,
	WIRE_REASON_RELAY_FULL = 7,
	WIRE_REASON_TOKEN = 8,         /* a token is required, and this one is not valid */
	WIRE_REASON_SLOW = 9,          /* does not acknowledge its messages */
	WIRE_REASON_SILENT = 10,       /* connected, and did not say HELLO in time */
	WIRE_REASON_STOPPING = 11,     /* the relay is stopping, and may be back soon: try again */
	WIRE_REASON_CLOSING = 12,      /* the relay closes for good */
	WIRE_REASON_CHANNELS = 13,     /* connected with too few channels */
	WIRE_REASON_ADDRESS_FULL = 14, /* its address has as many connections as one may */
	WIRE_REASON_KICKED = 15,       /* sent away by an operator of the relay */
	WIRE_REASON_BANNED = 16,       /* its address is banned from the relay */
	WIRE_REASON_ROOM_CLOSED = 17,  /* an operator has closed the room */
	WIRE_REASON_COUNT = 18,
};

/* Bytes that a decoded struct borrows from its message. */
struct wire_bytes {
	const uint8_t *data;
	size_t size;
};

struct wire_settings {
	enum wire_mode up, down;
	bool echo; /* the member's own states come back */
	enum wire_interest interest;
	uint32_t range; /* see enum wire_interest; 0 with WIRE_ALL */
};

struct wire_hello {
	struct wire_bytes room, name; /* of which text_name_fault finds none */
	struct wire_bytes token;      /* 0 to WIRE_TOKEN_MAX_BYTES */
	struct wire_settings settings;
	/*
	 * The client wants to take its place again after it lost its connection. `ticket` is that
	 * of its last WELCOME, 0 to WIRE_TICKET_MAX_BYTES; empty unless `resume`.
	 */
	bool resume;
	struct wire_bytes ticket;
};

struct wire_welcome {
	uint32_t member;               /* the receiver's own id, at least 1 */
	uint64_t clock_us;             /* the room's clock as this was sent */
	struct wire_settings settings; /* the settings in force, which may be less than requested */
	uint32_t grain_um;             /* length of one coordinate step, 1 to WIRE_GRAIN_MAX_UM */
	uint32_t flush_us; /* longest wait for a flush; 0: updates are relayed at once */
	uint32_t member_limit, entity_limit; /* in the room; a member, 1 to WIRE_INDEX_MAX + 1 */
	uint32_t payload_limit;              /* bytes an entity, 0 to WIRE_PAYLOAD_MAX_BYTES */
	uint32_t message_rate; /* messages a second that the relay takes from a member */
	/*
	 * The member's place is kept so long once its connection is lost, for the client that
	 * brings `ticket`: 1 to WIRE_TICKET_MAX_BYTES. Without a ticket the place is not kept, and
	 * `grace_ms` is not sent.
	 */
	uint32_t grace_ms;
	struct wire_bytes ticket;
};

/* REFUSED and GOODBYE. */
struct wire_disconnect {
	enum wire_reason reason;
	struct wire_bytes text; /* a sentence for people, 0 to WIRE_TEXT_MAX_BYTES */
};

struct wire_joined {
	uint32_t member;        /* at least 1 */
	struct wire_bytes name; /* printable text, so that no name hides the others of a list */
};

struct wire_left {
	uint32_t member; /* at least 1 */
	enum wire_reason reason;
};

/* An entity was removed. States of it with this seq or an older one are stale. */
struct wire_gone {
	uint32_t member; /* at least 1; to the relay: the sender's own id */
	uint16_t index;
	uint16_t seq;
};

struct wire_event {
	enum wire_scope scope;
	uint32_t member; /* to the relay: whom to tell with WIRE_TO_ONE, else 0; to a member: the
			    sender, WIRE_FROM_RELAY for the relay itself */
	struct wire_bytes data; /* 0 to WIRE_EVENT_MAX_BYTES; of the relay: text for people */
};

/* NTP's exchange (RFC 5905, section 8). The fourth timestamp is the asker's own, on arrival. */
struct wire_clock {
	uint64_t sent_us;     /* the asker's own clock, any epoch; comes back as it was sent */
	uint64_t received_us; /* the room's clock as the question came in; 0 in a question */
	uint64_t answered_us; /* the room's clock as the answer went out; 0 in a question */
};

/* The SNAPSHOTs that a member has received. Sums are over its time in the room. */
struct wire_report {
	uint16_t number;      /* of the newest that came */
	uint64_t count;       /* how many came; one that came twice counts once */
	uint64_t bytes;       /* their sizes */
	uint64_t received_us; /* the room's clock, as the member knows it, when the newest came */
};

/* Walks over a JOINED, LEFT or GONE that its decoder found to be whole. */
struct wire_list {
	struct cursor_reader reader;
};

uint32_t wire_connect_data(void);

/* A DISCONNECT's data with a reason in it, and back: false when there is none. */
uint32_t wire_reason_data(enum wire_reason reason);
bool wire_data_reason(uint32_t data, enum wire_reason *reason);

/* Whether `newer` comes after `older`, as serial numbers (RFC 1982, SERIAL_BITS = 16). */
bool wire_seq_is_newer(uint16_t newer, uint16_t older);

/* The type of a message, or 0 when it has no byte or no type that exists. */
enum wire_type wire_type_of(const void *data, size_t size);

const char *wire_type_text(enum wire_type type);
const char *wire_mode_text(enum wire_mode mode);
const char *wire_reason_text(enum wire_reason reason);

/* PROTOCOL.md's own name, e.g. "ROOM_FULL", for counters that programs read. Never NULL. */
const char *wire_reason_name(enum wire_reason reason);

size_t wire_hello_encode(void *out, size_t capacity, const struct wire_hello *hello);
enum wire_error wire_hello_decode(const void *data, size_t size, struct wire_hello *hello);

size_t wire_welcome_encode(void *out, size_t capacity, const struct wire_welcome *welcome);
enum wire_error wire_welcome_decode(const void *data, size_t size, struct wire_welcome *welcome);

/* `type` is WIRE_REFUSED or WIRE_GOODBYE. A reason that this version does not know decodes as it
 * is. */
size_t wire_disconnect_encode(void *out, size_t capacity, enum wire_type type,
			      const struct wire_disconnect *notice);
enum wire_error wire_disconnect_decode(const void *data, size_t size, enum wire_type type,
				       struct wire_disconnect *notice);

size_t wire_settings_encode(void *out, size_t capacity, const struct wire_settings *settings);
enum wire_error wire_settings_decode(const void *data, size_t size, struct wire_settings *settings);

/* Lists of 1 to WIRE_LIST_MAX_ENTRIES; `*taken` (if not NULL) is how many fitted, from the first.
 */
size_t wire_joined_encode(void *out, size_t capacity, const struct wire_joined *entries,
			  size_t count, size_t *taken);
size_t wire_left_encode(void *out, size_t capacity, const struct wire_left *entries, size_t count,
			size_t *taken);
size_t wire_gone_encode(void *out, size_t capacity, const struct wire_gone *entries, size_t count,
			size_t *taken);

/* Checks the whole message, so that the walk that follows cannot fail. */
enum wire_error wire_joined_decode(const void *data, size_t size, struct wire_list *list);
enum wire_error wire_left_decode(const void *data, size_t size, struct wire_list *list);
enum wire_error wire_gone_decode(const void *data, size_t size, struct wire_list *list);
bool wire_joined_next(struct wire_list *list, struct wire_joined *entry);
bool wire_left_next(struct wire_list *list, struct wire_left *entry);
bool wire_gone_next(struct wire_list *list, struct wire_gone *entry);

size_t wire_event_encode(void *out, size_t capacity, const struct wire_event *event);
enum wire_error wire_event_decode(const void *data, size_t size, struct wire_event *event);

size_t wire_clock_encode(void *out, size_t capacity, const struct wire_clock *clock);
enum wire_error wire_clock_decode(const void *data, size_t size, struct wire_clock *clock);

size_t wire_report_encode(void *out, size_t capacity, const struct wire_report *report);
enum wire_error wire_report_decode(const void *data, size_t size, struct wire_report *report);

size_t wire_leave_encode(void *out, size_t capacity);
enum wire_error wire_leave_decode(const void *data, size_t size);

#endif
