/*
 * resolver: a system's resolver for tests that knows "relay.test" and no other name, in place of
 * the C library's, which is on every machine another. A test that includes this has it.
 */
#ifndef STARLING_TESTS_RESOLVER_H
#define STARLING_TESTS_RESOLVER_H

#include <stdbool.h>

/* The addresses of "relay.test" from now on, the first to try first; NULL: none. */
void resolver_know(const char *first, const char *second);

/* From now on each answer waits until a test lets one go; as at first, none waits. */
void resolver_wait(bool waits);
void resolver_let_go(void);

/* How many names were asked for, and answers were freed, ever. */
unsigned resolver_asked(void);
unsigned resolver_freed(void);

/* Whether the thread that asked last would have run a handler of SIGUSR1. */
bool resolver_takes_signals(void);

#endif
