/*
 * Any bytes as the head of a request: what is kept lies within them; only a whole one that names
 * this machine comes in without a token, and with one only who brings it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/web/door.h"
#include "proto/web/request.h"

#define TOKEN "00112233445566778899aabbccddeeff"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_within(const struct request_text *text, const char *bytes, size_t size)
{
	require(!text->at ||
		(text->at >= bytes && text->size <= size && text->at + text->size <= bytes + size));
}

static void check_door(const struct request *request, const char *bytes, size_t size)
{
	const enum door_outcome open = door_check(request, NULL, true),
				with_token = door_check(request, TOKEN, true);

	if (open == DOOR_OPEN)
		require(strncasecmp(request->host.at, "localhost", 9) == 0 ||
			strncmp(request->host.at, "127.0.0.1", 9) == 0 ||
			strncmp(request->host.at, "[::1]", 5) == 0);
	if (with_token == DOOR_OPEN)
		require(memmem(bytes, size, TOKEN, strlen(TOKEN)) != NULL);
	require(door_check(request, NULL, false) == open);
}

static void check_whole(struct request *request, const char *bytes, size_t size)
{
	struct request again;
	struct request_text item;

	require(request->path.size > 0 && *request->path.at == '/' && request->host.at);
	require(!request->wants_socket || request->key.size == 24);
	require_within(&request->path, bytes, size);
	require_within(&request->host, bytes, size);
	require_within(&request->origin, bytes, size);
	require_within(&request->authorization, bytes, size);
	require_within(&request->key, bytes, size);
	require_within(&request->protocols, bytes, size);
	check_door(request, bytes, size);
	while (request_next_item(&request->protocols, &item))
		require_within(&item, bytes, size);
	/* Bytes behind the head change nothing, and without its last byte it is not whole. */
	size = (size_t)((const char *)memmem(bytes, size, "\r\n\r\n", 4) + 4 - bytes);
	require(request_read(&again, bytes, size) == REQUEST_WHOLE);
	require(request_read(&again, bytes, size - 1) == REQUEST_MORE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct request request;

	switch (request_read(&request, bytes, size)) {
	case REQUEST_WHOLE:
		check_whole(&request, bytes, size);
		break;
	case REQUEST_MORE:
		require(size < REQUEST_HEAD_BYTES);
		break;
	case REQUEST_MALFORMED:
	case REQUEST_NOT_GET:
	case REQUEST_HAS_BODY:
	case REQUEST_TOO_LARGE:
		break;
	default:
		abort();
	}
	return 0;
}
