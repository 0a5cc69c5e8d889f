/*
 * A program of others: clients on libenet as it is, with none of our code, that connect to a relay
 * on 127.0.0.1, each from a socket of its own.
 *
 *	plain_client PORT CLIENTS SECONDS
 *
 * Prints {"connected":N,"slowest_ms":MS} when all are connected or the time is over; exit status 0:
 * all are.
 */
#include <enet/enet.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CLIENTS_MAX = 64,
	CHANNELS = 4,
	CONNECT_DATA = 0x53544c01, /* the protocol's */
};

struct client {
	ENetHost *host;
	int is_connected;
};

static int begin(struct client *client, enet_uint16 port)
{
	ENetAddress address = { .port = port };

	client->host = enet_host_create(NULL, 1, CHANNELS, 0, 0);
	return client->host && enet_address_set_host_ip(&address, "127.0.0.1") == 0 &&
	       enet_host_connect(client->host, &address, CHANNELS, CONNECT_DATA);
}

/* Serves it; whether it has connected just now. */
static int serve(struct client *client)
{
	int has_connected = 0;
	ENetEvent event;

	while (enet_host_service(client->host, &event, 0) > 0) {
		if (event.type == ENET_EVENT_TYPE_RECEIVE)
			enet_packet_destroy(event.packet);
		has_connected |= event.type == ENET_EVENT_TYPE_CONNECT;
	}
	client->is_connected |= has_connected;
	return has_connected;
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS_MAX];
	const int count = argc == 4 ? atoi(argv[2]) : 0;
	const enet_uint32 limit_ms = argc == 4 ? 1000 * (enet_uint32)atoi(argv[3]) : 0;
	enet_uint32 slowest_ms = 0;
	int connected = 0;

	if (count < 1 || count > CLIENTS_MAX || enet_initialize() != 0)
		return 2;
	enet_time_set(1);
	for (int i = 0; i < count; i++)
		if (!begin(&clients[i], (enet_uint16)atoi(argv[1])))
			return 2;
	while (connected < count && enet_time_get() < limit_ms) {
		for (int i = 0; i < count; i++) {
			if (!serve(&clients[i]))
				continue;
			connected++;
			slowest_ms = enet_time_get();
		}
		enet_socket_wait(clients[0].host->socket,
				 &(enet_uint32){ ENET_SOCKET_WAIT_RECEIVE }, 1);
	}
	printf("{\"connected\":%d,\"slowest_ms\":%u}\n", connected, slowest_ms);
	for (int i = 0; i < count; i++)
		enet_host_destroy(clients[i].host);
	return connected < count;
}
