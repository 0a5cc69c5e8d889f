/* line_editor: a chat line being typed. Always printable UTF-8 and short enough to be sent. */
#ifndef STARLING_CLIENT_PLAY_LINE_EDITOR_H
#define STARLING_CLIENT_PLAY_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/play/game_messages.h"

struct line_editor {
	char text[GAME_MESSAGE_TEXT_MAX_BYTES + 1]; /* NUL-terminated */
	size_t bytes;
	bool is_open;
};

/* Opens with an empty line; closing drops the line. */
void line_editor_open(struct line_editor *editor);
void line_editor_close(struct line_editor *editor);

/* Adds a code point. False when it is not printable or there is no room. */
bool line_editor_add(struct line_editor *editor, uint32_t point);

/* Erases the last code point, if any. */
void line_editor_erase(struct line_editor *editor);

#endif
