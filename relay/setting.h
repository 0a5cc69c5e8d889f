/*
 * setting: the relay's rows of the table of options (option_table.h), and what a running relay
 * takes over of each. For config.c only.
 */
#ifndef STARLING_RELAY_SETTING_H
#define STARLING_RELAY_SETTING_H

#include "proto/cli/option_table.h"
#include "relay/config.h"

struct setting {
	struct option_row row;
	const char *takes; /* in a running relay: for whom a change holds; "": all; NULL: nobody */
};

enum {
	SETTINGS = 32,
};

/* Lists all, to be read into `config`. */
void setting_list(struct config *config, struct setting settings[static SETTINGS]);

#endif
