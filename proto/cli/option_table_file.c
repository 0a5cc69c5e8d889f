#include "proto/cli/option_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/cli/option_json.h"
#include "proto/wire/text.h"

enum {
	NAMES_BYTES = 640,
};

/* One file as it is read. */
struct source {
	const struct option_table *table;
	struct option_reading *reading;
	const char *from;
	int line[OPTION_ROWS_MAX];   /* on which a row was given; 0: it was not */
	bool is_on[OPTION_ROWS_MAX]; /* of a switch that was given */
};

/* Always false. */
__attribute__((format(printf, 3, 4))) static bool
refuse(struct source *source, struct option_place place, const char *format, ...)
{
	char *sentence = source->reading->sentence;
	const int used = snprintf(sentence, OPTION_SENTENCE_BYTES, "%s:%d:%d: ", source->from,
				  place.line, place.column);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence + used, OPTION_SENTENCE_BYTES - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
}

/* The place of the row in the table; table->count: no key has the name. */
static size_t find_key(const struct option_table *table, const char *name)
{
	size_t i = 0;

	while (i < table->count &&
	       (table->rows[i].kind->forms == 0 || strcmp(table->rows[i].name, name) != 0))
		i++;
	return i;
}

static bool refuse_name(struct source *source, const struct option_entry *entry)
{
	const struct option_table *table = source->table;
	char names[NAMES_BYTES] = "";
	size_t used = 0;

	for (size_t i = 0; i < table->count && used < sizeof(names); i++)
		if (table->rows[i].kind->forms != 0)
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 used > 0 ? ", " : "", table->rows[i].name);
	return refuse(source, entry->name_place, "\"%s\" is not a setting; there are: %s",
		      text_shown(entry->name).text, names);
}

static bool refuse_value(struct source *source, const struct option_row *row,
			 const struct option_entry *entry, const char *must)
{
	const char *mark = entry->form == OPTION_AS_TEXT ? "\"" : "";

	if (row->kind->shows_text && entry->form == OPTION_AS_TEXT)
		return refuse(source, entry->value_place, "\"%s\": %s", row->name, must);
	return refuse(source, entry->value_place, "\"%s\" is %s%s%s; it %s", row->name, mark,
		      text_shown(entry->text).text, mark, must);
}

/* True, false and 1 are easily mistaken for one another, and so are 7777 and "7777". */
static bool check_form(struct source *source, const struct option_row *row,
		       const struct option_entry *entry)
{
	char must[OPTION_MUST_BYTES] = "must be a text in double quotes";

	if (row->kind->forms & entry->form)
		return true;
	if (row->kind->forms == OPTION_AS_SWITCH)
		strcpy(must, "must be true or false");
	else if (row->kind->forms == OPTION_AS_NUMBER)
		row->kind->read(row, "", must, sizeof(must));
	else if (row->kind->forms & OPTION_AS_NUMBER)
		strcat(must, ", or a number");
	return refuse_value(source, row, entry, must);
}

/* Two switches of one value, as verbose and quiet are. */
static bool check_switches(struct source *source, size_t place, const struct option_entry *entry)
{
	const struct option_row *rows = source->table->rows;

	for (size_t i = 0; i < source->table->count; i++)
		if (i != place && source->is_on[i] && rows[i].value == rows[place].value)
			return refuse(source, entry->name_place,
				      "\"%s\" and \"%s\" are both true; keep one of the two",
				      rows[place].name, rows[i].name);
	return true;
}

/* Keeps the entry as a word. Returns its value, which is NULL when there is no room. */
static const char *keep(struct option_words *words, const struct option_row *row, const char *text)
{
	const size_t room = sizeof(words->bytes) - words->used;
	char *word = words->bytes + words->used;
	const int size = row->argument != NULL ? snprintf(word, room, "--%s=%s", row->name, text)
					       : snprintf(word, room, "--%s", row->name);

	if ((size_t)size >= room)
		return NULL;
	words->used += (size_t)size + 1;
	return row->argument != NULL ? strchr(word, '=') + 1 : text;
}

static bool read_entry(struct source *source, const struct option_entry *entry)
{
	const size_t place = find_key(source->table, entry->name);
	const struct option_row *row = &source->table->rows[place];
	const bool is_off = strcmp(entry->text, "false") == 0;
	char must[OPTION_MUST_BYTES] = "";
	const char *text = entry->text;

	if (place == source->table->count)
		return refuse_name(source, entry);
	if (source->line[place] > 0)
		return refuse(source, entry->name_place,
			      "\"%s\" was given on line %d already; keep one of the two",
			      entry->name, source->line[place]);
	source->line[place] = entry->name_place.line;
	if (!check_form(source, row, entry))
		return false;
	source->is_on[place] = entry->form == OPTION_AS_SWITCH && !is_off;
	if (source->is_on[place] && !check_switches(source, place, entry))
		return false;
	if (entry->form != OPTION_AS_SWITCH || !is_off)
		text = keep(&source->reading->words, row, entry->text);
	if (text == NULL)
		return refuse(source, entry->value_place,
			      "the values are too long; they must fit in %d bytes in all",
			      OPTION_WORDS_BYTES);
	return row->kind->read(row, text, must, sizeof(must)) ||
	       refuse_value(source, row, entry, must);
}

bool option_table_read_text(const struct option_table *table, struct option_reading *reading,
			    const char *text, size_t size, const char *from)
{
	struct source source = { .table = table, .reading = reading, .from = from };
	enum option_json_found found = OPTION_JSON_ENTRY;
	struct option_entry entry;
	struct option_json json;
	bool is_good = true;

	option_json_init(&json, text, size);
	while (is_good && (found = option_json_next(&json, &entry)) == OPTION_JSON_ENTRY) {
		is_good = read_entry(&source, &entry);
		option_json_forget(&entry);
	}
	if (found == OPTION_JSON_BAD)
		return refuse(&source, json.place, "%s", json.error);
	return is_good;
}

/* The file. */

/* Opened so that nothing can make a running program wait. -1, with errno. */
static int open_file(const char *path, bool is_running)
{
	const int descriptor = open(path, O_RDONLY | O_CLOEXEC | (is_running ? O_NONBLOCK : 0));
	struct stat status;

	if (descriptor < 0 || !is_running || fstat(descriptor, &status) < 0 ||
	    S_ISREG(status.st_mode))
		return descriptor;
	close(descriptor);
	errno = EINVAL;
	return -1;
}

/* As many bytes as there are, one more than are allowed at most; -1, with errno. */
static ssize_t read_all(int descriptor, char *text)
{
	size_t size = 0;

	while (size <= OPTION_FILE_MAX_BYTES) {
		ssize_t got = read(descriptor, text + size, OPTION_FILE_MAX_BYTES + 1 - size);

		if (got == 0)
			break;
		if (got > 0)
			size += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)size;
}

bool option_table_read_file(const struct option_table *table, struct option_reading *reading,
			    const char *path)
{
	const int descriptor = open_file(path, table->is_running);
	const struct text_shown shown = text_shown(path);
	char *text = malloc(OPTION_FILE_MAX_BYTES + 2);
	bool is_good = false;
	ssize_t size = -1;

	if (descriptor >= 0 && text)
		size = read_all(descriptor, text);
	if (size < 0)
		snprintf(reading->sentence, sizeof(reading->sentence),
			 "--config %s: cannot be read: %s", shown.text,
			 errno == EINVAL && table->is_running ? "not a regular file"
							      : strerror(errno));
	else if (size > OPTION_FILE_MAX_BYTES)
		snprintf(reading->sentence, sizeof(reading->sentence),
			 "--config %s: larger than %d bytes", shown.text, OPTION_FILE_MAX_BYTES);
	else {
		text[size] = '\0';
		is_good = option_table_read_text(table, reading, text, (size_t)size, shown.text);
	}
	if (descriptor >= 0)
		close(descriptor);
	free(text);
	return is_good;
}
