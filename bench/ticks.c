#include "bench/ticks.h"

#include <string.h>

#include "bench/list.h"

enum {
	MAX_HZ = 1000,
	WORD_BYTES = 16,
};

_Static_assert(CONTENDER_TICKS_MAX == 4, "as TICKS_MUST says");

static bool read_word(const char *text, size_t size, double *hz)
{
	char word[WORD_BYTES] = "";

	if (size >= sizeof(word))
		return false;
	memcpy(word, text, size);
	*hz = CONTENDER_TICK_AUTO;
	return strcmp(word, "auto") == 0 ||
	       (list_numbers(word, 0, MAX_HZ, hz, 1) == 1 && (*hz == 0 || *hz >= 1));
}

bool ticks_read(struct ticks *ticks, const char *text)
{
	struct ticks found = { .count = 0 };

	while (found.count < CONTENDER_TICKS_MAX) {
		const size_t size = strcspn(text, ",");

		if (!read_word(text, size, &found.hz[found.count++]))
			return false;
		if (text[size] == '\0') {
			*ticks = found;
			return true;
		}
		text += size + 1;
	}
	return false;
}
