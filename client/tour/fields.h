/* fields: splits bytes into fields with names and values, for a step to show. */
#ifndef STARLING_CLIENT_TOUR_FIELDS_H
#define STARLING_CLIENT_TOUR_FIELDS_H

#include "proto/wire/cursor.h"

enum {
	FIELDS_MAX = 40,
};

/* A stretch of bytes with its meaning. */
struct field {
	const char *name;
	size_t size;
	char value[64];
};

struct fields {
	struct cursor_reader reader; /* the bytes not read yet */
	const uint8_t *begin;        /* where the next field begins */
	struct field list[FIELDS_MAX];
	size_t count;
};

struct fields fields_init(const void *data, size_t size);

/*
 * Adds what was read since the last call as one field. Adds nothing when nothing was read, or
 * when there are too many fields.
 */
__attribute__((format(printf, 3, 4))) void fields_add(struct fields *fields, const char *name,
						      const char *value, ...);

/* Reads a number of 1 to 4 bytes as ENet writes them, high byte first. 0 when there are too few. */
uint32_t fields_read(struct fields *fields, size_t size);

#endif
