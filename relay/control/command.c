#include "relay/control/command.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "proto/wire/text.h"

/* Keys that a request may hold besides "do"; bits. */
enum {
	MEMBER = 1 << 0,
	ROOM = 1 << 1,
	WHY = 1 << 2,
	TEXT = 1 << 3,
	ADDRESS = 1 << 4,
	SECONDS = 1 << 5,
};

static const struct {
	const char *name;
	unsigned needs, may;
} kinds[COMMAND_COUNT] = {
	[COMMAND_LIST] = { "list", 0, 0 },
	[COMMAND_KICK] = { "kick", MEMBER, ROOM | WHY },
	[COMMAND_MUTE] = { "mute", MEMBER, ROOM },
	[COMMAND_UNMUTE] = { "unmute", MEMBER, ROOM },
	[COMMAND_BAN] = { "ban", ADDRESS, SECONDS | WHY },
	[COMMAND_UNBAN] = { "unban", ADDRESS, 0 },
	[COMMAND_BANS] = { "bans", 0, 0 },
	[COMMAND_CLOSE] = { "close", ROOM, WHY },
	[COMMAND_OPEN] = { "open", ROOM, 0 },
	[COMMAND_MESSAGE] = { "message", TEXT, ROOM },
};

/* Each reads one value; false with what is accepted in `error`. */

static bool read_text(const cJSON *value, size_t most, char *out, const char *name, char *error)
{
	const char *text = cJSON_GetStringValue(value);

	snprintf(error, COMMAND_ERROR_BYTES, "\"%s\" must be a text of 1 to %zu printable bytes",
		 name, most);
	if (!text || *text == '\0' || strlen(text) > most || !text_is_printable(text, strlen(text)))
		return false;
	strcpy(out, text);
	return true;
}

static bool read_member(const cJSON *value, struct command *command, char *error)
{
	snprintf(error, COMMAND_ERROR_BYTES, "\"member\" must be an id, a whole number from 1 on");
	if (!cJSON_IsNumber(value) || value->valuedouble < 1 || value->valuedouble > UINT32_MAX)
		return false;
	command->member = (uint32_t)value->valuedouble;
	return command->member == value->valuedouble;
}

static bool read_room(const cJSON *value, struct command *command, char *error)
{
	const char *name = cJSON_GetStringValue(value);

	snprintf(error, COMMAND_ERROR_BYTES, "\"room\" must be a room's name");
	if (!name || strlen(name) > WIRE_NAME_MAX_BYTES || text_name_fault(name, strlen(name)))
		return false;
	strcpy(command->room, name);
	return true;
}

static bool read_why(const cJSON *value, struct command *command, char *error)
{
	return read_text(value, COMMAND_WHY_MAX_BYTES, command->why, "why", error);
}

static bool read_message(const cJSON *value, struct command *command, char *error)
{
	return read_text(value, WIRE_TEXT_MAX_BYTES, command->text, "text", error);
}

static bool read_address(const cJSON *value, struct command *command, char *error)
{
	const char *text = cJSON_GetStringValue(value);

	snprintf(error, COMMAND_ERROR_BYTES, "\"address\" must be a text");
	return text && prefix_read(text, &command->prefix, error);
}

static bool read_seconds(const cJSON *value, struct command *command, char *error)
{
	snprintf(error, COMMAND_ERROR_BYTES, "\"seconds\" must be a number above 0, up to %d",
		 COMMAND_SECONDS_MAX);
	command->seconds = cJSON_IsNumber(value) ? value->valuedouble : 0;
	return command->seconds > 0 && command->seconds <= COMMAND_SECONDS_MAX;
}

static const struct {
	const char *name;
	unsigned bit;
	bool (*read)(const cJSON *value, struct command *command, char *error);
} fields[] = {
	{ "member", MEMBER, read_member },
	{ "room", ROOM, read_room },
	{ "why", WHY, read_why },
	{ "text", TEXT, read_message },
	{ "address", ADDRESS, read_address },
	{ "seconds", SECONDS, read_seconds },
};

enum {
	FIELDS = sizeof(fields) / sizeof(fields[0]),
};

static bool fail(char *error, const char *what, const char *name)
{
	snprintf(error, COMMAND_ERROR_BYTES, "%s \"%s\"", what, text_short(name).text);
	return false;
}

static bool read_kind(const cJSON *document, struct command *command, char *error)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "do"));

	snprintf(error, COMMAND_ERROR_BYTES, "a line must be one JSON object with the key \"do\"");
	if (!name)
		return false;
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		command->kind = (enum command_kind)i;
		return true;
	}
	return fail(error, "there is no command", name);
}

/* Reads the value of a key that the command may have, once. */
static bool read_field(const cJSON *value, struct command *command, unsigned *seen, char *error)
{
	const unsigned may = kinds[command->kind].needs | kinds[command->kind].may;

	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(value->string, fields[i].name) != 0 || !(fields[i].bit & may))
			continue;
		if (*seen & fields[i].bit)
			return fail(error, "a second time there is the key", value->string);
		*seen |= fields[i].bit;
		return fields[i].read(value, command, error);
	}
	return fail(error, "this command has no key", value->string);
}

static bool read_fields(const cJSON *document, struct command *command, char *error)
{
	unsigned seen = 0, dos = 0;

	for (const cJSON *value = document->child; value; value = value->next) {
		if (strcmp(value->string, "do") != 0) {
			if (!read_field(value, command, &seen, error))
				return false;
		} else if (dos++ > 0) {
			return fail(error, "a second time there is the key", value->string);
		}
	}
	for (size_t i = 0; i < FIELDS; i++)
		if (kinds[command->kind].needs & ~seen & fields[i].bit)
			return fail(error, "this command needs the key", fields[i].name);
	return true;
}

/* cJSON would end a text there. */
static bool holds_nul(const char *line, size_t size)
{
	static const char escape[] = "\\u0000";

	return memchr(line, '\0', size) || memmem(line, size, escape, sizeof(escape) - 1);
}

bool command_read(const char *line, size_t size, struct command *command,
		  char error[COMMAND_ERROR_BYTES])
{
	const char *end = NULL;
	cJSON *document =
		holds_nul(line, size) ? NULL : cJSON_ParseWithLengthOpts(line, size, &end, false);
	bool is_good = false;

	*command = (struct command){ .kind = COMMAND_LIST };
	if (document && cJSON_IsObject(document) && end == line + size)
		is_good = read_kind(document, command, error) &&
			  read_fields(document, command, error);
	else
		snprintf(error, COMMAND_ERROR_BYTES,
			 "a line must be one JSON object and nothing else, without a NUL");
	cJSON_Delete(document);
	return is_good;
}
