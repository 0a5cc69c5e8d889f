/*
 * load_search: the largest load that a relay carries within a bound, found by search (search.h),
 * and what keeps it from carrying more. A load is members of one room, a rate, or rooms of so many
 * members; each step of the search is one run (run.h), of an open loop.
 *
 * Each of several relays has a search of its own, and they take turns, a run at a time. Between
 * two searches one after the other a machine that others have, too, may become half as fast again
 * or slower, and so would what one relay carries beside the other; so both see its good and its bad
 * times.
 */
#ifndef STARLING_BENCH_SEARCH_LOAD_SEARCH_H
#define STARLING_BENCH_SEARCH_LOAD_SEARCH_H

#include <stdbool.h>

#include "bench/load/bound.h"
#include "bench/servers/run.h"
#include "bench/servers/target.h"
#include "bench/load/generator.h"

enum load_by {
	LOAD_BY_MEMBERS = 0, /* of one room */
	LOAD_BY_RATE = 1,    /* updates a second of each of `members` in one room */
	LOAD_BY_ROOMS = 2,   /* of `members` each */
};

/* Why a load was not carried, and further down, what else ends a search. */
enum load_cause {
	LOAD_CARRIED = 0,
	LOAD_BY_RELAY,     /* the relay uses all of its core */
	LOAD_BY_GENERATOR, /* the bench uses all of its own core, so the relay may carry more */
	LOAD_BY_MACHINE,   /* run_validity.h found a fault, with time left: others had the processor
			    */
	LOAD_BY_SOCKETS,   /* the relay's sockets had no room for what came */
	LOAD_BY_BOUND,     /* there is processor time left; latency or loss is beyond the bound */
	/* For a search alone. */
	LOAD_BY_ITS_LIMIT, /* the relay takes no more: it said so, or does not answer */
	LOAD_BY_MOST,      /* the largest load that was to be tried is carried */
	LOAD_OUT_OF_RUNS,  /* from here on: it ended before the edge was found */
	LOAD_OUT_OF_TIME,
	LOAD_STOPPED, /* by a signal */
	LOAD_RELAY_GONE,
	LOAD_FAILED, /* `error` says what */
	LOAD_CAUSES,
};

enum {
	LOAD_RUNS_MAX = 120,
	LOAD_TURNS_MAX = 8, /* searches that take turns */
};

/* A process that uses this share of a core is at its limit. */
#define LOAD_CORE_FULL 0.9
/* The path's own figures are of so many members in all, and medians of so many runs. */
#define LOAD_PATH_MEMBERS 2
#define LOAD_PATH_RUNS    3

struct load_config;

struct load_progress {
	const struct load_config *config; /* whose turn it is */
	unsigned run;                     /* of all, from 1; 0: the path's own */
	double load;                      /* that is tried now; 0: all is done */
	double left_s;                    /* of all, about; NAN: nobody knows yet */
};

struct load_config {
	const struct run_ground *ground;
	struct target target; /* that is started for each run */
	bool is_running;      /* no: the relay at base.host, base.port, maybe base.relay */
	/*
	 * What all runs have in common: seconds, seed, delivery, interest. Its rate is that of all
	 * loads, or where the search for a rate starts; of members and rooms nothing is taken.
	 */
	struct generator_config base;
	enum load_by by;
	unsigned members; /* LOAD_BY_RATE: in the room; LOAD_BY_ROOMS: in each */
	double most;      /* largest load to try, in what `by` counts */
	struct bound bound;
	double resolution; /* 0.05: steps of 5 % */
	unsigned repeat;   /* runs of the load that is given as carried, at least */
	unsigned again;    /* runs of one load in a row that others spoiled, and are run again */
	unsigned runs_max; /* in all but the path's, those run again and those refused included */
	double limit_s;    /* of its own runs in all; none starts later */
	/* NULL: none. With searches in turn, the first one's. */
	void (*progress)(void *context, const struct load_progress *progress);
	void *context;
};

/* One run. */
struct load_step {
	unsigned number; /* among the runs of all searches that take turns, from 1; 0: the path's */
	double load;
	unsigned members, rooms;
	double rate_hz;
	struct run_result run;
	double margin; /* of the bound that was used; at most 1 when it was met */
	enum load_cause cause;
	bool is_disturbed; /* LOAD_BY_MACHINE, and run again: it says nothing of the load */
};

/* The room of a relay that is full, as it was found. */
struct load_limit {
	double load; /* 0: none was met; the largest load that it has room for */
	double tried;
	struct generator_refusal refusal;
};

struct load_result {
	char error[TARGET_ERROR_BYTES]; /* what ended it before its time; "" */
	unsigned path_count;
	struct load_step paths[LOAD_PATH_RUNS]; /* two members alone */
	unsigned step_count;
	struct load_step steps[LOAD_RUNS_MAX];
	double carried, failed; /* largest that is carried, smallest that is not; 0: none */
	unsigned runs;          /* steps, and the times that it was refused */
	struct load_limit limit;
	enum load_cause cause; /* what ended the search, so what keeps it from carrying more */
	bool is_complete;      /* the search came to its end */
};

/* Members 64, one room, rate 30, and so on; the caller fills in ground and target. */
struct load_config load_default_config(void);

/*
 * Searches of `count` relays, which take turns. 0, or -1 when one of them failed, with a sentence
 * in its `error`: the relay could not be started or reached, has no room for the smallest load,
 * sent a member away, or went away, or the ground is over. The steps up to there stand, and its
 * `cause` says which. A relay that is full ends no search: it goes on with what there is room for.
 * The end of one search ends no other, but a signal and a lack of memory end all.
 */
int load_search_in_turn(const struct load_config *configs, unsigned count,
			struct load_result *results);

/* A load of a config in full: members in all, rooms, rate. */
struct load_step load_step_of(const struct load_config *config, double load);

/* A maximum that is one: complete, and not bounded by the bench or its machine. */
bool load_is_valid(const struct load_result *result);

/*
 * The end of a search. `end`: LOAD_CARRIED when it came to its end, so that the edge and the limit
 * in `result` say what bounds it; else why it did not.
 */
enum load_cause load_cause_of_end(const struct load_result *result, enum load_cause end);

/*
 * The largest load that a relay has room for, which refused one of `load`: what it let in, in what
 * `by` counts. 0: not even one.
 */
double load_limit_of(const struct load_config *config, double load,
		     const struct generator_refusal *refusal);

/* The cause that bounded one run that did not keep to the bound; `is_cpu_known`: of the relay. */
enum load_cause load_cause_of(const struct run_result *run, bool is_cpu_known);

/* A run's shares of a core, 0 to 1 and above; NAN when not known. */
double load_relay_share(const struct run_result *run);
double load_generator_share(const struct run_result *run);

/* Delivered updates, and updates in, a second of a step. */
double load_delivered_per_s(const struct load_step *step);
double load_sent_per_s(const struct load_step *step);

#endif
