/* watch: a room as a live map, a line a second, or a summary. */
#ifndef STARLING_CLIENT_WATCH_WATCH_H
#define STARLING_CLIENT_WATCH_WATCH_H

/* `starling watch`; argv[0] is "watch". Returns the exit status. */
int watch_run(int argc, char **argv);

#endif
