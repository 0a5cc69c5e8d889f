#include "client/tour/chapters/request_results.h"

#include <poll.h>
#include <string.h>

#include "client/tour/chapters/polling.h"
#include "client/tour/page/fold.h"
#include "client/tour/page/terminal_page.h"

enum {
	DELAY_MS = 20, /* of the links of the first step, each way */
	ASK_LIMIT_MS = 6000,
	WATCH_MS = 5000,
	TURN_MS = 100,
	NAME_COLUMNS = 24,
	NUMBER_COLUMNS = 8,
	BAR_MAX = 20,
};

static const char ask_link[] = "delay=20ms", watch_link[] = "delay=40ms,jitter=5ms,loss=5%";

/* A text of the chapter, as "4.way.0". */
static const char *text_of(const struct tour *tour, const char *name,
			   char out[static LANGUAGE_TEXT_BYTES])
{
	char key[40];

	snprintf(key, sizeof(key), "4.%s", name);
	return language_text(tour->language, key, out) ? out : "";
}

/* A line of a table: a name, numbers as texts, and a bar. */
struct line {
	char text[256];
	size_t used;
};

static void add_name(struct line *line, const char *name)
{
	line->used = (size_t)snprintf(line->text, sizeof(line->text), "  %s%*s", name,
				      NAME_COLUMNS - (int)fold_columns(name), "");
}

static void add_number(struct line *line, const char *number)
{
	line->used +=
		(size_t)snprintf(line->text + line->used, sizeof(line->text) - line->used, "%*s%s",
				 NUMBER_COLUMNS - (int)fold_columns(number), "", number);
}

/* A number with so many digits after the point. */
static void add_value(struct line *line, double value, int digits)
{
	char number[32];

	snprintf(number, sizeof(number), "%.*f", digits, value);
	add_number(line, number);
}

/* `name` and a bar for `value`, where `longest` has the longest. */
static void add_bar(struct line *line, double value, double longest)
{
	const int length = longest > 0 ? (int)(BAR_MAX * value / longest + 0.5) : 0;

	line->used += (size_t)snprintf(line->text + line->used, sizeof(line->text) - line->used,
				       " %.*s", length, "####################");
}

/* The columns' names, as "ask.column.0". */
static void draw_head(struct tour *tour, const char *table, int columns)
{
	char key[32], text[LANGUAGE_TEXT_BYTES];
	struct line line;

	add_name(&line, "");
	for (int i = 0; i < columns; i++) {
		snprintf(key, sizeof(key), "%s.column.%d", table, i);
		add_number(&line, text_of(tour, key, text));
	}
	step_draw(tour, "%s", line.text);
}

static const char *way_name(const struct tour *tour, int way, char out[static LANGUAGE_TEXT_BYTES])
{
	char key[16];

	snprintf(key, sizeof(key), "way.%d", way);
	return text_of(tour, key, out);
}

/* Who is where. */
static void draw_link(struct tour *tour, const struct polling *polling, const char *link)
{
	char text[LANGUAGE_TEXT_BYTES];

	step_draw(tour, "  %s ==[ %s ]==", text_of(tour, "clients", text),
		  polling->has_links ? link : "127.0.0.1");
	step_draw(tour, "%s", "");
}

/* Lets the reader see that it goes on: the ages of now. */
static void show_ages(struct tour *tour, const struct polling *polling, int left_ms)
{
	static const char *const names[POLLING_WAYS] = { "HTTP new", "HTTP kept", "TCP", "UDP" };
	char ages[FOLD_COLUMNS];
	int used = 0;

	for (int way = 0; way < POLLING_WAYS; way++)
		used += snprintf(ages + used, sizeof(ages) - (size_t)used, "  %s %4.0f ms",
				 names[way],
				 polling_figures(polling, (enum polling_way)way).age_ms);
	step_progress(tour, "%d s%s", (left_ms + 999) / 1000, ages);
}

static bool have_all_done(const struct polling *polling)
{
	bool have_done = true;

	for (int way = 0; way < POLLING_WAYS; way++)
		have_done &= polling_figures(polling, (enum polling_way)way).has_done;
	return have_done;
}

/* Runs the task for `limit_ms` at most; the figures are then in `polling`. False: it cannot. */
static bool run(struct tour *tour, struct polling *polling, enum polling_task task,
		const char *link, int limit_ms)
{
	if (polling_start(polling, task, link) < 0)
		return false;
	for (int left_ms = limit_ms; left_ms > 0 && !tour->is_over; left_ms -= TURN_MS) {
		if (task == POLLING_ASK && have_all_done(polling))
			break;
		if (task == POLLING_WATCH)
			show_ages(tour, polling, left_ms);
		/* A signal may cut it short, and is then looked for. */
		(void)poll(NULL, 0, TURN_MS);
		tour->is_over |= terminal_page_was_stopped();
	}
	polling_stop(polling);
	if (task == POLLING_WATCH && tour->wait == STEP_KEYS)
		terminal_page_forget_keys(tour->key_fd);
	return true;
}

static void draw_cost(struct tour *tour, const struct polling *polling)
{
	char name[LANGUAGE_TEXT_BYTES];
	struct line line;

	draw_head(tour, "cost", 4);
	for (int way = 0; way < POLLING_WAYS; way++) {
		const struct polling_figures figures =
			polling_figures(polling, (enum polling_way)way);

		add_name(&line, way_name(tour, way, name));
		add_value(&line, (double)figures.waits / POLLING_QUESTIONS, 0);
		add_value(&line, figures.spent_ms / POLLING_QUESTIONS, 1);
		if (polling->has_links) {
			add_value(&line, (double)figures.packets / POLLING_QUESTIONS, 1);
			add_value(&line, (double)figures.bytes / POLLING_QUESTIONS, 0);
		} else {
			add_number(&line, "-");
			add_number(&line, "-");
		}
		step_draw(tour, "%s", line.text);
	}
}

/* The variant of the text that is true; NULL: the text itself. */
static const char *cost_variant(const struct polling *polling)
{
	struct polling_figures ways[POLLING_WAYS];

	for (int way = 0; way < POLLING_WAYS; way++)
		ways[way] = polling_figures(polling, (enum polling_way)way);
	if (!have_all_done(polling))
		return "other";
	if (!polling->has_links)
		return "plain";
	return ways[POLLING_HTTP_NEW].spent_ms > ways[POLLING_HTTP_KEPT].spent_ms &&
			       ways[POLLING_HTTP_NEW].bytes > ways[POLLING_HTTP_KEPT].bytes &&
			       ways[POLLING_HTTP_KEPT].bytes > ways[POLLING_TCP].bytes &&
			       ways[POLLING_TCP].bytes > ways[POLLING_UDP].bytes
		       ? NULL
		       : "other";
}

static bool costs(struct tour *tour)
{
	struct polling polling;
	bool has_run;

	step_begin(tour, "cost");
	has_run = run(tour, &polling, POLLING_ASK, ask_link, ASK_LIMIT_MS);
	step_word(tour, "n", "%d", POLLING_QUESTIONS);
	step_word(tour, "rtt", "%d", 2 * DELAY_MS);
	step_word(tour, "seconds", "%d", WATCH_MS / 1000);
	if (has_run) {
		step_variant(tour, cost_variant(&polling));
		draw_link(tour, &polling, ask_link);
		draw_cost(tour, &polling);
	} else {
		step_variant(tour, "missing");
	}
	step_end(tour);
	polling_free(&polling);
	return has_run;
}

static void draw_ages(struct tour *tour, const struct polling *polling)
{
	struct polling_figures ways[POLLING_WAYS];
	char name[LANGUAGE_TEXT_BYTES];
	double longest = 0;
	struct line line;

	for (int way = 0; way < POLLING_WAYS; way++) {
		ways[way] = polling_figures(polling, (enum polling_way)way);
		if (ways[way].mean_age_ms > longest)
			longest = ways[way].mean_age_ms;
	}
	draw_head(tour, "watch", 4);
	for (int way = 0; way < POLLING_WAYS; way++) {
		add_name(&line, way_name(tour, way, name));
		add_value(&line, ways[way].mean_age_ms, 0);
		add_value(&line, ways[way].worst_age_ms, 0);
		add_value(&line, ways[way].answers, 0);
		add_value(&line, ways[way].lost, 0);
		add_bar(&line, ways[way].mean_age_ms, longest);
		step_draw(tour, "%s", line.text);
	}
}

/* The variant of the text that is true; NULL: the text itself. */
static const char *watch_variant(const struct polling *polling)
{
	struct polling_figures ways[POLLING_WAYS];

	for (int way = 0; way < POLLING_WAYS; way++) {
		ways[way] = polling_figures(polling, (enum polling_way)way);
		if (ways[way].answers == 0)
			return "other";
	}
	if (!polling->has_links)
		return "plain";
	return ways[POLLING_HTTP_NEW].mean_age_ms > ways[POLLING_HTTP_KEPT].mean_age_ms &&
			       ways[POLLING_HTTP_KEPT].mean_age_ms >
				       ways[POLLING_UDP].mean_age_ms &&
			       ways[POLLING_TCP].mean_age_ms > ways[POLLING_UDP].mean_age_ms &&
			       ways[POLLING_TCP].worst_age_ms > ways[POLLING_UDP].worst_age_ms &&
			       ways[POLLING_TCP].lost > 0
		       ? NULL
		       : "other";
}

static bool watches(struct tour *tour)
{
	struct polling polling;
	bool has_run;

	step_begin(tour, "watch");
	has_run = run(tour, &polling, POLLING_WATCH, watch_link, WATCH_MS);
	step_word(tour, "hz", "%d", POLLING_HZ);
	step_word(tour, "seconds", "%d", WATCH_MS / 1000);
	if (has_run) {
		step_variant(tour, watch_variant(&polling));
		step_word(tour, "new", "%.0f",
			  polling_figures(&polling, POLLING_HTTP_NEW).mean_age_ms);
		step_word(tour, "udp", "%.0f", polling_figures(&polling, POLLING_UDP).mean_age_ms);
		draw_link(tour, &polling, watch_link);
		draw_ages(tour, &polling);
	} else {
		step_variant(tour, "missing");
	}
	step_end(tour);
	polling_free(&polling);
	return has_run;
}

bool request_results(struct tour *tour)
{
	if (tour->is_over)
		return true;
	return (costs(tour) && (tour->is_over || watches(tour))) || tour->is_over;
}
