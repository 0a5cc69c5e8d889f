/* A file of its own: term.h has a macro for each capability, by names such as `columns`. */
#include "client/terminal/terminal.h"

#include <curses.h>
#include <term.h>
#include <unistd.h>

bool terminal_has_places(void)
{
	const char *move;
	int status;
	bool has_move;

	if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
		return false;
	move = tigetstr("cup");
	has_move = move && move != (const char *)-1;
	del_curterm(cur_term);
	return has_move;
}
