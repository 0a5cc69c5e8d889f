#include "bench/result/result_diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/figures.h"
#include "bench/result/result_internal.h"
#include "bench/result/welch.h"

enum {
	NAME_BYTES = 160,
};

bool result_diff_is_own(const char *figure)
{
	const struct figure *known = figures_find(figure);

	return known && known->is_own;
}

/* One figure. */

/* As far as a file keeps a number. */
static bool is_same(double old, double new)
{
	return fabs(old - new) <= 1e-12 * fabs(old) || (isnan(old) && isnan(new));
}

static bool are_equal(const struct result_row *before, const struct result_row *now,
		      const char *name)
{
	double old[SPREAD_MAX], new[SPREAD_MAX];
	const size_t count = result_values(before, name, old, SPREAD_MAX);

	if (result_values(now, name, new, SPREAD_MAX) != count)
		return false;
	for (size_t i = 0; i < count && i < SPREAD_MAX; i++)
		if (!is_same(old[i], new[i]))
			return false;
	return true;
}

static struct welch_sample sample_of(const struct result_row *row, const char *name)
{
	double values[SPREAD_MAX];
	size_t count = result_values(row, name, values, SPREAD_MAX), whole = 0;
	struct welch_sample sample;

	count = count < SPREAD_MAX ? count : SPREAD_MAX;
	sample = welch_sample_of(values, count);
	for (size_t i = 0; i < count; i++)
		whole += values[i] >= 0 && floor(values[i]) == values[i];
	/* Whole numbers that came out alike are no proof that chance has no part in them. */
	if (whole == count && count > 1 && strcmp(result_figure_unit(row, name), "1") == 0)
		sample.variance = fmax(sample.variance, sample.mean);
	return sample;
}

static bool is_far(double one, double other)
{
	const double small = fmin(fabs(one), fabs(other)), large = fmax(fabs(one), fabs(other));

	return !is_same(one, other) && (one * other < 0 || large > RESULT_DIFF_RATIO * small);
}

/* Holm comes later, when all are known. */
static void test(struct result_diff_figure *figure)
{
	const struct welch_sample old = sample_of(figure->before, figure->name);
	const struct welch_sample new = sample_of(figure->now, figure->name);
	const struct spread span = result_spread(figure->before, figure->name);

	figure->p = welch_p(&old, &new, RESULT_DIFF_MARGIN * fabs(span.median));
	if (isnan(figure->p))
		figure->is_outside = old.count > 0 && is_far(old.mean, new.mean);
}

/* Rows. */

static bool is_search_step(const struct result_row *row)
{
	const char *step = result_row_label(row, "step");

	return step && step[0] >= '0' && step[0] <= '9';
}

static const struct result_row *find(const struct result *result, const char *name)
{
	char other[NAME_BYTES];

	for (const struct result_row *row = result->first; row; row = row->next)
		if (strcmp(result_row_name(row, other, sizeof(other)), name) == 0)
			return row;
	return NULL;
}

/* A search that found another load: what it measured there is of that load. */
static bool is_elsewhere(const struct result_row *before, const struct result_row *now)
{
	return result_figure_unit(before, "carried") && !are_equal(before, now, "carried");
}

static bool has_value(const struct result_row *row, const char *name)
{
	return isfinite(result_spread(row, name).median);
}

static void add_figure(struct result_diff *verdict, const struct result_row *before,
		       const struct result_row *now, const char *name)
{
	struct result_diff_figure *figure = &verdict->figures[verdict->count];

	*figure = (struct result_diff_figure){ before, now, name, NAN, false };
	if (verdict->is_exact)
		figure->is_outside = !are_equal(before, now, name);
	else if (has_value(before, name) != has_value(now, name)) {
		verdict->missing++;
		return;
	} else
		test(figure);
	verdict->count++;
}

static void add_row(struct result_diff *verdict, const struct result_row *before,
		    const struct result_row *now)
{
	const bool is_other_load = !verdict->is_exact && now && is_elsewhere(before, now);

	for (size_t i = 0; i < result_figure_count(before); i++) {
		const char *name = result_figure_name(before, i);

		if (!verdict->is_exact &&
		    (result_diff_is_own(name) || (is_other_load && strcmp(name, "carried") != 0)))
			verdict->left_out++;
		else if (!now || !result_figure_unit(now, name))
			verdict->missing++;
		else
			add_figure(verdict, before, now, name);
	}
}

/* Figures of `now` that `before` does not have. */
static size_t count_new(const struct result_diff *verdict, const struct result_row *before,
			const struct result_row *now)
{
	size_t count = 0;

	for (size_t i = 0; i < result_figure_count(now); i++) {
		const char *name = result_figure_name(now, i);

		count += (!before || !result_figure_unit(before, name)) &&
			 (verdict->is_exact || !result_diff_is_own(name));
	}
	return count;
}

/* The whole. */

static int by_p(const void *one, const void *other)
{
	const double a = (*(struct result_diff_figure *const *)one)->p;
	const double b = (*(struct result_diff_figure *const *)other)->p;

	return (a > b) - (a < b);
}

/* Holm: the least p-value against chance / n, the next against chance / (n - 1), until one holds.
 */
static int apply_holm(struct result_diff *verdict)
{
	struct result_diff_figure **tested =
		calloc(verdict->count + 1, sizeof(struct result_diff_figure *));
	size_t count = 0;

	if (!tested)
		return -ENOMEM;
	for (size_t i = 0; i < verdict->count; i++)
		if (!isnan(verdict->figures[i].p))
			tested[count++] = &verdict->figures[i];
	qsort(tested, count, sizeof(struct result_diff_figure *), by_p);
	for (size_t i = 0; i < count; i++) {
		if (tested[i]->p > RESULT_DIFF_CHANCE / (double)(count - i))
			break;
		tested[i]->is_outside = true;
	}
	free(tested);
	return 0;
}

static void check(struct result_diff *verdict, const struct result *before,
		  const struct result *now)
{
	const struct result *of = !result_is_valid(now) ? now : before;
	const char *reason =
		result_reason_count(of) > 0 ? result_reason(of, 0) : "no reason is given";

	verdict->is_valid = result_is_valid(before) && result_is_valid(now) && verdict->count > 0;
	if (verdict->is_valid)
		return;
	if (result_is_valid(before) && result_is_valid(now))
		snprintf(verdict->why_not, sizeof(verdict->why_not),
			 "the two have no figure in common");
	else
		snprintf(verdict->why_not, sizeof(verdict->why_not), "%s is not valid: %.400s",
			 of == now ? "the new result" : "the old result", reason);
}

static bool is_simulated(const struct result *result)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result->document, "simulated"));
}

int result_diff_reach(struct result_diff *verdict, const struct result *before,
		      const struct result *now)
{
	char name[NAME_BYTES];
	size_t most = 1;
	int status;

	*verdict = (struct result_diff){ 0 };
	verdict->is_exact = is_simulated(before) && is_simulated(now) &&
			    cJSON_Compare(before->parameters, now->parameters, true);
	for (const struct result_row *row = before->first; row; row = row->next)
		most += result_figure_count(row);
	verdict->figures = calloc(most, sizeof(*verdict->figures));
	if (!verdict->figures)
		return -ENOMEM;
	for (const struct result_row *row = before->first; row; row = row->next)
		if (!is_search_step(row))
			add_row(verdict, row, find(now, result_row_name(row, name, sizeof(name))));
	for (const struct result_row *row = now->first; row; row = row->next)
		if (!is_search_step(row))
			verdict->missing += count_new(
				verdict, find(before, result_row_name(row, name, sizeof(name))),
				row);
	status = apply_holm(verdict);
	for (size_t i = 0; i < verdict->count; i++) {
		verdict->outside += verdict->figures[i].is_outside;
		verdict->inside += !verdict->figures[i].is_outside;
		verdict->single += !verdict->is_exact && isnan(verdict->figures[i].p);
	}
	check(verdict, before, now);
	return status;
}

void result_diff_fini(struct result_diff *verdict)
{
	free(verdict->figures);
	verdict->figures = NULL;
}

bool result_diff_agrees(const struct result_diff *verdict)
{
	return verdict->is_valid && verdict->outside == 0 && verdict->missing == 0;
}
