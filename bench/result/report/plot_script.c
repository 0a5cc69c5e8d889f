#include "bench/result/report/plot_script.h"

#include <math.h>

/* Told apart by those who see colours differently, too (Okabe and Ito, 2008), on black and white.
 */
static const char *const colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7",
				       "#e69f00", "#56b4e9", "#8a8a00", "#999999",
				       "#332288", "#882255", "#44aa99" };

enum {
	COLOURS = sizeof(colours) / sizeof(colours[0]),
};

void plot_script_text(const char *text, FILE *out)
{
	fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("''", out);
		else if ((unsigned char)*text >= ' ' && *text != 0x7f)
			fputc(*text, out);
	}
	fputc('\'', out);
}

static void set_text(const char *what, const char *text, FILE *out)
{
	fprintf(out, "set %s ", what);
	plot_script_text(text, out);
	fputs(" noenhanced\n", out);
}

static void write_number(double value, FILE *out)
{
	if (isfinite(value))
		fprintf(out, " %.9g", value);
	else
		fputs(" NaN", out);
}

/* Of a few points that were measured, what they were measured at is what the axis says. */
static void write_measured_tics(const struct plot *plot, FILE *out)
{
	const struct plot_curve *longest = &plot->curves[0];

	for (size_t c = 1; c < plot->curve_count; c++)
		if (plot->curves[c].count > longest->count)
			longest = &plot->curves[c];
	if (plot->curve_count == 0 || longest->count == 0 || !longest->has_marks)
		return;
	fputs("set xtics (", out);
	for (size_t i = 0; i < longest->count; i++)
		fprintf(out, "%s%.9g", i > 0 ? ", " : "", longest->x[i]);
	fprintf(out, ")\nset xrange [%.9g:%.9g]\n", longest->x[0] / 1.2,
		longest->x[longest->count - 1] * 1.2);
}

static void write_axes(const struct plot *plot, FILE *out)
{
	set_text("title", plot->title, out);
	set_text("xlabel", plot->x_label, out);
	set_text("ylabel", plot->y_label, out);
	fputs("set encoding utf8\nset border 3\nset tics nomirror\nset grid ytics lc rgb '#888888' lw 0.5 dt 3\n",
	      out);
	/* Below, so that the curves have the whole width. */
	fputs("set key below noenhanced height 0.5\nset key samplen 2\n", out);
	if (plot->is_x_log) {
		fputs("set logscale x\nset grid xtics\n", out);
		write_measured_tics(plot, out);
	}
	if (plot->is_y_log)
		fputs("set logscale y\n", out);
	if (plot->x_max > 0)
		fprintf(out, "set xrange [*:%.9g]\n", plot->x_max);
	if (plot->y_max > 0)
		fprintf(out, "set yrange [%s:%.9g]\n", plot->is_y_log ? "*" : "0", plot->y_max);
	else if (!plot->is_y_log)
		fputs("set yrange [0:*]\n", out);
}

static void write_curves(const struct plot *plot, FILE *out)
{
	for (size_t c = 0; c < plot->curve_count; c++) {
		const struct plot_curve *curve = &plot->curves[c];

		fprintf(out, "$data%zu << END\n", c);
		for (size_t i = 0; i < curve->count; i++) {
			/* An empty line is a gap, where NaN would end a line of steps. */
			write_number(curve->x[i], out);
			write_number(curve->y[i], out);
			write_number(curve->low ? curve->low[i] : curve->y[i], out);
			write_number(curve->high ? curve->high[i] : curve->y[i], out);
			fputc('\n', out);
		}
		fputs("END\n", out);
	}
	fputs("plot ", out);
	for (size_t c = 0; c < plot->curve_count; c++) {
		const struct plot_curve *curve = &plot->curves[c];
		const char *colour = colours[c % COLOURS];

		if (curve->low && curve->high)
			fprintf(out,
				"$data%zu using 1:3:4 with filledcurves fs transparent solid 0.2 "
				"noborder lc rgb '%s' notitle, ",
				c, colour);
		fprintf(out, "$data%zu using 1:2 with %s lw 2 lc rgb '%s'%s title ", c,
			curve->has_marks ? "linespoints" : "lines", colour,
			curve->has_marks ? " pt 7 ps 0.6" : "");
		plot_script_text(curve->name, out);
		fputs(c + 1 < plot->curve_count ? ", " : "\n", out);
	}
}

/* In data, a text is in double quotes, and has no escapes. */
static void write_name(const char *name, FILE *out)
{
	fputc('"', out);
	for (; *name != '\0'; name++)
		if (*name != '"' && (unsigned char)*name >= ' ')
			fputc(*name, out);
	fputc('"', out);
}

static void write_part(const struct plot *plot, size_t c, bool has_range, FILE *out)
{
	if (has_range)
		fputs("$data using 2:3:4", out);
	else
		fprintf(out, "$data using %zu", c + 2);
	fprintf(out, "%s lc rgb '%s' title ", c == 0 ? ":xtic(1)" : "", colours[c % COLOURS]);
	plot_script_text(plot->curves[c].name, out);
	fputs(c + 1 < plot->curve_count ? ", " : "\n", out);
}

static void write_bars(const struct plot *plot, FILE *out)
{
	const struct plot_curve *first = &plot->curves[0];
	const bool has_range = plot->curve_count == 1 && first->low && first->high;

	fprintf(out,
		"set style data histograms\nset style histogram %s\n"
		"set style fill solid 0.9 noborder\nset boxwidth 0.7\n"
		"set xtics rotate by -30 noenhanced\n$data << END\n",
		has_range ? "errorbars gap 1 lw 2" : "rowstacked");
	for (size_t b = 0; b < plot->bar_count; b++) {
		write_name(plot->bars[b], out);
		for (size_t c = 0; c < plot->curve_count; c++)
			write_number(plot->curves[c].y[b], out);
		if (has_range) {
			write_number(first->low[b], out);
			write_number(first->high[b], out);
		}
		fputc('\n', out);
	}
	fputs("END\nplot ", out);
	for (size_t c = 0; c < plot->curve_count; c++)
		write_part(plot, c, has_range, out);
}

void plot_script_write(const struct plot *plot, FILE *out)
{
	write_axes(plot, out);
	if (plot->bar_count > 0)
		write_bars(plot, out);
	else
		write_curves(plot, out);
}
