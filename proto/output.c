#include "proto/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void output_init(void)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
		if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", O_RDONLY); /* gets the lowest number: this one */
}

int output_finish(const char *program, int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (status != 0)
		return status;
	/* After an earlier failure nobody knows why. */
	if (errno != EPIPE)
		fprintf(stderr, "%s: cannot write all of it to the standard output%s%s\n", program,
			errno ? ": " : "", errno ? strerror(errno) : "");
	return 1;
}
