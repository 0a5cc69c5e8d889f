/*
 * columns: which figures the table of a command has, and how it shows them: the one choice for the
 * terminal, Markdown, the page and `diff`.
 */
#ifndef STARLING_BENCH_RESULT_TEXT_COLUMNS_H
#define STARLING_BENCH_RESULT_TEXT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

enum column_form {
	COLUMN_MEDIAN,
	COLUMN_SPREAD, /* and min-max behind it, where there are several repetitions */
	COLUMN_MOST,   /* the largest of all repetitions */
	COLUMN_WIDE,   /* the median, on the page alone, which has more room */
};

struct column {
	const char *figure;
	const char *whole; /* NULL, or it is shown as a share of this figure, in % */
	enum column_form form;
};

struct columns {
	const struct column *list; /* those of COLUMN_WIDE are the last */
	size_t count, main_count;  /* all, and those that are not COLUMN_WIDE */
};

/* Those of a result's command. */
struct columns columns_of(const char *command);

/* Whether the command's table has the figure, on the page at least. */
bool columns_have(const char *command, const char *figure);

#endif
