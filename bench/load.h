/*
 * load: `starling-bench load`: how much a relay carries within a bound.
 *
 * A load generator must not become a weapon: it sends to this machine's own loopback alone, unless
 * it is told that who runs it also operates the relay; and what it sends is limited in any case.
 */
#ifndef STARLING_BENCH_LOAD_H
#define STARLING_BENCH_LOAD_H

/* argv[0] is "load"; the exit status. */
int load_run(int argc, char **argv);

#endif
