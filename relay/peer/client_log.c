#include "relay/peer/client_log.h"

#include "proto/net/endpoint.h"
#include "proto/net/resolve.h"
#include "relay/log/log.h"

/* A client's address as text. */
struct address_text {
	char is[ENDPOINT_TEXT_BYTES];
};

static struct address_text text_of(const struct net_address *address)
{
	struct address_text text = { "" };
	char host[NET_TEXT_BYTES];

	net_host_text(address, host);
	endpoint_format(text.is, host, address->port);
	return text;
}

static struct address_text address_of(const struct client *client)
{
	return text_of(&client->address);
}

void client_log_connected(const struct client *client)
{
	log_client(LOG_DETAIL, "%s connects", address_of(client).is);
}

void client_log_unknown_protocol(const struct client *client)
{
	log_client(LOG_REFUSAL, "disconnects %s: it does not speak this relay's protocol",
		   address_of(client).is);
}

void client_log_refused(const struct client *client, const struct wire_hello *hello,
			enum wire_reason reason, const char *text)
{
	const struct member *member = client->member;

	if (member)
		log_client(LOG_REFUSAL, "refuses %s, member %u \"%s\" of room \"%s\": %s: %s",
			   address_of(client).is, (unsigned)member->id, member->name,
			   member->room->name, wire_reason_name(reason), text);
	else if (hello)
		log_client(LOG_REFUSAL, "refuses %s, \"%.*s\" for room \"%.*s\": %s: %s",
			   address_of(client).is, (int)hello->name.size,
			   (const char *)hello->name.data, (int)hello->room.size,
			   (const char *)hello->room.data, wire_reason_name(reason), text);
	else
		log_client(LOG_REFUSAL, "refuses %s: %s: %s", address_of(client).is,
			   wire_reason_name(reason), text);
}

void client_log_joined(const struct client *client)
{
	const struct member *member = client->member;

	log_client(LOG_DETAIL, "%s: member %u \"%s\" joins room \"%s\"", address_of(client).is,
		   (unsigned)member->id, member->name, member->room->name);
}

void client_log_gone(const struct client *client, enum wire_reason reason)
{
	log_client(LOG_DETAIL, "%s is gone before it joined: %s", address_of(client).is,
		   wire_reason_text(reason));
}

void client_log_left(const struct client *client, enum wire_reason reason)
{
	const struct member *member = client->member;

	log_client(LOG_DETAIL, "%s: member %u \"%s\" leaves room \"%s\": %s", address_of(client).is,
		   (unsigned)member->id, member->name, member->room->name,
		   wire_reason_text(reason));
}

void client_log_penalised(const struct client *client, const char *why)
{
	log_client(LOG_DETAIL, "%s: member %u \"%s\" of room \"%s\" is sent little: %s",
		   address_of(client).is, (unsigned)client->member->id, client->member->name,
		   client->member->room->name, why);
}

void client_log_small_path(const struct client *client)
{
	log_client(
		LOG_DETAIL,
		"%s, member %u \"%s\" of room \"%s\", gets no long datagrams: it is sent short ones",
		address_of(client).is, (unsigned)client->member->id, client->member->name,
		client->member->room->name);
}

void client_log_no_memory(const struct client *client)
{
	log_client(LOG_DETAIL, "%s: no memory for another entity of member %u \"%s\"",
		   address_of(client).is, (unsigned)client->member->id, client->member->name);
}

void client_log_declined(const struct net_address *address, enum wire_reason reason,
			 const struct config *config)
{
	const bool is_own = reason == WIRE_REASON_ADDRESS_FULL;

	log_client(LOG_REFUSAL, "refuses %s: %s: %s; %s is %u", text_of(address).is,
		   wire_reason_name(reason), wire_reason_text(reason),
		   is_own ? "--per-address" : "--clients",
		   is_own ? config->per_address : config->clients);
}
