/* The help of each program and of each subcommand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/process.h"

enum {
	COLUMNS = 79,
	SUBCOMMANDS_MAX = 16,
	WORD_BYTES = 32,
};

/* Ends with 0, on stdout alone, and in lines that fit a terminal. The caller ends it. */
static void ask_for_help(struct process *process, const char *program, const char *subcommand)
{
	const char *const words[] = { program, subcommand ? subcommand : "--help",
				      subcommand ? "--help" : NULL, NULL };

	process_start(process, words);
	if (process_finish(process, 30) != 0)
		fail_msg("%s %s --help: %s", program, subcommand ? subcommand : "",
			 process->err_text);
	assert_string_equal(process->err_text, "");
	assert_non_null(strstr(process->out_text, subcommand ? subcommand : program));
	for (const char *line = process->out_text; *line;) {
		const size_t length = strcspn(line, "\n");

		if (length > COLUMNS)
			fail_msg("%s %s --help has %zu columns: %.*s", program,
				 subcommand ? subcommand : "", length, (int)length, line);
		line += length + (line[length] == '\n');
	}
}

/* The first words of the lines that are indented below "Subcommands:". */
static size_t list_subcommands(const char *help, char names[SUBCOMMANDS_MAX][WORD_BYTES])
{
	const char *line = strstr(help, "Subcommands:\n");
	size_t count = 0;

	if (!line)
		return 0;
	while ((line = strchr(line, '\n')) && strncmp(++line, "  ", 2) == 0) {
		assert_true(count < SUBCOMMANDS_MAX);
		assert_int_equal(sscanf(line, "%31s", names[count++]), 1);
	}
	return count;
}

static void the_help_of_all_programs_fits_79_columns(void **state)
{
	static const struct {
		const char *program;
		size_t subcommands;
	} programs[] = { { "starlingd", 0 }, { "starling", 5 }, { "starling-bench", 6 } };

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		char names[SUBCOMMANDS_MAX][WORD_BYTES];
		struct process process;
		size_t count;

		ask_for_help(&process, programs[i].program, NULL);
		count = list_subcommands(process.out_text, names);
		process_end(&process);
		assert_in_range(count, programs[i].subcommands, SUBCOMMANDS_MAX);
		for (size_t j = 0; j < count; j++) {
			ask_for_help(&process, programs[i].program, names[j]);
			process_end(&process);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_help_of_all_programs_fits_79_columns),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
