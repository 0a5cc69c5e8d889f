/* tour: datagram sockets, shown live on loopback and explained call by call. */
#ifndef STARLING_CLIENT_TOUR_TOUR_H
#define STARLING_CLIENT_TOUR_TOUR_H

/* Runs `starling tour`; argv[0] is the subcommand's name. Returns the exit status. */
int tour_run(int argc, char **argv);

#endif
