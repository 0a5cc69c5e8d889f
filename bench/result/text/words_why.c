/* The parts of an age at one moment, in words. */
#include "bench/result/text/words.h"

#include <math.h>
#include <stdio.h>

#include "client/age/age_parts.h"
#include "bench/result/text/word_wrap.h"

enum {
	NAME_BYTES = 64,
};

/* Less is not worth a word, in us. */
static const double least_us = 50;

/* The repetition in which the age was the largest. */
static size_t largest(const struct result_row *row)
{
	double values[SPREAD_MAX];
	const size_t count = result_values(row, "moment_age_us", values, SPREAD_MAX);
	size_t found = 0;

	for (size_t i = 1; i < count; i++)
		if (values[i] > values[found])
			found = i;
	return found;
}

static double value(const struct result_row *row, const char *name, size_t repetition)
{
	double values[SPREAD_MAX];
	const size_t count = result_values(row, name, values, SPREAD_MAX);

	return repetition < count ? values[repetition] : NAN;
}

static void say_parts(struct word_wrap *words, const struct result_row *row, size_t repetition)
{
	const char *before = "";

	for (int part = 0; part < AGE_PARTS; part++) {
		char name[NAME_BYTES];
		double us;

		snprintf(name, sizeof(name), "moment_%s_us", age_part_name((enum age_part)part));
		us = value(row, name, repetition);
		if (!(us >= least_us))
			continue;
		word_wrap_say(words, "%s%.1f~ms %s", before, us / 1e3,
			      age_part_text((enum age_part)part));
		before = "+ ";
	}
	word_wrap_full_stop(words);
}

void words_why(const struct result *result, size_t first, size_t end, FILE *out)
{
	fputc('\n', out);
	for (size_t i = first; i < end; i++) {
		const struct result_row *row = result_row(result, i);
		struct word_wrap words = { .out = out };
		const size_t repetition = largest(row);
		const double age_us = value(row, "moment_age_us", repetition);

		if (!isfinite(age_us))
			continue;
		word_wrap_say(
			&words,
			"%s, at its oldest, at %.3f~s, what member~%.0f holds of member~%.0f is %.1f~ms "
			"old:",
			result_row_label(row, "mode"), value(row, "moment_at_s", repetition),
			value(row, "moment_receiver", repetition),
			value(row, "moment_sender", repetition), age_us / 1e3);
		say_parts(&words, row, repetition);
		word_wrap_end(&words);
	}
}
