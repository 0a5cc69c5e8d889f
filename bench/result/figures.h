/*
 * figures: the one list of what the bench can measure: each figure's name in a result, its unit
 * there and in a table, whether less or more of it is better, and what it means. METRICS.md
 * defines them; the meanings here are its words, shortened to what a reader of a table needs.
 */
#ifndef STARLING_BENCH_FIGURES_H
#define STARLING_BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

enum figure_better {
	FIGURE_NEITHER, /* a count that only describes */
	FIGURE_LOW,
	FIGURE_HIGH,
};

struct figure {
	const char *name;  /* in the result */
	const char *unit;  /* in the result: "1" is a count or a share */
	const char *shown; /* the unit that a table shows it in; "" for a count */
	bool is_own; /* of the bench itself, or a place and no amount: no result differs by it */
	enum figure_better better;
	const char *title;   /* a table's heading, without the unit */
	const char *meaning; /* sentences; the first, with the title, fits a line below a table */
};

/* All of them, in the order in which a table has them. */
extern const struct figure figures[];
extern const size_t figures_count;

/* The figure of this name; NULL: it is in no list. */
const struct figure *figures_find(const char *name);

/* Times a value of the result is a value of the table: 0.001 from us to ms. */
double figures_scale(const struct figure *figure);

/* How many bytes of the meaning its first sentence has. */
size_t figures_first_sentence(const struct figure *figure);

/* "low", "high" or "neither". */
const char *figures_better_text(enum figure_better better);

#endif
