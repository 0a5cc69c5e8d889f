/* How much of what is shown is the bench's own, in one sentence. */
#include <math.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"
#include "bench/result/text/words.h"

/* The steps of a search go beyond what is carried; its result does not. */
static bool is_step(const struct result_row *row)
{
	const char *step = result_row_label(row, "step");

	return step && strcmp(step, "result") != 0;
}

static double own_share(const struct result_row *row)
{
	return result_median(row, "own_p99_us") / result_median(row, "delay_p99_us");
}

/*
 * The row with the largest share of the bench's own, of `count` that have one; NULL: none was
 * measured on real sockets.
 */
static const struct result_row *worst(const struct result *result, unsigned *count)
{
	const struct result_row *found = NULL;

	*count = 0;

	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (!isfinite(own_share(row)) || is_step(row))
			continue;
		++*count;
		if (!found || own_share(row) > own_share(found))
			found = row;
	}
	return found;
}

void words_instrument(const struct result *result, FILE *out)
{
	unsigned count;
	const struct result_row *row = worst(result, &count);
	struct word_wrap words = { .out = out };
	double late_us, call_us;

	if (!row)
		return;
	late_us = result_median(row, "late_p99_us");
	call_us = result_median(row, "call_p99_us");
	if (!isfinite(late_us))
		late_us = result_median(row, "send_late_p99_us");
	word_wrap_say(&words, "Of the p99 of %.2f~ms at most %.2f~ms is the bench's own%s:",
		      result_median(row, "delay_p99_us") / 1e3,
		      result_median(row, "own_p99_us") / 1e3,
		      count > 1 ? ", in the worst row" : "");
	word_wrap_say(&words, "it sent up to %.3f~ms late (p99),", late_us / 1e3);
	if (isfinite(call_us))
		word_wrap_say(&words, "of which a send took up to %.1f~us (p99),", call_us);
	if (result_median(row, "line_late_p99_us") > 0)
		word_wrap_say(&words, "its links handed on up to %.3f~ms late (p99),",
			      result_median(row, "line_late_p99_us") / 1e3);
	word_wrap_say(&words,
		      "its clock cannot tell %.0f~ns apart nor its histogram %.1f~%%, and it lost "
		      "%.0f datagrams itself.",
		      result_median(row, "least_step_ns"), 100 * result_median(row, "hist_error"),
		      result_spread(row, "own_drops").max);
	word_wrap_end(&words);
}
