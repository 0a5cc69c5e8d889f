/* Reading a result. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/result_internal.h"
#include "proto/wire/text.h"

#define BLANKS " \t\r\n"

enum {
	READ_STEP_BYTES = 65536,
};

bool result_refuse(const struct result_reading *reading, const char *format, ...)
{
	const int used = snprintf(reading->error, RESULT_ERROR_BYTES,
				  "%s: ", text_shown(reading->path).text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->error + used, RESULT_ERROR_BYTES - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
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

/* As a run that was killed, or a full disk, leaves it. */
static bool breaks_off(const char *text)
{
	size_t size = strlen(text);

	while (size > 0 && strchr(BLANKS, text[size - 1]))
		size--;
	return text[strspn(text, BLANKS)] == '{' && text[size - 1] != '}';
}

/* Where the text stops being JSON, as people count. */
static void refuse_syntax(const struct result_reading *reading, const char *text, const char *end)
{
	size_t line = 1, column = 1;

	if (text[strspn(text, BLANKS)] == '\0') {
		result_refuse(reading, "is empty; expected a result of starling-bench --json, so "
				       "measure again");
		return;
	}
	for (const char *at = text; end && at < end && *at != '\0'; at++) {
		line += *at == '\n';
		column = *at == '\n' ? 1 : column + 1;
	}
	result_refuse(reading,
		      "line %zu, column %zu: not JSON; expected a result of starling-bench "
		      "--json%s",
		      line, column,
		      breaks_off(text) ? ", and this one breaks off; measure again" : "");
}

struct result *result_read_text(const char *text, const char *path,
				char error[static RESULT_ERROR_BYTES])
{
	const struct result_reading reading = { path, error };
	const char *end = NULL;
	cJSON *document = cJSON_ParseWithOpts(text, &end, true);
	struct result *result = NULL;

	if (!document)
		refuse_syntax(&reading, text, end);
	else if (result_check(&reading, document) && !(result = adopt(document)))
		result_refuse(&reading, "not enough memory");
	if (!result)
		cJSON_Delete(document);
	return result;
}

static char *read_all(const struct result_reading *reading, FILE *file)
{
	size_t used = 0, capacity = READ_STEP_BYTES, got;
	char *text = malloc(capacity);

	while (text && (got = fread(text + used, 1, capacity - used - 1, file)) > 0) {
		char *grown;

		used += got;
		if (used > RESULT_FILE_MAX_BYTES || memchr(text + used - got, '\0', got)) {
			result_refuse(reading,
				      used > RESULT_FILE_MAX_BYTES
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
		result_refuse(reading, "%s", strerror(text ? errno : ENOMEM));
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

struct result *result_read(const char *path, char error[static RESULT_ERROR_BYTES])
{
	const bool is_standard = strcmp(path, "-") == 0;
	const struct result_reading reading = { is_standard ? "standard input" : path, error };
	FILE *file = is_standard ? stdin : fopen(path, "re");
	struct result *result = NULL;
	char *text;

	if (!file) {
		result_refuse(&reading, "%s", strerror(errno));
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
