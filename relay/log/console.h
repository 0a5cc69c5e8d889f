/*
 * console: the relay's two outputs, the log on stderr and reports on stdout. Neither ever blocks
 * the loop (writer.h). At the end, readers have a short time to take the rest.
 */
#ifndef STARLING_RELAY_LOG_CONSOLE_H
#define STARLING_RELAY_LOG_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

/* Call it once, before the loop begins. False: no memory, or no thread. */
bool console_open(void);

/*
 * A stream for one report. console_end_report writes its text to stdout, unless it is not whole.
 * NULL: no memory, and the report is lost.
 */
FILE *console_begin_report(void);
void console_end_report(bool is_whole);

/* Warns in the log when a report was lost since the last call. */
void console_check(void);

/* Writes the rest. False, with an error in the log, when a report was lost, now or before. */
bool console_close(void);

#endif
