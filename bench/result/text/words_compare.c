/* A comparison in words. */
#include <math.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"
#include "bench/result/text/words.h"

enum {
	NAME_BYTES = 128,
};

static void label_text(const struct result_row *row, const char *label,
		       char text[static NAME_BYTES])
{
	const char *value = result_row_label(row, label);

	snprintf(text, NAME_BYTES, "%s", value ? value : "");
}

static bool are_of_one_case(const struct result_row *one, const struct result_row *other)
{
	return result_rows_agree(one, other, "members") &&
	       result_rows_agree(one, other, "rate_hz") && result_rows_agree(one, other, "mode");
}

static void say_times(struct word_wrap *words, struct spread times)
{
	word_wrap_say(words, "%.2f (%.2f~to~%.2f) times", times.median, times.min, times.max);
}

static void say_cost(struct word_wrap *words, const char *name, const struct result_row *row,
		     const char *base)
{
	const struct spread ratio = result_spread(row, "cpu_ratio");

	if (!isfinite(ratio.median))
		return;
	word_wrap_say(words, "%s takes", name);
	say_times(words, ratio);
	word_wrap_say(words, "the CPU of %s.", base);
}

static void say_remarks(struct word_wrap *words, const char *name, const struct result_row *row)
{
	const double p99 = result_median(row, "delay_p99_us"),
		     naive = result_median(row, "naive_delay_p99_us");

	if (naive < 0.9 * p99)
		word_wrap_say(words,
			      "%s: from the actual sends, p99 would read %.2f~ms instead of %.2f.",
			      name, naive / 1e3, p99 / 1e3);
	if (result_median(row, "skipped") > 0)
		word_wrap_say(words,
			      "%s left out %.3g~%% of the updates, as a newer one was there.", name,
			      100 * result_median(row, "skipped"));
}

/* A line for each thing that is said of the row. */
static void say_row(const struct result_row *row, const struct result_row *base, FILE *out)
{
	struct word_wrap words = { .out = out };
	char name[NAME_BYTES], base_name[NAME_BYTES];

	label_text(row, "contender", name);
	label_text(base, "contender", base_name);
	if (row != base)
		say_cost(&words, name, row, base_name);
	say_remarks(&words, name, row);
	word_wrap_end(&words);
}

static void say_case(const struct result_row *base, bool are_several, FILE *out)
{
	char members[NAME_BYTES], rate[NAME_BYTES], mode[NAME_BYTES];

	if (!are_several)
		return;
	label_text(base, "members", members);
	label_text(base, "rate_hz", rate);
	label_text(base, "mode", mode);
	fprintf(out, "With %s members at %s Hz, %s:\n", members, rate, mode);
}

void words_compare(const struct result *result, FILE *out)
{
	const size_t count = result_row_count(result);
	const struct result_row *base = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct result_row *row = result_row(result, i);

		if (!base || !are_of_one_case(base, row)) {
			base = row;
			say_case(base,
				 !are_of_one_case(result_row(result, 0),
						  result_row(result, count - 1)),
				 out);
		}
		say_row(row, base, out);
	}
}
