/*
 * generator_net: the generator's UDP sockets, with ENet above them or without. All lead to one
 * relay, and all share one batch to receive into, so that thousands of them fit into the caches;
 * udp.h's sockets have a batch each, which is right for a relay with one socket.
 *
 * One thread; one relay at a time.
 */
#ifndef STARLING_BENCH_GENERATOR_NET_H
#define STARLING_BENCH_GENERATOR_NET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "proto/net/net.h"

enum {
	GENERATOR_NET_BATCH = 64,
	GENERATOR_NET_DATAGRAM_BYTES = 2048, /* larger than what any of the relays sends */
};

/* What one call took from a socket; good until the next. */
struct generator_net_batch {
	unsigned count;
	uint8_t *data[GENERATOR_NET_BATCH];
	size_t size[GENERATOR_NET_BATCH];
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

/* Takes what waits on a socket, at most a batch. */
void generator_net_take(int socket, struct generator_net_batch *batch);

/* Sends one; what is refused is lost. */
void generator_net_send(int socket, const void *data, size_t size);

/* Datagrams sent through all of these sockets since generator_net_aim, without those refused. */
uint64_t generator_net_sent(void);

/* Puts a datagram before ENet, which has to be serviced before the next. */
void generator_net_give(int socket, const uint8_t *data, size_t size);

/* Datagrams that the kernel dropped because the socket had no room. */
uint64_t generator_net_drops(int socket);

#endif
