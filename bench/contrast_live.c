#include "bench/contrast_live.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/live.h"
#include "bench/paragraph.h"

enum {
	SECONDS_DEFAULT = 5,
	SECONDS_BEYOND = 3, /* a change of the line, so that it shows */
	WARM_UP_S = 1,      /* which the line's times count, too */
};

double contrast_live_seconds(const struct contrast *contrast)
{
	double seconds = SECONDS_DEFAULT;

	for (size_t i = 0; i < contrast->line_count; i++) {
		const struct impair_spec *spec = &contrast->lines[i].spec;

		for (size_t n = 0; n < spec->change_count; n++) {
			const struct impair_change *change = &spec->changes[n];
			const double end_s = (double)(change->at_ns + change->blackout_ns) / 1e9 +
					     SECONDS_BEYOND - WARM_UP_S;

			seconds = end_s > seconds ? end_s : seconds;
		}
	}
	return seconds;
}

static void show_progress(const struct contrast *contrast, size_t all)
{
	const char *carrier =
		trial_carrier_text(contrast->carriers[contrast->done % contrast->carrier_count]);

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%zu of %zu: %s, about %.0f s left", contrast->done + 1,
			all, carrier,
			(double)(all - contrast->done) * live_seconds(&contrast->trial));
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

bool contrast_run_live(struct contrast *contrast, const char *folder)
{
	const size_t all = contrast->line_count * contrast->carrier_count;
	char error[LIVE_ERROR_BYTES] = "stopped";
	struct live live;

	live_init(&live, folder, contrast->has_namespaces);
	for (; contrast->done < all; contrast->done++) {
		struct trial_result *result = &contrast->results[contrast->done];
		const size_t line = contrast->done / contrast->carrier_count;
		const size_t carrier = contrast->done % contrast->carrier_count;

		contrast_choose(contrast, line, carrier);
		show_progress(contrast, all);
		if (!live_is_stopped() && live_run(&live, &contrast->trial, result, error) == 0) {
			if (!contrast_save_delays(contrast, line, carrier))
				return false;
			continue;
		}
		clear_progress();
		fprintf(stderr, "starling-bench contrast: %s, %s: %s\n", contrast->lines[line].text,
			trial_carrier_text(contrast->trial.carrier),
			live_is_stopped() ? "stopped" : error);
		return false;
	}
	clear_progress();
	return true;
}

/* Below the table. */

static bool has_modelled(const struct contrast *contrast)
{
	for (size_t i = 0; i < contrast->done; i++)
		if (contrast->results[i].check.is_modelled)
			return true;
	return false;
}

static void note_faults(const struct contrast *contrast)
{
	for (size_t i = 0; i < contrast->done; i++) {
		const struct contrast_line *line = &contrast->lines[i / contrast->carrier_count];
		const struct trial_check *check = &contrast->results[i].check;
		struct paragraph paragraph = { .out = stdout };
		char fault[LIVE_ERROR_BYTES];

		if (live_is_valid(check))
			continue;
		live_describe_fault(check, fault);
		paragraph_say(&paragraph, "! not valid:");
		if (line->scenario && contrast->line_count > 1)
			paragraph_say(&paragraph, "%s,", line->scenario->name);
		paragraph_say(&paragraph, "%s:",
			      trial_carrier_text(contrast->carriers[i % contrast->carrier_count]));
		paragraph_say(&paragraph, "%s", fault);
		paragraph_end(&paragraph);
	}
}

void contrast_print_notes(const struct contrast *contrast)
{
	const size_t all = contrast->line_count * contrast->carrier_count;
	struct paragraph paragraph = { .out = stdout };

	if (!contrast->is_live)
		return;
	if (has_modelled(contrast)) {
		paragraph_say(&paragraph, "* " CONTRAST_MODELLED_TEXT ".");
		paragraph_end(&paragraph);
	}
	note_faults(contrast);
	if (contrast->done < all)
		printf("Not complete: %zu of %zu rows were measured.\n", contrast->done, all);
}
