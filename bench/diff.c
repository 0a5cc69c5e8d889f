#include "bench/commands.h"

#include <stdio.h>
#include <string.h>

#include "bench/result/result_diff.h"
#include "client/options.h"
#include "proto/wire/text.h"

enum {
	EXIT_DIFFERENT = 3,
};

static int fail(int status, const char *sentence)
{
	fprintf(stderr, "starling-bench diff: %s\n", sentence);
	return status;
}

static int compare(const struct result *before, const struct result *now, bool wants_all)
{
	struct result_diff verdict;
	int status = result_diff_reach(&verdict, before, now);

	if (status < 0) {
		status = fail(1, "not enough memory to compare");
	} else {
		result_diff_print_origins(before, now, stdout);
		result_diff_print(&verdict, wants_all, stdout);
		status = result_diff_agrees(&verdict) ? 0 : EXIT_DIFFERENT;
	}
	result_diff_fini(&verdict);
	return status;
}

static int compare_files(char *const paths[2], bool wants_all)
{
	char error[RESULT_ERROR_BYTES];
	struct result *before = result_read(paths[0], error);
	struct result *now = before ? result_read(paths[1], error) : NULL;
	int status;

	if (!now) {
		status = fail(1, error);
	} else if (strcmp(result_command(before), result_command(now)) != 0) {
		snprintf(error, sizeof(error),
			 "%s: command is \"%.30s\"; expected \"%.30s\", as in %s",
			 text_shown(paths[1]).text, result_command(now), result_command(before),
			 text_shown(paths[0]).text);
		status = fail(2, error);
	} else {
		status = compare(before, now, wants_all);
	}
	result_destroy(before);
	result_destroy(now);
	return status;
}

int diff_run(int argc, char **argv)
{
	struct options options;
	bool wants_all = false;
	const struct option_row rows[] = {
		{ "all", 0, NULL, "every figure, not only the main ones and those that differ",
		  &option_switch, &wants_all, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "diff",
		.program = "starling-bench",
		.operands = "OLD.json NEW.json",
		.operand_min = 2,
		.operand_max = 2,
		.summary = "Two results side by side, and what differs",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_PATIENCE | OPTIONS_VERBOSE | OPTIONS_IMPAIR | OPTIONS_SEED |
			 OPTIONS_JSON,
		.epilogue = "The files are what contrast, compare, load or self-test print with "
			    "--json. Nothing in them is run.\n"
			    "Exit status: 0 nothing differs by more than the spreads allow, 1 "
			    "failed, 2 misuse, 3 something differs, or one of the two is not "
			    "valid.",
	};

	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	return compare_files(options.reading.operands, wants_all);
}
