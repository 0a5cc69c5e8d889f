/*
 * tour_socket: the system calls of the tour, made for real and recorded.
 *
 * Nothing but proto/net calls a socket, with this one exception: the tour shows the calls
 * themselves.
 */
#ifndef STARLING_CLIENT_TOUR_TOUR_SOCKET_H
#define STARLING_CLIENT_TOUR_TOUR_SOCKET_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "client/tour/tour_call.h"

enum {
	TOUR_ADDRESS_TEXT_BYTES = 40,
	TOUR_WAIT_MS = 150, /* the wait for a datagram that may not come */
};

/* 127.0.0.1 with a port; 0 leaves the choice to the kernel. */
struct sockaddr_in tour_loopback(uint16_t port);

/* As "{127.0.0.1, port 7777}". Returns `text`. */
const char *tour_address_text(const struct sockaddr_in *address,
			      char text[static TOUR_ADDRESS_TEXT_BYTES]);

/* `type` is SOCK_DGRAM or SOCK_STREAM. The result is the descriptor. */
struct tour_call tour_socket(int type);
struct tour_call tour_bind(int fd, const struct sockaddr_in *address);
struct tour_call tour_getsockname(int fd, struct sockaddr_in *address);
struct tour_call tour_connect(int fd, const struct sockaddr_in *address);
struct tour_call tour_listen(int fd, int backlog);
struct tour_call tour_accept(int fd, struct sockaddr_in *from);
struct tour_call tour_close(int fd);

/* SO_RCVTIMEO: no later call waits on `fd` for longer than TOUR_WAIT_MS. */
struct tour_call tour_set_timeout(int fd);

/* `data` is shown as a string when it is short, by its size otherwise. */
struct tour_call tour_sendto(int fd, const char *data, size_t size, const struct sockaddr_in *to);
struct tour_call tour_send(int fd, const char *data, size_t size);
struct tour_call tour_write(int fd, const char *data, size_t size);

/* `flags` is 0 or MSG_TRUNC. */
struct tour_call tour_recvfrom(int fd, char *data, size_t capacity, int flags,
			       struct sockaddr_in *from);
struct tour_call tour_recv(int fd, char *data, size_t capacity);
struct tour_call tour_read(int fd, char *data, size_t capacity);

/* Waits for something to read, for `timeout_ms` at most. */
struct tour_call tour_poll(int fd, int timeout_ms);

/*
 * The bytes waiting to be read (FIONREAD). Asks until there are `wanted`, or for TOUR_WAIT_MS; the
 * last call is shown.
 */
struct tour_call tour_waiting(int fd, int wanted, int *waiting);

#endif
