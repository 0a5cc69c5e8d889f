#include "bench/result/text/word_wrap.h"

#include <stdarg.h>
#include <string.h>

void word_wrap_say(struct word_wrap *wrap, const char *format, ...)
{
	char piece[WORD_WRAP_PIECE_BYTES], *rest = piece, *word;
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
		if (wrap->column > 0 && wrap->column + 1 + size > WORD_WRAP_WIDTH)
			word_wrap_end(wrap);
		wrap->column +=
			(size_t)fprintf(wrap->out, "%s%s", wrap->column > 0 ? " " : "", word);
	}
}

void word_wrap_end(struct word_wrap *wrap)
{
	if (wrap->column > 0)
		fputc('\n', wrap->out);
	wrap->column = 0;
}

void word_wrap_full_stop(struct word_wrap *wrap)
{
	wrap->column += (size_t)fprintf(wrap->out, ".");
}
