/*
 * contender: the relays that `compare` puts side by side, and their processes. Each is started for
 * one run, on a free port of 127.0.0.1, and is ended by its pid; it dies with the bench, and the
 * baselines end by themselves in any case.
 */
#ifndef STARLING_BENCH_CONTENDER_H
#define STARLING_BENCH_CONTENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/generator.h"

enum {
	CONTENDER_LABEL_BYTES = 32,
	CONTENDER_TICKS_MAX = 4,
	CONTENDER_MAX = 3 + 2 * CONTENDER_TICKS_MAX,
	CONTENDER_ERROR_BYTES = 512,
	CONTENDER_PATH_BYTES = 4096,
};

struct contender {
	char label[CONTENDER_LABEL_BYTES]; /* "starling 60 Hz" */
	const char *program;               /* "starlingd" */
	enum generator_kind kind;
	double tick_hz; /* of ours and of the raw UDP fan-out; 0: at once; below 0: auto, ours only
			 */
	bool is_nodelay;
};

/*
 * Fills in those that `only` names (words of CONTENDER_NAMES with commas between; NULL: all), ours
 * and the raw UDP once for each tick, ours first. Returns how many, or 0 with a sentence in
 * `error`.
 */
#define CONTENDER_NAMES "starling, naive, udp, tcp, nodelay"
unsigned contender_list(struct contender out[static CONTENDER_MAX], const char *only,
			const double *ticks_hz, unsigned tick_count,
			char error[static CONTENDER_ERROR_BYTES]);

/* A relay that runs; pid 0: none. */
struct contender_relay {
	pid_t pid;
	uint16_t port;
	int out; /* our end of its standard output */
};

/*
 * Starts it for `members` members at rate_hz and waits until it listens. `folder` has the programs.
 * `cpu` is where it is to run; negative: anywhere. 0, or -1 with a sentence in `error`.
 */
int contender_start(struct contender_relay *relay, const struct contender *contender,
		    const char *folder, unsigned members, double rate_hz, unsigned limit_s, int cpu,
		    char error[static CONTENDER_ERROR_BYTES]);

/* Peak resident memory so far in bytes; 0 when it cannot be read. */
uint64_t contender_peak_bytes(const struct contender_relay *relay);

/* Asks it to stop, kills it after two seconds, and reaps it. {0} is allowed. */
void contender_stop(struct contender_relay *relay);

#endif
