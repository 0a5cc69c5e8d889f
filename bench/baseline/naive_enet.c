/*
 * The ENet relay that anyone would write, to compare with: what a peer sends is sent on to all
 * others as it came, by the same packet flags. ENet is used as it is, on its own sockets, with its
 * defaults.
 */
#include <enet/enet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHANNELS = 2,
	WAIT_MS = 100,
	SECONDS_MAX = 3600,
};

static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

/* One packet for all: ENet counts who still needs it. */
static void broadcast(ENetHost *host, const ENetPeer *from, const ENetEvent *event)
{
	const enet_uint32 flags =
		event->packet->flags & (ENET_PACKET_FLAG_RELIABLE | ENET_PACKET_FLAG_UNSEQUENCED);
	ENetPacket *packet =
		enet_packet_create(event->packet->data, event->packet->dataLength, flags);

	if (packet == NULL)
		return;
	for (size_t i = 0; i < host->peerCount; i++) {
		ENetPeer *peer = &host->peers[i];

		if (peer != from && peer->state == ENET_PEER_STATE_CONNECTED)
			enet_peer_send(peer, event->channelID, packet);
	}
	if (packet->referenceCount == 0)
		enet_packet_destroy(packet);
}

static void serve(ENetHost *host)
{
	ENetEvent event;

	while (!is_stopping) {
		/* A signal ends the wait with an error; the loop's condition tells. */
		if (enet_host_service(host, &event, WAIT_MS) <= 0)
			continue;
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		broadcast(host, event.peer, &event);
		enet_packet_destroy(event.packet);
	}
}

static int misuse(void)
{
	fputs("usage: baseline-naive_enet [-c CLIENTS (1 to 4095)] [-s SECONDS (1 to 3600)]\n"
	      "Relays what an ENet peer sends to all others, on a free port of 127.0.0.1.\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	int clients = 64, seconds = SECONDS_MAX, letter;
	ENetAddress address = { .port = 0 };
	ENetHost *host;

	while ((letter = getopt(argc, argv, "c:s:")) != -1) {
		if (letter == 'c')
			clients = atoi(optarg);
		else if (letter == 's')
			seconds = atoi(optarg);
		else
			return misuse();
	}
	if (optind != argc || clients < 1 || clients > ENET_PROTOCOL_MAXIMUM_PEER_ID ||
	    seconds < 1 || seconds > SECONDS_MAX)
		return misuse();
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm((unsigned)seconds);

	enet_address_set_host_ip(&address, "127.0.0.1");
	if (enet_initialize() != 0 ||
	    (host = enet_host_create(&address, (size_t)clients, CHANNELS, 0, 0)) == NULL) {
		fprintf(stderr, "baseline-naive_enet: cannot make an ENet host: %s\n",
			strerror(errno));
		return 1;
	}
	printf("{\"listening\":{\"host\":\"127.0.0.1\",\"port\":%u}}\n", host->address.port);
	fflush(stdout);
	serve(host);
	enet_host_destroy(host);
	enet_deinitialize();
	return 0;
}
