/*
 * options_table: all flags of a subcommand in one list, the shared ones first; for options.c, which
 * reads them, and options_help.c, which prints them.
 */
#ifndef STARLING_CLIENT_OPTIONS_TABLE_H
#define STARLING_CLIENT_OPTIONS_TABLE_H

#include "client/options.h"

enum {
	OPTIONS_SHARED_MAX = 12,
	OPTIONS_ALL_MAX = OPTIONS_FLAGS_MAX + OPTIONS_SHARED_MAX,
};

struct options_table {
	struct options_flag flags[OPTIONS_ALL_MAX];
	size_t own, count; /* own: where the subcommand's own begin */
};

/* The program whose subcommand it is. */
const char *options_program(const struct options_spec *spec);

/* Lists the shared flags that `spec` does not lack, to be read into `options`, then its own. */
void options_table_fill(struct options_table *table, const struct options_spec *spec,
			struct options *options);

#endif
