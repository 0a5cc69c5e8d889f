#include "proto/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void output_init(void)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
		if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", O_RDONLY); /* gets the lowest number: this one */
}

static bool is_dumb(void)
{
	const char *kind = getenv("TERM");

	return kind && strcmp(kind, "dumb") == 0;
}

bool output_may_colour(void)
{
	const char *word = getenv("NO_COLOR");

	return (!word || *word == '\0') && !is_dumb();
}

/* A terminal that is not the program's own has no foreground for it: it is looked at. */
bool output_is_watched(int descriptor)
{
	pid_t foreground;

	if (!isatty(descriptor) || is_dumb())
		return false;
	foreground = tcgetpgrp(descriptor);
	return foreground < 0 || foreground == getpgrp();
}

/* Why an earlier flush failed: the last one may have nothing left to write. */
static int flush_error;

bool output_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0)
		return true;
	flush_error = errno;
	return false;
}

int output_finish(const char *program, int status)
{
	if (output_flush() && !ferror(stdout))
		return status;
	if (flush_error != EPIPE)
		fprintf(stderr, "%s: cannot write all of it to the standard output%s%s\n", program,
			flush_error ? ": " : "", flush_error ? strerror(flush_error) : "");
	return status == 2 ? 2 : 1;
}
