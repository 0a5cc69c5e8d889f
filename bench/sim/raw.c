#include "bench/sim/raw.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD_BYTES = 2,
	STATE_BYTES = 12,
};

static struct net *net_of(const struct raw *raw)
{
	return sim_net(raw->cluster->sim);
}

static int open_at(const struct raw *raw, uint32_t host)
{
	const struct net_address address = { .host = host, .port = CLUSTER_PORT };
	struct net *net = net_of(raw);
	int socket = net->open(net);

	if (socket < 0)
		return socket;
	if (net->bind(net, socket, &address) == 0)
		return socket;
	net->close(net, socket);
	return -1;
}

bool raw_init_plain(struct raw *raw, size_t count, size_t states, size_t payload_bytes,
		    raw_heard_function *heard, void *context)
{
	*raw = (struct raw){ .states = states,
			     .payload_bytes = payload_bytes,
			     .relay_socket = -1,
			     .heard = heard,
			     .context = context };
	raw->clients = calloc(count, sizeof(raw->clients[0]));
	if (!raw->clients)
		return false;
	for (; raw->count < count; raw->count++)
		raw->clients[raw->count].socket = -1;
	return true;
}

bool raw_init(struct raw *raw, struct cluster *cluster, size_t states, size_t payload_bytes,
	      raw_heard_function *heard, void *context)
{
	bool is_fine;

	if (!raw_init_plain(raw, cluster->client_count, states, payload_bytes, heard, context))
		return false;
	raw->cluster = cluster;
	raw->relay_socket = open_at(raw, htonl(CLUSTER_RELAY_HOST));
	is_fine = raw->relay_socket >= 0;
	for (size_t i = 0; i < raw->count; i++) {
		raw->clients[i].socket = open_at(raw, cluster->clients[i].host);
		is_fine = is_fine && raw->clients[i].socket >= 0;
	}
	if (!is_fine)
		raw_fini(raw);
	return is_fine;
}

static void close_socket(const struct raw *raw, int socket)
{
	if (socket >= 0)
		net_of(raw)->close(net_of(raw), socket);
}

void raw_fini(struct raw *raw)
{
	for (size_t i = 0; i < raw->count; i++)
		close_socket(raw, raw->clients[i].socket);
	if (raw->clients)
		close_socket(raw, raw->relay_socket);
	free(raw->clients);
	*raw = (struct raw){ 0 };
}

/* Sending. */

static void send_to(const struct raw *raw, int socket, uint32_t host, const void *data, size_t size)
{
	const struct net_address to = { .host = host, .port = CLUSTER_PORT };
	const struct net_buffer buffer = { .data = data, .size = size };
	struct net *net = net_of(raw);

	net->send(net, socket, &to, &buffer, 1);
	net->flush(net, socket);
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (uint8_t)(value >> shift);
	return at;
}

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

size_t raw_encode(struct raw *raw, size_t index, const struct raw_state *state,
		  uint8_t data[static RAW_DATAGRAM_MAX_BYTES])
{
	struct raw_client *client = &raw->clients[index];
	uint8_t *at = data + HEAD_BYTES;

	memmove(client->last + 1, client->last, (RAW_STATES_MAX - 1) * sizeof(client->last[0]));
	client->last[0] = *state;
	if (client->last_count < raw->states)
		client->last_count++;
	data[0] = (uint8_t)index;
	data[1] = (uint8_t)client->last_count;
	for (size_t i = 0; i < client->last_count; i++) {
		at = put_u32(at, client->last[i].number);
		at = put_u32(at, (uint32_t)client->last[i].x);
		at = put_u32(at, (uint32_t)client->last[i].y);
		memset(at, 0, raw->payload_bytes);
		at += raw->payload_bytes;
	}
	return (size_t)(at - data);
}

void raw_publish(struct raw *raw, size_t index, const struct raw_state *state)
{
	uint8_t data[RAW_DATAGRAM_MAX_BYTES];
	const size_t size = raw_encode(raw, index, state, data);

	send_to(raw, raw->clients[index].socket, htonl(CLUSTER_RELAY_HOST), data, size);
}

/* Receiving. */

static bool relay_one(const struct raw *raw)
{
	uint8_t data[RAW_DATAGRAM_MAX_BYTES];
	struct net *net = net_of(raw);
	struct net_address from;
	size_t size = net->receive(net, raw->relay_socket, &from, data, sizeof(data));

	if (size == 0)
		return false;
	for (size_t i = 0; i < raw->count; i++)
		if (raw->cluster->clients[i].host != from.host)
			send_to(raw, raw->relay_socket, raw->cluster->clients[i].host, data, size);
	return true;
}

void raw_hear(const struct raw *raw, size_t receiver, const uint8_t *data, size_t size)
{
	for (size_t at = HEAD_BYTES; at + STATE_BYTES + raw->payload_bytes <= size;
	     at += STATE_BYTES + raw->payload_bytes) {
		const size_t sender = data[0];
		const uint32_t number = get_u32(data + at);

		if (sender < raw->count)
			raw->heard(raw->context, receiver, sender, number);
	}
}

size_t raw_read_numbers(const struct raw *raw, const uint8_t *data, size_t size, size_t *sender,
			uint32_t numbers[static RAW_STATES_MAX])
{
	const size_t step = STATE_BYTES + raw->payload_bytes;
	size_t count = 0;

	if (size < HEAD_BYTES)
		return 0;
	*sender = data[0];
	for (size_t at = HEAD_BYTES; at + step <= size && count < RAW_STATES_MAX; at += step)
		numbers[count++] = get_u32(data + at);
	return count;
}

static bool hear_one(const struct raw *raw, size_t receiver)
{
	uint8_t data[RAW_DATAGRAM_MAX_BYTES];
	struct net *net = net_of(raw);
	struct net_address from;
	size_t size = net->receive(net, raw->clients[receiver].socket, &from, data, sizeof(data));

	if (size == 0)
		return false;
	raw_hear(raw, receiver, data, size);
	return true;
}

static bool turn_all(const struct raw *raw)
{
	bool did_anything = false;

	while (relay_one(raw))
		did_anything = true;
	for (size_t i = 0; i < raw->count; i++)
		while (hear_one(raw, i))
			did_anything = true;
	return did_anything;
}

void raw_run(struct raw *raw, int64_t until_ns)
{
	struct sim *sim = raw->cluster->sim;

	for (;;) {
		int64_t next_ns;

		while (turn_all(raw))
			;
		if (sim_now_ns(sim) >= until_ns)
			return;
		next_ns = sim_next_ns(sim);
		sim_advance_to(sim, next_ns < until_ns ? next_ns : until_ns);
	}
}
