/* terminal: what the kind of the terminal at standard output, TERM, can do. */
#ifndef STARLING_CLIENT_TERMINAL_TERMINAL_H
#define STARLING_CLIENT_TERMINAL_TERMINAL_H

#include <stdbool.h>

/* Whether its kind is known, and one can write to any place of it; a dumb one does not know how. */
bool terminal_has_places(void);

#endif
