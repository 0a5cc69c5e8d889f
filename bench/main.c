#include <string.h>

#include "bench/commands.h"
#include "proto/cli/program.h"

int main(int argc, char **argv)
{
	static const struct program_subcommand subcommands[] = {
		{ "compare", compare_run,
		  "our relay beside the ones that you would write instead" },
		{ "contrast", contrast_run,
		  "the same updates in each delivery mode, side by side" },
		{ "load", load_run, "how much a relay carries within a bound" },
		{ "report", report_run, "one HTML page, with plots, of what the others measured" },
		{ "diff", diff_run, "two results side by side, and what differs" },
		{ "proxy", proxy_run, "put any game behind a bad network" },
		{ "self-test", self_test_run, "the bench's own error (--self-test is the same)" },
	};
	static const struct program program = {
		.name = "starling-bench",
		.summary = "Measures what Starling and its network do.",
		.subcommands = subcommands,
		.count = sizeof(subcommands) / sizeof(subcommands[0]),
	};
	static char self_test[] = "self-test";

	/* A check of the bench itself is looked for among its flags. */
	if (argc > 1 && strcmp(argv[1], "--self-test") == 0)
		argv[1] = self_test;
	return program_run(&program, argc, argv);
}
