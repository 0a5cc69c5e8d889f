#include "client/options_table.h"

static void add_shared(struct options_table *table, const struct options_spec *spec,
		       struct options *options)
{
	const struct {
		unsigned bit;
		struct options_flag flag;
	} shared[OPTIONS_SHARED_MAX] = {
		{ OPTIONS_HOST,
		  { "host", 0, "HOST", "the relay's name or address (default 127.0.0.1)",
		    options_text, &options->host, 0, 0 } },
		{ OPTIONS_PORT,
		  { "port", 0, "PORT", "the relay's UDP port (default 7777)", options_port,
		    &options->port, 0, 0 } },
		{ OPTIONS_HOST,
		  { "mtu", 0, "BYTES",
		    "what the path to the relay takes, if that is less than 1280: bytes of an IP "
		    "packet, as links have their MTU (default 1280)",
		    options_count, &options->mtu, STARLING_MTU_MIN, UINT16_MAX } },
		{ OPTIONS_ROOM,
		  { "room", 0, "ROOM", "the room to join (default lobby)", options_name,
		    &options->room, 0, 0 } },
		{ OPTIONS_NAME,
		  { "name", 0, "NAME",
		    spec->name_help != NULL ? spec->name_help : "the name that others see",
		    options_name, &options->name, 0, 0 } },
		{ OPTIONS_MODE,
		  { "mode", 0, "MODE",
		    "how updates travel, both ways: unsequenced, sequenced or reliable "
		    "(default unsequenced)",
		    options_mode, &options->mode, 0, 0 } },
		{ OPTIONS_SEED,
		  { "seed", 0, "SEED",
		    "what chance is drawn from; the same seed, the same run "
		    "(default 1)",
		    options_seed, &options->seed, 0, 0 } },
		{ OPTIONS_JSON,
		  { "json", 0, NULL, "print results as JSON", options_switch, &options->json, 0,
		    0 } },
		{ OPTIONS_PATIENCE,
		  { "patience", 0, "S",
		    "give up when no relay has answered for S seconds (default 5)", options_number,
		    &options->patience_s, 0.1, 3600 } },
		{ OPTIONS_IMPAIR,
		  { "impair-in", 0, "TEXT",
		    "impair what comes in, as delay=40ms,loss=2%; see starling-bench(1)",
		    options_impair, &options->impair_in, 0, 0 } },
		{ OPTIONS_IMPAIR,
		  { "impair-out", 0, "TEXT", "impair what goes out", options_impair,
		    &options->impair_out, 0, 0 } },
		{ OPTIONS_VERBOSE,
		  { "verbose", 'v', NULL, "say more on stderr", options_repeat, &options->verbose,
		    0, 0 } },
	};

	for (size_t i = 0; i < OPTIONS_SHARED_MAX; i++)
		if (!(spec->lacks & shared[i].bit))
			table->flags[table->count++] = shared[i].flag;
}

void options_table_fill(struct options_table *table, const struct options_spec *spec,
			struct options *options)
{
	table->count = 0;
	add_shared(table, spec, options);
	table->own = table->count;
	for (size_t i = 0; i < spec->flag_count && i < OPTIONS_FLAGS_MAX; i++)
		table->flags[table->count++] = spec->flags[i];
}
