#include "relay/log/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/net.h"
#include "proto/wire/text.h"
#include "proto/cli/writer.h"
#include "proto/net/token_bucket.h"

#define NS_PER_S INT64_C(1000000000)

enum {
	LINE_BYTES = 1024,
};

static enum log_level loudest = LOG_INFO;
static struct writer *sink;

/* For lines that clients cause. */
static struct token_bucket client_lines;
static uint64_t left_out[LOG_KIND_COUNT], left_out_ever;
static int64_t left_out_since_ns; /* when the first was that is not summed up yet */

void log_open(enum log_level level)
{
	loudest = level;
}

void log_write_by(struct writer *writer)
{
	sink = writer;
}

void log_stamp(char text[static LOG_STAMP_BYTES])
{
	struct timespec now;
	struct tm local;
	size_t size;
	long minutes;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	minutes = local.tm_gmtoff / 60;
	size = strftime(text, LOG_STAMP_BYTES, "%Y-%m-%dT%H:%M:%S", &local);
	snprintf(text + size, LOG_STAMP_BYTES - size, ".%03ld%c%02ld:%02ld", now.tv_nsec / 1000000,
		 minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
}

/* The whole line with its newline, cut to fit; returns its size. */
__attribute__((format(printf, 4, 0))) static size_t format_line(char *line, size_t line_bytes,
								enum log_level level,
								const char *format,
								va_list arguments)
{
	static const char *const marks[] = { "", "warning: ", "", "debug: " };
	char stamp[LOG_STAMP_BYTES];
	size_t size;

	log_stamp(stamp);
	size = (size_t)snprintf(line, line_bytes, "%s starlingd: %s", stamp,
				marks[level - LOG_ERROR]);
	vsnprintf(line + size, line_bytes - size - 1, format, arguments);
	size = strlen(line);
	line[size] = '\n';
	return size + 1;
}

/* errno is kept. */
__attribute__((format(printf, 2, 0))) static void write_line(enum log_level level,
							     const char *format, va_list arguments)
{
	const int saved_errno = errno;
	char line[LINE_BYTES];
	size_t size;

	if (level > loudest)
		return;
	size = format_line(line, sizeof(line), level, format, arguments);
	if (sink)
		writer_add(sink, line, size);
	else if (write(STDERR_FILENO, line, size) < 0) {
		/* There is nowhere to log that. */
	}
	errno = saved_errno;
}

__attribute__((format(printf, 3, 4))) static size_t format_note(char *out, size_t out_bytes,
								const char *format, ...)
{
	va_list arguments;
	size_t size;

	va_start(arguments, format);
	size = format_line(out, out_bytes, LOG_WARNING, format, arguments);
	va_end(arguments);
	return size;
}

size_t log_note_dropped(char *out, size_t out_bytes, uint64_t lines)
{
	return format_note(out, out_bytes,
			   "%" PRIu64
			   " %s of the log dropped here: it was not read, or could not be "
			   "written",
			   lines, text_plural(lines, "line was", "lines were"));
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_ERROR, format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_WARNING, format, arguments);
	va_end(arguments);
}

void log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_INFO, format, arguments);
	va_end(arguments);
}

/* Lines that clients cause. */

static void leave_out(enum log_kind kind, int64_t now_ns)
{
	if (log_run_timer(now_ns) == INT64_MAX)
		left_out_since_ns = now_ns;
	left_out[kind]++;
	left_out_ever++;
}

void log_client(enum log_kind kind, const char *format, ...)
{
	const enum log_level level = kind == LOG_DETAIL ? LOG_DEBUG : LOG_INFO;
	const unsigned rate = loudest == LOG_DEBUG ? LOG_CLIENT_DEBUG_RATE : LOG_CLIENT_RATE;
	va_list arguments;
	int64_t now_ns;

	if (level > loudest)
		return;
	now_ns = net_now_ns();
	if (!token_bucket_take(&client_lines, rate, now_ns)) {
		leave_out(kind, now_ns);
		return;
	}
	va_start(arguments, format);
	write_line(level, format, arguments);
	va_end(arguments);
}

static bool is_any_left_out(void)
{
	for (size_t kind = 0; kind < LOG_KIND_COUNT; kind++)
		if (left_out[kind] > 0)
			return true;
	return false;
}

int64_t log_run_timer(int64_t now_ns)
{
	const int64_t due_ns = left_out_since_ns + LOG_SUM_S * NS_PER_S;

	if (!is_any_left_out())
		return INT64_MAX;
	if (now_ns < due_ns)
		return due_ns;
	log_sum_up();
	return INT64_MAX;
}

void log_sum_up(void)
{
	static const char *const words[LOG_KIND_COUNT][2] = {
		[LOG_ROOM_OPENS] = { "room opened", "rooms opened" },
		[LOG_ROOM_CLOSES] = { "room closed", "rooms closed" },
		[LOG_REFUSAL] = { "client refused", "clients refused" },
		[LOG_DETAIL] = { "line of -v", "lines of -v" },
	};
	char text[LINE_BYTES / 2] = "";
	size_t size = 0;

	for (size_t kind = 0; kind < LOG_KIND_COUNT; kind++)
		if (left_out[kind] > 0)
			size += (size_t)snprintf(
				text + size, sizeof(text) - size, "%s%" PRIu64 " %s",
				size > 0 ? ", " : "", left_out[kind],
				text_plural(left_out[kind], words[kind][0], words[kind][1]));
	if (size > 0)
		log_info("besides, too many to tell one by one: %s", text);
	memset(left_out, 0, sizeof(left_out));
}

uint64_t log_dropped(void)
{
	return sink ? writer_dropped(sink) : 0;
}

uint64_t log_left_out(void)
{
	return left_out_ever;
}
