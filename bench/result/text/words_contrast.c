/* The modes of a contrast in words, which one to choose, and why. */
#include "bench/result/text/words.h"

#include <math.h>
#include <string.h>

#include "bench/result/text/word_wrap.h"

enum {
	MODES_MAX = 16,
};

static const struct mode {
	const char *name, *description;
	const char *ages;  /* why its states are old where they are the oldest; NULL: nothing */
	const char *loses; /* why it loses more than others; NULL: nothing */
} modes[] = {
	{ "unsequenced", "sent once, taken in any order", NULL, NULL },
	{ "sequenced", "sent once, dropped where a newer packet of the channel came first", NULL,
	  "what a newer packet overtook is dropped" },
	{ "reliable", "sent until it arrives, taken in order",
	  "what follows a lost update waits for its repeat", NULL },
	{ "shared", "sequenced, in one channel with reliable events",
	  "states wait for the repeats of lost events", "what a newer packet overtook is dropped" },
	{ "throttled", "unsequenced, with ENet's packet throttle left on", NULL,
	  "ENet's throttle drops packets before they are sent" },
	{ "raw", "a bare datagram for each update; no events", NULL, NULL },
	{ "redundant", "raw, with older states in each datagram, too; no events", NULL, NULL },
	{ "tcp", "a TCP stream", "a stream waits for the repeat of what was lost", NULL },
	{ "nodelay", "a TCP stream with TCP_NODELAY",
	  "a stream waits for the repeat of what was lost", NULL },
	{ "http", "polling over HTTP; no events", "what is new waits for the next poll", NULL },
};

/* A link with the modes that were tried on it. */
struct link {
	const char *name;
	const struct result_row *rows[MODES_MAX];
	size_t count;
};

static const char *mode_of(const struct result_row *row)
{
	return result_row_label(row, "mode");
}

static const struct mode *mode_find(const char *name)
{
	static const struct mode unknown = { 0 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return &unknown;
}

/* Spreads. */

/* Ages that differ by less are called the same. */
static const double same_us = 1000;

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

static struct spread age(const struct result_row *row)
{
	return result_spread(row, "age_p99_us");
}

static struct spread lost(const struct result_row *row)
{
	return result_share(row, "lost", "due");
}

/* Whether the row can be chosen: it is valid, and something came. */
static bool is_choosable(const struct result_row *row)
{
	return result_row_is_valid(row) && isfinite(age(row).median) &&
	       result_spread(row, "delivered").max > 0;
}

/* The row whose median is the least, the first of equals, or with `sign` -1 the largest; NULL. */
static const struct result_row *find_end(const struct link *link,
					 struct spread (*figure)(const struct result_row *row),
					 double sign)
{
	const struct result_row *found = NULL;

	for (size_t i = 0; i < link->count; i++)
		if (is_choosable(link->rows[i]) &&
		    (!found || sign * figure(link->rows[i]).median < sign * figure(found).median))
			found = link->rows[i];
	return found;
}

/* Sentences. */

/* The first of the modes that are not told from the freshest: ours stand before bare ones. */
static const struct result_row *find_best(const struct link *link)
{
	const struct result_row *freshest = find_end(link, age, 1);

	for (size_t i = 0; freshest && i < link->count; i++)
		if (is_choosable(link->rows[i]) &&
		    words_order(age(link->rows[i]), age(freshest), same_us) != WORDS_MORE)
			return link->rows[i];
	return NULL;
}

/* "(not told apart: raw, throttled)": the others that are as fresh as can be said. */
static void say_as_fresh(struct word_wrap *words, const struct link *link,
			 const struct result_row *best)
{
	const char *found[MODES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < link->count; i++)
		if (is_choosable(link->rows[i]) && link->rows[i] != best &&
		    words_order(age(link->rows[i]), age(best), same_us) != WORDS_MORE)
			found[count++] = mode_of(link->rows[i]);
	for (size_t i = 0; i < count; i++)
		word_wrap_say(words, "%s%s%s", i == 0 ? "(not told apart: " : "", found[i],
			      i + 1 == count ? ")" : ",");
}

static void say_choice(struct word_wrap *words, const struct link *link,
		       const struct result_row *best, const struct result_row *oldest)
{
	const bool is_older = words_order(age(oldest), age(best), same_us) == WORDS_MORE;

	word_wrap_say(words,
		      "%s %s%s for 99~%% of the time the newest state that a member has of "
		      "another is at most %.0f~ms old",
		      link->count > 1 ? "Choose" : "With", mode_of(best),
		      link->count > 1 ? ":" : ",", age(best).median / 1e3);
	say_as_fresh(words, link, best);
	if (is_older)
		word_wrap_say(words, "and with %s at most %.0f~ms", mode_of(oldest),
			      age(oldest).median / 1e3);
	word_wrap_full_stop(words);
}

static void say_why_old(struct word_wrap *words, const struct result_row *oldest)
{
	const char *why = mode_find(mode_of(oldest))->ages;
	const double waited = result_share(oldest, "hol_waited", "hol_count").median;

	if (!why)
		return;
	word_wrap_say(words, "With %s, %s%s", mode_of(oldest), why, waited > 0 ? ":" : ".");
	if (waited > 0)
		word_wrap_say(words, "%.1f~%% of its updates waited, up to %.0f~ms at p99.",
			      100 * waited, result_median(oldest, "hol_p99_us") / 1e3);
}

static void say_loss(struct word_wrap *words, const struct result_row *best,
		     const struct result_row *loser)
{
	const char *why = mode_find(mode_of(loser))->loses;

	word_wrap_say(words, "With %s, %.1f~%% of the updates are lost, with %s %.1f~%%%s%s.",
		      mode_of(loser), 100 * lost(loser).median, mode_of(best),
		      100 * lost(best).median, why ? ": " : "", why ? why : "");
}

static void say_link(const struct link *link, const char *where, FILE *out)
{
	const struct result_row *best = find_best(link), *oldest = find_end(link, age, -1);
	const struct result_row *loser = find_end(link, lost, -1);
	struct word_wrap words = { .out = out };

	if (where)
		word_wrap_say(&words, "On %s:", where);
	if (!best) {
		word_wrap_say(&words, "Nothing to choose from arrived in a valid run.");
		word_wrap_end(&words);
		return;
	}
	say_choice(&words, link, best, oldest);
	if (words_order(age(oldest), age(best), same_us) == WORDS_MORE)
		say_why_old(&words, oldest);
	if (words_order(lost(loser), lost(best), 0) == WORDS_MORE)
		say_loss(&words, best, loser);
	word_wrap_end(&words);
}

/* The whole. */

/* The rows of the link that begins with row `first`; returns the row behind them. */
static size_t take_link(const struct result *result, size_t first, struct link *link)
{
	const size_t count = result_row_count(result);
	size_t i = first;

	*link = (struct link){ .name = result_row_label(result_row(result, first), "scenario") };
	for (; i < count; i++) {
		const struct result_row *row = result_row(result, i);

		if (strcmp(result_row_label(row, "scenario"), link->name) != 0)
			break;
		if (link->count < MODES_MAX)
			link->rows[link->count++] = row;
	}
	return i;
}

/* Whether it is one of the scenarios, that have names; other links are their own text. */
static bool is_named(const struct result *result, const struct link *link, size_t n)
{
	char parameter[32];
	const char *text;

	snprintf(parameter, sizeof(parameter), "line_%zu", n);
	text = result_parameter_value(result, parameter);
	return !text || strcmp(text, link->name) != 0;
}

void words_contrast_modes(const struct result *result, FILE *out)
{
	struct link link = { 0 };

	if (result_row_count(result) > 0)
		take_link(result, 0, &link);
	for (size_t i = 0; i < link.count; i++) {
		const struct mode *mode = mode_find(mode_of(link.rows[i]));

		if (mode->name)
			fprintf(out, "%s: %s.\n", mode->name, mode->description);
	}
}

/* Where a link was not measured in all modes, nothing is said. */
void words_contrast(const struct result *result, FILE *out)
{
	const size_t count = result_row_count(result);
	struct link first, link;

	if (count == 0)
		return;
	take_link(result, 0, &first);
	for (size_t i = 0, n = 1; i < count; n++) {
		i = take_link(result, i, &link);
		if (link.count < first.count)
			continue;
		if (is_named(result, &link, n))
			say_link(&link, link.name, out);
		else if (i == count)
			say_link(&link, n > 1 ? "the last link" : NULL, out);
	}
}
