/* tour_fields: splits bytes into fields, for tour_bytes to show. */
#ifndef STARLING_CLIENT_TOUR_TOUR_FIELDS_H
#define STARLING_CLIENT_TOUR_TOUR_FIELDS_H

#include "client/tour/tour_call.h"
#include "proto/wire/cursor.h"

enum {
	TOUR_FIELDS_MAX = 40,
};

struct tour_fields {
	struct cursor_reader reader; /* the bytes not read yet */
	const uint8_t *begin;        /* where the next field begins */
	struct tour_field list[TOUR_FIELDS_MAX];
	size_t count;
};

struct tour_fields tour_fields_init(const void *data, size_t size);

/*
 * Adds what was read since the last call as one field. Adds nothing when nothing was read, or
 * when there are too many fields.
 */
__attribute__((format(printf, 3, 4))) void
tour_fields_add(struct tour_fields *fields, const char *name, const char *value, ...);

/* Reads a number of 1 to 4 bytes as ENet writes them, high byte first. 0 when there are too few. */
uint32_t tour_fields_read(struct tour_fields *fields, size_t size);

/* Shows the fields. `says` as in tour_bytes. */
void tour_fields_show(struct tour *tour, const char *name, const uint8_t *data, size_t size,
		      const struct tour_fields *fields, const char *says);

#endif
