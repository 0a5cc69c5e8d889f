#include "proto/cli/option_table.h"

#include <string.h>

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

static void print_row(FILE *out, const struct option_row *row)
{
	char letter[] = { '-', row->letter, ',', ' ', '\0' };
	int column = fprintf(out, "  %s--%s%s%s", row->letter != 0 ? letter : "    ", row->name,
			     row->argument != NULL ? " " : "",
			     row->argument != NULL ? row->argument : "");

	if (column >= HELP_COLUMN - 1) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	print_words(out, HELP_COLUMN, HELP_COLUMN, row->help);
}

void option_table_help(const struct option_table *table, FILE *out)
{
	char summary[SUMMARY_BYTES];

	fprintf(out, "Usage: %s [FLAG]...%s%s\n\n", table->program, table->operands ? " " : "",
		table->operands ? table->operands : "");
	snprintf(summary, sizeof(summary), "%s.", table->summary);
	print_words(out, 0, 0, summary);
	if (table->shared < table->count)
		fputs("\nFlags:\n", out);
	for (size_t i = table->shared; i < table->count; i++)
		print_row(out, &table->rows[i]);
	if (table->shared > 0)
		fputs("\nFlags that the subcommands share:\n", out);
	for (size_t i = 0; i < table->shared; i++)
		print_row(out, &table->rows[i]);
	for (size_t i = 0; i < OPTION_ALWAYS_ROWS; i++)
		print_row(out, &option_always[i]);
	if (table->epilogue != NULL) {
		fputc('\n', out);
		print_words(out, 0, 0, table->epilogue);
	}
}
