#include "proto/cli/option.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"

/* The largest up to which every whole number is a double. */
#define EXACT_MAX 9007199254740991.0

/* Texts. */

static bool read_text(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	snprintf(must, must_bytes, "must not be empty");
	if (*text == '\0')
		return false;
	*(const char **)row->value = text;
	return true;
}

static bool read_address(const struct option_row *row, const char *text, char *must,
			 size_t must_bytes)
{
	const size_t size = strlen(text);

	snprintf(must, must_bytes, "must be a text of 1 to %.0f bytes", row->max);
	if (size == 0 || (double)size > row->max)
		return false;
	memcpy(row->value, text, size + 1);
	return true;
}

static void print_address(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	char text[OPTION_TEXT_BYTES - 2];

	snprintf(out, OPTION_TEXT_BYTES, "\"%s\"", text_json(text, sizeof(text), row->value));
}

bool option_read_word(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	const char *const *words = row->kind->words;
	size_t used = 0;

	for (unsigned i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			*(unsigned *)row->value = i;
			return true;
		}
		if (used < must_bytes)
			used += (size_t)snprintf(must + used, must_bytes - used, "%s%s",
						 i == 0         ? "must be "
						 : words[i + 1] ? ", "
								: " or ",
						 words[i]);
	}
	return false;
}

/* Numbers. */

/* strtod alone would also take blanks, hexadecimal, "nan" and "inf". */
static bool plain_number(const char *text, double *number)
{
	char *end;

	if (*text == '\0' || strspn(text, "0123456789.eE+-") != strlen(text))
		return false;
	*number = strtod(text, &end);
	return *end == '\0' && isfinite(*number);
}

bool option_read_number(const struct option_row *row, const char *text, char *must,
			size_t must_bytes)
{
	double number;

	snprintf(must, must_bytes, "must be a number from %.15g to %.15g", row->min, row->max);
	if (!plain_number(text, &number) || number < row->min || number > row->max)
		return false;
	*(double *)row->value = number;
	return true;
}

static bool all_digits(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;

	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

/* In digits, or as programs write a whole number that they hold as a double: 1e3, 8.0. */
static bool whole_number(const struct option_row *row, const char *text, uint64_t max,
			 uint64_t *number, char *must, size_t must_bytes)
{
	double value;

	snprintf(must, must_bytes, "must be a whole number from %.0f to %" PRIu64, row->min, max);
	if (*text == '\0')
		return false;
	if (!all_digits(text, max, number)) {
		if (!plain_number(text, &value) || value != floor(value) || value < 0 ||
		    value > EXACT_MAX || (uint64_t)value > max)
			return false;
		*number = (uint64_t)value;
	}
	return (double)*number >= row->min;
}

bool option_read_count(const struct option_row *row, const char *text, char *must,
		       size_t must_bytes)
{
	uint64_t number;

	if (!whole_number(row, text, (uint64_t)row->max, &number, must, must_bytes))
		return false;
	*(unsigned *)row->value = (unsigned)number;
	return true;
}

static bool read_port(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	uint64_t number;

	if (!whole_number(row, text, UINT16_MAX, &number, must, must_bytes))
		return false;
	*(uint16_t *)row->value = (uint16_t)number;
	return true;
}

static bool read_seed(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	const uint64_t max = row->max > 0 ? (uint64_t)row->max : UINT64_MAX;

	return whole_number(row, text, max, row->value, must, must_bytes);
}

static void print_count(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	snprintf(out, OPTION_TEXT_BYTES, "%u", *(const unsigned *)row->value);
}

static void print_port(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	snprintf(out, OPTION_TEXT_BYTES, "%u", *(const uint16_t *)row->value);
}

static void print_seed(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	snprintf(out, OPTION_TEXT_BYTES, "%" PRIu64, *(const uint64_t *)row->value);
}

void option_print_number(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	snprintf(out, OPTION_TEXT_BYTES, "%.15g", *(const double *)row->value);
}

/* Switches. */

static bool is_on(const char *text)
{
	return text == NULL || strcmp(text, "true") == 0;
}

static bool read_switch(const struct option_row *row, const char *text, char *must,
			size_t must_bytes)
{
	(void)must, (void)must_bytes;
	*(bool *)row->value = is_on(text);
	return true;
}

/* Several levels may share their value: one that is off leaves another's. */
static bool read_level(const struct option_row *row, const char *text, char *must,
		       size_t must_bytes)
{
	int *level = row->value;

	(void)must, (void)must_bytes;
	if (is_on(text))
		*level = (int)row->min;
	else if (*level == (int)row->min)
		*level = 0;
	return true;
}

static void print_switch(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	strcpy(out, *(const bool *)row->value ? "true" : "false");
}

static void print_level(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	strcpy(out, *(const int *)row->value == (int)row->min ? "true" : "false");
}

/* Impairments. */

static bool read_impairment(const struct option_row *row, const char *text, char *must,
			    size_t must_bytes)
{
	char error[LINK_MODEL_ERROR_BYTES];

	if (link_model_parse(row->value, text, error))
		return true;
	snprintf(must, must_bytes, "%s", error);
	return false;
}

static void print_impairment(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	char text[LINK_MODEL_TEXT_MAX_BYTES + 1];

	link_model_describe(row->value, text);
	snprintf(out, OPTION_TEXT_BYTES, "\"%s\"", text);
}

const struct option_kind option_text = { .forms = OPTION_AS_TEXT, .read = read_text };
const struct option_kind option_only_text = { .read = read_text };
const struct option_kind option_list = { .forms = OPTION_AS_TEXT | OPTION_AS_NUMBER,
					 .read = read_text };
const struct option_kind option_address = { .forms = OPTION_AS_TEXT,
					    .read = read_address,
					    .print = print_address };
const struct option_kind option_count = { .forms = OPTION_AS_NUMBER,
					  .read = option_read_count,
					  .bytes = sizeof(unsigned),
					  .print = print_count };
const struct option_kind option_port = {
	.forms = OPTION_AS_NUMBER, .read = read_port, .bytes = sizeof(uint16_t), .print = print_port
};
const struct option_kind option_seed = {
	.forms = OPTION_AS_NUMBER, .read = read_seed, .bytes = sizeof(uint64_t), .print = print_seed
};
const struct option_kind option_number = { .forms = OPTION_AS_NUMBER,
					   .read = option_read_number,
					   .bytes = sizeof(double),
					   .print = option_print_number };
const struct option_kind option_switch = {
	.forms = OPTION_AS_SWITCH, .read = read_switch, .bytes = sizeof(bool), .print = print_switch
};
const struct option_kind option_only_flag = { .read = read_switch };
const struct option_kind option_level = {
	.forms = OPTION_AS_SWITCH, .read = read_level, .bytes = sizeof(int), .print = print_level
};
const struct option_kind option_impairment = { .forms = OPTION_AS_TEXT,
					       .read = read_impairment,
					       .shows_text = true,
					       .bytes = sizeof(struct link_model_spec),
					       .print = print_impairment };
