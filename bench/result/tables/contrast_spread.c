#include "bench/result/tables/contrast_spread.h"

#include <math.h>
#include <string.h>

static double value_of(const struct trial_result *result, const char *name)
{
	struct contrast_figure figures[CONTRAST_FIGURES];

	contrast_collect(result, figures);
	for (size_t i = 0; i < CONTRAST_FIGURES; i++)
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].value < 0 ? NAN : figures[i].value;
	return NAN;
}

struct spread contrast_spread(const struct contrast_row *row, const char *figure)
{
	double values[SPREAD_MAX];

	for (unsigned i = 0; i < row->count; i++)
		values[i] = value_of(&row->results[i], figure);
	return spread_of(values, row->count);
}

double contrast_median(const struct contrast_row *row, const char *figure)
{
	return contrast_spread(row, figure).median;
}

/* What was not measured has no share, either. */
static double share_of(double part, double whole)
{
	return isnan(whole) ? NAN : contrast_percent(part, whole);
}

struct spread contrast_share(const struct contrast_row *row, const char *part, const char *whole)
{
	double values[SPREAD_MAX];

	for (unsigned i = 0; i < row->count; i++)
		values[i] = share_of(value_of(&row->results[i], part),
				     value_of(&row->results[i], whole));
	return spread_of(values, row->count);
}

struct spread contrast_ms(const struct contrast_row *row, const char *figure)
{
	const struct spread us = contrast_spread(row, figure);

	return (struct spread){ us.median / 1000, us.min / 1000, us.max / 1000 };
}

enum contrast_order contrast_order(struct spread one, struct spread other, double same)
{
	if (fmax(one.max, other.max) - fmin(one.min, other.min) <= same)
		return isfinite(one.median) && isfinite(other.median) ? CONTRAST_SAME
								      : CONTRAST_UNCLEAR;
	if (one.max < other.min && other.median - one.median > same)
		return CONTRAST_LESS;
	if (one.min > other.max && one.median - other.median > same)
		return CONTRAST_MORE;
	return CONTRAST_UNCLEAR;
}
