/* lab_site: the lab's page, and the feed behind it, served by proto/web. */
#ifndef STARLING_CLIENT_LAB_LAB_SITE_H
#define STARLING_CLIENT_LAB_LAB_SITE_H

#include "client/lab/lab_state.h"
#include "proto/web/web.h"

/*
 * Opens it at `place`, as endpoint_parse reads it, and starts its thread. 0, or a negative errno
 * value with a sentence in `error`. `state` must outlive it.
 */
int lab_site_open(struct web **web, const char *place, struct lab_state *state,
		  char error[static WEB_ERROR_BYTES]);

#endif
