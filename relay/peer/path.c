#include "relay/peer/path.h"

#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)

enum {
	LOST_MANY = 12,     /* longer SNAPSHOTs, all of them lost, are no chance; */
	LOST_AT_ONCE = 4,   /* those between two REPORTs count for no more than this */
	SILENT_LONGER = 16, /* longer SNAPSHOTs, and nothing else, */
	SILENT_MS = 1500,   /* without a REPORT from a member that asks for the time */
	TRY_MS = 1500,      /* the length of a trial */
};

void path_init(struct path *path, size_t most)
{
	*path = (struct path){ .most = (uint16_t)most,
			       .is_told = most < WIRE_MESSAGE_MAX_BYTES,
			       .known = PATH_SHORT_BYTES };
}

void path_fini(struct path *path)
{
	free(path->sizes);
	path->sizes = NULL;
}

size_t path_reliable_bytes(const struct path *path)
{
	return path->is_told && !path->is_small ? path->most : path->known;
}

size_t path_snapshot_bytes(const struct path *path, enum wire_mode mode)
{
	if (mode == WIRE_RELIABLE)
		return path_reliable_bytes(path);
	return path->is_small || path->is_trying ? path->known : path->most;
}

static uint32_t ms_of(int64_t ns)
{
	return (uint32_t)(ns / NS_PER_MS);
}

void path_on_clock(struct path *path, int64_t now_ns)
{
	path->heard_ms = ms_of(now_ns);
}

/* Whether the length is still in question. */
static bool is_open(const struct path *path)
{
	return !path->is_small && path->known < path->most;
}

/* SNAPSHOTs sent. */

static void begin_silence(struct path *path, uint32_t now_ms)
{
	path->silent_ms = now_ms;
	path->silent_longer = 0;
}

/* It was sent only longer SNAPSHOTs and reports nothing, though it is there. */
static bool is_silent(const struct path *path)
{
	return path->silent_longer >= SILENT_LONGER &&
	       (int32_t)(path->heard_ms - path->silent_ms) >= SILENT_MS;
}

/* Without memory only silence tells of a small path. */
static void remember(struct path *path, uint16_t number, uint16_t bytes)
{
	if (!path->sizes && bytes > path->known)
		path->sizes = calloc(PATH_REMEMBERED, sizeof(path->sizes[0]));
	if (path->sizes)
		path->sizes[number % PATH_REMEMBERED] = bytes;
	path->spent_number = number;
}

bool path_spend(struct path *path, uint16_t number, size_t bytes, enum wire_mode mode,
		int64_t now_ns)
{
	const uint32_t now_ms = ms_of(now_ns);

	if (!is_open(path))
		return false;
	remember(path, number, mode == WIRE_RELIABLE ? 0 : (uint16_t)bytes);
	if (path->is_trying && now_ms - path->trial_ms >= TRY_MS) {
		/* In vain: it sends no REPORTs, or its line is cut. */
		path->is_trying = false;
		path->has_tried = true;
		return true;
	}
	if (mode == WIRE_RELIABLE || bytes <= path->known || path->silent_longer == 0)
		begin_silence(path, now_ms);
	if (mode != WIRE_RELIABLE && bytes > path->known && path->silent_longer < UINT16_MAX)
		path->silent_longer++;
	if (path->is_trying || path->has_tried || !is_silent(path))
		return false;
	path->is_trying = true;
	path->trial_ms = now_ms;
	path->trial_number = (uint16_t)(number + 1);
	return true;
}

/* REPORTs. */

/* 0: not known, or it says nothing. */
static uint16_t remembered(const struct path *path, uint16_t number)
{
	return path->sizes && (uint16_t)(path->spent_number - number) < PATH_REMEMBERED
		       ? path->sizes[number % PATH_REMEMBERED]
		       : 0;
}

static bool become_small(struct path *path)
{
	path->is_trying = false;
	path->is_small = true;
	path_fini(path);
	return true;
}

/* Holds what was sent between two REPORTs against what arrived of it. */
static void judge(struct path *path, const struct wire_report *report)
{
	const uint16_t sent = (uint16_t)(report->number - path->last_number);
	const uint32_t came = (uint32_t)report->count - path->last_count;
	const uint32_t came_bytes = (uint32_t)report->bytes - path->last_bytes;
	uint32_t longer = 0, others = 0, others_bytes = 0;

	for (uint16_t i = 0; i < sent; i++) {
		const uint16_t size = remembered(path, (uint16_t)(report->number - i));

		if (size == 0)
			return;
		longer += size > path->known;
		others += size <= path->known;
		others_bytes += size <= path->known ? size : 0;
	}
	if (longer == 0)
		return;
	/* Late ones from before may be among those that arrived. */
	if (came > others || came_bytes > others_bytes)
		path->lost /= 2;
	else if (4 * came >= 3 * others)
		path->lost += longer < LOST_AT_ONCE ? longer : LOST_AT_ONCE;
}

bool path_report(struct path *path, const struct wire_report *report, int64_t now_ns)
{
	const uint16_t named = remembered(path, report->number);
	const bool was_trying = path->is_trying;

	if (!is_open(path))
		return false;
	if (was_trying && (int16_t)(report->number - path->trial_number) >= 0)
		return become_small(path);
	begin_silence(path, ms_of(now_ns));
	path->is_trying = path->has_tried = false;
	if (named > path->known) {
		path->known = named;
		path->lost /= 2;
	} else if (path->has_report) {
		judge(path, report);
	}
	path->has_report = true;
	path->last_number = report->number;
	path->last_count = (uint32_t)report->count;
	path->last_bytes = (uint32_t)report->bytes;
	if (!is_open(path))
		path_fini(path);
	return path->lost >= LOST_MANY ? become_small(path) : was_trying;
}
