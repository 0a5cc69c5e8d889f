#include "tests/contrast_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result.h"

enum {
	WIDTH = 100,
};

struct contrast *contrast_stage_open(size_t carriers, bool wants_curves)
{
	struct contrast *contrast = calloc(1, sizeof(*contrast));

	assert_non_null(contrast);
	contrast->line_count = 1;
	snprintf(contrast->lines[0].text, sizeof(contrast->lines[0].text), "loss=1%%");
	contrast->carrier_count = carriers;
	for (size_t i = 0; i < carriers; i++)
		contrast->carriers[i] = (enum trial_carrier)i;
	contrast->is_live = true;
	contrast->repeat = CONTRAST_STAGE_REPEAT;
	contrast->seed = 40;
	contrast->wants_curves = wants_curves;
	contrast->trial = (struct trial_config){ .members = 2, .rate_hz = 20, .seconds = 1 };
	assert_true(contrast_open(contrast));
	return contrast;
}

void contrast_stage_close(struct contrast *contrast)
{
	contrast_close(contrast);
	free(contrast);
}

void contrast_stage_take(struct contrast *contrast, size_t carrier, struct trial_result result)
{
	struct trial_result *place = contrast_choose(contrast, 0, carrier);

	result.check.is_live = true;
	*place = result;
	assert_true(contrast_keep(contrast, 0, carrier));
}

char *contrast_stage_printed(const struct contrast *contrast)
{
	FILE *real = stdout;
	char *text = NULL;
	size_t size = 0, column = 0;

	stdout = open_memstream(&text, &size);
	contrast_print_table(contrast);
	contrast_print_notes(contrast);
	contrast_print_words(contrast);
	fclose(stdout);
	stdout = real;
	for (size_t i = 0; i < size; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		if (column > WIDTH)
			fail_msg("wider than %d: %s", WIDTH, text);
	}
	return text;
}

char *contrast_stage_said(const struct contrast *contrast)
{
	char *text = contrast_stage_printed(contrast);

	for (char *end = text; (end = strchr(end, '\n'));)
		*end = ' ';
	return text;
}

cJSON *contrast_stage_document(const struct contrast *contrast)
{
	char *const argv[] = { "contrast", "--live" };
	struct result *result = contrast_result(contrast, 2, argv);
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	cJSON *document;

	assert_non_null(result);
	assert_int_equal(result_print(result, file), 0);
	fclose(file);
	document = cJSON_Parse(text);
	assert_non_null(document);
	free(text);
	result_destroy(result);
	return document;
}
