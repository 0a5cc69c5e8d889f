/*
 * allowance: what this process may still take of the machine, so that a run which would not get
 * what it needs can be refused before it starts. Of the memory nobody can promise it: others take
 * of it, too.
 */
#ifndef STARLING_BENCH_ALLOWANCE_H
#define STARLING_BENCH_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether a process may have so many file descriptors open; the limit is raised as far as is
 * permitted (RLIMIT_NOFILE, getrlimit(2)), for processes that are started from now on, too.
 */
bool allowance_has_descriptors(uint64_t needed);

/* How many that may be, raised as far as is permitted; UINT64_MAX: no limit is known. */
uint64_t allowance_descriptors(void);

/*
 * The least of what the machine has left (MemAvailable of /proc/meminfo, proc(5)) and what this
 * process may still map (RLIMIT_AS less what it has). UINT64_MAX: neither is known.
 */
uint64_t allowance_memory_bytes(void);

#endif
