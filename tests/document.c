#include "tests/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

const cJSON *document_part(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!item)
		fail_msg("no \"%s\"", name);
	return item;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *item = document_part(object, name);

	if (!cJSON_IsString(item))
		fail_msg("\"%s\" is no text", name);
	return item->valuestring;
}

const char *document_parameter(const cJSON *document, const char *name)
{
	return text_of(document_part(document, "parameters"), name);
}

const cJSON *document_row(const cJSON *document, const char *label, const char *text)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, document_part(document, "rows"))
	{
		const cJSON *item =
			cJSON_GetObjectItemCaseSensitive(document_part(row, "labels"), label);

		if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
			return row;
	}
	fail_msg("no row with %s \"%s\"", label, text);
	return NULL;
}

const char *document_label(const cJSON *row, const char *name)
{
	return text_of(document_part(row, "labels"), name);
}

static const cJSON *figure_of(const cJSON *row, const char *figure)
{
	return document_part(document_part(row, "figures"), figure);
}

const cJSON *document_values(const cJSON *row, const char *figure)
{
	return document_part(figure_of(row, figure), "values");
}

double document_value(const cJSON *row, const char *figure, int n)
{
	const cJSON *value = cJSON_GetArrayItem(document_values(row, figure), n);

	if (!cJSON_IsNumber(value))
		fail_msg("\"%s\" has no value %d", figure, n);
	return value->valuedouble;
}

double document_median(const cJSON *row, const char *figure)
{
	const cJSON *median = document_part(figure_of(row, figure), "median");

	return cJSON_IsNumber(median) ? median->valuedouble : NAN;
}
