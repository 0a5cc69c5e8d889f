#include "client/tour/tour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/options.h"
#include "client/tour/tour_steps.h"
#include "proto/cli/output.h"

/* Runs all parts. Returns whether each could be shown to its end. */
static bool walk(struct tour *tour)
{
	bool (*const parts[])(struct tour *) = { tour_datagrams, tour_limits, tour_streams,
						 tour_enet, tour_snapshot };
	bool is_whole = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !tour->is_over; i++)
		is_whole &= parts[i](tour);
	return is_whole;
}

int tour_run(int argc, char **argv)
{
	bool no_pause = false;
	const struct option_row rows[] = {
		{ .name = "no-pause",
		  .help = "do not wait for Enter after each step",
		  .kind = &option_switch,
		  .value = &no_pause },
	};
	const struct options_spec spec = {
		.name = "tour",
		.summary = "show what datagram sockets are, call by call, on this machine",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_SEED | OPTIONS_VERBOSE | OPTIONS_PATIENCE | OPTIONS_IMPAIR,
		.epilogue =
			"On a terminal the tour waits for Enter after each step; q and Enter, or "
			"Ctrl-D, end it.\nIt needs no relay and sends nothing beyond this "
			"machine.\n",
	};
	struct options options;
	struct tour tour = { .out = stdout, .pause_fd = -1 };

	if (options_parse(&options, &spec, argc, argv) < 0)
		return options.exit_status;
	tour.is_json = options.json;
	if (isatty(STDOUT_FILENO) && !tour.is_json) {
		tour.has_colour = output_may_colour();
		if (!no_pause && isatty(STDIN_FILENO))
			tour.pause_fd = STDIN_FILENO;
	}
	if (tour.pause_fd >= 0)
		printf("Press Enter after each step; q and Enter end the tour.\n\n");
	if (!walk(&tour) && !tour.is_json)
		fprintf(stderr,
			"starling tour: a part could not be shown on this machine; what was "
			"missing is said above\n");
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "starling tour: cannot write the output\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
