#include "bench/result/tables/load_report.h"

#include <math.h>
#include <string.h>

#include "bench/result/word_wrap.h"
#include "proto/net/endpoint.h"
#include "proto/wire/text.h"

const char *load_text(const struct load_config *config, double load,
		      char text[static LOAD_TEXT_BYTES])
{
	switch (config->by) {
	case LOAD_BY_MEMBERS:
		snprintf(text, LOAD_TEXT_BYTES, "%.0f %s", load,
			 text_plural((uint64_t)load, "member", "members"));
		break;
	case LOAD_BY_RATE:
		snprintf(text, LOAD_TEXT_BYTES, "%.4g Hz", load);
		break;
	case LOAD_BY_ROOMS:
		snprintf(text, LOAD_TEXT_BYTES, "%.0f %s of %u", load,
			 text_plural((uint64_t)load, "room", "rooms"), config->members);
		break;
	}
	return text;
}

const char *load_cause_word(enum load_cause cause)
{
	static const char *const words[LOAD_CAUSES] = {
		[LOAD_CARRIED] = "carried",
		[LOAD_BY_RELAY] = "relay's CPU",
		[LOAD_BY_GENERATOR] = "bench",
		[LOAD_BY_MACHINE] = "machine",
		[LOAD_BY_SOCKETS] = "socket buffers",
		[LOAD_BY_BOUND] = "bound",
		[LOAD_BY_ITS_LIMIT] = "relay's own limit",
		[LOAD_BY_MOST] = "largest load to try",
		[LOAD_OUT_OF_BOUTS] = "out of bouts",
		[LOAD_OUT_OF_TIME] = "out of time",
		[LOAD_STOPPED] = "stopped",
		[LOAD_RELAY_GONE] = "relay gone",
		[LOAD_FAILED] = "failed",
	};

	return words[cause];
}

const char *load_limit_text(const struct load_config *config, const struct load_limit *limit,
			    char text[static LOAD_TEXT_BYTES])
{
	const struct generator_refusal *refusal = &limit->refusal;
	const char *noun = "client";
	unsigned count = refusal->admitted;

	if (refusal->kind == GENERATOR_FULL && refusal->reason == WIRE_REASON_ROOM_FULL) {
		noun = "member";
	} else if (refusal->kind == GENERATOR_FULL && config->by == LOAD_BY_ROOMS &&
		   refusal->rooms < limit->tried) {
		noun = "room";
		count = refusal->rooms;
	}
	snprintf(text, LOAD_TEXT_BYTES, "%u %s%s%s", count, noun, count == 1 ? "" : "s",
		 strcmp(noun, "member") == 0 ? " in a room" : "");
	return text;
}

/* Figures of a step. Each has the signature that gather takes. */

static double relay_percent(const struct load_step *step)
{
	return 100 * load_relay_share(&step->bout);
}

static double generator_percent(const struct load_step *step)
{
	return 100 * load_generator_share(&step->bout);
}

static double latency_ms(const struct load_step *step, enum bound_figure figure)
{
	return bound_figure_us(&step->bout.load, figure) / 1e3;
}

static double p50_ms(const struct load_step *step)
{
	return latency_ms(step, BOUND_P50);
}

static double p99_ms(const struct load_step *step)
{
	return latency_ms(step, BOUND_P99);
}

static double age_ms(const struct load_step *step)
{
	return latency_ms(step, BOUND_AGE);
}

static double loss_percent(const struct load_step *step)
{
	return 100 * bound_loss(&step->bout.load);
}

static double late_ms(const struct load_step *step)
{
	return (double)step->bout.load.late_p99_us / 1e3;
}

size_t load_gather(const struct load_result *found, double load,
		   double (*figure)(const struct load_step *step), double values[static SPREAD_MAX])
{
	size_t count = 0;

	for (unsigned i = 0; i < found->step_count && count < SPREAD_MAX; i++)
		if (found->steps[i].load == load && !found->steps[i].is_disturbed)
			values[count++] = figure(&found->steps[i]);
	return count;
}

static struct spread spread(const struct load_result *found, double load,
			    double (*figure)(const struct load_step *step))
{
	double values[SPREAD_MAX];

	return spread_of(values, load_gather(found, load, figure, values));
}

/* The table. */

static void print_figure(FILE *out, double value, int width, int decimals)
{
	if (isfinite(value))
		fprintf(out, " %*.*f", width, decimals, value);
	else
		fprintf(out, " %*s", width, "-");
}

static void print_step(FILE *out, const char *name, const struct load_step *step)
{
	fprintf(out, "%-5s %7u %5u %7.5g", name, step->members, step->rooms, step->rate_hz);
	print_figure(out, load_delivered_per_s(step), 10, 0);
	print_figure(out, relay_percent(step), 6, 1);
	print_figure(out, generator_percent(step), 6, 1);
	print_figure(out, p99_ms(step), 8, 2);
	print_figure(out, age_ms(step), 8, 2);
	print_figure(out, loss_percent(step), 7, 3);
	print_figure(out, late_ms(step), 7, 2);
	if (step->load > 0)
		fprintf(out, step->is_disturbed ? "  (%s)" : "  %s", load_cause_word(step->cause));
	fputc('\n', out);
}

static void print_table(const struct load_result *found, FILE *out)
{
	char name[16];

	if (found->path_count == 0)
		return;
	fprintf(out, "\n%-5s %7s %5s %7s %10s %6s %6s %8s %8s %7s %7s\n", "bout", "members",
		"rooms", "rate", "delivered", "relay", "bench", "delay", "age", "loss", "late");
	fprintf(out, "%-5s %7s %5s %7s %10s %6s %6s %8s %8s %7s %7s\n", "", "", "", "Hz",
		"a second", "core %", "core %", "p99 ms", "p99 ms", "%", "p99 ms");
	for (unsigned i = 0; i < found->path_count; i++)
		print_step(out, "path", &found->paths[i]);
	for (unsigned i = 0; i < found->step_count; i++) {
		snprintf(name, sizeof(name), "%u", found->steps[i].number);
		print_step(out, name, &found->steps[i]);
	}
}

/* The words. */

static void say_spread(struct word_wrap *words, const char *name, const struct spread *figure,
		       int decimals, const char *unit)
{
	if (!isfinite(figure->median))
		word_wrap_say(words, "%s not known,", name);
	else
		word_wrap_say(words, "%s %.*f~%s (%.*f~to~%.*f),", name, decimals, figure->median,
			      unit, decimals, figure->min, decimals, figure->max);
}

static void say_carried(struct word_wrap *words, const struct load_config *config,
			const struct load_result *found)
{
	char text[LOAD_TEXT_BYTES];
	struct load_step step = load_step_of(config, found->carried);
	const struct spread delivered = spread(found, found->carried, load_delivered_per_s),
			    relay = spread(found, found->carried, relay_percent),
			    p50 = spread(found, found->carried, p50_ms),
			    p99 = spread(found, found->carried, p99_ms),
			    age = spread(found, found->carried, age_ms),
			    loss = spread(found, found->carried, loss_percent);
	double values[SPREAD_MAX];
	const size_t bouts = load_gather(found, found->carried, load_delivered_per_s, values);

	word_wrap_say(words, "Largest load carried: %s%s",
		      found->cause == LOAD_BY_MOST || !load_is_valid(found) ? "at least " : "",
		      load_text(config, found->carried, text));
	if (config->by == LOAD_BY_RATE)
		word_wrap_say(words, "of each of %u members,", step.members);
	else
		word_wrap_say(words, "at %.4g~Hz,", step.rate_hz);
	word_wrap_say(words, "%.0f updates a second in. Medians of %zu %s (smallest to largest):",
		      load_sent_per_s(&step), bouts, text_plural(bouts, "bout", "bouts"));
	say_spread(words, "delivered", &delivered, 0, "a~second");
	say_spread(words, "the relay's core", &relay, 1, "%");
	say_spread(words, "delay p50", &p50, 2, "ms");
	say_spread(words, "p99", &p99, 2, "ms");
	say_spread(words, "age p99", &age, 2, "ms");
	word_wrap_say(words, "loss %.3f~%% (%.3f~to~%.3f).", loss.median, loss.min, loss.max);
}

/* What was wrong with the first bout of the load that failed for it. */
static void say_faults(struct word_wrap *words, const struct load_result *found)
{
	char text[RUN_VALIDITY_REASON_BYTES];
	const struct load_step *step = NULL;

	for (unsigned i = 0; i < found->step_count && !step; i++)
		if (found->steps[i].load == found->failed &&
		    found->steps[i].cause == LOAD_BY_MACHINE && !found->steps[i].is_disturbed)
			step = &found->steps[i];
	for (unsigned fault = 0; step && fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (run_validity_has(&step->bout.load.conduct, (enum run_validity_fault)fault))
			word_wrap_say(words, "%s,",
				      run_validity_reason(&step->bout.load.conduct,
							  (enum run_validity_fault)fault, text));
}

static void say_limit(struct word_wrap *words, const struct load_config *config,
		      const struct load_result *found)
{
	const struct load_limit *limit = &found->limit;
	const struct load_step tried = load_step_of(config, limit->tried);
	char text[LOAD_TEXT_BYTES];

	if (limit->tried == 0) {
		word_wrap_say(words, "Bounded by the relay's own limit.");
		return;
	}
	word_wrap_say(words, "Bounded by the relay's own limit of %s: of %u members it let in %u",
		      load_limit_text(config, limit, text), tried.members, limit->refusal.admitted);
	if (limit->refusal.kind == GENERATOR_FULL)
		word_wrap_say(words, "and refused others: %s (%s).",
			      wire_reason_name(limit->refusal.reason), limit->refusal.text);
	else
		word_wrap_say(words, "and did not answer others who wanted to connect.");
}

/* The search ended before it found the edge. What was not carried so far bounds what it can be. */
static void say_open_end(struct word_wrap *words, const struct load_config *config,
			 const struct load_result *found)
{
	static const char *const ends[LOAD_CAUSES] = {
		[LOAD_OUT_OF_BOUTS] = "all bouts (--bouts) are used up",
		[LOAD_OUT_OF_TIME] = "the time (--limit) is used up",
		[LOAD_STOPPED] = "it was stopped by a signal",
		[LOAD_RELAY_GONE] = "the relay went away",
		[LOAD_FAILED] = "it failed",
	};
	char text[LOAD_TEXT_BYTES];

	word_wrap_say(words, "The search is not through: %s.", ends[found->cause]);
	if (found->failed > 0)
		word_wrap_say(words, "Not carried so far: %s.",
			      load_text(config, found->failed, text));
}

static void say_cause(struct word_wrap *words, const struct load_config *config,
		      const struct load_result *found)
{
	const struct spread relay = spread(found, found->failed, relay_percent),
			    bench = spread(found, found->failed, generator_percent);
	char text[LOAD_TEXT_BYTES];

	load_text(config, found->failed, text);
	switch (found->cause) {
	case LOAD_BY_RELAY:
		word_wrap_say(words,
			      "Bounded by the relay's CPU: at %s its core is full (%.0f~%%).", text,
			      relay.median);
		break;
	case LOAD_BY_GENERATOR:
		word_wrap_say(words,
			      "Bounded by the bench, not by the relay: at %s the generator used "
			      "%.0f~%% of its core; the relay may carry more.",
			      text, bench.median);
		break;
	case LOAD_BY_MACHINE:
		word_wrap_say(words, "Bounded by this machine, not by the relay: at %s", text);
		say_faults(words, found);
		word_wrap_say(words,
			      "while both had processor time left; the relay may carry more.");
		break;
	case LOAD_BY_SOCKETS:
		word_wrap_say(words,
			      "Bounded by the socket buffers: at %s the relay's sockets dropped "
			      "datagrams that it did not read in time.",
			      text);
		break;
	case LOAD_BY_BOUND:
		word_wrap_say(words,
			      "Bounded by the bound itself: at %s latency or loss is beyond it",
			      text);
		if (isfinite(relay.median))
			word_wrap_say(words, "while the relay uses %.0f~%% of its core.",
				      relay.median);
		else
			word_wrap_say(words, "(the relay's CPU is not known; --pid tells it).");
		break;
	case LOAD_BY_ITS_LIMIT:
		say_limit(words, config, found);
		break;
	case LOAD_BY_MOST:
		word_wrap_say(words,
			      "Bounded by the search: nothing larger than %s was to be tried.",
			      load_text(config, config->most, text));
		break;
	case LOAD_OUT_OF_BOUTS:
	case LOAD_OUT_OF_TIME:
	case LOAD_STOPPED:
	case LOAD_RELAY_GONE:
	case LOAD_FAILED:
		say_open_end(words, config, found);
		break;
	case LOAD_CARRIED:
	case LOAD_CAUSES:
		break;
	}
}

const char *load_why_not_valid(const struct load_result *found)
{
	if (found->error[0] != '\0')
		return found->error;
	if (found->cause == LOAD_BY_GENERATOR)
		return "the bench was at its own limit, so this is no maximum of the relay";
	if (found->cause == LOAD_BY_MACHINE)
		return "other programs had the processor, so this is no maximum of the relay";
	if (found->cause == LOAD_OUT_OF_BOUTS)
		return "the search ran out of bouts, so a larger load may be carried, too";
	if (found->cause == LOAD_OUT_OF_TIME)
		return "the search ran out of time, so a larger load may be carried, too";
	return found->is_complete ? NULL : "the search did not come to its end";
}

static void say_disturbed(struct word_wrap *words, const struct load_result *found)
{
	unsigned count = 0, again = 0;

	for (unsigned i = 0; i < found->step_count; i++) {
		count += found->steps[i].cause == LOAD_BY_MACHINE;
		again += found->steps[i].is_disturbed;
	}
	if (count > 0)
		word_wrap_say(words, "%u of %u bouts were disturbed by other programs.", count,
			      found->step_count);
	if (again > 0)
		word_wrap_say(words, "%u of them, in brackets, do not count and were run again.",
			      again);
}

static void print_words(const struct load_config *config, const struct load_result *found,
			FILE *out)
{
	struct word_wrap words = { .out = out };
	char text[LOAD_TEXT_BYTES];
	const char *reason = load_why_not_valid(found);

	if (found->carried > 0)
		say_carried(&words, config, found);
	else if (found->failed > 0)
		word_wrap_say(&words, "Nothing is carried within the bound, not even %s.",
			      load_text(config, found->failed, text));
	say_cause(&words, config, found);
	say_disturbed(&words, found);
	word_wrap_end(&words);
	if (!reason)
		return;
	word_wrap_say(&words, "not valid: %s", reason);
	word_wrap_end(&words);
}

static void print_search(const struct load_config *config, const struct load_result *found,
			 FILE *out)
{
	char bound[BOUND_TEXT_BYTES], at[ENDPOINT_TEXT_BYTES];

	bound_describe(&config->bound, bound);
	endpoint_format(at, config->base.host, config->base.port);
	fprintf(out, "%s", config->is_running ? at : config->contender.label);
	fprintf(out, ": %s\n%g s a bout after %g s of warm-up; seed %llu; %s\n", bound,
		config->base.seconds, GENERATOR_WARM_UP_S, (unsigned long long)config->base.seed,
		bout_processors(bout_is_pinned(config->ground), config->ground->latency.is_held));
	print_table(found, out);
	fputc('\n', out);
	print_words(config, found, out);
}

double load_delivered(const struct load_result *found)
{
	return spread(found, found->carried, load_delivered_per_s).median;
}

static void print_side_by_side(const struct load_config *configs, const struct load_result *found,
			       unsigned count, FILE *out)
{
	char text[LOAD_TEXT_BYTES];

	fprintf(out, "\n%u relays, a bout of each in turn\n\n%-24s %-20s %12s %12s\n", count, "",
		"carried", "delivered Hz", "of the first");
	for (unsigned i = 0; i < count; i++) {
		fprintf(out, "%-24s %-20s", configs[i].contender.label,
			found[i].carried > 0 ? load_text(&configs[i], found[i].carried, text)
					     : "nothing");
		print_figure(out, load_delivered(&found[i]), 12, 0);
		print_figure(out, load_delivered(&found[i]) / load_delivered(&found[0]), 12, 3);
		fprintf(out, "%s\n", load_is_valid(&found[i]) ? "" : "  (not valid)");
	}
}

void load_print(const struct load_config *configs, const struct load_result *found, unsigned count,
		FILE *out)
{
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			fputc('\n', out);
		print_search(&configs[i], &found[i], out);
	}
	if (count > 1)
		print_side_by_side(configs, found, count, out);
}
