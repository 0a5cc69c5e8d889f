#include "bench/result/result.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/result/figures.h"
#include "bench/result/machine.h"
#include "bench/result/result_internal.h"
#include "proto/wire/text.h"
#include "proto/cli/option_table.h"
#include "proto/cli/version.h"

#define EXACT_MAX UINT64_C(999999999999999) /* of the digits that cJSON writes of a number */

enum {
	TIME_BYTES = 32,
	REASON_BYTES = 512,
};

/* Adding to the document. */

cJSON *result_put(struct result *result, cJSON *parent, const char *name, cJSON *child)
{
	const bool is_in = child && (name ? cJSON_AddItemToObject(parent, name, child)
					  : cJSON_AddItemToArray(parent, child));

	if (is_in)
		return child;
	cJSON_Delete(child);
	result->has_no_memory = true;
	return NULL;
}

void result_put_text(struct result *result, cJSON *parent, const char *name, const char *text)
{
	const bool is_printable = text_is_printable(text, strlen(text));

	/* JSON has a way to write controls, but for a few, and none for what is not UTF-8. */
	result_put(result, parent, name,
		   cJSON_CreateString(is_printable ? text : text_shown(text).text));
}

void result_put_number(struct result *result, cJSON *parent, const char *name, double value)
{
	result_put(result, parent, name,
		   isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

/* The kind of result. */

static void put_machine(struct result *result)
{
	struct machine machine;
	char started[TIME_BYTES] = "";
	const time_t now = time(NULL);
	struct tm utc;

	if (gmtime_r(&now, &utc))
		strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	result_put_text(result, result->document, "started", started);
	result->machine = result_put(result, result->document, "machine", cJSON_CreateObject());
	if (!result->machine)
		return;
	machine_describe(&machine);
	result_put_text(result, result->machine, "processor", machine.processor);
	result_put_number(result, result->machine, "cores", machine.cores);
	result_put_number(result, result->machine, "memory_bytes", (double)machine.memory_bytes);
	result_put_text(result, result->machine, "system", machine.system);
	result_put_text(result, result->machine, "kernel", machine.kernel);
}

/*
 * How many words of argv say how to show the result and where to, or name a file that
 * result_add_words stands for; 0: the first says nothing of that.
 */
static int left_out_words(const char *word)
{
	static const char config[] = "--config";
	const size_t size = strlen(config);

	if (strncmp(word, config, size) == 0 && strchr("=", word[size]))
		return word[size] == '=' ? 1 : 2;
	return strcmp(word, "--json") == 0;
}

static void put_arguments(struct result *result, int argc, char *const *argv)
{
	for (int i = 1, words; i < argc; i += words + (words == 0)) {
		words = left_out_words(argv[i]);
		if (words == 0)
			result_put_text(result, result->arguments, NULL, argv[i]);
	}
}

void result_add_words(struct result *result, const struct option_words *words)
{
	const char *word = words->bytes;
	int others;

	if (!result)
		return;
	others = cJSON_GetArraySize(result->arguments);
	for (; word < words->bytes + words->used; word += strlen(word) + 1)
		if (left_out_words(word) == 0)
			result_put_text(result, result->arguments, NULL, word);
	for (; others > 0; others--)
		cJSON_AddItemToArray(result->arguments,
				     cJSON_DetachItemFromArray(result->arguments, 0));
}

struct result *result_create(const char *command, int argc, char *const *argv, bool is_simulated)
{
	struct result *result = calloc(1, sizeof(*result));

	if (!result)
		return NULL;
	result->document = cJSON_CreateObject();
	result_put_text(result, result->document, "format", RESULT_FORMAT);
	result_put_number(result, result->document, "version", RESULT_VERSION);
	result_put_text(result, result->document, "program", VERSION_TEXT);
	result_put_text(result, result->document, "command", command);
	result->arguments = result_put(result, result->document, "arguments", cJSON_CreateArray());
	result_put(result, result->document, "simulated", cJSON_CreateBool(is_simulated));
	if (!is_simulated)
		put_machine(result);
	result->parameters =
		result_put(result, result->document, "parameters", cJSON_CreateObject());
	result_put(result, result->document, "valid", cJSON_CreateTrue());
	result->reasons = result_put(result, result->document, "reasons", cJSON_CreateArray());
	result->rows = result_put(result, result->document, "rows", cJSON_CreateArray());
	put_arguments(result, argc, argv);
	if (!result->has_no_memory)
		return result;
	result_destroy(result);
	return NULL;
}

void result_destroy(struct result *result)
{
	if (!result)
		return;
	for (struct result_row *row = result->first; row;) {
		struct result_row *next = row->next;

		free(row);
		row = next;
	}
	cJSON_Delete(result->document);
	free(result);
}

void result_parameter(struct result *result, const char *name, double value)
{
	result_put_number(result, result->parameters, name, value);
}

void result_parameter_text(struct result *result, const char *name, const char *text)
{
	result_put_text(result, result->parameters, name, text);
}

void result_parameter_seed(struct result *result, uint64_t seed)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, seed);
	if (seed > EXACT_MAX)
		result_parameter_text(result, "seed", text);
	else
		result_parameter(result, "seed", (double)seed);
}

/* Rows. */

struct result_row *result_adopt_row(struct result *result, cJSON *object)
{
	struct result_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->result = result;
	row->object = object;
	row->labels = cJSON_GetObjectItemCaseSensitive(object, "labels");
	row->figures = cJSON_GetObjectItemCaseSensitive(object, "figures");
	row->series = cJSON_GetObjectItemCaseSensitive(object, "series");
	row->reasons = cJSON_GetObjectItemCaseSensitive(object, "reasons");
	row->notes = cJSON_GetObjectItemCaseSensitive(object, "notes");
	*(result->last ? &result->last->next : &result->first) = row;
	result->last = row;
	result->row_count++;
	return row;
}

struct result_row *result_add_row(struct result *result)
{
	cJSON *object = result_put(result, result->rows, NULL, cJSON_CreateObject());

	if (!object)
		return NULL;
	result_put(result, object, "labels", cJSON_CreateObject());
	result_put(result, object, "valid", cJSON_CreateTrue());
	result_put(result, object, "reasons", cJSON_CreateArray());
	result_put(result, object, "notes", cJSON_CreateArray());
	result_put(result, object, "figures", cJSON_CreateObject());
	result_put(result, object, "series", cJSON_CreateObject());
	return result_adopt_row(result, object);
}

void result_label(struct result_row *row, const char *name, const char *text)
{
	if (row)
		result_put_text(row->result, row->labels, name, text);
}

void result_label_number(struct result_row *row, const char *name, double value)
{
	if (row)
		result_put_number(row->result, row->labels, name, value);
}

static void put_numbers(struct result *result, cJSON *parent, const char *name,
			const double *values, size_t count)
{
	cJSON *list = result_put(result, parent, name, cJSON_CreateArray());

	for (size_t i = 0; list && i < count; i++)
		result_put_number(result, list, NULL, values[i]);
}

void result_figure(struct result_row *row, const char *name, const char *unit, const double *values,
		   size_t count)
{
	const struct figure *known = figures_find(name);
	struct spread spread;
	cJSON *figure;

	if (!row)
		return;
	if (!unit)
		unit = known ? known->unit : "1";
	count = count < SPREAD_MAX ? count : SPREAD_MAX;
	spread = spread_of(values, count);
	figure = result_put(row->result, row->figures, name, cJSON_CreateObject());
	if (!figure)
		return;
	result_put_text(row->result, figure, "unit", unit);
	result_put_number(row->result, figure, "median", spread.median);
	result_put_number(row->result, figure, "min", spread.min);
	result_put_number(row->result, figure, "max", spread.max);
	put_numbers(row->result, figure, "values", values, count);
}

void result_series(struct result_row *row, const char *name, const char *x_unit, const char *y_unit,
		   const double *x, const double *y, size_t count)
{
	cJSON *series =
		row ? result_put(row->result, row->series, name, cJSON_CreateObject()) : NULL;

	if (!series)
		return;
	count = count < RESULT_SERIES_POINTS_MAX ? count : RESULT_SERIES_POINTS_MAX;
	result_put_text(row->result, series, "x_unit", x_unit);
	result_put_text(row->result, series, "y_unit", y_unit);
	put_numbers(row->result, series, "x", x, count);
	put_numbers(row->result, series, "y", y, count);
}

/* Checks. */

static void set_not_valid(struct result *result, cJSON *object)
{
	cJSON *not_valid = cJSON_CreateFalse();

	if (not_valid && cJSON_ReplaceItemInObjectCaseSensitive(object, "valid", not_valid))
		return;
	cJSON_Delete(not_valid);
	result->has_no_memory = true;
}

void result_not_valid(struct result *result, struct result_row *row, const char *format, ...)
{
	char reason[REASON_BYTES], text[REASON_BYTES], name[REASON_BYTES / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	set_not_valid(result, result->document);
	if (!row) {
		result_put_text(result, result->reasons, NULL, reason);
		return;
	}
	set_not_valid(result, row->object);
	result_put_text(result, row->reasons, NULL, reason);
	snprintf(text, sizeof(text), "%.200s: %.300s", result_row_name(row, name, sizeof(name)),
		 reason);
	result_put_text(result, result->reasons, NULL, text);
}

void result_note(struct result_row *row, const char *text)
{
	if (row)
		result_put_text(row->result, row->notes, NULL, text);
}

bool result_is_valid(const struct result *result)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result->document, "valid"));
}

int result_print(const struct result *result, FILE *out)
{
	char *text = result->has_no_memory ? NULL : cJSON_Print(result->document);
	int status;

	if (!text)
		return -ENOMEM;
	errno = 0;
	status = fprintf(out, "%s\n", text) < 0 || fflush(out) != 0 ? -(errno ? errno : EIO) : 0;
	cJSON_free(text);
	return status;
}
