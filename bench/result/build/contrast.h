/*
 * contrast: what a contrast found: a row for each link and each way of carrying, in each row
 * its repetitions; and how they were had. Filled in by contrast.c; contrast_document.c makes the
 * document of it.
 *
 * Repetitions are had in turn: the first of every way, then the second of every way, so that what
 * the machine does meanwhile to a live one falls on all of them. Each has a seed of its own, the
 * stated one and those that follow it: the n-th repetition of every way meets the same luck
 * (trial.h), and the next meets another. With one seed for all, the spread would show what the
 * machine does, of a simulated one nothing, and little of what chance does on the link: raw
 * datagrams lose the very same updates each time then, and a spread of 0 would make that one seed's
 * luck look like a property of the link.
 */
#ifndef STARLING_BENCH_RESULT_BUILD_CONTRAST_H
#define STARLING_BENCH_RESULT_BUILD_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/result/retry.h"
#include "bench/result/result.h"
#include "bench/sim/scenario.h"
#include "bench/sim/trial.h"

enum {
	CONTRAST_LINKS_MAX = 16,
	CONTRAST_ROWS_MAX = CONTRAST_LINKS_MAX * TRIAL_CARRIER_COUNT,
};

/* A link that every mode is tried on. */
struct contrast_link {
	const struct scenario *scenario; /* NULL: it has no name */
	char text[LINK_MODEL_TEXT_MAX_BYTES];
	struct link_model_spec spec;
};

/* One way of carrying on one link. */
struct contrast_row {
	unsigned count;               /* repetitions that were measured, the first ones */
	struct trial_result *results; /* of each; there is room for contrast.repeat */
	struct retry retries;         /* live ones that were set aside before these */
	/* From the first repetition; empty unless wanted. */
	struct age_track track;
	/* From all repetitions together; empty unless wanted. */
	struct age_distribution ages;
};

/* The repetition being measured, which is added to its row if it is kept. */
struct contrast_attempt {
	struct age_track track;
	struct age_distribution ages;
};

struct contrast {
	struct trial_config trial; /* but for its link, carrier and seed */
	struct contrast_link links[CONTRAST_LINKS_MAX];
	size_t link_count;
	enum trial_carrier carriers[TRIAL_CARRIER_COUNT];
	size_t carrier_count;
	bool is_live;    /* on real sockets, between network namespaces */
	unsigned repeat; /* repetitions of each row, 1 to SPREAD_MAX */
	unsigned again;  /* live ones of a row that may be measured again, at most */
	uint64_t seed;   /* of the first repetition; the n-th has seed + n - 1 */
	size_t done;     /* runs that were made: repetitions of all rows */
	struct contrast_row rows[CONTRAST_ROWS_MAX]; /* by link, then by carrier */
	struct contrast_attempt attempt;
	const char *trace_path; /* NULL: the flock */
	bool is_strict;         /* ENet's numbers begin at 0, as in play, and have to go round */
	bool wants_curves;      /* ages over time, and as a distribution of all repetitions */
	double cpu_s, simulated_s;
};

/* Makes room for the rows, of the links, carriers and repetitions that are set. False: no memory.
 */
bool contrast_open(struct contrast *contrast);
/* Accepts one without rows, and leaves it so. */
void contrast_close(struct contrast *contrast);

/* How many runs there are to be made: repetitions of all rows. */
size_t contrast_runs(const struct contrast *contrast);

/* The n-th run (from 0 on): link by link, and there each carrier in each repetition. */
struct contrast_turn {
	size_t link, carrier;
	unsigned repetition; /* from 0 on */
};
struct contrast_turn contrast_turn(const struct contrast *contrast, size_t n);

/* The row on a link of the carrier at this place in `carriers`. */
const struct contrast_row *contrast_row(const struct contrast *contrast, size_t link,
					size_t carrier);

/*
 * Makes `trial` the next repetition of this row, and says where its result goes, which is good
 * until contrast_close. Not when the row has all its repetitions.
 */
struct trial_result *contrast_choose(struct contrast *contrast, size_t link, size_t carrier);

/*
 * It was measured: whether it is set aside, to be chosen and measured again under the same seed
 * (retry.h). If not, it is to be kept.
 */
bool contrast_sets_aside(struct contrast *contrast, size_t link, size_t carrier);
/* It counts. */
void contrast_keep(struct contrast *contrast, size_t link, size_t carrier);

/* Whether it has a repetition; a live contrast may end before its last row. */
bool contrast_is_done(const struct contrast *contrast, size_t link, size_t carrier);

/* Where ENet's numbers of sequenced channels begin; 0 of other carriers. */
struct contrast_starts {
	uint16_t up, down;
};
struct contrast_starts contrast_starts(const struct contrast *contrast, enum trial_carrier carrier);

enum {
	CONTRAST_FAULT_BYTES = 640,
};

/* Whether a repetition's figures may be cited: not if short, or not well measured (live.h). */
bool contrast_is_valid(const struct trial_result *result);
/* Else why not. */
void contrast_describe_fault(const struct contrast *contrast, const struct trial_result *result,
			     char text[static CONTRAST_FAULT_BYTES]);
/* Whether each row that has a repetition has all of them, and they are valid. */
bool contrast_are_all_valid(const struct contrast *contrast);

/* All figures of the row's repetitions, and how well live ones were measured. */
void contrast_add_figures(struct result_row *out, const struct contrast_row *row);

/* The document of --json, to be destroyed; the arguments are those of the command. NULL: no memory.
 */
struct result *contrast_result(const struct contrast *contrast, int argc, char *const *argv);

#endif
