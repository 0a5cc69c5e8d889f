#include "bench/result/repeat.h"

#include <stdlib.h>
#include <string.h>

#include "bench/result/paragraph.h"
#include "bench/result/verdict.h"
#include "proto/wire/text.h"

enum {
	EXIT_NOT_CONSISTENT = 3,
};

static int fail(int status, const char *command, const char *sentence)
{
	fprintf(stderr, "starling-bench %s: %s\n", command, sentence);
	return status;
}

static void announce(int argc, char **argv)
{
	struct paragraph words = { .out = stdout };

	paragraph_say(&words, "running again: starling-bench %s", argv[0]);
	for (int i = 1; i < argc; i++)
		paragraph_say(&words, "%s",
			      text_is_printable(argv[i], strlen(argv[i]))
				      ? argv[i]
				      : text_shown(argv[i]).text);
	paragraph_end(&words);
	fflush(stdout);
}

static int deliver(const struct repeat_wishes *wishes, const struct verdict *verdict,
		   struct result *now, const char *command)
{
	struct paragraph words = { .out = stdout };

	if (wishes->is_json) {
		verdict_document(verdict, wishes->file, now);
		return result_print(now, stdout) < 0
			       ? fail(1, command, "the result could not be printed whole")
			       : 0;
	}
	verdict_print(verdict, stdout);
	for (size_t i = 0; i < result_reason_count(now); i++) {
		paragraph_say(&words, "not valid: %s", result_reason(now, i));
		paragraph_end(&words);
	}
	return 0;
}

/* The exit status; `status` is that of measuring. */
static int compare(const struct repeat_wishes *wishes, const struct result *before,
		   struct result *now, int status)
{
	const char *command = result_command(before);
	struct verdict verdict;

	if (verdict_reach(&verdict, before, now) < 0)
		status = fail(1, command, "not enough memory to compare");
	else if (deliver(wishes, &verdict, now, command) != 0)
		status = 1;
	else if (status == 0 && !verdict_repeats(&verdict))
		status = EXIT_NOT_CONSISTENT;
	verdict_fini(&verdict);
	return status;
}

static int measure_again(const struct repeat_wishes *wishes, const struct result *before,
			 repeat_measure *measure)
{
	const char *command = result_command(before);
	char error[RESULT_ERROR_BYTES];
	struct result *now = NULL;
	int argc, status;
	char **argv = repeat_arguments(wishes, before, &argc, error);

	if (!argv)
		return fail(2, command, error);
	if (!wishes->is_json)
		announce(argc, argv);
	status = measure(argc, argv, true, &now);
	if (now)
		status = compare(wishes, before, now, status);
	else if (status == 0) /* --help, for instance */
		status = fail(2, command, "the file's arguments measure nothing");
	result_destroy(now);
	free(argv);
	return status;
}

/* What argv's --repeat-of describes. */
static int repeat(int argc, char **argv, repeat_measure *measure)
{
	const char *command = argv[0];
	char error[RESULT_ERROR_BYTES];
	struct repeat_wishes wishes;
	struct result *before;
	int status;

	if (!repeat_wishes_parse(&wishes, argc, argv, error))
		return fail(2, command, error);
	before = result_read(wishes.file, error);
	if (!before)
		return fail(1, command, error);
	if (strcmp(result_command(before), command) == 0) {
		status = measure_again(&wishes, before, measure);
	} else {
		snprintf(error, sizeof(error),
			 "%s: command is \"%s\"; expected \"%s\": try `starling-bench %s "
			 "--repeat-of %s`",
			 text_shown(wishes.file).text, result_command(before), command,
			 result_command(before), text_shown(wishes.file).text);
		status = fail(2, command, error);
	}
	result_destroy(before);
	return status;
}

int repeat_run(int argc, char **argv, repeat_measure *measure)
{
	struct result *result = NULL;
	int status;

	if (repeat_file(argc, argv))
		return repeat(argc, argv, measure);
	status = measure(argc, argv, false, &result);
	result_destroy(result);
	return status;
}
