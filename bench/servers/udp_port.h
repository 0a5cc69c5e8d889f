/*
 * udp_port: what this machine's kernel says of one of its own UDP ports, whoever has it: whether a
 * socket is bound to it, and how many datagrams found its buffers full. From /proc/net/udp and
 * udp6, so without asking the process.
 */
#ifndef STARLING_BENCH_UDP_PORT_H
#define STARLING_BENCH_UDP_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct udp_port {
	bool is_known;  /* false: the kernel does not say */
	bool is_bound;  /* by one socket or more */
	uint64_t drops; /* of all its sockets, since they were opened */
};

struct udp_port udp_port_read(uint16_t number);

/* Whether a process has one of the port's sockets open, by the sockets' inode numbers. */
enum udp_port_owner {
	UDP_PORT_UNKNOWN =
		0, /* no socket is bound to it here, or the process may not be looked into */
	UDP_PORT_ITS_OWN,
	UDP_PORT_ANOTHERS,
};

enum udp_port_owner udp_port_owner(uint16_t number, pid_t process);

#endif
