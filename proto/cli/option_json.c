#include "proto/cli/option_json.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "proto/cli/option.h"
#include "proto/wire/text.h"

void option_json_init(struct option_json *json, const char *text, size_t size)
{
	const char *start = text + text_mark_bytes(text, size);

	*json = (struct option_json){ .text = start, .at = start, .end = text + size };
}

static struct option_place place_of(const struct option_json *json, const char *at)
{
	struct option_place place = { 1, 1 };

	for (const char *c = json->text; c < at; c++) {
		if (*c == '\n')
			place = (struct option_place){ place.line + 1, 1 };
		else
			place.column += ((unsigned char)*c & 0xc0) != 0x80; /* of UTF-8 */
	}
	return place;
}

/* Errors. */

/* Names in words the value that stands there. */
static void describe(const struct option_json *json, const char *at, char *out, size_t out_bytes)
{
	if (at == json->end)
		snprintf(out, out_bytes, "the end of the file");
	else if (*at == '\n' || *at == '\r')
		snprintf(out, out_bytes, "the end of the line");
	else if (*at > ' ' && *at <= '~')
		snprintf(out, out_bytes, "%c", *at);
	else
		snprintf(out, out_bytes, "the byte 0x%02x", (unsigned char)*at);
}

/* Always false. */
__attribute__((format(printf, 3, 4))) static bool fail(struct option_json *json, const char *at,
						       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(json->error, sizeof(json->error), format, arguments);
	va_end(arguments);
	json->place = place_of(json, at);
	return false;
}

static bool expected(struct option_json *json, const char *what)
{
	char found[32];

	describe(json, json->at, found, sizeof(found));
	return fail(json, json->at, "this is no JSON: expected %s, found %s", what, found);
}

/* Reading. The text ends with a NUL, at which every loop ends. */

static bool skip_blanks(struct option_json *json)
{
	for (;;) {
		json->at += strspn(json->at, " \t\r\n");
		if (json->at[0] == '#' || (json->at[0] == '/' && json->at[1] != '/'))
			return fail(json, json->at,
				    "a comment is from // to the end of its line; found %c",
				    *json->at);
		if (json->at[0] != '/')
			return true;
		while (json->at < json->end && *json->at != '\n')
			json->at++;
	}
}

static bool scan_escape(struct option_json *json)
{
	unsigned point;
	int used = 0;

	json->at++;
	if (*json->at != 'u') {
		if (!*json->at || !strchr("\"\\/bfnrt", *json->at))
			return expected(json, "one of \" \\ / b f n r t u behind \\ in a text");
		json->at++;
		return true;
	}
	json->at++;
	if (strspn(json->at, "0123456789abcdefABCDEF") < 4)
		return expected(json, "4 hexadecimal digits behind \\u in a text");
	sscanf(json->at, "%4x%n", &point, &used);
	if (point == 0)
		return fail(json, json->at - 2, "\\u0000 cannot be in a text");
	json->at += used;
	return true;
}

static bool scan_string(struct option_json *json)
{
	const char *begin = json->at++;

	while (*json->at != '"') {
		if (json->at == json->end || *json->at == '\n')
			return fail(json, begin,
				    "this is no JSON: the text that begins here does not end "
				    "with \" on its line");
		if ((unsigned char)*json->at < ' ')
			return expected(json, "no control character in a text, but as \\u0009");
		if (*json->at != '\\')
			json->at++;
		else if (!scan_escape(json))
			return false;
	}
	json->at++;
	if (!text_is_printable(begin, (size_t)(json->at - begin)))
		return fail(json, begin, "this text is not UTF-8, or holds control characters");
	return true;
}

static bool scan_digits(struct option_json *json)
{
	if (!isdigit((unsigned char)*json->at))
		return expected(json, "a digit");
	json->at += strspn(json->at, "0123456789");
	return true;
}

static bool scan_number(struct option_json *json)
{
	json->at += *json->at == '-';
	if (json->at[0] == '0' && isdigit((unsigned char)json->at[1]))
		return expected(json, "a number without a 0 before it");
	if (!scan_digits(json))
		return false;
	if (*json->at == '.') {
		json->at++;
		if (!scan_digits(json))
			return false;
	}
	if (*json->at == 'e' || *json->at == 'E') {
		json->at++;
		json->at += *json->at == '+' || *json->at == '-';
		if (!scan_digits(json))
			return false;
	}
	return true;
}

static bool scan_value(struct option_json *json)
{
	static const char *const words[] = { "true", "false", "null" };
	const size_t size = strspn(json->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					     "0123456789-.");

	if (*json->at == '"')
		return scan_string(json);
	if (*json->at == '-' || isdigit((unsigned char)*json->at))
		return scan_number(json);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == size && memcmp(json->at, words[i], size) == 0) {
			json->at += size;
			return true;
		}
	if (*json->at == '\'')
		return expected(json, "a text in double quotes");
	return expected(json, "a number, a text in double quotes, true or false; a setting has one "
			      "value");
}

/* A copy of what was scanned from `begin` on; a text is decoded. NULL: see `error`. */
static char *copy(struct option_json *json, const char *begin)
{
	const size_t size = (size_t)(json->at - begin);
	cJSON *item = *begin == '"' ? cJSON_ParseWithLength(begin, size) : NULL;
	char *text = NULL;

	if (*begin != '"')
		text = strndup(begin, size);
	else if (item && text_is_printable(item->valuestring, strlen(item->valuestring)))
		text = strdup(item->valuestring);
	else
		fail(json, begin, "this text has an escape that stands for no printable character");
	cJSON_Delete(item);
	if (!text && !*json->error)
		fail(json, begin, "not enough memory");
	return text;
}

static bool open_object(struct option_json *json)
{
	if (json->at + 1 < json->end && (unsigned char)json->at[0] >= 0xfe)
		return fail(json, json->at, "this is no UTF-8, perhaps UTF-16; save it as UTF-8");
	if (!skip_blanks(json))
		return false;
	if (json->at == json->end)
		return fail(json, json->at,
			    "there is no JSON; give one object, as "
			    "{\"port\": 7777}");
	if (*json->at != '{')
		return expected(json, "{ of the one object, as {\"port\": 7777}");
	json->at++;
	json->is_begun = true;
	return skip_blanks(json);
}

static bool close_object(struct option_json *json)
{
	json->at++;
	if (!skip_blanks(json))
		return false;
	return json->at == json->end || expected(json, "nothing behind the object's }");
}

static bool read_entry(struct option_json *json, struct option_entry *entry)
{
	const char *name = json->at, *value;

	entry->name_place = place_of(json, name);
	if (!scan_string(json))
		return false;
	entry->name = copy(json, name);
	if (!entry->name || !skip_blanks(json))
		return false;
	if (*json->at != ':')
		return expected(json, ": behind the name");
	json->at++;
	if (!skip_blanks(json))
		return false;
	value = json->at;
	entry->value_place = place_of(json, value);
	if (!scan_value(json))
		return false;
	entry->form = *value == '"'          ? OPTION_AS_TEXT
		      : strchr("tf", *value) ? OPTION_AS_SWITCH
		      : *value != 'n'        ? OPTION_AS_NUMBER
					     : 0;
	entry->text = copy(json, value);
	return entry->text && skip_blanks(json);
}

/* From behind an entry: to the next name, or to }. */
static bool pass_comma(struct option_json *json)
{
	if (*json->at == '}')
		return true;
	if (*json->at != ',')
		return expected(json, ", or } behind the value");
	json->at++;
	if (!skip_blanks(json))
		return false;
	return *json->at != '}' || expected(json, "another name behind the comma; the last entry "
						  "has no comma");
}

enum option_json_found option_json_next(struct option_json *json, struct option_entry *entry)
{
	*entry = (struct option_entry){ 0 };
	if (!(json->is_begun ? pass_comma(json) : open_object(json)))
		return OPTION_JSON_BAD;
	if (*json->at == '}')
		return close_object(json) ? OPTION_JSON_END : OPTION_JSON_BAD;
	if (*json->at != '"') {
		expected(json, *json->at == '\'' || isalpha((unsigned char)*json->at)
				       ? "a name in double quotes"
				       : "a name in double quotes, or }");
		return OPTION_JSON_BAD;
	}
	if (read_entry(json, entry))
		return OPTION_JSON_ENTRY;
	option_json_forget(entry);
	return OPTION_JSON_BAD;
}

void option_json_forget(struct option_entry *entry)
{
	free(entry->name);
	free(entry->text);
	*entry = (struct option_entry){ 0 };
}
