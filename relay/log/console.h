/*
 * console: the relay's two outputs, the log on stderr and reports on stdout. Neither ever keeps the
 * loop (writer.h), and at the end they are given a moment, no more: whoever does not read must not
 * be able to keep the relay from stopping.
 */
#ifndef STARLING_RELAY_LOG_CONSOLE_H
#define STARLING_RELAY_LOG_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

/* Once, before anything is logged that may not wait. False: no memory, or no thread. */
bool console_open(void);

/*
 * A stream whose text goes to stdout as a whole, by console_end_report; one that is not whole is
 * lost. NULL: no memory, by which the report is lost.
 */
FILE *console_begin_report(void);
void console_end_report(bool is_whole);

/* Warns in the log when a report was lost since it was asked last. Costs no more than a look. */
void console_check(void);

/* Writes what waits. False, with an error in the log, when a report was lost, now or before. */
bool console_close(void);

#endif
