/*
 * options: the command line of a subcommand: the flags that all of them share, its own flags from
 * one table, its operands, and the help text made from the same table.
 *
 *	double rate_hz = 20;
 *	const struct options_flag flags[] = {
 *		{ "rate", 0, "HZ", "updates a second of each bot (default 20)", options_number,
 *		  &rate_hz, 0.1, 1000 },
 *	};
 *	const struct options_spec spec = { .name = "bots", .operands = "[N]", .operand_max = 1,
 *		.summary = "fill a room with bots", .flags = flags, .flag_count = 1 };
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
#include "proto/net/link/link_model.h"

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

enum {
	OPTIONS_SENTENCE_BYTES = 640,
	OPTIONS_FLAGS_MAX = 32, /* of a subcommand's own */
};

/* One flag of a subcommand's own. */
struct options_flag {
	const char *name;     /* without the dashes: "rate" for --rate */
	char letter;          /* the one-letter form, or 0 */
	const char *argument; /* its argument's name in the help: "HZ"; NULL: it takes none */
	const char *help;     /* what it does, with the default in words */
	/*
	 * Reads `text` (NULL for a flag without argument) into flag->value. True, or false with the
	 * accepted forms in `must` ("must be 1 to 65535").
	 */
	bool (*parse)(const struct options_flag *flag, const char *text, char *must,
		      size_t must_bytes);
	void *value;
	double min, max; /* for options_number and options_count, both included */
};

/* Parsers. Each names the type that flag->value must point to. */
bool options_switch(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes); /* bool: set to true */
bool options_number(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes); /* double, decimal, min to max */
bool options_count(const struct options_flag *flag, const char *text, char *must,
		   size_t must_bytes); /* unsigned, decimal, min to max */
bool options_text(const struct options_flag *flag, const char *text, char *must,
		  size_t must_bytes); /* const char *: borrowed from argv, not empty */
bool options_mode(const struct options_flag *flag, const char *text, char *must,
		  size_t must_bytes); /* enum starling_mode: its word */

bool options_interest(const struct options_flag *flag, const char *text, char *must,
		      size_t must_bytes); /* struct options_sight: all, radius:METRES, nearest:N */
bool options_port(const struct options_flag *flag, const char *text, char *must,
		  size_t must_bytes); /* uint16_t: 1 to 65535 */
bool options_seed(const struct options_flag *flag, const char *text, char *must,
		  size_t must_bytes); /* uint64_t, decimal */
bool options_name(const struct options_flag *flag, const char *text, char *must,
		  size_t must_bytes); /* const char *: a member's or room's name, borrowed */
/*
 * struct link_model_spec. On failure `must` holds the whole error in three lines, which show the
 * text and the place; it needs LINK_MODEL_ERROR_BYTES.
 */
bool options_impair(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes);
bool options_repeat(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes); /* int: one more */

/* What a subcommand takes. Borrowed while options_parse runs. */
struct options_spec {
	const char *name;     /* "bots" */
	const char *program;  /* whose subcommand it is; NULL: "starling" */
	const char *operands; /* for the usage line: "[N]", "FILE.csv"; NULL or "": none */
	int operand_min, operand_max;
	const struct options_flag *operand; /* how each operand is read, in order, operand_max of
					     * them; NULL: they are taken as they are */
	const char *summary;                /* one sentence without a full stop */
	const struct options_flag *flags;
	size_t flag_count;
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
	bool has_name;           /* --name was given */
	enum starling_mode mode; /* STARLING_UNSEQUENCED */
	bool has_mode;           /* --mode was given */
	uint64_t seed;           /* 1 */
	bool json;
	int verbose; /* how often -v was given */
	struct options_sight sight;
	unsigned mtu;      /* of the path, as starling_config has it: 0 */
	double patience_s; /* how long to wait for the relay's first answer: 5 */
	struct link_model_spec impair_in, impair_out; /* nothing */

	char **operands; /* into argv (which is reordered), flags taken out */
	int operand_count;

	int exit_status;                       /* when parsing says to stop: 0 or 2 */
	char sentence[OPTIONS_SENTENCE_BYTES]; /* what was wrong; "" otherwise */
};

/*
 * Reads argv (argv[0] is the subcommand's name) and prints what there is to say: help or version on
 * stdout, a misuse on stderr. 0 to go on; negative when the subcommand should return
 * options->exit_status. Texts are borrowed from argv.
 */
int options_parse(struct options *options, const struct options_spec *spec, int argc, char **argv);

enum options_outcome {
	OPTIONS_GO = 0,
	OPTIONS_HELP,    /* --help was given */
	OPTIONS_VERSION, /* --version was given */
	OPTIONS_MISUSE,  /* options->sentence says what was wrong */
};

/* The same without printing. */
enum options_outcome options_read(struct options *options, const struct options_spec *spec,
				  int argc, char **argv);

/* The help text of a subcommand. */
void options_help(const struct options_spec *spec, FILE *out);

/*
 * The defaults of starling_default_config with the shared flags put in: host, port, room, name,
 * --mode for both ways, and the sight. Texts are borrowed from `options`.
 */
void options_config(const struct options *options, struct starling_config *config);

#endif
