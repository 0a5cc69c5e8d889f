#include "relay/setting.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "proto/wire/text.h"
#include "proto/wire/wire.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What may become of a change in a running relay. */
#define RESTART NULL
#define AT_ONCE ""

#define AT(field) offsetof(struct config, field)
#define SEED_MAX  9007199254740991.0 /* the largest that every JSON number can hold: 2^53 - 1 */

const struct setting settings[SETTINGS] = {
	{ "host", SETTING_TEXT, AT(host), 0, 0, "ADDRESS",
	  "address to bind (::, all; 0.0.0.0: IPv4 only)", RESTART },
	{ "port", SETTING_PORT, AT(port), 0, 65535, "N", "UDP port (7777; 0: any free one)",
	  RESTART },
	{ "tick", SETTING_TICK, AT(tick_hz), 0, 1000, "HZ|auto",
	  "a room's flushes a second (auto: by load; 0: at once)", RESTART },
	{ "flush-share", SETTING_NUMBER, AT(flush_share), 0.01, 1, "F",
	  "auto: share of a core that flushing may take (0.25)", RESTART },
	{ "max-delay", SETTING_NUMBER, AT(max_delay_ms), 0.1, 1000, "MS",
	  "auto: no state waits longer to be flushed (16)", RESTART },
	{ "clients", SETTING_COUNT, AT(clients), 1, 4095, "N", "connections in all (512)",
	  RESTART },
	{ "per-address", SETTING_COUNT, AT(per_address), 1, 4095, "N",
	  "connections from one address (256)", AT_ONCE },
	{ "rooms", SETTING_COUNT, AT(rooms), 1, 65535, "N", "rooms (64)", RESTART },
	{ "members", SETTING_COUNT, AT(members), 1, 4095, "N", "members of a room (256)",
	  "for rooms that open from now on; if it is less, for all" },
	{ "entities", SETTING_COUNT, AT(entities), 1, WIRE_INDEX_MAX + 1, "N",
	  "entities of a member (64)", RESTART },
	{ "payload", SETTING_COUNT, AT(payload_bytes), 0, WIRE_PAYLOAD_MAX_BYTES, "BYTES",
	  "payload of an entity (64)", RESTART },
	{ "message-rate", SETTING_COUNT, AT(message_rate), 1, 100000, "N",
	  "messages a second taken from a member (240)", "for clients that connect from now on" },
	{ "malformed", SETTING_COUNT, AT(malformed), 1, 1000000, "N",
	  "malformed messages before a client is refused (16)", AT_ONCE },
	{ "backlog", SETTING_COUNT, AT(backlog_bytes), 4096, 1 << 30, "BYTES",
	  "reliable bytes that may wait for a member (262144)", AT_ONCE },
	{ "grain", SETTING_COUNT, AT(grain_um), 1, WIRE_GRAIN_MAX_UM, "UM",
	  "length of a coordinate step in micrometres (1000)", RESTART },
	{ "sight", SETTING_COUNT, AT(sight), 1, WIRE_NEAREST_MAX, "N",
	  "entities that interest shows a member at most (256)", AT_ONCE },
	{ "every", SETTING_SWITCH, AT(every), 0, 1, NULL,
	  "relay every update, to measure loss one for one", RESTART },
	{ "budget", SETTING_COUNT, AT(budget), 0, 1000000000, "BYTES",
	  "snapshots' bytes a second to a member (0: no limit)", AT_ONCE },
	{ "budget-fixed", SETTING_SWITCH, AT(budget_fixed), 0, 1, NULL,
	  "do not learn what a member's line carries", AT_ONCE },
	{ "hello-time", SETTING_NUMBER, AT(hello_s), 0.1, 3600, "S",
	  "time that a client has to say HELLO in (5)", AT_ONCE },
	{ "timeout", SETTING_NUMBER, AT(timeout_s), 0.5, 3600, "S",
	  "a client without a word for this long is lost (10)", AT_ONCE },
	{ "settle", SETTING_NUMBER, AT(settle_s), 0, 3600, "S",
	  "repeat reliably what rests so long (0.25; 0: never)", RESTART },
	{ "goodbye-for-good", SETTING_SWITCH, AT(goodbye_for_good), 0, 1, NULL,
	  "at a stop, tell clients not to try again", AT_ONCE },
	{ "enet-throttle", SETTING_SWITCH, AT(enet_throttle), 0, 1, NULL,
	  "leave ENet's packet throttle on, to see what it drops", RESTART },
	{ "share-channel", SETTING_SWITCH, AT(share_channel), 0, 1, NULL,
	  "take events on the state channel, to see what it does", RESTART },
	{ "sequence-start", SETTING_COUNT, AT(sequence_start), 0, 65535, "N",
	  "ENet's number of the first state, to see it wrap (0)", RESTART },
	{ "impair-in", SETTING_IMPAIR, AT(impair_in), 0, 0, "TEXT",
	  "impair what comes from clients, as delay=40ms,loss=2%", RESTART },
	{ "impair-out", SETTING_IMPAIR, AT(impair_out), 0, 0, "TEXT", "impair what goes to clients",
	  RESTART },
	{ "seed", SETTING_SEED, AT(seed), 0, SEED_MAX, "N",
	  "what chance is drawn from for that (1)", RESTART },
	{ "json", SETTING_SWITCH, AT(json), 0, 1, NULL, "reports as JSON, one line each", AT_ONCE },
	{ "verbose", SETTING_LEVEL, AT(verbose), 1, 1, NULL, "log each client", AT_ONCE },
	{ "quiet", SETTING_LEVEL, AT(verbose), -1, -1, NULL, "log warnings only", AT_ONCE },
};

const struct setting *setting_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

void setting_list(char *out, size_t out_bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < COUNT_OF(settings) && used < out_bytes; i++)
		used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", i > 0 ? ", " : "",
					 settings[i].name);
}

bool setting_is_switch(const struct setting *setting)
{
	return setting->kind == SETTING_SWITCH || setting->kind == SETTING_LEVEL;
}

/* Says what is accepted for a setting. */
static void describe(const struct setting *setting, char *out, size_t out_bytes)
{
	switch (setting->kind) {
	case SETTING_TEXT:
		snprintf(out, out_bytes, "a text of 1 to %d bytes", CONFIG_HOST_BYTES - 1);
		break;
	case SETTING_SWITCH:
	case SETTING_LEVEL:
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
	char why[LINK_MODEL_ERROR_BYTES];

	if (link_model_parse((struct link_model_spec *)((char *)config + setting->offset), text,
			     why))
		return true;
	snprintf(error, CONFIG_ERROR_BYTES, "%s: %s", name, why);
	return false;
}

static void store_switch(struct config *config, const struct setting *setting, bool value)
{
	void *field = (char *)config + setting->offset;
	const int level = (int)setting->least;

	if (setting->kind == SETTING_SWITCH)
		*(bool *)field = value;
	else if (value)
		*(int *)field = level;
	else if (*(int *)field == level)
		*(int *)field = 0;
}

static bool store_json(struct config *config, const struct setting *setting, const cJSON *value)
{
	switch (setting->kind) {
	case SETTING_TEXT:
		return cJSON_IsString(value) && store_text(config, setting, value->valuestring);
	case SETTING_SWITCH:
	case SETTING_LEVEL:
		store_switch(config, setting, cJSON_IsTrue(value));
		return cJSON_IsBool(value);
	default:
		if (cJSON_IsString(value))
			return store_word(config, setting, value->valuestring);
		return cJSON_IsNumber(value) && store_number(config, setting, value->valuedouble);
	}
}

bool setting_read_json(struct config *config, const struct setting *setting, const cJSON *value,
		       const char *from, char error[CONFIG_ERROR_BYTES])
{
	char accepted[512], *text;

	if (setting->kind == SETTING_IMPAIR && cJSON_IsString(value)) {
		snprintf(accepted, sizeof(accepted), "%s: \"%s\"", from, setting->name);
		return store_impairment(config, setting, accepted, value->valuestring, error);
	}
	if (store_json(config, setting, value))
		return true;
	describe(setting, accepted, sizeof(accepted));
	text = cJSON_PrintUnformatted(value);
	snprintf(error, CONFIG_ERROR_BYTES, "%s: \"%s\" is %s; it must be %s", from, setting->name,
		 text_shown(text ? text : "?").text, accepted);
	cJSON_free(text);
	return false;
}

bool setting_read_flag(struct config *config, const struct setting *setting, const char *argument,
		       char error[CONFIG_ERROR_BYTES])
{
	char accepted[256], *end = NULL;
	bool is_good;

	switch (setting->kind) {
	case SETTING_SWITCH:
	case SETTING_LEVEL:
		store_switch(config, setting, true);
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
	snprintf(error, CONFIG_ERROR_BYTES, "--%s %s: it must be %s", setting->name,
		 text_shown(argument).text, accepted);
	return false;
}

/* Comparing. */

static size_t field_bytes(const struct setting *setting)
{
	switch (setting->kind) {
	case SETTING_COUNT:
		return sizeof(unsigned);
	case SETTING_PORT:
		return sizeof(uint16_t);
	case SETTING_SWITCH:
		return sizeof(bool);
	case SETTING_LEVEL:
		return sizeof(int);
	case SETTING_SEED:
		return sizeof(uint64_t);
	case SETTING_TEXT:
		return CONFIG_HOST_BYTES;
	case SETTING_IMPAIR:
		return sizeof(struct link_model_spec);
	default:
		return sizeof(double);
	}
}

void setting_text(const struct setting *setting, const struct config *config,
		  char out[SETTING_TEXT_BYTES])
{
	const void *field = (const char *)config + setting->offset;
	char line[LINK_MODEL_TEXT_MAX_BYTES + 1], host[SETTING_TEXT_BYTES - 2];

	switch (setting->kind) {
	case SETTING_TEXT:
		text_visible(host, sizeof(host), field, strlen(field));
		snprintf(out, SETTING_TEXT_BYTES, "\"%s\"", host);
		break;
	case SETTING_COUNT:
		snprintf(out, SETTING_TEXT_BYTES, "%u", *(const unsigned *)field);
		break;
	case SETTING_PORT:
		snprintf(out, SETTING_TEXT_BYTES, "%u", *(const uint16_t *)field);
		break;
	case SETTING_SWITCH:
		snprintf(out, SETTING_TEXT_BYTES, "%s", *(const bool *)field ? "true" : "false");
		break;
	case SETTING_LEVEL:
		snprintf(out, SETTING_TEXT_BYTES, "%s",
			 *(const int *)field == (int)setting->least ? "true" : "false");
		break;
	case SETTING_SEED:
		snprintf(out, SETTING_TEXT_BYTES, "%" PRIu64, *(const uint64_t *)field);
		break;
	case SETTING_IMPAIR:
		link_model_describe(field, line);
		snprintf(out, SETTING_TEXT_BYTES, "\"%.70s\"", line);
		break;
	default:
		if (setting->kind == SETTING_TICK && *(const double *)field == CONFIG_TICK_AUTO)
			snprintf(out, SETTING_TEXT_BYTES, "\"auto\"");
		else
			snprintf(out, SETTING_TEXT_BYTES, "%.15g", *(const double *)field);
	}
}

bool setting_is_same(const struct setting *setting, const struct config *one,
		     const struct config *other)
{
	const void *a = (const char *)one + setting->offset;
	const void *b = (const char *)other + setting->offset;

	char texts[2][LINK_MODEL_TEXT_MAX_BYTES + 1];

	if (setting->kind == SETTING_TEXT)
		return strcmp(a, b) == 0;
	if (setting->kind == SETTING_IMPAIR) {
		link_model_describe(a, texts[0]);
		link_model_describe(b, texts[1]);
		return strcmp(texts[0], texts[1]) == 0;
	}
	if (setting->kind == SETTING_LEVEL)
		return (*(const int *)a == (int)setting->least) ==
		       (*(const int *)b == (int)setting->least);
	return memcmp(a, b, field_bytes(setting)) == 0;
}

void setting_copy(const struct setting *setting, struct config *to, const struct config *from)
{
	memcpy((char *)to + setting->offset, (const char *)from + setting->offset,
	       field_bytes(setting));
}
