/*
 * console: the relay's two outputs, the log on stderr and reports on stdout. Neither ever holds up
 * the loop (writer.h). At the end both get a moment to be read: no reader can keep the relay from
 * stopping.
 */
#ifndef STARLING_RELAY_LOG_CONSOLE_H
#define STARLING_RELAY_LOG_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

/* Call it once, before the loop begins. False: no memory, or no thread. */
bool console_open(void);

/*
 * A stream whose text goes to stdout as a whole, by console_end_report; one that is not whole is
 * lost. NULL: no memory, by which the report is lost.
 */
FILE *console_begin_report(void);
void console_end_report(bool is_whole);

/* Warns in the log when a report was lost since the last call. */
void console_check(void);

/* Writes what waits. False, with an error in the log, when a report was lost, now or before. */
bool console_close(void);

#endif
