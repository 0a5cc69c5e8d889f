/*
 * search: the largest load that is carried, found by asking "is this one carried?" as few times as
 * possible, when the answer is noisy. Only the asking takes time, and that is the caller's: nothing
 * here runs anything, so it is tested against made-up relays.
 *
 * The loads are the steps of a ladder, each `resolution` above the one below. Growing by doubling
 * finds a load that fails, bisection finds the step between what is carried and what fails. A load
 * that fails is asked again at once, until a majority is settled: whoever else has the machine
 * makes a load fail that is carried, and hardly ever carries one that fails. The two steps at the
 * end are asked `confirm` times. Answers that contradict each other (a load failed, a larger one
 * was carried) are repaired by the monotone fit to the shares of yes at each load (pool adjacent
 * violators; Ayer et al., "An empirical distribution function for sampling with incomplete
 * information", 1955): a load is carried when the fit is above one half. When a repair moves the
 * edge, the search goes on from there.
 */
#ifndef STARLING_BENCH_SEARCH_SEARCH_H
#define STARLING_BENCH_SEARCH_SEARCH_H

#include <stdbool.h>

enum {
	SEARCH_STEPS_MAX = 1024,
};

struct search_plan {
	double least, most; /* loads, above 0, both included */
	double start;       /* asked first, or the step nearest below it */
	double resolution;  /* above 0: 0.05 makes steps of 5 % */
	bool is_whole;      /* loads are whole numbers */
	unsigned settle;    /* how often a load that failed is asked at most, before the end */
	unsigned confirm;   /* how often the two steps at the end are asked at least */
	unsigned runs_max;  /* times of asking in all */
};

struct search_step {
	double load;
	unsigned asked, carried;
	double fit; /* share that the monotone fit gives; of steps that were asked */
};

struct search {
	struct search_plan plan;
	unsigned count; /* of steps */
	struct search_step steps[SEARCH_STEPS_MAX];
	unsigned runs;
	int current;         /* step that was given by search_next; -1: none */
	int carried, failed; /* steps at the edge; -1: none so far */
};

/* 0, or -1: a plan that makes no sense, or has more than SEARCH_STEPS_MAX steps. */
int search_init(struct search *search, const struct search_plan *plan);

/* The load to try now; 0: the search is over. */
double search_next(struct search *search);

/* Tells the outcome of the load that search_next gave. */
void search_tell(struct search *search, bool is_carried);

/*
 * No load above `most` can be had at all: the steps end there, with `most` as the last. What was
 * asked stands. 0, or -1, and nothing changes: `most` is below the least load, or not below the
 * last step, or a larger one has been asked.
 */
int search_limit(struct search *search, double most);

/* About how many more times will be asked. */
unsigned search_left(const struct search *search);

/* The largest load that is carried and the smallest that is not; 0: none was. */
double search_carried(const struct search *search);
double search_failed(const struct search *search);

/* Whether the edge was found and confirmed, so not ended by runs_max or by the caller. */
bool search_is_complete(const struct search *search);

#endif
