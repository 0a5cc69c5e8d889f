#include "client/crew.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "proto/cli/output.h"

static void let_out(struct crew *crew)
{
	crew_progress_end(crew);
	fprintf(stderr, "%s: %s\n", crew->program, crew->notice);
}

static void say(struct crew *crew, const char *format, va_list arguments)
{
	vsnprintf(crew->notice, sizeof(crew->notice), format, arguments);
	crew->notice_ns = loop_now_ns();
	if (!crew->is_held)
		let_out(crew);
}

void crew_say(struct crew *crew, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(crew, format, arguments);
	va_end(arguments);
}

void crew_fail(struct crew *crew, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(crew, format, arguments);
	va_end(arguments);
	crew->has_failed = true;
}

void crew_hold(struct crew *crew, bool is_held)
{
	bool is_failure_unsaid = crew->is_held && !is_held && crew->has_failed;

	crew->is_held = is_held;
	if (is_failure_unsaid)
		let_out(crew);
}

void crew_progress(struct crew *crew, const char *format, ...)
{
	va_list arguments;

	if (crew->is_held || !output_is_watched(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	crew->has_progress = true;
}

void crew_progress_end(struct crew *crew)
{
	/* In the background by now, the line is another program's. */
	if (crew->has_progress && output_is_watched(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	crew->has_progress = false;
}
