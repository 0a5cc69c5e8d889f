#include "bench/netns/contrast_live.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/netns/live.h"
#include "bench/result/text/word_wrap.h"
#include "proto/cli/output.h"

enum {
	SECONDS_DEFAULT = 5,
	SECONDS_BEYOND = 3, /* a change of the link, so that it shows */
	WARM_UP_S = 1,      /* which the link's times count, too */
};

double contrast_live_seconds(const struct contrast *contrast)
{
	double seconds = SECONDS_DEFAULT;

	for (size_t i = 0; i < contrast->link_count; i++) {
		const struct link_model_spec *spec = &contrast->links[i].spec;

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
	fprintf(stderr, "starling-bench contrast: %s, %s: ", contrast->links[turn->link].text,
		trial_carrier_text(contrast->carriers[turn->carrier]));
	if (contrast->repeat > 1)
		fprintf(stderr, "repetition %u: ", turn->repetition + 1);
	fprintf(stderr, "%s\n", why);
}

static bool run_rows(struct contrast *contrast, const struct run_ground *ground)
{
	while (contrast->done < contrast_runs(contrast)) {
		const struct contrast_turn turn = contrast_turn(contrast, contrast->done);
		struct trial_result *result = contrast_choose(contrast, turn.link, turn.carrier);
		char error[LIVE_ERROR_BYTES] = "stopped";

		show_progress(contrast, &turn);
		if (*ground->is_over || live_run(ground, &contrast->trial, result, error) != 0) {
			say_end(contrast, &turn, *ground->is_over ? "stopped" : error);
			return false;
		}
		if (!contrast_sets_aside(contrast, turn.link, turn.carrier))
			contrast_keep(contrast, turn.link, turn.carrier);
	}
	clear_progress();
	return true;
}

bool contrast_run_live(struct contrast *contrast, const char *folder)
{
	struct run_ground ground;
	char error[LIVE_ERROR_BYTES];
	bool is_done;

	if (run_open(&ground, folder, contrast->trial.is_over, error) < 0) {
		fprintf(stderr, "starling-bench contrast: %s\n", error);
		return false;
	}
	is_done = run_rows(contrast, &ground);
	run_close(&ground);
	return is_done;
}
