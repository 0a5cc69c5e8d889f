#include "relay/config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "proto/wire/text.h"
#include "proto/cli/version.h"
#include "proto/wire/wire.h"
#include "relay/config_json.h"
#include "relay/setting.h"

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

/* The JSON file. */

/* Which settings a file has given, and on which line; 0: it has not. */
struct given {
	int line[SETTINGS];
};

enum {
	FROM_BYTES = TEXT_SHOWN_BYTES + 24,
};

static void locate(char out[FROM_BYTES], const char *from, struct config_place place)
{
	snprintf(out, FROM_BYTES, "%s:%d:%d", from, place.line, place.column);
}

static bool read_entry(struct config *config, const struct config_entry *entry, struct given *given,
		       const char *from, char error[CONFIG_ERROR_BYTES])
{
	const char *name = entry->name->valuestring;
	const struct setting *setting = setting_find(name);
	char accepted[512], place[FROM_BYTES];
	int *line;

	locate(place, from, entry->name_place);
	if (!setting) {
		setting_list(accepted, sizeof(accepted));
		snprintf(error, CONFIG_ERROR_BYTES, "%s: \"%s\" is not a setting; there are: %s",
			 place, text_shown(name).text, accepted);
		return false;
	}
	line = &given->line[setting - settings];
	if (*line > 0) {
		snprintf(error, CONFIG_ERROR_BYTES,
			 "%s: \"%s\" was given on line %d already; keep one of the two", place,
			 name, *line);
		return false;
	}
	*line = entry->name_place.line;
	locate(place, from, entry->value_place);
	return setting_read_json(config, setting, entry->value, place, error);
}

/* Two words for one thing. */
static bool check_levels(const struct given *given, bool is_verbose, bool is_quiet,
			 const char *from, char error[CONFIG_ERROR_BYTES])
{
	const int line = given->line[setting_find("quiet") - settings];

	if (!is_verbose || !is_quiet)
		return true;
	snprintf(error, CONFIG_ERROR_BYTES,
		 "%s:%d: \"quiet\" and \"verbose\" are both true; keep one of the two", from, line);
	return false;
}

bool config_read_json(struct config *config, const char *text, size_t size, const char *from,
		      char error[CONFIG_ERROR_BYTES])
{
	bool is_good = true, is_verbose = false, is_quiet = false;
	struct given given = { { 0 } };
	struct config_json json;
	struct config_entry entry;
	enum config_json_found found = CONFIG_JSON_ENTRY;

	config_json_init(&json, text, size);
	while (is_good && (found = config_json_next(&json, &entry)) == CONFIG_JSON_ENTRY) {
		is_good = read_entry(config, &entry, &given, from, error);
		is_verbose |= config->verbose > 0;
		is_quiet |= config->verbose < 0;
		cJSON_Delete(entry.name);
		cJSON_Delete(entry.value);
	}
	if (found == CONFIG_JSON_BAD) {
		snprintf(error, CONFIG_ERROR_BYTES, "%s:%d:%d: %s", from, json.place.line,
			 json.place.column, json.error);
		return false;
	}
	return is_good && check_levels(&given, is_verbose, is_quiet, from, error);
}

/* Opened so that nothing can make a running relay wait. -1, with errno. */
static int open_file(const char *path, bool is_running)
{
	const int descriptor = open(path, O_RDONLY | O_CLOEXEC | (is_running ? O_NONBLOCK : 0));
	struct stat status;

	if (descriptor < 0 || !is_running || fstat(descriptor, &status) < 0 ||
	    S_ISREG(status.st_mode))
		return descriptor;
	close(descriptor);
	errno = EINVAL;
	return -1;
}

/* As many bytes as there are, one more than are allowed at most; -1, with errno. */
static ssize_t read_all(int descriptor, char *text)
{
	size_t size = 0;

	while (size <= CONFIG_FILE_MAX_BYTES) {
		ssize_t got = read(descriptor, text + size, CONFIG_FILE_MAX_BYTES + 1 - size);

		if (got == 0)
			break;
		if (got > 0)
			size += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)size;
}

static bool read_file(struct config *config, const char *path, bool is_running,
		      char error[CONFIG_ERROR_BYTES])
{
	const int descriptor = open_file(path, is_running);
	const struct text_shown shown = text_shown(path);
	char *text = malloc(CONFIG_FILE_MAX_BYTES + 2);
	bool is_good = false;
	ssize_t size = -1;

	if (descriptor >= 0 && text)
		size = read_all(descriptor, text);
	if (size < 0)
		snprintf(error, CONFIG_ERROR_BYTES, "--config %s: cannot be read: %s", shown.text,
			 errno == EINVAL && is_running ? "not a regular file" : strerror(errno));
	else if (size > CONFIG_FILE_MAX_BYTES)
		snprintf(error, CONFIG_ERROR_BYTES, "--config %s: larger than %d bytes", shown.text,
			 CONFIG_FILE_MAX_BYTES);
	else {
		text[size] = '\0';
		is_good = config_read_json(config, text, (size_t)size, shown.text, error);
	}
	if (descriptor >= 0)
		close(descriptor);
	free(text);
	return is_good;
}

/* The flags. */

enum {
	OPTION_SETTING = 256, /* plus the setting's place in the table */
	OPTION_CONFIG = 1024,
	OPTION_CHECK,
	OPTION_VERSION,
	OTHER_OPTIONS = 5, /* those, --help, and the end */
};

static const char *short_of(const struct setting *setting)
{
	if (setting->kind != SETTING_LEVEL)
		return "";
	return setting->least > 0 ? "-v, " : "-q, ";
}

static void print_help(void)
{
	printf("usage: starlingd [--flag value ...]\n"
	       "\n"
	       "Relays game state over UDP: what a member publishes is told to the others in\n"
	       "its room.\n"
	       "\n"
	       "  --config FILE          read settings from a JSON file; flags win\n"
	       "  --check                say whether flags and file are good, and exit\n");
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];
		char left[64];

		snprintf(left, sizeof(left), "%s--%s%s%s", short_of(setting), setting->name,
			 setting->argument ? " " : "", setting->argument ? setting->argument : "");
		printf("  %-22s %s\n", left, setting->help);
	}
	printf("  -h, --help, --version\n"
	       "\n"
	       "SIGUSR1 reports what was counted so far; SIGHUP reads the file again; SIGINT\n"
	       "and SIGTERM say goodbye to all and stop.\n"
	       "Exit status: 0 stopped, 1 failed, 2 misuse. See starlingd(8).\n");
}

static void fill_options(struct option options[SETTINGS + OTHER_OPTIONS])
{
	size_t count = 0;

	for (; count < SETTINGS; count++)
		options[count] =
			(struct option){ settings[count].name,
					 setting_is_switch(&settings[count]) ? no_argument
									     : required_argument,
					 NULL, OPTION_SETTING + (int)count };
	options[count++] = (struct option){ "config", required_argument, NULL, OPTION_CONFIG };
	options[count++] = (struct option){ "check", no_argument, NULL, OPTION_CHECK };
	options[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[count++] = (struct option){ "version", no_argument, NULL, OPTION_VERSION };
	options[count] = (struct option){ 0 };
}

static enum config_outcome take_option(struct config *config, int option, char **argv,
				       char error[CONFIG_ERROR_BYTES])
{
	const struct setting *setting;

	switch (option) {
	case 'h':
		print_help();
		return CONFIG_DONE;
	case OPTION_VERSION:
		printf("starlingd %s, protocol %d\n", VERSION_TEXT, WIRE_VERSION);
		return CONFIG_DONE;
	case OPTION_CONFIG:
	case OPTION_CHECK:
		return CONFIG_RUN; /* looked for before all flags */
	case ':':
		snprintf(error, CONFIG_ERROR_BYTES, "%s wants a value; see starlingd --help",
			 text_shown(argv[optind - 1]).text);
		return CONFIG_BAD;
	case '?':
		snprintf(error, CONFIG_ERROR_BYTES,
			 "%s is not a flag (or takes no value); see starlingd --help",
			 text_shown(argv[optind - 1]).text);
		return CONFIG_BAD;
	case 'v':
		setting = setting_find("verbose");
		break;
	case 'q':
		setting = setting_find("quiet");
		break;
	default:
		setting = &settings[option - OPTION_SETTING];
	}
	return setting_read_flag(config, setting, optarg, error) ? CONFIG_RUN : CONFIG_BAD;
}

/* The files first, whatever their place on the line, so that flags win. */
static enum config_outcome parse(struct config *config, int argc, char **argv, bool is_running,
				 char error[CONFIG_ERROR_BYTES])
{
	struct option options[SETTINGS + OTHER_OPTIONS];
	enum config_outcome outcome = CONFIG_RUN;
	bool is_check = false;
	int option;

	config_default(config);
	fill_options(options);
	opterr = 0;
	for (optind = 0; (option = getopt_long(argc, argv, ":hvq", options, NULL)) != -1;) {
		is_check |= option == OPTION_CHECK;
		if (option != OPTION_CONFIG)
			continue;
		config->file = optarg;
		if (!read_file(config, optarg, is_running, error))
			return CONFIG_BAD;
	}
	for (optind = 0; outcome == CONFIG_RUN;) {
		option = getopt_long(argc, argv, ":hvq", options, NULL);
		if (option == -1)
			break;
		outcome = take_option(config, option, argv, error);
	}
	if (outcome == CONFIG_RUN && optind < argc) {
		snprintf(error, CONFIG_ERROR_BYTES,
			 "\"%s\" is not expected; settings are given as flags, see starlingd "
			 "--help",
			 text_shown(argv[optind]).text);
		return CONFIG_BAD;
	}
	return outcome == CONFIG_RUN && is_check ? CONFIG_CHECK : outcome;
}

enum config_outcome config_parse(struct config *config, int argc, char **argv,
				 char error[CONFIG_ERROR_BYTES])
{
	return parse(config, argc, argv, false, error);
}

/* A running relay. */

bool config_read_again(struct config *fresh, int argc, char **argv, char error[CONFIG_ERROR_BYTES])
{
	return parse(fresh, argc, argv, true, error) == CONFIG_RUN;
}

size_t config_take(struct config *config, const struct config *fresh, config_tell *tell)
{
	char before[SETTING_TEXT_BYTES], now[SETTING_TEXT_BYTES];
	const struct config old = *config;
	size_t changes = 0;

	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];

		if (setting_is_same(setting, &old, fresh))
			continue;
		setting_text(setting, &old, before);
		setting_text(setting, fresh, now);
		tell(setting->name, before, now, setting->takes);
		if (setting->takes)
			setting_copy(setting, config, fresh);
		changes++;
	}
	return changes;
}
