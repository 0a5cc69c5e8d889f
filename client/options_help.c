#include "client/options.h"

#include <string.h>

#include "client/options_table.h"

enum {
	HELP_COLUMN = 24,
	HELP_WIDTH = 79,
};

/* Prints `text` wrapped, continuing at HELP_COLUMN; the cursor is at `column`. */
static void print_wrapped(FILE *out, int column, const char *text)
{
	if (column >= HELP_COLUMN - 1) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	column = HELP_COLUMN;
	while (*text != '\0') {
		int size = (int)strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + size > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		column += fprintf(out, "%s%.*s", column > HELP_COLUMN ? " " : "", size, text);
		text += size;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_flag(FILE *out, const struct options_flag *flag)
{
	char letter[] = { '-', flag->letter, ',', ' ', '\0' };
	int column = fprintf(out, "  %s--%s%s%s", flag->letter != 0 ? letter : "    ", flag->name,
			     flag->argument != NULL ? " " : "",
			     flag->argument != NULL ? flag->argument : "");

	print_wrapped(out, column, flag->help);
}

void options_help(const struct options_spec *spec, FILE *out)
{
	static const struct options_flag always[] = {
		{ "help", 'h', NULL, "print this and exit", NULL, NULL, 0, 0 },
		{ "version", 0, NULL, "print the version and exit", NULL, NULL, 0, 0 },
	};
	struct options unused;
	struct options_table table;
	bool has_operands = spec->operands != NULL && *spec->operands != '\0';

	options_table_fill(&table, spec, &unused);
	fprintf(out, "Usage: %s %s [FLAG]...%s%s\n\n%s.\n", options_program(spec), spec->name,
		has_operands ? " " : "", has_operands ? spec->operands : "", spec->summary);
	if (table.own < table.count)
		fputs("\nFlags:\n", out);
	for (size_t i = table.own; i < table.count; i++)
		print_flag(out, &table.flags[i]);
	fputs("\nFlags that the subcommands share:\n", out);
	for (size_t i = 0; i < table.own; i++)
		print_flag(out, &table.flags[i]);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		print_flag(out, &always[i]);
	if (spec->epilogue != NULL)
		fprintf(out, "\n%s\n", spec->epilogue);
}
