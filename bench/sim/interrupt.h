/*
 * interrupt: whether somebody wants a measurement to end before it is done: Ctrl-C, or SIGTERM.
 * What was measured until then is kept, so the process has to live on for a moment.
 */
#ifndef STARLING_BENCH_INTERRUPT_H
#define STARLING_BENCH_INTERRUPT_H

#include <stdbool.h>

/* From now on those signals are what interrupt_has_come tells, and calls that wait end early. */
void interrupt_watch(void);

/* False as long as nobody watches. It stays true. */
bool interrupt_has_come(void);

#endif
