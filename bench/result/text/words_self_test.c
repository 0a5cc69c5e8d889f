/* The bench's own error in words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"
#include "bench/result/text/words.h"

static void say_path(struct word_wrap *words, const struct result_row *row)
{
	word_wrap_say(words,
		      "Without a delay the path (generator, proxy, raw fan-out, proxy, generator) "
		      "takes %.0f~us at p50 and %.0f~us at p99.",
		      result_median(row, "error_p50_us"), result_median(row, "error_p99_us"));
}

static void say_error(struct word_wrap *words, const struct result_row *row)
{
	const struct spread p50 = result_spread(row, "own_error_p50_us");
	const struct spread p99 = result_spread(row, "error_p99_us");

	word_wrap_say(words,
		      "With %g~ms known, the bench measures %+.0f~us (%+.0f~to~%+.0f) beyond that "
		      "and the path's own at p50, and %+.0f~us (%+.0f~to~%+.0f) beyond the known "
		      "alone at p99.",
		      result_median(row, "known_us") / 1e3, p50.median, p50.min, p50.max,
		      p99.median, p99.min, p99.max);
}

static void say_clock(struct word_wrap *words, const struct result_row *row)
{
	word_wrap_say(words,
		      "The clock steps by %.0f~ns at least (it claims %.0f~ns) and takes %.0f~ns "
		      "to read.",
		      result_median(row, "least_step_ns"), result_median(row, "resolution_ns"),
		      result_median(row, "read_ns"));
}

void words_self_test(const struct result *result, FILE *out)
{
	struct word_wrap words = { .out = out };

	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (isfinite(result_median(row, "read_ns")))
			say_clock(&words, row);
		else if (result_median(row, "known_us") > 0)
			say_error(&words, row);
		else
			say_path(&words, row);
	}
	word_wrap_end(&words);
}
