#include "client/tour/page/fold.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The columns of `size` bytes. A byte that is no character takes one. */
static size_t columns_of_bytes(const char *text, size_t size)
{
	mbstate_t state = { 0 };
	size_t columns = 0;

	while (size > 0) {
		wchar_t character;
		size_t used = mbrtowc(&character, text, size, &state);
		int width;

		if (used == 0 || used > size) {
			state = (mbstate_t){ 0 };
			character = L'?';
			used = 1;
		}
		width = wcwidth(character);
		columns += width > 0 ? (size_t)width : 0;
		text += used;
		size -= used;
	}
	return columns;
}

size_t fold_columns(const char *text)
{
	return columns_of_bytes(text, strlen(text));
}

void fold_pad(FILE *out, const char *text, size_t columns)
{
	size_t width = fold_columns(text);

	fprintf(out, "%s%*s", text, width < columns ? (int)(columns - width) : 0, "");
}

void fold_print(FILE *out, const char *text, size_t at, size_t indent)
{
	bool is_fresh = true;

	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t bytes = strcspn(text, " "), word = columns_of_bytes(text, bytes);

		if (!is_fresh && at + 1 + word > FOLD_COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!is_fresh) {
			fputc(' ', out);
			at++;
		}
		fwrite(text, 1, bytes, out);
		at += word;
		text += bytes;
		is_fresh = false;
	}
	fputc('\n', out);
}

void fold_style(FILE *out, const char *text, bool has_colour)
{
	static const char *const codes[] = { "\033[1m", "\033[32m", "\033[33m", "\033[0m" };

	for (; *text != '\0'; text++) {
		if (*text < FOLD_BOLD[0] || *text > FOLD_PLAIN[0])
			fputc(*text, out);
		else if (has_colour)
			fputs(codes[*text - FOLD_BOLD[0]], out);
	}
}
