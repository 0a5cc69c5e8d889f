#include "client/tour/tour.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/options.h"
#include "client/terminal/terminal.h"
#include "client/tour/chapter.h"
#include "client/tour/page/page.h"
#include "client/tour/progress.h"
#include "client/tour/page/terminal_page.h"
#include "proto/cli/output.h"
#include "proto/wire/text.h"

enum {
	MISUSE = 2,
	PAUSE_MAX_S = 3600,
};

struct tour_options {
	bool no_pause;
	double pause_s;
	const char *language;
};

/* The options and the chapter. False: the tour ends with *status. */
static bool read_options(struct tour_options *given, struct options *options, int argc, char **argv,
			 int *status)
{
	const struct option_row rows[] = {
		{ .name = "no-pause",
		  .help = "do not wait for a key after each step",
		  .kind = &option_switch,
		  .value = &given->no_pause },
		{ .name = "pause",
		  .argument = "S",
		  .help = "wait so many seconds after each step instead of for a key",
		  .kind = &option_number,
		  .value = &given->pause_s,
		  .min = 0,
		  .max = PAUSE_MAX_S },
		{ .name = "language",
		  .argument = "CODE",
		  .help = "the language of the texts, as en (default: as LANG says)",
		  .kind = &option_text,
		  .value = &given->language },
	};
	const struct options_spec spec = {
		.name = "tour",
		.operands = "[CHAPTER]",
		.operand_max = 1,
		.summary = "show what a socket is, step by step, with real calls on this machine",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_SEED | OPTIONS_VERBOSE | OPTIONS_PATIENCE | OPTIONS_IMPAIR,
		.epilogue =
			"Without CHAPTER the tour lists its chapters and goes on where its "
			"reader left off.\nOn a terminal a key leads to the next step: Space. b "
			"goes back, x shows the bytes, q leaves.\nIt needs no relay and sends "
			"nothing beyond this machine.\n",
	};

	if (options_parse(options, &spec, argc, argv) < 0) {
		*status = options->exit_status;
		return false;
	}
	return true;
}

/* Says what was wrong and what is accepted. */
__attribute__((format(printf, 2, 3))) static int misuse(const char *accepted, const char *format,
							...)
{
	va_list list;

	fputs("starling tour: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "; %s\n", accepted);
	return MISUSE;
}

/* Sets up what depends on the terminal. 0, or the exit status of a misuse. */
static int prepare_terminal(struct tour *tour, const struct tour_options *given)
{
	int columns, lines;

	if (given->pause_s > 0)
		tour->wait = STEP_PAUSE;
	if (tour->is_json || !isatty(STDOUT_FILENO))
		return 0;
	tour->has_colour = output_may_colour();
	if (given->no_pause || given->pause_s > 0)
		return 0;
	if (!isatty(STDIN_FILENO))
		return misuse("start it on a terminal, or with --no-pause or --pause S",
			      "there is no terminal to read keys from");
	if (!terminal_page_fits(STDOUT_FILENO, &columns, &lines))
		return misuse("make it 80 by 24 or larger, or use --no-pause",
			      "the terminal has %d columns and %d lines", columns, lines);
	tour->wait = STEP_KEYS;
	tour->key_fd = STDIN_FILENO;
	tour->has_places = terminal_has_places();
	return 0;
}

/* The list of the chapters, and a key. */
static void greet(struct tour *tour, struct progress from)
{
	char text[LANGUAGE_TEXT_BYTES];

	if (tour->has_places)
		fputs("\033[H\033[2J", tour->out);
	fprintf(tour->out, "%s\n\n", language_text(tour->language, "greeting", text) ? text : "");
	chapter_print_list(tour);
	fprintf(tour->out, "\n%s %d, %d.\n\n",
		language_text(tour->language, "goes_on", text) ? text : "", from.chapter,
		from.step);
	fputs(language_text(tour->language, "keys", text) ? text : "", tour->out);
	fflush(tour->out);
	tour->is_over = terminal_page_key(tour->key_fd) == TERMINAL_PAGE_LEAVE;
}

/* Notes where the reader is, when there is one. */
static void note_progress(const struct tour *tour, int chapter, int step)
{
	if (tour->wait == STEP_KEYS)
		progress_write((struct progress){ chapter, step });
}

/* Plays the chapters from `first` to `last`, both in the list. Returns whether all were whole. */
static bool play(struct tour *tour, const struct chapter *first, const struct chapter *last)
{
	bool is_whole = true;

	for (const struct chapter *at = first; at <= last && !tour->is_over; at++) {
		is_whole &= chapter_play(tour, at);
		if (tour->is_over)
			note_progress(tour, at->number, tour->number);
		else
			note_progress(tour,
				      at < &chapter_list[chapter_count - 1] ? at[1].number : 1, 1);
		tour->skip_to = 0;
	}
	return is_whole || tour->is_over;
}

/* The whole tour: on a terminal from where the reader left off. */
static bool play_all(struct tour *tour)
{
	const struct chapter *first = &chapter_list[0];

	if (tour->wait == STEP_KEYS) {
		struct progress from = progress_read();

		if (chapter_find(from.chapter))
			first = chapter_find(from.chapter);
		else
			from = (struct progress){ first->number, 1 };
		tour->skip_to = from.step;
		greet(tour, from);
	}
	return play(tour, first, &chapter_list[chapter_count - 1]);
}

/* Reads the chapter's number. 0: all chapters; -1: there is no such chapter. */
static int wanted_chapter(const struct options *options)
{
	char *end;
	long number;

	if (options->reading.operand_count == 0)
		return 0;
	number = strtol(options->reading.operands[0], &end, 10);
	if (*end != '\0' || number < 1 || number > INT16_MAX || !chapter_find((int)number))
		return -1;
	return (int)number;
}

/* Chooses the chapter (0: all) and the language. 0, or the exit status of a misuse. */
static int choose(struct tour *tour, const struct tour_options *given,
		  const struct options *options, int *chapter)
{
	char accepted[128];

	*chapter = wanted_chapter(options);
	if (*chapter < 0) {
		snprintf(accepted, sizeof(accepted), "the chapters are %s", chapter_numbers());
		return misuse(accepted, "there is no chapter '%s'",
			      text_shown(options->reading.operands[0]).text);
	}
	tour->language = language_choose(given->language);
	if (!tour->language) {
		snprintf(accepted, sizeof(accepted), "the languages are %s", language_codes());
		return misuse(accepted, "there are no texts in '%s'",
			      text_shown(given->language).text);
	}
	if (!language_prepare(tour->language))
		tour->language = language_choose("en");
	tour->is_json = options->json;
	return prepare_terminal(tour, given);
}

int tour_run(int argc, char **argv)
{
	struct tour tour = { .out = stdout };
	struct tour_options given = { 0 };
	struct options options;
	int status, chapter;
	bool is_whole;

	if (!read_options(&given, &options, argc, argv, &status))
		return status;
	status = choose(&tour, &given, &options, &chapter);
	if (status != 0)
		return status;
	terminal_page_watch_signals();
	if (chapter > 0)
		is_whole = play(&tour, chapter_find(chapter), chapter_find(chapter));
	else
		is_whole = play_all(&tour);
	if (tour.wait == STEP_KEYS)
		fputc('\n', stdout);
	terminal_page_end_by_signal();
	if (!is_whole && !tour.is_json)
		fprintf(stderr, "starling tour: a chapter could not be shown to its end on this "
				"machine; its steps say why\n");
	return EXIT_SUCCESS;
}
