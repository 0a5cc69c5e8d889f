#include "client/options.h"

#include <string.h>

#include "client/options_table.h"

enum {
	HELP_COLUMN = 24,
	HELP_WIDTH = 79,
	SUMMARY_BYTES = 256,
};

/* Prints `text` wrapped, continuing at `indent`; the cursor is at `column`. */
static void print_words(FILE *out, int column, int indent, const char *text)
{
	bool is_first = true;

	while (*text != '\0') {
		int size = (int)strcspn(text, " \n");

		if (!is_first && column + 1 + size > HELP_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			is_first = true;
		}
		column += fprintf(out, "%s%.*s", is_first ? "" : " ", size, text);
		is_first = false;
		text += size;
		text += strspn(text, " ");
		if (*text == '\n') {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			is_first = true;
			text++;
		}
	}
	fputc('\n', out);
}

static void print_flag(FILE *out, const struct options_flag *flag)
{
	char letter[] = { '-', flag->letter, ',', ' ', '\0' };
	int column = fprintf(out, "  %s--%s%s%s", flag->letter != 0 ? letter : "    ", flag->name,
			     flag->argument != NULL ? " " : "",
			     flag->argument != NULL ? flag->argument : "");

	if (column >= HELP_COLUMN - 1) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	print_words(out, HELP_COLUMN, HELP_COLUMN, flag->help);
}

void options_help(const struct options_spec *spec, FILE *out)
{
	static const struct options_flag always[] = {
		{ "help", 'h', NULL, "print this and exit", NULL, NULL, 0, 0 },
		{ "version", 0, NULL, "print the version and exit", NULL, NULL, 0, 0 },
	};
	struct options unused;
	struct options_table table;
	char summary[SUMMARY_BYTES];
	bool has_operands = spec->operands != NULL && *spec->operands != '\0';

	options_table_fill(&table, spec, &unused);
	fprintf(out, "Usage: %s %s [FLAG]...%s%s\n\n", options_program(spec), spec->name,
		has_operands ? " " : "", has_operands ? spec->operands : "");
	snprintf(summary, sizeof(summary), "%s.", spec->summary);
	print_words(out, 0, 0, summary);
	if (table.own < table.count)
		fputs("\nFlags:\n", out);
	for (size_t i = table.own; i < table.count; i++)
		print_flag(out, &table.flags[i]);
	fputs("\nFlags that the subcommands share:\n", out);
	for (size_t i = 0; i < table.own; i++)
		print_flag(out, &table.flags[i]);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		print_flag(out, &always[i]);
	if (spec->epilogue != NULL) {
		fputc('\n', out);
		print_words(out, 0, 0, spec->epilogue);
	}
}
