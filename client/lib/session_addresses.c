#include "client/lib/session_addresses.h"

#include <errno.h>
#include <string.h>

#include "proto/net/resolve.h"

/* All addresses of a machine are where its relay listens, and nobody's to send to. */
static void use_this_machine(struct net_address *address)
{
	if (address->host == NET_HOST_ANY || address->host == NET_HOST_ANY_IPV4)
		(void)net_read_host("127.0.0.1", &address->host);
}

int addresses_find(struct session_addresses *addresses, const char *host, uint16_t port)
{
	addresses->count = net_resolve(host, port, addresses->list, LOOKUP_ADDRESSES_MAX);
	if (net_is_address(host))
		use_this_machine(&addresses->list[0]);
	return addresses->count > 0 ? 0 : -ENOENT;
}

void addresses_refresh(struct session_addresses *addresses, const char *host, uint16_t port)
{
	lookup_start(&addresses->lookup, host, port);
}

void addresses_begin_round(struct session_addresses *addresses)
{
	struct net_address found[LOOKUP_ADDRESSES_MAX];
	const size_t count = lookup_take(&addresses->lookup, found);
	const uint32_t first = addresses->good ? addresses->good : addresses_now(addresses)->host;

	addresses->unanswered = 0;
	if (count > 0) {
		memcpy(addresses->list, found, count * sizeof(found[0]));
		addresses->count = count;
		addresses->at = 0;
	}
	for (size_t i = 0; i < addresses->count; i++)
		if (addresses->list[i].host == first)
			addresses->at = i;
}

const struct net_address *addresses_now(const struct session_addresses *addresses)
{
	return &addresses->list[addresses->at];
}

bool addresses_is_last(const struct session_addresses *addresses)
{
	return addresses->unanswered + 1 >= addresses->count;
}

static void go_on(struct session_addresses *addresses)
{
	addresses->at = (addresses->at + 1) % addresses->count;
}

bool addresses_next(struct session_addresses *addresses)
{
	if (addresses_is_last(addresses))
		return false;
	addresses->unanswered++;
	go_on(addresses);
	return true;
}

void addresses_note_good(struct session_addresses *addresses)
{
	addresses->good = addresses_now(addresses)->host;
}

void addresses_advance(struct session_addresses *addresses)
{
	addresses->good = 0;
	go_on(addresses);
}

void addresses_fini(struct session_addresses *addresses)
{
	lookup_drop(&addresses->lookup);
}
