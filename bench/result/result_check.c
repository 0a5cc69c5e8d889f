/* What has to stand in a result: every field is looked at before anything is used. */
#include <string.h>

#include "proto/wire/text.h"

#include "bench/result/result_internal.h"

enum {
	PLACE_BYTES = 160,
	NAME_BYTES = PLACE_BYTES + 48,
	KEY_BYTES = 41,
};

/* As much of what the file says as a sentence has room for. */
static const char *shown(char out[static KEY_BYTES], const char *text)
{
	return text_visible(out, KEY_BYTES, text, strlen(text));
}

/* What stands there, in words. */
static void describe(const cJSON *item, char *out, size_t capacity)
{
	char key[KEY_BYTES];

	if (!item)
		snprintf(out, capacity, "not there");
	else if (cJSON_IsString(item))
		snprintf(out, capacity, "\"%s\"", shown(key, item->valuestring));
	else if (cJSON_IsNumber(item))
		snprintf(out, capacity, "%.10g", item->valuedouble);
	else
		snprintf(out, capacity, "%s",
			 cJSON_IsObject(item)  ? "an object"
			 : cJSON_IsArray(item) ? "an array"
			 : cJSON_IsNull(item)  ? "null"
					       : "true or false");
}

static bool expected(const struct result_reading *reading, const char *place, const cJSON *item,
		     const char *what)
{
	char stands[64];

	describe(item, stands, sizeof(stands));
	return result_refuse(reading, "%s is %s; expected %s", place, stands, what);
}

typedef cJSON_bool is_type(const cJSON *item);

struct field {
	const char *name;
	is_type *is;
	const char *what;
	bool may_be_missing;
};

static const struct field *find_field(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static void name_field(char name[static NAME_BYTES], const char *place, const char *field)
{
	char key[KEY_BYTES];

	snprintf(name, NAME_BYTES, "%s%s%s", place, place[0] ? "." : "", shown(key, field));
}

/* Whether the object at `place` ("" is the document) has all these fields, and no others. */
static bool has_fields(const struct result_reading *reading, const cJSON *object, const char *place,
		       const struct field *fields, size_t count)
{
	char name[NAME_BYTES];
	const cJSON *item;

	if (!cJSON_IsObject(object))
		return expected(reading, place[0] ? place : "the document", object, "an object");
	for (size_t i = 0; i < count; i++) {
		item = cJSON_GetObjectItemCaseSensitive(object, fields[i].name);
		name_field(name, place, fields[i].name);
		if (item ? !fields[i].is(item) : !fields[i].may_be_missing)
			return expected(reading, name, item, fields[i].what);
	}
	cJSON_ArrayForEach(item, object)
	{
		name_field(name, place, item->string);
		if (!find_field(fields, count, item->string))
			return expected(reading, name, item, "no such field");
	}
	return true;
}

#define HAS_FIELDS(reading, object, place, fields)                                                 \
	has_fields(reading, object, place, fields, sizeof(fields) / sizeof((fields)[0]))

static cJSON_bool is_number_or_null(const cJSON *item)
{
	return cJSON_IsNumber(item) || cJSON_IsNull(item);
}

static bool all_are(const struct result_reading *reading, const cJSON *list, const char *place,
		    bool may_be_number, bool may_be_text, bool may_be_null)
{
	const cJSON *item;
	char at[PLACE_BYTES + 64], key[KEY_BYTES];
	size_t n = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (item->string)
			snprintf(at, sizeof(at), "%s.%s", place, shown(key, item->string));
		else
			snprintf(at, sizeof(at), "%s[%zu]", place, n);
		n++;
		if ((may_be_number && cJSON_IsNumber(item)) ||
		    (may_be_text && cJSON_IsString(item)) || (may_be_null && cJSON_IsNull(item)))
			continue;
		return expected(reading, at, item,
				may_be_text ? (may_be_number ? "a number or a text" : "a text")
					    : "a number or null");
	}
	return true;
}

/* Rows. */

static bool check_figure(const struct result_reading *reading, const cJSON *figure,
			 const char *place)
{
	static const struct field fields[] = {
		{ "unit", cJSON_IsString, "a text", false },
		{ "median", is_number_or_null, "a number or null", false },
		{ "min", is_number_or_null, "a number or null", false },
		{ "max", is_number_or_null, "a number or null", false },
		{ "values", cJSON_IsArray, "an array of numbers", false },
	};
	const cJSON *values;
	char at[PLACE_BYTES + 16];

	if (!HAS_FIELDS(reading, figure, place, fields))
		return false;
	values = cJSON_GetObjectItemCaseSensitive(figure, "values");
	snprintf(at, sizeof(at), "%s.values", place);
	if (cJSON_GetArraySize(values) > SPREAD_MAX)
		return result_refuse(reading, "%s has %d; expected at most %d", at,
				     cJSON_GetArraySize(values), SPREAD_MAX);
	return all_are(reading, values, at, true, false, true);
}

static bool check_series(const struct result_reading *reading, const cJSON *series,
			 const char *place)
{
	static const struct field fields[] = {
		{ "x_unit", cJSON_IsString, "a text", false },
		{ "y_unit", cJSON_IsString, "a text", false },
		{ "x", cJSON_IsArray, "an array of numbers", false },
		{ "y", cJSON_IsArray, "an array of numbers", false },
	};
	const cJSON *x, *y;
	char at[PLACE_BYTES + 16];

	if (!HAS_FIELDS(reading, series, place, fields))
		return false;
	x = cJSON_GetObjectItemCaseSensitive(series, "x");
	y = cJSON_GetObjectItemCaseSensitive(series, "y");
	if (cJSON_GetArraySize(x) != cJSON_GetArraySize(y) ||
	    cJSON_GetArraySize(x) > RESULT_SERIES_POINTS_MAX)
		return result_refuse(
			reading, "%s has %d x and %d y; expected as many of each, and at most %d",
			place, cJSON_GetArraySize(x), cJSON_GetArraySize(y),
			RESULT_SERIES_POINTS_MAX);
	snprintf(at, sizeof(at), "%s.x", place);
	if (!all_are(reading, x, at, true, false, true))
		return false;
	at[strlen(at) - 1] = 'y';
	return all_are(reading, y, at, true, false, true);
}

/* What a row says of itself. */
static bool check_words(const struct result_reading *reading, const cJSON *row, const char *place)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(row, "labels");
	const cJSON *reasons = cJSON_GetObjectItemCaseSensitive(row, "reasons");
	const cJSON *notes = cJSON_GetObjectItemCaseSensitive(row, "notes");
	const bool is_valid = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "valid"));
	const int reason_count = cJSON_GetArraySize(reasons);
	char at[PLACE_BYTES];

	snprintf(at, sizeof(at), "%.60s.labels", place);
	if (!labels->child)
		return result_refuse(reading, "%s is empty; expected one or more", at);
	if (!all_are(reading, labels, at, true, true, false))
		return false;
	snprintf(at, sizeof(at), "%.60s.notes", place);
	if (!all_are(reading, notes, at, false, true, false))
		return false;
	snprintf(at, sizeof(at), "%.60s.reasons", place);
	if (!all_are(reading, reasons, at, false, true, false))
		return false;
	if (is_valid != (reason_count == 0))
		return result_refuse(reading, "%s has %d; expected %s", at, reason_count,
				     is_valid ? "none, as it is valid"
					      : "one or more, as it is not valid");
	return true;
}

static bool check_row(const struct result_reading *reading, const cJSON *row, const char *place)
{
	static const struct field fields[] = {
		{ "labels", cJSON_IsObject, "an object", false },
		{ "valid", cJSON_IsBool, "true or false", false },
		{ "reasons", cJSON_IsArray, "an array of texts", false },
		{ "notes", cJSON_IsArray, "an array of texts", false },
		{ "figures", cJSON_IsObject, "an object", false },
		{ "series", cJSON_IsObject, "an object", false },
	};
	const cJSON *item;
	char at[PLACE_BYTES], key[KEY_BYTES];

	if (!HAS_FIELDS(reading, row, place, fields) || !check_words(reading, row, place))
		return false;
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, "figures"))
	{
		snprintf(at, sizeof(at), "%.60s.figures.%s", place, shown(key, item->string));
		if (!check_figure(reading, item, at))
			return false;
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, "series"))
	{
		snprintf(at, sizeof(at), "%.60s.series.%s", place, shown(key, item->string));
		if (!check_series(reading, item, at))
			return false;
	}
	return true;
}

/* The document. */

static bool check_form(const struct result_reading *reading, const cJSON *document)
{
	const cJSON *format = cJSON_GetObjectItemCaseSensitive(document, "format");
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(document, "version");

	if (!cJSON_IsObject(document))
		return expected(reading, "the document", document, "an object");
	if (!cJSON_IsString(format) || strcmp(format->valuestring, RESULT_FORMAT) != 0)
		return expected(reading, "format", format, "\"" RESULT_FORMAT "\"");
	if (!cJSON_IsNumber(version))
		return expected(reading, "version", version, "a number");
	if (version->valuedouble != RESULT_VERSION)
		return result_refuse(
			reading,
			"version is %.10g; expected %d, which this starling-bench writes; "
			"measure again, or read it with the one that wrote it",
			version->valuedouble, RESULT_VERSION);
	return true;
}

static bool check_command(const struct result_reading *reading, const cJSON *document)
{
	static const char *const commands[] = { "compare", "contrast", "load", "self-test" };
	const cJSON *command = cJSON_GetObjectItemCaseSensitive(document, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(command->valuestring, commands[i]) == 0)
			return true;
	return expected(reading, "command", command, "compare, contrast, load or self-test");
}

/* When and on what: of what was measured, and not of what was simulated. */
static bool check_origin(const struct result_reading *reading, const cJSON *document)
{
	static const struct field fields[] = {
		{ "processor", cJSON_IsString, "a text", false },
		{ "cores", cJSON_IsNumber, "a number", false },
		{ "memory_bytes", cJSON_IsNumber, "a number", false },
		{ "system", cJSON_IsString, "a text", false },
		{ "kernel", cJSON_IsString, "a text", false },
	};
	const cJSON *started = cJSON_GetObjectItemCaseSensitive(document, "started");
	const cJSON *machine = cJSON_GetObjectItemCaseSensitive(document, "machine");

	if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(document, "simulated")))
		return (started || expected(reading, "started", started, "a text")) &&
		       HAS_FIELDS(reading, machine, "machine", fields);
	if (started || machine)
		return expected(reading, started ? "started" : "machine",
				started ? started : machine, "no such field, as it was simulated");
	return true;
}

/* Lists of texts and numbers, and what depends on other fields. */
static bool check_parts(const struct result_reading *reading, const cJSON *document)
{
	return check_command(reading, document) && check_origin(reading, document) &&
	       all_are(reading, cJSON_GetObjectItemCaseSensitive(document, "arguments"),
		       "arguments", false, true, false) &&
	       all_are(reading, cJSON_GetObjectItemCaseSensitive(document, "reasons"), "reasons",
		       false, true, false) &&
	       all_are(reading, cJSON_GetObjectItemCaseSensitive(document, "parameters"),
		       "parameters", true, true, true);
}

/* A text or a name in it that a terminal would not just print, or NULL. */
static const char *find_unprintable(const cJSON *item)
{
	const char *found = NULL;
	const cJSON *part;

	if (item->string && !text_is_printable(item->string, strlen(item->string)))
		return item->string;
	if (cJSON_IsString(item) &&
	    !text_is_printable(item->valuestring, strlen(item->valuestring)))
		return item->valuestring;
	cJSON_ArrayForEach(part, item)
	{
		found = found ? found : find_unprintable(part);
	}
	return found;
}

bool result_check(const struct result_reading *reading, const cJSON *document)
{
	static const struct field fields[] = {
		{ "format", cJSON_IsString, "a text", false },
		{ "version", cJSON_IsNumber, "a number", false },
		{ "program", cJSON_IsString, "a text", false },
		{ "command", cJSON_IsString, "a text", false },
		{ "arguments", cJSON_IsArray, "an array of texts", false },
		{ "simulated", cJSON_IsBool, "true or false", false },
		{ "started", cJSON_IsString, "a text", true },
		{ "machine", cJSON_IsObject, "an object", true },
		{ "parameters", cJSON_IsObject, "an object", false },
		{ "valid", cJSON_IsBool, "true or false", false },
		{ "reasons", cJSON_IsArray, "an array of texts", false },
		{ "rows", cJSON_IsArray, "an array of objects", false },
	};
	const char *unprintable;
	char place[PLACE_BYTES], text[KEY_BYTES];
	const cJSON *row;
	size_t n = 0;

	if (!check_form(reading, document) || !HAS_FIELDS(reading, document, "", fields) ||
	    !check_parts(reading, document))
		return false;
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
	{
		snprintf(place, sizeof(place), "rows[%zu]", n++);
		if (!check_row(reading, row, place))
			return false;
	}
	unprintable = find_unprintable(document);
	if (unprintable)
		return result_refuse(reading, "holds \"%s\"; expected texts that are printable",
				     shown(text, unprintable));
	return true;
}
