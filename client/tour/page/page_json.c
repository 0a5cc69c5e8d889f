/* page_json: a step as a JSON object. */
#include "client/tour/page/page.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "client/tour/example_files.h"

static void hex(char *out, const uint8_t *data, size_t size)
{
	*out = '\0';
	for (size_t i = 0; i < size; i++)
		out += sprintf(out, "%s%02x", i ? " " : "", data[i]);
}

static cJSON *call_object(const struct tour *tour, const struct step_call *made)
{
	cJSON *object = cJSON_CreateObject();
	char key[24], who[LANGUAGE_TEXT_BYTES];

	snprintf(key, sizeof(key), "party.%d", (int)made->party);
	cJSON_AddStringToObject(object, "who", language_text(tour->language, key, who) ? who : "");
	cJSON_AddNumberToObject(object, "pid", made->pid);
	cJSON_AddStringToObject(object, "call", made->call.name);
	cJSON_AddStringToObject(object, "arguments", made->call.arguments);
	cJSON_AddNumberToObject(object, "result", (double)made->call.result);
	if (made->call.error)
		cJSON_AddStringToObject(object, "errno", call_error_name(made->call.error));
	else
		cJSON_AddNullToObject(object, "errno");
	return object;
}

static cJSON *field_object(const uint8_t *data, const struct field *field)
{
	cJSON *object = cJSON_CreateObject();
	char *text = malloc(3 * field->size + 1);

	cJSON_AddStringToObject(object, "field", field->name);
	if (text) {
		hex(text, data, field->size);
		cJSON_AddStringToObject(object, "bytes", text);
	}
	cJSON_AddStringToObject(object, "value", field->value);
	free(text);
	return object;
}

static void add_bytes(cJSON *object, const struct step *step)
{
	cJSON *bytes, *list;
	size_t at = 0;

	if (!step->bytes_name)
		return;
	bytes = cJSON_AddObjectToObject(object, "bytes");
	cJSON_AddStringToObject(bytes, "name", step->bytes_name);
	cJSON_AddNumberToObject(bytes, "size", (double)step->bytes_size);
	list = cJSON_AddArrayToObject(bytes, "fields");
	for (size_t i = 0; i < step->fields.count; i++) {
		cJSON_AddItemToArray(list, field_object(step->bytes + at, &step->fields.list[i]));
		at += step->fields.list[i].size;
	}
}

/* The picture's lines. */
static void add_picture(cJSON *object, const struct tour *tour)
{
	cJSON *list = cJSON_AddArrayToObject(object, "picture");
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	if (tour->step.drawn[0] != '\0')
		fputs(tour->step.drawn, out);
	else
		picture_draw(&tour->picture, tour->language, out);
	fclose(out);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		cJSON_AddItemToArray(list, cJSON_CreateString(line));
	free(text);
}

void page_json(const struct tour *tour)
{
	cJSON *object = cJSON_CreateObject(), *calls;
	char text[LANGUAGE_TEXT_BYTES], key[24], *line;

	snprintf(key, sizeof(key), "%d.title", tour->chapter);
	cJSON_AddNumberToObject(object, "chapter", tour->chapter);
	cJSON_AddStringToObject(object, "part",
				language_text(tour->language, key, text) ? text : "");
	cJSON_AddNumberToObject(object, "step", tour->number);
	cJSON_AddStringToObject(object, "name", tour->step.name);
	cJSON_AddStringToObject(object, "title", page_text(tour, ".title", text));
	cJSON_AddStringToObject(object, "says", page_says(tour, text));
	cJSON_AddStringToObject(object, "code", page_text(tour, ".code", text));
	cJSON_AddStringToObject(object, "examples", example_files_folder());
	calls = cJSON_AddArrayToObject(object, "calls");
	for (size_t i = 0; i < tour->step.call_count; i++)
		cJSON_AddItemToArray(calls, call_object(tour, &tour->step.calls[i]));
	add_picture(object, tour);
	add_bytes(object, &tour->step);
	line = cJSON_PrintUnformatted(object);
	if (line)
		fprintf(tour->out, "%s\n", line);
	else
		fprintf(stderr, "starling tour: a step was left out: out of memory\n");
	cJSON_free(line);
	cJSON_Delete(object);
}
