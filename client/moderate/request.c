#include "client/moderate/request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/prefix.h"
#include "proto/wire/text.h"
#include "proto/wire/wire.h"

/* The kind of the word behind a command. */
enum argument {
	NONE,
	MEMBER,
	ADDRESS,
	ROOM,
	TEXT,
};

/* Flags that a command takes; bits. */
enum {
	TAKES_ROOM = 1 << 0,
	TAKES_WHY = 1 << 1,
	TAKES_FOR = 1 << 2,
};

static const struct {
	const char *name;
	enum argument argument;
	unsigned takes;
} commands[] = {
	{ "list", NONE, 0 },
	{ "kick", MEMBER, TAKES_ROOM | TAKES_WHY },
	{ "mute", MEMBER, TAKES_ROOM },
	{ "unmute", MEMBER, TAKES_ROOM },
	{ "ban", ADDRESS, TAKES_WHY | TAKES_FOR },
	{ "unban", ADDRESS, 0 },
	{ "bans", NONE, 0 },
	{ "close", ROOM, TAKES_WHY },
	{ "open", ROOM, 0 },
	{ "message", TEXT, TAKES_ROOM },
};

static const struct {
	const char *name, *key; /* in the help, and in the request */
} arguments[] = {
	[NONE] = { "nothing", NULL },
	[MEMBER] = { "a MEMBER's id, as list shows it", "member" },
	[ADDRESS] = { "an ADDRESS or ADDRESS/PREFIX", "address" },
	[ROOM] = { "a ROOM's name", "room" },
	[TEXT] = { "a TEXT, quoted as one word", "text" },
};

static bool find(const char *name, size_t *command, char *error)
{
	const size_t count = sizeof(commands) / sizeof(commands[0]);
	size_t used;

	for (*command = 0; *command < count; ++*command)
		if (strcmp(name, commands[*command].name) == 0)
			return true;
	used = (size_t)snprintf(error, REQUEST_ERROR_BYTES, "no command \"%s\"; there are",
				text_short(name).text);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(error + used, REQUEST_ERROR_BYTES - used, "%s %s",
					 i == 0          ? ""
					 : i + 1 < count ? ","
							 : " and",
					 commands[i].name);
	return false;
}

static bool add_member(cJSON *request, const char *word, char *error)
{
	char *end;
	const unsigned long long id = strtoull(word, &end, 10);

	snprintf(error, REQUEST_ERROR_BYTES, "\"%s\" is no member's id; give one that list shows",
		 text_short(word).text);
	if (*word < '0' || *word > '9' || *end != '\0' || id < 1 || id > UINT32_MAX)
		return false;
	cJSON_AddNumberToObject(request, "member", (double)id);
	return true;
}

static bool add_address(cJSON *request, const char *word, char *error)
{
	struct prefix prefix;

	if (!prefix_read(word, &prefix, error))
		return false;
	cJSON_AddStringToObject(request, "address", word);
	return true;
}

static bool add_room(cJSON *request, const char *word, char *error)
{
	const char *fault = strlen(word) > WIRE_NAME_MAX_BYTES
				    ? "is longer than 32 bytes"
				    : text_name_fault(word, strlen(word));

	_Static_assert(WIRE_NAME_MAX_BYTES == 32, "the sentence says the number");
	if (fault) {
		snprintf(error, REQUEST_ERROR_BYTES, "room \"%s\" %s; give a room's name",
			 text_short(word).text, fault);
		return false;
	}
	cJSON_AddStringToObject(request, "room", word);
	return true;
}

static bool add_text(cJSON *request, const char *key, const char *word, size_t most, char *error)
{
	const size_t size = strlen(word);

	if (size == 0 || size > most || !text_is_printable(word, size)) {
		snprintf(error, REQUEST_ERROR_BYTES,
			 "the %s must be a line of 1 to %zu bytes of printable text; it has %zu",
			 strcmp(key, "why") == 0 ? "reason" : "message", most, size);
		return false;
	}
	cJSON_AddStringToObject(request, key, word);
	return true;
}

static bool add_argument(cJSON *request, enum argument argument, const char *word, char *error)
{
	switch (argument) {
	case MEMBER:
		return add_member(request, word, error);
	case ADDRESS:
		return add_address(request, word, error);
	case ROOM:
		return add_room(request, word, error);
	case TEXT:
		return add_text(request, arguments[argument].key, word, WIRE_TEXT_MAX_BYTES, error);
	case NONE:
		break;
	}
	return true;
}

/* Whether the command takes the flags that were given. */
static bool check_flags(const struct request_words *words, unsigned takes, char *error)
{
	const struct {
		const char *name;
		bool is_given;
		unsigned bit;
	} flags[] = { { "--room", words->room != NULL, TAKES_ROOM },
		      { "--why", words->why != NULL, TAKES_WHY },
		      { "--for", words->seconds > 0, TAKES_FOR } };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].is_given && !(takes & flags[i].bit)) {
			snprintf(error, REQUEST_ERROR_BYTES, "%s takes no %s; leave it out",
				 words->command, flags[i].name);
			return false;
		}
	return true;
}

static bool fill(cJSON *request, size_t command, const struct request_words *words, char *error)
{
	const enum argument argument = commands[command].argument;

	if ((words->argument != NULL) != (argument != NONE)) {
		snprintf(error, REQUEST_ERROR_BYTES, "%s takes %s", words->command,
			 arguments[argument].name);
		return false;
	}
	if (!check_flags(words, commands[command].takes, error) ||
	    !add_argument(request, argument, words->argument, error))
		return false;
	if (words->room && !add_room(request, words->room, error))
		return false;
	if (words->seconds > 0)
		cJSON_AddNumberToObject(request, "seconds", words->seconds);
	return !words->why || add_text(request, "why", words->why, REQUEST_WHY_MAX_BYTES, error);
}

cJSON *request_make(const struct request_words *words, char error[REQUEST_ERROR_BYTES])
{
	cJSON *request;
	size_t command;

	if (!find(words->command, &command, error))
		return NULL;
	request = cJSON_CreateObject();
	cJSON_AddStringToObject(request, "do", words->command);
	if (fill(request, command, words, error))
		return request;
	cJSON_Delete(request);
	return NULL;
}
