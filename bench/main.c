#include "bench/compare.h"
#include "bench/contrast.h"
#include "bench/proxy.h"
#include "bench/report.h"
#include "client/program.h"

int main(int argc, char **argv)
{
	static const struct program_subcommand subcommands[] = {
		{ "compare", compare_run,
		  "our relay beside the ones that you would write instead" },
		{ "contrast", contrast_run,
		  "the same updates in each delivery mode, side by side" },
		{ "report", report_run, "one HTML page, with plots, of what the others measured" },
		{ "proxy", proxy_run, "put any game behind a bad network" },
	};
	static const struct program program = {
		.name = "starling-bench",
		.summary = "Measures what Starling and its network do.",
		.subcommands = subcommands,
		.count = sizeof(subcommands) / sizeof(subcommands[0]),
	};

	return program_run(&program, argc, argv);
}
