#include "client/options.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"

static void say(char *out, size_t out_bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(char *out, size_t out_bytes, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(out, out_bytes, format, arguments);
	va_end(arguments);
}

bool options_switch(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes)
{
	(void)text, (void)must, (void)must_bytes;
	*(bool *)flag->value = true;
	return true;
}

bool options_number(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes)
{
	char *end;
	double number;

	say(must, must_bytes, "must be a number from %.15g to %.15g", flag->min, flag->max);
	/* strtod alone would also take blanks, hexadecimal, "nan" and "inf". */
	if (*text == '\0' || strspn(text, "0123456789.eE+-") != strlen(text))
		return false;
	number = strtod(text, &end);
	if (*end != '\0' || !isfinite(number) || number < flag->min || number > flag->max)
		return false;
	*(double *)flag->value = number;
	return true;
}

static bool whole_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

bool options_count(const struct options_flag *flag, const char *text, char *must, size_t must_bytes)
{
	uint64_t number;

	say(must, must_bytes, "must be a whole number from %.0f to %.0f", flag->min, flag->max);
	if (!whole_number(text, (uint64_t)flag->max, &number) || (double)number < flag->min)
		return false;
	*(unsigned *)flag->value = (unsigned)number;
	return true;
}

bool options_text(const struct options_flag *flag, const char *text, char *must, size_t must_bytes)
{
	say(must, must_bytes, "must not be empty");
	if (*text == '\0')
		return false;
	*(const char **)flag->value = text;
	return true;
}

bool options_mode(const struct options_flag *flag, const char *text, char *must, size_t must_bytes)
{
	static const char *const words[] = {
		[STARLING_UNSEQUENCED] = "unsequenced",
		[STARLING_SEQUENCED] = "sequenced",
		[STARLING_RELIABLE] = "reliable",
	};

	say(must, must_bytes, "must be unsequenced, sequenced or reliable");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*(enum starling_mode *)flag->value = (enum starling_mode)i;
			return true;
		}
	}
	return false;
}

bool options_interest(const struct options_flag *flag, const char *text, char *must,
		      size_t must_bytes)
{
	struct options_sight *monitor = flag->value, read = { .interest = STARLING_ALL };
	const struct options_flag radius = { .value = &read.radius_m, .min = 0.001, .max = 2e6 };
	const struct options_flag nearest = { .value = &read.nearest, .min = 1, .max = 4095 };
	char unused[OPTIONS_SENTENCE_BYTES];
	bool is_good = strcmp(text, "all") == 0;

	say(must, must_bytes,
	    "must be all, radius:METRES (0.001 to 2000000) or nearest:N (1 to 4095)");
	if (strncmp(text, "radius:", 7) == 0) {
		read.interest = STARLING_RADIUS;
		is_good = options_number(&radius, text + 7, unused, sizeof(unused));
	} else if (strncmp(text, "nearest:", 8) == 0) {
		read.interest = STARLING_NEAREST;
		is_good = options_count(&nearest, text + 8, unused, sizeof(unused));
	}
	if (is_good)
		*monitor = read;
	return is_good;
}

bool options_port(const struct options_flag *flag, const char *text, char *must, size_t must_bytes)
{
	uint64_t number;

	say(must, must_bytes, "must be 1 to 65535");
	if (!whole_number(text, UINT16_MAX, &number) || number == 0)
		return false;
	*(uint16_t *)flag->value = (uint16_t)number;
	return true;
}

bool options_seed(const struct options_flag *flag, const char *text, char *must, size_t must_bytes)
{
	say(must, must_bytes, "must be a whole number from 0 to 18446744073709551615");
	return whole_number(text, UINT64_MAX, flag->value);
}

/* The relay would refuse such a name too; here it costs no journey. */
bool options_name(const struct options_flag *flag, const char *text, char *must, size_t must_bytes)
{
	const size_t size = strlen(text);
	const char *fault =
		size > STARLING_NAME_MAX_BYTES ? "is longer" : text_name_fault(text, size);

	if (fault) {
		say(must, must_bytes, "must be 1 to %d bytes of printable UTF-8, and %s",
		    STARLING_NAME_MAX_BYTES, fault);
		return false;
	}
	*(const char **)flag->value = text;
	return true;
}

bool options_impair(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes)
{
	char error[LINK_MODEL_ERROR_BYTES];

	if (link_model_parse(flag->value, text, error))
		return true;
	say(must, must_bytes, "%s", error);
	return false;
}

bool options_repeat(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes)
{
	(void)text, (void)must, (void)must_bytes;
	(*(int *)flag->value)++;
	return true;
}
