#include "proto/cli/line_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/cli/writer.h"
#include "proto/wire/text.h"

enum {
	WAITING_BYTES = 4 << 20, /* a second of some 40,000 entities */
};

static const int64_t end_wait_ns = 1000000000;

bool line_output_open(struct line_output *output)
{
	output->writer = writer_open(STDOUT_FILENO, WAITING_BYTES, NULL, NULL);
	return output->writer;
}

void line_output_add(struct line_output *output, const char *line, size_t size)
{
	(void)writer_add(output->writer, line, size); /* the close tells */
}

bool line_output_has_ended(const struct line_output *output)
{
	const int result = output->writer ? writer_drain(output->writer, 0) : 0;

	return result < 0 && result != -ETIMEDOUT && result != -ENOBUFS;
}

bool line_output_close(struct line_output *output, char error[static LINE_OUTPUT_ERROR_BYTES])
{
	uint64_t dropped;
	int result;

	if (!output->writer)
		return true;
	result = writer_drain(output->writer, end_wait_ns);
	dropped = writer_dropped(output->writer);
	(void)writer_close(output->writer, 0); /* what still waits is lost with the process */
	output->writer = NULL;
	if (result == 0 || result == -EPIPE)
		return true;
	if (result == -ETIMEDOUT)
		snprintf(
			error, LINE_OUTPUT_ERROR_BYTES,
			"the reader of the standard output takes nothing; what waits for it is lost");
	else if (result == -ENOBUFS)
		snprintf(error, LINE_OUTPUT_ERROR_BYTES,
			 "%" PRIu64 " %s lost, as the reader of the standard output was too slow",
			 dropped, text_plural(dropped, "line is", "lines are"));
	else
		snprintf(error, LINE_OUTPUT_ERROR_BYTES,
			 "cannot write all of it to the standard output: %s", strerror(-result));
	return false;
}
