#include <locale.h>

#include "client/bots/bots.h"
#include "client/lab/lab.h"
#include "client/moderate/moderate.h"
#include "client/play/play.h"
#include "proto/cli/program.h"
#include "client/replay/replay.h"
#include "client/tour/tour.h"
#include "client/watch/watch.h"

int main(int argc, char **argv)
{
	static const struct program_subcommand subcommands[] = {
		{ "play", play_run, "a game of tag in the terminal" },
		{ "bots", bots_run, "fill a room with bots that fly as one flock" },
		{ "replay", replay_run, "publish recorded movement from a CSV file" },
		{ "watch", watch_run, "a live map of a room, or its figures once a second" },
		{ "tour", tour_run, "see what a socket is, step by step" },
		{ "lab", lab_run, "see delivery modes and TCP side by side behind a bad link" },
		{ "moderate", moderate_run, "list, kick, mute and ban a relay's members" },
	};
	static const struct program program = {
		.name = "starling",
		.summary = "A client of a Starling relay, which is started with starlingd.",
		.subcommands = subcommands,
		.count = sizeof(subcommands) / sizeof(subcommands[0]),
	};

	/* Only characters: numbers must read and print alike everywhere. */
	setlocale(LC_CTYPE, "");
	return program_run(&program, argc, argv);
}
