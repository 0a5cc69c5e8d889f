#include "client/tour/tour_socket.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	SHOWN_DATA_MAX_BYTES = 40, /* longer data are shown by their size */
};

struct sockaddr_in tour_loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

const char *tour_address_text(const struct sockaddr_in *address,
			      char text[static TOUR_ADDRESS_TEXT_BYTES])
{
	char host[INET_ADDRSTRLEN];

	if (!inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host)))
		host[0] = '\0';
	snprintf(text, TOUR_ADDRESS_TEXT_BYTES, "{%s, port %u}", host,
		 (unsigned)ntohs(address->sin_port));
	return text;
}

/* The tour's data are printable ASCII of its own. */
static const char *data_text(const char *data, long size, char text[static 64])
{
	if (size < 0)
		snprintf(text, 64, "nothing");
	else if (size > SHOWN_DATA_MAX_BYTES)
		snprintf(text, 64, "(%ld bytes)", size);
	else
		snprintf(text, 64, "\"%.*s\"", (int)size, data);
	return text;
}

struct tour_call tour_socket(int type)
{
	struct tour_call call = { .name = "socket" };

	tour_arguments(&call, "AF_INET, %s, 0", type == SOCK_DGRAM ? "SOCK_DGRAM" : "SOCK_STREAM");
	tour_result(&call, socket(AF_INET, type, 0));
	return call;
}

/* The calls that take a descriptor and an address. */
static struct tour_call with_address(const char *name, int fd, const struct sockaddr_in *address)
{
	struct tour_call call = { .name = name };
	char text[TOUR_ADDRESS_TEXT_BYTES];

	tour_arguments(&call, "%d, %s", fd, tour_address_text(address, text));
	return call;
}

struct tour_call tour_bind(int fd, const struct sockaddr_in *address)
{
	struct tour_call call = with_address("bind", fd, address);

	tour_result(&call, bind(fd, (const struct sockaddr *)address, sizeof(*address)));
	return call;
}

struct tour_call tour_connect(int fd, const struct sockaddr_in *address)
{
	struct tour_call call = with_address("connect", fd, address);

	tour_result(&call, connect(fd, (const struct sockaddr *)address, sizeof(*address)));
	return call;
}

struct tour_call tour_getsockname(int fd, struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	struct tour_call call = { 0 };
	int result;

	*address = (struct sockaddr_in){ 0 };
	result = getsockname(fd, (struct sockaddr *)address, &size);
	tour_result(&call, result);
	memcpy(call.arguments, with_address("getsockname", fd, address).arguments,
	       sizeof(call.arguments));
	call.name = "getsockname";
	return call;
}

struct tour_call tour_accept(int fd, struct sockaddr_in *from)
{
	socklen_t size = sizeof(*from);
	struct tour_call call = { .name = "accept" };
	char text[TOUR_ADDRESS_TEXT_BYTES];

	*from = (struct sockaddr_in){ 0 };
	tour_result(&call, accept(fd, (struct sockaddr *)from, &size));
	tour_arguments(&call, "%d, %s", fd, call.error ? "nobody" : tour_address_text(from, text));
	return call;
}

struct tour_call tour_listen(int fd, int backlog)
{
	struct tour_call call = { .name = "listen" };

	tour_arguments(&call, "%d, %d", fd, backlog);
	tour_result(&call, listen(fd, backlog));
	return call;
}

struct tour_call tour_close(int fd)
{
	struct tour_call call = { .name = "close" };

	tour_arguments(&call, "%d", fd);
	tour_result(&call, close(fd));
	return call;
}

struct tour_call tour_set_timeout(int fd)
{
	struct timeval wait = { .tv_usec = TOUR_WAIT_MS * 1000 };
	struct tour_call call = { .name = "setsockopt" };

	tour_arguments(&call, "%d, SOL_SOCKET, SO_RCVTIMEO, {%d ms}", fd, TOUR_WAIT_MS);
	tour_result(&call, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)));
	return call;
}

struct tour_call tour_sendto(int fd, const char *data, size_t size, const struct sockaddr_in *to)
{
	struct tour_call call = { .name = "sendto" };
	char text[TOUR_ADDRESS_TEXT_BYTES], shown[64];

	tour_arguments(&call, "%d, %s, %zu, 0, %s", fd, data_text(data, (long)size, shown), size,
		       tour_address_text(to, text));
	tour_result(&call, sendto(fd, data, size, 0, (const struct sockaddr *)to, sizeof(*to)));
	return call;
}

struct tour_call tour_send(int fd, const char *data, size_t size)
{
	struct tour_call call = { .name = "send" };
	char shown[64];

	tour_arguments(&call, "%d, %s, %zu, 0", fd, data_text(data, (long)size, shown), size);
	tour_result(&call, send(fd, data, size, 0));
	return call;
}

struct tour_call tour_write(int fd, const char *data, size_t size)
{
	struct tour_call call = { .name = "write" };
	char shown[64];

	tour_arguments(&call, "%d, %s, %zu", fd, data_text(data, (long)size, shown), size);
	tour_result(&call, write(fd, data, size));
	return call;
}

/* The bytes in the buffer; MSG_TRUNC makes the result the datagram's own size. */
static long stored(const struct tour_call *call, size_t capacity)
{
	return call->result > (long)capacity ? (long)capacity : call->result;
}

struct tour_call tour_recvfrom(int fd, char *data, size_t capacity, int flags,
			       struct sockaddr_in *from)
{
	socklen_t size = sizeof(*from);
	struct tour_call call = { .name = "recvfrom" };
	char text[TOUR_ADDRESS_TEXT_BYTES], shown[64];

	*from = (struct sockaddr_in){ 0 };
	tour_result(&call, recvfrom(fd, data, capacity, flags, (struct sockaddr *)from, &size));
	tour_arguments(&call, "%d, %s, %zu, %s, %s", fd,
		       data_text(data, stored(&call, capacity), shown), capacity,
		       flags == MSG_TRUNC ? "MSG_TRUNC" : "0",
		       call.error ? "nobody" : tour_address_text(from, text));
	return call;
}

struct tour_call tour_recv(int fd, char *data, size_t capacity)
{
	struct tour_call call = { .name = "recv" };
	char shown[64];

	tour_result(&call, recv(fd, data, capacity, 0));
	tour_arguments(&call, "%d, %s, %zu, 0", fd, data_text(data, call.result, shown), capacity);
	return call;
}

struct tour_call tour_read(int fd, char *data, size_t capacity)
{
	struct tour_call call = { .name = "read" };
	char shown[64];

	tour_result(&call, read(fd, data, capacity));
	tour_arguments(&call, "%d, %s, %zu", fd, data_text(data, call.result, shown), capacity);
	return call;
}

struct tour_call tour_poll(int fd, int timeout_ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	struct tour_call call = { .name = "poll" };

	tour_arguments(&call, "{%d, POLLIN}, 1, %d ms", fd, timeout_ms);
	tour_result(&call, poll(&wait, 1, timeout_ms));
	return call;
}

struct tour_call tour_waiting(int fd, int wanted, int *waiting)
{
	struct tour_call call = { .name = "ioctl" };

	*waiting = 0;
	for (int tries = 0; tries < TOUR_WAIT_MS && *waiting < wanted && !call.error; tries++) {
		if (tries > 0)
			poll(NULL, 0, 1);
		tour_result(&call, ioctl(fd, FIONREAD, waiting));
	}
	tour_arguments(&call, "%d, FIONREAD, {%d}", fd, *waiting);
	return call;
}
