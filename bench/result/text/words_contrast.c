/* What the modes of a contrast show, in words. */
#include "bench/result/text/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"
#include "bench/result/text/words_sequence.h"

/*
 * The words go by the medians. A difference is claimed only where the spreads do not overlap; with
 * one repetition they are of one value each.
 */

enum {
	MODES_MAX = 16,
};

/* A link with the modes that were tried on it. */
struct line {
	const char *name;
	const struct result_row *rows[MODES_MAX];
	size_t count;
	bool is_repeated;
};

static const char *mode_of(const struct result_row *row)
{
	return result_row_label(row, "mode");
}

/* NULL when it was not tried. */
static const struct result_row *find(const struct line *line, const char *mode)
{
	for (size_t i = 0; i < line->count; i++)
		if (strcmp(mode_of(line->rows[i]), mode) == 0)
			return line->rows[i];
	return NULL;
}

static double parameter(const struct result *result, const char *name)
{
	const char *text = result_parameter_value(result, name);

	return text ? atof(text) : NAN;
}

static bool is_parameter(const struct result *result, const char *name, const char *text)
{
	const char *value = result_parameter_value(result, name);

	return value && strcmp(value, text) == 0;
}

/* Spreads. */

static struct spread times(struct spread spread, double factor)
{
	return (struct spread){ factor * spread.median, factor * spread.min, factor * spread.max };
}

static struct spread ms(const struct result_row *row, const char *figure)
{
	return times(result_spread(row, figure), 1e-3);
}

static struct spread percent(const struct result_row *row, const char *part, const char *whole)
{
	return times(result_share(row, part, whole), 100);
}

enum words_order words_order(struct spread one, struct spread other, double same)
{
	if (fmax(one.max, other.max) - fmin(one.min, other.min) <= same)
		return isfinite(one.median) && isfinite(other.median) ? WORDS_SAME : WORDS_UNCLEAR;
	if (one.max < other.min && other.median - one.median > same)
		return WORDS_LESS;
	if (one.min > other.max && one.median - other.median > same)
		return WORDS_MORE;
	return WORDS_UNCLEAR;
}

/* Ages that differ by less are called the same. */
static const double same_ms = 1;

static struct spread p99_ms(const struct result_row *row)
{
	return ms(row, "age_p99_us");
}

static struct spread lost_percent(const struct result_row *row)
{
	return percent(row, "lost", "due");
}

static bool is_known(struct spread spread)
{
	return isfinite(spread.median);
}

/* Whether their values, these widened by so much, lie among each other. */
static bool do_meet(struct spread one, struct spread other, double by)
{
	return one.max >= other.min - by && one.min <= other.max + by;
}

/* The modes that cannot be told from this one at p99: "raw, sequenced and shared". */
static void say_modes_like(struct word_wrap *paragraph, const struct line *line, struct spread like,
			   double by_ms)
{
	const char *found[MODES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < line->count; i++) {
		const struct spread age = p99_ms(line->rows[i]);

		if (is_known(age) && do_meet(age, like, by_ms))
			found[count++] = mode_of(line->rows[i]);
	}
	for (size_t i = 0; i < count; i++)
		word_wrap_say(paragraph, "%s%s%s", i > 0 && i + 1 == count ? "and " : "", found[i],
			      i + 2 < count ? "," : "");
}

/* The least and the largest median at p99; false when nothing arrived. */
static bool find_ends(const struct line *line, struct spread *best, struct spread *worst)
{
	double delivered = 0;

	*best = (struct spread){ INFINITY, INFINITY, INFINITY };
	*worst = (struct spread){ -1, -1, -1 };
	for (size_t i = 0; i < line->count; i++) {
		const struct spread age = p99_ms(line->rows[i]);

		if (!is_known(age))
			continue;
		delivered += result_spread(line->rows[i], "delivered").max;
		if (age.median < best->median)
			*best = age;
		if (age.median > worst->median)
			*worst = age;
	}
	return worst->median >= 0 && delivered > 0;
}

static void say_best(struct word_wrap *paragraph, const struct line *line)
{
	struct spread best, worst;

	if (!find_ends(line, &best, &worst)) {
		word_wrap_say(paragraph, "Nothing arrived while it was measured.");
		return;
	}
	if (worst.median - best.median < same_ms) {
		word_wrap_say(paragraph, "%s at p99: %.1f~ms.",
			      line->count > 1 ? "all are as old" : "age", best.median);
		return;
	}
	if (do_meet(best, worst, 0)) {
		word_wrap_say(paragraph,
			      "at p99 the youngest (%.1f~ms) and the oldest (%.1f~ms) are not told "
			      "apart, as their spreads overlap.",
			      best.median, worst.median);
		return;
	}
	word_wrap_say(paragraph, "the youngest at p99, to a millisecond%s:",
		      line->is_repeated ? " or where the spreads overlap" : "");
	say_modes_like(paragraph, line, best, same_ms);
	word_wrap_say(paragraph, "(%.1f~ms); oldest:", best.median);
	say_modes_like(paragraph, line, worst, same_ms / 100);
	word_wrap_say(paragraph, "(%.1f~ms).", worst.median);
}

static void say_sequenced(struct word_wrap *paragraph, const struct result_row *free_one,
			  const struct result_row *sequenced)
{
	struct spread loses, free_loses;

	if (!free_one || !sequenced)
		return;
	loses = lost_percent(sequenced);
	free_loses = lost_percent(free_one);
	switch (words_order(loses, free_loses, 0)) {
	case WORDS_MORE:
		word_wrap_say(paragraph,
			      "Sequenced, where whatever was overtaken is dropped, loses %.1f~%%, "
			      "unsequenced %.1f~%%.",
			      loses.median, free_loses.median);
		return;
	case WORDS_UNCLEAR:
		word_wrap_say(paragraph,
			      "What sequenced and unsequenced lose (%.1f~%%, %.1f~%%) is not told "
			      "apart.",
			      loses.median, free_loses.median);
		return;
	default:
		word_wrap_say(paragraph,
			      "Sequenced loses no more than unsequenced (%.1f~%%, %.1f~%%).",
			      loses.median, free_loses.median);
	}
}

/* False when there is nothing to compare; said where the spreads do not tell. */
static bool can_compare(struct word_wrap *paragraph, const char *name, const char *other_name,
			const struct result_row *row, const struct result_row *other)
{
	const struct spread age = p99_ms(row), other_age = p99_ms(other);

	if (!is_known(age) || !is_known(other_age))
		return false;
	if (words_order(age, other_age, same_ms) != WORDS_UNCLEAR)
		return true;
	word_wrap_say(
		paragraph,
		"%s and %s (%.0f and %.0f~ms old at p99) are not told apart, as their spreads "
		"overlap.",
		name, other_name, age.median, other_age.median);
	return false;
}

static void say_reliable(struct word_wrap *paragraph, const struct result_row *free_one,
			 const struct result_row *reliable)
{
	if (!free_one || !reliable ||
	    !can_compare(paragraph, "Reliable", "unsequenced", reliable, free_one))
		return;
	if (words_order(p99_ms(reliable), p99_ms(free_one), same_ms) == WORDS_MORE)
		word_wrap_say(
			paragraph,
			"Reliable loses %.1f~%%, but is %.0f~ms old at p99, where unsequenced "
			"is %.0f~ms old: there, states wait for those before them.",
			lost_percent(reliable).median, p99_ms(reliable).median,
			p99_ms(free_one).median);
	else
		word_wrap_say(paragraph, "Reliable is not a millisecond older than unsequenced.");
}

/*
 * What had arrived and was kept back, for one before it that was lost or slower: apart from the
 * time that its own repeat took.
 */
static void say_waits(struct word_wrap *paragraph, const struct result_row *free_one,
		      const struct result_row *reliable)
{
	if (!reliable || !(result_spread(reliable, "hol_waited").median > 0))
		return;
	word_wrap_say(paragraph,
		      "Of what came by reliable, %.1f~%% had arrived and waited for one before "
		      "it, up to %.0f~ms at p99 of all, %.0f~ms at most",
		      percent(reliable, "hol_waited", "hol_count").median,
		      ms(reliable, "hol_p99_us").median, ms(reliable, "hol_max_us").max);
	if (free_one && result_spread(free_one, "hol_waited").max == 0)
		word_wrap_say(paragraph, "(head of line); of unsequenced, nothing ever waited.");
	else
		word_wrap_say(paragraph, "(head of line).");
}

static void say_shared(struct word_wrap *paragraph, const struct result_row *sequenced,
		       const struct result_row *shared)
{
	if (!sequenced || !shared ||
	    !can_compare(paragraph, "Shared", "sequenced", shared, sequenced))
		return;
	if (words_order(p99_ms(shared), p99_ms(sequenced), same_ms) == WORDS_MORE)
		word_wrap_say(paragraph,
			      "Sharing a channel with reliable events, where states wait for lost "
			      "events, makes sequenced %.0f~ms old instead of %.0f~ms.",
			      p99_ms(shared).median, p99_ms(sequenced).median);
	else
		word_wrap_say(paragraph,
			      "Sharing a channel with reliable events does not make sequenced "
			      "a millisecond older.");
}

static void say_throttled(struct word_wrap *paragraph, const struct result_row *free_one,
			  const struct result_row *throttled)
{
	struct spread dropped, loses;

	if (!throttled)
		return;
	dropped = result_spread(throttled, "throttled");
	loses = lost_percent(throttled);
	if (dropped.max == 0) {
		word_wrap_say(paragraph, "ENet's throttle, left on, dropped nothing.");
		return;
	}
	word_wrap_say(paragraph,
		      "ENet's throttle, left on, dropped %.0f packets before they were sent: "
		      "%.1f~%% of the updates are lost",
		      dropped.median, loses.median);
	if (!free_one)
		word_wrap_say(paragraph, "with it.");
	else if (words_order(loses, lost_percent(free_one), 0) == WORDS_UNCLEAR)
		word_wrap_say(paragraph, "with it, which is not told apart from %.1f~%% without.",
			      lost_percent(free_one).median);
	else
		word_wrap_say(paragraph, "with it, %.1f~%% without.",
			      lost_percent(free_one).median);
}

static void say_redundant_age(struct word_wrap *paragraph, struct spread age, struct spread raw_age)
{
	switch (words_order(age, raw_age, same_ms)) {
	case WORDS_SAME:
		word_wrap_say(paragraph, "it is no younger, as what is brought after is never the "
					 "newest.");
		return;
	case WORDS_UNCLEAR:
		word_wrap_say(paragraph, "their ages at p99 (%.0f and %.0f~ms) are not told apart.",
			      age.median, raw_age.median);
		return;
	default:
		word_wrap_say(paragraph, "it is %.0f~ms old at p99, raw %.0f~ms.", age.median,
			      raw_age.median);
	}
}

static void say_redundant(struct word_wrap *paragraph, double redundancy,
			  const struct result_row *raw, const struct result_row *redundant)
{
	bool is_unclear;

	if (!raw || !redundant || result_spread(raw, "lost").max == 0 || !is_known(p99_ms(raw)) ||
	    !is_known(p99_ms(redundant)))
		return;
	is_unclear = words_order(lost_percent(redundant), lost_percent(raw), 0) == WORDS_UNCLEAR;
	word_wrap_say(paragraph,
		      "Redundant (k = %g) loses %.2f~%% where raw loses %.2f~%%%s, for %.1f bytes "
		      "an update instead of %.1f;",
		      redundancy, lost_percent(redundant).median, lost_percent(raw).median,
		      is_unclear ? " (not told apart)" : "",
		      result_spread(redundant, "bytes_per_update").median,
		      result_spread(raw, "bytes_per_update").median);
	say_redundant_age(paragraph, p99_ms(redundant), p99_ms(raw));
}

/* A stream over the kernel's TCP beside it. */
static void say_stream(struct word_wrap *paragraph, const struct result_row *free_one,
		       const struct result_row *tcp, const struct result_row *nodelay)
{
	if (!free_one || !tcp || !can_compare(paragraph, "Tcp", "unsequenced", tcp, free_one))
		return;
	word_wrap_say(paragraph, "A TCP stream is %.0f~ms old at p99", p99_ms(tcp).median);
	if (nodelay && is_known(p99_ms(nodelay)))
		word_wrap_say(paragraph, "(%.0f~ms with TCP_NODELAY%s)", p99_ms(nodelay).median,
			      words_order(p99_ms(nodelay), p99_ms(tcp), same_ms) == WORDS_UNCLEAR
				      ? ", not told apart"
				      : "");
	word_wrap_say(paragraph, "where unsequenced is %.0f~ms old.", p99_ms(free_one).median);
}

static void say_rejoins(struct word_wrap *paragraph, const struct line *line)
{
	for (size_t i = 0; i < line->count; i++) {
		double values[SPREAD_MAX], sum = 0;
		const size_t count = result_values(line->rows[i], "rejoins", values, SPREAD_MAX);

		for (size_t n = 0; n < count && n < SPREAD_MAX; n++)
			sum += isfinite(values[n]) ? values[n] : 0;
		if (sum > 0)
			word_wrap_say(paragraph,
				      "In %s, sessions were lost and tried to join again %.0f "
				      "times; what was due in between is lost, too.",
				      mode_of(line->rows[i]), sum);
	}
}

static void say_line(const struct result *result, const struct line *line, const char *where,
		     FILE *out)
{
	const struct result_row *free_one = find(line, "unsequenced");
	const struct result_row *sequenced = find(line, "sequenced");
	struct word_wrap paragraph = { .out = out };

	word_wrap_say(&paragraph, "On %s:", where);
	say_best(&paragraph, line);
	say_sequenced(&paragraph, free_one, sequenced);
	say_reliable(&paragraph, free_one, find(line, "reliable"));
	say_waits(&paragraph, free_one, find(line, "reliable"));
	say_shared(&paragraph, sequenced, find(line, "shared"));
	say_throttled(&paragraph, free_one, find(line, "throttled"));
	say_redundant(&paragraph, parameter(result, "redundancy"), find(line, "raw"),
		      find(line, "redundant"));
	say_stream(&paragraph, free_one, find(line, "tcp"), find(line, "nodelay"));
	say_rejoins(&paragraph, line);
	word_wrap_end(&paragraph);
}

static bool learns_budget(const struct result *result)
{
	for (size_t i = 0; i < result_parameter_count(result); i++) {
		const char *name = result_parameter_name(result, i);

		if (strncmp(name, "budget_", 7) == 0 && is_parameter(result, name, "learned"))
			return true;
	}
	return false;
}

static void say_terms(const struct result *result, const struct line *line, FILE *out)
{
	struct word_wrap paragraph = { .out = out };

	if (find(line, "raw") || find(line, "redundant"))
		word_wrap_say(&paragraph, "Raw and redundant carry no events%s.",
			      parameter(result, "tick_hz") > 0 ? ", and relay at once" : "");
	if (learns_budget(result))
		word_wrap_say(&paragraph,
			      "On lines with a rate our relay learns what they carry, and skips "
			      "the rest; %s do not.",
			      is_parameter(result, "network", "simulated")
				      ? "raw and redundant"
				      : "raw, redundant, tcp and http");
	if (find(line, "http"))
		word_wrap_say(&paragraph, "Http carries no events; its repeats are what a poll "
					  "brought again.");
	word_wrap_end(&paragraph);
}

/* The rows of the line that begins with row `first`; returns the row behind them. */
static size_t take_line(const struct result *result, size_t first, struct line *line)
{
	const size_t count = result_row_count(result);
	size_t i = first;

	*line = (struct line){ .name = result_row_label(result_row(result, first), "scenario"),
			       .is_repeated = parameter(result, "repeat") > 1 };
	for (; i < count; i++) {
		const struct result_row *row = result_row(result, i);

		if (strcmp(result_row_label(row, "scenario"), line->name) != 0)
			break;
		if (line->count < MODES_MAX)
			line->rows[line->count++] = row;
	}
	return i;
}

/* Of a line that was not measured in all modes, nothing is said. */
void words_contrast(const struct result *result, FILE *out)
{
	const size_t count = result_row_count(result);
	struct line first, line;

	if (count == 0)
		return;
	take_line(result, 0, &first);
	say_terms(result, &first, out);
	fputc('\n', out);
	for (size_t i = 0, n = 1; i < count; n++) {
		char parameter_name[32];

		i = take_line(result, i, &line);
		snprintf(parameter_name, sizeof(parameter_name), "line_%zu", n);
		if (line.count < first.count)
			continue;
		if (!is_parameter(result, parameter_name, line.name))
			say_line(result, &line, line.name, out);
		else if (i == count)
			say_line(result, &line, n > 1 ? "the last line" : "this line", out);
	}
	words_sequence(result, out);
}
