#include "bench/result/paragraph.h"

#include <stdarg.h>
#include <string.h>

void paragraph_say(struct paragraph *paragraph, const char *format, ...)
{
	char piece[PARAGRAPH_PIECE_BYTES], *rest = piece, *word;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	while ((word = strsep(&rest, " "))) {
		size_t size = strlen(word);

		if (size == 0)
			continue;
		for (char *tilde = word; (tilde = strchr(tilde, '~'));)
			*tilde = ' ';
		if (paragraph->column > 0 && paragraph->column + 1 + size > PARAGRAPH_WIDTH)
			paragraph_end(paragraph);
		paragraph->column += (size_t)fprintf(paragraph->out, "%s%s",
						     paragraph->column > 0 ? " " : "", word);
	}
}

void paragraph_end(struct paragraph *paragraph)
{
	if (paragraph->column > 0)
		fputc('\n', paragraph->out);
	paragraph->column = 0;
}
