#include "client/tour/page/page.h"

#include <stdlib.h>
#include <string.h>

#include "client/tour/example_files.h"
#include "client/tour/page/fold.h"

enum {
	CALL_INDENT = 2, /* beyond the caller's name */
	HEX_BYTES_PER_LINE = 16,
	FIELD_HEX_BYTES = 8, /* per line, beside a field's name */
	FIELD_COLUMNS = 22,
	FOLDER_COLUMNS_MAX = 60,
};

/* The value of the word whose name is `size` bytes long; NULL: there is none. */
static const char *word_value(const struct step *step, const char *name, size_t size)
{
	for (size_t i = 0; i < step->word_count; i++) {
		if (strlen(step->words[i].name) == size &&
		    memcmp(step->words[i].name, name, size) == 0)
			return step->words[i].value;
	}
	return NULL;
}

/* Puts the step's words into a text. A word that the step does not have stays as it is. */
static void put_words(const struct step *step, const char *text,
		      char out[static LANGUAGE_TEXT_BYTES])
{
	size_t at = 0;

	while (*text != '\0' && at + PICTURE_WORD_BYTES < LANGUAGE_TEXT_BYTES) {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		const char *value = NULL;

		if (end)
			value = word_value(step, text + 1, (size_t)(end - text - 1));
		if (value) {
			at += (size_t)snprintf(out + at, LANGUAGE_TEXT_BYTES - at, "%s", value);
			text = end + 1;
		} else {
			out[at++] = *text++;
		}
	}
	out[at] = '\0';
}

const char *page_text(const struct tour *tour, const char *suffix,
		      char out[static LANGUAGE_TEXT_BYTES])
{
	char key[64], text[LANGUAGE_TEXT_BYTES];

	snprintf(key, sizeof(key), "%d.%s%s", tour->chapter, tour->step.name, suffix);
	out[0] = '\0';
	if (language_text(tour->language, key, text))
		put_words(&tour->step, text, out);
	return out;
}

const char *page_says(const struct tour *tour, char out[static LANGUAGE_TEXT_BYTES])
{
	char suffix[32] = "";

	if (tour->step.variant)
		snprintf(suffix, sizeof(suffix), ".%s", tour->step.variant);
	return page_text(tour, suffix, out);
}

static void print_title(const struct tour *tour, FILE *out)
{
	char text[LANGUAGE_TEXT_BYTES], key[24], label[LANGUAGE_TEXT_BYTES];

	snprintf(key, sizeof(key), "%d.title", tour->chapter);
	if (!language_text(tour->language, key, text))
		text[0] = '\0';
	if (!language_text(tour->language, "chapter", label))
		label[0] = '\0';
	fprintf(out, FOLD_BOLD "%s %d: %s" FOLD_PLAIN "\n", label, tour->chapter, text);
	fprintf(out, FOLD_BOLD "%d. %s" FOLD_PLAIN "\n", tour->number,
		page_text(tour, ".title", text));
}

static const char *party_name(const struct tour *tour, int party,
			      char out[static LANGUAGE_TEXT_BYTES])
{
	char key[24];

	snprintf(key, sizeof(key), "party.%d", party);
	return language_text(tour->language, key, out) ? out : "";
}

/* The columns before a call: the longest name of a party, and a gap. */
static size_t who_columns(const struct tour *tour)
{
	char text[LANGUAGE_TEXT_BYTES];
	size_t longest = 0;

	for (int party = 0; party < PICTURE_PARTIES; party++) {
		size_t columns = fold_columns(party_name(tour, party, text));

		longest = columns > longest ? columns : longest;
	}
	return longest + 2;
}

static void print_call(const struct tour *tour, const struct step_call *made, FILE *out)
{
	char text[sizeof(made->call.arguments) + 128], who[LANGUAGE_TEXT_BYTES];
	const struct call *call = &made->call;
	size_t columns = who_columns(tour);

	fold_pad(out, party_name(tour, (int)made->party, who), columns);
	if (call->error != 0)
		snprintf(text, sizeof(text),
			 "%s(%s) = " FOLD_YELLOW "-1 %s" FOLD_YELLOW " (%s)" FOLD_PLAIN, call->name,
			 call->arguments, call_error_name(call->error), strerror(call->error));
	else
		snprintf(text, sizeof(text), "%s(%s) = " FOLD_GREEN "%ld" FOLD_PLAIN, call->name,
			 call->arguments, call->result);
	fold_print(out, text, columns, columns + CALL_INDENT);
}

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* The examples' lines that the step has acted out, if there are any. */
static void print_code(const struct tour *tour, const char *gap, FILE *out)
{
	char label[LANGUAGE_TEXT_BYTES], code[LANGUAGE_TEXT_BYTES];
	char text[3 * LANGUAGE_TEXT_BYTES];
	const char *folder = example_files_folder();

	if (page_text(tour, ".code", code)[0] == '\0')
		return;
	/* A line breaks between words alone: a longer path stands in the manual and in the JSON. */
	if (fold_columns(folder) > FOLDER_COLUMNS_MAX)
		folder = "share/starling/examples";
	fputs(gap, out);
	snprintf(text, sizeof(text), "%s %s: %s",
		 language_text(tour->language, "code", label) ? label : "", folder, code);
	fold_print(out, text, 0, 2);
}

/* The page, with or without empty lines between its parts. */
static char *compose(const struct tour *tour, const char *gap)
{
	char *text = NULL, says[LANGUAGE_TEXT_BYTES];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print_title(tour, out);
	fputs(gap, out);
	fold_print(out, page_says(tour, says), 0, 0);
	fputs(gap, out);
	if (tour->step.drawn[0] != '\0')
		fputs(tour->step.drawn, out);
	else
		picture_draw(&tour->picture, tour->language, out);
	if (tour->step.call_count > 0)
		fputs(gap, out);
	for (size_t i = 0; i < tour->step.call_count; i++)
		print_call(tour, &tour->step.calls[i], out);
	print_code(tour, gap, out);
	fclose(out);
	return text;
}

char *page_step(const struct tour *tour)
{
	char *text = compose(tour, "\n");

	if (text && lines_of(text) >= PAGE_LINES) {
		free(text);
		text = compose(tour, "");
	}
	return text;
}

static void print_hex(const uint8_t *data, size_t size, size_t columns, FILE *out)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++)
		used += (size_t)fprintf(out, "%s%02x", i ? " " : "", data[i]);
	fprintf(out, "%*s", used < columns ? (int)(columns - used) : 0, "");
}

/* Bytes in hexadecimal and as characters. */
static void print_dump(const uint8_t *data, size_t size, FILE *out)
{
	for (size_t at = 0; at < size; at += HEX_BYTES_PER_LINE) {
		size_t here = size - at < HEX_BYTES_PER_LINE ? size - at : HEX_BYTES_PER_LINE;

		fputs("  ", out);
		print_hex(data + at, here, 3 * HEX_BYTES_PER_LINE, out);
		fputs(" ", out);
		for (size_t i = 0; i < here; i++)
			fputc(data[at + i] >= ' ' && data[at + i] < 0x7f ? data[at + i] : '.', out);
		fputc('\n', out);
	}
}

static void print_fields(const struct step *step, FILE *out)
{
	const uint8_t *data = step->bytes;

	fprintf(out, FOLD_BOLD "%s" FOLD_PLAIN ", %zu bytes\n", step->bytes_name, step->bytes_size);
	for (size_t i = 0; i < step->fields.count; i++) {
		const struct field *field = &step->fields.list[i];

		for (size_t done = 0; done < field->size; done += FIELD_HEX_BYTES) {
			size_t here = field->size - done;

			print_hex(data + done, here < FIELD_HEX_BYTES ? here : FIELD_HEX_BYTES,
				  3 * FIELD_HEX_BYTES, out);
			if (done == 0) {
				fold_pad(out, field->name, FIELD_COLUMNS);
				fputc(' ', out);
				fold_print(out, field->value,
					   3 * FIELD_HEX_BYTES + FIELD_COLUMNS + 1,
					   3 * FIELD_HEX_BYTES + FIELD_COLUMNS + 1);
			} else {
				fputc('\n', out);
			}
		}
		data += field->size;
	}
}

/* The address that a call was given, as the kernel reads it, and the data. */
static void print_call_bytes(const struct call *call, FILE *out)
{
	if (call->address.sin_family == AF_INET) {
		fprintf(out, "%s: struct sockaddr_in\n", call->name);
		print_dump((const uint8_t *)&call->address, sizeof(call->address), out);
	}
	if (call->size > 0) {
		fprintf(out, "%s: data\n", call->name);
		print_dump((const uint8_t *)call->data, call->size, out);
	}
}

char *page_bytes(const struct tour *tour)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (tour->step.bytes_name)
		print_fields(&tour->step, out);
	for (size_t i = 0; i < tour->step.call_count; i++)
		print_call_bytes(&tour->step.calls[i].call, out);
	fclose(out);
	return text;
}
