#include "client/terminal/screen_text.h"

#include <curses.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "proto/cli/output.h"

static bool has_colour;

void screen_text_init(void)
{
	static const short colours[SCREEN_COLOURS] = {
		[SCREEN_RED] = COLOR_RED,         [SCREEN_GREEN] = COLOR_GREEN,
		[SCREEN_YELLOW] = COLOR_YELLOW,   [SCREEN_BLUE] = COLOR_BLUE,
		[SCREEN_MAGENTA] = COLOR_MAGENTA, [SCREEN_CYAN] = COLOR_CYAN,
	};

	has_colour = output_may_colour() && has_colors() && start_color() != ERR;
	if (!has_colour)
		return;
	/* The terminal's own background, where it can be kept. */
	short background = use_default_colors() == OK ? -1 : COLOR_BLACK;

	for (short i = 1; i < SCREEN_COLOURS; i++)
		init_pair(i, colours[i], background);
}

unsigned screen_attribute(enum screen_colour colour)
{
	return has_colour ? (unsigned)COLOR_PAIR((int)colour) : 0;
}

enum screen_colour screen_colour_of(uint32_t member)
{
	return (enum screen_colour)(SCREEN_GREEN + member % (SCREEN_COLOURS - SCREEN_GREEN));
}

/* The next character and its width; "?" for one that cannot be shown. False at the end. */
static bool next_character(const char **text, mbstate_t *state, wchar_t *wide, int *width)
{
	size_t size;

	if (**text == '\0')
		return false;
	size = mbrtowc(wide, *text, strlen(*text), state);
	if (size == (size_t)-1 || size == (size_t)-2 || size == 0) {
		*state = (mbstate_t){ 0 };
		*wide = L'?';
		size = 1;
	}
	*text += size;
	*width = wcwidth(*wide);
	if (*width < 0) {
		*wide = L'?';
		*width = 1;
	}
	return true;
}

int screen_put(int row, int column, int width, const char *text)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	int used = 0, step;

	while (next_character(&text, &state, &wide, &step) && used + step <= width) {
		mvaddnwstr(row, column + used, &wide, 1);
		used += step;
	}
	return used;
}

int screen_print(int row, int column, int width, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return screen_put(row, column, width, text);
}

static int columns_of(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	int sum = 0, step;

	while (next_character(&text, &state, &wide, &step))
		sum += step;
	return sum;
}

const char *screen_tail(const char *text, int width)
{
	while (*text != '\0' && columns_of(text) > width) {
		text++;
		while (((unsigned char)*text & 0xc0) == 0x80)
			text++;
	}
	return text;
}
