/*
 * net_type: a datagram network as one table of functions, and the addresses on it. For those who
 * provide a net; everybody else includes net.h.
 */
#ifndef STARLING_PROTO_NET_NET_TYPE_H
#define STARLING_PROTO_NET_NET_TYPE_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An address as ENet sees it: `host` in network byte order (127.0.0.1 is the bytes 7f 00 00 01). On
 * real sockets an IPv6 address has a number that is no IPv4 address (udp_address.h).
 */
struct net_address {
	uint32_t host;
	uint16_t port; /* host byte order */
	/* For `send`: it may be nobody's, so nothing is kept of it (address_table.h). */
	bool is_unproven;
};

/* All addresses, to bind to: of both families where the machine has both, or IPv4's only. */
#define NET_HOST_ANY      UINT32_C(0)
#define NET_HOST_ANY_IPV4 htonl(UINT32_C(0xf0000000))

struct net_buffer {
	const void *data;
	size_t size;
};

/* The traffic of one socket; every counter only grows. */
struct net_stats {
	/* Given by `receive`, and sent; bytes of UDP payload; system calls. */
	uint64_t datagrams_in, bytes_in, calls_in;
	uint64_t datagrams_out, bytes_out, calls_out;
	uint64_t calls_wait;    /* system calls that waited, or asked for signals */
	uint64_t segmented_out; /* of these, cut by the kernel from a message of several */
	/* In. */
	uint64_t dropped_kernel; /* by the kernel, our receive buffer being full; a run counts 1 */
	uint64_t dropped_truncated; /* over what the net takes, or over the caller's room */
	uint64_t dropped_empty;     /* no bytes, which `receive` could not tell from nothing */
	uint64_t dropped_portless;  /* from port 0, where no answer can go */
	uint64_t dropped_strangers; /* from an address that could get no number (udp_address.h) */
	uint64_t errors_in;         /* the kernel's, in place of a datagram (ICMP) */
	/* Out. */
	uint64_t dropped_unsendable; /* refused: no route, firewall, port 0, size, ... */
	uint64_t dropped_congested;  /* the send buffer stayed full */
	/* As granted by the kernel; 0 where there is none. */
	uint32_t receive_buffer_bytes, send_buffer_bytes;
};

enum {
	/* ENet never sends more, and 1.3.17 reports an error when it gets more; we drop it. */
	NET_DATAGRAM_MAX_BYTES = 4096,
	/* The most that UDP carries: over IPv6; over IPv4 it is 20 bytes less. */
	NET_ANY_SIZE_MAX_BYTES = 65527,
};

struct net {
	void *state; /* the implementation's own */

	/*
	 * Its sockets give and take datagrams of any size that UDP has: up to
	 * NET_ANY_SIZE_MAX_BYTES, and empty ones. For those who are no ENet host.
	 */
	bool has_any_size;

	/*
	 * Opens a non-blocking datagram socket, not bound yet. Its number is at least 0 (a file
	 * descriptor where the net has such), or a negative errno value.
	 */
	int (*open)(struct net *net);
	/* Sends what was taken, then closes. */
	void (*close)(struct net *net, int socket);
	/* Port 0 asks for any free one. 0, or a negative errno value (-EADDRINUSE: taken). */
	int (*bind)(struct net *net, int socket, const struct net_address *address);
	/* The bound address. 0, or a negative errno value. */
	int (*address)(struct net *net, int socket, struct net_address *address);
	/*
	 * Takes one datagram, made of `count` buffers, to be sent no later than the next flush. The
	 * bytes are copied. Never fails: a datagram that cannot be sent is lost and counted.
	 */
	void (*send)(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count);
	/* Sends what was taken. */
	void (*flush)(struct net *net, int socket);
	/*
	 * Copies one datagram into `data` and returns its size (0 when none is waiting; where it
	 * may also be an empty one, `from->port` is then 0, which it is of no datagram). Datagrams
	 * over `capacity`, empty ones, those from port 0, and errors that the kernel reports are
	 * skipped and counted; after several batches of nothing else it returns 0 as well, so that
	 * a flood of them cannot hold the caller. Call it until it returns 0, then wait.
	 */
	size_t (*receive)(struct net *net, int socket, struct net_address *from, void *data,
			  size_t capacity);
	/*
	 * When the datagram that `receive` gave last came to this machine, in net time: never after
	 * now, and never before the queue was last seen empty. 0 before the first. NULL where each
	 * is taken as it comes.
	 */
	int64_t (*arrived_ns)(struct net *net, int socket);
	/*
	 * The first `*bytes` bytes of the datagram that `receive` will give after `steps` others,
	 * if it was already taken from the kernel; else NULL. Valid until the next `receive`. Only
	 * a hint, and it may be another datagram's: one that `receive` skips counts as a step, and
	 * so does a run that the kernel gave as one message (UDP_GRO). A NULL here where no
	 * datagram is ever buffered.
	 */
	const uint8_t *(*peek)(struct net *net, int socket, unsigned steps, size_t *bytes);
	/*
	 * True when `receive` has datagrams that were already taken from the kernel, which a poll
	 * of the descriptor does not report.
	 */
	bool (*has_buffered)(struct net *net, int socket);
	/*
	 * The time at which `flush` or `receive` has work for this socket though nothing arrives.
	 * Net time; INT64_MAX, or a NULL here, for never. `wait` wakes for it by itself; a caller
	 * that polls the descriptor instead asks net_next_ns.
	 */
	int64_t (*next_ns)(struct net *net, int socket);
	/*
	 * Flushes, then sleeps until a datagram is waiting, `until_ns` has come (net time), or a
	 * signal was handled; INT64_MAX waits without end. 1 when a datagram is waiting, 0
	 * otherwise, or a negative errno value (-EINTR: a signal).
	 */
	int (*wait)(struct net *net, int socket, int64_t until_ns);
	/*
	 * Sleeps like `wait`, but does not wake for what arrives, which then waits in the kernel's
	 * queue: for a loop that has no use for it before. Returns at once when has_buffered. 0,
	 * or a negative errno value (-EINTR: a signal). NULL where `wait` is as cheap.
	 */
	int (*sleep)(struct net *net, int socket, int64_t until_ns);
	/* Nanoseconds, monotonic, never 0. */
	int64_t (*now_ns)(struct net *net);
	/*
	 * Nanoseconds that a processor has worked for the calling thread, in user and kernel mode;
	 * a NULL here where work takes no time, as in a simulation. It does not count the time in
	 * which others had the processor, so it says what work cost on a shared machine too.
	 */
	int64_t (*thread_cpu_ns)(struct net *net);
	/* 32 random bits: unguessable on real sockets, from the seed in a simulation. */
	uint32_t (*random)(struct net *net);
	/*
	 * The network of an address, for limits: an IPv4 address stands for itself, an IPv6 address
	 * for its first 64 bits, as that many are given to one customer. NULL: each stands for
	 * itself.
	 */
	uint64_t (*network)(struct net *net, const struct net_address *address);
	void (*stats)(struct net *net, int socket, struct net_stats *stats);
};

#endif
