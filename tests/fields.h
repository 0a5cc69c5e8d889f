/*
 * fields: a decoded message as the JSON that the vectors hold, names as in PROTOCOL.md.
 */
#ifndef STARLING_TESTS_FIELDS_H
#define STARLING_TESTS_FIELDS_H

#include <cjson/cJSON.h>

#include "proto/wire/wire.h"

/* The fields of a message that decodes without error, for cJSON_Delete; NULL when it does not. */
cJSON *fields_of(enum wire_type type, const void *data, size_t size);

/* Whether two objects hold the same keys in the same order with exactly the same values. */
bool fields_are_equal(const cJSON *a, const cJSON *b);

#endif
