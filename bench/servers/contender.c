#include "bench/servers/contender.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/servers/contender_internal.h"
#include "proto/wire/text.h"

/* The list. */

static const struct contender kinds[] = {
	{ .label = "starling", .program = "starlingd", .kind = GENERATOR_STARLING },
	{ .label = CONTENDER_UNASKED,
	  .program = "starlingd",
	  .kind = GENERATOR_STARLING,
	  .is_every = true },
	{ .label = "naive", .program = "baseline-naive_enet", .kind = GENERATOR_NAIVE_ENET },
	{ .label = "udp", .program = "baseline-udp_fanout", .kind = GENERATOR_UDP },
	{ .label = "segment",
	  .program = "baseline-udp_fanout",
	  .kind = GENERATOR_UDP,
	  .is_segmented = true },
	{ .label = "tcp", .program = "baseline-tcp_relay", .kind = GENERATOR_TCP },
	{ .label = "nodelay",
	  .program = "baseline-tcp_relay",
	  .kind = GENERATOR_TCP,
	  .is_nodelay = true },
	{ .label = "mosquitto", .program = "mosquitto", .kind = GENERATOR_MQTT },
	{ .label = "nats", .program = "nats-server", .kind = GENERATOR_NATS },
};

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0]),
};

static bool has_tick(const struct contender *kind)
{
	return kind->kind == GENERATOR_STARLING || kind->kind == GENERATOR_UDP;
}

/* Only ours has a clock of its own; for the raw UDP fan-out both words mean the same. */
static bool is_twice(const struct contender *list, unsigned count, const struct contender *one)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(list[i].label, one->label) == 0)
			return true;
	return false;
}

static void add(struct contender *list, unsigned *count, const struct contender *kind,
		double tick_hz)
{
	struct contender one = *kind;

	one.tick_hz = tick_hz;
	if (kind->kind == GENERATOR_UDP && tick_hz <= 0)
		one.tick_hz = 0;
	if (tick_hz > 0)
		snprintf(one.label, sizeof(one.label), "%.10s %.4g Hz", kind->label, tick_hz);
	else if (tick_hz == 0 && kind->kind == GENERATOR_STARLING)
		snprintf(one.label, sizeof(one.label), "%.10s at once", kind->label);
	else if (kind->kind == GENERATOR_STARLING)
		snprintf(one.label, sizeof(one.label), "%.10s auto", kind->label);
	if (!is_twice(list, *count, &one))
		list[(*count)++] = one;
}

unsigned contender_list(struct contender out[static CONTENDER_MAX], const char *only,
			const double *ticks_hz, unsigned tick_count,
			char error[static CONTENDER_ERROR_BYTES])
{
	bool is_wanted[KINDS] = { false };
	unsigned count = 0;

	for (const char *word = only; word;
	     word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
		const size_t size = strcspn(word, ",");
		bool is_known = false;

		for (size_t i = 0; i < KINDS; i++) {
			if (strlen(kinds[i].label) != size || memcmp(kinds[i].label, word, size))
				continue;
			is_known = is_wanted[i] = true;
		}
		if (!is_known) {
			snprintf(error, CONTENDER_ERROR_BYTES,
				 "--only %s: must name some of " CONTENDER_NAMES
				 ", with commas between",
				 text_shown(only).text);
			return 0;
		}
	}
	for (size_t i = 0; i < KINDS; i++) {
		if (only ? !is_wanted[i] : strcmp(kinds[i].label, CONTENDER_UNASKED) == 0)
			continue;
		if (!has_tick(&kinds[i]))
			add(out, &count, &kinds[i], CONTENDER_TICK_AUTO);
		for (unsigned t = 0; t < tick_count && has_tick(&kinds[i]); t++)
			add(out, &count, &kinds[i], ticks_hz[t]);
	}
	return count;
}

bool contender_set_max_delay(struct contender *list, unsigned count, double max_delay_ms)
{
	bool is_any = max_delay_ms <= 0;

	for (unsigned i = 0; i < count && max_delay_ms > 0; i++) {
		struct contender *one = &list[i];
		const size_t size = strlen(one->label);

		if (one->kind != GENERATOR_STARLING || one->tick_hz != CONTENDER_TICK_AUTO)
			continue;
		one->max_delay_ms = max_delay_ms;
		snprintf(one->label + size, sizeof(one->label) - size, " %.4g ms", max_delay_ms);
		is_any = true;
	}
	return is_any;
}

/* Who can take part. */

bool contender_is_broker(const struct contender *contender)
{
	return contender->kind == GENERATOR_MQTT || contender->kind == GENERATOR_NATS;
}

bool contender_is_there(const struct contender *contender, const char *folder,
			char why[static CONTENDER_ERROR_BYTES])
{
	char path[PROGRAMS_PATH_BYTES];
	const bool is_found = contender_find_program(contender, folder, path);

	if (contender_is_broker(contender))
		snprintf(why, CONTENDER_ERROR_BYTES,
			 "%s is left out: %s is not installed; `make deps-compare` installs it",
			 contender->label, contender->program);
	else
		snprintf(why, CONTENDER_ERROR_BYTES,
			 "%s: %s; `make` builds it, --programs says where it is, and --only "
			 "leaves it out",
			 text_shown(path).text, strerror(errno));
	return is_found;
}

bool contender_can(const struct contender *contender, const struct generator_config *load,
		   char why[static CONTENDER_ERROR_BYTES])
{
	const enum generator_kind kind = contender->kind;
	const char *lacks = NULL;

	if (load->is_reliable && kind == GENERATOR_UDP)
		lacks = "repeats nothing, so it has no reliable mode";
	else if (load->rooms > 1 && kind == GENERATOR_TCP)
		lacks = "has no rooms";
	else if (load->interest != WIRE_ALL && (kind != GENERATOR_STARLING || contender->is_every))
		lacks = "knows no interest: it sends all to all";
	if (lacks)
		snprintf(why, CONTENDER_ERROR_BYTES, "%s is not available: it %s", contender->label,
			 lacks);
	return !lacks;
}
