#include "client/options.h"

#include <stdio.h>
#include <string.h>

#include "proto/wire/text.h"

static bool read_interest(const struct option_row *row, const char *text, char *must,
			  size_t must_bytes)
{
	struct options_sight read = { .interest = STARLING_ALL };
	const struct option_row radius = { .value = &read.radius_m, .min = 0.001, .max = 2e6 };
	const struct option_row nearest = { .value = &read.nearest, .min = 1, .max = 4095 };
	char unused[OPTION_MUST_BYTES];
	bool is_good = strcmp(text, "all") == 0;

	snprintf(must, must_bytes,
		 "must be all, radius:METRES (0.001 to 2000000) or nearest:N (1 to 4095)");
	if (strncmp(text, "radius:", 7) == 0) {
		read.interest = STARLING_RADIUS;
		is_good = option_read_number(&radius, text + 7, unused, sizeof(unused));
	} else if (strncmp(text, "nearest:", 8) == 0) {
		read.interest = STARLING_NEAREST;
		is_good = option_read_count(&nearest, text + 8, unused, sizeof(unused));
	}
	if (is_good)
		*(struct options_sight *)row->value = read;
	return is_good;
}

/* A colon alone stands before a port: no name has one, and an address of IPv6 has two. */
static bool read_host(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	const char *colon = strchr(text, ':');

	if (*text == '[' || (colon && !strchr(colon + 1, ':'))) {
		snprintf(must, must_bytes,
			 "must be a name or an address, without brackets; --port is for the port");
		return false;
	}
	return option_text.read(row, text, must, must_bytes);
}

/* The relay would refuse such a name too; here it costs no journey. */
static bool read_name(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	const size_t size = strlen(text);
	const char *fault =
		size > STARLING_NAME_MAX_BYTES ? "is longer" : text_name_fault(text, size);

	if (fault) {
		snprintf(must, must_bytes, "must be 1 to %d bytes of printable UTF-8, and %s",
			 STARLING_NAME_MAX_BYTES, fault);
		return false;
	}
	*(const char **)row->value = text;
	return true;
}

static const char *const mode_words[] = {
	[STARLING_UNSEQUENCED] = "unsequenced",
	[STARLING_SEQUENCED] = "sequenced",
	[STARLING_RELIABLE] = "reliable",
	NULL,
};

const struct option_kind options_mode = { .forms = OPTION_AS_TEXT,
					  .read = option_read_word,
					  .words = mode_words };
const struct option_kind options_host = { .forms = OPTION_AS_TEXT, .read = read_host };
const struct option_kind options_interest = { .forms = OPTION_AS_TEXT, .read = read_interest };
const struct option_kind options_name = { .forms = OPTION_AS_TEXT, .read = read_name };
