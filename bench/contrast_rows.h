/*
 * contrast_rows: what a contrast found: a row for each line and each way of carrying, and how they
 * were had. Filled in by contrast.c; printed by contrast_table.c and contrast_more.c (for people),
 * contrast_words.c (what the figures show), contrast_result.c and contrast_csv.c (for programs).
 */
#ifndef STARLING_BENCH_CONTRAST_ROWS_H
#define STARLING_BENCH_CONTRAST_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/result.h"
#include "bench/scenario.h"
#include "bench/trial.h"

enum {
	CONTRAST_LINES_MAX = 16,
	CONTRAST_ROWS_MAX = CONTRAST_LINES_MAX * TRIAL_CARRIER_COUNT,
};

/* A line that every mode is tried on. */
struct contrast_line {
	const struct scenario *scenario; /* NULL: it has no name */
	char text[IMPAIR_TEXT_MAX_BYTES];
	struct impair_spec spec;
};

struct contrast {
	struct trial_config trial; /* but for its line and carrier */
	struct contrast_line lines[CONTRAST_LINES_MAX];
	size_t line_count;
	enum trial_carrier carriers[TRIAL_CARRIER_COUNT];
	size_t carrier_count;
	bool is_live, has_namespaces; /* on real sockets; between network namespaces */
	size_t done;                  /* rows that were measured, the first ones */
	struct trial_result results[CONTRAST_ROWS_MAX]; /* by line, then by carrier */
	struct age_track tracks[CONTRAST_ROWS_MAX];     /* likewise; empty unless wanted */
	const char *trace_path;                         /* NULL: the flock */
	const char *hist_folder;                        /* for the delays; NULL: nowhere */
	bool is_strict, wants_more, wants_tracks;
	double cpu_s, simulated_s;
};

/* The result on a line of the carrier at this place in `carriers`. */
const struct trial_result *contrast_row(const struct contrast *contrast, size_t line,
					size_t carrier);

/* The same by carrier; NULL when it was not tried. */
const struct trial_result *contrast_find(const struct contrast *contrast, size_t line,
					 enum trial_carrier carrier);

/* Makes `trial` the one of this row. */
void contrast_choose(struct contrast *contrast, size_t line, size_t carrier);

/* Whether it was measured; a live contrast may end before its last row. */
bool contrast_is_done(const struct contrast *contrast, size_t line, size_t carrier);

/* Whether a sequenced channel carried too few packets to show what ENet does at the 65,536th. */
bool contrast_is_short(const struct trial_result *result);

/* Whether the row's figures may be cited: not if short when strict, or not well measured live. */
bool contrast_is_valid(const struct contrast *contrast, const struct trial_result *result);
bool contrast_are_all_valid(const struct contrast *contrast);

/* Share of the whole, in per cent; of nothing it is 0. */
double contrast_percent(uint64_t part, uint64_t whole);

/* Cost on the lines; 0 where nothing was delivered. */
double contrast_bytes_an_update(const struct trial_result *result);
double contrast_down_bytes_an_update(const struct trial_result *result); /* NAN live */
double contrast_bytes_a_useful_byte(const struct trial_result *result);
double contrast_datagrams_an_update(const struct trial_result *result);

/* Mean length of a period of loss, in updates; 0 without loss. */
double contrast_burst_mean(const struct trial_result *result);

/*
 * Writes what the trial has put into `trial.delays`, if anybody wants it, into a file of
 * `hist_folder`: NAME-MODE.hgrm, where NAME is the scenario's, or line1, line2 and so on. False
 * when it cannot: then a sentence says why.
 */
bool contrast_save_delays(const struct contrast *contrast, size_t line, size_t carrier);

/* One figure of a row, as programs have it; NAN where it could not be measured. */
struct contrast_figure {
	const char *name, *unit;
	double value;
};

enum {
	CONTRAST_FIGURES = 62,
	CONTRAST_CHECKS = 8,
};

void contrast_collect(const struct trial_result *result,
		      struct contrast_figure figures[CONTRAST_FIGURES]);

/* How well it was measured: of live rows only. */
void contrast_collect_checks(const struct trial_result *result,
			     struct contrast_figure figures[CONTRAST_CHECKS]);

/* Why the figures want a remark, or may not be cited. */
#define CONTRAST_SHORT_TEXT "a sequenced channel carried fewer than 65536 packets"
#define CONTRAST_MODELLED_TEXT                                                                     \
	"modelled: not the kernel's TCP on such a line, but a model of what the line does to a "   \
	"stream; --netns shows the real one"

/* The document of --json; the arguments are those of the command. NULL: no memory. */
struct result *contrast_result(const struct contrast *contrast, int argc, char *const *argv);

/* To stdout. */
void contrast_print_notes(const struct contrast *contrast); /* nothing if not live */
void contrast_print_table(const struct contrast *contrast);
void contrast_print_more(const struct contrast *contrast, size_t line);
void contrast_print_words(const struct contrast *contrast);
void contrast_print_csv(const struct contrast *contrast);

#endif
