/*
 * datagram: the one reader of ENet's datagrams (1.3, without checksum or compression), as strict as
 * a filter before ENet has to be. The reader takes all that an unmodified ENet sends, and the
 * cookie of cookie.h, and refuses the rest wherever the bytes alone show it. The caller judges by
 * the connection: who the peer is, how many channels it has, how many bytes a message may take,
 * which numbers are due.
 *
 * A datagram is a head, then 1 to 32 commands. All numbers are big-endian. The head is the
 * receiver's peer id and flags (2 bytes), then a sent time (2) where its flag is set. A command is
 * its kind and flags (1), a channel (1), a reliable sequence number (2), the fields of its kind,
 * and for some kinds data. Bytes only: nothing here needs ENet, a socket, a clock, or memory.
 */
#ifndef STARLING_PROTO_ENET_DATAGRAM_H
#define STARLING_PROTO_ENET_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/cursor.h"

enum {
	DATAGRAM_MAX_BYTES = 4096,       /* ENet's largest MTU */
	DATAGRAM_COMMANDS_MAX = 32,      /* in one datagram */
	DATAGRAM_NOBODY = 0x0fff,        /* the peer id of a receiver that has given none yet */
	DATAGRAM_CHANNEL_NONE = 0xff,    /* of what concerns the connection itself */
	DATAGRAM_CHANNELS_MAX = 255,     /* in a connection */
	DATAGRAM_SESSION_UNKNOWN = 0xff, /* in a CONNECT; else 0 to 3 */

	/* ENet cuts a message at its MTU, which is 576 or more, less the headers: only the last
	 * fragment is shorter. */
	DATAGRAM_FRAGMENT_MIN_BYTES = 256,
	DATAGRAM_MESSAGE_MAX_BYTES =
		32 * 1024 * 1024, /* ENet's own limit, unless it is told another */
};

/* ENet's numbers for its commands. */
enum datagram_kind {
	DATAGRAM_ACKNOWLEDGE = 1,
	DATAGRAM_CONNECT,
	DATAGRAM_VERIFY_CONNECT,
	DATAGRAM_DISCONNECT,
	DATAGRAM_PING,
	DATAGRAM_RELIABLE,
	DATAGRAM_UNRELIABLE,
	DATAGRAM_FRAGMENT, /* of a reliable message */
	DATAGRAM_UNSEQUENCED,
	DATAGRAM_BANDWIDTH_LIMIT,
	DATAGRAM_THROTTLE_CONFIGURE,
	DATAGRAM_UNRELIABLE_FRAGMENT,
	DATAGRAM_KIND_COUNT,
};

/* Flags of a command. */
enum {
	DATAGRAM_FLAG_UNSEQUENCED = 0x40,
	DATAGRAM_FLAG_ACKNOWLEDGE = 0x80, /* the sender wants an ACKNOWLEDGE */
};

/* Why bytes are not a datagram of ENet's. */
enum datagram_error {
	DATAGRAM_OK = 0,
	DATAGRAM_ERROR_HEAD,       /* it ends inside its head */
	DATAGRAM_ERROR_TOO_LONG,   /* more than DATAGRAM_MAX_BYTES */
	DATAGRAM_ERROR_COMPRESSED, /* which needs a compressor on both sides: we have none */
	DATAGRAM_ERROR_EMPTY,      /* no command */
	DATAGRAM_ERROR_TOO_MANY,   /* more than DATAGRAM_COMMANDS_MAX commands */
	DATAGRAM_ERROR_TRAILING,   /* after the last command, too few bytes for another's header */
	DATAGRAM_ERROR_KIND,       /* a command that does not exist */
	DATAGRAM_ERROR_FLAGS,      /* that a command of this kind never has */
	DATAGRAM_ERROR_TIME,    /* an acknowledgement is wanted, of a sent time that is not there */
	DATAGRAM_ERROR_CHANNEL, /* data on none, or anything else but an ACKNOWLEDGE on one */
	DATAGRAM_ERROR_RECEIVER, /* CONNECT to a peer, or what only a peer is sent to nobody */
	DATAGRAM_ERROR_FIELDS,   /* it ends inside a command's fields */
	DATAGRAM_ERROR_LENGTH,   /* a command's data would go beyond the end */
	DATAGRAM_ERROR_PEER,     /* a sender's peer id that no host can give */
	DATAGRAM_ERROR_SESSION,  /* a session number beyond 3 */
	DATAGRAM_ERROR_CHANNELS, /* no channel at all, or more than DATAGRAM_CHANNELS_MAX */
	DATAGRAM_ERROR_NO_DATA,  /* a fragment of no bytes */
	DATAGRAM_ERROR_FRAGMENT, /* count, number, offset, size, total: no cut gives these */
	DATAGRAM_ERROR_COUNT,
};

/* The reason as a short text for counters and messages, e.g. "is compressed". Never NULL. */
const char *datagram_error_text(enum datagram_error error);

/* The reason as one lower-case word, e.g. "compressed". Never NULL. */
const char *datagram_error_name(enum datagram_error error);

/* The terms of a connection: CONNECT asks for it, VERIFY_CONNECT answers. */
struct datagram_connection {
	uint16_t peer; /* the sender's own id for it */
	uint8_t incoming_session, outgoing_session;
	uint32_t mtu, window_bytes, channels;
	uint32_t incoming_bandwidth, outgoing_bandwidth; /* bytes a second; 0: no limit */
	uint32_t throttle_interval_ms, throttle_acceleration, throttle_deceleration;
	uint32_t id;
	uint32_t data; /* of a CONNECT; else 0 */
};

/* One piece of a message. All but the last are of one size. */
struct datagram_fragment {
	uint16_t start; /* the sequence number of the first */
	uint32_t count, number;
	uint32_t total_bytes,
		offset_bytes; /* the message's size, and where in it this one stands */
};

/* One command. The pointers borrow from the datagram. */
struct datagram_command {
	enum datagram_kind kind;
	uint8_t flags;
	uint8_t channel;
	uint16_t number; /* reliable sequence number */
	union {
		struct {
			uint16_t number, sent_time; /* of what is acknowledged */
		} acknowledge;
		struct datagram_connection connection; /* CONNECT, VERIFY_CONNECT */
		uint32_t disconnect_data;
		uint16_t unreliable_number;        /* UNRELIABLE */
		uint16_t group;                    /* UNSEQUENCED */
		struct datagram_fragment fragment; /* FRAGMENT, UNRELIABLE_FRAGMENT */
		struct {
			uint32_t incoming, outgoing; /* bytes a second; 0: no limit */
		} bandwidth;
		struct {
			uint32_t interval_ms, acceleration, deceleration;
		} throttle;
	};
	const uint8_t *data; /* of a message or a fragment; else of no bytes */
	size_t size;
	const uint8_t *whole; /* the command from its first byte, its data included */
	size_t whole_size;
};

/* A datagram that is being read. */
struct datagram {
	uint16_t peer; /* the receiver's id for the sender, or DATAGRAM_NOBODY */
	uint8_t session;
	bool has_sent_time;
	uint16_t sent_time; /* ms, the low bits of the sender's clock */

	enum datagram_error error; /* sticky */

	/* For datagram.c only. */
	struct cursor_reader cursor;
	unsigned commands;
};

/*
 * Reads the head. The bytes must outlive what is read from them. DATAGRAM_OK, or the reason why
 * nothing can be read, which is in `error`, too.
 */
enum datagram_error datagram_open(struct datagram *datagram, const void *bytes, size_t size);

/*
 * Reads the next command. False after the last one, and at the first one that is not as ENet sends
 * it: then `error` says why, and what was read before stays good.
 */
bool datagram_next(struct datagram *datagram, struct datagram_command *command);

/* The bytes not read yet. */
static inline size_t datagram_left(const struct datagram *datagram);

/* Reads all of it: DATAGRAM_OK when an unmodified ENet may have sent it, or the first reason why
 * none has. */
enum datagram_error datagram_check(const void *bytes, size_t size);

/* Whether the command is a message that was not cut. */
static inline bool datagram_is_message(const struct datagram_command *command);

/* The receiver's id for the sender, by the datagram's first bytes; DATAGRAM_NOBODY, too, where the
 * datagram is too short to say. */
static inline uint16_t datagram_peer_id(const void *bytes, size_t size);

/* An unsequenced message that is alone in its datagram. */
struct datagram_unsequenced {
	uint16_t peer;
	uint8_t session, channel;
	uint16_t group;
	const uint8_t *data; /* the datagram's */
	size_t size;
};

/*
 * Reads a datagram that is one unsequenced message and no more, as most of a relay's are, in one
 * step, as datagram_next would. False: any other, well-formed or not.
 */
static inline bool datagram_read_unsequenced(struct datagram_unsequenced *message,
					     const void *bytes, size_t size);

/* The bodies of the inline functions above. */

enum {
	DATAGRAM_HEAD_SESSION_SHIFT = 12,
	DATAGRAM_HEAD_SESSION_MASK = 3,
	DATAGRAM_HEAD_COMPRESSED = 0x4000,
	DATAGRAM_HEAD_SENT_TIME = 0x8000,
};

/* Yields 0 where the bytes do not suffice, as cursor_read_u16. */
static inline uint16_t datagram_read_u16(struct cursor_reader *reader)
{
	const uint16_t swapped = cursor_read_u16(reader);

	return (uint16_t)(swapped << 8 | swapped >> 8);
}

static inline uint16_t datagram_head_peer(uint16_t head)
{
	return head & DATAGRAM_NOBODY;
}

static inline uint8_t datagram_head_session(uint16_t head)
{
	return head >> DATAGRAM_HEAD_SESSION_SHIFT & DATAGRAM_HEAD_SESSION_MASK;
}

static inline size_t datagram_left(const struct datagram *datagram)
{
	return cursor_left(&datagram->cursor);
}

static inline bool datagram_is_message(const struct datagram_command *command)
{
	return command->kind == DATAGRAM_RELIABLE || command->kind == DATAGRAM_UNRELIABLE ||
	       command->kind == DATAGRAM_UNSEQUENCED;
}

static inline uint16_t datagram_peer_id(const void *bytes, size_t size)
{
	struct cursor_reader reader = cursor_reader_init(bytes, size);
	const uint16_t head = datagram_read_u16(&reader);

	return reader.error == WIRE_OK ? datagram_head_peer(head) : DATAGRAM_NOBODY;
}

static inline bool datagram_read_unsequenced(struct datagram_unsequenced *message,
					     const void *bytes, size_t size)
{
	struct cursor_reader reader = cursor_reader_init(bytes, size);
	const uint16_t head = datagram_read_u16(&reader);
	const uint8_t command = cursor_read_u8(&reader);
	uint16_t length;

	message->peer = datagram_head_peer(head);
	message->session = datagram_head_session(head);
	message->channel = cursor_read_u8(&reader);
	cursor_read_bytes(&reader, 2); /* it has no number */
	message->group = datagram_read_u16(&reader);
	length = datagram_read_u16(&reader);
	message->data = reader.at;
	message->size = cursor_left(&reader);
	return reader.error == WIRE_OK && size <= DATAGRAM_MAX_BYTES && length == message->size &&
	       command == (DATAGRAM_UNSEQUENCED | DATAGRAM_FLAG_UNSEQUENCED) &&
	       !(head & (DATAGRAM_HEAD_COMPRESSED | DATAGRAM_HEAD_SENT_TIME)) &&
	       message->peer != DATAGRAM_NOBODY && message->channel != DATAGRAM_CHANNEL_NONE;
}

#endif
