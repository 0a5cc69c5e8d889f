#include "bench/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/result/text/print.h"
#include "proto/cli/output.h"
#include "proto/wire/text.h"

volatile sig_atomic_t command_is_stopped;

static void stop(int signal)
{
	(void)signal;
	command_is_stopped = 1;
}

bool command_outlives_terminal(void)
{
	struct sigaction action;

	return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void command_watch_signals(void)
{
	const struct sigaction action = { .sa_handler = stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!command_outlives_terminal())
		sigaction(SIGHUP, &action, NULL);
}

int command_fail(const char *command, int status, const char *sentence)
{
	fprintf(stderr, "%sstarling-bench %s: %s\n",
		output_is_watched(STDERR_FILENO) ? "\r\033[K" : "", command, sentence);
	return status;
}

/* Figures that go to a file or a program: whoever called should not have to look there. */
static void tell_reason(const char *command, const struct result *result)
{
	const size_t count = result_reason_count(result);
	char sentence[512];

	if (count == 0)
		return;
	snprintf(sentence, sizeof(sentence), "the result is not valid: %.400s",
		 result_reason(result, 0));
	command_fail(command, 0, sentence);
	if (count > 1)
		fprintf(stderr, "(and %zu more %s, in the result)\n", count - 1,
			text_plural(count - 1, "reason", "reasons"));
}

int command_deliver(const char *command, const struct options *options, enum command_form form,
		    struct result *result)
{
	char sentence[128];
	int status = result ? 0 : -ENOMEM;

	result_add_words(result, &options->reading.words);
	if (result && (options->json || form == COMMAND_CSV))
		tell_reason(command, result);
	if (result && options->json)
		status = result_print(result, stdout);
	else if (result && form == COMMAND_CSV)
		print_csv(result, stdout);
	else if (result)
		print_result(result, form == COMMAND_MORE, stdout);
	result_destroy(result);
	if (status == 0)
		return 0;
	clearerr(stdout); /* said here */
	snprintf(sentence, sizeof(sentence), "cannot print the result: %s", strerror(-status));
	return command_fail(command, 1, sentence);
}
