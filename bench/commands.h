/*
 * commands: the subcommands of starling-bench. argv[0] is the subcommand's name; each returns the
 * exit status.
 */
#ifndef STARLING_BENCH_COMMANDS_H
#define STARLING_BENCH_COMMANDS_H

/* Sends the same updates in each delivery mode, side by side, on the same links. */
int contrast_run(int argc, char **argv);

/*
 * Our relay beside what one would write instead and beside the floor: the same updates, turn by
 * turn in one run, with ratios.
 */
int compare_run(int argc, char **argv);

/*
 * How much a relay carries within a bound. A load generator must not become a weapon: it sends to
 * this machine's own loopback alone, unless it is told that who runs it also operates the relay;
 * and what it sends is limited in any case.
 */
int load_run(int argc, char **argv);

/* One HTML file that shows what results of the others hold. */
int report_run(int argc, char **argv);

/*
 * Two results of one command side by side, and which figures differ by more than their spreads
 * allow (result/result_diff.h). Nothing in a file is executed.
 */
int diff_run(int argc, char **argv);

/*
 * A UDP proxy with bad lines, which any game can be put behind. Each address that sends to it is a
 * client and gets a socket of its own towards the target, so that the target tells clients apart,
 * and with it a line of its own in either direction (proto/net/link/impaired_net.h). What comes
 * from elsewhere to such a socket is dropped and counted. How many are served at once, and what
 * becomes of one more: proxy/proxy_clients.h.
 */
int proxy_run(int argc, char **argv);

/* The bench's own error. */
int self_test_run(int argc, char **argv);

#endif
