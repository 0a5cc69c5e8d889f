#include "relay/config.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "proto/version.h"
#include "proto/wire.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Every setting: a flag --name and a key "name" of the JSON file. Numbers state their range, which
 * the errors repeat; the help is made from this table too.
 */
enum setting_kind {
	SETTING_TEXT,
	SETTING_COUNT,  /* unsigned */
	SETTING_PORT,   /* uint16_t */
	SETTING_NUMBER, /* double */
	SETTING_TICK,   /* double, or the word "auto": CONFIG_TICK_AUTO */
	SETTING_SWITCH, /* bool; as a flag it takes no argument */
	SETTING_SEED,   /* uint64_t */
	SETTING_IMPAIR, /* struct impair_spec */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	double least, most;
	const char *argument, *help;
};

#define AT(field) offsetof(struct config, field)
#define SEED_MAX  9007199254740991.0 /* the largest that every JSON number can hold: 2^53 - 1 */

static const struct setting settings[] = {
	{ "host", SETTING_TEXT, AT(host), 0, 0, "ADDRESS",
	  "address to bind (::, all; 0.0.0.0: IPv4 only)" },
	{ "port", SETTING_PORT, AT(port), 0, 65535, "N", "UDP port (7777; 0: any free one)" },
	{ "tick", SETTING_TICK, AT(tick_hz), 0, 1000, "HZ|auto",
	  "a room's flushes a second (auto: by load; 0: at once)" },
	{ "flush-share", SETTING_NUMBER, AT(flush_share), 0.01, 1, "F",
	  "auto: share of a core that flushing may take (0.25)" },
	{ "max-delay", SETTING_NUMBER, AT(max_delay_ms), 0.1, 1000, "MS",
	  "auto: no state waits longer to be flushed (16)" },
	{ "clients", SETTING_COUNT, AT(clients), 1, 4095, "N", "connections in all (512)" },
	{ "per-address", SETTING_COUNT, AT(per_address), 1, 4095, "N",
	  "connections from one address (256)" },
	{ "rooms", SETTING_COUNT, AT(rooms), 1, 65535, "N", "rooms (64)" },
	{ "members", SETTING_COUNT, AT(members), 1, 4095, "N", "members of a room (256)" },
	{ "entities", SETTING_COUNT, AT(entities), 1, WIRE_INDEX_MAX + 1, "N",
	  "entities of a member (64)" },
	{ "payload", SETTING_COUNT, AT(payload_bytes), 0, WIRE_PAYLOAD_MAX_BYTES, "BYTES",
	  "payload of an entity (64)" },
	{ "message-rate", SETTING_COUNT, AT(message_rate), 1, 100000, "N",
	  "messages a second taken from a member (240)" },
	{ "malformed", SETTING_COUNT, AT(malformed), 1, 1000000, "N",
	  "malformed messages before a client is refused (16)" },
	{ "backlog", SETTING_COUNT, AT(backlog_bytes), 4096, 1 << 30, "BYTES",
	  "reliable bytes that may wait for a member (262144)" },
	{ "grain", SETTING_COUNT, AT(grain_um), 1, WIRE_GRAIN_MAX_UM, "UM",
	  "length of a coordinate step in micrometres (1000)" },
	{ "sight", SETTING_COUNT, AT(sight), 1, WIRE_NEAREST_MAX, "N",
	  "entities that interest shows a member at most (256)" },
	{ "every", SETTING_SWITCH, AT(every), 0, 1, NULL,
	  "relay every update, to measure loss one for one" },
	{ "budget", SETTING_COUNT, AT(budget), 0, 1000000000, "BYTES",
	  "snapshots' bytes a second to a member (0: no limit)" },
	{ "budget-fixed", SETTING_SWITCH, AT(budget_fixed), 0, 1, NULL,
	  "do not learn what a member's line carries" },
	{ "hello-time", SETTING_NUMBER, AT(hello_s), 0.1, 3600, "S",
	  "time that a client has to say HELLO in (5)" },
	{ "timeout", SETTING_NUMBER, AT(timeout_s), 0.5, 3600, "S",
	  "a client without a word for this long is lost (10)" },
	{ "settle", SETTING_NUMBER, AT(settle_s), 0, 3600, "S",
	  "repeat reliably what rests so long (0.25; 0: never)" },
	{ "enet-throttle", SETTING_SWITCH, AT(enet_throttle), 0, 1, NULL,
	  "leave ENet's packet throttle on, to see what it drops" },
	{ "share-channel", SETTING_SWITCH, AT(share_channel), 0, 1, NULL,
	  "take events on the state channel, to see what it does" },
	{ "sequence-start", SETTING_COUNT, AT(sequence_start), 0, 65535, "N",
	  "ENet's number of the first state, to see it wrap (0)" },
	{ "impair-in", SETTING_IMPAIR, AT(impair_in), 0, 0, "TEXT",
	  "impair what comes from clients, as delay=40ms,loss=2%" },
	{ "impair-out", SETTING_IMPAIR, AT(impair_out), 0, 0, "TEXT",
	  "impair what goes to clients" },
	{ "seed", SETTING_SEED, AT(seed), 0, SEED_MAX, "N",
	  "what chance is drawn from for that (1)" },
	{ "json", SETTING_SWITCH, AT(json), 0, 1, NULL, "reports as JSON, one line each" },
};

void config_default(struct config *config)
{
	*config = (struct config){
		.host = "::",
		.port = 7777,
		.tick_hz = CONFIG_TICK_AUTO,
		.flush_share = 0.25,
		.max_delay_ms = 16,
		.clients = 512,
		.per_address = 256,
		.rooms = 64,
		.members = 256,
		.entities = 64,
		.payload_bytes = WIRE_PAYLOAD_MAX_BYTES,
		.message_rate = 240,
		.malformed = 16,
		.backlog_bytes = 256 << 10,
		.grain_um = 1000,
		.sight = 256,
		.hello_s = 5,
		.timeout_s = 10,
		.settle_s = 0.25,
		.seed = 1,
	};
}

/* Says what is accepted for a setting. */
static void describe(const struct setting *setting, char *out, size_t out_bytes)
{
	switch (setting->kind) {
	case SETTING_TEXT:
		snprintf(out, out_bytes, "a text of 1 to %d bytes", CONFIG_HOST_BYTES - 1);
		break;
	case SETTING_SWITCH:
		snprintf(out, out_bytes, "true or false");
		break;
	case SETTING_IMPAIR:
		snprintf(out, out_bytes, "a text as \"delay=40ms,loss=2%%\", see starlingd(8)");
		break;
	case SETTING_TICK:
		snprintf(out, out_bytes, "auto, or a number from %g to %g", setting->least,
			 setting->most);
		break;
	case SETTING_NUMBER:
		snprintf(out, out_bytes, "a number from %g to %g", setting->least, setting->most);
		break;
	default:
		snprintf(out, out_bytes, "a whole number from %.0f to %.0f", setting->least,
			 setting->most);
	}
}

static bool store_number(struct config *config, const struct setting *setting, double value)
{
	void *field = (char *)config + setting->offset;

	if (!(value >= setting->least && value <= setting->most))
		return false;
	if (setting->kind != SETTING_NUMBER && setting->kind != SETTING_TICK &&
	    value != floor(value))
		return false;
	if (setting->kind == SETTING_PORT)
		*(uint16_t *)field = (uint16_t)value;
	else if (setting->kind == SETTING_SEED)
		*(uint64_t *)field = (uint64_t)value;
	else if (setting->kind == SETTING_COUNT)
		*(unsigned *)field = (unsigned)value;
	else
		*(double *)field = value;
	return true;
}

/* False when the word is none. */
static bool store_word(struct config *config, const struct setting *setting, const char *word)
{
	void *field = (char *)config + setting->offset;

	if (setting->kind != SETTING_TICK || strcmp(word, "auto") != 0)
		return false;
	*(double *)field = CONFIG_TICK_AUTO;
	return true;
}

static bool store_text(struct config *config, const struct setting *setting, const char *text)
{
	size_t size = strlen(text);

	if (size == 0 || size >= CONFIG_HOST_BYTES)
		return false;
	memcpy((char *)config + setting->offset, text, size + 1);
	return true;
}

/* On failure `error` is what the impairment's parser says, after `name`. */
static bool store_impairment(struct config *config, const struct setting *setting, const char *name,
			     const char *text, char error[CONFIG_ERROR_BYTES])
{
	char why[IMPAIR_ERROR_BYTES];

	if (impair_parse((struct impair_spec *)((char *)config + setting->offset), text, why))
		return true;
	snprintf(error, CONFIG_ERROR_BYTES, "%.200s: %s", name, why);
	return false;
}

/* The JSON file. */

static bool store_json(struct config *config, const struct setting *setting, const cJSON *value)
{
	switch (setting->kind) {
	case SETTING_TEXT:
		return cJSON_IsString(value) && store_text(config, setting, value->valuestring);
	case SETTING_SWITCH:
		*(bool *)((char *)config + setting->offset) = cJSON_IsTrue(value);
		return cJSON_IsBool(value);
	default:
		if (cJSON_IsString(value))
			return store_word(config, setting, value->valuestring);
		return cJSON_IsNumber(value) && store_number(config, setting, value->valuedouble);
	}
}

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

static void list_names(char *out, size_t out_bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < COUNT_OF(settings) && used < out_bytes; i++)
		used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", i > 0 ? ", " : "",
					 settings[i].name);
}

static bool read_entry(struct config *config, const cJSON *entry, const char *from,
		       char error[CONFIG_ERROR_BYTES])
{
	const struct setting *setting = find_setting(entry->string);
	char accepted[512], *value;

	if (!setting) {
		list_names(accepted, sizeof(accepted));
		snprintf(error, CONFIG_ERROR_BYTES, "%s: \"%.60s\" is not a setting; there are: %s",
			 from, entry->string, accepted);
		return false;
	}
	if (setting->kind == SETTING_IMPAIR && cJSON_IsString(entry)) {
		snprintf(accepted, sizeof(accepted), "%.150s: \"%s\"", from, setting->name);
		return store_impairment(config, setting, accepted, entry->valuestring, error);
	}
	if (store_json(config, setting, entry))
		return true;
	describe(setting, accepted, sizeof(accepted));
	value = cJSON_PrintUnformatted(entry);
	snprintf(error, CONFIG_ERROR_BYTES, "%s: \"%s\" is %.60s; it must be %s", from,
		 setting->name, value ? value : "?", accepted);
	cJSON_free(value);
	return false;
}

/* How many of the first characters at `at` can be shown: up to 20, of the same line, printable. */
static int shown(const char *at)
{
	int count = 0;

	while (count < 20 && at[count] >= ' ' && at[count] <= '~')
		count++;
	return count;
}

/* Which line of the text `at` is in, from 1. */
static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

bool config_read_json(struct config *config, const char *text, const char *from,
		      char error[CONFIG_ERROR_BYTES])
{
	const char *end = NULL;
	cJSON *file = cJSON_ParseWithOpts(text, &end, true);
	bool is_good = true;

	if (!file) {
		snprintf(
			error, CONFIG_ERROR_BYTES,
			"%s:%d: not JSON from here on: \"%.*s\"; give one object, as {\"port\": 7777}",
			from, line_of(text, end), shown(end), end);
		return false;
	}
	if (!cJSON_IsObject(file)) {
		snprintf(error, CONFIG_ERROR_BYTES,
			 "%s: holds no object; give one, as {\"port\": 7777}", from);
		is_good = false;
	}
	for (const cJSON *entry = is_good ? file->child : NULL; entry && is_good;
	     entry = entry->next)
		is_good = read_entry(config, entry, from, error);
	cJSON_Delete(file);
	return is_good;
}

static bool read_file(struct config *config, const char *path, char error[CONFIG_ERROR_BYTES])
{
	char *text = malloc(CONFIG_FILE_MAX_BYTES + 1);
	FILE *file = fopen(path, "r");
	bool is_good = false;
	size_t size;

	if (!file || !text) {
		snprintf(error, CONFIG_ERROR_BYTES, "--config %s: cannot be read: %s", path,
			 strerror(errno));
		goto out;
	}
	size = fread(text, 1, CONFIG_FILE_MAX_BYTES, file);
	text[size] = '\0';
	if (ferror(file))
		snprintf(error, CONFIG_ERROR_BYTES, "--config %s: cannot be read: %s", path,
			 strerror(errno));
	else if (size == CONFIG_FILE_MAX_BYTES)
		snprintf(error, CONFIG_ERROR_BYTES, "--config %s: larger than %d bytes", path,
			 CONFIG_FILE_MAX_BYTES);
	else
		is_good = config_read_json(config, text, path, error);
out:
	if (file)
		fclose(file);
	free(text);
	return is_good;
}

/* The flags. */

enum {
	OPTION_SETTING = 256, /* plus the setting's place in the table */
	OPTION_CONFIG = 1024,
	OPTION_VERSION,
};

static void print_help(void)
{
	printf("usage: starlingd [--flag value ...]\n"
	       "\n"
	       "Relays game state over UDP: what a member publishes is told to the others in\n"
	       "its room.\n"
	       "\n"
	       "  --config FILE          read settings from a JSON file; flags win\n");
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		const struct setting *setting = &settings[i];
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", setting->name,
			 setting->argument ? " " : "", setting->argument ? setting->argument : "");
		printf("  %-22s %s\n", left, setting->help);
	}
	printf("  -v, --verbose          log each connection; -q, --quiet: warnings only\n"
	       "  --help, --version\n"
	       "\n"
	       "SIGUSR1 reports what was counted so far; SIGINT and SIGTERM say goodbye to all\n"
	       "and stop.\n"
	       "Exit status: 0 stopped, 1 failed, 2 misuse. See starlingd(8).\n");
}

static bool read_flag(struct config *config, const struct setting *setting, const char *argument,
		      char error[CONFIG_ERROR_BYTES])
{
	char accepted[256], *end = NULL;
	bool is_good;

	switch (setting->kind) {
	case SETTING_SWITCH:
		*(bool *)((char *)config + setting->offset) = true;
		return true;
	case SETTING_TEXT:
		is_good = store_text(config, setting, argument);
		break;
	case SETTING_IMPAIR:
		snprintf(accepted, sizeof(accepted), "--%s", setting->name);
		return store_impairment(config, setting, accepted, argument, error);
	default:
		if (store_word(config, setting, argument))
			return true;
		/* strtod alone would take "0x10", "inf" and leading blanks. */
		is_good = strspn(argument, "0123456789.eE+-") == strlen(argument) && *argument;
		is_good = is_good && store_number(config, setting, strtod(argument, &end)) && !*end;
	}
	if (is_good)
		return true;
	describe(setting, accepted, sizeof(accepted));
	snprintf(error, CONFIG_ERROR_BYTES, "--%s %.60s: it must be %s", setting->name, argument,
		 accepted);
	return false;
}

static void fill_options(struct option options[COUNT_OF(settings) + 7])
{
	size_t count = 0;

	for (; count < COUNT_OF(settings); count++)
		options[count] =
			(struct option){ settings[count].name,
					 settings[count].kind == SETTING_SWITCH ? no_argument
										: required_argument,
					 NULL, OPTION_SETTING + (int)count };
	options[count++] = (struct option){ "config", required_argument, NULL, OPTION_CONFIG };
	options[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[count++] = (struct option){ "version", no_argument, NULL, OPTION_VERSION };
	options[count++] = (struct option){ "verbose", no_argument, NULL, 'v' };
	options[count++] = (struct option){ "quiet", no_argument, NULL, 'q' };
	options[count] = (struct option){ 0 };
}

static enum config_outcome take_option(struct config *config, int option, char **argv,
				       char error[CONFIG_ERROR_BYTES])
{
	switch (option) {
	case 'h':
		print_help();
		return CONFIG_DONE;
	case OPTION_VERSION:
		printf("starlingd %s, protocol %d\n", VERSION_TEXT, WIRE_VERSION);
		return CONFIG_DONE;
	case 'v':
		config->verbose = 1;
		return CONFIG_RUN;
	case 'q':
		config->verbose = -1;
		return CONFIG_RUN;
	case OPTION_CONFIG:
		return CONFIG_RUN; /* read before all flags */
	case ':':
		snprintf(error, CONFIG_ERROR_BYTES, "%s wants a value; see starlingd --help",
			 argv[optind - 1]);
		return CONFIG_BAD;
	case '?':
		snprintf(error, CONFIG_ERROR_BYTES,
			 "%.60s is not a flag (or takes no value); see starlingd --help",
			 argv[optind - 1]);
		return CONFIG_BAD;
	default:
		return read_flag(config, &settings[option - OPTION_SETTING], optarg, error)
			       ? CONFIG_RUN
			       : CONFIG_BAD;
	}
}

enum config_outcome config_parse(struct config *config, int argc, char **argv,
				 char error[CONFIG_ERROR_BYTES])
{
	struct option options[COUNT_OF(settings) + 7];
	enum config_outcome outcome = CONFIG_RUN;
	int option;

	config_default(config);
	fill_options(options);
	opterr = 0;
	/* The file first, whatever its place on the line, so that flags win. */
	for (optind = 0; (option = getopt_long(argc, argv, ":hvq", options, NULL)) != -1;)
		if (option == OPTION_CONFIG && !read_file(config, optarg, error))
			return CONFIG_BAD;
	for (optind = 0; outcome == CONFIG_RUN;) {
		option = getopt_long(argc, argv, ":hvq", options, NULL);
		if (option == -1)
			break;
		outcome = take_option(config, option, argv, error);
	}
	if (outcome == CONFIG_RUN && optind < argc) {
		snprintf(error, CONFIG_ERROR_BYTES,
			 "\"%.60s\" is not expected; settings are given as flags, see starlingd "
			 "--help",
			 argv[optind]);
		return CONFIG_BAD;
	}
	return outcome;
}
