/* address: chapter 1: an address is an IP and a port. */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WANTED_PORT = 7777, /* starlingd's own, as long as it is free */
	WEB_PORT = 80,
	FIRST_FD = 3, /* a fresh process has 0, 1 and 2 */
	NOBODY_UID = 65534,
	BUFFER_BYTES = 64,
};

static uint16_t port_of(const struct sockaddr_in *address)
{
	return ntohs(address->sin_port);
}

/* A socket alone. */
static bool endpoint(struct tour *tour)
{
	bool is_there = step_party(tour, PICTURE_SERVER);
	struct call call;

	step_begin(tour, "endpoint");
	call = step_call(tour, PICTURE_SERVER, call_socket(SOCK_DGRAM));
	step_word(tour, "fd", "%d", call.fd);
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
	return is_there && !call.error;
}

/* The server's own address, with another port when the wanted one is taken. */
static bool letter_box(struct tour *tour, struct sockaddr_in *server)
{
	struct call call;

	step_begin(tour, "bind");
	call = step_call(tour, PICTURE_SERVER, call_bind(FIRST_FD, call_loopback(WANTED_PORT)));
	if (call.error == EADDRINUSE) {
		step_variant(tour, "taken");
		call = step_call(tour, PICTURE_SERVER, call_bind(FIRST_FD, call_loopback(0)));
	}
	*server = call.local;
	step_word(tour, "wanted", "%d", WANTED_PORT);
	step_word(tour, "port", "%u", port_of(server));
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
	return !call.error;
}

/* The first port that anyone may take, or -1 when this machine does not tell. */
static int unprivileged_start(void)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	int port = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &port) != 1)
		port = -1;
	fclose(file);
	return port;
}

/* A client asks for a port of the system's services, as an ordinary user. */
static void low_port(struct tour *tour)
{
	int start = unprivileged_start();
	struct call call;

	(void)step_party(tour, PICTURE_CLIENT_A);
	step_begin(tour, "low");
	if (geteuid() == 0)
		(void)step_call(tour, PICTURE_CLIENT_A, call_setuid(NOBODY_UID));
	(void)step_call(tour, PICTURE_CLIENT_A, call_socket(SOCK_DGRAM));
	call = step_call(tour, PICTURE_CLIENT_A, call_bind(FIRST_FD, call_loopback(WEB_PORT)));
	step_word(tour, "start", "%d", start > 0 ? start : 1024);
	if (call.error != EACCES)
		step_variant(tour, start >= 0 && start <= WEB_PORT ? "allowed" : "other");
	(void)step_call(tour, PICTURE_CLIENT_A, call_close(FIRST_FD));
	step_end(tour);
}

/* The client asks for the server's port. */
static void taken_port(struct tour *tour, const struct sockaddr_in *server)
{
	struct call call;

	step_begin(tour, "taken");
	(void)step_call(tour, PICTURE_CLIENT_A, call_socket(SOCK_DGRAM));
	call = step_call(tour, PICTURE_CLIENT_A, call_bind(FIRST_FD, *server));
	step_word(tour, "port", "%u", port_of(server));
	if (call.error != EADDRINUSE)
		step_variant(tour, "other");
	step_end(tour);
}

/* A client that never bound gets a port with its first datagram. Returns that. */
static uint16_t ephemeral(struct tour *tour, const struct sockaddr_in *server)
{
	struct call call;

	step_begin(tour, "ephemeral");
	call = step_call(tour, PICTURE_CLIENT_A, call_sendto(FIRST_FD, "hello from A", *server));
	step_word(tour, "port", "%u", port_of(&call.local));
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
	return port_of(&call.local);
}

static void second_client(struct tour *tour, const struct sockaddr_in *server, uint16_t first)
{
	struct call call;

	(void)step_party(tour, PICTURE_CLIENT_B);
	step_begin(tour, "second");
	(void)step_call(tour, PICTURE_CLIENT_B, call_socket(SOCK_DGRAM));
	call = step_call(tour, PICTURE_CLIENT_B, call_sendto(FIRST_FD, "hello from B", *server));
	step_word(tour, "first", "%u", first);
	step_word(tour, "port", "%u", port_of(&call.local));
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
}

/* Both datagrams come in by the one port, and the senders' addresses tell them apart. */
static bool pairs(struct tour *tour, const struct sockaddr_in *server, struct sockaddr_in from[2])
{
	struct call calls[2];

	step_begin(tour, "pairs");
	for (int i = 0; i < 2; i++) {
		calls[i] =
			step_call(tour, PICTURE_SERVER, call_recvfrom(FIRST_FD, BUFFER_BYTES, 0));
		from[i] = calls[i].address;
	}
	step_word(tour, "port", "%u", port_of(server));
	step_word(tour, "first", "%u", port_of(&from[0]));
	step_word(tour, "second", "%u", port_of(&from[1]));
	if (calls[0].error || calls[1].error)
		step_variant(tour, "missing");
	step_end(tour);
	return !calls[0].error && !calls[1].error;
}

static void one_serves_many(struct tour *tour, const struct sockaddr_in from[2])
{
	step_begin(tour, "many");
	(void)step_call(tour, PICTURE_SERVER, call_sendto(FIRST_FD, "welcome, A", from[0]));
	(void)step_call(tour, PICTURE_SERVER, call_sendto(FIRST_FD, "welcome, B", from[1]));
	(void)step_call(tour, PICTURE_CLIENT_A, call_recvfrom(FIRST_FD, BUFFER_BYTES, 0));
	(void)step_call(tour, PICTURE_CLIENT_B, call_recvfrom(FIRST_FD, BUFFER_BYTES, 0));
	step_end(tour);
}

static void goodbye(struct tour *tour)
{
	step_begin(tour, "close");
	(void)step_call(tour, PICTURE_CLIENT_A, call_close(FIRST_FD));
	(void)step_call(tour, PICTURE_CLIENT_B, call_close(FIRST_FD));
	(void)step_call(tour, PICTURE_SERVER, call_close(FIRST_FD));
	step_end(tour);
}

bool chapters_address(struct tour *tour)
{
	struct sockaddr_in server, from[2];
	uint16_t first;

	if (!endpoint(tour) || !letter_box(tour, &server))
		return false;
	low_port(tour);
	taken_port(tour, &server);
	first = ephemeral(tour, &server);
	second_client(tour, &server, first);
	if (!pairs(tour, &server, from))
		return false;
	one_serves_many(tour, from);
	goodbye(tour);
	return true;
}
