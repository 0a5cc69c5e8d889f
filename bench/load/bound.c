#include "bench/load/bound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"

static const struct {
	const char *word, *name;
} figures[BOUND_FIGURES] = {
	[BOUND_AGE] = { "age", "age p99" },
	[BOUND_P50] = { "p50", "delay p50" },
	[BOUND_P99] = { "p99", "delay p99" },
	[BOUND_P999] = { "p99.9", "delay p99.9" },
};

/* Loss has no margin below this share: at a bound of 0, one lost update is far beyond it. */
static const double least_loss = 1e-6;

/* The text. */

/* A plain decimal; `rest` is what follows it. */
static bool read_number(const char *text, double *number, const char **rest)
{
	char *end;

	/* strtod alone would also take hexadecimal, exponents, "nan" and "inf". */
	*rest = text + strspn(text, "0123456789.");
	*number = strtod(text, &end);
	return end > text && end == *rest && isfinite(*number);
}

static bool read_time(const char *text, size_t size, struct bound_latency *latency)
{
	static const struct {
		const char *unit;
		double us;
	} units[] = { { "us", 1 }, { "ms", 1e3 }, { "s", 1e6 } };
	const char *end = text + size, *unit;
	double number;

	*latency = (struct bound_latency){ .is_set = true, .is_above_path = *text == '+' };
	if (!read_number(text + latency->is_above_path, &number, &unit) || !(number > 0))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].unit) != (size_t)(end - unit) ||
		    memcmp(unit, units[i].unit, (size_t)(end - unit)) != 0)
			continue;
		latency->limit_us = number * units[i].us;
		return latency->limit_us <= 60e6;
	}
	return false;
}

static bool read_share(const char *text, size_t size, double *share)
{
	const char *rest;

	if (!read_number(text, share, &rest))
		return false;
	if (rest < text + size && *rest == '%') {
		*share /= 100;
		rest++;
	}
	return rest == text + size && *share <= 1;
}

static bool read_term(struct bound *bound, const char *term, size_t size, bool *has_loss)
{
	const char *equals = memchr(term, '=', size);
	const char *value = equals ? equals + 1 : NULL;
	const size_t word = equals ? (size_t)(equals - term) : 0;

	if (!value)
		return false;
	if (word == 4 && memcmp(term, "loss", 4) == 0) {
		if (*has_loss)
			return false;
		*has_loss = true;
		return read_share(value, size - word - 1, &bound->loss);
	}
	for (size_t i = 0; i < BOUND_FIGURES; i++)
		if (strlen(figures[i].word) == word && memcmp(term, figures[i].word, word) == 0)
			return !bound->latencies[i].is_set &&
			       read_time(value, size - word - 1, &bound->latencies[i]);
	return false;
}

bool bound_parse(struct bound *bound, const char *text, char *must, size_t must_bytes)
{
	bool has_loss = false, has_latency = false;
	char shown[41];
	size_t size;

	*bound = (struct bound){ .loss = 0.001 };
	for (const char *term = text;; term += size + 1) {
		size = strcspn(term, ",");
		if (!read_term(bound, term, size, &has_loss)) {
			snprintf(
				must, must_bytes,
				"at \"%s\": must be terms with commas between, each once, as "
				"age=50ms, p50=5ms, p99=10ms, p99.9=20ms or loss=0.1%%; a + before "
				"a time (age=+50ms) means above the path's own",
				text_visible(shown, sizeof(shown), term, size));
			return false;
		}
		if (term[size] == '\0')
			break;
	}
	for (size_t i = 0; i < BOUND_FIGURES; i++)
		has_latency |= bound->latencies[i].is_set;
	if (!has_latency)
		bound->latencies[BOUND_AGE] = (struct bound_latency){ true, true, 50e3 };
	return true;
}

void bound_describe(const struct bound *bound, char text[static BOUND_TEXT_BYTES])
{
	size_t at = 0;

	for (size_t i = 0; i < BOUND_FIGURES; i++) {
		const struct bound_latency *latency = &bound->latencies[i];

		if (latency->is_set)
			at += (size_t)snprintf(
				text + at, BOUND_TEXT_BYTES - at, "%s at most %.6g ms%s, ",
				figures[i].name, latency->limit_us / 1e3,
				latency->is_above_path ? " above the path's own" : "");
		if (at >= BOUND_TEXT_BYTES)
			return;
	}
	snprintf(text + at, BOUND_TEXT_BYTES - at, "loss at most %.6g %%", 100 * bound->loss);
}

/* The run. */

double bound_figure_us(const struct generator_result *result, enum bound_figure figure)
{
	int64_t us = -1;

	switch (figure) {
	case BOUND_AGE:
		us = result->age_p99_us;
		break;
	case BOUND_P50:
		us = result->p50_us;
		break;
	case BOUND_P99:
		us = result->p99_us;
		break;
	case BOUND_P999:
		us = result->p999_us;
		break;
	case BOUND_FIGURES:
		break;
	}
	/* An age is never 0: it holds the wait for the next update. */
	return us >= (figure == BOUND_AGE) && result->delivered > 0 ? (double)us : NAN;
}

double bound_loss(const struct generator_result *result)
{
	if (result->due == 0 || result->delivered == 0)
		return 1;
	return fmax(0, 1 - (double)(result->delivered + result->skipped) / (double)result->due);
}

double bound_margin(const struct bound *bound, const struct generator_result *result,
		    const double path_us[static BOUND_FIGURES])
{
	const double loss = bound_loss(result);
	double margin = loss / fmax(bound->loss, least_loss);

	/* A bound that is exactly met is kept, where rounding says otherwise. */
	if (loss <= bound->loss)
		margin = fmin(margin, 1);
	for (enum bound_figure i = BOUND_AGE; i < BOUND_FIGURES; i++) {
		const struct bound_latency *latency = &bound->latencies[i];
		const double us = bound_figure_us(result, i);

		if (!latency->is_set)
			continue;
		if (!isfinite(us))
			return INFINITY;
		margin = fmax(margin,
			      (us - (latency->is_above_path ? path_us[i] : 0)) / latency->limit_us);
	}
	return margin;
}
