/*
 * vectors: the test vectors of proto/vectors, read from their JSON.
 */
#ifndef STARLING_TESTS_VECTORS_H
#define STARLING_TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

struct vector {
	const char *name; /* a sentence */
	const char *type; /* of the message, or of the primitive */
	const char *to;   /* "relay" or "member"; NULL for a primitive */
	uint8_t *bytes;
	size_t size;
	const cJSON *fields; /* what it means, or NULL */
	const char *error;   /* why it means nothing, or NULL */
};

struct vectors {
	cJSON *document; /* owns what the vectors point to, but `bytes` */
	struct vector *rows;
	size_t count;
};

/*
 * Reads one file. False, and a sentence in `why`, when it cannot be read or is not as
 * PROTOCOL.md, "Test vectors", says.
 */
bool vectors_load(struct vectors *vectors, const char *path, char *why, size_t why_bytes);

/* A zeroed `vectors` is allowed. */
void vectors_fini(struct vectors *vectors);

/* Bytes of a string of hex digits in new memory; NULL when it is not one. */
uint8_t *vectors_from_hex(const char *hex, size_t *size);

#endif
