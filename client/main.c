#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "client/bots.h"
#include "client/play.h"
#include "client/replay.h"
#include "client/starling.h"
#include "client/tour.h"
#include "client/watch.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
	const char *description;
} subcommands[] = {
	{ "play", play_run, "a game of tag in the terminal" },
	{ "bots", bots_run, "fill a room with bots that fly as one flock" },
	{ "replay", replay_run, "publish recorded movement from a CSV file" },
	{ "watch", watch_run, "a live map of a room, or its figures once a second" },
	{ "tour", tour_run, "see what a datagram socket is, call by call" },
};

enum {
	SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]),
	SHOWN_MAX_BYTES = 60,
};

static void print_help(FILE *out)
{
	fputs("Usage: starling SUBCOMMAND [FLAG]... [ARGUMENT]...\n\n"
	      "A client of a Starling relay, which is started with starlingd.\n\n"
	      "Subcommands:\n",
	      out);
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		fprintf(out, "  %-10s%s\n", subcommands[i].name, subcommands[i].description);
	fputs("\nFlags:\n"
	      "  -h, --help  print this and exit\n"
	      "  --version   print the version and exit\n\n"
	      "starling help SUBCOMMAND tells of one of them; so does starling SUBCOMMAND "
	      "--help.\n",
	      out);
}

static int unknown(const char *name)
{
	char shown[SHOWN_MAX_BYTES + 1];
	size_t size = strnlen(name, SHOWN_MAX_BYTES);

	/* What is not plain ASCII is not repeated to the terminal. */
	for (size_t i = 0; i < size; i++)
		shown[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	shown[size] = '\0';
	fprintf(stderr, "starling: no %s \"%s\"; there are", *name == '-' ? "flag" : "subcommand",
		shown);
	if (*name == '-') {
		fputs(" --help and --version, and each subcommand has its own\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		fprintf(stderr, "%s %s",
			i == 0                ? ""
			: i + 1 < SUBCOMMANDS ? ","
					      : " and",
			subcommands[i].name);
	fputc('\n', stderr);
	return 2;
}

static int run(int argc, char **argv)
{
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(argv[0], subcommands[i].name) == 0)
			return subcommands[i].run(argc, argv);
	return unknown(argv[0]);
}

static int help(int argc, char **argv)
{
	char flag[] = "--help";
	char *arguments[] = { argv[0], flag, NULL };

	if (argc > 1) {
		fputs("starling help: wants one subcommand at most\n", stderr);
		return 2;
	}
	if (argc == 1)
		return run(2, arguments);
	print_help(stdout);
	return 0;
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		fputs("starling: which subcommand? starling --help lists them\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("starling %s\n", STARLING_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 2, argv + 2);
	return run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	/* Only characters: numbers must read and print the same everywhere. */
	setlocale(LC_CTYPE, "");
	status = dispatch(argc, argv);
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
		/* A reader that has seen enough knows that it left. */
		if (errno != EPIPE)
			fputs("starling: cannot write all of it to the standard output\n", stderr);
		return 1;
	}
	return status;
}
