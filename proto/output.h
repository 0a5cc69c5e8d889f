/*
 * output: a program's standard descriptors, so that a result that was lost is never said to be
 * well.
 */
#ifndef STARLING_PROTO_OUTPUT_H
#define STARLING_PROTO_OUTPUT_H

/*
 * Call first. Where the caller has closed a standard descriptor, the next file or socket would get
 * its number, and what is printed would go there. It is opened so that a write to it fails.
 */
void output_init(void);

/*
 * Writes what waits for the standard output. Returns `status`; but 1 instead of 0 when something of
 * what the program printed could not be written, of which a sentence tells on stderr, unless the
 * reader has left (EPIPE), who knows.
 */
int output_finish(const char *program, int status);

#endif
