#include "relay/reload.h"

#include <string.h>

#include "proto/wire/text.h"
#include "relay/log/log.h"

static void log_change(const char *name, const char *before, const char *now, const char *takes)
{
	if (!takes)
		log_warning("\"%s\" is %s in the file now; that takes a restart, until which it "
			    "stays %s",
			    name, now, before);
	else
		log_info("\"%s\" is %s now; it was %s%s%s", name, now, before, *takes ? "; " : "",
			 takes);
}

void reload(struct config *config, struct server *server, int argc, char **argv)
{
	char error[CONFIG_ERROR_BYTES];
	struct config fresh;

	if (!config->file) {
		log_info("SIGHUP: there is no file to read again, as --config named none");
		return;
	}
	if (!config_read_again(&fresh, argc, argv, error)) {
		/* An impairment's error has several lines; the first names it. */
		log_warning("SIGHUP: all stays as it was: %.*s", (int)strcspn(error, "\n"), error);
		return;
	}
	log_info("SIGHUP: reads %.200s again", text_shown(config->file).text);
	if (config_take(config, &fresh, log_change) == 0)
		log_info("nothing has changed in it");
	log_open((enum log_level)config->verbose);
	server_retune(server);
}
