/*
 * target: the servers under test that `compare` puts side by side, and their processes. Each is
 * started for one run, on a free port of 127.0.0.1, and is ended by its pid; it dies with the
 * bench, and the baselines end by themselves in any case. Other people's servers (mosquitto,
 * nats-server) take part where they are installed.
 */
#ifndef STARLING_BENCH_TARGET_H
#define STARLING_BENCH_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/load/generator.h"

enum {
	TARGET_LABEL_BYTES = 48,
	TARGET_TICKS_MAX = 4,
	TARGET_MAX = 5 + 4 * TARGET_TICKS_MAX,
	TARGET_MAX_DELAY_MS = 1000, /* as our relay takes it */
	TARGET_ERROR_BYTES = 512,
};

/* As a tick: ours lets each flush set the time of the next; the raw UDP fan-out, which cannot,
 * sends at once. */
#define TARGET_TICK_AUTO (-1.0)

struct target {
	char label[TARGET_LABEL_BYTES]; /* "starling 60 Hz" */
	const char *program;            /* "starlingd" */
	enum generator_kind kind;
	double tick_hz;      /* of ours and of the raw UDP fan-out; 0: at once; TARGET_TICK_AUTO */
	double max_delay_ms; /* of ours at TARGET_TICK_AUTO; 0: as it is by itself */
	bool is_every;       /* ours with --every: each update, not the newest of each entity */
	bool is_nodelay;     /* TCP */
	bool is_segmented;   /* the raw UDP fan-out with UDP_SEGMENT */
};

/*
 * Fills in those that `only` names (words of TARGET_NAMES with commas between; NULL: all but
 * TARGET_UNASKED, which is measured only where it is named), ours and the raw UDP once for each
 * tick, ours first. Returns how many, or 0 with a sentence in `error`.
 */
#define TARGET_UNASKED "every"
#define TARGET_NAMES                                                                               \
	"starling, " TARGET_UNASKED ", naive, udp, segment, tcp, nodelay, mosquitto, nats"
unsigned target_list(struct target out[static TARGET_MAX], const char *only, const double *ticks_hz,
		     unsigned tick_count, char error[static TARGET_ERROR_BYTES]);

/*
 * Gives those of ours that are at TARGET_TICK_AUTO this longest delay: "starling auto 18 ms".
 * False when there is none; 0 ms changes nothing, and is true.
 */
#define TARGET_MAX_DELAY_HELP                                                                      \
	"no state waits longer, with ours at --tick auto (default: as it is by itself)"
#define TARGET_MAX_DELAY_MISUSE                                                                    \
	"--max-delay: only our relay with --tick auto has one, and it is not among what is asked " \
	"for; leave one of the two flags out"
bool target_set_max_delay(struct target *list, unsigned count, double max_delay_ms);

/* Whether it is other people's server, which is left out where it is not installed. */
bool target_is_broker(const struct target *server);

/*
 * Whether it can take part here: its program is in `folder` (NULL: see programs.h) or, of other
 * people's, installed. Else a sentence in `why`.
 */
bool target_is_there(const struct target *server, const char *folder,
		     char why[static TARGET_ERROR_BYTES]);

/* Whether it can carry such a load at all (rooms, reliable, interest). Else a sentence in `why`. */
bool target_can(const struct target *server, const struct generator_config *load,
		char why[static TARGET_ERROR_BYTES]);

/* A relay that runs; pid 0: none. */
struct target_process {
	pid_t pid;
	uint16_t port;
	int out;          /* our end of its standard output; -1: none */
	char scratch[64]; /* a folder of its own, with its configuration; "": none */
};

/* A relay's report of its whole life as it stops. NAN: it does not say. */
struct target_report {
	double datagrams;   /* in and out */
	double calls;       /* system calls that moved or awaited them */
	double deliveries;  /* updates it says it delivered */
	double allocations; /* of memory */
};

/*
 * Starts it for such a load and waits until it listens. `folder` has the programs; NULL: see
 * programs.h. `cpu` is where it is to run; negative: anywhere. It is told to end after `limit_s`
 * seconds. 0, or -1 with a sentence in `error`.
 */
int target_start(struct target_process *relay, const struct target *server, const char *folder,
		 const struct generator_config *load, unsigned limit_s, int cpu,
		 char error[static TARGET_ERROR_BYTES]);

/* Whether it has ended by itself; `how` says with what status. */
bool target_has_ended(const struct target_process *relay, char how[static TARGET_LABEL_BYTES]);

/*
 * The same for any program that says its port in its first line, as "port":N. `words` are its
 * arguments, NULL at the end; `network` is a descriptor of the network namespace that it runs in,
 * or -1.
 */
int target_launch(struct target_process *relay, const char *path, char *const *words, int cpu,
		  int network, char error[static TARGET_ERROR_BYTES]);

/* Peak resident memory so far in bytes; 0 when it cannot be read. */
uint64_t target_peak_bytes(const struct target_process *relay);

/*
 * Asks it to stop, kills it after two seconds, and reaps it. {0} is allowed. What it says then is
 * in `report`, if that is not NULL.
 */
void target_stop(struct target_process *relay, struct target_report *report);

/* Reads such a report: a line of JSON with an object "network" in it. Takes any text. */
struct target_report target_read_report(const char *text);

/* Flags of starlingd by which one address may be any number of clients; NULL at the end. */
extern const char *const target_input_unlimited[];

#endif
