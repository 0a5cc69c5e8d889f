#include "client/tour/tour_call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

enum {
	TEXT_COLUMNS = 84, /* sentences are wrapped here */
	TEXT_INDENT = 4,
	SAYS_MAX_BYTES = 1024,
	HEX_BYTES_PER_LINE = 8,
};

#define BOLD   "\033[1m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

void tour_result(struct tour_call *call, long result)
{
	call->error = result == -1 ? errno : 0;
	call->result = result;
}

void tour_arguments(struct tour_call *call, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(call->arguments, sizeof(call->arguments), format, list);
	va_end(list);
}

static const char *colour(const struct tour *tour, const char *code)
{
	return tour->has_colour ? code : "";
}

/* Sentences, wrapped between words. A column is a byte; the tour's own words are ASCII. */
static void print_wrapped(FILE *out, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + word > TEXT_COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		if (column == 0)
			column = (size_t)fprintf(out, "%*s", TEXT_INDENT, "");
		else
			column += (size_t)fprintf(out, " ");
		fwrite(text, 1, word, out);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* The errno's name. */
static const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "unknown";
}

static void print_call(const struct tour *tour, const struct tour_call *call)
{
	fprintf(tour->out, "%s%s%s(%s) = ", colour(tour, BOLD), call->name, colour(tour, PLAIN),
		call->arguments);
	if (call->error != 0)
		fprintf(tour->out, "%s-1 %s (%s)%s\n", colour(tour, YELLOW),
			error_name(call->error), strerror(call->error), colour(tour, PLAIN));
	else
		fprintf(tour->out, "%s%ld%s\n", colour(tour, GREEN), call->result,
			colour(tour, PLAIN));
}

/* Waits for Enter. The end of the input, or a q, ends the tour. */
static void pause_for_reader(struct tour *tour)
{
	char byte = 0;
	bool quits = false;
	ssize_t got;

	fflush(tour->out);
	if (tour->pause_fd < 0)
		return;
	do {
		got = read(tour->pause_fd, &byte, 1);
		quits |= got == 1 && byte == 'q';
	} while (got == 1 && byte != '\n');
	if (got != 1 || quits)
		tour->is_over = true;
}

static void add_number_or_null(cJSON *object, const char *name, bool has_it, double value)
{
	if (has_it)
		cJSON_AddNumberToObject(object, name, value);
	else
		cJSON_AddNullToObject(object, name);
}

static void add_text_or_null(cJSON *object, const char *name, const char *text)
{
	if (text)
		cJSON_AddStringToObject(object, name, text);
	else
		cJSON_AddNullToObject(object, name);
}

static cJSON *step_object(const struct tour *tour, const struct tour_call *call, const char *says)
{
	cJSON *object = cJSON_CreateObject();

	add_text_or_null(object, "part", tour->part);
	add_text_or_null(object, "call", call ? call->name : NULL);
	add_text_or_null(object, "arguments", call ? call->arguments : NULL);
	add_number_or_null(object, "result", call != NULL, call ? (double)call->result : 0);
	add_text_or_null(object, "errno", call && call->error ? error_name(call->error) : NULL);
	cJSON_AddStringToObject(object, "says", says);
	return object;
}

/* Prints and frees an object. One that could not be made is reported on stderr. */
static void print_object(struct tour *tour, cJSON *object)
{
	char *line = cJSON_PrintUnformatted(object);

	if (line)
		fprintf(tour->out, "%s\n", line);
	else
		fprintf(stderr, "starling tour: a step was left out: out of memory\n");
	cJSON_free(line);
	cJSON_Delete(object);
}

static void show(struct tour *tour, const struct tour_call *call, const char *format, va_list list)
{
	char says[SAYS_MAX_BYTES];

	if (tour->is_over)
		return;
	vsnprintf(says, sizeof(says), format, list);
	if (tour->is_json) {
		print_object(tour, step_object(tour, call, says));
		return;
	}
	if (call)
		print_call(tour, call);
	print_wrapped(tour->out, says);
	/* With a pause, the reader's own Enter makes the empty line. */
	if (tour->pause_fd < 0)
		fputc('\n', tour->out);
	pause_for_reader(tour);
}

void tour_show(struct tour *tour, const struct tour_call *call, const char *says, ...)
{
	va_list list;

	va_start(list, says);
	show(tour, call, says, list);
	va_end(list);
}

void tour_explain(struct tour *tour, const char *says, ...)
{
	va_list list;

	va_start(list, says);
	show(tour, NULL, says, list);
	va_end(list);
}

void tour_title(struct tour *tour, const char *title)
{
	tour->part = title;
	if (tour->is_json || tour->is_over)
		return;
	fprintf(tour->out, "%s== %s ==%s\n\n", colour(tour, BOLD), title, colour(tour, PLAIN));
}

static void hex(char *out, const uint8_t *data, size_t size)
{
	*out = '\0';
	for (size_t i = 0; i < size; i++)
		out += sprintf(out, "%s%02x", i ? " " : "", data[i]);
}

static void print_field(const struct tour *tour, size_t at, const uint8_t *data,
			const struct tour_field *field)
{
	char text[3 * HEX_BYTES_PER_LINE + 1];

	for (size_t done = 0; done < field->size; done += HEX_BYTES_PER_LINE) {
		size_t here = field->size - done;
		bool is_first = done == 0;

		if (here > HEX_BYTES_PER_LINE)
			here = HEX_BYTES_PER_LINE;
		hex(text, data + done, here);
		fprintf(tour->out, "    %4zu  %s%-*s%s%s%-*s%s%s\n", at + done, colour(tour, GREEN),
			3 * HEX_BYTES_PER_LINE, text, colour(tour, PLAIN), is_first ? "  " : "",
			is_first ? 22 : 0, is_first ? field->name : "", is_first ? " " : "",
			is_first ? field->value : "");
	}
}

static cJSON *field_object(const uint8_t *data, const struct tour_field *field)
{
	cJSON *object = cJSON_CreateObject();
	char *text = malloc(3 * field->size + 1);

	if (text)
		hex(text, data, field->size);
	cJSON_AddStringToObject(object, "field", field->name);
	add_text_or_null(object, "bytes", text);
	cJSON_AddStringToObject(object, "value", field->value);
	free(text);
	return object;
}

void tour_bytes(struct tour *tour, const char *name, const uint8_t *data, size_t size,
		const struct tour_field *fields, size_t field_count, const char *says)
{
	struct tour_call call = { .name = "bytes", .result = (long)size };
	cJSON *object = NULL, *list = NULL;
	size_t at = 0;

	if (tour->is_over)
		return;
	tour_arguments(&call, "%s", name);
	if (tour->is_json) {
		object = step_object(tour, &call, says);
		list = cJSON_AddArrayToObject(object, "fields");
	} else {
		fprintf(tour->out, "%s%s%s, %zu bytes:\n", colour(tour, BOLD), name,
			colour(tour, PLAIN), size);
	}
	for (size_t i = 0; i < field_count && fields[i].size <= size - at; i++) {
		if (tour->is_json)
			cJSON_AddItemToArray(list, field_object(data + at, &fields[i]));
		else
			print_field(tour, at, data + at, &fields[i]);
		at += fields[i].size;
	}
	if (tour->is_json) {
		print_object(tour, object);
		return;
	}
	tour_explain(tour, "%s", says);
}
