/*
 * generator_net: the generator's UDP sockets, with ENet above them or without. All lead to one
 * relay, and all share one batch to receive into, so that thousands of them fit into the caches;
 * udp.h's sockets have a batch each, which is right for a relay with one socket.
 *
 * One thread; one relay at a time.
 */
#ifndef STARLING_BENCH_GENERATOR_NET_H
#define STARLING_BENCH_GENERATOR_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "proto/net/net.h"

enum {
	GENERATOR_NET_DATAGRAM_BYTES = 2048, /* larger than what any of the relays sends */
	GENERATOR_NET_SWEEP = 64,
};

/*
 * Says where all sockets lead: `host` is an address ("" is 127.0.0.1). 0 or -EINVAL: it is none.
 */
int generator_net_aim(const char *host, uint16_t port);

/* The relay's address, for sockets of other kinds. */
const struct sockaddr *generator_net_relay(socklen_t *size);

/* What ENet runs on: a socket's number is its descriptor; every address stands for the relay. */
struct net *generator_net(void);

/* A non-blocking UDP socket that is connected to the relay, with buffers; or a negative errno. */
int generator_net_socket(void);

/* What a socket is like, kept by the caller for each; {0} at first. */
struct generator_net_habit {
	uint64_t turn;  /* in which something was last taken */
	uint32_t takes; /* of one message at most */
	bool is_many;   /* messages that wait at a time */
};

/*
 * Takes what waits on a socket, of which generator_net_next gives one datagram after the other: its
 * size, 0 behind the last, and when it arrived at the socket by the kernel's word (SO_TIMESTAMPNS),
 * on CLOCK_MONOTONIC; of datagrams that came as one, when that did. The bytes may be written to,
 * and are good until the next call of generator_net_take.
 *
 * Of a socket where one message waits at a time it takes that one and does not look for another,
 * which would cost a fifth of the whole; of one where several do, a batch. So something may be
 * left, which poll shows again: where that is so in the next turn (`turn` counts the caller's polls
 * from 1 on) several do. Whoever does not poll this socket each time is given a batch at each
 * GENERATOR_NET_SWEEP-th call all the same.
 *
 * Datagrams that the relay sent as one message (UDP_SEGMENT) come as one (UDP_GRO) and are cut
 * here, as by this project's clients (proto/net/udp.h).
 */
void generator_net_take(int socket, struct generator_net_habit *habit, uint64_t turn);
size_t generator_net_next(uint8_t **data, int64_t *arrived_ns);

/*
 * When what recvmsg gave arrived, of a socket with SO_TIMESTAMPNS: of a stream, the end of it. Now,
 * where the kernel does not say.
 */
int64_t generator_net_arrived_ns(struct msghdr *message);

/* Sends one; what is refused is lost. */
void generator_net_send(int socket, const void *data, size_t size);

/* Datagrams sent through all of these sockets since generator_net_aim, without those refused. */
uint64_t generator_net_sent(void);

/* Puts a datagram before ENet, which has to be serviced before the next. */
void generator_net_give(int socket, const uint8_t *data, size_t size);

/* Datagrams that the kernel dropped because the socket had no room. */
uint64_t generator_net_drops(int socket);

#endif
