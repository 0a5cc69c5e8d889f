#include "proto/net/link/link_model_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BILLION UINT64_C(1000000000)

enum {
	SHOWN_CHARACTERS = 72, /* of the text, in an error */
};

const struct link_model_unit link_model_time_units[] = {
	{ "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 }, { NULL, 0 }
};
const struct link_model_unit link_model_rate_units[] = {
	{ "gbit", 1000000000 }, { "mbit", 1000000 }, { "kbit", 1000 }, { "bit", 1 }, { NULL, 0 }
};
const struct link_model_unit link_model_size_units[] = {
	{ "MB", 1000000 }, { "kB", 1000 }, { "B", 1 }, { NULL, 0 }
};

const char *const link_model_term_names[LINK_MODEL_TERMS] = {
	[LINK_MODEL_DELAY] = "delay",   [LINK_MODEL_JITTER] = "jitter",
	[LINK_MODEL_LOSS] = "loss",     [LINK_MODEL_BURST] = "burst",
	[LINK_MODEL_DUPLICATE] = "dup", [LINK_MODEL_REORDER] = "reorder",
	[LINK_MODEL_RATE] = "rate",     [LINK_MODEL_BLACKOUT] = "blackout",
};

const char *const link_model_shape_names[LINK_MODEL_SHAPES] = {
	[LINK_MODEL_NORMAL] = "normal",
	[LINK_MODEL_UNIFORM] = "uniform",
	[LINK_MODEL_EXPONENTIAL] = "exponential",
};

/* Errors */

/* The text around the place, and the caret under it. */
static void show_place(char *out, size_t out_bytes, const char *text, const char *place)
{
	const size_t size = strlen(text), at = (size_t)(place - text);
	size_t from = 0, shown = size;

	if (size > SHOWN_CHARACTERS) {
		shown = SHOWN_CHARACTERS;
		if (at > SHOWN_CHARACTERS * 2 / 3)
			from = at - SHOWN_CHARACTERS * 2 / 3;
		if (from > size - shown)
			from = size - shown;
	}
	for (size_t i = 0; i < shown && out_bytes > 1; i++, out_bytes--) {
		const char byte = text[from + i];
		const bool is_cut = (from > 0 && i < 3) || (from + shown < size && i + 3 >= shown);

		*out++ = is_cut ? '.' : byte >= ' ' && byte <= '~' ? byte : '?';
	}
	snprintf(out, out_bytes, "\n%*s^", (int)(at - from), "");
}

__attribute__((format(printf, 4, 5))) bool link_model_fail(struct link_model_reader *reader,
							   const char *place, const char *wanted,
							   const char *format, ...)
{
	char what[160];
	va_list arguments;
	int used;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	used = snprintf(reader->error, LINK_MODEL_ERROR_BYTES, "%s; accepted here: %s\n", what,
			wanted);
	show_place(reader->error + used, LINK_MODEL_ERROR_BYTES - (size_t)used, reader->text,
		   place);
	return false;
}

/* Words and numbers */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

size_t link_model_word_size(const char *at)
{
	size_t size = 0;

	while ((at[size] >= 'a' && at[size] <= 'z') || (at[size] >= 'A' && at[size] <= 'Z'))
		size++;
	return size;
}

bool link_model_is_word(const char *at, const char *word)
{
	const size_t size = strlen(word);

	return link_model_word_size(at) == size && memcmp(at, word, size) == 0;
}

bool link_model_skip_word(struct link_model_reader *reader, const char *word)
{
	if (!link_model_is_word(reader->at, word))
		return false;
	reader->at += strlen(word);
	return true;
}

bool link_model_skip(struct link_model_reader *reader, char byte)
{
	if (*reader->at != byte)
		return false;
	reader->at++;
	return true;
}

struct decimal {
	uint64_t whole, billionths;
};

static bool read_decimal(struct link_model_reader *reader, struct decimal *number,
			 const char *wanted)
{
	const char *start = reader->at;
	uint64_t place = BILLION;

	*number = (struct decimal){ 0 };
	if (!is_digit(*start))
		return link_model_fail(reader, start, wanted, "a number is missing");
	for (; is_digit(*reader->at); reader->at++) {
		if (number->whole > UINT64_MAX / 10 - 1)
			return link_model_fail(reader, start, wanted, "this number is too large");
		number->whole = number->whole * 10 + (uint64_t)(*reader->at - '0');
	}
	if (!link_model_skip(reader, '.'))
		return true;
	if (!is_digit(*reader->at))
		return link_model_fail(reader, reader->at, wanted,
				       "a digit is missing after the point");
	for (; is_digit(*reader->at); reader->at++) {
		place /= 10;
		if (place == 0)
			return link_model_fail(reader, reader->at, wanted,
					       "more than %d digits after the point",
					       LINK_MODEL_FRACTION_DIGITS);
		number->billionths += place * (uint64_t)(*reader->at - '0');
	}
	return true;
}

bool link_model_read_quantity(struct link_model_reader *reader, const struct link_model_unit *units,
			      uint64_t least, uint64_t most, const char *wanted, uint64_t *value)
{
	const char *start = reader->at;
	struct decimal number;
	uint64_t part;

	if (!read_decimal(reader, &number, wanted))
		return false;
	while (units->name && !link_model_is_word(reader->at, units->name))
		units++;
	if (!units->name)
		return link_model_fail(reader, reader->at, wanted,
				       "a unit is missing or not known");
	reader->at += strlen(units->name);
	part = number.billionths * units->size;
	if (part % BILLION != 0)
		return link_model_fail(reader, start, wanted,
				       "this is finer than the smallest unit");
	if (__builtin_mul_overflow(number.whole, units->size, value) ||
	    __builtin_add_overflow(*value, part / BILLION, value) || *value > most)
		return link_model_fail(reader, start, wanted, "this is too large");
	if (*value < least)
		return link_model_fail(reader, start, wanted, "this is too small");
	return true;
}

/* Rounded to the nearest unit of 2^-32; the powers of two in 10^11 are cancelled. */
link_model_share link_model_share_of_percent(uint64_t billionths)
{
	const uint64_t five_to_11 = 48828125;

	return ((billionths << 21) + five_to_11 / 2) / five_to_11;
}

/* The share of a number without %. */
static link_model_share share_of_one(uint64_t billionths)
{
	const uint64_t five_to_9 = 1953125;

	return ((billionths << 23) + five_to_9 / 2) / five_to_9;
}

bool link_model_read_share(struct link_model_reader *reader, const char *wanted,
			   link_model_share *share)
{
	const char *start = reader->at;
	struct decimal number;
	uint64_t billionths, all;
	bool is_percent;

	if (!read_decimal(reader, &number, wanted))
		return false;
	is_percent = link_model_skip(reader, '%');
	all = is_percent ? 100 : 1;
	if (number.whole > all || (number.whole == all && number.billionths > 0))
		return link_model_fail(reader, start, wanted,
				       is_percent ? "this is more than all"
						  : "this is more than all, or its %% is missing");
	billionths = number.whole * BILLION + number.billionths;
	*share = is_percent ? link_model_share_of_percent(billionths) : share_of_one(billionths);
	return true;
}
