/*
 * The ENet relay that anyone would write, to compare with: what a peer sends is sent on to all
 * others as it came, by the same packet flags. ENet is used as it is, on its own sockets, with its
 * defaults. -g N puts peers into groups of N in the order in which they connect, and sends on
 * within the group alone: rooms, as anyone would write them.
 *
 * At the end it says what it sent and received, and by how many system calls. Those are counted by
 * functions of their names that stand in this program, where libenet's calls come by, and that go
 * straight on to the kernel.
 */
#include <enet/enet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

/* Traffic so far. */
static struct {
	uint64_t datagrams_in, datagrams_out, calls_in, calls_out, calls_wait;
} counted;

/* For libenet; by a pragma, as the C library may have a definition of its own that comes first. */
#pragma GCC visibility push(default)

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const ssize_t sent = syscall(SYS_sendmsg, fd, message, flags);

	counted.calls_out++;
	counted.datagrams_out += sent >= 0;
	return sent;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	const ssize_t got = syscall(SYS_recvmsg, fd, message, flags);

	counted.calls_in++;
	counted.datagrams_in += got >= 0;
	return got;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	counted.calls_wait++;
	return (int)syscall(SYS_poll, fds, count, timeout_ms);
}

#pragma GCC visibility pop

/* A peer's group, as its data. */
static void *as_data(size_t group)
{
	return (void *)(uintptr_t)group;
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

		if (peer != from && peer->data == from->data &&
		    peer->state == ENET_PEER_STATE_CONNECTED)
			enet_peer_send(peer, event->channelID, packet);
	}
	if (packet->referenceCount == 0)
		enet_packet_destroy(packet);
}

static void serve(ENetHost *host, size_t group_size)
{
	ENetEvent event;
	size_t connected = 0;

	while (!is_stopping) {
		/* A signal ends the wait with an error; the loop's condition tells. */
		if (enet_host_service(host, &event, WAIT_MS) <= 0)
			continue;
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			event.peer->data = as_data(connected++ / group_size);
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		broadcast(host, event.peer, &event);
		enet_packet_destroy(event.packet);
	}
}

static int misuse(void)
{
	fputs("usage: baseline-naive_enet [-c CLIENTS (1 to 4095)] [-g GROUP (1 to 4095)] "
	      "[-s SECONDS (1 to 3600)]\n"
	      "Relays what an ENet peer sends to all others, on a free port of 127.0.0.1.\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	int clients = 64, group = ENET_PROTOCOL_MAXIMUM_PEER_ID, seconds = SECONDS_MAX, letter;
	ENetAddress address = { .port = 0 };
	ENetHost *host;

	opterr = 0; /* it would repeat the letter, whatever that is */
	while ((letter = getopt(argc, argv, "c:g:s:")) != -1) {
		if (letter == 'c')
			clients = atoi(optarg);
		else if (letter == 'g')
			group = atoi(optarg);
		else if (letter == 's')
			seconds = atoi(optarg);
		else
			return misuse();
	}
	if (optind != argc || clients < 1 || clients > ENET_PROTOCOL_MAXIMUM_PEER_ID || group < 1 ||
	    group > ENET_PROTOCOL_MAXIMUM_PEER_ID || seconds < 1 || seconds > SECONDS_MAX)
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
	serve(host, (size_t)group);
	printf("{\"network\":{\"datagrams_in\":%" PRIu64 ",\"datagrams_out\":%" PRIu64
	       ",\"calls_in\":%" PRIu64 ",\"calls_out\":%" PRIu64 ",\"calls_wait\":%" PRIu64 "}}\n",
	       counted.datagrams_in, counted.datagrams_out, counted.calls_in, counted.calls_out,
	       counted.calls_wait);
	enet_host_destroy(host);
	enet_deinitialize();
	return 0;
}
