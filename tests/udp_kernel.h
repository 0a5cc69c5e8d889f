/*
 * udp_kernel: what the kernel does only under load, or elsewhere, on demand: the sendmmsg of
 * proto/net/udp_out.c comes here before the C library's, in a test that links this.
 */
#ifndef STARLING_TESTS_UDP_KERNEL_H
#define STARLING_TESTS_UDP_KERNEL_H

#include <stdint.h>

#include "tests/udp_stage.h"

/* All zero: as usual. */
extern struct udp_kernel {
	unsigned at_most;      /* messages in one call */
	unsigned failures;     /* calls that fail from now on ... */
	int error;             /* ... with this ... */
	unsigned slow_ms;      /* ... after so long */
	int runs_error;        /* messages of several datagrams are refused with this ... */
	uint16_t runs_to_port; /* ... to this port; 0: to all */
	unsigned runs_refused;
	int source_error; /* messages that name the address to leave from are refused with this */
	unsigned sources, sources_refused; /* messages that did; those that were refused */
} udp_kernel;

/* A cmocka test on a udp_stage, with the kernel as usual. */
#define KERNEL_STAGED(test)                                                                        \
	cmocka_unit_test_setup_teardown(test, udp_kernel_set_up, udp_stage_tear_down)
int udp_kernel_set_up(void **state);

#endif
