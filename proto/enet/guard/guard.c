#include "proto/enet/guard/guard.h"

#include <stdlib.h>
#include <string.h>

#include <enet/enet.h>

#include "proto/enet/connect.h"
#include "proto/enet/guard/address_budgets.h"
#include "proto/enet/guard/cookie.h"
#include "proto/enet/guard/handshake.h"
#include "proto/enet/guard/misses.h"
#include "proto/net/net.h"

#define SECOND_NS INT64_C(1000000000)

enum {
	CONNECT_MTU_AT = 8, /* in the command */
	CONNECT_BYTES = sizeof(ENetProtocolConnect),
	HEAD_BYTES = sizeof(ENetProtocolHeader),
};

_Static_assert(HEAD_BYTES + CONNECT_BYTES == HANDSHAKE_REQUEST_BYTES, "see handshake.h");
_Static_assert((int)ENET_PROTOCOL_MAXIMUM_PEER_ID < (int)MISSES_PEERS, "a place for each peer");
_Static_assert(offsetof(ENetProtocolConnect, mtu) == CONNECT_MTU_AT, "ENet's layout");

/* The guard keeps one for each peer, by its number. */
struct guard_peer {
	int64_t ping_due_ns; /* when the next PING would be due at the steady rate (GCRA, ITU-T
				I.371) */
	struct input_budget input, share;
	struct address_budget *address; /* it may have become another network's */
};

struct guard {
	uint8_t secret[COOKIE_SECRET_BYTES];
	struct handshake *handshake;
	struct guard_stats stats;
	struct guard_limits limits;
	struct guard_peer peers[ENET_PROTOCOL_MAXIMUM_PEER_ID + 1];
	struct address_budgets addresses;
	struct misses misses;
};

const char *guard_reason_name(unsigned reason)
{
	static const char *const names[GUARD_REASON_COUNT - DATAGRAM_ERROR_COUNT] = {
		"port",
		"stranger",
		"no_channel",
		"too_large",
		"no_cookie",
		"repeated",
		"half_open",
		"member_datagrams",
		"member_bytes",
		"member_commands",
		"address_datagrams",
		"address_bytes",
		"address_commands",
		"joins",
		"ahead",
		"held",
		"old_acknowledgement",
		"ping",
		"disconnect",
	};

	if (reason < DATAGRAM_ERROR_COUNT)
		return datagram_error_name((enum datagram_error)reason);
	return reason < GUARD_REASON_COUNT ? names[reason - DATAGRAM_ERROR_COUNT] : "unknown";
}

static void draw(void *bytes, size_t size)
{
	struct net *net = net_current();

	for (size_t i = 0; i < size; i += sizeof(uint32_t)) {
		const uint32_t bits = net->random(net);

		memcpy((uint8_t *)bytes + i, &bits, sizeof(bits));
	}
}

struct guard *guard_create(void)
{
	struct guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return NULL;
	draw(guard->secret, sizeof(guard->secret));
	draw(guard->addresses.keys, sizeof(guard->addresses.keys));
	draw(guard->misses.keys, sizeof(guard->misses.keys));
	guard->handshake = handshake_create(guard->secret);
	if (!guard->handshake) {
		free(guard);
		return NULL;
	}
	return guard;
}

void guard_destroy(struct guard *guard)
{
	if (!guard)
		return;
	handshake_destroy(guard->handshake);
	free(guard);
}

const struct guard_stats *guard_stats(const struct guard *guard)
{
	return &guard->stats;
}

void guard_count(struct guard *guard, enum guard_reason reason)
{
	guard->stats.refused[reason]++;
}

static bool refuse(struct guard *guard, enum guard_reason reason)
{
	guard_count(guard, reason);
	return false;
}

static struct net_address sender_of(const ENetHost *host)
{
	return (struct net_address){ .host = host->receivedAddress.host,
				     .port = host->receivedAddress.port };
}

/* Budgets. */

void guard_set_limits(struct guard *guard, const struct guard_limits *limits)
{
	guard->limits = *limits;
}

static void spend(const struct guard_limits *limits, struct guard_peer *own,
		  enum input_measure measure, size_t amount, int64_t now_ns)
{
	input_budget_spend(&own->input, &limits->peer, measure, (uint32_t)amount, now_ns);
	if (own->address)
		input_budget_spend(&own->address->input, &limits->address, measure,
				   (uint32_t)amount, now_ns);
}

/* From its share, as its address has nothing left. */
static bool spend_share(const struct guard_limits *limits, struct guard_peer *own, size_t bytes,
			int64_t now_ns)
{
	if (limits->share.of[INPUT_DATAGRAMS] == 0 ||
	    input_budget_spent(&own->share, &limits->share, now_ns) != INPUT_MEASURES)
		return false;
	input_budget_spend(&own->share, &limits->share, INPUT_DATAGRAMS, 1, now_ns);
	input_budget_spend(&own->share, &limits->share, INPUT_BYTES, (uint32_t)bytes, now_ns);
	return true;
}

bool guard_admit(struct guard *guard, const ENetPeer *sender, uint64_t network, size_t bytes,
		 int64_t now_ns)
{
	const struct guard_limits *limits = &guard->limits;
	struct guard_peer *own = &guard->peers[sender->incomingPeerID];
	enum input_measure spent = input_budget_spent(&own->input, &limits->peer, now_ns);

	if (spent != INPUT_MEASURES)
		return refuse(guard, (enum guard_reason)(GUARD_PEER_BUDGET + spent));
	if (!own->address || own->address->network != network)
		own->address = address_budgets_of(&guard->addresses, network);
	spent = input_budget_spent(&own->address->input, &limits->address, now_ns);
	if (spent != INPUT_MEASURES)
		return spend_share(limits, own, bytes, now_ns) ||
		       refuse(guard, (enum guard_reason)(GUARD_ADDRESS_BUDGET + spent));
	spend(limits, own, INPUT_DATAGRAMS, 1, now_ns);
	spend(limits, own, INPUT_BYTES, bytes, now_ns);
	return true;
}

void guard_note_commands(struct guard *guard, const ENetPeer *sender, size_t count, int64_t now_ns)
{
	spend(&guard->limits, &guard->peers[sender->incomingPeerID], INPUT_COMMANDS, count, now_ns);
}

/* Whether the sender of the datagram at hand, which has echoed its cookie, may ask for one more. */
static bool may_join(struct guard *guard, const ENetHost *host, int64_t now_ns)
{
	const struct net_address address = sender_of(host);
	struct address_budget *budget =
		address_budgets_of(&guard->addresses, net_network(net_current(), &address));

	return guard->limits.joins == 0 ||
	       token_bucket_take(&budget->joins, guard->limits.joins, now_ns) ||
	       refuse(guard, GUARD_JOINS);
}

/* A peer's datagrams. */

static size_t count_up_to(const ENetList *list, size_t most)
{
	size_t count = 0;

	for (const ENetListNode *node = list->sentinel.next;
	     node != &list->sentinel && count < most; node = node->next)
		count++;
	return count;
}

static bool is_full(const ENetList *list)
{
	return count_up_to(list, GUARD_HELD_MAX) == GUARD_HELD_MAX;
}

static bool is_unreliable(const struct datagram_command *command)
{
	return command->kind == DATAGRAM_UNRELIABLE ||
	       command->kind == DATAGRAM_UNRELIABLE_FRAGMENT;
}

/* How far the command is beyond those that came in order. At most 0: it waits for none of them. */
static int ahead_of(const ENetChannel *channel, const struct datagram_command *command)
{
	const uint16_t number =
		command->kind == DATAGRAM_FRAGMENT ? command->fragment.start : command->number;
	const int16_t ahead = (int16_t)(number - channel->incomingReliableSequenceNumber);

	/* An unreliable command has the number of the reliable one before it. */
	return is_unreliable(command) ? ahead : ahead - 1;
}

static enum guard_reason judge_order(const ENetPeer *peer, const struct datagram_command *command)
{
	const ENetChannel *channel = &peer->channels[command->channel];
	const int ahead = ahead_of(channel, command);

	if (ahead <= 0)
		return GUARD_OK;
	if (ahead > GUARD_AHEAD_MAX)
		return GUARD_AHEAD;
	if (is_unreliable(command))
		return is_full(&channel->incomingUnreliableCommands) ? GUARD_HELD : GUARD_OK;
	/* The nearest ones find room even behind many far ones. */
	return ahead > GUARD_HELD_MAX && is_full(&channel->incomingReliableCommands) ? GUARD_HELD
										     : GUARD_OK;
}

/* Only acknowledgements on no channel can be a cookie's echo, which is for a handshake. */
static enum guard_reason judge_acknowledge(const struct guard *guard, const ENetHost *host,
					   const struct datagram_command *command, int64_t now_ns)
{
	const uint16_t number = command->acknowledge.number;
	const uint16_t sent_time = command->acknowledge.sent_time;
	const struct net_address address = sender_of(host);

	if (command->flags != 0)
		return (enum guard_reason)DATAGRAM_ERROR_FLAGS;
	if ((uint16_t)(host->serviceTime - sent_time) > GUARD_ACK_MAX_MS)
		return GUARD_OLD_ACK;
	if (command->channel == DATAGRAM_CHANNEL_NONE &&
	    cookie_is_part(number, sent_time, guard->secret, &address, now_ns))
		return GUARD_OLD_ACK;
	return GUARD_OK;
}

/* An honest peer has one PING under way, which comes again if it is cut out. */
static enum guard_reason judge_ping(struct guard *guard, const ENetPeer *peer, int64_t now_ns)
{
	int64_t *due_ns = &guard->peers[peer->incomingPeerID].ping_due_ns;

	if (*due_ns > now_ns + SECOND_NS)
		return GUARD_PING;
	*due_ns = (*due_ns > now_ns ? *due_ns : now_ns) + SECOND_NS / GUARD_PINGS_MAX;
	return GUARD_OK;
}

static enum guard_reason judge_command(struct guard *guard, const ENetHost *host,
				       const ENetPeer *peer, const struct datagram_command *command,
				       int64_t now_ns)
{
	const bool is_fragment =
		command->kind == DATAGRAM_FRAGMENT || command->kind == DATAGRAM_UNRELIABLE_FRAGMENT;

	if (command->channel != DATAGRAM_CHANNEL_NONE && command->channel >= peer->channelCount)
		return GUARD_NO_CHANNEL;
	if (command->kind == DATAGRAM_PING)
		return judge_ping(guard, peer, now_ns);
	if (command->kind == DATAGRAM_ACKNOWLEDGE)
		return judge_acknowledge(guard, host, command, now_ns);
	if (command->kind == DATAGRAM_DISCONNECT)
		return misses_are_many(&guard->misses, peer->incomingPeerID, now_ns)
			       ? GUARD_DISCONNECT
			       : GUARD_OK;
	if ((is_fragment ? command->fragment.total_bytes : command->size) > host->maximumPacketSize)
		return GUARD_TOO_LARGE;
	if (command->channel == DATAGRAM_CHANNEL_NONE || command->kind == DATAGRAM_UNSEQUENCED)
		return GUARD_OK;
	return judge_order(peer, command);
}

static bool is_cut_out(enum guard_reason reason)
{
	return reason >= GUARD_AHEAD;
}

/* Takes bytes out of the datagram at hand. */
static void cut_out(ENetHost *host, size_t at, size_t bytes)
{
	uint8_t *begin = host->receivedData + at;

	host->receivedDataLength -= bytes;
	memmove(begin, begin + bytes, host->receivedDataLength - at);
}

/* Cuts those commands out, of which `cut` has a bit; they begin at `at`, in order. */
static void cut_all_out(ENetHost *host, uint32_t cut, const uint16_t *at, size_t count)
{
	for (size_t i = count; i-- > 0;)
		if (cut >> i & 1)
			cut_out(host, at[i], (size_t)(at[i + 1] - at[i]));
}

static bool is_peer(const ENetPeer *peer, uint8_t session)
{
	return peer && peer->state != ENET_PEER_STATE_DISCONNECTED &&
	       peer->state != ENET_PEER_STATE_ZOMBIE && peer->incomingSessionID == session;
}

static bool judge_peer(struct guard *guard, ENetHost *host, const ENetPeer *peer,
		       struct datagram *datagram, int64_t now_ns)
{
	struct datagram_command command;
	uint16_t at[DATAGRAM_COMMANDS_MAX + 1];
	uint32_t cut = 0;
	size_t count = 0, cut_count = 0;

	while (datagram_next(datagram, &command)) {
		const enum guard_reason reason = judge_command(guard, host, peer, &command, now_ns);

		if (reason != GUARD_OK && !is_cut_out(reason))
			return refuse(guard, reason);
		if (reason != GUARD_OK)
			guard_count(guard, reason);
		cut |= (uint32_t)(reason != GUARD_OK) << count;
		cut_count += reason != GUARD_OK;
		at[count++] = (uint16_t)(command.whole - host->receivedData);
	}
	if (datagram->error != DATAGRAM_OK)
		return refuse(guard, (enum guard_reason)datagram->error);
	guard_note_commands(guard, peer, count, now_ns);
	at[count] = (uint16_t)host->receivedDataLength;
	cut_all_out(host, cut, at, count);
	return cut_count < count;
}

/* Newcomers' datagrams. */

/* Those commands of a datagram to nobody that matter. */
struct request {
	struct cookie echo;
	unsigned acknowledged; /* commands of an echo */
	bool is_echo;          /* of the address's own cookie */
	size_t connect_at;     /* 0: no CONNECT */
	struct datagram_connection connection;
};

static void read_echo(const struct guard *guard, struct request *request,
		      const struct datagram_command *command, const struct net_address *address,
		      int64_t now_ns)
{
	const unsigned n = request->acknowledged++ % COOKIE_NUMBERS;

	request->echo.numbers[n] = command->acknowledge.number;
	request->echo.sent_time = command->acknowledge.sent_time;
	if (n == COOKIE_NUMBERS - 1)
		request->is_echo |= cookie_is_good(&request->echo, guard->secret, address, now_ns);
}

static struct request read_request(const struct guard *guard, const ENetHost *host,
				   struct datagram *datagram, int64_t now_ns)
{
	const struct net_address address = sender_of(host);
	struct request request = { .connect_at = 0 };
	struct datagram_command command;

	while (datagram_next(datagram, &command)) {
		if (command.kind == DATAGRAM_ACKNOWLEDGE) {
			read_echo(guard, &request, &command, &address, now_ns);
		} else if (command.kind == DATAGRAM_CONNECT && request.connect_at == 0) {
			request.connect_at = (size_t)(command.whole - host->receivedData);
			request.connection = command.connection;
		}
	}
	return request;
}

/* No datagram to the peer may be longer than the host's own; ENet 1.3.17 takes what it is asked. */
static void bound_mtu(ENetHost *host, uint32_t mtu)
{
	const uint32_t bound = htonl(mtu < host->mtu ? mtu : host->mtu);

	memcpy(host->receivedData + HEAD_BYTES + CONNECT_MTU_AT, &bound, sizeof(bound));
}

static void challenge(struct guard *guard, const ENetHost *host, uint16_t peer, uint16_t sent_time,
		      int64_t now_ns)
{
	struct net *net = net_current();
	struct net_address address = sender_of(host);
	const struct cookie cookie = cookie_of(guard->secret, &address, now_ns);
	uint8_t datagram[COOKIE_CHALLENGE_BYTES];
	const struct net_buffer buffer = { datagram, sizeof(datagram) };

	cookie_write_challenge(datagram, &cookie, peer, sent_time);
	address.is_unproven = true;
	net->send(net, host->socket, &address, &buffer, 1);
	guard->stats.challenged++;
}

/* The datagram at hand begins with CONNECT. */
static bool judge_connect(struct guard *guard, ENetHost *host, uint16_t sent_time,
			  const struct datagram_connection *connection, int64_t now_ns)
{
	const struct net_address address = sender_of(host);

	if (handshake_had_connection(guard->handshake, &address, htonl(connection->id), now_ns))
		return refuse(guard, GUARD_REPEATED);
	bound_mtu(host, connection->mtu);
	if (handshake_is_proven(guard->handshake, &address, now_ns))
		return may_join(guard, host, now_ns);
	handshake_keep(guard->handshake, &address, host->receivedData, now_ns);
	challenge(guard, host, connection->peer, sent_time, now_ns);
	return false;
}

/* The cookie's echo came alone: the request that was kept takes its place. */
static bool take_request(struct guard *guard, ENetHost *host, int64_t now_ns)
{
	const struct net_address address = sender_of(host);

	host->receivedDataLength = HANDSHAKE_REQUEST_BYTES;
	return handshake_take(guard->handshake, &address, host->receivedData, now_ns) &&
	       may_join(guard, host, now_ns);
}

static bool judge_newcomer(struct guard *guard, ENetHost *host, struct datagram *datagram,
			   int64_t now_ns)
{
	const struct net_address address = sender_of(host);
	const struct request request = read_request(guard, host, datagram, now_ns);

	if (datagram->error != DATAGRAM_OK)
		return refuse(guard, (enum guard_reason)datagram->error);
	if (request.is_echo) {
		guard->stats.proven++;
		handshake_prove(guard->handshake, &address, now_ns);
	}
	if (request.connect_at > 0) {
		cut_out(host, HEAD_BYTES, request.connect_at - HEAD_BYTES);
		return judge_connect(guard, host, datagram->sent_time, &request.connection, now_ns);
	}
	if (request.is_echo)
		return take_request(guard, host, now_ns);
	return refuse(guard, request.acknowledged > 0 ? GUARD_NO_COOKIE : GUARD_STRANGER);
}

/* Whoever sent it may have forged the address, and guessed the peer. */
static bool refuse_stranger(struct guard *guard, const ENetHost *host, int64_t now_ns)
{
	const struct net_address address = sender_of(host);

	misses_add(&guard->misses, &address, now_ns);
	return refuse(guard, GUARD_STRANGER);
}

bool guard_judge(struct guard *guard, ENetHost *host, const ENetPeer *sender, int64_t now_ns)
{
	struct datagram datagram;

	if (host->receivedAddress.port == 0)
		return refuse(guard, GUARD_PORT);
	if (datagram_open(&datagram, host->receivedData, host->receivedDataLength) != DATAGRAM_OK)
		return refuse(guard, (enum guard_reason)datagram.error);
	if (datagram.peer == DATAGRAM_NOBODY)
		return judge_newcomer(guard, host, &datagram, now_ns);
	if (!is_peer(sender, datagram.session))
		return refuse_stranger(guard, host, now_ns);
	return judge_peer(guard, host, sender, &datagram, now_ns);
}

void guard_note_connected(struct guard *guard, const ENetPeer *peer, int64_t now_ns)
{
	const struct net_address address = { .host = peer->address.host,
					     .port = peer->address.port };

	guard->peers[peer->incomingPeerID] = (struct guard_peer){ 0 };
	misses_begin(&guard->misses, peer->incomingPeerID, &address);
	handshake_note_connection(guard->handshake, &address, peer->connectID, now_ns);
}
