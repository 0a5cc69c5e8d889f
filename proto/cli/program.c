#include "proto/cli/program.h"

#include <stdio.h>
#include <string.h>

#include "proto/cli/output.h"
#include "proto/wire/text.h"
#include "proto/cli/version.h"

static void print_help(const struct program *program)
{
	printf("Usage: %s SUBCOMMAND [FLAG]... [ARGUMENT]...\n\n%s\n\nSubcommands:\n",
	       program->name, program->summary);
	for (size_t i = 0; i < program->count; i++)
		printf("  %-10s%s\n", program->subcommands[i].name,
		       program->subcommands[i].description);
	printf("\nFlags:\n"
	       "  -h, --help  print this and exit\n"
	       "  --version   print the version and exit\n\n"
	       "%s SUBCOMMAND --help describes one; so does\n%s help SUBCOMMAND.\n",
	       program->name, program->name);
}

static void list_subcommands(const struct program *program)
{
	for (size_t i = 0; i < program->count; i++) {
		const char *before = i == 0 ? "" : i + 1 < program->count ? "," : " and";

		fprintf(stderr, "%s %s", before, program->subcommands[i].name);
	}
	fprintf(stderr, "; see %s --help\n", program->name);
}

static int unknown(const struct program *program, const char *name)
{
	fprintf(stderr, "%s: no %s \"%s\"; there are", program->name,
		*name == '-' ? "flag" : "subcommand", text_shown(name).text);
	if (*name == '-')
		fputs(" --help and --version, and each subcommand has its own\n", stderr);
	else
		list_subcommands(program);
	return 2;
}

static int run(const struct program *program, int argc, char **argv)
{
	for (size_t i = 0; i < program->count; i++)
		if (strcmp(argv[0], program->subcommands[i].name) == 0)
			return program->subcommands[i].run(argc, argv);
	return unknown(program, argv[0]);
}

static int help(const struct program *program, int argc, char **argv)
{
	char flag[] = "--help";
	char *arguments[] = { argv[0], flag, NULL };

	if (argc > 1) {
		fprintf(stderr, "%s help: takes one subcommand at most\n", program->name);
		return 2;
	}
	if (argc == 1)
		return run(program, 2, arguments);
	print_help(program);
	return 0;
}

static int dispatch(const struct program *program, int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "%s: which subcommand? %s --help lists them\n", program->name,
			program->name);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(program);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", program->name, VERSION_TEXT);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(program, argc - 2, argv + 2);
	return run(program, argc - 1, argv + 1);
}

int program_run(const struct program *program, int argc, char **argv)
{
	output_init();
	return output_finish(program->name, dispatch(program, argc, argv));
}
