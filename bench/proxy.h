/*
 * proxy: `starling-bench proxy`, a UDP proxy with bad lines, which any game can be put behind.
 *
 * Each address that sends to the proxy is a client and gets a socket of its own towards the target,
 * so that the target tells clients apart, and with it a line of its own in either direction
 * (proto/net/link/impaired_net.h). What comes from elsewhere to such a socket is dropped and
 * counted. How many are served at once, and what becomes of one more: proxy_clients.h.
 */
#ifndef STARLING_BENCH_PROXY_H
#define STARLING_BENCH_PROXY_H

/* argv[0] is the subcommand's name; returns the exit status. */
int proxy_run(int argc, char **argv);

#endif
