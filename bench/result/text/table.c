#include "bench/result/text/table.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bench/result/figures.h"

enum {
	CELL_BYTES = 64,
	SHOWN_MAX = TABLE_COLUMNS, /* side by side, at least a blank and a digit each */
	WIDTH_MIN = 5,             /* of a figure */
	LINE_BYTES = 512,
};

/* One column of text: a label, the medians of a figure, or their ranges. */
struct shown {
	const char *label; /* NULL: it is of a figure */
	const struct column *column;
	bool is_range;
	const char *title, *unit;
	int decimals, width;
};

bool table_is_group(const char *const *groups, const char *label)
{
	for (; groups && *groups; groups++)
		if (strcmp(*groups, label) == 0)
			return true;
	return false;
}

const char *table_title(const struct column *column)
{
	const struct figure *figure = figures_find(column->figure);

	return figure ? figure->title : column->figure;
}

const char *table_unit(const struct column *column)
{
	const struct figure *figure = figures_find(column->figure);

	return column->whole ? "%" : figure ? figure->shown : "";
}

struct spread table_spread(const struct result_row *row, const struct column *column)
{
	const struct figure *figure = figures_find(column->figure);
	const double scale = column->whole ? 100 : figure ? figures_scale(figure) : 1;
	const struct spread spread = column->whole
					     ? result_share(row, column->figure, column->whole)
					     : result_spread(row, column->figure);

	if (column->form == COLUMN_MOST)
		return (struct spread){ scale * spread.max, scale * spread.max,
					scale * spread.max };
	return (struct spread){ scale * spread.median, scale * spread.min, scale * spread.max };
}

/* Cells. */

static const char *cell_text(const struct shown *shown, const struct result_row *row,
			     char text[static CELL_BYTES])
{
	const char *label = shown->label ? result_row_label(row, shown->label) : NULL;
	struct spread spread;

	if (shown->label) {
		snprintf(text, CELL_BYTES, "%s", label ? label : "");
		return text;
	}
	spread = table_spread(row, shown->column);
	if (!isfinite(spread.median))
		snprintf(text, CELL_BYTES, "-");
	else if (shown->is_range)
		snprintf(text, CELL_BYTES, "%.*f%s%.*f", shown->decimals, spread.min,
			 spread.min < 0 ? " to " : "-", shown->decimals, spread.max);
	else
		snprintf(text, CELL_BYTES, "%.*f", shown->decimals, spread.median);
	return text;
}

/* The n-th word of a title, from 0 on, and how long it is; 0: there is none. */
static const char *word_at(const char *title, int n, int *size)
{
	for (; n > 0; n--) {
		title += strcspn(title, " ");
		title += strspn(title, " ");
	}
	*size = (int)strcspn(title, " ");
	return title;
}

static int larger(int one, int other)
{
	return one > other ? one : other;
}

/* As wide as its longest word, its unit and its cells. */
static struct shown fitted(struct shown shown, const struct table_rows *rows)
{
	char text[CELL_BYTES];
	int size = 1;

	shown.width = larger(shown.width, (int)strlen(shown.unit));
	for (int n = 0; size > 0; n++) {
		word_at(shown.title, n, &size);
		shown.width = larger(shown.width, size);
	}
	for (size_t i = rows->first; i < rows->end; i++)
		shown.width =
			larger(shown.width,
			       (int)strlen(cell_text(&shown, result_row(rows->result, i), text)));
	return shown;
}

/* Four digits of the largest value; whole numbers as they are. */
static int decimals_for(double largest, bool are_whole)
{
	if (are_whole || largest >= 1000)
		return 0;
	return largest >= 100 ? 1 : largest >= 10 ? 2 : 3;
}

/* A figure's medians and, where it has them, ranges. Returns how many: 0 where no row has it. */
static size_t lay_out(struct shown shown[static 2], const struct table_rows *rows,
		      const struct column *column)
{
	bool is_measured = false, are_whole = true, is_spread = false;
	double largest = 0;

	for (size_t i = rows->first; i < rows->end; i++) {
		const struct spread spread = table_spread(result_row(rows->result, i), column);

		if (!isfinite(spread.median))
			continue;
		is_measured = true;
		are_whole = are_whole && spread.median == floor(spread.median) &&
			    spread.min == floor(spread.min) && spread.max == floor(spread.max);
		is_spread = is_spread || spread.min != spread.max;
		largest = fmax(largest, fmax(fabs(spread.min), fabs(spread.max)));
	}
	shown[0] = (struct shown){ .column = column,
				   .title = table_title(column),
				   .unit = table_unit(column),
				   .decimals = decimals_for(largest, are_whole),
				   .width = WIDTH_MIN };
	shown[1] = shown[0];
	shown[1].is_range = true;
	shown[1].title = "min-max";
	shown[1].unit = "";
	shown[0] = fitted(shown[0], rows);
	shown[1] = fitted(shown[1], rows);
	return !is_measured ? 0 : is_spread && column->form == COLUMN_SPREAD ? 2 : 1;
}

/* All labels of the rows but the groups, in their order. Returns how many. */
static size_t find_labels(struct shown shown[static SHOWN_MAX], const struct table_rows *rows)
{
	size_t count = 0, at;
	const char *name;

	for (size_t i = rows->first; i < rows->end; i++)
		for (size_t n = 0; (name = result_label_name(result_row(rows->result, i), n));
		     n++) {
			for (at = 0; at < count && strcmp(shown[at].label, name) != 0;)
				at++;
			if (at == count && count < SHOWN_MAX / 4 &&
			    !table_is_group(rows->groups, name))
				shown[count++] =
					(struct shown){ .label = name, .title = name, .unit = "" };
		}
	for (at = 0; at < count; at++)
		shown[at] = fitted(shown[at], rows);
	return count;
}

/* Printing. */

/* A line as it grows; it is printed without the blanks at its end. */
struct line {
	char text[LINE_BYTES];
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line->text + line->size, LINE_BYTES - line->size, format, arguments);
	va_end(arguments);
	line->size +=
		(size_t)size < LINE_BYTES - line->size ? (size_t)size : LINE_BYTES - line->size - 1;
}

/* Labels of the first column begin alike, all else ends alike. */
static void add_cell(struct line *line, const struct shown *shown, bool is_first, const char *text,
		     int size)
{
	add(line, is_first && shown->label ? " %-*.*s" : " %*.*s", shown->width, size, text);
}

static void print_line(struct line *line, FILE *out)
{
	while (line->size > 0 && line->text[line->size - 1] == ' ')
		line->size--;
	fprintf(out, "%.*s\n", (int)line->size, line->text);
}

/* The n-th words of all titles. False: there is none. */
static bool print_titles(const struct shown *shown, size_t count, int n, FILE *out)
{
	struct line line = { .text = " ", .size = 1 };
	bool are_any = false;

	for (size_t i = 0; i < count; i++) {
		int size;
		const char *word = word_at(shown[i].title, n, &size);

		are_any = are_any || size > 0;
		add_cell(&line, &shown[i], i == 0, word, size);
	}
	if (are_any)
		print_line(&line, out);
	return are_any;
}

static void print_units(const struct shown *shown, size_t count, FILE *out)
{
	struct line line = { .text = " ", .size = 1 };
	bool are_any = false;

	for (size_t i = 0; i < count; i++) {
		are_any = are_any || shown[i].unit[0] != '\0';
		add_cell(&line, &shown[i], i == 0, shown[i].unit, CELL_BYTES);
	}
	if (are_any)
		print_line(&line, out);
}

static void print_row(const struct table_rows *rows, const struct result_row *row,
		      const struct shown *shown, size_t count, FILE *out)
{
	struct line line = { .text = "" };
	char text[CELL_BYTES];

	add(&line, "%c", result_row_is_valid(row) ? ' ' : '!');
	for (size_t i = 0; i < count; i++)
		add_cell(&line, &shown[i], i == 0, cell_text(&shown[i], row, text), CELL_BYTES);
	for (size_t i = 0; rows->shows_notes && i < result_note_count(row); i++)
		if (line.size + 2 + strlen(result_note_text(row, i)) <= TABLE_COLUMNS)
			add(&line, "%s%s", i == 0 ? "  " : ", ", result_note_text(row, i));
	print_line(&line, out);
}

static void print_block(const struct table_rows *rows, const struct shown *shown, size_t count,
			FILE *out)
{
	for (int n = 0; print_titles(shown, count, n, out);)
		n++;
	print_units(shown, count, out);
	for (size_t i = rows->first; i < rows->end; i++)
		print_row(rows, result_row(rows->result, i), shown, count, out);
}

static int width_of(const struct shown *shown, size_t count)
{
	int width = 0;

	for (size_t i = 0; i < count; i++)
		width += 1 + shown[i].width;
	return width;
}

void table_print(const struct table_rows *rows, const struct column *columns, size_t count,
		 FILE *out)
{
	struct shown shown[SHOWN_MAX], next[2];
	const size_t labels = find_labels(shown, rows);
	size_t used = labels;

	for (size_t i = 0; i < count; i++) {
		const size_t more = lay_out(next, rows, &columns[i]);

		if (more > 0 && used > labels &&
		    1 + width_of(shown, used) + width_of(next, more) > TABLE_COLUMNS) {
			print_block(rows, shown, used, out);
			fputc('\n', out);
			used = labels;
		}
		for (size_t n = 0; n < more && used < SHOWN_MAX; n++)
			shown[used++] = next[n];
	}
	if (used > labels)
		print_block(rows, shown, used, out);
}

/* Meanings. */

static bool has_figure(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result_row_count(result); i++)
		if (isfinite(result_median(result_row(result, i), name)))
			return true;
	return false;
}

void table_explain(const struct result *result, const struct column *columns, size_t count,
		   FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct figure *figure = figures_find(columns[i].figure);

		if (!figure || !has_figure(result, columns[i].figure))
			continue;
		fprintf(out, columns[i].whole ? "%s (%% of %s): " : "%s: ", figure->title,
			columns[i].whole);
		fprintf(out, "%.*s\n", (int)figures_first_sentence(figure), figure->meaning);
	}
}
