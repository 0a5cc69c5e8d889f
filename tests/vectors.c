#include "tests/vectors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX_BYTES = 1 << 20,
};

static int digit(char character)
{
	const char *digits = "0123456789abcdef";
	const char *at = character ? strchr(digits, character) : NULL;

	return at ? (int)(at - digits) : -1;
}

uint8_t *vectors_from_hex(const char *hex, size_t *size)
{
	size_t length = strlen(hex);
	/* Exactly as long as the message, so that a sanitizer sees a read beyond it. */
	uint8_t *bytes = malloc(length >= 2 ? length / 2 : 1);

	if (!bytes || length % 2 != 0)
		goto fail;
	*size = length / 2;
	for (size_t i = 0; i < *size; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			goto fail;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return bytes;
fail:
	free(bytes);
	return NULL;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size;

	if (!file)
		return NULL;
	text = malloc(FILE_MAX_BYTES + 1);
	if (text) {
		size = fread(text, 1, FILE_MAX_BYTES, file);
		text[size] = '\0';
	}
	(void)fclose(file); /* only read */
	return text;
}

static const char *string_of(const cJSON *row, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, key));
}

static bool read_row(struct vector *vector, const cJSON *row)
{
	const char *hex = string_of(row, "hex");

	vector->name = string_of(row, "name");
	vector->type = string_of(row, "type");
	vector->to = string_of(row, "to");
	vector->fields = cJSON_GetObjectItemCaseSensitive(row, "fields");
	vector->error = string_of(row, "error");
	vector->bytes = hex ? vectors_from_hex(hex, &vector->size) : NULL;
	return vector->name && vector->type && vector->bytes && !vector->fields == !!vector->error;
}

bool vectors_load(struct vectors *vectors, const char *path, char *why, size_t why_bytes)
{
	char *text = read_file(path);
	const cJSON *row;

	*vectors = (struct vectors){ 0 };
	if (!text) {
		snprintf(why, why_bytes, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	vectors->document = cJSON_Parse(text);
	free(text);
	if (!cJSON_IsArray(vectors->document)) {
		snprintf(why, why_bytes, "%s is not an array in JSON", path);
		return false;
	}
	vectors->rows =
		calloc((size_t)cJSON_GetArraySize(vectors->document) + 1, sizeof(vectors->rows[0]));
	cJSON_ArrayForEach(row, vectors->document)
	{
		if (!vectors->rows || !read_row(&vectors->rows[vectors->count++], row)) {
			snprintf(why, why_bytes, "%s: row %zu lacks a key or its hex is broken",
				 path, vectors->count);
			return false;
		}
	}
	return true;
}

void vectors_fini(struct vectors *vectors)
{
	for (size_t i = 0; i < vectors->count; i++)
		free(vectors->rows[i].bytes);
	free(vectors->rows);
	cJSON_Delete(vectors->document);
	*vectors = (struct vectors){ 0 };
}
