/* lab: `starling lab`: one flock, received four ways behind the same bad link, on real sockets. */
#ifndef STARLING_CLIENT_LAB_LAB_H
#define STARLING_CLIENT_LAB_LAB_H

int lab_run(int argc, char **argv);

#endif
