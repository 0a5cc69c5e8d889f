/*
 * plot: a drawing of curves or of stacked bars, by gnuplot, as SVG for a page or as a file.
 * gnuplot is a program beside ours, needed for this alone.
 */
#ifndef STARLING_BENCH_PLOT_H
#define STARLING_BENCH_PLOT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PLOT_CURVES_MAX = 16,
	PLOT_BARS_MAX = 32,
	PLOT_TEXT_BYTES = 128,
	PLOT_ERROR_BYTES = 320,
	PLOT_WIDTH = 800,
	PLOT_HEIGHT = 450,
	PLOT_NARROW_WIDTH = 400, /* of a phone's page, with texts as large as the page's own */
	PLOT_NARROW_HEIGHT = 400,
};

/* Borrowed for as long as the plot is used. Points that are not finite are gaps. */
struct plot_curve {
	char name[PLOT_TEXT_BYTES];
	const double *x, *y;
	const double *low, *high; /* of y; NULL: none */
	size_t count;
	bool has_marks; /* few points, each of which was measured */
};

/*
 * Curves; or, with bar_count above 0, bars: then curve c is a part of all bars, its y[b] the part's
 * height in bar b, and x is not used; of one part, low and high are drawn as a stroke. Texts are
 * shown as they are, whatever they hold.
 */
struct plot {
	char id[PLOT_TEXT_BYTES]; /* letters and digits; a file's name, too */
	char title[PLOT_TEXT_BYTES], x_label[PLOT_TEXT_BYTES], y_label[PLOT_TEXT_BYTES];
	bool is_x_log, is_y_log;
	double x_max, y_max; /* 0: as the data has it */
	struct plot_curve curves[PLOT_CURVES_MAX];
	size_t curve_count;
	char bars[PLOT_BARS_MAX][PLOT_TEXT_BYTES];
	size_t bar_count;
};

/* Whether gnuplot can be run; else a sentence in `error` that says what to do. */
bool plot_is_possible(char error[static PLOT_ERROR_BYTES]);

/*
 * The drawing as an <svg> element, to be freed; its lines and texts have the colour of the page's
 * text. `is_narrow`: for a narrow page, with names of its own. NULL with a sentence in `error`.
 */
char *plot_svg(const struct plot *plot, bool is_narrow, char error[static PLOT_ERROR_BYTES]);

enum plot_format {
	PLOT_PNG,
	PLOT_SVG, /* on white, as a file stands by itself */
};

/* Writes FOLDER/ID.png or .svg. 0, or -1 with a sentence in `error`. */
int plot_save(const struct plot *plot, enum plot_format format, const char *folder,
	      char error[static PLOT_ERROR_BYTES]);

#endif
