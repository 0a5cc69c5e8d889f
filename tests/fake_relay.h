/*
 * fake_relay: a relay that a test plays by hand. It has an ENet host, notes what clients say, and
 * says what the test tells it to. By itself it only answers CLOCK.
 */
#ifndef STARLING_TESTS_FAKE_RELAY_H
#define STARLING_TESTS_FAKE_RELAY_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	FAKE_PEERS = 4,
	FAKE_NOTES = 512,
};

/* One message that a client said. */
struct fake_note {
	ENetPeer *peer;
	uint8_t channel;
	uint32_t flags; /* ENet's */
	size_t size;
	uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

struct fake_relay {
	ENetHost *host;
	ENetPeer *peer;   /* the client that connected last */
	int64_t start_ns; /* when the room's clock was 0 */
	unsigned connect_count, disconnect_count;
	uint32_t connect_data;
	uint16_t snapshot_number;
	bool is_deaf;         /* it does nothing at all */
	bool is_clock_broken; /* answers before it was asked */
	struct fake_note notes[FAKE_NOTES];
	unsigned note_count, taken_count;
};

void fake_relay_open(struct fake_relay *relay, uint16_t port);
void fake_relay_close(struct fake_relay *relay);
void fake_relay_service(struct fake_relay *relay);
uint64_t fake_relay_clock_us(const struct fake_relay *relay);

/* The oldest message of this type that was not taken yet; those before it are passed over. */
const struct fake_note *fake_relay_take(struct fake_relay *relay, enum wire_type type);

/* Says anything to the client that connected last. */
void fake_relay_say(struct fake_relay *relay, enum wire_channel channel, enum wire_mode mode,
		    const void *data, size_t size);

/* A WELCOME as most tests want it; change it and say it. */
struct wire_welcome fake_relay_welcome(const struct fake_relay *relay, uint32_t member);

void fake_relay_say_welcome(struct fake_relay *relay, const struct wire_welcome *welcome);
void fake_relay_say_joined(struct fake_relay *relay, uint32_t member, const char *name);
void fake_relay_say_left(struct fake_relay *relay, uint32_t member, enum wire_reason reason);
void fake_relay_say_gone(struct fake_relay *relay, uint32_t member, uint16_t index, uint16_t seq);
void fake_relay_say_farewell(struct fake_relay *relay, enum wire_type type, enum wire_reason reason,
			     const char *text);
void fake_relay_say_event(struct fake_relay *relay, enum wire_scope scope, uint32_t member,
			  const char *data, bool is_reliable);

/* A SNAPSHOT of the next number, or a KEYFRAME, with these records. */
void fake_relay_say_snapshot(struct fake_relay *relay, const struct states_record *records,
			     size_t count);
void fake_relay_say_keyframe(struct fake_relay *relay, const struct states_record *records,
			     size_t count, bool is_last);

#endif
