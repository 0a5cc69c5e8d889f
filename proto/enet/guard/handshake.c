#include "proto/enet/guard/handshake.h"

#include <stdlib.h>
#include <string.h>

#include <sodium/crypto_shorthash.h>

#include "proto/enet/guard/datagram.h"

#define NS_PER_S INT64_C(1000000000)

enum {
	HEADS = HANDSHAKE_REQUESTS,
	REQUEST_PEER_AT = 8, /* behind the heads of the datagram and of the command */
};

/*
 * Requests stand in a ring, in the order in which they came. Those of addresses with one hash are
 * chained from the latest on by their serials; a chain ends where a younger request has the place.
 */
struct request {
	uint32_t serial, next; /* 0: none */
	struct net_address address;
	int64_t since_ns; /* 0: it was taken */
	uint8_t bytes[HANDSHAKE_REQUEST_BYTES];
};

/* In the other tables, all zero is a free place. */

struct proof {
	struct net_address address;
	int64_t since_ns;
};

struct connection {
	struct net_address address;
	uint32_t id;
	int64_t since_ns;
};

struct handshake {
	uint8_t secret[COOKIE_SECRET_BYTES];
	uint32_t serial; /* of the last request */
	uint32_t heads[HEADS];
	struct request requests[HANDSHAKE_REQUESTS];
	struct proof proofs[HANDSHAKE_PROOFS];
	struct connection connections[HANDSHAKE_CONNECTIONS];
};

struct handshake *handshake_create(const uint8_t secret[static COOKIE_SECRET_BYTES])
{
	struct handshake *handshake = calloc(1, sizeof(*handshake));

	if (handshake)
		memcpy(handshake->secret, secret, sizeof(handshake->secret));
	return handshake;
}

void handshake_destroy(struct handshake *handshake)
{
	free(handshake);
}

static uint64_t hash_of(const struct handshake *handshake, const struct net_address *address,
			uint32_t number)
{
	const uint32_t text[3] = { address->host, address->port, number };
	uint64_t hash;

	crypto_shorthash((uint8_t *)&hash, (const uint8_t *)text, sizeof(text), handshake->secret);
	return hash;
}

/* The first of the places in a table of `count` that belong to an address and a number. */
static size_t first_of(const struct handshake *handshake, const struct net_address *address,
		       uint32_t number, size_t count)
{
	return (size_t)(hash_of(handshake, address, number) % (count / HANDSHAKE_WAYS)) *
	       HANDSHAKE_WAYS;
}

static bool is_same(const struct net_address *one, const struct net_address *other)
{
	return one->host == other->host && one->port == other->port;
}

static bool is_younger(int64_t since_ns, int64_t now_ns, int64_t seconds)
{
	return since_ns > 0 && now_ns - since_ns < seconds * NS_PER_S;
}

/* Requests. */

static uint32_t *head_of(struct handshake *handshake, const struct net_address *address)
{
	return &handshake->heads[hash_of(handshake, address, 0) % HEADS];
}

/* NULL: the chain ends here. */
static struct request *request_at(struct handshake *handshake, uint32_t serial)
{
	struct request *request = &handshake->requests[serial % HANDSHAKE_REQUESTS];

	return serial > 0 && request->serial == serial ? request : NULL;
}

void handshake_keep(struct handshake *handshake, const struct net_address *address,
		    const uint8_t bytes[static HANDSHAKE_REQUEST_BYTES], int64_t now_ns)
{
	uint32_t *head = head_of(handshake, address);
	struct request *kept;

	if (++handshake->serial == 0)
		handshake->serial = 1;
	kept = &handshake->requests[handshake->serial % HANDSHAKE_REQUESTS];
	kept->serial = handshake->serial;
	kept->next = *head;
	kept->address = *address;
	kept->since_ns = now_ns;
	memcpy(kept->bytes, bytes, sizeof(kept->bytes));
	*head = kept->serial;
}

/* The asker's own number of the connection, in its CONNECT. */
static unsigned peer_of(const struct request *request)
{
	return (unsigned)(request->bytes[REQUEST_PEER_AT] << 8 |
			  request->bytes[REQUEST_PEER_AT + 1]) &
	       DATAGRAM_NOBODY;
}

/* The latest request for a connection takes the place of those before it. */
static struct request *oldest_of(struct handshake *handshake, const struct net_address *address,
				 int64_t now_ns)
{
	uint32_t serial = *head_of(handshake, address);
	struct request *oldest = NULL;
	bool has_later[DATAGRAM_NOBODY + 1] = { false };

	for (struct request *at; (at = request_at(handshake, serial)); serial = at->next) {
		if (!is_same(&at->address, address) ||
		    !is_younger(at->since_ns, now_ns, HANDSHAKE_GOOD_S))
			continue;
		if (has_later[peer_of(at)])
			at->since_ns = 0;
		else
			oldest = at;
		has_later[peer_of(at)] = true;
	}
	return oldest;
}

bool handshake_take(struct handshake *handshake, const struct net_address *address,
		    uint8_t bytes[static HANDSHAKE_REQUEST_BYTES], int64_t now_ns)
{
	struct request *taken = oldest_of(handshake, address, now_ns);

	if (!taken)
		return false;
	memcpy(bytes, taken->bytes, sizeof(taken->bytes));
	taken->since_ns = 0;
	return true;
}

/* Proofs. */

static size_t proofs_of(const struct handshake *handshake, const struct net_address *address)
{
	return first_of(handshake, address, 0, HANDSHAKE_PROOFS);
}

void handshake_prove(struct handshake *handshake, const struct net_address *address, int64_t now_ns)
{
	struct proof *proofs = &handshake->proofs[proofs_of(handshake, address)], *taken = proofs;

	for (size_t i = 0; i < HANDSHAKE_WAYS; i++) {
		if (is_same(&proofs[i].address, address)) {
			taken = &proofs[i];
			break;
		}
		if (proofs[i].since_ns < taken->since_ns)
			taken = &proofs[i];
	}
	*taken = (struct proof){ .address = *address, .since_ns = now_ns };
}

bool handshake_is_proven(const struct handshake *handshake, const struct net_address *address,
			 int64_t now_ns)
{
	const struct proof *proofs = &handshake->proofs[proofs_of(handshake, address)];

	for (size_t i = 0; i < HANDSHAKE_WAYS; i++)
		if (is_same(&proofs[i].address, address) &&
		    is_younger(proofs[i].since_ns, now_ns, HANDSHAKE_GOOD_S))
			return true;
	return false;
}

/* Connections. */

void handshake_note_connection(struct handshake *handshake, const struct net_address *address,
			       uint32_t connection, int64_t now_ns)
{
	struct connection *places = &handshake->connections[first_of(handshake, address, connection,
								     HANDSHAKE_CONNECTIONS)];
	struct connection *taken = places;

	for (size_t i = 1; i < HANDSHAKE_WAYS; i++)
		if (places[i].since_ns < taken->since_ns)
			taken = &places[i];
	*taken = (struct connection){ .address = *address, .id = connection, .since_ns = now_ns };
}

bool handshake_had_connection(const struct handshake *handshake, const struct net_address *address,
			      uint32_t connection, int64_t now_ns)
{
	const struct connection *places = &handshake->connections[first_of(
		handshake, address, connection, HANDSHAKE_CONNECTIONS)];

	for (size_t i = 0; i < HANDSHAKE_WAYS; i++)
		if (places[i].id == connection && is_same(&places[i].address, address) &&
		    is_younger(places[i].since_ns, now_ns, HANDSHAKE_CONNECTION_S))
			return true;
	return false;
}
