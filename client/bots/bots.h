/*
 * bots: clients that fly as one flock.
 */
#ifndef STARLING_CLIENT_BOTS_BOTS_H
#define STARLING_CLIENT_BOTS_BOTS_H

/* `starling bots [N]`; argv[0] is "bots". Returns the exit status. */
int bots_run(int argc, char **argv);

#endif
