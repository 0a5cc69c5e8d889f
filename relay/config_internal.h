/*
 * config_internal: what the configuration's own files share. For relay/config*.c only.
 *
 *	config.c           defaults, reading, and taking over
 *	config_settings.c  the relay's rows of the table of options (option_table.h)
 */
#ifndef STARLING_RELAY_CONFIG_INTERNAL_H
#define STARLING_RELAY_CONFIG_INTERNAL_H

#include "proto/cli/option_table.h"
#include "relay/config.h"

struct setting {
	struct option_row row;
	const char *takes; /* in a running relay: for whom a change holds; "": all; NULL: nobody */
};

enum {
	SETTINGS = 49,
};

/* Lists all, to be read into `config`. */
void config_list_settings(struct config *config, struct setting settings[static SETTINGS]);

#endif
