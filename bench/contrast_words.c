#include "bench/contrast_rows.h"

#include <math.h>
#include <stdio.h>

#include "bench/paragraph.h"

/* Ages that differ by less are called the same. */
static const double same_ms = 1;

static double p99_ms(const struct trial_result *result)
{
	return (double)result->age_p99_us / 1000;
}

static double lost_percent(const struct trial_result *result)
{
	return contrast_percent(result->lost, result->due);
}

/* The modes whose p99 lies in this range: "raw, sequenced and shared". */
static void say_modes_in(struct paragraph *paragraph, const struct contrast *contrast, size_t line,
			 double from_ms, double to_ms)
{
	enum trial_carrier found[TRIAL_CARRIER_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const struct trial_result *row = contrast_row(contrast, line, i);

		if (row->age_p99_us >= 0 && p99_ms(row) >= from_ms && p99_ms(row) <= to_ms)
			found[count++] = contrast->carriers[i];
	}
	for (size_t i = 0; i < count; i++)
		paragraph_say(paragraph, "%s%s%s", i > 0 && i + 1 == count ? "and " : "",
			      trial_carrier_text(found[i]), i + 2 < count ? "," : "");
}

static void say_best(struct paragraph *paragraph, const struct contrast *contrast, size_t line)
{
	double best_ms = INFINITY, worst_ms = -1;

	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const struct trial_result *row = contrast_row(contrast, line, i);

		if (row->age_p99_us < 0)
			continue;
		best_ms = fmin(best_ms, p99_ms(row));
		worst_ms = fmax(worst_ms, p99_ms(row));
	}
	if (worst_ms < 0) {
		paragraph_say(paragraph, "Nothing arrived while it was measured.");
		return;
	}
	if (worst_ms - best_ms < same_ms) {
		paragraph_say(paragraph, "%s at p99: %.1f~ms.",
			      contrast->carrier_count > 1 ? "all are as old" : "age", best_ms);
		return;
	}
	paragraph_say(paragraph, "the youngest at p99, to a millisecond:");
	say_modes_in(paragraph, contrast, line, best_ms, best_ms + same_ms);
	paragraph_say(paragraph, "(%.1f~ms); oldest:", best_ms);
	say_modes_in(paragraph, contrast, line, worst_ms - same_ms / 100, worst_ms);
	paragraph_say(paragraph, "(%.1f~ms).", worst_ms);
}

static void say_sequenced(struct paragraph *paragraph, const struct trial_result *free_one,
			  const struct trial_result *sequenced)
{
	if (!free_one || !sequenced)
		return;
	if (lost_percent(sequenced) > lost_percent(free_one))
		paragraph_say(paragraph,
			      "Sequenced, where whatever was overtaken is dropped, loses %.1f~%%, "
			      "unsequenced %.1f~%%.",
			      lost_percent(sequenced), lost_percent(free_one));
	else
		paragraph_say(paragraph,
			      "Sequenced loses no more than unsequenced (%.1f~%%, %.1f~%%).",
			      lost_percent(sequenced), lost_percent(free_one));
}

static void say_reliable(struct paragraph *paragraph, const struct trial_result *free_one,
			 const struct trial_result *reliable)
{
	double more_ms;

	if (!free_one || !reliable)
		return;
	more_ms = p99_ms(reliable) - p99_ms(free_one);
	if (more_ms > same_ms)
		paragraph_say(
			paragraph,
			"Reliable loses %.1f~%%, but is %.0f~ms old at p99, where unsequenced "
			"is %.0f~ms old: there, states wait for those before them.",
			lost_percent(reliable), p99_ms(reliable), p99_ms(free_one));
	else
		paragraph_say(paragraph, "Reliable is not a millisecond older than unsequenced.");
}

/*
 * What had arrived and was kept back, for one before it that was lost or slower: apart from the
 * time that its own repeat took.
 */
static void say_waits(struct paragraph *paragraph, const struct trial_result *free_one,
		      const struct trial_result *reliable)
{
	if (!reliable || reliable->waited == 0)
		return;
	paragraph_say(paragraph,
		      "Of what came by reliable, %.1f~%% had arrived and waited for one before "
		      "it, up to %.0f~ms at p99 of all, %.0f~ms at most",
		      contrast_percent(reliable->waited, reliable->waits),
		      (double)reliable->wait_p99_us / 1000, (double)reliable->wait_max_us / 1000);
	if (free_one && free_one->waited == 0)
		paragraph_say(paragraph, "(head of line); of unsequenced, nothing ever waited.");
	else
		paragraph_say(paragraph, "(head of line).");
}

static void say_shared(struct paragraph *paragraph, const struct trial_result *sequenced,
		       const struct trial_result *shared)
{
	if (!sequenced || !shared)
		return;
	if (p99_ms(shared) > p99_ms(sequenced) + same_ms)
		paragraph_say(paragraph,
			      "Sharing a channel with reliable events, where states wait for lost "
			      "events, makes sequenced %.0f~ms old instead of %.0f~ms.",
			      p99_ms(shared), p99_ms(sequenced));
	else
		paragraph_say(paragraph,
			      "Sharing a channel with reliable events does not make sequenced "
			      "a millisecond older.");
}

static void say_throttled(struct paragraph *paragraph, const struct trial_result *free_one,
			  const struct trial_result *throttled)
{
	if (!throttled)
		return;
	if (throttled->throttled == 0) {
		paragraph_say(paragraph, "ENet's throttle, left on, dropped nothing.");
		return;
	}
	paragraph_say(paragraph,
		      "ENet's throttle, left on, dropped %llu packets before they were sent: "
		      "%.1f~%% of the updates are lost",
		      (unsigned long long)throttled->throttled, lost_percent(throttled));
	if (free_one)
		paragraph_say(paragraph, "with it, %.1f~%% without.", lost_percent(free_one));
	else
		paragraph_say(paragraph, "with it.");
}

static void say_redundant(struct paragraph *paragraph, const struct contrast *contrast,
			  const struct trial_result *raw, const struct trial_result *redundant)
{
	if (!raw || !redundant || raw->lost == 0)
		return;
	paragraph_say(paragraph,
		      "Redundant (k = %zu) loses %.2f~%% where raw loses %.2f~%%, for %.1f bytes "
		      "an update instead of %.1f;",
		      contrast->trial.redundancy, lost_percent(redundant), lost_percent(raw),
		      contrast_bytes_an_update(redundant), contrast_bytes_an_update(raw));
	if (fabs(p99_ms(redundant) - p99_ms(raw)) < same_ms)
		paragraph_say(paragraph, "it is no younger, as what is brought after is never the "
					 "newest.");
	else
		paragraph_say(paragraph, "it is %.0f~ms old at p99, raw %.0f~ms.",
			      p99_ms(redundant), p99_ms(raw));
}

/* What a stream over the kernel's TCP, or the model of one, makes of it. */
static void say_stream(struct paragraph *paragraph, const struct trial_result *free_one,
		       const struct trial_result *tcp, const struct trial_result *nodelay)
{
	if (!free_one || !tcp)
		return;
	paragraph_say(paragraph, "A TCP stream is %.0f~ms old at p99", p99_ms(tcp));
	if (nodelay)
		paragraph_say(paragraph, "(%.0f~ms with TCP_NODELAY)", p99_ms(nodelay));
	paragraph_say(paragraph, "where unsequenced is %.0f~ms old.", p99_ms(free_one));
}

static void say_rejoins(struct paragraph *paragraph, const struct contrast *contrast, size_t line)
{
	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const struct trial_result *row = contrast_row(contrast, line, i);

		if (row->rejoins > 0)
			paragraph_say(paragraph,
				      "In %s, sessions were lost and tried to join again %llu "
				      "times; what was due in between is lost, too.",
				      trial_carrier_text(contrast->carriers[i]),
				      (unsigned long long)row->rejoins);
	}
}

static void say_line(const struct contrast *contrast, size_t line)
{
	const struct scenario *scenario = contrast->lines[line].scenario;
	const struct trial_result *free_one = contrast_find(contrast, line, TRIAL_UNSEQUENCED);
	const struct trial_result *sequenced = contrast_find(contrast, line, TRIAL_SEQUENCED);
	struct paragraph paragraph = { .out = stdout };

	if (scenario)
		paragraph_say(&paragraph, "On %s:", scenario->name);
	else
		paragraph_say(&paragraph,
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
	paragraph_end(&paragraph);
}

static void say_short(const struct contrast *contrast)
{
	struct paragraph paragraph = { .out = stdout };
	uint64_t least = UINT64_MAX;

	for (size_t line = 0; line < contrast->line_count; line++) {
		const struct trial_result *row = contrast_find(contrast, line, TRIAL_SEQUENCED);

		if (row && contrast_is_short(row) && row->channel_packets < least)
			least = row->channel_packets;
	}
	if (least == UINT64_MAX)
		return;
	paragraph_say(&paragraph,
		      "%s sequenced had %llu packets in a channel, and ENet sends every 65,536th "
		      "reliably, which these figures do not show; it takes --seconds %.0f.",
		      contrast->is_strict ? "Not valid:" : "Note:", (unsigned long long)least,
		      (double)TRIAL_SEQUENCED_PERIOD / contrast->trial.rate_hz + 0.5);
	paragraph_end(&paragraph);
}

void contrast_print_words(const struct contrast *contrast)
{
	struct paragraph paragraph = { .out = stdout };
	bool has_names = contrast->lines[0].scenario;

	putchar('\n');
	paragraph_say(
		&paragraph,
		"Age: how old what a receiver knows of an entity is, over all time. Delay: of "
		"updates that were the newest as they came. Stall: the longest time above "
		"%d ms. Skipped: the relay had a newer state by then.",
		TRIAL_STALL_MS);
	if (contrast_find(contrast, 0, TRIAL_RAW) || contrast_find(contrast, 0, TRIAL_REDUNDANT))
		paragraph_say(&paragraph, "Raw and redundant carry no events%s.",
			      contrast->trial.tick_hz > 0 ? ", and relay at once" : "");
	if (contrast_find(contrast, 0, TRIAL_HTTP))
		paragraph_say(&paragraph, "Http carries no events; its repeats are what a poll "
					  "brought again.");
	paragraph_end(&paragraph);
	putchar('\n');
	for (size_t line = has_names ? 0 : contrast->line_count - 1; line < contrast->line_count;
	     line++)
		if (contrast_is_done(contrast, line, contrast->carrier_count - 1))
			say_line(contrast, line);
	say_short(contrast);
}
