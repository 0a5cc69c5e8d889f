#include "client/tour/tour_fields.h"

#include <stdarg.h>

struct tour_fields tour_fields_init(const void *data, size_t size)
{
	return (struct tour_fields){ .reader = cursor_reader_init(data, size), .begin = data };
}

void tour_fields_add(struct tour_fields *fields, const char *name, const char *value, ...)
{
	struct tour_field *field;
	va_list list;

	if (fields->count == TOUR_FIELDS_MAX || fields->reader.at == fields->begin)
		return;
	field = &fields->list[fields->count++];
	field->name = name;
	field->size = (size_t)(fields->reader.at - fields->begin);
	fields->begin = fields->reader.at;
	va_start(list, value);
	vsnprintf(field->value, sizeof(field->value), value, list);
	va_end(list);
}

uint32_t tour_fields_read(struct tour_fields *fields, size_t size)
{
	const uint8_t *bytes = cursor_read_bytes(&fields->reader, size);
	uint32_t value = 0;

	for (size_t i = 0; bytes && i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

void tour_fields_show(struct tour *tour, const char *name, const uint8_t *data, size_t size,
		      const struct tour_fields *fields, const char *says)
{
	tour_bytes(tour, name, data, size, fields->list, fields->count, says);
}
