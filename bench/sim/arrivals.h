/*
 * arrivals: when each SNAPSHOT first reached a host, by what the network did and not by what ENet
 * made of it. An update that came in it and was handed over later has waited in between, for what
 * ENet wanted to hand over before.
 *
 * Reads ENet's datagrams (1.3, without checksum or compression, as ours are) on their way and notes
 * the SNAPSHOTs in them. A SNAPSHOT is named by its number and its time together; repeats by ENet
 * carry the same, and the first to arrive counts. ENet never splits one: it fits a datagram
 * (WIRE_MESSAGE_MAX_BYTES). The last ARRIVALS_KEPT numbers are kept.
 */
#ifndef STARLING_BENCH_ARRIVALS_H
#define STARLING_BENCH_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

enum {
	ARRIVALS_KEPT = 16384, /* a power of 2: seconds of them, in any room */
};

/* One host; {0} is one at which nothing arrived. */
struct arrivals {
	struct arrivals_one {
		uint64_t time_us; /* of the SNAPSHOT */
		int64_t at_ns;    /* 0: none */
		uint16_t number;
	} ones[ARRIVALS_KEPT];
};

/* A datagram for this host arrives, or will, at `at_ns` (above 0). Takes any bytes. */
void arrivals_note(struct arrivals *arrivals, const void *data, size_t size, int64_t at_ns);

/* When the SNAPSHOT first arrived; -1 when that is not known. */
int64_t arrivals_first_ns(const struct arrivals *arrivals, uint16_t number, uint64_t time_us);

#endif
