/*
 * scenario: bad links by name, each as an impairment's text (proto/net/link/link_model.h) and the
 * reason why it is worth a try. A scenario is one direction of one member's link.
 *
 * They are made to be plausible and to show one thing each; none is the record of a real link.
 */
#ifndef STARLING_BENCH_SCENARIO_H
#define STARLING_BENCH_SCENARIO_H

#include <stddef.h>
#include <stdio.h>

struct scenario {
	const char *name;
	const char *text;   /* link_model_parse takes it */
	const char *reason; /* one line, without a full stop */
};

enum {
	SCENARIO_COUNT = 8,
};

/* The scenario at `index`, below SCENARIO_COUNT. */
const struct scenario *scenario_at(size_t index);

/* All of them for people: a line of name and reason each, and the text below. */
void scenario_print(FILE *out);

#endif
