#include "proto/text.h"

#include <stdint.h>

/* Length of the sequence that starts with `lead`, or 0 when none does. */
static size_t sequence_size(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* Decodes one code point of `size` bytes; false when a byte or the value is not allowed there. */
static bool decode(const uint8_t *at, size_t size, uint32_t *point)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value = size == 1 ? at[0] : at[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return false;
		value = value << 6 | (at[i] & 0x3fu);
	}
	*point = value;
	return value >= least[size] && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff);
}

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

bool text_is_printable(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t at = 0; at < size;) {
		size_t step = sequence_size(bytes[at]);
		uint32_t point;

		if (step == 0 || step > size - at)
			return false;
		if (!decode(bytes + at, step, &point) || is_control(point))
			return false;
		at += step;
	}
	return true;
}

const char *text_plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}
