/* Reading a result: every field that has to be there is looked at before anything is used. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result_document.h"

enum {
	PLACE_BYTES = 160,
	READ_STEP_BYTES = 65536,
};

struct reading {
	const char *path;
	char *error; /* RESULT_ERROR_BYTES */
};

static bool refuse(const struct reading *reading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(const struct reading *reading, const char *format, ...)
{
	const int used = snprintf(reading->error, RESULT_ERROR_BYTES, "%.120s: ", reading->path);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->error + used, RESULT_ERROR_BYTES - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
}

/* What stands there, in words. */
static void describe(const cJSON *item, char *out, size_t capacity)
{
	if (!item)
		snprintf(out, capacity, "not there");
	else if (cJSON_IsString(item))
		snprintf(out, capacity, "\"%.40s\"", item->valuestring);
	else if (cJSON_IsNumber(item))
		snprintf(out, capacity, "%.10g", item->valuedouble);
	else
		snprintf(out, capacity, "%s",
			 cJSON_IsObject(item)  ? "an object"
			 : cJSON_IsArray(item) ? "an array"
			 : cJSON_IsNull(item)  ? "null"
					       : "true or false");
}

static bool expected(const struct reading *reading, const char *place, const cJSON *item,
		     const char *what)
{
	char stands[64];

	describe(item, stands, sizeof(stands));
	return refuse(reading, "%s is %s; expected %s", place, stands, what);
}

typedef cJSON_bool is_type(const cJSON *item);

struct field {
	const char *name;
	is_type *is;
	const char *what;
};

/* Whether all fields are in the object at `place` ("" is the document). */
static bool has_fields(const struct reading *reading, const cJSON *object, const char *place,
		       const struct field *fields, size_t count)
{
	char name[PLACE_BYTES + 32];

	if (!cJSON_IsObject(object))
		return expected(reading, place[0] ? place : "the document", object, "an object");
	for (size_t i = 0; i < count; i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, fields[i].name);

		snprintf(name, sizeof(name), "%s%s%s", place, place[0] ? "." : "", fields[i].name);
		if (!item || !fields[i].is(item))
			return expected(reading, name, item, fields[i].what);
	}
	return true;
}

#define HAS_FIELDS(reading, object, place, fields)                                                 \
	has_fields(reading, object, place, fields, sizeof(fields) / sizeof((fields)[0]))

static bool all_are(const struct reading *reading, const cJSON *list, const char *place,
		    bool may_be_number, bool may_be_text, bool may_be_null)
{
	const cJSON *item;
	char at[PLACE_BYTES + 64];
	size_t n = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (item->string)
			snprintf(at, sizeof(at), "%s.%.40s", place, item->string);
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

static bool check_figure(const struct reading *reading, const cJSON *figure, const char *place)
{
	static const struct field fields[] = {
		{ "unit", cJSON_IsString, "a text" },
		{ "values", cJSON_IsArray, "an array of numbers" },
	};
	char at[PLACE_BYTES + 16];

	snprintf(at, sizeof(at), "%s.values", place);
	return HAS_FIELDS(reading, figure, place, fields) &&
	       all_are(reading, cJSON_GetObjectItemCaseSensitive(figure, "values"), at, true, false,
		       true);
}

static bool check_series(const struct reading *reading, const cJSON *series, const char *place)
{
	static const struct field fields[] = {
		{ "x_unit", cJSON_IsString, "a text" },
		{ "y_unit", cJSON_IsString, "a text" },
		{ "x", cJSON_IsArray, "an array of numbers" },
		{ "y", cJSON_IsArray, "an array of numbers" },
	};
	const cJSON *x, *y;
	char at[PLACE_BYTES + 16];

	if (!HAS_FIELDS(reading, series, place, fields))
		return false;
	x = cJSON_GetObjectItemCaseSensitive(series, "x");
	y = cJSON_GetObjectItemCaseSensitive(series, "y");
	if (cJSON_GetArraySize(x) != cJSON_GetArraySize(y) ||
	    cJSON_GetArraySize(x) > RESULT_SERIES_POINTS_MAX)
		return refuse(reading,
			      "%s has %d x and %d y; expected as many of each, and at most %d",
			      place, cJSON_GetArraySize(x), cJSON_GetArraySize(y),
			      RESULT_SERIES_POINTS_MAX);
	snprintf(at, sizeof(at), "%s.x", place);
	if (!all_are(reading, x, at, true, false, true))
		return false;
	at[strlen(at) - 1] = 'y';
	return all_are(reading, y, at, true, false, true);
}

static bool check_row(const struct reading *reading, const cJSON *row, const char *place)
{
	static const struct field fields[] = {
		{ "labels", cJSON_IsObject, "an object" },
		{ "valid", cJSON_IsBool, "true or false" },
		{ "reasons", cJSON_IsArray, "an array of texts" },
		{ "notes", cJSON_IsArray, "an array of texts" },
		{ "figures", cJSON_IsObject, "an object" },
		{ "series", cJSON_IsObject, "an object" },
	};
	const cJSON *item;
	char at[PLACE_BYTES];

	if (!HAS_FIELDS(reading, row, place, fields))
		return false;
	snprintf(at, sizeof(at), "%.60s.labels", place);
	if (!all_are(reading, cJSON_GetObjectItemCaseSensitive(row, "labels"), at, true, true,
		     false))
		return false;
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, "figures"))
	{
		snprintf(at, sizeof(at), "%.60s.figures.%.40s", place, item->string);
		if (!check_figure(reading, item, at))
			return false;
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row, "series"))
	{
		snprintf(at, sizeof(at), "%.60s.series.%.40s", place, item->string);
		if (!check_series(reading, item, at))
			return false;
	}
	return true;
}

/* The document. */

static bool check_form(const struct reading *reading, const cJSON *document)
{
	static const struct field fields[] = {
		{ "format", cJSON_IsString, "\"" RESULT_FORMAT "\"" },
		{ "version", cJSON_IsNumber, "a number" },
	};
	const cJSON *format, *version;

	if (!HAS_FIELDS(reading, document, "", fields))
		return false;
	format = cJSON_GetObjectItemCaseSensitive(document, "format");
	version = cJSON_GetObjectItemCaseSensitive(document, "version");
	if (strcmp(format->valuestring, RESULT_FORMAT) != 0)
		return expected(reading, "format", format, "\"" RESULT_FORMAT "\"");
	if (version->valuedouble != RESULT_VERSION)
		return refuse(reading,
			      "version is %.10g; expected %d, which this starling-bench writes; "
			      "measure again, or read it with the one that wrote it",
			      version->valuedouble, RESULT_VERSION);
	return true;
}

static bool check_document(const struct reading *reading, const cJSON *document)
{
	static const struct field fields[] = {
		{ "program", cJSON_IsString, "a text" },
		{ "command", cJSON_IsString, "a text" },
		{ "arguments", cJSON_IsArray, "an array of texts" },
		{ "simulated", cJSON_IsBool, "true or false" },
		{ "parameters", cJSON_IsObject, "an object" },
		{ "valid", cJSON_IsBool, "true or false" },
		{ "reasons", cJSON_IsArray, "an array of texts" },
		{ "rows", cJSON_IsArray, "an array of objects" },
	};
	const cJSON *machine = cJSON_GetObjectItemCaseSensitive(document, "machine"), *row;
	char place[PLACE_BYTES];
	size_t n = 0;

	if (!check_form(reading, document) || !HAS_FIELDS(reading, document, "", fields))
		return false;
	if (!all_are(reading, cJSON_GetObjectItemCaseSensitive(document, "arguments"), "arguments",
		     false, true, false) ||
	    !all_are(reading, cJSON_GetObjectItemCaseSensitive(document, "reasons"), "reasons",
		     false, true, false) ||
	    !all_are(reading, cJSON_GetObjectItemCaseSensitive(document, "parameters"),
		     "parameters", true, true, true))
		return false;
	if (machine &&
	    (!cJSON_IsObject(machine) || !all_are(reading, machine, "machine", true, true, true)))
		return cJSON_IsObject(machine) ? false
					       : expected(reading, "machine", machine, "an object");
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
	{
		snprintf(place, sizeof(place), "rows[%zu]", n++);
		if (!check_row(reading, row, place))
			return false;
	}
	return true;
}

static struct result *adopt(cJSON *document)
{
	struct result *result = calloc(1, sizeof(*result));
	cJSON *row;

	if (!result)
		return NULL;
	result->document = document;
	result->arguments = cJSON_GetObjectItemCaseSensitive(document, "arguments");
	result->parameters = cJSON_GetObjectItemCaseSensitive(document, "parameters");
	result->machine = cJSON_GetObjectItemCaseSensitive(document, "machine");
	result->reasons = cJSON_GetObjectItemCaseSensitive(document, "reasons");
	result->rows = cJSON_GetObjectItemCaseSensitive(document, "rows");
	cJSON_ArrayForEach(row, result->rows)
	{
		if (result_adopt_row(result, row))
			continue;
		result->document = NULL; /* stays the caller's */
		result_destroy(result);
		return NULL;
	}
	return result;
}

/* Where the text stops being JSON, as people count. */
static void refuse_syntax(const struct reading *reading, const char *text, const char *end)
{
	size_t line = 1, column = 1;

	for (const char *at = text; end && at < end && *at != '\0'; at++) {
		line += *at == '\n';
		column = *at == '\n' ? 1 : column + 1;
	}
	refuse(reading,
	       "line %zu, column %zu: not JSON; expected a result of starling-bench --json", line,
	       column);
}

struct result *result_read_text(const char *text, const char *path,
				char error[static RESULT_ERROR_BYTES])
{
	const struct reading reading = { path, error };
	const char *end = NULL;
	cJSON *document = cJSON_ParseWithOpts(text, &end, true);
	struct result *result = NULL;

	if (!document)
		refuse_syntax(&reading, text, end);
	else if (check_document(&reading, document) && !(result = adopt(document)))
		refuse(&reading, "not enough memory");
	if (!result)
		cJSON_Delete(document);
	return result;
}

static char *read_all(const struct reading *reading, FILE *file)
{
	size_t used = 0, capacity = READ_STEP_BYTES, got;
	char *text = malloc(capacity);

	while (text && (got = fread(text + used, 1, capacity - used - 1, file)) > 0) {
		char *grown;

		used += got;
		if (used > RESULT_FILE_MAX_BYTES || memchr(text + used - got, '\0', got)) {
			refuse(reading, used > RESULT_FILE_MAX_BYTES
						? "longer than a result can be (64 MiB)"
						: "holds a byte of value 0, so it is no JSON");
			free(text);
			return NULL;
		}
		if (capacity - used > 1)
			continue;
		grown = realloc(text, capacity *= 2);
		if (!grown)
			free(text);
		text = grown;
	}
	if (!text || ferror(file)) {
		refuse(reading, "%s", strerror(text ? errno : ENOMEM));
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

struct result *result_read(const char *path, char error[static RESULT_ERROR_BYTES])
{
	const bool is_standard = strcmp(path, "-") == 0;
	const struct reading reading = { is_standard ? "standard input" : path, error };
	FILE *file = is_standard ? stdin : fopen(path, "re");
	struct result *result = NULL;
	char *text;

	if (!file) {
		refuse(&reading, "%s", strerror(errno));
		return NULL;
	}
	text = read_all(&reading, file);
	if (text)
		result = result_read_text(text, reading.path, error);
	free(text);
	if (!is_standard)
		fclose(file);
	return result;
}
