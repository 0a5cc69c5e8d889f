#include "relay/path.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	SHORT_STEPS = PATH_SHORT_BYTES / PATH_STEP_BYTES,
	WINDOW_MS = 1000,      /* of REPORTs, at least; */
	WINDOW_MAX_MS = 5000,  /* and no longer than this, whatever it shows, */
	WINDOW_STEPS = 30000,  /* nor with more in it than modulo 2^16 can tell */
	LOST = 12,             /* so many that are longer, all of them lost, are no chance, */
	LOST_PART = 6,         /* and one of so many at least, */
	CAME = 4,              /* where of the others so many came, and most */
	OVER_MOST = 1,         /* REPORTs with one too many, that was late */
	SILENT_MS = 1500,      /* without a REPORT, of one who asks for the time */
	SILENT_LONGER = 16,    /* SNAPSHOTs that were longer, meanwhile, */
	SILENT_OTHER_PART = 8, /* and for each other one at least so many of them */
	TRY_MS = 1500,         /* a guess is given so long to prove right */
};

void path_init(struct path *path, size_t most)
{
	*path = (struct path){ .most = (uint16_t)most,
			       .is_told = most < WIRE_MESSAGE_MAX_BYTES,
			       .known_steps = SHORT_STEPS };
}

static unsigned steps_of(size_t bytes)
{
	return (unsigned)(bytes + PATH_STEP_BYTES - 1) / PATH_STEP_BYTES;
}

/* What is known to come. */
static size_t known_bytes(const struct path *path)
{
	if (path->known_steps >= steps_of(path->most))
		return path->most;
	/* Something that long, but perhaps no more than the first byte of its last step. */
	return path->known_steps > SHORT_STEPS ? (size_t)(path->known_steps - 1) * PATH_STEP_BYTES
					       : (size_t)PATH_SHORT_BYTES;
}

size_t path_reliable_bytes(const struct path *path)
{
	return path->is_told && !path->is_small ? path->most : known_bytes(path);
}

size_t path_snapshot_bytes(const struct path *path, enum wire_mode mode)
{
	if (mode == WIRE_RELIABLE)
		return path_reliable_bytes(path);
	return path->is_small || path->is_trying ? known_bytes(path) : path->most;
}

static uint32_t ms_of(int64_t ns)
{
	return (uint32_t)(ns / NS_PER_MS);
}

void path_hear(struct path *path, int64_t now_ns)
{
	path->heard_ms = ms_of(now_ns);
}

/* Whether there is anything to find out. */
static bool is_open(const struct path *path)
{
	return !path->is_small && path->known_steps < steps_of(path->most);
}

/* Remembering. */

static void remember(struct path *path, uint16_t number, unsigned steps)
{
	const unsigned place = number % PATH_REMEMBERED, shift = place % 2 * 4;
	uint8_t *two = &path->steps[place / 2];

	*two = (uint8_t)((*two & ~(15u << shift)) | steps << shift);
	path->spent_number = number;
}

static unsigned remembered(const struct path *path, uint16_t number)
{
	const unsigned place = number % PATH_REMEMBERED;

	return path->steps[place / 2] >> place % 2 * 4 & 15;
}

static bool is_remembered(const struct path *path, uint16_t number)
{
	return (uint16_t)(path->spent_number - number) < PATH_REMEMBERED;
}

/* Guessing. */

/* It was sent hardly anything that is known to come, and reports nothing, though it is there. */
static bool is_silent(const struct path *path)
{
	return path->longer_sent >= SILENT_LONGER &&
	       path->longer_sent >= SILENT_OTHER_PART * path->others_sent &&
	       (int32_t)(path->heard_ms - path->word_ms) >= SILENT_MS;
}

static void begin_trial(struct path *path, uint16_t number, uint32_t now_ms)
{
	path->is_trying = true;
	path->has_window = false;
	path->begun_ms = now_ms;
	path->number = number;
}

static void begin_silence(struct path *path, uint32_t now_ms)
{
	path->word_ms = now_ms;
	path->longer_sent = path->others_sent = 0;
}

bool path_spend(struct path *path, uint16_t number, size_t bytes, enum wire_mode mode,
		int64_t now_ns)
{
	const unsigned steps = mode == WIRE_RELIABLE ? 0 : steps_of(bytes);
	const uint32_t now_ms = ms_of(now_ns);
	uint16_t *sent = steps > path->known_steps ? &path->longer_sent : &path->others_sent;

	if (!is_open(path))
		return false;
	remember(path, number, steps);
	if (!path->has_spent)
		begin_silence(path, now_ms);
	path->has_spent = true;
	if (*sent < UINT16_MAX)
		(*sent)++;
	if (path->is_trying && now_ms - path->begun_ms >= TRY_MS) {
		/* Nothing came of it: it sends no REPORTs, or its line is cut. */
		path->is_trying = false;
		path->has_tried = true;
		return true;
	}
	if (path->is_trying || path->has_tried || !is_silent(path))
		return false;
	begin_trial(path, (uint16_t)(number + 1), now_ms);
	return true;
}

/* Judging. */

static struct path_sum sum_of(const struct wire_report *report)
{
	return (struct path_sum){ .count = (uint16_t)report->count,
				  .steps = (uint16_t)(report->bytes / PATH_STEP_BYTES) };
}

static void open_window(struct path *path, const struct wire_report *report, uint32_t now_ms)
{
	path->has_window = true;
	path->number = report->number;
	path->begun_ms = now_ms;
	path->begun = path->last = sum_of(report);
	path->others = (struct path_sum){ 0 };
	path->longer = 0;
	path->over = 0;
}

/* Adds what was sent up to the report. False when that is not known, or too much. */
static bool add_sent(struct path *path, const struct wire_report *report)
{
	const uint16_t more = (uint16_t)(report->number - path->number);
	const uint16_t others = path->others.count, longer = path->longer;
	const struct path_sum now = sum_of(report);

	if (!is_remembered(path, path->number))
		return false;
	for (uint16_t i = 1; i <= more; i++) {
		const unsigned steps = remembered(path, (uint16_t)(path->number + i));

		if (steps == 0)
			return false;
		if (steps > path->known_steps) {
			path->longer++;
			continue;
		}
		path->others.count++;
		path->others.steps = (uint16_t)(path->others.steps + steps);
	}
	if (path->longer > longer && path->over <= OVER_MOST &&
	    (uint16_t)(now.count - path->last.count) > path->others.count - others)
		path->over++;
	path->last = now;
	path->number = report->number;
	return path->others.steps <= WINDOW_STEPS && path->longer <= WINDOW_STEPS;
}

/* Whether of those that are longer none came, and of the others most. */
static bool has_lost_longer(const struct path *path)
{
	const uint16_t came = (uint16_t)(path->last.count - path->begun.count);
	const uint16_t steps = (uint16_t)(path->last.steps - path->begun.steps);

	return path->longer >= LOST && (LOST_PART - 1) * path->longer >= path->others.count &&
	       path->over <= OVER_MOST && came >= CAME && came <= path->others.count &&
	       steps <= path->others.steps && 4 * came >= 3 * path->others.count;
}

static bool become_small(struct path *path)
{
	path->is_trying = false;
	path->is_small = true;
	return true;
}

static bool judge(struct path *path, const struct wire_report *report, uint32_t now_ms)
{
	const uint32_t length_ms = now_ms - path->begun_ms;
	bool is_lost;

	if (length_ms < WINDOW_MS || (path->longer < LOST && length_ms < WINDOW_MAX_MS))
		return false;
	is_lost = has_lost_longer(path);
	if (is_lost && path->is_suspect)
		return become_small(path);
	path->is_suspect = is_lost;
	open_window(path, report, now_ms);
	return false;
}

/* Whether a longer one than was known is named, which has come then. */
static bool note_named(struct path *path, uint16_t number)
{
	const unsigned steps = is_remembered(path, number) ? remembered(path, number) : 0;

	if (steps <= path->known_steps)
		return false;
	path->known_steps = (uint8_t)steps;
	path->is_suspect = false;
	return true;
}

bool path_report(struct path *path, const struct wire_report *report, int64_t now_ns)
{
	const uint32_t now_ms = ms_of(now_ns);
	const bool was_trying = path->is_trying;
	const bool is_of_trial = was_trying && (int16_t)(report->number - path->number) >= 0;

	if (!is_open(path))
		return false;
	begin_silence(path, now_ms);
	path->has_tried = false;
	path->is_trying = false;
	if (is_of_trial)
		return become_small(path);
	if (!note_named(path, report->number) && path->has_window && add_sent(path, report))
		return judge(path, report, now_ms);
	open_window(path, report, now_ms);
	return was_trying;
}
