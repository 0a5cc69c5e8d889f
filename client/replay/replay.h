/*
 * replay: recorded movement, published at its own times.
 */
#ifndef STARLING_CLIENT_REPLAY_REPLAY_H
#define STARLING_CLIENT_REPLAY_REPLAY_H

/* `starling replay FILE.csv`; argv[0] is "replay". Returns the exit status. */
int replay_run(int argc, char **argv);

#endif
