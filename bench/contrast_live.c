#include "bench/contrast_live.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/sim/interrupt.h"
#include "bench/netns/live.h"
#include "bench/result/word_wrap.h"
#include "proto/cli/output.h"

enum {
	SECONDS_DEFAULT = 5,
	SECONDS_BEYOND = 3, /* a change of the line, so that it shows */
	WARM_UP_S = 1,      /* which the line's times count, too */
};

double contrast_live_seconds(const struct contrast *contrast)
{
	double seconds = SECONDS_DEFAULT;

	for (size_t i = 0; i < contrast->line_count; i++) {
		const struct link_model_spec *spec = &contrast->lines[i].spec;

		for (size_t n = 0; n < spec->change_count; n++) {
			const struct link_model_change *change = &spec->changes[n];
			const double end_s = (double)(change->at_ns + change->blackout_ns) / 1e9 +
					     SECONDS_BEYOND - WARM_UP_S;

			seconds = end_s > seconds ? end_s : seconds;
		}
	}
	return seconds;
}

static void show_progress(const struct contrast *contrast, const struct contrast_turn *turn)
{
	const size_t all = contrast_runs(contrast);

	if (!output_is_watched(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%zu of %zu: %s, ", contrast->done + 1, all,
		trial_carrier_text(contrast->carriers[turn->carrier]));
	if (contrast->repeat > 1)
		fprintf(stderr, "repetition %u of %u, ", turn->repetition + 1, contrast->repeat);
	fprintf(stderr, "about %.0f s left",
		(double)(all - contrast->done) * live_seconds(&contrast->trial));
}

static void clear_progress(void)
{
	if (output_is_watched(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void say_end(const struct contrast *contrast, const struct contrast_turn *turn,
		    const char *why)
{
	clear_progress();
	fprintf(stderr, "starling-bench contrast: %s, %s: ", contrast->lines[turn->line].text,
		trial_carrier_text(contrast->carriers[turn->carrier]));
	if (contrast->repeat > 1)
		fprintf(stderr, "repetition %u: ", turn->repetition + 1);
	fprintf(stderr, "%s\n", interrupt_has_come() ? "stopped" : why);
}

bool contrast_run_live(struct contrast *contrast, const char *folder)
{
	char error[LIVE_ERROR_BYTES] = "stopped";
	struct live live;

	live_init(&live, folder);
	while (contrast->done < contrast_runs(contrast)) {
		const struct contrast_turn turn = contrast_turn(contrast, contrast->done);
		struct trial_result *result = contrast_choose(contrast, turn.line, turn.carrier);

		show_progress(contrast, &turn);
		if (interrupt_has_come() || live_run(&live, &contrast->trial, result, error) != 0) {
			say_end(contrast, &turn, error);
			return false;
		}
		if (contrast_sets_aside(contrast, turn.line, turn.carrier))
			continue;
		if (!contrast_keep(contrast, turn.line, turn.carrier))
			return false;
	}
	clear_progress();
	return true;
}

/* Below the table. */

static void begin_note(struct word_wrap *paragraph, const struct contrast *contrast, size_t line,
		       size_t carrier)
{
	if (contrast->lines[line].scenario && contrast->line_count > 1)
		word_wrap_say(paragraph, "%s,", contrast->lines[line].scenario->name);
	word_wrap_say(paragraph, "%s:", trial_carrier_text(contrast->carriers[carrier]));
}

static void begin_fault(struct word_wrap *paragraph, const struct contrast *contrast, size_t line,
			size_t carrier)
{
	word_wrap_say(paragraph, "! not valid:");
	begin_note(paragraph, contrast, line, carrier);
}

static void note_again(const struct contrast *contrast, size_t line, size_t carrier)
{
	const struct retry *again = &contrast_row(contrast, line, carrier)->again;
	struct word_wrap paragraph = { .out = stdout };
	char text[RETRY_TEXT_BYTES];

	if (again->count == 0)
		return;
	begin_note(&paragraph, contrast, line, carrier);
	word_wrap_say(&paragraph, "%s", retry_text(again, text));
	word_wrap_end(&paragraph);
}

/* Each repetition that is at fault, by its number, if there are several. */
static void note_faults(const struct contrast *contrast, size_t line, size_t carrier)
{
	const struct contrast_row *row = contrast_row(contrast, line, carrier);
	struct word_wrap paragraph = { .out = stdout };

	for (unsigned n = 0; n < row->count; n++) {
		char fault[CONTRAST_FAULT_BYTES];

		if (contrast_is_valid(&row->results[n]))
			continue;
		contrast_describe_fault(contrast, &row->results[n], fault);
		begin_fault(&paragraph, contrast, line, carrier);
		if (contrast->repeat > 1)
			word_wrap_say(&paragraph, "repetition %u:", n + 1);
		word_wrap_say(&paragraph, "%s", fault);
		word_wrap_end(&paragraph);
	}
	if (row->count == 0 || row->count == contrast->repeat)
		return;
	begin_fault(&paragraph, contrast, line, carrier);
	word_wrap_say(&paragraph, "only %u of %u repetitions were finished", row->count,
		      contrast->repeat);
	word_wrap_end(&paragraph);
}

void contrast_print_notes(const struct contrast *contrast)
{
	const size_t runs = contrast_runs(contrast);

	for (size_t line = 0; line < contrast->line_count; line++)
		for (size_t i = 0; i < contrast->carrier_count; i++) {
			note_again(contrast, line, i);
			note_faults(contrast, line, i);
		}
	if (contrast->done < runs)
		printf("Not complete: %zu of %zu %s were measured.\n", contrast->done, runs,
		       contrast->repeat > 1 ? "runs" : "rows");
}
