#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/contrast.h"
#include "bench/proxy.h"
#include "proto/version.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
	const char *description;
} subcommands[] = {
	{ "compare", compare_run, "our relay beside the ones that you would write instead" },
	{ "contrast", contrast_run, "the same updates in each delivery mode, side by side" },
	{ "proxy", proxy_run, "put any game behind a bad network" },
};

enum {
	SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]),
	SHOWN_MAX_BYTES = 60,
};

static void print_help(void)
{
	printf("Usage: starling-bench SUBCOMMAND [FLAG]... [ARGUMENT]...\n\n"
	       "Measures what Starling and its network do.\n\n"
	       "Subcommands:\n");
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		printf("  %-10s %s\n", subcommands[i].name, subcommands[i].description);
	printf("\nFlags:\n"
	       "  -h, --help  print this and exit\n"
	       "  --version   print the version and exit\n\n"
	       "starling-bench SUBCOMMAND --help tells of one of them.\n");
}

static int unknown(const char *name)
{
	char shown[SHOWN_MAX_BYTES + 1];
	size_t size = strnlen(name, SHOWN_MAX_BYTES);

	/* What is not plain ASCII is not repeated to the terminal. */
	for (size_t i = 0; i < size; i++)
		shown[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	shown[size] = '\0';
	fprintf(stderr, "starling-bench: no %s \"%s\"; starling-bench --help lists what there is\n",
		*name == '-' ? "flag" : "subcommand", shown);
	return 2;
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		fputs("starling-bench: which subcommand? starling-bench --help lists them\n",
		      stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("starling-bench %s\n", VERSION_TEXT);
		return 0;
	}
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
		/* A reader that has seen enough knows that it left. */
		if (errno != EPIPE)
			fputs("starling-bench: cannot write all of it to the standard output\n",
			      stderr);
		return 1;
	}
	return status;
}
