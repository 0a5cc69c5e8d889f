/* Queries of a result's fields. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "bench/result/result_internal.h"

const char *result_text_of(const cJSON *item, char text[static RESULT_NUMBER_BYTES])
{
	if (cJSON_IsString(item))
		return item->valuestring;
	if (!cJSON_IsNumber(item))
		return NULL;
	/* A whole one with every digit, such as a seed's. */
	snprintf(text, RESULT_NUMBER_BYTES, "%.*g",
		 item->valuedouble == trunc(item->valuedouble) ? 16 : 10, item->valuedouble);
	return text;
}

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const cJSON *item_at(const cJSON *list, size_t n)
{
	return n <= INT_MAX ? cJSON_GetArrayItem(list, (int)n) : NULL;
}

static size_t count_of(const cJSON *list)
{
	return (size_t)cJSON_GetArraySize(list);
}

static const char *string_at(const cJSON *list, size_t n)
{
	const cJSON *item = item_at(list, n);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

static const char *name_at(const cJSON *object, size_t n)
{
	const cJSON *item = item_at(object, n);

	return item ? item->string : NULL;
}

/* The whole. */

const char *result_command(const struct result *result)
{
	return member(result->document, "command")->valuestring;
}

const char *result_program(const struct result *result)
{
	return cJSON_GetStringValue(member(result->document, "program"));
}

const char *result_started(const struct result *result)
{
	return cJSON_GetStringValue(member(result->document, "started"));
}

size_t result_argument_count(const struct result *result)
{
	return count_of(result->arguments);
}

const char *result_argument(const struct result *result, size_t n)
{
	return string_at(result->arguments, n);
}

const char *result_parameter_value(const struct result *result, const char *name)
{
	/* The text's place is not part of what the result says. */
	return result_text_of(member(result->parameters, name), ((struct result *)result)->text);
}

size_t result_parameter_count(const struct result *result)
{
	return count_of(result->parameters);
}

const char *result_parameter_name(const struct result *result, size_t n)
{
	return name_at(result->parameters, n);
}

const char *result_machine(const struct result *result, const char *name)
{
	return result_text_of(member(result->machine, name), ((struct result *)result)->text);
}

size_t result_reason_count(const struct result *result)
{
	return count_of(result->reasons);
}

const char *result_reason(const struct result *result, size_t n)
{
	return string_at(result->reasons, n);
}

size_t result_row_reason_count(const struct result_row *row)
{
	return count_of(row->reasons);
}

const char *result_row_reason(const struct result_row *row, size_t n)
{
	return string_at(row->reasons, n);
}

const char *result_row_fault(const struct result_row *row, char text[static RESULT_ERROR_BYTES])
{
	const size_t count = count_of(row->reasons);
	const char *first = string_at(row->reasons, 0);

	if (count > 1)
		snprintf(text, RESULT_ERROR_BYTES, "%.400s (and %zu more)", first, count - 1);
	else
		snprintf(text, RESULT_ERROR_BYTES, "%.400s", first ? first : "");
	return text;
}

size_t result_note_count(const struct result_row *row)
{
	return count_of(row->notes);
}

const char *result_note_text(const struct result_row *row, size_t n)
{
	return string_at(row->notes, n);
}

size_t result_row_count(const struct result *result)
{
	return result->row_count;
}

const struct result_row *result_row(const struct result *result, size_t n)
{
	const struct result_row *row = result->first;

	while (row && n-- > 0)
		row = row->next;
	return row;
}

/* A row. */

const char *result_row_name(const struct result_row *row, char *text, size_t capacity)
{
	const cJSON *label;
	size_t used = 0;

	text[0] = '\0';
	cJSON_ArrayForEach(label, row->labels)
	{
		char number[RESULT_NUMBER_BYTES];
		const char *value = result_text_of(label, number);
		const int wrote = snprintf(text + used, capacity - used, "%s%s",
					   used > 0 ? ", " : "", value ? value : "-");

		if (wrote < 0 || (size_t)wrote >= capacity - used)
			break;
		used += (size_t)wrote;
	}
	return text;
}

const char *result_row_label(const struct result_row *row, const char *name)
{
	return result_text_of(member(row->labels, name), ((struct result_row *)row)->text);
}

const char *result_label_name(const struct result_row *row, size_t n)
{
	return name_at(row->labels, n);
}

bool result_rows_agree(const struct result_row *one, const struct result_row *other,
		       const char *label)
{
	const cJSON *value = member(one->labels, label), *same = member(other->labels, label);

	return value == same || cJSON_Compare(value, same, true);
}

bool result_row_is_valid(const struct result_row *row)
{
	return cJSON_IsTrue(member(row->object, "valid"));
}

size_t result_figure_count(const struct result_row *row)
{
	return count_of(row->figures);
}

const char *result_figure_name(const struct result_row *row, size_t n)
{
	return name_at(row->figures, n);
}

const char *result_figure_unit(const struct result_row *row, const char *name)
{
	const cJSON *unit = member(member(row->figures, name), "unit");

	return cJSON_IsString(unit) ? unit->valuestring : NULL;
}

static size_t copy_numbers(const cJSON *list, double *values, size_t capacity)
{
	const cJSON *item;
	size_t count = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (count < capacity)
			values[count] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
		count++;
	}
	return count;
}

size_t result_values(const struct result_row *row, const char *name, double *values,
		     size_t capacity)
{
	return copy_numbers(member(member(row->figures, name), "values"), values, capacity);
}

struct spread result_spread(const struct result_row *row, const char *name)
{
	double values[SPREAD_MAX];
	const size_t count = result_values(row, name, values, SPREAD_MAX);

	return spread_of(values, count < SPREAD_MAX ? count : SPREAD_MAX);
}

double result_median(const struct result_row *row, const char *name)
{
	return result_spread(row, name).median;
}

struct spread result_share(const struct result_row *row, const char *part, const char *whole)
{
	double parts[SPREAD_MAX] = { 0 }, wholes[SPREAD_MAX];
	size_t count = result_values(row, whole, wholes, SPREAD_MAX);

	if (result_values(row, part, parts, SPREAD_MAX) < count)
		count = 0;
	count = count < SPREAD_MAX ? count : SPREAD_MAX;
	for (size_t i = 0; i < count; i++)
		parts[i] = wholes[i] == 0 ? 0 : parts[i] / wholes[i]; /* NAN stays */
	return spread_of(parts, count);
}
