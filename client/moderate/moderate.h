/* moderate: an operator's commands to a running relay, by its control socket. */
#ifndef STARLING_CLIENT_MODERATE_MODERATE_H
#define STARLING_CLIENT_MODERATE_MODERATE_H

/* `starling moderate`; argv[0] is "moderate". Returns the exit status. */
int moderate_run(int argc, char **argv);

#endif
