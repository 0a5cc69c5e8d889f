/*
 * bans_text: bans as the lines of a file, for people and for the next start:
 *
 *	# comment
 *	203.0.113.0/24 2026-11-26T18:00:00Z a reason
 *	2001:db8::/64 for-good
 *
 * Net time is the process's own; a file has the wall's, in seconds (UTC).
 */
#ifndef STARLING_RELAY_CONTROL_BANS_TEXT_H
#define STARLING_RELAY_CONTROL_BANS_TEXT_H

#include "relay/control/bans.h"

enum {
	BANS_TEXT_ERROR_BYTES = 256,
	BANS_TEXT_TIME_BYTES = 32,
};

/* Now, on both clocks. */
struct bans_now {
	int64_t net_ns;
	int64_t wall_ns;
};

struct bans_now bans_text_now(void);

/* The wall time of a time of the net, as 2026-11-26T18:00:00Z. */
void bans_text_time(int64_t net_ns, const struct bans_now *now, char text[BANS_TEXT_TIME_BYTES]);

/* All that have not ended, in memory that the caller frees; `*size` bytes. NULL: no memory. */
char *bans_text_write(const struct bans *bans, const struct bans_now *now, size_t *size);

/*
 * Adds those of a text, but for those that have ended. False: `error` has a sentence with the
 * line's number; some may have been added.
 */
bool bans_text_read(struct bans *bans, const char *text, size_t size, const struct bans_now *now,
		    char error[BANS_TEXT_ERROR_BYTES]);

#endif
