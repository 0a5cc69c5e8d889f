/*
 * Any bytes as a file of bans: bans that were read are written so that they are read again as the
 * same; a refusal is one sentence.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"
#include "relay/control/bans_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct bans_now now = { .net_ns = 5000000000, .wall_ns = 1800000000000000000 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_written(const struct bans *bans)
{
	char error[BANS_TEXT_ERROR_BYTES];
	struct bans again = { 0 };
	size_t size, again_size;
	char *text = bans_text_write(bans, &now, &size), *again_text;

	require(text && bans_text_read(&again, text, size, &now, error));
	require(again.count == bans->count);
	again_text = bans_text_write(&again, &now, &again_size);
	require(again_text && again_size == size && memcmp(again_text, text, size) == 0);
	free(again_text);
	free(text);
	bans_fini(&again);
}

static void check_found(struct bans *bans)
{
	for (size_t i = 0; i < bans->count; i++) {
		const struct ban *found = bans_find(bans, bans->list[i].prefix.bytes, now.net_ns);

		require(found && found->prefix.length >= bans->list[i].prefix.length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[BANS_TEXT_ERROR_BYTES];
	struct bans bans = { 0 };

	if (bans_text_read(&bans, (const char *)data, size, &now, error)) {
		check_written(&bans);
		check_found(&bans);
	} else {
		require(*error != '\0' && text_is_printable(error, strlen(error)));
	}
	bans_fini(&bans);
	return 0;
}
