#include "relay/log/console.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "relay/log/log.h"
#include "proto/cli/writer.h"

enum {
	LOG_BYTES = 64 << 10,
	REPORTS_BYTES = 256 << 10,
};

/* How long readers have at the end, for each of the two. */
static const int64_t patience_ns = 400 * INT64_C(1000000);

static struct writer *log_writer, *reports;
static uint64_t lost;        /* lines of reports, as far as the log has warned of them */
static bool is_memory_short; /* a report found none */
static FILE *report;
static char *report_text;
static size_t report_bytes;

bool console_open(void)
{
	log_writer = writer_open(STDERR_FILENO, LOG_BYTES, log_note_dropped, NULL);
	reports = log_writer ? writer_open(STDOUT_FILENO, REPORTS_BYTES, NULL, log_writer) : NULL;
	log_write_by(log_writer);
	return reports != NULL;
}

FILE *console_begin_report(void)
{
	report = open_memstream(&report_text, &report_bytes);
	is_memory_short |= !report;
	return report;
}

void console_end_report(bool is_whole)
{
	if (fclose(report) == 0 && is_whole)
		writer_add(reports, report_text, report_bytes);
	else
		is_memory_short = true;
	free(report_text);
}

void console_check(void)
{
	const uint64_t now = writer_dropped(reports);

	if (now > lost)
		log_warning("a report was lost: the standard output is not read, or cannot be "
			    "written");
	lost = now;
}

/* Why reports were lost; NULL: none was. */
static const char *loss(int error)
{
	switch (error) {
	case 0:
		return NULL;
	case -ETIMEDOUT:
	case -ENOBUFS:
		return "nobody reads it";
	default:
		return strerror(-error);
	}
}

bool console_close(void)
{
	const char *why;
	bool is_done;

	/* First the log, as both may be the same terminal. */
	writer_drain(log_writer, patience_ns);
	why = loss(writer_drain(reports, patience_ns));
	if (!why && is_memory_short)
		why = strerror(ENOMEM);
	if (why)
		log_error("cannot write what was counted to the standard output: %s", why);
	is_done = writer_close(reports, 0);
	writer_drain(log_writer, patience_ns);
	log_write_by(NULL);
	if (is_done)
		writer_close(log_writer, 0);
	return !why;
}
