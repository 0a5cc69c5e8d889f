#include "relay/status/wish.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "proto/wire/text.h"

static bool is_name(const cJSON *item)
{
	return cJSON_IsString(item) && strlen(item->valuestring) <= WIRE_NAME_MAX_BYTES &&
	       !text_name_fault(item->valuestring, strlen(item->valuestring));
}

bool wish_read(char room[static WIRE_NAME_MAX_BYTES + 1], const char *text, size_t size)
{
	const char *end = NULL;
	cJSON *wish = cJSON_ParseWithLengthOpts(text, size, &end, false);
	const cJSON *item = cJSON_IsObject(wish) ? wish->child : NULL;
	const bool is_good = end == text + size && item && !item->next &&
			     strcmp(item->string, "room") == 0 && is_name(item);

	if (is_good) {
		memset(room, 0, WIRE_NAME_MAX_BYTES + 1);
		memcpy(room, item->valuestring, strlen(item->valuestring));
	}
	cJSON_Delete(wish);
	return is_good;
}
