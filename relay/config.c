#include "relay/config.h"

#include <stdio.h>
#include <string.h>

#include "proto/cli/version.h"
#include "proto/wire/wire.h"
#include "relay/config_internal.h"

_Static_assert((int)CONFIG_ERROR_BYTES >= (int)OPTION_SENTENCE_BYTES, "a sentence fits");

void config_default(struct config *config)
{
	*config = (struct config){
		.host = "127.0.0.1",
		.port = 7777,
		.tick_hz = CONFIG_TICK_AUTO,
		.flush_share = 0.25,
		.max_delay_ms = 16,
		.clients = 512,
		.per_address = 256,
		.member_input = { { [INPUT_DATAGRAMS] = 2000,
				    [INPUT_BYTES] = 1 << 20,
				    [INPUT_COMMANDS] = 8000 } },
		/* As much as sixteen members may. */
		.address_input = { { [INPUT_DATAGRAMS] = 32000,
				     [INPUT_BYTES] = 16 << 20,
				     [INPUT_COMMANDS] = 128000 } },
		.address_joins = 256,
		.rooms = 64,
		.members = 256,
		.entities = 64,
		.payload_bytes = WIRE_PAYLOAD_MAX_BYTES,
		.message_rate = 240,
		.member_output = 512 << 10,
		.room_output = 2 << 20,
		.malformed = 16,
		.backlog_bytes = 256 << 10,
		.backlog_s = 5,
		.grain_um = 1000,
		.sight = 256,
		.hello_s = 5,
		.timeout_s = 10,
		.grace_s = 30,
		.settle_s = 0.25,
		.seed = 1,
	};
}

static void fill(struct option_table *table, struct config *config, bool *is_check)
{
	const struct option_row check = {
		"check",           0,        NULL, "say whether flags and file are good, and exit",
		&option_only_flag, is_check, 0,    0
	};
	struct setting settings[SETTINGS];

	*table = (struct option_table){
		.program = "starlingd",
		.summary = "Relays game state over UDP: what a member publishes is told to the "
			   "others in its room",
		.epilogue = "SIGUSR1 reports what was counted so far; SIGHUP reads the file again; "
			    "SIGINT and SIGTERM say goodbye to all and stop.\n"
			    "Exit status: 0 stopped, 1 failed, 2 misuse. See starlingd(8).",
	};
	config_list_settings(config, settings);
	for (size_t i = 0; i < SETTINGS; i++)
		table->rows[table->count++] = settings[i].row;
	table->rows[table->count++] = check;
}

static enum config_outcome parse(struct config *config, int argc, char **argv, bool is_running,
				 char error[CONFIG_ERROR_BYTES])
{
	struct option_reading reading;
	struct option_table table;
	bool is_check = false;

	config_default(config);
	fill(&table, config, &is_check);
	table.is_running = is_running;
	switch (option_table_read(&table, &reading, argc, argv)) {
	case OPTION_HELP:
		option_table_help(&table, stdout);
		return CONFIG_DONE;
	case OPTION_VERSION:
		printf("starlingd %s, protocol %d\n", VERSION_TEXT, WIRE_VERSION);
		return CONFIG_DONE;
	case OPTION_MISUSE:
		strcpy(error, reading.sentence);
		return CONFIG_BAD;
	default:
		config->file = reading.file;
		return is_check ? CONFIG_CHECK : CONFIG_RUN;
	}
}

enum config_outcome config_parse(struct config *config, int argc, char **argv,
				 char error[CONFIG_ERROR_BYTES])
{
	return parse(config, argc, argv, false, error);
}

void config_print(const struct config *config, FILE *out)
{
	struct config copy = *config;
	struct setting settings[SETTINGS];
	char text[OPTION_TEXT_BYTES];

	config_list_settings(&copy, settings);
	for (size_t i = 0; i < SETTINGS; i++) {
		settings[i].row.kind->print(&settings[i].row, text);
		fprintf(out, "%s\"%s\":%s", i == 0 ? "{" : ",", settings[i].row.name, text);
	}
	fputc('}', out);
}

/* A running relay. */

bool config_read_again(struct config *fresh, int argc, char **argv, char error[CONFIG_ERROR_BYTES])
{
	return parse(fresh, argc, argv, true, error) == CONFIG_RUN;
}

/* As the log has it: whole when it is short. */
static void shorten(char text[OPTION_TEXT_BYTES])
{
	if (strlen(text) >= CONFIG_TOLD_BYTES)
		strcpy(text + CONFIG_TOLD_BYTES - 5, "...\"");
}

size_t config_take(struct config *config, const struct config *fresh, config_tell *tell)
{
	char before[OPTION_TEXT_BYTES], now[OPTION_TEXT_BYTES];
	struct config old = *config, new = *fresh;
	struct setting to[SETTINGS], was[SETTINGS], is[SETTINGS];
	size_t changes = 0;

	config_list_settings(config, to);
	config_list_settings(&old, was);
	config_list_settings(&new, is);
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct option_kind *kind = to[i].row.kind;

		kind->print(&was[i].row, before);
		kind->print(&is[i].row, now);
		if (strcmp(before, now) == 0)
			continue;
		shorten(before);
		shorten(now);
		tell(to[i].row.name, before, now, to[i].takes);
		if (to[i].takes)
			memcpy(to[i].row.value, is[i].row.value, kind->bytes);
		changes++;
	}
	return changes;
}
