/*
 * proxy_child: the impairment proxy (proxy.h) as a child of this process, for measurements.
 */
#ifndef STARLING_BENCH_PROXY_CHILD_H
#define STARLING_BENCH_PROXY_CHILD_H

#include <stdint.h>

#include "bench/servers/target.h"

/*
 * Starts one on a free port of 127.0.0.1, towards another port there, and waits until it listens;
 * both ways are impaired by `impair` (text as for --impair-in). End it with target_stop. 0, or
 * -1 with a sentence in `error`.
 */
int proxy_child_start(struct target_process *proxy, uint16_t to_port, const char *impair,
		      char error[static TARGET_ERROR_BYTES]);

/* How late after the due times the proxy handed on until now, at p99; -1: it did not say. */
int64_t proxy_child_late_p99_us(const struct target_process *proxy);

#endif
