/*
 * run: one run of one relay under one load: the relay in a process of its own, the generator in
 * another, each on a processor of its own where there are two; and what came of it. `compare` and
 * `load` are made of runs.
 */
#ifndef STARLING_BENCH_RUN_H
#define STARLING_BENCH_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/servers/target.h"
#include "bench/servers/cpu_latency.h"
#include "bench/load/generator.h"

/* Where runs take place: the programs, the processors, the memory shared with the generator. */
struct run_ground {
	const char *programs;                 /* the relays' folder; NULL: as programs.h says */
	struct generator_result *shared;      /* which the generator's process fills in */
	int relay_cpu, generator_cpu;         /* -1: anywhere */
	struct cpu_latency latency;           /* the processors are awake from open to close */
	const volatile sig_atomic_t *is_over; /* set by a signal: end the run now */
};

struct run_result {
	struct generator_result load;
	bool has_gone;               /* the relay went away, or said that it is stopping */
	uint64_t peak_bytes;         /* of the relay's resident memory */
	struct target_report report; /* the relay's own, of its whole life */
	uint64_t relay_drops; /* datagrams that the relay's sockets had no room for; UDP only */
};

/*
 * `programs`: the folder of the relays; NULL: as programs.h says. It and `is_over` must outlive
 * the ground. 0, or -1 with a sentence in `error`.
 */
int run_open(struct run_ground *ground, const char *programs, const volatile sig_atomic_t *is_over,
	     char error[static TARGET_ERROR_BYTES]);
/* Accepts one that is all zero. */
void run_close(struct run_ground *ground);

/* Whether relay and generator have a processor each. */
bool run_is_pinned(const struct run_ground *ground);

/* Whether this process may open what the generator needs; else a sentence in `error`. */
bool run_has_descriptors(unsigned members, char error[static TARGET_ERROR_BYTES]);

/*
 * Starts the relay, runs the load, ends both. The port, process and kind of `load` are the
 * server's, whatever stands there. 0, or -1 with a sentence in `error`: the relay could not be
 * started or went away, or the generator did not finish; `result` then has what was measured.
 */
int run_target(const struct run_ground *ground, const struct target *server,
	       const struct generator_config *load, struct run_result *result,
	       char error[static TARGET_ERROR_BYTES]);

/*
 * Runs the load, whose kind, port and process are set, against a relay that the caller has started
 * and ends; `whose` names it in the error.
 */
int run_play(const struct run_ground *ground, const struct generator_config *load,
	     const struct target_process *relay, const char *whose, struct run_result *result,
	     char error[static TARGET_ERROR_BYTES]);

/*
 * As run_target against a relay that runs already and is left running: kind, host, port and process
 * (0: unknown) are those of `load`. A child process that ends, and a port of this machine that
 * nobody has, are errors; peak_bytes is 0 without a process, and there is no report.
 */
int run_against(const struct run_ground *ground, const struct generator_config *load,
		struct run_result *result, char error[static TARGET_ERROR_BYTES]);

#endif
