#include "client/options.h"

#include <string.h>

static void set_defaults(struct options *options, const struct options_spec *spec)
{
	*options = (struct options){
		.host = "127.0.0.1",
		.port = STARLING_DEFAULT_PORT,
		.room = "lobby",
		.name = spec->default_name != NULL ? spec->default_name : spec->name,
		.seed = 1,
		.patience_s = 5,
	};
}

/* The rows that `spec` does not lack, to be read into `options`. */
static void add_shared(struct option_table *table, const struct options_spec *spec,
		       struct options *options)
{
	const struct {
		unsigned bit;
		struct option_row row;
	} shared[] = {
		{ OPTIONS_HOST,
		  { "host", 0, "HOST", "the relay's name or address (default 127.0.0.1)",
		    &options_host, &options->host, 0, 0 } },
		{ OPTIONS_PORT,
		  { "port", 0, "PORT", "the relay's UDP port (default 7777)", &option_port,
		    &options->port, 1, 65535 } },
		{ OPTIONS_HOST,
		  { "mtu", 0, "BYTES",
		    "what the path to the relay takes, if that is less than 1280: bytes of an IP "
		    "packet, as links have their MTU (default 1280)",
		    &option_count, &options->mtu, STARLING_MTU_MIN, UINT16_MAX } },
		{ OPTIONS_ROOM,
		  { "room", 0, "ROOM", "the room to join (default lobby)", &options_name,
		    &options->room, 0, 0 } },
		{ OPTIONS_NAME,
		  { "name", 0, "NAME",
		    spec->name_help != NULL ? spec->name_help : "the name that others see",
		    &options_name, &options->name, 0, 0 } },
		{ OPTIONS_MODE,
		  { "mode", 0, "MODE",
		    "how updates travel, both ways: unsequenced, sequenced or reliable "
		    "(default unsequenced)",
		    &options_mode, &options->mode, 0, 0 } },
		{ OPTIONS_SEED,
		  { "seed", 0, "SEED",
		    "seed of random draws: the same seed, the same run "
		    "(default 1)",
		    &option_seed, &options->seed, 0, 0 } },
		{ OPTIONS_JSON,
		  { "json", 0, NULL, "print results as JSON", &option_switch, &options->json, 0,
		    0 } },
		{ OPTIONS_PATIENCE,
		  { "patience", 0, "S",
		    "give up when no relay has answered for S seconds (default 5)", &option_number,
		    &options->patience_s, 0.1, 3600 } },
		{ OPTIONS_IMPAIR,
		  { "impair-in", 0, "TEXT",
		    "impair what comes in, as delay=40ms,loss=2%; see starling-bench(1)",
		    &option_impairment, &options->impair_in, 0, 0 } },
		{ OPTIONS_IMPAIR,
		  { "impair-out", 0, "TEXT", "impair what goes out", &option_impairment,
		    &options->impair_out, 0, 0 } },
		{ OPTIONS_VERBOSE,
		  { "verbose", 'v', NULL, "say more on stderr", &option_level, &options->verbose, 1,
		    1 } },
	};

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (!(spec->lacks & shared[i].bit))
			table->rows[table->count++] = shared[i].row;
	table->shared = table->count;
}

static void fill(struct option_table *table, const struct options_spec *spec,
		 struct options *options)
{
	*table = (struct option_table){
		.summary = spec->summary,
		.epilogue = spec->epilogue,
		.operands = spec->operands,
		.operand_min = spec->operand_min,
		.operand_max = spec->operand_max,
		.operand = spec->operand,
	};
	snprintf(table->program, sizeof(table->program), "%s %s",
		 spec->program != NULL ? spec->program : "starling", spec->name);
	add_shared(table, spec, options);
	for (size_t i = 0; i < spec->row_count && table->count < OPTION_ROWS_MAX; i++)
		table->rows[table->count++] = spec->rows[i];
}

enum option_outcome options_read(struct options *options, const struct options_spec *spec, int argc,
				 char **argv)
{
	struct option_table table;
	enum option_outcome outcome;
	const char *name;

	set_defaults(options, spec);
	name = options->name;
	fill(&table, spec, options);
	outcome = option_table_read(&table, &options->reading, argc, argv);
	options->has_name = options->name != name;
	options->exit_status = outcome == OPTION_MISUSE ? 2 : 0;
	return outcome;
}

int options_parse(struct options *options, const struct options_spec *spec, int argc, char **argv)
{
	const char *program = spec->program != NULL ? spec->program : "starling";

	switch (options_read(options, spec, argc, argv)) {
	case OPTION_GO:
		return 0;
	case OPTION_HELP:
		options_help(spec, stdout);
		break;
	case OPTION_VERSION:
		printf("%s %s\n", program, STARLING_VERSION);
		break;
	case OPTION_MISUSE:
		fprintf(stderr, "%s %s: %s\n", program, spec->name, options->reading.sentence);
		break;
	}
	return -1;
}

void options_help(const struct options_spec *spec, FILE *out)
{
	struct options unused;
	struct option_table table;

	fill(&table, spec, &unused);
	option_table_help(&table, out);
}

void options_config(const struct options *options, struct starling_config *config)
{
	starling_default_config(config);
	config->host = options->host;
	config->port = options->port;
	config->room = options->room;
	config->name = options->name;
	config->up = config->down = options->mode;
	config->interest = options->sight.interest;
	config->radius_m = options->sight.radius_m;
	config->nearest = options->sight.nearest;
	config->mtu = (uint16_t)options->mtu;
}
