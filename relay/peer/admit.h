/*
 * admit: which clients may join. Decisions only; nothing here sends or stores.
 */
#ifndef STARLING_RELAY_PEER_ADMIT_H
#define STARLING_RELAY_PEER_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"
#include "relay/config.h"

/* The facts about the relay for a decision. */
struct admit_facts {
	bool room_exists;
	size_t room_count, member_count; /* rooms open; members in the room asked for, */
	unsigned member_limit;           /* of which it takes so many */
};

struct admit_refusal {
	enum wire_reason reason;
	char text[WIRE_TEXT_MAX_BYTES + 1];
};

/* Whether connect data is of this protocol in any version, and in this version. */
bool admit_is_starling(uint32_t connect_data);
bool admit_is_version(uint32_t connect_data);
void admit_version_refusal(uint32_t connect_data, struct admit_refusal *refusal);

/*
 * The refusal for a HELLO that did not decode because of a name, which a person may have typed.
 * False when it is otherwise malformed.
 */
bool admit_name_refusal(const void *data, size_t size, struct admit_refusal *refusal);

/* Whether the HELLO may join; if not, the refusal. */
bool admit_hello(const struct config *config, const struct admit_facts *relay,
		 const struct wire_hello *hello, struct admit_refusal *refusal);

#endif
