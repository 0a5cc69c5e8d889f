/*
 * port: what this machine's kernel says of one of its own UDP ports, whoever has it: whether a
 * socket is bound to it, and how many datagrams found its buffers full. From /proc/net/udp and
 * udp6, so without asking the process.
 */
#ifndef STARLING_BENCH_PORT_H
#define STARLING_BENCH_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct port {
	bool is_known;  /* false: the kernel does not say */
	bool is_bound;  /* by one socket or more */
	uint64_t drops; /* of all its sockets, since they were opened */
};

struct port port_read(uint16_t number);

#endif
