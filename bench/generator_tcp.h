/*
 * generator_tcp: what the kernel knows of a TCP connection that a client library owns.
 */
#ifndef STARLING_BENCH_GENERATOR_TCP_H
#define STARLING_BENCH_GENERATOR_TCP_H

#include <stdint.h>

/* Bytes of the stream received so far (TCP_INFO, tcp(7)); 0 when it does not say. */
uint64_t generator_tcp_received(int socket);

#endif
