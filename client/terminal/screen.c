#include "client/terminal/screen.h"

#include <curses.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "client/terminal/screen_text.h"
#include "client/terminal/terminal.h"

enum {
	ESCAPE_WAIT_MS = 25, /* after Esc, for the rest of a key's sequence; ssh sends it at once */
	ESCAPE = 27,
	CTRL_L = 12,
	DELETE = 127,
	CURSOR_ROWS = 5, /* the cursor rests so many rows above the screen's end */
};

/* Curses' handle, which its own functions take; NULL while closed. */
static SCREEN *terminal;

/* Ctrl-\ would end the program without restoring the terminal. */
static void disable_quit_key(void)
{
	struct termios modes;

	if (tcgetattr(STDIN_FILENO, &modes) < 0)
		return;
	modes.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

void screen_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

int screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	setlocale(LC_CTYPE, "");
	/* newterm leaks memory for a kind that it does not know. */
	if (!terminal_has_places())
		return -ENXIO;
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return -ENXIO;
	set_term(terminal);
	cbreak();
	noecho();
	nonl();
	disable_quit_key();
	def_prog_mode();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_WAIT_MS);
	curs_set(0);
	screen_text_init();
	return 0;
}

static enum screen_key_type function_key(wint_t code)
{
	switch (code) {
	case KEY_LEFT:
		return SCREEN_LEFT;
	case KEY_RIGHT:
		return SCREEN_RIGHT;
	case KEY_UP:
		return SCREEN_UP;
	case KEY_DOWN:
		return SCREEN_DOWN;
	case KEY_ENTER:
		return SCREEN_ENTER;
	case KEY_BACKSPACE:
		return SCREEN_BACKSPACE;
	default:
		return SCREEN_OTHER;
	}
}

/* As get_wch, which in a locale of single bytes drops what comes after one that it lacks. */
static int read_key(wint_t *code)
{
	int key;

	if (MB_CUR_MAX > 1)
		return get_wch(code);
	key = getch();
	if (key == ERR)
		return ERR;
	*code = key > UCHAR_MAX ? (wint_t)key : btowc(key);
	return key > UCHAR_MAX || *code == WEOF ? KEY_CODE_YES : OK;
}

struct screen_key screen_key(void)
{
	struct screen_key key = { 0 };
	wint_t code;
	int kind = read_key(&code);

	if (kind == ERR)
		return key;
	if (kind == KEY_CODE_YES)
		key.type = function_key(code);
	else if (code == '\r' || code == '\n')
		key.type = SCREEN_ENTER;
	else if (code == ESCAPE)
		key.type = SCREEN_ESCAPE;
	else if (code == CTRL_L) {
		clearok(curscr, TRUE);
		key.type = SCREEN_OTHER;
	} else if (code == '\b' || code == DELETE)
		key.type = SCREEN_BACKSPACE;
	else
		key = (struct screen_key){ .type = SCREEN_TEXT, .point = (uint32_t)code };
	return key;
}

/*
 * Another program's line begins at the cursor. At the end of the screen it would scroll everything;
 * some rows above it does not.
 */
void screen_show(void)
{
	const int rows = getmaxy(stdscr);

	move(rows > CURSOR_ROWS ? rows - CURSOR_ROWS : 0, 0);
	refresh();
}

void screen_repair(void)
{
	if (terminal)
		redrawwin(stdscr);
}
