#include "bench/measure/hist_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"

enum {
	LINE_BYTES = 256, /* of a line, its end and a NUL */
	FOUND_BYTES = 64, /* of a line that is quoted in an error */
};

/* Writing. */

static void write_row(FILE *out, int64_t high_ns, uint64_t seen, uint64_t count)
{
	double share = (double)seen / (double)count;

	fprintf(out, "%12.3f %14.12f %10llu", (double)high_ns / HIST_TEXT_UNIT_NS, share,
		(unsigned long long)seen);
	if (seen < count)
		fprintf(out, " %14.2f", (double)count / (double)(count - seen));
	fputc('\n', out);
}

int hist_save(const struct hist *hist, FILE *out)
{
	uint64_t seen = 0;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		seen += hist->counts[i];
		if (hist->counts[i] > 0)
			write_row(out, hist_bucket_high_ns(i), seen, hist->count);
	}
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		hist_mean_ns(hist) / HIST_TEXT_UNIT_NS,
		hist_deviation_ns(hist) / HIST_TEXT_UNIT_NS);
	fprintf(out, "#[Max     = %12.3f, Total count    = %12llu]\n",
		hist->count > 0 ? (double)hist->max_ns / HIST_TEXT_UNIT_NS : 0,
		(unsigned long long)hist->count);
	/* HdrHistogram's words for it: the first of its buckets is all that is below 2048. */
	fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", HIST_DOUBLINGS + 1,
		HIST_EXACT_NS);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

/* Reading. */

struct row {
	int64_t value_ns;
	double share;
	uint64_t seen;
};

struct reader {
	FILE *in;
	int64_t unit_ns;
	struct hist *hist;
	char *error;
	unsigned long line; /* number of the line in `text` */
	char text[LINE_BYTES];
	bool has_line;  /* false at the end */
	struct row row; /* the newest; all zero before the first */
	/* The newest row that said more than the one before: how much, and from where on. */
	int64_t from_ns, to_ns;
	uint64_t step;
};

/* Says what was expected instead of the line, quoting what can be shown of it. -EINVAL. */
static int expected(struct reader *reader, const char *what)
{
	char found[FOUND_BYTES];
	size_t size = strcspn(reader->text, "\n");

	if (!reader->has_line) {
		snprintf(reader->error, HIST_ERROR_BYTES, "line %lu: expected %s, found the end",
			 reader->line, what);
		return -EINVAL;
	}
	snprintf(reader->error, HIST_ERROR_BYTES, "line %lu: expected %s, found \"%s\"",
		 reader->line, what, text_visible(found, sizeof(found), reader->text, size));
	return -EINVAL;
}

/* The next line that is not blank. 0, -EINVAL or -EIO. */
static int next_line(struct reader *reader)
{
	do {
		reader->line++;
		reader->has_line = fgets(reader->text, sizeof(reader->text), reader->in) != NULL;
		if (ferror(reader->in)) {
			snprintf(reader->error, HIST_ERROR_BYTES, "line %lu: cannot be read: %s",
				 reader->line, strerror(errno));
			return -EIO;
		}
		/* A NUL in the line hides its end, too. */
		if (reader->has_line && !strchr(reader->text, '\n') && !feof(reader->in))
			return expected(reader, "a line of at most 254 characters, without a NUL");
	} while (reader->has_line && reader->text[strspn(reader->text, " \t\r\n")] == '\0');
	return 0;
}

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

static bool take_word(const char **at, const char *word)
{
	size_t size = strlen(word);

	skip_blanks(at);
	if (strncmp(*at, word, size) != 0)
		return false;
	*at += size;
	return true;
}

static bool is_done(const char **at)
{
	skip_blanks(at);
	return **at == '\0';
}

/* Digits with a point or without: no sign, exponent, hexadecimal or "nan". */
static bool take_number(const char **at, double *number)
{
	size_t size;
	char *end;

	skip_blanks(at);
	size = strspn(*at, "0123456789.");
	if (!isdigit((unsigned char)**at))
		return false;
	*number = strtod(*at, &end);
	if (end != *at + size || !isfinite(*number))
		return false;
	*at = end;
	return true;
}

static bool take_count(const char **at, uint64_t *count)
{
	size_t size;
	char *end;

	skip_blanks(at);
	size = strspn(*at, "0123456789");
	errno = 0;
	*count = strtoull(*at, &end, 10);
	if (size == 0 || end != *at + size || errno != 0)
		return false;
	*at = end;
	return true;
}

/* A value of the text in nanoseconds, at most `most_ns`. */
static bool to_ns(const struct reader *reader, double value, int64_t most_ns, int64_t *value_ns)
{
	double ns = round(value * (double)reader->unit_ns);

	if (!(ns <= (double)most_ns))
		return false;
	*value_ns = (int64_t)ns;
	return true;
}

static int read_heading(struct reader *reader)
{
	const char *at = reader->text;
	int result = next_line(reader);

	if (result != 0)
		return result;
	if (reader->has_line && take_word(&at, "Value") && take_word(&at, "Percentile") &&
	    take_word(&at, "TotalCount") && take_word(&at, "1/(1-Percentile)") && is_done(&at))
		return 0;
	return expected(reader, "the heading \"Value Percentile TotalCount 1/(1-Percentile)\"");
}

/* The last column repeats the second; the last row has none, or an infinite one. */
static bool take_last_column(const char **at)
{
	double ratio;

	return is_done(at) || take_word(at, "inf") || take_word(at, "Infinity") ||
	       (take_number(at, &ratio) && ratio >= 1);
}

static int read_row(struct reader *reader)
{
	/* The largest value of the last bucket is a little above HIST_MAX_NS. */
	int64_t most_ns = hist_bucket_high_ns(hist_bucket(HIST_MAX_NS));
	const char *at = reader->text;
	struct row before = reader->row, *row = &reader->row;
	double value;

	if (!take_number(&at, &value) || !take_number(&at, &row->share) ||
	    !take_count(&at, &row->seen) || !take_last_column(&at) || !is_done(&at))
		return expected(reader, "a row of value, percentile, count and 1/(1-percentile), "
					"or \"#[Mean\"");
	if (!to_ns(reader, value, most_ns, &row->value_ns))
		return expected(reader, "a value of at most 1,000 s");
	if (row->value_ns < before.value_ns)
		return expected(reader, "a value not below the row before");
	if (row->share < before.share || row->share > 1)
		return expected(reader, "a percentile from that of the row before to 1");
	if (row->seen < before.seen)
		return expected(reader, "a count not below the row before");
	if (row->seen == before.seen)
		return 0;
	reader->hist->counts[hist_bucket(row->value_ns)] += row->seen - before.seen;
	if (before.seen == 0)
		reader->hist->min_ns = row->value_ns;
	reader->from_ns = before.value_ns;
	reader->to_ns = row->value_ns;
	reader->step = row->seen - before.seen;
	return 0;
}

static int read_rows(struct reader *reader)
{
	int result = next_line(reader);

	while (result == 0 && reader->has_line && reader->text[0] != '#') {
		result = read_row(reader);
		if (result == 0)
			result = next_line(reader);
	}
	return result;
}

/* The largest values are at most the maximum, which the last row only bounds. */
static int take_max(struct reader *reader, double max)
{
	struct hist *hist = reader->hist;

	if (!to_ns(reader, max, HIST_MAX_NS, &hist->max_ns))
		return expected(reader, "a maximum of at most 1,000 s");
	if (hist->max_ns > reader->to_ns)
		return expected(reader, "a maximum of at most the last row's value");
	if (hist->max_ns < reader->from_ns)
		return expected(reader,
				"a maximum of at least the value of the row before the last");
	if (hist->min_ns > hist->max_ns)
		hist->min_ns = hist->max_ns;
	hist->counts[hist_bucket(reader->to_ns)] -= reader->step;
	hist->counts[hist_bucket(hist->max_ns)] += reader->step;
	return 0;
}

static int read_max(struct reader *reader)
{
	const char *at = reader->text;
	double max;
	uint64_t count;

	if (!reader->has_line || !take_word(&at, "#[Max") || !take_word(&at, "=") ||
	    !take_number(&at, &max) || !take_word(&at, ",") || !take_word(&at, "Total count") ||
	    !take_word(&at, "=") || !take_count(&at, &count) || !take_word(&at, "]") ||
	    !is_done(&at))
		return expected(reader, "\"#[Max = VALUE, Total count = COUNT]\"");
	if (count != reader->row.seen)
		return expected(reader, "the total count of the last row");
	reader->hist->count = count;
	return count > 0 ? take_max(reader, max) : 0;
}

/* A line of two numbers that nothing is made of. */
static bool is_pair(const struct reader *reader, const char *first, const char *second)
{
	const char *at = reader->text;
	double number;

	return reader->has_line && take_word(&at, first) && take_word(&at, "=") &&
	       take_number(&at, &number) && take_word(&at, ",") && take_word(&at, second) &&
	       take_word(&at, "=") && take_number(&at, &number) && take_word(&at, "]") &&
	       is_done(&at);
}

static int read_footer(struct reader *reader)
{
	int result;

	if (!is_pair(reader, "#[Mean", "StdDeviation"))
		return expected(reader, "a row or \"#[Mean = VALUE, StdDeviation = VALUE]\"");
	result = next_line(reader);
	if (result == 0)
		result = read_max(reader);
	if (result == 0)
		result = next_line(reader);
	if (result == 0 && !is_pair(reader, "#[Buckets", "SubBuckets"))
		return expected(reader, "\"#[Buckets = COUNT, SubBuckets = COUNT]\"");
	if (result == 0)
		result = next_line(reader);
	if (result == 0 && reader->has_line)
		return expected(reader, "nothing after \"#[Buckets\"");
	return result;
}

int hist_load(struct hist *hist, FILE *in, int64_t unit_ns, char error[HIST_ERROR_BYTES])
{
	struct reader reader = { .in = in, .unit_ns = unit_ns, .hist = hist, .error = error };
	int result;

	hist_reset(hist);
	result = read_heading(&reader);
	if (result == 0)
		result = read_rows(&reader);
	if (result == 0)
		result = read_footer(&reader);
	if (result != 0)
		hist_reset(hist);
	return result;
}
