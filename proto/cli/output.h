/*
 * output: a program's standard descriptors, so that a result that was lost is never said to be
 * well.
 */
#ifndef STARLING_PROTO_CLI_OUTPUT_H
#define STARLING_PROTO_CLI_OUTPUT_H

#include <stdbool.h>

/*
 * Call first. Where the caller has closed a standard descriptor, the next file or socket would get
 * its number, and what is printed would go there. It is opened so that a write to it fails.
 */
void output_init(void);

/*
 * Whether somebody looks at this descriptor: a terminal, and the program is not in its background,
 * where another one has the screen; and one that can take a line back (TERM=dumb cannot). For
 * progress.
 */
bool output_is_watched(int descriptor);

/*
 * Whether colours may be used on a terminal: not where NO_COLOR says something (no-color.org), nor
 * on one that would show their codes (TERM=dumb).
 */
bool output_may_colour(void);

/*
 * Writes what waits for the standard output. Returns `status`; but 1 instead of 0 when something of
 * what the program printed could not be written, of which a sentence tells on stderr, unless the
 * reader has left (EPIPE), who knows.
 */
int output_finish(const char *program, int status);

#endif
