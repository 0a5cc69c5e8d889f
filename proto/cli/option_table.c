#include "proto/cli/option_table.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "proto/wire/text.h"

enum {
	QUOTE_BYTES = 100,
	CODE_ROW = 0x1000, /* plus the row's place: what getopt_long returns; above every letter */
};

const struct option_row option_always[OPTION_ALWAYS_ROWS] = {
	[OPTION_CONFIG_ROW] = { .name = "config",
				.argument = "FILE",
				.help = "read options from a JSON file; flags win" },
	[OPTION_HELP_ROW] = { .name = "help", .letter = 'h', .help = "print this and exit" },
	[OPTION_VERSION_ROW] = { .name = "version", .help = "print the version and exit" },
};

/* A row by its place, those that every table has behind its own. */
static const struct option_row *row_at(const struct option_table *table, size_t place)
{
	return place < table->count ? &table->rows[place] : &option_always[place - table->count];
}

static size_t row_count(const struct option_table *table)
{
	return table->count + OPTION_ALWAYS_ROWS;
}

static const struct option_row *find_row(const struct option_table *table, int code)
{
	if (code >= CODE_ROW)
		return row_at(table, (size_t)(code - CODE_ROW));
	for (size_t i = 0; i < row_count(table); i++)
		if (row_at(table, i)->letter == code)
			return row_at(table, i);
	return NULL;
}

/* Whether getopt_long takes the word as this flag, written out or shortened. */
static bool may_mean(const char *word, const char *name)
{
	const size_t size = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;

	return size > 0 && strncmp(word + 2, name, size) == 0;
}

/* Misuse. */

__attribute__((format(printf, 2, 3))) static enum option_outcome
misuse(struct option_reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->sentence, sizeof(reading->sentence), format, arguments);
	va_end(arguments);
	return OPTION_MISUSE;
}

static const char *quote(char out[QUOTE_BYTES], const char *text)
{
	return text_visible(out, QUOTE_BYTES, text, strlen(text));
}

/* getopt_long said '?': find out why. */
static enum option_outcome bad_flag(const struct option_table *table,
				    struct option_reading *reading, const char *word)
{
	char letter[] = { '-', (char)optopt, '\0' }, quoted[QUOTE_BYTES];
	const char *first = NULL;

	if (optopt >= CODE_ROW)
		return misuse(reading, "--%s takes no argument", find_row(table, optopt)->name);
	for (size_t i = 0; optopt == 0 && i < row_count(table); i++) {
		const char *name = row_at(table, i)->name;

		if (!may_mean(word, name))
			continue;
		if (first != NULL)
			return misuse(reading, "%s may mean --%s or --%s; write it out",
				      quote(quoted, word), first, name);
		first = name;
	}
	return misuse(reading, "no flag %s; see %s --help",
		      quote(quoted, optopt != 0 ? letter : word), table->program);
}

static enum option_outcome read_value(struct option_reading *reading, const struct option_row *row,
				      const char *dashes, const char *text)
{
	char must[OPTION_MUST_BYTES] = "", quoted[QUOTE_BYTES];

	if (row->kind->read(row, text, must, sizeof(must)))
		return OPTION_GO;
	if (row->kind->shows_text)
		return misuse(reading, "%s%s: %s", dashes, row->name, must);
	return misuse(reading, "%s%s %s: %s", dashes, row->name, quote(quoted, text), must);
}

static enum option_outcome read_operands(const struct option_table *table,
					 struct option_reading *reading)
{
	enum option_outcome outcome = OPTION_GO;
	char quoted[QUOTE_BYTES];

	if (reading->operand_count > table->operand_max)
		return misuse(reading, "%s is one argument too many; see %s --help",
			      quote(quoted, reading->operands[table->operand_max]), table->program);
	if (reading->operand_count < table->operand_min)
		return misuse(reading, "%s is missing; see %s --help", table->operands,
			      table->program);
	for (int i = 0; i < reading->operand_count && table->operand && outcome == OPTION_GO; i++)
		outcome = read_value(reading, &table->operand[i], "", reading->operands[i]);
	return outcome;
}

/* Reading. */

struct forms {
	struct option longs[OPTION_ROWS_MAX + OPTION_ALWAYS_ROWS + 1];
	char letters[2 * (OPTION_ROWS_MAX + OPTION_ALWAYS_ROWS) + 2];
};

static struct forms list_forms(const struct option_table *table)
{
	struct forms forms = { 0 };
	char *letters = forms.letters;

	*letters++ = ':'; /* tells a missing argument from an unknown flag */
	for (size_t i = 0; i < row_count(table); i++) {
		const struct option_row *row = row_at(table, i);

		forms.longs[i] =
			(struct option){ row->name,
					 row->argument != NULL ? required_argument : no_argument,
					 NULL, CODE_ROW + (int)i };
		if (row->letter != 0)
			*letters++ = row->letter;
		if (row->letter != 0 && row->argument != NULL)
			*letters++ = ':';
	}
	return forms;
}

/* The files first, whatever their place on the line, so that flags win. */
static bool read_files(const struct option_table *table, struct option_reading *reading,
		       const struct forms *forms, int argc, char **argv)
{
	int code;

	optind = 0; /* makes glibc begin anew */
	while ((code = getopt_long(argc, argv, forms->letters, forms->longs, NULL)) != -1) {
		const struct option_row *row = find_row(table, code);

		if (row == NULL || row == &option_always[OPTION_HELP_ROW] ||
		    row == &option_always[OPTION_VERSION_ROW])
			return true; /* for read_flags, which comes no further either */
		if (row != &option_always[OPTION_CONFIG_ROW])
			continue;
		reading->file = optarg;
		if (!option_table_read_file(table, reading, optarg))
			return false;
	}
	return true;
}

static enum option_outcome read_flags(const struct option_table *table,
				      struct option_reading *reading, const struct forms *forms,
				      int argc, char **argv)
{
	enum option_outcome outcome = OPTION_GO;
	int code;

	optind = 0;
	while (outcome == OPTION_GO &&
	       (code = getopt_long(argc, argv, forms->letters, forms->longs, NULL)) != -1) {
		const struct option_row *row = find_row(table, code == ':' ? optopt : code);

		if (code == '?')
			return bad_flag(table, reading, argv[optind - 1]);
		if (code == ':')
			return misuse(reading, "--%s wants an argument: %s", row->name,
				      row->argument);
		if (row == &option_always[OPTION_HELP_ROW])
			return OPTION_HELP;
		if (row == &option_always[OPTION_VERSION_ROW])
			return OPTION_VERSION;
		if (row != &option_always[OPTION_CONFIG_ROW])
			outcome = read_value(reading, row, "--", optarg);
	}
	return outcome;
}

enum option_outcome option_table_read(const struct option_table *table,
				      struct option_reading *reading, int argc, char **argv)
{
	const struct forms forms = list_forms(table);
	enum option_outcome outcome;

	*reading = (struct option_reading){ 0 };
	opterr = 0;
	if (!read_files(table, reading, &forms, argc, argv))
		return OPTION_MISUSE;
	outcome = read_flags(table, reading, &forms, argc, argv);
	if (outcome != OPTION_GO)
		return outcome;
	reading->operands = argv + optind;
	reading->operand_count = argc - optind;
	return read_operands(table, reading);
}
