/*
 * What has to stand in a result: every field that is used is looked at before. What nobody knows is
 * let be; result.schema.json is stricter with what we write.
 */
#include <string.h>

#include "bench/result/result_internal.h"
#include "proto/wire/text.h"

enum {
	PLACE_BYTES = 200,
	KEY_BYTES = 41,
};

enum kind {
	OBJECT = 1,
	ARRAY = 2,
	TEXT = 4,
	NUMBER = 8,
	TRUTH = 16,
	NOTHING = 32,
};

/*
 * A path from the document on: a name with a dot before it, ".*" for each field, "[]" for each of
 * an array, and a question mark behind a name that may be missing.
 */
static const struct rule {
	const char *path;
	enum kind kinds; /* any of them */
} rules[] = {
	{ "", OBJECT },
	{ ".format", TEXT },
	{ ".version", NUMBER },
	{ ".program", TEXT },
	{ ".command", TEXT },
	{ ".arguments", ARRAY },
	{ ".arguments[]", TEXT },
	{ ".simulated", TRUTH },
	{ ".started?", TEXT },
	{ ".machine?", OBJECT },
	{ ".machine?.processor", TEXT },
	{ ".machine?.cores", NUMBER },
	{ ".machine?.memory_bytes", NUMBER },
	{ ".machine?.system", TEXT },
	{ ".machine?.kernel", TEXT },
	{ ".parameters", OBJECT },
	{ ".parameters.*", NUMBER | TEXT | NOTHING },
	{ ".valid", TRUTH },
	{ ".reasons", ARRAY },
	{ ".reasons[]", TEXT },
	{ ".rows", ARRAY },
	{ ".rows[]", OBJECT },
	{ ".rows[].labels", OBJECT },
	{ ".rows[].labels.*", NUMBER | TEXT },
	{ ".rows[].valid", TRUTH },
	{ ".rows[].reasons", ARRAY },
	{ ".rows[].reasons[]", TEXT },
	{ ".rows[].notes", ARRAY },
	{ ".rows[].notes[]", TEXT },
	{ ".rows[].figures", OBJECT },
	{ ".rows[].figures.*", OBJECT },
	{ ".rows[].figures.*.unit", TEXT },
	{ ".rows[].figures.*.median", NUMBER | NOTHING },
	{ ".rows[].figures.*.min", NUMBER | NOTHING },
	{ ".rows[].figures.*.max", NUMBER | NOTHING },
	{ ".rows[].figures.*.values", ARRAY },
	{ ".rows[].figures.*.values[]", NUMBER | NOTHING },
	{ ".rows[].series", OBJECT },
	{ ".rows[].series.*", OBJECT },
	{ ".rows[].series.*.x_unit", TEXT },
	{ ".rows[].series.*.y_unit", TEXT },
	{ ".rows[].series.*.x", ARRAY },
	{ ".rows[].series.*.x[]", NUMBER | NOTHING },
	{ ".rows[].series.*.y", ARRAY },
	{ ".rows[].series.*.y[]", NUMBER | NOTHING },
};

/* Sentences. */

/* As much of what the file says as a sentence has room for. */
static const char *shown(char out[static KEY_BYTES], const char *text)
{
	return text_visible(out, KEY_BYTES, text, strlen(text));
}

static enum kind kind_of(const cJSON *item)
{
	return cJSON_IsObject(item)   ? OBJECT
	       : cJSON_IsArray(item)  ? ARRAY
	       : cJSON_IsString(item) ? TEXT
	       : cJSON_IsNumber(item) ? NUMBER
	       : cJSON_IsBool(item)   ? TRUTH
				      : NOTHING;
}

static const char *kinds_text(enum kind kinds)
{
	static const char *const texts[] = { "an object", "an array",      "a text",
					     "a number",  "true or false", "null" };

	if (kinds == (NUMBER | NOTHING))
		return "a number or null";
	if (kinds == (NUMBER | TEXT) || kinds == (NUMBER | TEXT | NOTHING))
		return "a number or a text";
	return texts[__builtin_ctz(kinds)];
}

static bool refuse(const struct result_reading *reading, const char *place, const cJSON *item,
		   const char *what)
{
	char key[KEY_BYTES], number[32];
	const char *stands = item ? kinds_text(kind_of(item)) : "not there", *mark = "";

	place = place[0] == '.' ? place + 1 : "the document";
	if (cJSON_IsString(item)) {
		stands = shown(key, item->valuestring);
		mark = "\"";
	} else if (cJSON_IsNumber(item)) {
		snprintf(number, sizeof(number), "%.10g", item->valuedouble);
		stands = number;
	}
	return result_refuse(reading, "%s is %s%s%s; expected %s", place, mark, stands, mark, what);
}

/* The walk along a path. */

/* Where one is in it: `path` is the rest of it, `place` what it was so far, as the file has it. */
static bool walk(const struct result_reading *reading, const cJSON *item, const char *path,
		 enum kind kinds, const char *place)
{
	const bool is_each = path[0] == '[' || strncmp(path, ".*", 2) == 0;
	const size_t size = path[0] == '.' ? 1 + strcspn(path + 1, ".[?") : 2;
	const bool may_be_missing = path[0] != '\0' && path[size] == '?';
	const char *rest = path + size + may_be_missing;
	char at[PLACE_BYTES], key[KEY_BYTES];
	const cJSON *part;
	int n = 0;

	if (path[0] == '\0')
		return item && (kind_of(item) & kinds) != 0
			       ? true
			       : refuse(reading, place, item, kinds_text(kinds));
	if (!is_each) {
		snprintf(key, sizeof(key), "%.*s", (int)size - 1, path + 1);
		snprintf(at, sizeof(at), "%.150s.%s", place, key);
		part = cJSON_GetObjectItemCaseSensitive(item, key);
		return (!part && may_be_missing) || walk(reading, part, rest, kinds, at);
	}
	cJSON_ArrayForEach(part, item)
	{
		if (path[0] == '[')
			snprintf(at, sizeof(at), "%.150s[%d]", place, n++);
		else
			snprintf(at, sizeof(at), "%.150s.%s", place, shown(key, part->string));
		if (!walk(reading, part, rest, kinds, at))
			return false;
	}
	return true;
}

/* Rules that depend on other fields. */

static const cJSON *field(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool check_form(const struct result_reading *reading, const cJSON *document)
{
	const cJSON *format = field(document, "format"), *version = field(document, "version");

	if (!cJSON_IsString(format) || strcmp(format->valuestring, RESULT_FORMAT) != 0)
		return refuse(reading, ".format", format, "\"" RESULT_FORMAT "\"");
	if (cJSON_IsNumber(version) && version->valuedouble != RESULT_VERSION)
		return result_refuse(
			reading,
			"version is %.10g; expected %d, which this starling-bench writes; "
			"measure again, or read it with the one that wrote it",
			version->valuedouble, RESULT_VERSION);
	return true;
}

static bool check_command(const struct result_reading *reading, const cJSON *document)
{
	static const char *const commands[] = { "compare", "contrast", "load", "self-test" };
	const cJSON *command = field(document, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(command->valuestring, commands[i]) == 0)
			return true;
	return refuse(reading, ".command", command, "compare, contrast, load or self-test");
}

/* When and on what: of what was measured, and not of what was simulated. */
static bool check_origin(const struct result_reading *reading, const cJSON *document)
{
	const bool is_simulated = cJSON_IsTrue(field(document, "simulated"));
	const cJSON *started = field(document, "started"), *machine = field(document, "machine");

	if (is_simulated ? !started : !!started)
		return is_simulated ? !machine || refuse(reading, ".machine", machine,
							 "no such field, as it was simulated")
				    : machine || refuse(reading, ".machine", NULL, "an object");
	return refuse(reading, ".started", started,
		      is_simulated ? "no such field, as it was simulated" : "a text");
}

static bool check_sizes(const struct result_reading *reading, const cJSON *row, int n)
{
	const int reasons = cJSON_GetArraySize(field(row, "reasons"));
	const bool is_valid = cJSON_IsTrue(field(row, "valid"));
	char key[KEY_BYTES];
	const cJSON *item;

	if (!field(row, "labels")->child)
		return result_refuse(reading, "rows[%d].labels is empty; expected one or more", n);
	if (is_valid != (reasons == 0))
		return result_refuse(reading, "rows[%d].reasons has %d; expected %s", n, reasons,
				     is_valid ? "none, as it is valid"
					      : "one or more, as it is not valid");
	cJSON_ArrayForEach(item, field(row, "figures"))
	{
		if (cJSON_GetArraySize(field(item, "values")) > SPREAD_MAX)
			return result_refuse(reading, "rows[%d].figures.%s.values has more than %d",
					     n, shown(key, item->string), SPREAD_MAX);
	}
	cJSON_ArrayForEach(item, field(row, "series"))
	{
		const int x = cJSON_GetArraySize(field(item, "x"));
		const int y = cJSON_GetArraySize(field(item, "y"));

		if (x != y || x > RESULT_SERIES_POINTS_MAX)
			return result_refuse(
				reading,
				"rows[%d].series.%s has %d x and %d y; expected as many of each, "
				"and at most %d",
				n, shown(key, item->string), x, y, RESULT_SERIES_POINTS_MAX);
	}
	return true;
}

/* A text or a name in it that a terminal would not just print, or NULL. */
static const char *find_unprintable(const cJSON *item)
{
	const char *found = NULL;
	const cJSON *part;

	if (item->string && !text_is_printable(item->string, strlen(item->string)))
		return item->string;
	if (cJSON_IsString(item) &&
	    !text_is_printable(item->valuestring, strlen(item->valuestring)))
		return item->valuestring;
	cJSON_ArrayForEach(part, item)
	{
		found = found ? found : find_unprintable(part);
	}
	return found;
}

bool result_check(const struct result_reading *reading, const cJSON *document)
{
	const char *unprintable;
	char text[KEY_BYTES];
	const cJSON *row;
	int n = 0;

	if (cJSON_IsObject(document) && !check_form(reading, document))
		return false;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!walk(reading, document, rules[i].path, rules[i].kinds, ""))
			return false;
	if (!check_command(reading, document) || !check_origin(reading, document))
		return false;
	cJSON_ArrayForEach(row, field(document, "rows"))
	{
		if (!check_sizes(reading, row, n++))
			return false;
	}
	unprintable = find_unprintable(document);
	if (unprintable)
		return result_refuse(reading, "holds \"%s\"; expected texts that are printable",
				     shown(text, unprintable));
	return true;
}
