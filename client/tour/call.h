/*
 * call: the system calls of the tour, made for real and recorded.
 *
 * Nothing but proto/net calls a socket, with this one exception: the tour shows the calls
 * themselves. A process of the tour gets requests and answers each with the call that it made
 * (actor.h), so both have a fixed size and hold no pointers to data.
 */
#ifndef STARLING_CLIENT_TOUR_CALL_H
#define STARLING_CLIENT_TOUR_CALL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CALL_WAIT_MS = 150, /* no call waits longer for data (SO_RCVTIMEO) */
	CALL_DATA_BYTES = 128,
	CALL_ADDRESS_TEXT_BYTES = 40,
	CALL_LONGEST_BYTES = 65535 - 20 - 8, /* the longest UDP payload that IPv4 can write down */
};

enum call_kind {
	CALL_SOCKET = 0,
	CALL_BIND,
	CALL_CONNECT,
	CALL_LISTEN,
	CALL_ACCEPT,
	CALL_CLOSE,
	CALL_SENDTO,
	CALL_SEND,
	CALL_WRITE,
	CALL_RECVFROM,
	CALL_RECV,
	CALL_READ,
	CALL_POLL,
	CALL_WAITING,   /* ioctl FIONREAD: bytes to be read */
	CALL_QUEUE,     /* getsockopt TCP_INFO: connections that wait for accept */
	CALL_SETUID,    /* gives up root's rights */
	CALL_DROP,      /* SO_ATTACH_FILTER: segments of `number` bytes are dropped */
	CALL_DROP_NONE, /* SO_DETACH_FILTER */
	CALL_OWN,       /* of a chapter's own, by `make` */
};

struct call;

/* A call to be made. The functions below fill it in. */
struct call_request {
	enum call_kind kind;
	/* For CALL_OWN: makes the call and records it. The processes of a tour are forks of one
	 * program, so it is the same function in all. */
	void (*make)(struct call *call, const struct call_request *request);
	int fd;
	int number;  /* a type, backlog, flags, milliseconds, user id or size */
	size_t size; /* of the data or the buffer; of CALL_WAITING: the most milliseconds */
	struct sockaddr_in address;
	char data[CALL_DATA_BYTES];
};

/* A call that was made. */
struct call {
	enum call_kind kind;
	char name[16];
	char arguments[160];
	long result;
	int error; /* errno when the result is -1, else 0 */
	int64_t begin_ns, end_ns;
	long value;                 /* of CALL_WAITING and CALL_QUEUE */
	size_t size;                /* bytes in `data` */
	char data[CALL_DATA_BYTES]; /* sent or received, the first bytes */
	struct sockaddr_in address; /* the argument's: to whom, or from whom */
	/* The socket after the call, asked of the kernel. -1: none. After accept: the new one. */
	int fd;
	int type; /* SOCK_DGRAM or SOCK_STREAM */
	bool is_listening;
	struct sockaddr_in local, peer; /* port 0: none */
};

/* 127.0.0.1 with a port; 0 leaves the choice to the kernel. */
struct sockaddr_in call_loopback(uint16_t port);

/* As "{127.0.0.1, port 7777}". Returns `text`. */
const char *call_address_text(const struct sockaddr_in *address,
			      char text[static CALL_ADDRESS_TEXT_BYTES]);

/* The errno's name. */
const char *call_error_name(int error);

/* Whether the call sends data. */
bool call_sends(const struct call *call);

/* Requests. `type` is SOCK_DGRAM or SOCK_STREAM; texts go without their NUL. */
struct call_request call_socket(int type);
struct call_request call_bind(int fd, struct sockaddr_in address);
struct call_request call_connect(int fd, struct sockaddr_in address);
struct call_request call_listen(int fd, int backlog);
struct call_request call_close(int fd);
struct call_request call_accept(int fd);
struct call_request call_sendto(int fd, const char *text, struct sockaddr_in to);
struct call_request call_sendto_zeros(int fd, size_t size, struct sockaddr_in to);
struct call_request call_send(int fd, const char *text);
struct call_request call_write(int fd, const char *text);
struct call_request call_recvfrom(int fd, size_t capacity, int flags);
struct call_request call_recv(int fd, size_t capacity);
struct call_request call_read(int fd, size_t capacity);
struct call_request call_poll(int fd, int timeout_ms);
/* Asks until `wanted` bytes wait, or for `limit_ms`; the last call is recorded. */
struct call_request call_waiting(int fd, int wanted, unsigned limit_ms);
struct call_request call_queue(int fd);
struct call_request call_setuid(int id);
struct call_request call_drop(int fd, int size);
struct call_request call_drop_none(int fd);

/* Makes the call in this process. */
struct call call_make(const struct call_request *request);

/* For those who make calls of their own: names the call; keeps its result, and errno when that is
 * -1; its arguments; its data, of which the first CALL_DATA_BYTES are kept. */
void call_keep_name(struct call *call, const char *name);
void call_keep_result(struct call *call, long result);
__attribute__((format(printf, 2, 3))) void call_keep_arguments(struct call *call,
							       const char *format, ...);
void call_keep_data(struct call *call, const void *data, size_t size);

#endif
