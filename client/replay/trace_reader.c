#include "client/replay/trace_reader.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/replay/trace_rate.h"
#include "proto/wire/text.h"

enum {
	QUOTE_BYTES = 64,
	FIELDS = 5,
	ROWS_AT_FIRST = 1024,
};

static const char *const field_names[FIELDS] = { "t", "id", "x", "y", "z" };

/* The index of an id in the trace, by id in ascending order. */
struct place {
	int64_t id;
	uint32_t number; /* of the id, in order of appearance */
};

struct reading {
	struct trace *trace;
	FILE *file;
	const char *name;
	char *why;
	size_t line;                                /* number of the newest */
	size_t empty_line;                          /* the first one; 0: none */
	char text[TRACE_READER_LINE_MAX_BYTES + 3]; /* CR, LF and NUL */
	size_t size;
	size_t row_capacity;
	double unit_s, origin; /* of times; the origin, in units, is 0 but for times of the day */
	struct place places[TRACE_IDS_MAX];
};

/* Errors. */

static int broken(struct reading *reading, const char *what, const char *detail)
{
	char quoted[QUOTE_BYTES];

	text_visible(quoted, sizeof(quoted), reading->text, reading->size);
	snprintf(reading->why, TRACE_ERROR_BYTES, "%s:%zu: expected %s, got \"%s\": %s%s",
		 text_shown(reading->name).text, reading->line,
		 reading->line == 1 ? "the header t,id,x,y,z" : "t,id,x,y,z as numbers", quoted,
		 what, detail);
	return -EINVAL;
}

static int failed(struct reading *reading, int error, const char *what)
{
	snprintf(reading->why, TRACE_ERROR_BYTES, "%s: %s", text_shown(reading->name).text, what);
	return error;
}

/* Lines. */

/* Reads the next line without its end. 1, 0 at the end of the file, or a negative errno value. */
static int next_line(struct reading *reading)
{
	int c;

	reading->size = 0;
	reading->line++;
	while ((c = getc_unlocked(reading->file)) != EOF && c != '\n') {
		reading->text[reading->size++] = (char)c;
		if (reading->size > TRACE_READER_LINE_MAX_BYTES + 1)
			break;
	}
	if (c == EOF && ferror(reading->file))
		return failed(reading, -EIO, "cannot be read: not a file, or a fault of its disk");
	if (c == EOF && reading->size == 0)
		return 0;
	if (c == '\n' && reading->size > 0 && reading->text[reading->size - 1] == '\r')
		reading->size--;
	if (reading->size > TRACE_READER_LINE_MAX_BYTES)
		return broken(reading, "the line is longer than 255 bytes", "");
	reading->text[reading->size] = '\0';
	return 1;
}

_Static_assert(TRACE_READER_LINE_MAX_BYTES == 255, "the sentence in next_line says it");

/* Cuts the line into its fields, in a copy. */
static int split(struct reading *reading, char *copy, char *fields[FIELDS])
{
	size_t count = 1;

	if (memchr(reading->text, '\0', reading->size) != NULL)
		return broken(reading, "the line has a zero byte", "");
	memcpy(copy, reading->text, reading->size + 1);
	fields[0] = copy;
	for (char *at = copy; *at != '\0'; at++) {
		if (*at != ',')
			continue;
		*at = '\0';
		if (count == FIELDS)
			return broken(reading, "there are more than five columns", "");
		fields[count++] = at + 1;
	}
	if (count < FIELDS)
		return broken(reading, field_names[count], " is missing");
	return 0;
}

/* Numbers. */

static int read_number(struct reading *reading, size_t field, const char *text, double *number)
{
	char *end;

	/* strtod alone would also take blanks, hexadecimal, "nan" and "inf". */
	if (strcasecmp(text, "nan") == 0 || strcasecmp(text, "inf") == 0 ||
	    strcasecmp(text, "-inf") == 0)
		return broken(reading, field_names[field], " is not finite");
	if (*text == '\0')
		return broken(reading, field_names[field], " is empty");
	if (strspn(text, "0123456789.eE+-") != strlen(text))
		return broken(reading, field_names[field], " is not a number");
	*number = strtod(text, &end);
	if (*end != '\0')
		return broken(reading, field_names[field], " is not a number");
	if (!isfinite(*number))
		return broken(reading, field_names[field], " is not finite");
	return 0;
}

static int read_id(struct reading *reading, const char *text, int64_t *id)
{
	const char *digits = text + (*text == '-');
	char *end;

	if (*text == '\0')
		return broken(reading, "id is empty", "");
	if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
		return broken(reading, "id is not an integer", "");
	errno = 0;
	*id = strtoll(text, &end, 10);
	if (errno == ERANGE)
		return broken(reading, "id does not fit 64 bits", "");
	return 0;
}

/* Rows. */

/* Finds or adds `id`. */
static int find_id(struct reading *reading, int64_t id, double t_s, uint32_t *number)
{
	struct trace *trace = reading->trace;
	size_t low = 0, high = trace->id_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (reading->places[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < trace->id_count && reading->places[low].id == id) {
		*number = reading->places[low].number;
		return 0;
	}
	if (trace->id_count == TRACE_IDS_MAX)
		return broken(reading, "there are more than 4096 ids", "");
	memmove(&reading->places[low + 1], &reading->places[low],
		(trace->id_count - low) * sizeof(reading->places[0]));
	*number = (uint32_t)trace->id_count++;
	reading->places[low] = (struct place){ id, *number };
	/* Without a row yet, last_s is before every time of a row. */
	trace->ids[*number] = (struct trace_id){ .id = id, .first_s = t_s, .last_s = -1 };
	return 0;
}

_Static_assert(TRACE_IDS_MAX == 4096, "the sentence in find_id says it");

static int add_row(struct reading *reading, const struct trace_row *row)
{
	struct trace *trace = reading->trace;

	if (trace->row_count == TRACE_ROWS_MAX)
		return broken(reading, "there are more than 2000000 rows", "");
	if (trace->row_count == reading->row_capacity) {
		size_t capacity =
			reading->row_capacity == 0 ? ROWS_AT_FIRST : 2 * reading->row_capacity;
		struct trace_row *rows;

		if (capacity > TRACE_ROWS_MAX)
			capacity = TRACE_ROWS_MAX;
		rows = realloc(trace->rows, capacity * sizeof(*rows));
		if (rows == NULL)
			return failed(reading, -ENOMEM, "not enough memory for its rows");
		trace->rows = rows;
		reading->row_capacity = capacity;
	}
	trace->rows[trace->row_count++] = *row;
	return 0;
}

_Static_assert(TRACE_ROWS_MAX == 2000000, "the sentence in add_row says it");

/* Finds the unit and origin from the first row's time, see trace_reader.h. */
static void find_origin(struct reading *reading, double t)
{
	reading->unit_s = t >= TRACE_READER_EPOCH_MS_LEAST ? 1e-3 : 1;
	reading->origin = t > TRACE_READER_SECONDS_MAX ? t : 0;
}

static int read_time(struct reading *reading, const char *text, double *t_s)
{
	const struct trace *trace = reading->trace;
	double t = 0;
	int error = read_number(reading, 0, text, &t);

	if (error < 0)
		return error;
	if (t < 0)
		return broken(reading, "t is below 0; count it from the first row", "");
	if (t >= TRACE_READER_EPOCH_MS_LIMIT)
		return broken(reading,
			      "t is neither seconds nor milliseconds since 1970; convert it", "");
	if (trace->row_count == 0)
		find_origin(reading, t);
	*t_s = (t - reading->origin) * reading->unit_s;
	return 0;
}

static int check_time(struct reading *reading, double t_s)
{
	const struct trace *trace = reading->trace;

	if (t_s > TRACE_READER_SECONDS_MAX)
		return broken(reading, "t is more than 1000000 s after the start", "");
	if (trace->row_count > 0 && t_s < trace->rows[trace->row_count - 1].t_s)
		return broken(reading, "t goes back; sort the rows by t", "");
	return 0;
}

_Static_assert(TRACE_READER_SECONDS_MAX == 1000000, "the sentence in check_time says it");

/* Editors leave empty lines at the end; trace_check_fit counts on none before a row. */
static bool is_row(struct reading *reading)
{
	if (reading->size == 0 && reading->empty_line == 0)
		reading->empty_line = reading->line;
	return reading->size > 0;
}

static int check_no_line_was_empty(struct reading *reading)
{
	if (reading->empty_line == 0)
		return 0;
	reading->line = reading->empty_line;
	reading->size = 0;
	return broken(reading, "the line is empty, and rows follow; delete it", "");
}

static int read_row(struct reading *reading)
{
	char copy[sizeof(reading->text)];
	char *fields[FIELDS];
	struct trace_row row;
	struct trace_id *account;
	int64_t id = 0;
	int error;

	error = check_no_line_was_empty(reading);
	if (error == 0)
		error = split(reading, copy, fields);
	if (error == 0)
		error = read_time(reading, fields[0], &row.t_s);
	if (error == 0)
		error = read_id(reading, fields[1], &id);
	if (error == 0)
		error = read_number(reading, 2, fields[2], &row.x);
	if (error == 0)
		error = read_number(reading, 3, fields[3], &row.y);
	if (error == 0)
		error = read_number(reading, 4, fields[4], &row.z);
	if (error == 0)
		error = check_time(reading, row.t_s);
	if (error == 0)
		error = find_id(reading, id, row.t_s, &row.rank);
	if (error < 0)
		return error;
	account = &reading->trace->ids[row.rank];
	if (account->last_s >= row.t_s)
		return broken(reading, "the id has a row of the same t already; keep one", "");
	account->last_s = row.t_s;
	return add_row(reading, &row);
}

/* The whole. */

static void skip_byte_order_mark(struct reading *reading)
{
	const size_t mark_bytes = text_mark_bytes(reading->text, reading->size);

	reading->size -= mark_bytes;
	memmove(reading->text, reading->text + mark_bytes, reading->size + 1);
}

/* A header that other programs write has its remedy. */
static const char *header_fault(const char *text, size_t size)
{
	if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return "this is UTF-16; save it as UTF-8";
	if (strchr(text, '"'))
		return "it has quotes; write the file without";
	if (strchr(text, '\t'))
		return "tabs are between the columns; put commas there";
	if (strchr(text, ';'))
		return "semicolons are between the columns; put commas there, and points into the "
		       "numbers";
	if (strchr(text, '\r'))
		return "the lines end with CR; end them with LF or CRLF";
	return "the first line must be t,id,x,y,z";
}

static int read_header(struct reading *reading)
{
	int got = next_line(reading);

	if (got == 0)
		return failed(reading, -EINVAL,
			      "empty; expected the header t,id,x,y,z, then rows of numbers");
	if (got < 0)
		return got;
	skip_byte_order_mark(reading);
	if (strcmp(reading->text, "t,id,x,y,z") != 0)
		return broken(reading, header_fault(reading->text, reading->size), "");
	return 0;
}

/* Renumbers the ids, from order of appearance to rank. */
static int number_by_rank(struct reading *reading)
{
	struct trace *trace = reading->trace;
	struct trace_id *ids = calloc(trace->id_count, sizeof(*ids));
	uint32_t *ranks = calloc(trace->id_count, sizeof(*ranks));

	if (ids == NULL || ranks == NULL) {
		free(ids);
		free(ranks);
		return failed(reading, -ENOMEM, "not enough memory for its ids");
	}
	for (size_t rank = 0; rank < trace->id_count; rank++) {
		ids[rank] = trace->ids[reading->places[rank].number];
		ranks[reading->places[rank].number] = (uint32_t)rank;
	}
	for (size_t i = 0; i < trace->row_count; i++)
		trace->rows[i].rank = ranks[trace->rows[i].rank];
	free(ranks);
	free(trace->ids);
	trace->ids = ids;
	return 0;
}

static int read_all(struct reading *reading)
{
	int error, got;

	error = read_header(reading);
	if (error < 0)
		return error;
	while ((got = next_line(reading)) > 0) {
		error = is_row(reading) ? read_row(reading) : 0;
		if (error < 0)
			return error;
	}
	if (got < 0)
		return got;
	if (reading->trace->row_count == 0)
		return failed(reading, -EINVAL, "no rows after the header; nothing to replay");
	error = number_by_rank(reading);
	if (error < 0)
		return error;
	if (trace_rate_find_intervals(reading->trace) < 0)
		return failed(reading, -ENOMEM, "not enough memory for the times of its rows");
	return 0;
}

int trace_reader_read(struct trace *trace, FILE *file, const char *name,
		      char why[TRACE_ERROR_BYTES])
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int error = -ENOMEM;

	memset(trace, 0, sizeof(*trace));
	trace->ids = calloc(TRACE_IDS_MAX, sizeof(*trace->ids));
	if (reading == NULL || trace->ids == NULL) {
		snprintf(why, TRACE_ERROR_BYTES, "%s: not enough memory to read it",
			 text_shown(name).text);
		goto out;
	}
	*why = '\0';
	reading->trace = trace;
	reading->file = file;
	reading->name = name;
	reading->why = why;
	error = read_all(reading);
out:
	free(reading);
	if (error < 0)
		trace_fini(trace);
	return error;
}

int trace_reader_open(struct trace *trace, const char *path, char why[TRACE_ERROR_BYTES])
{
	FILE *file = fopen(path, "r");
	int error;

	memset(trace, 0, sizeof(*trace));
	if (file == NULL) {
		error = -errno;
		snprintf(why, TRACE_ERROR_BYTES, "cannot open %s: %s", text_shown(path).text,
			 strerror(-error));
		return error;
	}
	error = trace_reader_read(trace, file, path, why);
	fclose(file);
	return error;
}
