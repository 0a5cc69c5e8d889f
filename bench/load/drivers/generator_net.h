/*
 * generator_net: what the ENet host of the generator runs on. Its one socket is all lines of
 * generator_ports.h: an address stands for the relay as one line has it.
 *
 * One thread; one relay at a time.
 */
#ifndef STARLING_BENCH_GENERATOR_NET_H
#define STARLING_BENCH_GENERATOR_NET_H

#include "proto/net/net.h"

/*
 * Its sockets give what generator_ports_take has taken, and send with generator_ports_flush. There
 * is nothing to wait for.
 */
struct net *generator_net(void);

struct net_address generator_net_address(int line);

#endif
