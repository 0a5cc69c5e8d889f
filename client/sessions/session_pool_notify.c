#include "client/sessions/session_pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "proto/cli/output.h"
#include "proto/net/net.h"

static void print_notice(struct session_pool *pool)
{
	session_pool_progress_end(pool);
	fprintf(stderr, "%s: %s\n", pool->program, pool->notice);
}

static void notify(struct session_pool *pool, const char *format, va_list arguments)
{
	vsnprintf(pool->notice, sizeof(pool->notice), format, arguments);
	pool->notice_ns = net_now_ns();
	if (!pool->is_held)
		print_notice(pool);
}

void session_pool_notify(struct session_pool *pool, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	notify(pool, format, arguments);
	va_end(arguments);
}

void session_pool_fail(struct session_pool *pool, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	notify(pool, format, arguments);
	va_end(arguments);
	pool->has_failed = true;
}

void session_pool_hold(struct session_pool *pool, bool is_held)
{
	bool has_unprinted_failure = pool->is_held && !is_held && pool->has_failed;

	pool->is_held = is_held;
	if (has_unprinted_failure)
		print_notice(pool);
}

void session_pool_progress(struct session_pool *pool, const char *format, ...)
{
	va_list arguments;

	if (pool->is_held || !output_is_watched(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	pool->has_progress = true;
}

void session_pool_progress_end(struct session_pool *pool)
{
	/* In the background the line belongs to another program. */
	if (pool->has_progress && output_is_watched(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	pool->has_progress = false;
}
