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
 * Writes what waits for the standard output now: a line for a reader who follows. False, with
 * errno, when that failed; output_finish then still knows why.
 */
bool output_flush(void);

/*
 * Writes what waits for the standard output. Returns `status`; but 1 when something of what the
 * program printed could not be written, and a sentence on stderr then says why, unless the reader
 * has left (EPIPE), who knows. Misuse (2) stays misuse. A caller that has said so itself clears the
 * error of `stdout`.
 */
int output_finish(const char *program, int status);

#endif
