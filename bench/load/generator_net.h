/*
 * generator_net: what ENet's hosts of the generator run on: a host's socket is a line of
 * generator_ports.h, by its number, and every address stands for the relay.
 *
 * Nothing is received by itself: who has read a datagram, and leaves it to ENet, gives it.
 *
 * One thread; one relay at a time.
 */
#ifndef STARLING_BENCH_GENERATOR_NET_H
#define STARLING_BENCH_GENERATOR_NET_H

#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

struct net *generator_net(void);

/* Puts a datagram before ENet, which has to be serviced before the next. */
void generator_net_give(int line, const uint8_t *data, size_t size);

#endif
