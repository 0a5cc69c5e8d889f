#include "bench/options/list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	TICK_MAX_HZ = 1000,
	TICK_BYTES = 16,
};

_Static_assert(TARGET_TICKS_MAX == 4, "as TICKS_MUST says");

/* strtod also takes blanks, signs, hexadecimals and words. */
static bool is_decimal(const char *text, size_t size)
{
	return size > 0 && strspn(text, "0123456789.") >= size && text[0] != '.';
}

size_t list_numbers(const char *text, double min, double max, double *values, size_t capacity)
{
	for (size_t count = 0; count < capacity;) {
		const size_t size = strcspn(text, ",");
		char *end;

		if (!is_decimal(text, size))
			return 0;
		values[count] = strtod(text, &end);
		if (end != text + size || !(values[count] >= min && values[count] <= max))
			return 0;
		for (size_t i = 0; i < count; i++)
			if (values[i] == values[count])
				return 0;
		count++;
		if (*end == '\0')
			return count;
		text = end + 1;
	}
	return 0;
}

size_t list_words(const char *text, const char *const *words, size_t count, size_t *values)
{
	for (size_t used = 0; used < count;) {
		const size_t size = strcspn(text, ",");
		size_t at = 0;

		while (at < count &&
		       (strlen(words[at]) != size || memcmp(words[at], text, size) != 0))
			at++;
		for (size_t i = 0; i < used; i++)
			if (values[i] == at)
				return 0;
		if (at == count)
			return 0;
		values[used++] = at;
		if (text[size] == '\0')
			return used;
		text += size + 1;
	}
	return 0;
}

/* Ticks. */

static bool read_tick(const char *text, size_t size, double *hz)
{
	char word[TICK_BYTES] = "";

	if (size >= sizeof(word))
		return false;
	memcpy(word, text, size);
	*hz = TARGET_TICK_AUTO;
	return strcmp(word, "auto") == 0 ||
	       (list_numbers(word, 0, TICK_MAX_HZ, hz, 1) == 1 && (*hz == 0 || *hz >= 1));
}

bool list_ticks(struct ticks *ticks, const char *text)
{
	struct ticks found = { .count = 0 };

	while (found.count < TARGET_TICKS_MAX) {
		const size_t size = strcspn(text, ",");

		if (!read_tick(text, size, &found.hz[found.count++]))
			return false;
		if (text[size] == '\0') {
			*ticks = found;
			return true;
		}
		text += size + 1;
	}
	return false;
}
