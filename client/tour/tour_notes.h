/* tour_notes: takes bytes apart field by field, for tour_bytes to show. */
#ifndef STARLING_CLIENT_TOUR_TOUR_NOTES_H
#define STARLING_CLIENT_TOUR_TOUR_NOTES_H

#include "client/tour/tour_call.h"
#include "proto/wire/cursor.h"

enum {
	TOUR_NOTES_MAX = 40,
};

struct tour_notes {
	struct cursor_reader reader; /* what was not read yet */
	const uint8_t *noted;        /* where the next field begins */
	struct tour_field fields[TOUR_NOTES_MAX];
	size_t count;
};

struct tour_notes tour_notes_init(const void *data, size_t size);

/*
 * Notes what was read since the last note as one field. Nothing is noted when nothing was read, or
 * when there are too many fields.
 */
__attribute__((format(printf, 3, 4))) void tour_note(struct tour_notes *notes, const char *name,
						     const char *value, ...);

/* Reads a number of 1 to 4 bytes as ENet writes them, high byte first. 0 when there are too few. */
uint32_t tour_notes_number(struct tour_notes *notes, size_t size);

/* Shows the notes. `says` as in tour_bytes. */
void tour_notes_show(struct tour *tour, const char *name, const uint8_t *data, size_t size,
		     const struct tour_notes *notes, const char *says);

#endif
