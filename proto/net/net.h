/*
 * net: the datagram network below ENet, as one table of functions chosen at run time.
 *
 * ENet's core calls eleven functions of its platform file. platform.c defines them and hands each
 * call to the current `struct net`: real sockets (udp.h), or whatever a test or a simulator puts
 * there. So an ENet host, and with it the relay's worker and the client library, is a function of
 * the datagrams and the time that its net gives it.
 *
 * The current net is one for the process, because ENet's own functions carry no context: choose it
 * with net_use before the first ENet host is made and leave it until the last is gone. A socket is
 * used by one thread at a time; different sockets may be used by different threads.
 */
#ifndef STARLING_PROTO_NET_NET_H
#define STARLING_PROTO_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address as ENet sees it: `host` in network byte order (127.0.0.1 is the bytes 7f 00 00 01). */
struct net_address {
	uint32_t host;
	uint16_t port; /* host byte order */
};

struct net_buffer {
	const void *data;
	size_t size;
};

/* What went through one socket; every counter only grows. */
struct net_stats {
	uint64_t datagrams_in, bytes_in, calls_in;    /* bytes of UDP payload; system calls */
	uint64_t datagrams_out, bytes_out, calls_out;
	uint64_t dropped_kernel;    /* by the kernel, because our receive buffer was full */
	uint64_t dropped_truncated; /* larger than NET_DATAGRAM_MAX_BYTES */
	uint64_t dropped_unsendable; /* the kernel would not send it (no route, firewall, port 0, ...) */
	uint64_t dropped_congested;  /* the send buffer stayed full */
	uint32_t receive_buffer_bytes, send_buffer_bytes; /* what the kernel granted */
};

enum {
	/* ENet 1.3.17 receives into 4,096 bytes and reports an error above; we drop instead. */
	NET_DATAGRAM_MAX_BYTES = 4096,
};

struct net {
	void *state; /* the implementation's own */

	/*
	 * Opens a non-blocking datagram socket, not bound yet. Its number is at least 0 (a file
	 * descriptor where the net has such), or a negative errno value.
	 */
	int (*open)(struct net *net);
	void (*close)(struct net *net, int socket);
	/* Port 0 asks for any free one. 0, or a negative errno value (-EADDRINUSE: the port is taken). */
	int (*bind)(struct net *net, int socket, const struct net_address *address);
	/* The bound address. 0, or a negative errno value. */
	int (*address)(struct net *net, int socket, struct net_address *address);
	/*
	 * Takes one datagram, made of `count` buffers, to be sent no later than the next flush. The
	 * bytes are copied. Never fails: a datagram that cannot be sent is a lost datagram, and counted.
	 */
	void (*send)(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count);
	/* Sends what was taken. */
	void (*flush)(struct net *net, int socket);
	/*
	 * Copies one datagram into `data` and returns its size (0 when none is waiting). Datagrams
	 * over `capacity`, and those that the kernel reports as errors, are skipped and counted.
	 */
	size_t (*receive)(struct net *net, int socket, struct net_address *from, void *data,
			  size_t capacity);
	/*
	 * Sleeps until a datagram is waiting, `until_ns` has come (net time), or a signal was handled;
	 * INT64_MAX waits without end. 1 when a datagram is waiting, 0 otherwise, or a negative errno
	 * value (-EINTR: a signal).
	 */
	int (*wait)(struct net *net, int socket, int64_t until_ns);
	/* Nanoseconds, monotonic, never 0. */
	int64_t (*now_ns)(struct net *net);
	void (*stats)(struct net *net, int socket, struct net_stats *stats);
};

/* The current net; real sockets unless net_use was called. */
struct net *net_current(void);

/* Chooses the net for the whole process. NULL goes back to real sockets. */
void net_use(struct net *net);

/* The current net's time in nanoseconds. */
int64_t net_now_ns(void);

#endif
