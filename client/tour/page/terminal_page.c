#include "client/tour/page/terminal_page.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "client/tour/page/page.h"

enum {
	ESCAPE = 27,
	ESCAPE_WAIT_MS = 50, /* the rest of an arrow key comes at once */
	PAGE_BYTES = 16384,  /* more than any page has */
};

static volatile sig_atomic_t stopped_by;

bool terminal_page_fits(int fd, int *columns, int *lines)
{
	struct winsize size = { 0 };

	*columns = *lines = 0;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
		return true;
	*columns = size.ws_col;
	*lines = size.ws_row;
	return size.ws_col >= PAGE_COLUMNS && size.ws_row >= PAGE_LINES;
}

static void note_signal(int signal)
{
	stopped_by = signal;
}

void terminal_page_watch_signals(void)
{
	const struct sigaction action = { .sa_handler = note_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool terminal_page_was_stopped(void)
{
	return stopped_by != 0;
}

void terminal_page_end_by_signal(void)
{
	if (stopped_by == 0)
		return;
	signal(stopped_by, SIG_DFL);
	raise(stopped_by);
}

/* Where the page number `page`, from 0, begins in a text; its end when there are fewer. */
static const char *begin_of_page(const char *text, int page)
{
	for (int lines = page * (PAGE_LINES - 1); lines > 0 && *text != '\0'; text++)
		lines -= *text == '\n';
	return text;
}

int terminal_page_show(const struct tour *tour, const struct step_shown *shown, int bytes_page)
{
	const char *text = shown->page, *end = text + strlen(text);
	char keys[LANGUAGE_TEXT_BYTES], part[PAGE_BYTES];
	int lines = PAGE_LINES - 1;

	if (bytes_page > 0) {
		text = begin_of_page(shown->bytes, bytes_page - 1);
		end = begin_of_page(text, 1);
	}
	snprintf(part, sizeof(part), "%.*s", (int)(end - text), text);
	if (tour->has_places)
		fputs("\033[H\033[2J", tour->out);
	fold_style(tour->out, part, tour->has_colour);
	for (const char *at = part; *at != '\0'; at++)
		lines -= *at == '\n';
	for (; tour->has_places && lines > 0; lines--)
		fputc('\n', tour->out);
	fputs(language_text(tour->language, "keys", keys) ? keys : "", tour->out);
	if (!tour->has_places)
		fputc('\n', tour->out);
	fflush(tour->out);
	return *begin_of_page(shown->bytes, bytes_page) != '\0' ? bytes_page + 1 : 0;
}

/* The meaning of what follows an Escape. */
static enum terminal_page_key read_arrow(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char bytes[2];

	if (poll(&wait, 1, ESCAPE_WAIT_MS) != 1 || read(fd, bytes, 2) != 2)
		return TERMINAL_PAGE_OTHER;
	if (bytes[1] == 'C')
		return TERMINAL_PAGE_NEXT;
	return bytes[1] == 'D' ? TERMINAL_PAGE_BACK : TERMINAL_PAGE_OTHER;
}

static enum terminal_page_key read_key(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		return TERMINAL_PAGE_LEAVE;
	switch (byte) {
	case ' ':
	case '\n':
	case '\r':
	case 'n':
		return TERMINAL_PAGE_NEXT;
	case 'b':
	case '\b':
	case 0x7f:
		return TERMINAL_PAGE_BACK;
	case 'x':
		return TERMINAL_PAGE_BYTES;
	case 'q':
	case 'C' - '@':
	case 'D' - '@':
		return TERMINAL_PAGE_LEAVE;
	case ESCAPE:
		return read_arrow(fd);
	default:
		return TERMINAL_PAGE_OTHER;
	}
}

void terminal_page_forget_keys(int fd)
{
	/* It fails for what is not a terminal, and nothing was typed there. */
	(void)tcflush(fd, TCIFLUSH);
}

enum terminal_page_key terminal_page_key(int fd)
{
	struct termios before, raw;
	enum terminal_page_key key;
	bool is_terminal = tcgetattr(fd, &before) == 0;

	if (is_terminal) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		tcsetattr(fd, TCSADRAIN, &raw);
	}
	key = read_key(fd);
	if (is_terminal)
		tcsetattr(fd, TCSADRAIN, &before);
	return key;
}
