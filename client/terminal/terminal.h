/* terminal: the capabilities of the terminal at standard output, by its kind, TERM. */
#ifndef STARLING_CLIENT_TERMINAL_TERMINAL_H
#define STARLING_CLIENT_TERMINAL_TERMINAL_H

#include <stdbool.h>

/* Whether the kind is known and can move the cursor; a dumb terminal cannot. */
bool terminal_has_places(void);

#endif
