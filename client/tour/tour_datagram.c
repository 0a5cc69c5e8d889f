/* tour_datagram: the tour's first part: two datagram sockets and the datagrams between them. */
#include "client/tour/tour_steps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/tour/tour_socket.h"

enum {
	LOW_PORT = 777, /* below 1024, and hardly anything listens there */
	SMALL_BUFFER_BYTES = 5,
};

/* The first unprivileged port of this machine, or -1 when it is not known. */
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

static const char *why_low_port_is_allowed(int start)
{
	if (start >= 0 && start <= LOW_PORT)
		return "net.ipv4.ip_unprivileged_port_start is that low here";
	return geteuid() == 0 ? "you are root" : "this process has CAP_NET_BIND_SERVICE";
}

static void low_port(struct tour *tour)
{
	struct sockaddr_in address = tour_loopback(LOW_PORT);
	struct tour_call opened = tour_socket(SOCK_DGRAM), call;
	int start = unprivileged_start(), fd = (int)opened.result;

	if (opened.error)
		return;
	call = tour_bind(fd, &address);
	if (!call.error)
		tour_show(tour, &call,
			  "An address is an IP and a port. Ports below 1024 are for the system's "
			  "services. One more socket, %d, got this one because %s; others get "
			  "EACCES.",
			  fd, why_low_port_is_allowed(start));
	else if (call.error == EACCES)
		tour_show(
			tour, &call,
			"An address is an IP and a port. Ports below %d are for the system's "
			"services, and only root may take them (or who has CAP_NET_BIND_SERVICE). "
			"That is why games live higher up: starlingd takes 7777.",
			start > 0 ? start : 1024);
	else
		tour_show(tour, &call,
			  "An address is an IP and a port. Ports below 1024 are for the system's "
			  "services. The answer here has another reason than that: see the errno.");
	tour_close(fd);
}

/* A second socket on the first one's address. */
static void taken_port(struct tour *tour, const struct sockaddr_in *address)
{
	struct tour_call opened = tour_socket(SOCK_DGRAM), call;
	int fd = (int)opened.result;

	if (opened.error)
		return;
	call = tour_bind(fd, address);
	tour_show(tour, &call,
		  call.error == EADDRINUSE
			  ? "A second socket asks for the same address and is refused: the port is "
			    "how the kernel knows which program a datagram is for."
			  : "A second socket asked for the same address. Most kernels refuse that "
			    "with EADDRINUSE; this one did not.");
	tour_close(fd);
}

/* socket, bind, getsockname. The descriptor, or -1. */
static int first_socket(struct tour *tour, struct sockaddr_in *address)
{
	struct sockaddr_in wish = tour_loopback(0);
	struct tour_call call = tour_socket(SOCK_DGRAM);
	int fd = (int)call.result;

	tour_show(tour, &call,
		  call.error ? "This machine gives no IPv4 datagram socket, so this part ends here."
			     : "A socket is a descriptor, like a file. SOCK_DGRAM means datagrams "
			       "(UDP): whole messages, no connection, no promise.");
	if (call.error)
		return -1;
	low_port(tour);
	call = tour_bind(fd, &wish);
	tour_show(tour, &call,
		  call.error ? "No IPv4 loopback address here, so this part ends here."
			     : "127.0.0.1 is this machine itself, and port 0 says: any free one.");
	if (call.error) {
		tour_close(fd);
		return -1;
	}
	call = tour_getsockname(fd, address);
	tour_show(tour, &call,
		  "The kernel gave an ephemeral port, and this call asks which. A server picks a "
		  "known port so that others can find it; a client takes whatever it is given.");
	taken_port(tour, address);
	call = tour_set_timeout(fd);
	tour_show(tour, &call,
		  "A datagram may never come, so a wait needs an end: from here on, a call that "
		  "finds nothing gives up after %d ms.",
		  TOUR_WAIT_MS);
	return fd;
}

static void hello(struct tour *tour, int sender, int receiver, const struct sockaddr_in *to)
{
	struct sockaddr_in from;
	char data[64];
	struct tour_call call = tour_sendto(sender, "hello, flock", 12, to);

	tour_show(tour, &call,
		  "A second socket, number %d, sends one datagram. Nobody had to connect or agree "
		  "before: the address stands on each datagram. The result counts the bytes taken.",
		  sender);
	call = tour_recvfrom(receiver, data, sizeof(data), 0, &from);
	tour_show(
		tour, &call,
		call.error
			? "It did not come. A firewall on this machine may hold back loopback."
			: "It came whole, and with its sender's address: that is whom to answer. "
			  "The sender never called bind; the kernel gave it this port at its first "
			  "sendto.");
}

/* Two out, two in. */
static void boundaries(struct tour *tour, int sender, int receiver, const struct sockaddr_in *to)
{
	struct sockaddr_in from;
	char data[64];
	struct tour_call one = tour_sendto(sender, "one", 3, to);
	struct tour_call two = tour_sendto(sender, "two, longer", 11, to);

	tour_show(tour, &one, "Now two datagrams, one right after the other.");
	tour_show(tour, &two, "Both are sent before the receiver looks.");
	one = tour_recvfrom(receiver, data, sizeof(data), 0, &from);
	tour_show(tour, &one, "The buffer had room for both, and yet only one came.");
	two = tour_recvfrom(receiver, data, sizeof(data), 0, &from);
	tour_show(
		tour, &two,
		one.result == 3 && two.result == 11
			? "Two sent, two received: a datagram keeps its boundaries. A message is a "
			  "message, and never half of one."
			: "Two were sent; what came is above. UDP may lose datagrams, even here.");
}

/* The buffer is smaller than the datagram. */
static void truncation(struct tour *tour, int sender, int receiver, const struct sockaddr_in *to)
{
	static const char text[] = "a long sentence";
	struct sockaddr_in from;
	char data[64];
	struct tour_call call = tour_sendto(sender, text, sizeof(text) - 1, to);

	tour_show(tour, &call, "Now the receiver's buffer will be too small for it.");
	call = tour_recvfrom(receiver, data, SMALL_BUFFER_BYTES, MSG_TRUNC, &from);
	tour_show(tour, &call,
		  call.result > SMALL_BUFFER_BYTES
			  ? "Only %d bytes fitted. MSG_TRUNC makes the result tell the datagram's "
			    "real size; without it the loss would go unnoticed."
			  : "%d bytes fit in the buffer; see the result for what came.",
		  SMALL_BUFFER_BYTES);
	call = tour_recvfrom(receiver, data, sizeof(data), 0, &from);
	tour_show(tour, &call,
		  call.error
			  ? "The rest is gone: it was not kept for the next call, which waited in "
			    "vain. Always receive into a buffer as large as the largest datagram."
			  : "Something else came meanwhile; the rest of the sentence is gone.");
}

bool tour_datagrams(struct tour *tour)
{
	struct sockaddr_in address = { 0 };
	struct tour_call call;
	int receiver, sender;

	tour_title(tour, "Datagram sockets");
	receiver = first_socket(tour, &address);
	if (receiver < 0)
		return false;
	sender = (int)tour_socket(SOCK_DGRAM).result;
	if (sender >= 0) {
		hello(tour, sender, receiver, &address);
		boundaries(tour, sender, receiver, &address);
		truncation(tour, sender, receiver, &address);
		tour_close(sender);
	} else {
		tour_explain(tour,
			     "No second socket could be opened, so nothing can be sent here.");
	}
	call = tour_close(receiver);
	tour_show(
		tour, &call,
		"There is nothing to say goodbye to. Datagrams for this port will now find nobody, "
		"and that is the next thing to see.");
	return sender >= 0;
}
