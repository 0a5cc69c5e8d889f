/* ENet's number of a sequenced channel in a contrast's figures, in words. */
#include "bench/result/text/words_sequence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/spread.h"
#include "bench/result/text/word_wrap.h"

enum {
	SEQUENCE_PERIOD = 1 << 16, /* of ENet's numbers in a sequenced channel */
};

static bool is_strict(const struct result *result)
{
	const char *value = result_parameter_value(result, "strict");

	return value && strcmp(value, "yes") == 0;
}

static double rate_hz(const struct result *result)
{
	const char *text = result_parameter_value(result, "rate_hz");

	return text ? atof(text) : NAN;
}

/*
 * The least packets of a channel of sequenced; with `is_short` only of those that did not pass
 * ENet's last number. INFINITY: there is none.
 */
static double least_packets(const struct result *result, bool is_short)
{
	double least = INFINITY;

	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);
		double packets[SPREAD_MAX], channels[SPREAD_MAX], round[SPREAD_MAX];
		const size_t count = result_values(row, "channel_packets", packets, SPREAD_MAX);

		if (strcmp(result_row_label(row, "mode"), "sequenced") != 0 ||
		    result_values(row, "channels", channels, SPREAD_MAX) != count ||
		    result_values(row, "channels_round", round, SPREAD_MAX) != count)
			continue;
		for (size_t n = 0; n < count && n < SPREAD_MAX; n++)
			if (!is_short || round[n] < channels[n])
				least = fmin(least, packets[n]);
	}
	return least;
}

void words_sequence(const struct result *result, FILE *out)
{
	struct word_wrap paragraph = { .out = out };
	const double short_ones = least_packets(result, true);
	const double least = least_packets(result, false);

	if (isinf(least))
		return;
	if (!isinf(short_ones)) {
		word_wrap_say(
			&paragraph,
			"Not valid: a channel of sequenced had no more than %.0f packets, and "
			"ENet sends every 65,536th reliably, which is not in all of these "
			"figures;",
			short_ones);
		if (is_strict(result))
			word_wrap_say(&paragraph, "from 0 it takes --seconds %.0f.",
				      SEQUENCE_PERIOD / rate_hz(result) + 0.5);
		else
			word_wrap_say(&paragraph, "measure for longer.");
	} else if (least < SEQUENCE_PERIOD) {
		word_wrap_say(&paragraph,
			      "Note: ENet sends every 65,536th packet of a sequenced channel "
			      "reliably. Its numbers begin so far on that each channel has one "
			      "such packet here, of %.0f or more; in play they are rarer.",
			      least);
	}
	word_wrap_end(&paragraph);
}
