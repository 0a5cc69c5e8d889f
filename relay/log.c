#include "relay/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static enum log_level loudest = LOG_INFO;

void log_open(enum log_level level)
{
	loudest = level;
}

/* One write a line, with the wall time, which nothing but people reads. errno is kept. */
__attribute__((format(printf, 2, 0))) static void write_line(enum log_level level,
							     const char *format, va_list arguments)
{
	static const char *const marks[] = { "warning: ", "", "debug: " };
	char line[1024], stamp[32];
	int saved_errno = errno;
	time_t now = time(NULL);
	struct tm local;

	if (level > loudest)
		return;
	strftime(stamp, sizeof(stamp), "%H:%M:%S", localtime_r(&now, &local));
	vsnprintf(line, sizeof(line), format, arguments);
	fprintf(stderr, "%s starlingd: %s%s\n", stamp, marks[level - LOG_WARNING], line);
	errno = saved_errno;
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

void log_debug(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_DEBUG, format, arguments);
	va_end(arguments);
}
