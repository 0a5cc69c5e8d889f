#include "tests/recode.h"

#include "proto/wire/states.h"

enum {
	CAPACITY = WIRE_MESSAGE_MAX_BYTES,
};

struct result {
	uint8_t *out;
	size_t size, entries;
};

static enum wire_error hello(const void *data, size_t size, struct result *result)
{
	struct wire_hello hello;
	enum wire_error error = wire_hello_decode(data, size, &hello);

	if (error == WIRE_OK)
		result->size = wire_hello_encode(result->out, CAPACITY, &hello);
	return error;
}

static enum wire_error welcome(const void *data, size_t size, struct result *result)
{
	struct wire_welcome welcome;
	enum wire_error error = wire_welcome_decode(data, size, &welcome);

	if (error == WIRE_OK)
		result->size = wire_welcome_encode(result->out, CAPACITY, &welcome);
	return error;
}

static enum wire_error farewell(const void *data, size_t size, enum wire_type type,
				struct result *result)
{
	struct wire_farewell farewell;
	enum wire_error error = wire_farewell_decode(data, size, type, &farewell);

	if (error == WIRE_OK)
		result->size = wire_farewell_encode(result->out, CAPACITY, type, &farewell);
	return error;
}

static enum wire_error refused(const void *data, size_t size, struct result *result)
{
	return farewell(data, size, WIRE_REFUSED, result);
}

static enum wire_error goodbye(const void *data, size_t size, struct result *result)
{
	return farewell(data, size, WIRE_GOODBYE, result);
}

static enum wire_error settings(const void *data, size_t size, struct result *result)
{
	struct wire_settings settings;
	enum wire_error error = wire_settings_decode(data, size, &settings);

	if (error == WIRE_OK)
		result->size = wire_settings_encode(result->out, CAPACITY, &settings);
	return error;
}

static enum wire_error joined(const void *data, size_t size, struct result *result)
{
	struct wire_joined entries[WIRE_LIST_MAX_ENTRIES];
	struct wire_list list;
	enum wire_error error = wire_joined_decode(data, size, &list);

	if (error != WIRE_OK)
		return error;
	while (result->entries < WIRE_LIST_MAX_ENTRIES &&
	       wire_joined_next(&list, &entries[result->entries]))
		result->entries++;
	result->size = wire_joined_encode(result->out, CAPACITY, entries, result->entries, NULL);
	return WIRE_OK;
}

static enum wire_error left(const void *data, size_t size, struct result *result)
{
	struct wire_left entries[WIRE_LIST_MAX_ENTRIES];
	struct wire_list list;
	enum wire_error error = wire_left_decode(data, size, &list);

	if (error != WIRE_OK)
		return error;
	while (result->entries < WIRE_LIST_MAX_ENTRIES &&
	       wire_left_next(&list, &entries[result->entries]))
		result->entries++;
	result->size = wire_left_encode(result->out, CAPACITY, entries, result->entries, NULL);
	return WIRE_OK;
}

static enum wire_error gone(const void *data, size_t size, struct result *result)
{
	struct wire_gone entries[WIRE_LIST_MAX_ENTRIES];
	struct wire_list list;
	enum wire_error error = wire_gone_decode(data, size, &list);

	if (error != WIRE_OK)
		return error;
	while (result->entries < WIRE_LIST_MAX_ENTRIES &&
	       wire_gone_next(&list, &entries[result->entries]))
		result->entries++;
	result->size = wire_gone_encode(result->out, CAPACITY, entries, result->entries, NULL);
	return WIRE_OK;
}

static enum wire_error event(const void *data, size_t size, struct result *result)
{
	struct wire_event event;
	enum wire_error error = wire_event_decode(data, size, &event);

	if (error == WIRE_OK)
		result->size = wire_event_encode(result->out, CAPACITY, &event);
	return error;
}

static enum wire_error clock_exchange(const void *data, size_t size, struct result *result)
{
	struct wire_clock exchange;
	enum wire_error error = wire_clock_decode(data, size, &exchange);

	if (error == WIRE_OK)
		result->size = wire_clock_encode(result->out, CAPACITY, &exchange);
	return error;
}

static enum wire_error report(const void *data, size_t size, struct result *result)
{
	struct wire_report words;
	enum wire_error error = wire_report_decode(data, size, &words);

	if (error == WIRE_OK)
		result->size = wire_report_encode(result->out, CAPACITY, &words);
	return error;
}

static enum wire_error leave(const void *data, size_t size, struct result *result)
{
	enum wire_error error = wire_leave_decode(data, size);

	if (error == WIRE_OK)
		result->size = wire_leave_encode(result->out, CAPACITY);
	return error;
}

static struct states_builder begin(const struct states_message *message, uint8_t *out)
{
	switch (message->type) {
	case WIRE_STATE:
		return states_state_begin(out, CAPACITY, message->time_us);
	case WIRE_SNAPSHOT:
		return states_snapshot_begin(out, CAPACITY, message->number, message->time_us);
	default:
		return states_keyframe_begin(out, CAPACITY, message->time_us);
	}
}

static enum wire_error states(const void *data, size_t size, enum wire_type type,
			      struct result *result)
{
	struct states_message message;
	struct states_record record;
	struct states_builder builder;
	enum wire_error error = states_decode(data, size, &message);

	if (error != WIRE_OK)
		return error;
	if (message.type != type)
		return WIRE_TYPE;
	builder = begin(&message, result->out);
	while (states_next(&message, &record)) {
		if (!states_add(&builder, &record))
			return WIRE_OK;
		result->entries++;
	}
	if (message.is_last)
		states_mark_last(&builder);
	if (message.fill_bytes > 0 && !states_fill(&builder, size))
		return WIRE_OK;
	result->size = states_finish(&builder);
	return WIRE_OK;
}

static enum wire_error state(const void *data, size_t size, struct result *result)
{
	return states(data, size, WIRE_STATE, result);
}

static enum wire_error snapshot(const void *data, size_t size, struct result *result)
{
	return states(data, size, WIRE_SNAPSHOT, result);
}

static enum wire_error keyframe(const void *data, size_t size, struct result *result)
{
	return states(data, size, WIRE_KEYFRAME, result);
}

static const struct {
	enum wire_error (*run)(const void *data, size_t size, struct result *result);
	unsigned directions;
} recoders[WIRE_TYPE_END] = {
	[WIRE_HELLO] = { hello, RECODE_TO_RELAY },
	[WIRE_WELCOME] = { welcome, RECODE_TO_MEMBER },
	[WIRE_REFUSED] = { refused, RECODE_TO_MEMBER },
	[WIRE_SETTINGS] = { settings, RECODE_TO_RELAY | RECODE_TO_MEMBER },
	[WIRE_JOINED] = { joined, RECODE_TO_MEMBER },
	[WIRE_LEFT] = { left, RECODE_TO_MEMBER },
	[WIRE_STATE] = { state, RECODE_TO_RELAY },
	[WIRE_SNAPSHOT] = { snapshot, RECODE_TO_MEMBER },
	[WIRE_KEYFRAME] = { keyframe, RECODE_TO_MEMBER },
	[WIRE_GONE] = { gone, RECODE_TO_RELAY | RECODE_TO_MEMBER },
	[WIRE_EVENT] = { event, RECODE_TO_RELAY | RECODE_TO_MEMBER },
	[WIRE_CLOCK] = { clock_exchange, RECODE_TO_RELAY | RECODE_TO_MEMBER },
	[WIRE_LEAVE] = { leave, RECODE_TO_RELAY },
	[WIRE_GOODBYE] = { goodbye, RECODE_TO_MEMBER },
	[WIRE_REPORT] = { report, RECODE_TO_RELAY },
};

bool recode_is_sent(enum wire_type type, enum recode_direction direction)
{
	return type < WIRE_TYPE_END && (recoders[type].directions & direction);
}

enum wire_error recode(enum wire_type type, const void *data, size_t size, uint8_t *out,
		       size_t *out_size, size_t *entries)
{
	struct result result = { .out = out };
	enum wire_error error = WIRE_TYPE;

	if (type < WIRE_TYPE_END && recoders[type].run)
		error = recoders[type].run(data, size, &result);
	*out_size = result.size;
	*entries = result.entries;
	return error;
}
