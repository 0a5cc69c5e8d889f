#include "bench/result/text/table.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bench/result/figures.h"

enum {
	CELL_BYTES = 64,
	LABELS_MAX = 8,
	WIDTH_MIN = 5,
	HEADING_LINES_MAX = 6,
	LINE_BYTES = 512,
};

/* A column, laid out. */
struct layout {
	const struct column *column;
	const char *title, *unit;
	int decimals, width;
	int range_width; /* 0: no min-max */
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

static const char *value_text(double value, int decimals, char text[static CELL_BYTES])
{
	if (isfinite(value))
		snprintf(text, CELL_BYTES, "%.*f", decimals, value);
	else
		snprintf(text, CELL_BYTES, "-");
	return text;
}

static const char *range_text(struct spread spread, int decimals, char text[static CELL_BYTES])
{
	if (isfinite(spread.median))
		snprintf(text, CELL_BYTES, "%.*f%s%.*f", decimals, spread.min,
			 spread.min < 0 ? " to " : "-", decimals, spread.max);
	else
		snprintf(text, CELL_BYTES, "-");
	return text;
}

/* Four digits of the largest value; whole numbers as they are. */
static int decimals_for(double largest, bool are_whole)
{
	if (are_whole || largest >= 1000)
		return 0;
	return largest >= 100 ? 1 : largest >= 10 ? 2 : 3;
}

/* The longest word of a title. */
static int word_width(const char *title)
{
	size_t longest = 0;

	while (*title) {
		const size_t size = strcspn(title, " ");

		longest = size > longest ? size : longest;
		title += size + strspn(title + size, " ");
	}
	return (int)longest;
}

static int larger(int one, int other)
{
	return one > other ? one : other;
}

/* False where no row has it. */
static bool lay_out(struct layout *layout, const struct table_rows *rows,
		    const struct column *column)
{
	bool is_measured = false, are_whole = true, is_spread = false;
	char text[CELL_BYTES];
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
	*layout = (struct layout){ .column = column,
				   .title = table_title(column),
				   .unit = table_unit(column),
				   .decimals = decimals_for(largest, are_whole) };
	layout->width =
		larger(larger(word_width(layout->title), (int)strlen(layout->unit)), WIDTH_MIN);
	for (size_t i = rows->first; i < rows->end; i++) {
		const struct spread spread = table_spread(result_row(rows->result, i), column);

		layout->width =
			larger(layout->width,
			       (int)strlen(value_text(spread.median, layout->decimals, text)));
		if (is_spread && column->form == COLUMN_SPREAD)
			layout->range_width =
				larger(larger(layout->range_width, (int)strlen("min-max")),
				       (int)strlen(range_text(spread, layout->decimals, text)));
	}
	return is_measured;
}

static int layout_width(const struct layout *layout)
{
	return 1 + layout->width + (layout->range_width > 0 ? 1 + layout->range_width : 0);
}

/* Labels, which are the first columns. */

struct labels {
	const char *names[LABELS_MAX];
	int widths[LABELS_MAX];
	size_t count;
	int width; /* of all */
};

static void add_label(struct labels *labels, const char *name, const char *value)
{
	size_t at = 0;

	while (at < labels->count && strcmp(labels->names[at], name) != 0)
		at++;
	if (at == LABELS_MAX)
		return;
	if (at == labels->count) {
		labels->names[labels->count++] = name;
		labels->widths[at] = (int)strlen(name);
	}
	labels->widths[at] = larger(labels->widths[at], (int)strlen(value ? value : ""));
}

static struct labels find_labels(const struct table_rows *rows)
{
	struct labels labels = { 0 };
	const char *name;

	for (size_t i = rows->first; i < rows->end; i++) {
		const struct result_row *row = result_row(rows->result, i);

		for (size_t n = 0; (name = result_label_name(row, n)); n++)
			if (!table_is_group(rows->groups, name))
				add_label(&labels, name, result_row_label(row, name));
	}
	labels.width = 1;
	for (size_t i = 0; i < labels.count; i++)
		labels.width += 1 + labels.widths[i];
	return labels;
}

/* Printing. */

/* The n-th line of a title that is broken at blanks to fit; "": there is none. */
static const char *title_line(const char *title, int width, int n, int *size)
{
	const char *end;

	for (;; n--) {
		end = title;
		while (*end) {
			const size_t word = strcspn(end, " ");

			if (end > title && end + word > title + width)
				break;
			end += word + strspn(end + word, " ");
		}
		*size = (int)(end - title);
		while (*size > 0 && title[*size - 1] == ' ')
			--*size;
		if (n == 0 || *title == '\0')
			return title;
		title = end;
	}
}

static bool has_line(const struct layout *layouts, size_t count, int n)
{
	int size = 0;

	for (size_t i = 0; i < count; i++) {
		title_line(layouts[i].title, layouts[i].width, n, &size);
		if (size > 0)
			return true;
	}
	return false;
}

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

static void print_line(struct line *line, FILE *out)
{
	while (line->size > 0 && line->text[line->size - 1] == ' ')
		line->size--;
	fprintf(out, "%.*s\n", (int)line->size, line->text);
}

static void print_titles(const struct labels *labels, const struct layout *layouts, size_t count,
			 int n, FILE *out)
{
	struct line line = { .text = " ", .size = 1 };

	for (size_t i = 0; i < labels->count; i++)
		add(&line, i == 0 ? " %-*s" : " %*s", labels->widths[i],
		    n == 0 ? labels->names[i] : "");
	for (size_t i = 0; i < count; i++) {
		int size = 0;
		const char *text = title_line(layouts[i].title, layouts[i].width, n, &size);

		add(&line, " %*.*s", layouts[i].width, size, text);
		if (layouts[i].range_width > 0)
			add(&line, " %*s", layouts[i].range_width, n == 0 ? "min-max" : "");
	}
	print_line(&line, out);
}

static void print_units(const struct labels *labels, const struct layout *layouts, size_t count,
			FILE *out)
{
	struct line line = { .text = "" };
	bool are_any = false;

	add(&line, "%*s", labels->width, "");
	for (size_t i = 0; i < count; i++) {
		are_any = are_any || layouts[i].unit[0] != '\0';
		add(&line, " %*s%*s", layouts[i].width, layouts[i].unit,
		    layouts[i].range_width > 0 ? 1 + layouts[i].range_width : 0, "");
	}
	if (are_any)
		print_line(&line, out);
}

static void add_notes(struct line *line, const struct result_row *row)
{
	for (size_t i = 0; i < result_note_count(row); i++)
		if (line->size + 2 + strlen(result_note_text(row, i)) <= TABLE_COLUMNS)
			add(line, "%s%s", i == 0 ? "  " : ", ", result_note_text(row, i));
}

static void print_row(const struct table_rows *rows, const struct result_row *row,
		      const struct labels *labels, const struct layout *layouts, size_t count,
		      FILE *out)
{
	struct line line = { .text = "" };
	char text[CELL_BYTES];

	add(&line, "%c", result_row_is_valid(row) ? ' ' : '!');
	for (size_t i = 0; i < labels->count; i++) {
		const char *value = result_row_label(row, labels->names[i]);

		add(&line, i == 0 ? " %-*s" : " %*s", labels->widths[i], value ? value : "");
	}
	for (size_t i = 0; i < count; i++) {
		const struct spread spread = table_spread(row, layouts[i].column);

		add(&line, " %*s", layouts[i].width,
		    value_text(spread.median, layouts[i].decimals, text));
		if (layouts[i].range_width > 0)
			add(&line, " %*s", layouts[i].range_width,
			    range_text(spread, layouts[i].decimals, text));
	}
	if (rows->shows_notes)
		add_notes(&line, row);
	print_line(&line, out);
}

static void print_block(const struct table_rows *rows, const struct labels *labels,
			const struct layout *layouts, size_t count, FILE *out)
{
	for (int line = 0; line < HEADING_LINES_MAX && has_line(layouts, count, line); line++)
		print_titles(labels, layouts, count, line, out);
	print_units(labels, layouts, count, out);
	for (size_t i = rows->first; i < rows->end; i++)
		print_row(rows, result_row(rows->result, i), labels, layouts, count, out);
}

void table_print(const struct table_rows *rows, const struct column *columns, size_t count,
		 FILE *out)
{
	const struct labels labels = find_labels(rows);
	struct layout layouts[TABLE_COLUMNS / 2];
	size_t used = 0;
	int width = labels.width;

	for (size_t i = 0; i < count; i++) {
		if (!lay_out(&layouts[used], rows, &columns[i]))
			continue;
		if (used > 0 && width + layout_width(&layouts[used]) > TABLE_COLUMNS) {
			print_block(rows, &labels, layouts, used, out);
			fputc('\n', out);
			layouts[0] = layouts[used];
			width = labels.width;
			used = 0;
		}
		width += layout_width(&layouts[used++]);
	}
	if (used > 0)
		print_block(rows, &labels, layouts, used, out);
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
