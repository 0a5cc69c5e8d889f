/* draft: a line of chat while it is typed. Always printable UTF-8 and short enough to be sent. */
#ifndef STARLING_CLIENT_PLAY_DRAFT_H
#define STARLING_CLIENT_PLAY_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/play/talk.h"

struct draft {
	char text[TALK_TEXT_MAX_BYTES + 1]; /* NUL-terminated */
	size_t bytes;
	bool is_open;
};

/* Opens an empty one, or throws one away. */
void draft_open(struct draft *draft);
void draft_close(struct draft *draft);

/* Adds a code point. False when it is not printable or there is no room. */
bool draft_add(struct draft *draft, uint32_t point);

/* Takes the last code point away, if there is one. */
void draft_erase(struct draft *draft);

#endif
