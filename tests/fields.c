#include "tests/fields.h"

#include <string.h>

#include "proto/wire/states.h"

static void add_text(cJSON *object, const char *key, struct wire_bytes text)
{
	char copy[WIRE_TEXT_MAX_BYTES + 1] = { 0 };

	memcpy(copy, text.data, text.size);
	cJSON_AddStringToObject(object, key, copy);
}

static void add_bytes(cJSON *object, const char *key, struct wire_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * WIRE_EVENT_MAX_BYTES + 1] = { 0 };

	for (size_t i = 0; i < bytes.size; i++) {
		hex[2 * i] = digits[bytes.data[i] >> 4];
		hex[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	cJSON_AddStringToObject(object, key, hex);
}

/* Exact, as no field has more than 53 bits. */
static void add_number(cJSON *object, const char *key, double value)
{
	cJSON_AddNumberToObject(object, key, value);
}

static void add_settings(cJSON *object, const struct wire_settings *settings)
{
	add_number(object, "up", settings->up);
	add_number(object, "down", settings->down);
	cJSON_AddBoolToObject(object, "echo", settings->echo);
	add_number(object, "interest", settings->interest);
	add_number(object, "range", settings->range);
}

static bool hello(cJSON *fields, const void *data, size_t size)
{
	struct wire_hello hello;

	if (wire_hello_decode(data, size, &hello) != WIRE_OK)
		return false;
	add_text(fields, "room", hello.room);
	add_text(fields, "name", hello.name);
	add_bytes(fields, "token", hello.token);
	add_settings(cJSON_AddObjectToObject(fields, "settings"), &hello.settings);
	return true;
}

static bool welcome(cJSON *fields, const void *data, size_t size)
{
	struct wire_welcome welcome;

	if (wire_welcome_decode(data, size, &welcome) != WIRE_OK)
		return false;
	add_number(fields, "member", welcome.member);
	add_number(fields, "clock_us", (double)welcome.clock_us);
	add_settings(cJSON_AddObjectToObject(fields, "settings"), &welcome.settings);
	add_number(fields, "grain_um", welcome.grain_um);
	add_number(fields, "flush_us", welcome.flush_us);
	add_number(fields, "member_limit", welcome.member_limit);
	add_number(fields, "entity_limit", welcome.entity_limit);
	add_number(fields, "payload_limit", welcome.payload_limit);
	add_number(fields, "message_rate", welcome.message_rate);
	return true;
}

static bool farewell(cJSON *fields, enum wire_type type, const void *data, size_t size)
{
	struct wire_farewell farewell;

	if (wire_farewell_decode(data, size, type, &farewell) != WIRE_OK)
		return false;
	add_number(fields, "reason", farewell.reason);
	add_text(fields, "text", farewell.text);
	return true;
}

static bool settings(cJSON *fields, const void *data, size_t size)
{
	struct wire_settings settings;

	if (wire_settings_decode(data, size, &settings) != WIRE_OK)
		return false;
	add_settings(fields, &settings);
	return true;
}

static cJSON *add_entry(cJSON *entries)
{
	cJSON *entry = cJSON_CreateObject();

	cJSON_AddItemToArray(entries, entry);
	return entry;
}

static bool joined(cJSON *fields, const void *data, size_t size)
{
	cJSON *entries = cJSON_AddArrayToObject(fields, "entries");
	struct wire_list list;
	struct wire_joined joined;

	if (wire_joined_decode(data, size, &list) != WIRE_OK)
		return false;
	while (wire_joined_next(&list, &joined)) {
		cJSON *entry = add_entry(entries);

		add_number(entry, "member", joined.member);
		add_text(entry, "name", joined.name);
	}
	return true;
}

static bool left(cJSON *fields, const void *data, size_t size)
{
	cJSON *entries = cJSON_AddArrayToObject(fields, "entries");
	struct wire_list list;
	struct wire_left left;

	if (wire_left_decode(data, size, &list) != WIRE_OK)
		return false;
	while (wire_left_next(&list, &left)) {
		cJSON *entry = add_entry(entries);

		add_number(entry, "member", left.member);
		add_number(entry, "reason", left.reason);
	}
	return true;
}

static bool gone(cJSON *fields, const void *data, size_t size)
{
	cJSON *entries = cJSON_AddArrayToObject(fields, "entries");
	struct wire_list list;
	struct wire_gone gone;

	if (wire_gone_decode(data, size, &list) != WIRE_OK)
		return false;
	while (wire_gone_next(&list, &gone)) {
		cJSON *entry = add_entry(entries);

		add_number(entry, "member", gone.member);
		add_number(entry, "index", gone.index);
		add_number(entry, "seq", gone.seq);
	}
	return true;
}

static bool event(cJSON *fields, const void *data, size_t size)
{
	struct wire_event event;

	if (wire_event_decode(data, size, &event) != WIRE_OK)
		return false;
	add_number(fields, "scope", event.scope);
	add_number(fields, "member", event.member);
	add_bytes(fields, "data", event.data);
	return true;
}

static bool report(cJSON *fields, const void *data, size_t size)
{
	struct wire_report words;

	if (wire_report_decode(data, size, &words) != WIRE_OK)
		return false;
	add_number(fields, "number", words.number);
	add_number(fields, "count", (double)words.count);
	add_number(fields, "bytes", (double)words.bytes);
	add_number(fields, "received_us", (double)words.received_us);
	return true;
}

static bool clock_exchange(cJSON *fields, const void *data, size_t size)
{
	struct wire_clock exchange;

	if (wire_clock_decode(data, size, &exchange) != WIRE_OK)
		return false;
	add_number(fields, "sent_us", (double)exchange.sent_us);
	add_number(fields, "received_us", (double)exchange.received_us);
	add_number(fields, "answered_us", (double)exchange.answered_us);
	return true;
}

static void add_record(cJSON *entry, enum wire_type type, const struct states_record *record)
{
	if (type != WIRE_STATE)
		add_number(entry, "member", record->member);
	add_number(entry, "index", record->index);
	if (type != WIRE_STATE)
		add_number(entry, "skipped", record->skipped);
	add_number(entry, "seq", record->seq);
	add_number(entry, "age_us", (double)record->age_us);
	add_number(entry, "x", record->position[0]);
	add_number(entry, "y", record->position[1]);
	add_number(entry, "z", record->position[2]);
	add_bytes(entry, "payload", record->payload);
}

static bool states(cJSON *fields, enum wire_type type, const void *data, size_t size)
{
	struct states_message message;
	struct states_record record;
	cJSON *records;

	if (states_decode(data, size, &message) != WIRE_OK || message.type != type)
		return false;
	if (type == WIRE_SNAPSHOT)
		add_number(fields, "number", message.number);
	if (type == WIRE_KEYFRAME)
		cJSON_AddBoolToObject(fields, "last", message.is_last);
	add_number(fields, "time_us", (double)message.time_us);
	records = cJSON_AddArrayToObject(fields, "records");
	while (states_next(&message, &record))
		add_record(add_entry(records), type, &record);
	if (message.fill_bytes > 0)
		add_number(fields, "fill", message.fill_bytes);
	return true;
}

static bool add_fields(cJSON *fields, enum wire_type type, const void *data, size_t size)
{
	switch (type) {
	case WIRE_HELLO:
		return hello(fields, data, size);
	case WIRE_WELCOME:
		return welcome(fields, data, size);
	case WIRE_REFUSED:
	case WIRE_GOODBYE:
		return farewell(fields, type, data, size);
	case WIRE_SETTINGS:
		return settings(fields, data, size);
	case WIRE_JOINED:
		return joined(fields, data, size);
	case WIRE_LEFT:
		return left(fields, data, size);
	case WIRE_STATE:
	case WIRE_SNAPSHOT:
	case WIRE_KEYFRAME:
		return states(fields, type, data, size);
	case WIRE_GONE:
		return gone(fields, data, size);
	case WIRE_EVENT:
		return event(fields, data, size);
	case WIRE_CLOCK:
		return clock_exchange(fields, data, size);
	case WIRE_REPORT:
		return report(fields, data, size);
	case WIRE_LEAVE:
		return wire_leave_decode(data, size) == WIRE_OK;
	default:
		return false;
	}
}

cJSON *fields_of(enum wire_type type, const void *data, size_t size)
{
	cJSON *fields = cJSON_CreateObject();

	if (add_fields(fields, type, data, size))
		return fields;
	cJSON_Delete(fields);
	return NULL;
}

static bool is_equal(const cJSON *a, const cJSON *b)
{
	if (a->type != b->type || !a->string != !b->string ||
	    (a->string && strcmp(a->string, b->string) != 0))
		return false;
	/* cJSON_Compare allows a relative error, which at 53 bits is two. */
	if (cJSON_IsNumber(a))
		return a->valuedouble >= b->valuedouble && a->valuedouble <= b->valuedouble;
	if (cJSON_IsString(a))
		return strcmp(a->valuestring, b->valuestring) == 0;
	return fields_are_equal(a, b);
}

bool fields_are_equal(const cJSON *a, const cJSON *b)
{
	const cJSON *mine = a->child, *other = b->child;

	for (; mine && other; mine = mine->next, other = other->next)
		if (!is_equal(mine, other))
			return false;
	return !mine && !other;
}
