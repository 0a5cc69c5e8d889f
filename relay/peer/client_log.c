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

void client_log_connected(const struct net_address *address)
{
	log_client(LOG_DETAIL, "%s connects", text_of(address).is);
}

void client_log_unknown_protocol(const struct net_address *address)
{
	log_client(LOG_REFUSAL, "disconnects %s: it does not speak this relay's protocol",
		   text_of(address).is);
}

void client_log_refused(const struct net_address *address, const struct member *member,
			const struct wire_hello *hello, enum wire_reason reason, const char *text)
{
	if (member)
		log_client(LOG_REFUSAL, "refuses %s, member %u \"%s\" of room \"%s\": %s: %s",
			   text_of(address).is, (unsigned)member->id, member->name,
			   member->room->name, wire_reason_name(reason), text);
	else if (hello)
		log_client(LOG_REFUSAL, "refuses %s, \"%.*s\" for room \"%.*s\": %s: %s",
			   text_of(address).is, (int)hello->name.size,
			   (const char *)hello->name.data, (int)hello->room.size,
			   (const char *)hello->room.data, wire_reason_name(reason), text);
	else
		log_client(LOG_REFUSAL, "refuses %s: %s: %s", text_of(address).is,
			   wire_reason_name(reason), text);
}

void client_log_joined(const struct net_address *address, const struct member *member)
{
	log_client(LOG_DETAIL, "%s: member %u \"%s\" joins room \"%s\"", text_of(address).is,
		   (unsigned)member->id, member->name, member->room->name);
}

void client_log_gone(const struct net_address *address, enum wire_reason reason)
{
	log_client(LOG_DETAIL, "%s is gone before it joined: %s", text_of(address).is,
		   wire_reason_text(reason));
}

void client_log_left(const struct net_address *address, const struct member *member,
		     enum wire_reason reason)
{
	log_client(LOG_DETAIL, "%s: member %u \"%s\" leaves room \"%s\": %s", text_of(address).is,
		   (unsigned)member->id, member->name, member->room->name,
		   wire_reason_text(reason));
}

void client_log_penalised(const struct net_address *address, const struct member *member,
			  const char *why)
{
	log_client(LOG_DETAIL, "%s: member %u \"%s\" of room \"%s\" is sent little: %s",
		   text_of(address).is, (unsigned)member->id, member->name, member->room->name,
		   why);
}

void client_log_small_path(const struct net_address *address, const struct member *member)
{
	log_client(
		LOG_DETAIL,
		"%s, member %u \"%s\" of room \"%s\", gets no long datagrams: it is sent short ones",
		text_of(address).is, (unsigned)member->id, member->name, member->room->name);
}

void client_log_suspended(const struct net_address *address, const struct member *member,
			  double grace_s)
{
	log_client(LOG_DETAIL,
		   "%s: member %u \"%s\" of room \"%s\" is lost; its place is kept for %g s",
		   text_of(address).is, (unsigned)member->id, member->name, member->room->name,
		   grace_s);
}

void client_log_resumed(const struct net_address *address, const struct member *member)
{
	log_client(LOG_DETAIL, "%s: member %u \"%s\" of room \"%s\" is back", text_of(address).is,
		   (unsigned)member->id, member->name, member->room->name);
}

void client_log_no_memory(const struct net_address *address, const struct member *member)
{
	log_client(LOG_DETAIL, "%s: no memory for another entity of member %u \"%s\"",
		   text_of(address).is, (unsigned)member->id, member->name);
}

void client_log_declined(const struct net_address *address, enum wire_reason reason,
			 const struct config *config)
{
	const bool is_own = reason == WIRE_REASON_ADDRESS_FULL;

	if (reason == WIRE_REASON_BANNED) {
		log_client(LOG_REFUSAL, "refuses %s: it is banned", text_of(address).is);
		return;
	}
	log_client(LOG_REFUSAL, "refuses %s: %s: %s; %s is %u", text_of(address).is,
		   wire_reason_name(reason), wire_reason_text(reason),
		   is_own ? "--per-address" : "--clients",
		   is_own ? config->per_address : config->clients);
}
