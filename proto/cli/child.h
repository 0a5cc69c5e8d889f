/*
 * child: a process that a program forks for a part of its work: what it does first, and its end.
 */
#ifndef STARLING_PROTO_CLI_CHILD_H
#define STARLING_PROTO_CLI_CHILD_H

#include <sys/types.h>

/*
 * In the child, at once: from here on it dies with `parent`, the process that forked it, even with
 * one that died before; Ctrl-C does not reach it, as its parent then ends it; and it runs on the
 * processor `cpu` alone, or anywhere (negative).
 */
void child_begin(pid_t parent, int cpu);

/*
 * In the parent: sends the signal, waits up to `patience_ms` for the child's end, then kills it. It
 * is reaped. Accepts a pid that is 0 or negative, and does nothing.
 */
void child_end(pid_t pid, int signal, int patience_ms);

/*
 * The calling process comes before what else the machine does, where that is permitted; who does
 * little and must do it on time. Who goes on without is late, and the checks tell.
 */
void child_hurry(void);

#endif
