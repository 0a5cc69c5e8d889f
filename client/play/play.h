/* play: tag in the terminal, for a few friends and any number of bots. */
#ifndef STARLING_CLIENT_PLAY_PLAY_H
#define STARLING_CLIENT_PLAY_PLAY_H

/* Runs `starling play`; argv[0] is the subcommand's name. Returns the exit status. */
int play_run(int argc, char **argv);

#endif
