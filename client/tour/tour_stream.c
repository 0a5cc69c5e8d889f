/* tour_stream: the tour's third part: stream sockets (TCP), for comparison. */
#include "client/tour/tour_steps.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "client/tour/tour_socket.h"

enum {
	BACKLOG = 4,
	ONE_BYTES = 3,
	TWO_BYTES = 11,
	PIECE_BYTES = 5,
};

/* socket, bind, listen. The descriptor, or -1. */
static int listener(struct tour *tour, struct sockaddr_in *address)
{
	struct sockaddr_in wish = tour_loopback(0);
	struct tour_call call = tour_socket(SOCK_STREAM);
	int fd = (int)call.result;

	tour_show(
		tour, &call,
		call.error
			? "This machine gives no IPv4 stream socket, so this part ends here."
			: "SOCK_STREAM means TCP: a connection that carries a stream of bytes, in "
			  "order, each once.");
	if (call.error)
		return -1;
	call = tour_bind(fd, &wish);
	tour_show(tour, &call, "An address is the same thing here: an IP and a port.");
	if (call.error || tour_getsockname(fd, address).error) {
		tour_close(fd);
		return -1;
	}
	call = tour_listen(fd, BACKLOG);
	tour_show(tour, &call,
		  "New: this socket will carry no data. It waits for connections, and the kernel "
		  "keeps up to %d of them until we take them.",
		  BACKLOG);
	tour_set_timeout(fd);
	return fd;
}

/* connect, accept. Fills in both ends; false when there is no connection. */
static bool connection(struct tour *tour, int listening, const struct sockaddr_in *address,
		       int *near, int *far)
{
	struct sockaddr_in from;
	struct tour_call call = tour_socket(SOCK_STREAM);

	*near = *far = -1;
	if (call.error)
		return false;
	*near = (int)call.result;
	tour_set_timeout(*near);
	call = tour_connect(*near, address);
	tour_show(
		tour, &call,
		call.error
			? "No connection came about."
			: "The client, socket %d, connects. Unlike before this sends packets: "
			  "three (SYN, SYN-ACK, ACK), a round trip before the first byte of data. "
			  "The kernel did it for both ends; accept only collects the result.",
		*near);
	if (call.error)
		return false;
	call = tour_accept(listening, &from);
	tour_show(
		tour, &call,
		call.error
			? "The connection did not arrive."
			: "A new socket for this one connection. A server has one for each client; "
			  "a datagram server talks with all of them through one.");
	if (call.error)
		return false;
	*far = (int)call.result;
	tour_set_timeout(*far);
	return true;
}

static void boundaries_lost(struct tour *tour, int near, int far)
{
	struct tour_call one, two, call;
	char data[64];
	int waiting;

	one = tour_write(near, "one", ONE_BYTES);
	tour_show(tour, &one, "Now the two messages from before; this is the first.");
	two = tour_write(near, "two, longer", TWO_BYTES);
	tour_show(tour, &two, "And the second. No address: the connection knows it.");
	call = tour_waiting(far, ONE_BYTES + TWO_BYTES, &waiting);
	tour_show(tour, &call, "Asked of the receiver's kernel: %d bytes are waiting.", waiting);
	call = tour_read(far, data, sizeof(data));
	tour_show(tour, &call,
		  call.result == ONE_BYTES + TWO_BYTES
			  ? "Two writes, one read: the boundaries are lost. A stream is bytes, and "
			    "where a message ends must be written into it, as a length or an end "
			    "mark."
			  : "The kernel decides how much one read gets: it need not be what one "
			    "write put in. Where a message ends must be written into the stream.");
}

static void pieces(struct tour *tour, int near, int far)
{
	char data[64];
	int waiting;
	struct tour_call call = tour_write(near, "in pieces", 9);

	tour_show(tour, &call, "The other way round: one write, and a small buffer.");
	tour_waiting(far, 9, &waiting);
	call = tour_read(far, data, PIECE_BYTES);
	tour_show(tour, &call, "The first piece.");
	call = tour_read(far, data, sizeof(data));
	tour_show(tour, &call,
		  call.result == 9 - PIECE_BYTES
			  ? "And the rest, which waited. A stream loses nothing: if a packet is "
			    "lost, everything behind it waits until it was sent again. For a "
			    "position that is old by then, that wait is the harm: it is called "
			    "head-of-line blocking."
			  : "The rest comes when it comes; nothing of a stream is dropped.");
}

static void goodbye(struct tour *tour, int near, int far)
{
	char data[64];
	struct tour_call call = tour_close(near);

	tour_show(tour, &call, "The client closes its end. That, too, sends a packet (FIN).");
	call = tour_read(far, data, sizeof(data));
	tour_show(tour, &call,
		  call.result == 0 && !call.error
			  ? "0 bytes: the end of the stream. A stream says that the other end has "
			    "gone; a datagram socket never does."
			  : "The end of the stream would be a result of 0.");
}

bool tour_streams(struct tour *tour)
{
	struct sockaddr_in address;
	int listening, near, far;
	bool is_connected;

	tour_title(tour, "Stream sockets");
	listening = listener(tour, &address);
	if (listening < 0)
		return false;
	is_connected = connection(tour, listening, &address, &near, &far);
	if (is_connected) {
		boundaries_lost(tour, near, far);
		pieces(tour, near, far);
		goodbye(tour, near, far);
		tour_close(far);
	} else if (near >= 0) {
		tour_close(near);
	}
	tour_close(listening);
	return is_connected;
}
