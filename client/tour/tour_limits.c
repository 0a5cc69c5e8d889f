/* tour_limits: the tour's second part: datagrams to nobody, and datagrams that are too long. */
#include "client/tour/tour_steps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "client/tour/tour_socket.h"
#include "proto/wire/wire.h"

enum {
	IPV4_MAX_BYTES = 65535, /* the length field has 16 bits */
	IPV4_HEADER_BYTES = 20,
	UDP_HEADER_BYTES = 8,
	LARGEST_BYTES = IPV4_MAX_BYTES - IPV4_HEADER_BYTES - UDP_HEADER_BYTES,
};

/* An address without a socket: it was ours a moment ago. False when there is none. */
static bool deserted_address(struct sockaddr_in *address)
{
	struct sockaddr_in wish = tour_loopback(0);
	struct tour_call opened = tour_socket(SOCK_DGRAM);
	int fd = (int)opened.result;
	bool is_known;

	if (opened.error)
		return false;
	is_known = !tour_bind(fd, &wish).error && !tour_getsockname(fd, address).error;
	tour_close(fd);
	return is_known;
}

static void to_nobody(struct tour *tour, int fd, const struct sockaddr_in *nobody)
{
	struct tour_call call = tour_sendto(fd, "anyone there?", 13, nobody);

	tour_show(tour, &call,
		  call.error
			  ? "Sent to a port that nobody has, and refused at once."
			  : "Sent to a port that nobody has, and the call succeeds: it only says "
			    "that the kernel took the bytes.");
	call = tour_poll(fd, TOUR_WAIT_MS);
	tour_show(tour, &call,
		  call.result == 0
			  ? "No answer, and no error either. To an unconnected datagram socket "
			    "'lost', 'late' and 'nobody there' look the same: silence."
			  : "Something came back after all.");
}

static void to_nobody_connected(struct tour *tour, int fd, const struct sockaddr_in *nobody)
{
	char data[64];
	struct tour_call call = tour_connect(fd, nobody);

	tour_show(tour, &call,
		  "connect on a datagram socket sends nothing. It only notes one address: from now "
		  "on send needs none, and datagrams from others are not let in.");
	call = tour_send(fd, "anyone there?", 13);
	tour_show(tour, &call, "The datagram goes to nobody once more.");
	tour_poll(fd, TOUR_WAIT_MS);
	call = tour_recv(fd, data, sizeof(data));
	tour_show(
		tour, &call,
		call.error == ECONNREFUSED
			? "This time we hear of it. The other end's kernel answered with an ICMP "
			  "message, 'port unreachable', and because the socket is connected ours "
			  "knows whom to tell. On the internet such answers are often filtered out."
			: "Other kernels tell ECONNREFUSED here, from an ICMP 'port unreachable'. "
			  "It did not come this time; nobody may rely on it.");
}

static void too_long(struct tour *tour, int fd, const struct sockaddr_in *nobody)
{
	char *data = calloc(1, LARGEST_BYTES + 1);
	struct tour_call call;

	if (!data) {
		tour_explain(tour,
			     "There is no memory for the longest datagram; this step is left out.");
		return;
	}
	call = tour_sendto(fd, data, LARGEST_BYTES, nobody);
	tour_show(
		tour, &call,
		call.error
			? "The longest datagram that IPv4 can write down: refused here, because "
			  "this machine's loopback or send buffer is smaller."
			: "The longest datagram that IPv4 can write down: %d bytes less %d for the "
			  "IP header and %d for UDP's.",
		IPV4_MAX_BYTES, IPV4_HEADER_BYTES, UDP_HEADER_BYTES);
	call = tour_sendto(fd, data, LARGEST_BYTES + 1, nobody);
	tour_show(tour, &call,
		  call.error == EMSGSIZE ? "One byte more cannot be sent at all."
					 : "One byte more should not be possible; see the result.");
	tour_explain(
		tour,
		"Not everything that can be sent should be. Ethernet carries 1,500 bytes; anything "
		"longer is cut into fragments, and one lost fragment loses all. Starling stays at "
		"%d bytes of UDP payload, which passes every path that IPv6 allows (1,280) with "
		"headers.",
		WIRE_DATAGRAM_MAX_BYTES);
	free(data);
}

bool tour_limits(struct tour *tour)
{
	struct sockaddr_in nobody;
	struct tour_call call;
	int fd;

	tour_title(tour, "Sent to nobody, and too long");
	call = tour_socket(SOCK_DGRAM);
	fd = (int)call.result;
	if (call.error || !deserted_address(&nobody)) {
		tour_explain(tour, "No loopback socket can be had here, so this part is left out.");
		if (!call.error)
			tour_close(fd);
		return false;
	}
	tour_set_timeout(fd);
	to_nobody(tour, fd, &nobody);
	too_long(tour, fd, &nobody);
	to_nobody_connected(tour, fd, &nobody);
	tour_close(fd);
	return true;
}
