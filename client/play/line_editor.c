#include "client/play/line_editor.h"

#include <string.h>

#include "proto/wire/text.h"

void line_editor_open(struct line_editor *editor)
{
	*editor = (struct line_editor){ .is_open = true };
}

void line_editor_close(struct line_editor *editor)
{
	*editor = (struct line_editor){ 0 };
}

/* UTF-8, RFC 3629. Returns the size; an invalid code point gives text that is refused. */
static size_t encode(uint32_t point, uint8_t out[4])
{
	static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = size - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	out[0] = (uint8_t)(leads[size] | point);
	return size;
}

bool line_editor_add(struct line_editor *editor, uint32_t point)
{
	uint8_t bytes[4];
	size_t size = encode(point, bytes);

	if (size > GAME_MESSAGE_TEXT_MAX_BYTES - editor->bytes || !text_is_printable(bytes, size))
		return false;
	memcpy(editor->text + editor->bytes, bytes, size);
	editor->bytes += size;
	editor->text[editor->bytes] = '\0';
	return true;
}

void line_editor_erase(struct line_editor *editor)
{
	while (editor->bytes > 0) {
		editor->bytes--;
		/* Back over continuation bytes to the lead. */
		if (((uint8_t)editor->text[editor->bytes] & 0xc0) != 0x80)
			break;
	}
	editor->text[editor->bytes] = '\0';
}
