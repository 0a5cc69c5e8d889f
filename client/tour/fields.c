#include "client/tour/fields.h"

#include <stdarg.h>
#include <stdio.h>

struct fields fields_init(const void *data, size_t size)
{
	return (struct fields){ .reader = cursor_reader_init(data, size), .begin = data };
}

void fields_add(struct fields *fields, const char *name, const char *value, ...)
{
	struct field *field;
	va_list list;

	if (fields->count == FIELDS_MAX || fields->reader.at == fields->begin)
		return;
	field = &fields->list[fields->count++];
	field->name = name;
	field->size = (size_t)(fields->reader.at - fields->begin);
	fields->begin = fields->reader.at;
	va_start(list, value);
	vsnprintf(field->value, sizeof(field->value), value, list);
	va_end(list);
}

uint32_t fields_read(struct fields *fields, size_t size)
{
	const uint8_t *bytes = cursor_read_bytes(&fields->reader, size);
	uint32_t value = 0;

	for (size_t i = 0; bytes && i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}
