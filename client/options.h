/*
 * options: what a subcommand is told, by flags and by the file of --config: the options that the
 * subcommands share, and its own (option_table.h).
 *
 *	double rate_hz = 20;
 *	const struct option_row rows[] = {
 *		{ "rate", 0, "HZ", "updates a second of each bot (default 20)", &option_number,
 *		  &rate_hz, 0.1, 1000 },
 *	};
 *	const struct options_spec spec = { .name = "bots", .operands = "[N]", .operand_max = 1,
 *		.summary = "fill a room with bots", .rows = rows, .row_count = 1 };
 *	struct options options;
 *
 *	if (options_parse(&options, &spec, argc, argv) < 0)
 *		return options.exit_status;
 */
#ifndef STARLING_CLIENT_OPTIONS_H
#define STARLING_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/lib/starling.h"
#include "proto/cli/option_table.h"

/* Shared flags that a subcommand may go without; bits for options_spec.lacks. --help and --version
 * are always there. */
enum {
	OPTIONS_HOST = 1 << 0, /* --mtu, too */
	OPTIONS_PORT = 1 << 1,
	OPTIONS_ROOM = 1 << 2,
	OPTIONS_NAME = 1 << 3,
	OPTIONS_MODE = 1 << 4,
	OPTIONS_SEED = 1 << 5,
	OPTIONS_JSON = 1 << 6,
	OPTIONS_VERBOSE = 1 << 7,
	OPTIONS_PATIENCE = 1 << 8,
	OPTIONS_IMPAIR = 1 << 9, /* --impair-in and --impair-out */
};

/* Kinds of rows beside those of option.h, each with the type that row->value points to. */
extern const struct option_kind options_mode;     /* enum starling_mode: its word */
extern const struct option_kind options_host;     /* const char *: a name or address, borrowed */
extern const struct option_kind options_interest; /* struct options_sight: all, radius:METRES,
						     nearest:N */
extern const struct option_kind options_name;     /* const char *: a member's or room's, borrowed */

/* The flags and arguments that a subcommand takes. Borrowed while options_parse runs. */
struct options_spec {
	const char *name;     /* "bots" */
	const char *program;  /* whose subcommand it is; NULL: "starling" */
	const char *operands; /* for the usage line: "[N]", "FILE.csv"; NULL or "": none */
	int operand_min, operand_max;
	const struct option_row *operand; /* how each operand is read, in order, operand_max of
					   * them; NULL: they are taken as they are */
	const char *summary;              /* one sentence without a full stop */
	const struct option_row *rows;    /* its own */
	size_t row_count;
	unsigned lacks;           /* shared flags that make no sense here: OPTIONS_SEED | ... */
	const char *default_name; /* of the member; NULL: the subcommand's name */
	const char *name_help;    /* for --name, where it means something else; NULL: as usual */
	const char *epilogue; /* paragraphs for the end of the help, or NULL; they are wrapped */
};

/* For --interest, which some subcommands have as a flag of their own. */
struct options_sight {
	enum starling_interest interest; /* STARLING_ALL */
	double radius_m;
	unsigned nearest;
};

struct options {
	const char *host;        /* "127.0.0.1" */
	uint16_t port;           /* 7777; 1 to 65535 */
	const char *room;        /* "lobby"; checked: a name as starling.h says */
	const char *name;        /* spec->default_name; checked likewise */
	bool has_name;           /* it was given */
	enum starling_mode mode; /* STARLING_UNSEQUENCED */
	uint64_t seed;           /* 1 */
	bool json;
	int verbose; /* 1 with -v */
	struct options_sight sight;
	unsigned mtu;      /* of the path, as starling_config has it: 0 */
	double patience_s; /* how long to wait for the relay's first answer: 5 */
	struct link_model_spec impair_in, impair_out; /* nothing */

	struct option_reading reading; /* the operands are here */
	int exit_status;               /* when parsing says to stop: 0 or 2 */
};

/*
 * Reads argv (argv[0] is the subcommand's name) and prints what there is to say: help or version on
 * stdout, a misuse on stderr. 0 to go on; negative when the subcommand should return
 * options->exit_status. Texts are borrowed from argv, and from `options` itself.
 */
int options_parse(struct options *options, const struct options_spec *spec, int argc, char **argv);

/* options_parse without printing: reading.sentence has the mistake. */
enum option_outcome options_read(struct options *options, const struct options_spec *spec, int argc,
				 char **argv);

/* The help text of a subcommand. */
void options_help(const struct options_spec *spec, FILE *out);

/*
 * The defaults of starling_default_config with the shared flags put in: host, port, room, name,
 * --mode for both ways, and the sight. Texts are borrowed from `options`.
 */
void options_config(const struct options *options, struct starling_config *config);

#endif
