/*
 * option_table: all options of a program or of one of its subcommands, and the reading of a command
 * line and of the files that its --config names by them. A flag wins over a file, and a later file
 * over an earlier one. Every table has --config, --help and --version besides its rows.
 */
#ifndef STARLING_PROTO_CLI_OPTION_TABLE_H
#define STARLING_PROTO_CLI_OPTION_TABLE_H

#include <stdio.h>

#include "proto/cli/option.h"

enum {
	OPTION_ROWS_MAX = 56,
	OPTION_PROGRAM_BYTES = 48,
	OPTION_SENTENCE_BYTES = 1024,
	OPTION_FILE_MAX_BYTES = 64 << 10,
	OPTION_WORDS_BYTES = 8 << 10,
};

struct option_table {
	char program[OPTION_PROGRAM_BYTES]; /* as a user calls it: "starling bots" */
	const char *summary;                /* one sentence without a full stop */
	const char *epilogue; /* paragraphs for the end of the help, or NULL; they are wrapped */
	const char *operands; /* for the usage line: "[N]", "FILE.csv"; NULL: none */
	int operand_min, operand_max;
	const struct option_row *operand; /* how each operand is read, in order, operand_max of
					     them; NULL: they are taken as they are */
	struct option_row rows[OPTION_ROWS_MAX];
	size_t count;
	size_t shared;   /* so many of the first are those that subcommands share */
	bool is_running; /* no reading may wait: a file must be a regular one */
};

/* The values that files gave, as words of a command line: "--rate=20", "--json". */
struct option_words {
	char bytes[OPTION_WORDS_BYTES]; /* each with a NUL behind it */
	size_t used;
};

/* Texts that a file gave live here: it must outlive the values that were read. */
struct option_reading {
	char **operands; /* into argv (which is reordered), flags taken out */
	int operand_count;
	const char *file; /* that --config named last, in argv; NULL: none */
	struct option_words words;
	char sentence[OPTION_SENTENCE_BYTES]; /* the mistake, without the program's name */
};

enum option_outcome {
	OPTION_GO,
	OPTION_HELP,    /* --help was given */
	OPTION_VERSION, /* --version was given */
	OPTION_MISUSE,  /* reading->sentence names flag or key, value, and what is accepted */
};

/* Reads argv, whose first word is passed over. Prints nothing. */
enum option_outcome option_table_read(const struct option_table *table,
				      struct option_reading *reading, int argc, char **argv);

/*
 * Reads the text of a file: `size` bytes of JSON (option_json.h), with a NUL behind them. `from`
 * names it in sentences, with line and column. False: see reading->sentence.
 */
bool option_table_read_text(const struct option_table *table, struct option_reading *reading,
			    const char *text, size_t size, const char *from);

/* Reads a file as option_table_read_text reads a text. */
bool option_table_read_file(const struct option_table *table, struct option_reading *reading,
			    const char *path);

void option_table_help(const struct option_table *table, FILE *out);

/* The rows that every table has: --config, --help and --version. */
enum {
	OPTION_CONFIG_ROW,
	OPTION_HELP_ROW,
	OPTION_VERSION_ROW,
	OPTION_ALWAYS_ROWS,
};
extern const struct option_row option_always[OPTION_ALWAYS_ROWS];

#endif
