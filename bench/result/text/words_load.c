/* A search for the largest load in words: its finding, and what kept it from more. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"
#include "bench/result/text/words.h"
#include "proto/wire/text.h"

enum {
	TEXT_BYTES = 128,
};

/* One search: its rows are those of a target. */
struct search {
	const struct result *result;
	char target[TEXT_BYTES];
	const struct result_row *found;
	bool is_first;
};

static const char *parameter(const struct result *result, const char *name,
			     char text[static TEXT_BYTES])
{
	const char *value = result_parameter_value(result, name);

	snprintf(text, TEXT_BYTES, "%s", value ? value : "");
	return text;
}

static bool has_label(const struct result_row *row, const char *label, const char *text)
{
	const char *value = result_row_label(row, label);

	return value && strcmp(value, text) == 0;
}

static bool is_of(const struct search *search, const struct result_row *row)
{
	return !result_row_label(row, "contender") || has_label(row, "contender", search->target);
}

static const char *cause_of(const struct result_row *row)
{
	return result_note_count(row) > 0 ? result_note_text(row, 0) : "";
}

/* A load in words: "128 members", "60 Hz of each of 64 members", "12 rooms of 16". */
static const char *load_text(const struct result *result, double load, char text[static TEXT_BYTES])
{
	char by[TEXT_BYTES], members[TEXT_BYTES], rate[TEXT_BYTES];

	parameter(result, "by", by);
	parameter(result, "members", members);
	parameter(result, "rate_hz", rate);
	if (strcmp(by, "rate") == 0)
		snprintf(text, TEXT_BYTES, "%.4g Hz of each of %.20s members", load, members);
	else if (strcmp(by, "rooms") == 0)
		snprintf(text, TEXT_BYTES, "%.0f %s of %.20s members at %.20s Hz", load,
			 text_plural((uint64_t)load, "room", "rooms"), members, rate);
	else
		snprintf(text, TEXT_BYTES, "%.0f %s at %.20s Hz", load,
			 text_plural((uint64_t)load, "member", "members"), rate);
	return text;
}

/* In per cent, the median over the runs of the load that was not carried. */
static double share_at_failed(const struct search *search, const char *figure)
{
	char by[TEXT_BYTES];
	double values[SPREAD_MAX];
	size_t count = 0;

	parameter(search->result, "by", by);
	for (size_t i = 0; i < result_row_count(search->result) && count < SPREAD_MAX; i++) {
		const struct result_row *row = result_row(search->result, i);
		const char *load = result_row_label(row, by);

		if (row != search->found && is_of(search, row) && load &&
		    atof(load) == result_median(search->found, "failed") &&
		    !has_label(row, "step", "path") && result_note_count(row) < 2)
			values[count++] = 100 * result_median(row, figure);
	}
	return spread_of(values, count).median;
}

static void say_limit(struct word_wrap *words, const struct search *search)
{
	char limit[TEXT_BYTES], refusal[TEXT_BYTES], said[TEXT_BYTES];

	parameter(search->result, "relay_limit", limit);
	parameter(search->result, "refusal", refusal);
	parameter(search->result, "refusal_words", said);
	word_wrap_say(words, "the relay's own limit");
	if (limit[0] != '\0')
		word_wrap_say(words, "of %s", limit);
	for (size_t i = 1; i < result_note_count(search->found); i++)
		word_wrap_say(words, "(%s)", result_note_text(search->found, i));
	if (said[0] != '\0')
		word_wrap_say(words, "(%s: %s)", refusal, said);
	else if (strcmp(refusal, "unanswered") == 0)
		word_wrap_say(words, "(it did not answer others who wanted to connect)");
}

static void say_bound(struct word_wrap *words, const struct search *search, const char *text)
{
	const double relay = share_at_failed(search, "core_share");

	word_wrap_say(words, "latency or loss beyond the bound at %s", text);
	if (isfinite(relay))
		word_wrap_say(words, "with the relay at %.0f~%% of its core", relay);
	else
		word_wrap_say(words, "(the relay's CPU is not known; --pid tells it)");
}

static void say_cause(struct word_wrap *words, const struct search *search)
{
	static const struct {
		const char *cause, *words;
	} ends[] = {
		{ "largest load to try", "nothing, as no larger load was to be tried" },
		{ "out of bouts", "all runs (--bouts) were used up" },
		{ "out of time", "the time (--limit) was used up" },
		{ "stopped", "a signal" },
		{ "relay gone", "the relay went away" },
		{ "failed", "it failed" },
	};
	const char *cause = cause_of(search->found);
	char text[TEXT_BYTES];

	load_text(search->result, result_median(search->found, "failed"), text);
	if (strcmp(cause, "relay's CPU") == 0)
		word_wrap_say(words, "the relay's CPU, whose core is full (%.0f~%%) at %s",
			      share_at_failed(search, "core_share"), text);
	else if (strcmp(cause, "bench") == 0)
		word_wrap_say(words,
			      "the bench, whose generator used %.0f~%% of its core at %s, so the "
			      "relay may carry more",
			      share_at_failed(search, "generator_core_share"), text);
	else if (strcmp(cause, "machine") == 0)
		word_wrap_say(words,
			      "other programs, which had the processor at %s, so the relay may "
			      "carry more",
			      text);
	else if (strcmp(cause, "socket buffers") == 0)
		word_wrap_say(words, "the relay's sockets, which dropped datagrams at %s", text);
	else if (strcmp(cause, "bound") == 0)
		say_bound(words, search, text);
	else if (strcmp(cause, "relay's own limit") == 0)
		say_limit(words, search);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(cause, ends[i].cause) == 0)
			word_wrap_say(words, "%s", ends[i].words);
}

/* How many runs others on the machine spoiled, and the flag that repeats more of them. */
static void say_disturbed(struct word_wrap *words, const struct search *search)
{
	unsigned runs = 0, disturbed = 0;
	char again[TEXT_BYTES];

	for (size_t i = 0; i < result_row_count(search->result); i++) {
		const struct result_row *row = result_row(search->result, i);

		if (row == search->found || !is_of(search, row) || has_label(row, "step", "path"))
			continue;
		runs++;
		disturbed += strcmp(cause_of(row), "machine") == 0;
	}
	if (disturbed == 0 && strcmp(cause_of(search->found), "machine") != 0)
		return;
	parameter(search->result, "again", again);
	word_wrap_say(words,
		      "(%u of %u runs were disturbed: --again %u measures more of them again)",
		      disturbed, runs, 2 * (unsigned)atoi(again) + 1);
}

static void say_search(const struct search *search, FILE *out)
{
	const double carried = result_median(search->found, "carried");
	const double ratio = result_median(search->found, "ratio");
	const bool is_valid = result_row_is_valid(search->found);
	const bool is_open = strcmp(cause_of(search->found), "largest load to try") == 0;
	struct word_wrap words = { .out = out };
	char text[TEXT_BYTES], bound[TEXT_BYTES];

	parameter(search->result, "bound", bound);
	if (result_row_label(search->found, "contender"))
		word_wrap_say(&words, "%s:", search->target);
	if (carried > 0)
		word_wrap_say(&words, "%s%s within %s%s;", is_open || !is_valid ? "At least " : "",
			      load_text(search->result, carried, text), bound,
			      is_valid ? "" : ", not valid as a maximum");
	else
		word_wrap_say(&words, "Nothing is carried within %s%s;", bound,
			      is_valid ? "" : ", not valid as a maximum");
	if (isfinite(ratio) && !search->is_first)
		word_wrap_say(&words, "%.3f times as much as the first;", ratio);
	word_wrap_say(&words, "what stopped it:");
	say_cause(&words, search);
	say_disturbed(&words, search);
	word_wrap_full_stop(&words);
	word_wrap_end(&words);
}

void words_load_rows(const struct result *result, FILE *out)
{
	(void)result;
	fputs("behind a row: whether its load was carried, or what kept it from that.\n", out);
}

void words_load(const struct result *result, FILE *out)
{
	bool is_first = true;

	for (size_t i = 0; i < result_row_count(result); i++) {
		struct search search = { .result = result, .found = result_row(result, i) };
		const char *target = result_row_label(search.found, "contender");

		if (!has_label(search.found, "step", "result"))
			continue;
		if (!target)
			target = result_parameter_value(result, "contender");
		snprintf(search.target, sizeof(search.target), "%s", target ? target : "");
		search.is_first = is_first;
		say_search(&search, out);
		is_first = false;
	}
}
