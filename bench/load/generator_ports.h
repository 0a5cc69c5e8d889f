/*
 * generator_ports: the UDP sockets through which the generator's members speak to one relay.
 *
 * Towards a relay on an IPv4 loopback address many members share a socket: all have its port, and
 * each has an address of 127.0.0.0/8 of its own, which the kernel takes with each datagram and says
 * of each (IP_PKTINFO, ip(7)). So one call sends for many and one call takes for many, and the
 * kernel's memory for a socket stays in the cache. To the relay these are members of different
 * addresses, as in life.
 *
 * A machine has no such addresses for a relay elsewhere, or on IPv6: there each member has a socket
 * and a port of its own.
 *
 * A member's end is a line, whose number counts from 0 on in the order of opening. One thread; one
 * relay at a time, since ENet's own functions carry no context.
 */
#ifndef STARLING_BENCH_GENERATOR_PORTS_H
#define STARLING_BENCH_GENERATOR_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	GENERATOR_PORTS_LINES_MAX = 4096,
	GENERATOR_PORTS_DATAGRAM_BYTES = 2048, /* larger than what any of the relays sends */
	/* The room that a socket's buffer has for each of its members: 28 datagrams of the largest,
	 * as the kernel counts them. A socket takes as many members as the system grants room for.
	 */
	GENERATOR_PORTS_SHARE_BYTES = 64 << 10,
};

/* The traffic through all sockets since generator_ports_aim. */
struct generator_ports_traffic {
	uint64_t datagrams, bytes;
	uint64_t drops; /* by the kernel, as a socket had no room */
};

/*
 * Says where all lines lead: `host` is an address ("" is 127.0.0.1). All lines are closed. 0 or
 * -EINVAL: it is none.
 */
int generator_ports_aim(const char *host, uint16_t port);

/*
 * From now on, lines that share no sockets have addresses of their own: line 0's is `host` (IPv4,
 * host byte order), the next line's is the next.
 */
void generator_ports_own(uint32_t host);

/* Binds a socket of another kind to the line's own address, if it has one. 0, or -1 with errno. */
int generator_ports_bind_own(int fd, unsigned line);

/* The relay's address, for sockets of other kinds. */
const struct sockaddr *generator_ports_relay(socklen_t *size);

/* Whether lines share sockets. */
bool generator_ports_are_shared(void);

/* A line to the relay: its number, or a negative errno value. */
int generator_ports_open(void);
/* Sends what it has to send. Its number is not used again; one that is not open is let be. */
void generator_ports_close(int line);

/* The descriptor of the line's socket, to poll: the same for all lines that share one. */
int generator_ports_descriptor(int line);

/*
 * Sends one datagram, no later than at the next flush; what is refused is lost. Through a shared
 * socket it waits for that, and leaves with what others send meanwhile.
 */
void generator_ports_send(int line, const void *data, size_t size);
void generator_ports_flush(void);

/*
 * Takes a batch of what waits on the line's socket, of which generator_ports_next gives one
 * datagram after the other: its size, 0 behind the last; the line that it came to; and when it
 * arrived at the socket by the kernel's word (SO_TIMESTAMPNS), on CLOCK_MONOTONIC; of datagrams
 * that came as one, when that did. The bytes may be written to, and are good until the next call of
 * generator_ports_take. A batch need not be all: poll shows what is left.
 *
 * Datagrams that the relay sent as one message (UDP_SEGMENT) come as one (UDP_GRO) and are cut
 * here, as by this project's clients (proto/net/udp/udp.h). What does not come from the relay is
 * left out.
 */
void generator_ports_take(int line);
size_t generator_ports_next(int *line, uint8_t **data, int64_t *arrived_ns);

/* Whether the last batch was as large as they come, so that more may wait. */
bool generator_ports_is_full(void);

/*
 * When what recvmsg gave arrived, of a socket with SO_TIMESTAMPNS: of a stream, the end of it. Now,
 * where the kernel does not say.
 */
int64_t generator_ports_arrived_ns(struct msghdr *message);

void generator_ports_traffic(struct generator_ports_traffic *traffic);

#endif
