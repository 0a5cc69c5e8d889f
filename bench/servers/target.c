#include "bench/servers/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/servers/target_internal.h"
#include "proto/wire/text.h"

/* The list. */

static const struct target kinds[] = {
	{ .label = "starling", .program = "starlingd", .kind = GENERATOR_STARLING },
	{ .label = TARGET_UNASKED,
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

static bool has_tick(const struct target *kind)
{
	return kind->kind == GENERATOR_STARLING || kind->kind == GENERATOR_UDP;
}

/* Only ours has a clock of its own; for the raw UDP fan-out both words mean the same. */
static bool is_twice(const struct target *list, unsigned count, const struct target *one)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(list[i].label, one->label) == 0)
			return true;
	return false;
}

static void add(struct target *list, unsigned *count, const struct target *kind, double tick_hz)
{
	struct target one = *kind;

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

unsigned target_list(struct target out[static TARGET_MAX], const char *only, const double *ticks_hz,
		     unsigned tick_count, char error[static TARGET_ERROR_BYTES])
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
			snprintf(error, TARGET_ERROR_BYTES,
				 "--only %s: must name some of " TARGET_NAMES
				 ", with commas between",
				 text_shown(only).text);
			return 0;
		}
	}
	for (size_t i = 0; i < KINDS; i++) {
		if (only ? !is_wanted[i] : strcmp(kinds[i].label, TARGET_UNASKED) == 0)
			continue;
		if (!has_tick(&kinds[i]))
			add(out, &count, &kinds[i], TARGET_TICK_AUTO);
		for (unsigned t = 0; t < tick_count && has_tick(&kinds[i]); t++)
			add(out, &count, &kinds[i], ticks_hz[t]);
	}
	return count;
}

bool target_set_max_delay(struct target *list, unsigned count, double max_delay_ms)
{
	bool is_any = max_delay_ms <= 0;

	for (unsigned i = 0; i < count && max_delay_ms > 0; i++) {
		struct target *one = &list[i];
		const size_t size = strlen(one->label);

		if (one->kind != GENERATOR_STARLING || one->tick_hz != TARGET_TICK_AUTO)
			continue;
		one->max_delay_ms = max_delay_ms;
		snprintf(one->label + size, sizeof(one->label) - size, " %.4g ms", max_delay_ms);
		is_any = true;
	}
	return is_any;
}

/* Who can take part. */

bool target_is_broker(const struct target *server)
{
	return server->kind == GENERATOR_MQTT || server->kind == GENERATOR_NATS;
}

bool target_is_there(const struct target *server, const char *folder,
		     char why[static TARGET_ERROR_BYTES])
{
	char path[PROGRAMS_PATH_BYTES];
	const bool is_found = target_find_program(server, folder, path);

	if (target_is_broker(server))
		snprintf(why, TARGET_ERROR_BYTES,
			 "%s is left out: %s is not installed; `make deps-compare` installs it",
			 server->label, server->program);
	else
		snprintf(why, TARGET_ERROR_BYTES,
			 "%s: %s; `make` builds it, and --programs says where it is",
			 text_shown(path).text, strerror(errno));
	return is_found;
}

bool target_can(const struct target *server, const struct generator_config *load,
		char why[static TARGET_ERROR_BYTES])
{
	const enum generator_kind kind = server->kind;
	const char *lacks = NULL;

	if (load->is_reliable && kind == GENERATOR_UDP)
		lacks = "repeats nothing, so it has no reliable mode";
	else if (load->rooms > 1 && kind == GENERATOR_TCP)
		lacks = "has no rooms";
	else if (load->interest != WIRE_ALL && (kind != GENERATOR_STARLING || server->is_every))
		lacks = "knows no interest: it sends all to all";
	if (lacks)
		snprintf(why, TARGET_ERROR_BYTES, "%s is not available: it %s", server->label,
			 lacks);
	return !lacks;
}
