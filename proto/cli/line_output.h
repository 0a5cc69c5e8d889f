/*
 * line_output: lines on the standard output while a program serves others. A reader that takes none
 * stops neither the program nor its end: lines that do not fit are dropped.
 */
#ifndef STARLING_PROTO_CLI_LINE_OUTPUT_H
#define STARLING_PROTO_CLI_LINE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	LINE_OUTPUT_ERROR_BYTES = 160,
};

struct writer;

/* {0} is closed. */
struct line_output {
	struct writer *writer;
};

/* False: no memory, or no thread. */
bool line_output_open(struct line_output *output);

/* Adds a line with its end, and never waits. */
void line_output_add(struct line_output *output, const char *line, size_t size);

/* Whether a line could not be written, so that no other can: its reader has left, or a fault. */
bool line_output_has_ended(const struct line_output *output);

/*
 * Waits a second at most until all is written, and closes. False: lines are lost, with a sentence
 * in `error`; a reader that left by itself lacks none. Accepts one that is closed.
 */
bool line_output_close(struct line_output *output, char error[static LINE_OUTPUT_ERROR_BYTES]);

#endif
