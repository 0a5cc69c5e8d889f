#include "client/tour/tour_notes.h"

#include <stdarg.h>

struct tour_notes tour_notes_init(const void *data, size_t size)
{
	return (struct tour_notes){ .reader = cursor_reader_init(data, size), .noted = data };
}

void tour_note(struct tour_notes *notes, const char *name, const char *value, ...)
{
	struct tour_field *field;
	va_list list;

	if (notes->count == TOUR_NOTES_MAX || notes->reader.at == notes->noted)
		return;
	field = &notes->fields[notes->count++];
	field->name = name;
	field->size = (size_t)(notes->reader.at - notes->noted);
	notes->noted = notes->reader.at;
	va_start(list, value);
	vsnprintf(field->value, sizeof(field->value), value, list);
	va_end(list);
}

uint32_t tour_notes_number(struct tour_notes *notes, size_t size)
{
	const uint8_t *bytes = cursor_read_bytes(&notes->reader, size);
	uint32_t value = 0;

	for (size_t i = 0; bytes && i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

void tour_notes_show(struct tour *tour, const char *name, const uint8_t *data, size_t size,
		     const struct tour_notes *notes, const char *says)
{
	tour_bytes(tour, name, data, size, notes->fields, notes->count, says);
}
