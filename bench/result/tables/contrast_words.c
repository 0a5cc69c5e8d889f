#include "bench/result/tables/contrast_spread.h"

#include <math.h>
#include <stdio.h>

#include "bench/result/word_wrap.h"
#include "bench/sim/sequence_start.h"

/*
 * The words go by the medians. A difference is claimed only where the spreads do not overlap; with
 * one repetition they are of one value each.
 */

/* Ages that differ by less are called the same. */
static const double same_ms = 1;

static struct spread p99_ms(const struct contrast_row *row)
{
	return contrast_ms(row, "age_p99_us");
}

static struct spread lost_percent(const struct contrast_row *row)
{
	return contrast_share(row, "lost", "due");
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
static void say_modes_like(struct word_wrap *paragraph, const struct contrast *contrast,
			   size_t line, struct spread like, double by_ms)
{
	enum trial_carrier found[TRIAL_CARRIER_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const struct spread age = p99_ms(contrast_row(contrast, line, i));

		if (is_known(age) && do_meet(age, like, by_ms))
			found[count++] = contrast->carriers[i];
	}
	for (size_t i = 0; i < count; i++)
		word_wrap_say(paragraph, "%s%s%s", i > 0 && i + 1 == count ? "and " : "",
			      trial_carrier_text(found[i]), i + 2 < count ? "," : "");
}

/* The least and the largest median at p99; false when nothing arrived. */
static bool find_ends(const struct contrast *contrast, size_t line, struct spread *best,
		      struct spread *worst)
{
	double delivered = 0;

	*best = (struct spread){ INFINITY, INFINITY, INFINITY };
	*worst = (struct spread){ -1, -1, -1 };
	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const struct spread age = p99_ms(contrast_row(contrast, line, i));

		if (!is_known(age))
			continue;
		delivered += contrast_spread(contrast_row(contrast, line, i), "delivered").max;
		if (age.median < best->median)
			*best = age;
		if (age.median > worst->median)
			*worst = age;
	}
	return worst->median >= 0 && delivered > 0;
}

static void say_best(struct word_wrap *paragraph, const struct contrast *contrast, size_t line)
{
	struct spread best, worst;

	if (!find_ends(contrast, line, &best, &worst)) {
		word_wrap_say(paragraph, "Nothing arrived while it was measured.");
		return;
	}
	if (worst.median - best.median < same_ms) {
		word_wrap_say(paragraph, "%s at p99: %.1f~ms.",
			      contrast->carrier_count > 1 ? "all are as old" : "age", best.median);
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
		      contrast->repeat > 1 ? " or where the spreads overlap" : "");
	say_modes_like(paragraph, contrast, line, best, same_ms);
	word_wrap_say(paragraph, "(%.1f~ms); oldest:", best.median);
	say_modes_like(paragraph, contrast, line, worst, same_ms / 100);
	word_wrap_say(paragraph, "(%.1f~ms).", worst.median);
}

static void say_sequenced(struct word_wrap *paragraph, const struct contrast_row *free_one,
			  const struct contrast_row *sequenced)
{
	struct spread loses, free_loses;

	if (!free_one || !sequenced)
		return;
	loses = lost_percent(sequenced);
	free_loses = lost_percent(free_one);
	switch (contrast_order(loses, free_loses, 0)) {
	case CONTRAST_MORE:
		word_wrap_say(paragraph,
			      "Sequenced, where whatever was overtaken is dropped, loses %.1f~%%, "
			      "unsequenced %.1f~%%.",
			      loses.median, free_loses.median);
		return;
	case CONTRAST_UNCLEAR:
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
			const struct contrast_row *row, const struct contrast_row *other)
{
	const struct spread age = p99_ms(row), other_age = p99_ms(other);

	if (!is_known(age) || !is_known(other_age))
		return false;
	if (contrast_order(age, other_age, same_ms) != CONTRAST_UNCLEAR)
		return true;
	word_wrap_say(
		paragraph,
		"%s and %s (%.0f and %.0f~ms old at p99) are not told apart, as their spreads "
		"overlap.",
		name, other_name, age.median, other_age.median);
	return false;
}

static void say_reliable(struct word_wrap *paragraph, const struct contrast_row *free_one,
			 const struct contrast_row *reliable)
{
	if (!free_one || !reliable ||
	    !can_compare(paragraph, "Reliable", "unsequenced", reliable, free_one))
		return;
	if (contrast_order(p99_ms(reliable), p99_ms(free_one), same_ms) == CONTRAST_MORE)
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
static void say_waits(struct word_wrap *paragraph, const struct contrast_row *free_one,
		      const struct contrast_row *reliable)
{
	if (!reliable || !(contrast_median(reliable, "hol_waited") > 0))
		return;
	word_wrap_say(paragraph,
		      "Of what came by reliable, %.1f~%% had arrived and waited for one before "
		      "it, up to %.0f~ms at p99 of all, %.0f~ms at most",
		      contrast_share(reliable, "hol_waited", "hol_count").median,
		      contrast_ms(reliable, "hol_p99_us").median,
		      contrast_ms(reliable, "hol_max_us").max);
	if (free_one && contrast_spread(free_one, "hol_waited").max == 0)
		word_wrap_say(paragraph, "(head of line); of unsequenced, nothing ever waited.");
	else
		word_wrap_say(paragraph, "(head of line).");
}

static void say_shared(struct word_wrap *paragraph, const struct contrast_row *sequenced,
		       const struct contrast_row *shared)
{
	if (!sequenced || !shared ||
	    !can_compare(paragraph, "Shared", "sequenced", shared, sequenced))
		return;
	if (contrast_order(p99_ms(shared), p99_ms(sequenced), same_ms) == CONTRAST_MORE)
		word_wrap_say(paragraph,
			      "Sharing a channel with reliable events, where states wait for lost "
			      "events, makes sequenced %.0f~ms old instead of %.0f~ms.",
			      p99_ms(shared).median, p99_ms(sequenced).median);
	else
		word_wrap_say(paragraph,
			      "Sharing a channel with reliable events does not make sequenced "
			      "a millisecond older.");
}

static void say_throttled(struct word_wrap *paragraph, const struct contrast_row *free_one,
			  const struct contrast_row *throttled)
{
	struct spread dropped, loses;

	if (!throttled)
		return;
	dropped = contrast_spread(throttled, "throttled");
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
	else if (contrast_order(loses, lost_percent(free_one), 0) == CONTRAST_UNCLEAR)
		word_wrap_say(paragraph, "with it, which is not told apart from %.1f~%% without.",
			      lost_percent(free_one).median);
	else
		word_wrap_say(paragraph, "with it, %.1f~%% without.",
			      lost_percent(free_one).median);
}

static void say_redundant_age(struct word_wrap *paragraph, struct spread age, struct spread raw_age)
{
	switch (contrast_order(age, raw_age, same_ms)) {
	case CONTRAST_SAME:
		word_wrap_say(paragraph, "it is no younger, as what is brought after is never the "
					 "newest.");
		return;
	case CONTRAST_UNCLEAR:
		word_wrap_say(paragraph, "their ages at p99 (%.0f and %.0f~ms) are not told apart.",
			      age.median, raw_age.median);
		return;
	default:
		word_wrap_say(paragraph, "it is %.0f~ms old at p99, raw %.0f~ms.", age.median,
			      raw_age.median);
	}
}

static void say_redundant(struct word_wrap *paragraph, const struct contrast *contrast,
			  const struct contrast_row *raw, const struct contrast_row *redundant)
{
	bool is_unclear;

	if (!raw || !redundant || contrast_spread(raw, "lost").max == 0 || !is_known(p99_ms(raw)) ||
	    !is_known(p99_ms(redundant)))
		return;
	is_unclear =
		contrast_order(lost_percent(redundant), lost_percent(raw), 0) == CONTRAST_UNCLEAR;
	word_wrap_say(paragraph,
		      "Redundant (k = %zu) loses %.2f~%% where raw loses %.2f~%%%s, for %.1f bytes "
		      "an update instead of %.1f;",
		      contrast->trial.redundancy, lost_percent(redundant).median,
		      lost_percent(raw).median, is_unclear ? " (not told apart)" : "",
		      contrast_median(redundant, "bytes_per_update"),
		      contrast_median(raw, "bytes_per_update"));
	say_redundant_age(paragraph, p99_ms(redundant), p99_ms(raw));
}

/* A stream over the kernel's TCP beside it. */
static void say_stream(struct word_wrap *paragraph, const struct contrast_row *free_one,
		       const struct contrast_row *tcp, const struct contrast_row *nodelay)
{
	if (!free_one || !tcp || !can_compare(paragraph, "Tcp", "unsequenced", tcp, free_one))
		return;
	word_wrap_say(paragraph, "A TCP stream is %.0f~ms old at p99", p99_ms(tcp).median);
	if (nodelay && is_known(p99_ms(nodelay)))
		word_wrap_say(paragraph, "(%.0f~ms with TCP_NODELAY%s)", p99_ms(nodelay).median,
			      contrast_order(p99_ms(nodelay), p99_ms(tcp), same_ms) ==
					      CONTRAST_UNCLEAR
				      ? ", not told apart"
				      : "");
	word_wrap_say(paragraph, "where unsequenced is %.0f~ms old.", p99_ms(free_one).median);
}

/* In all repetitions. */
static uint64_t rejoins_of(const struct contrast_row *row)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < row->count; n++)
		sum += row->results[n].rejoins;
	return sum;
}

static void say_rejoins(struct word_wrap *paragraph, const struct contrast *contrast, size_t line)
{
	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const uint64_t rejoins = rejoins_of(contrast_row(contrast, line, i));

		if (rejoins > 0)
			word_wrap_say(paragraph,
				      "In %s, sessions were lost and tried to join again %llu "
				      "times; what was due in between is lost, too.",
				      trial_carrier_text(contrast->carriers[i]),
				      (unsigned long long)rejoins);
	}
}

static void say_line(const struct contrast *contrast, size_t line)
{
	const struct scenario *scenario = contrast->lines[line].scenario;
	const struct contrast_row *free_one = contrast_find(contrast, line, TRIAL_UNSEQUENCED);
	const struct contrast_row *sequenced = contrast_find(contrast, line, TRIAL_SEQUENCED);
	struct word_wrap paragraph = { .out = stdout };

	if (scenario)
		word_wrap_say(&paragraph, "On %s:", scenario->name);
	else
		word_wrap_say(&paragraph,
			      contrast->line_count > 1 ? "On the last line:" : "On this line:");
	say_best(&paragraph, contrast, line);
	say_sequenced(&paragraph, free_one, sequenced);
	say_reliable(&paragraph, free_one, contrast_find(contrast, line, TRIAL_RELIABLE));
	say_waits(&paragraph, free_one, contrast_find(contrast, line, TRIAL_RELIABLE));
	say_shared(&paragraph, sequenced, contrast_find(contrast, line, TRIAL_SHARED));
	say_throttled(&paragraph, free_one, contrast_find(contrast, line, TRIAL_THROTTLED));
	say_redundant(&paragraph, contrast, contrast_find(contrast, line, TRIAL_RAW),
		      contrast_find(contrast, line, TRIAL_REDUNDANT));
	say_stream(&paragraph, free_one, contrast_find(contrast, line, TRIAL_TCP),
		   contrast_find(contrast, line, TRIAL_NODELAY));
	say_rejoins(&paragraph, contrast, line);
	word_wrap_end(&paragraph);
}

/* The least that a channel of this line carried; UINT64_MAX: nothing was. */
static uint64_t least_packets(const struct contrast *contrast,
			      bool (*counts)(const struct trial_result *))
{
	uint64_t least = UINT64_MAX;

	for (size_t line = 0; line < contrast->line_count; line++) {
		const struct contrast_row *row = contrast_find(contrast, line, TRIAL_SEQUENCED);

		for (unsigned n = 0; row && n < row->count; n++)
			if (counts(&row->results[n]) && row->results[n].channel_packets < least)
				least = row->results[n].channel_packets;
	}
	return least;
}

static bool counts_always(const struct trial_result *result)
{
	(void)result;
	return true;
}

/* What stands in the figures of sequenced that is rarer in play. */
static void say_round(const struct contrast *contrast)
{
	struct word_wrap paragraph = { .out = stdout };
	const uint64_t short_ones = least_packets(contrast, contrast_is_short);
	const uint64_t least = least_packets(contrast, counts_always);

	if (least == UINT64_MAX)
		return;
	if (short_ones != UINT64_MAX) {
		word_wrap_say(
			&paragraph,
			"Not valid: a channel of sequenced had no more than %llu packets, and "
			"ENet sends every 65,536th reliably, which is not in all of these "
			"figures;",
			(unsigned long long)short_ones);
		if (contrast->is_strict)
			word_wrap_say(&paragraph, "from 0 it takes --seconds %.0f.",
				      (double)SEQUENCE_PERIOD / contrast->trial.rate_hz + 0.5);
		else
			word_wrap_say(&paragraph, "measure for longer.");
	} else if (least < SEQUENCE_PERIOD) {
		word_wrap_say(&paragraph,
			      "Note: ENet sends every 65,536th packet of a sequenced channel "
			      "reliably. Its numbers begin so far on that each channel has one "
			      "such packet here, of %llu or more; in play they are rarer.",
			      (unsigned long long)least);
	}
	word_wrap_end(&paragraph);
}

static void say_budget(struct word_wrap *paragraph, const struct contrast *contrast)
{
	bool learns = false;

	for (size_t line = 0; line < contrast->line_count; line++)
		learns = learns || trial_learns_budget(&contrast->lines[line].spec);
	if (learns)
		word_wrap_say(paragraph,
			      "On lines with a rate our relay learns what they carry, and skips "
			      "the rest; %s do not.",
			      contrast->is_live ? "raw, redundant, tcp and http"
						: "raw and redundant");
}

void contrast_print_words(const struct contrast *contrast)
{
	struct word_wrap paragraph = { .out = stdout };
	bool has_names = contrast->lines[0].scenario;

	putchar('\n');
	word_wrap_say(
		&paragraph,
		"Age: how old what a receiver knows of an entity is, over all time. Delay: of "
		"updates that were the newest as they came. Stall: the longest time above "
		"%d ms. Skipped: the relay had a newer state by then.",
		TRIAL_STALL_MS);
	if (contrast_find(contrast, 0, TRIAL_RAW) || contrast_find(contrast, 0, TRIAL_REDUNDANT))
		word_wrap_say(&paragraph, "Raw and redundant carry no events%s.",
			      contrast->trial.tick_hz > 0 ? ", and relay at once" : "");
	say_budget(&paragraph, contrast);
	if (contrast_find(contrast, 0, TRIAL_HTTP))
		word_wrap_say(&paragraph, "Http carries no events; its repeats are what a poll "
					  "brought again.");
	if (contrast->repeat > 1)
		word_wrap_say(
			&paragraph,
			"All figures are medians of the repetitions, which differed as min-max "
			"says; where such spreads overlap, no difference is claimed.");
	word_wrap_end(&paragraph);
	putchar('\n');
	for (size_t line = has_names ? 0 : contrast->line_count - 1; line < contrast->line_count;
	     line++)
		if (contrast_is_done(contrast, line, contrast->carrier_count - 1))
			say_line(contrast, line);
	say_round(contrast);
}
