/*
 * machine: what the figures were measured on, as a result says it.
 */
#ifndef STARLING_BENCH_MACHINE_H
#define STARLING_BENCH_MACHINE_H

#include <stdint.h>

enum {
	MACHINE_TEXT_BYTES = 128,
};

/* "" or 0 where the system does not say. */
struct machine {
	char processor[MACHINE_TEXT_BYTES]; /* "Intel(R) Xeon(R) ..." */
	char system[MACHINE_TEXT_BYTES];    /* "Debian GNU/Linux 12 (bookworm)" */
	char kernel[MACHINE_TEXT_BYTES];    /* "Linux 6.1.0 x86_64" */
	unsigned cores;                     /* that this process may run on */
	uint64_t memory_bytes;
};

void machine_describe(struct machine *machine);

#endif
