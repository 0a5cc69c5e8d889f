#include "client/session_tally.h"

#include <string.h>

#include "proto/wire.h"

enum class {
	UNCOUNTED = 0, /* before the first one, or the first one itself when it was a repeat */
	RECEIVED,
	LATE,
	LOST,
	SKIPPED,
	REPAIRED,
	CLASS_COUNT,
};

/* Added modulo 2^64, so a count moves from one class to another by adding -1 and 1. */
static void count(struct tally_counts *one, struct tally_counts *all, enum class class, uint64_t by)
{
	static const size_t fields[CLASS_COUNT] = {
		[RECEIVED] = offsetof(struct tally_counts, received),
		[LATE] = offsetof(struct tally_counts, late),
		[LOST] = offsetof(struct tally_counts, lost),
		[SKIPPED] = offsetof(struct tally_counts, skipped),
		[REPAIRED] = offsetof(struct tally_counts, repaired),
	};

	if (class == UNCOUNTED)
		return;
	*(uint64_t *)((char *)one + fields[class]) += by;
	*(uint64_t *)((char *)all + fields[class]) += by;
}

static void move(struct tally_window *window, uint16_t seq, enum class to, struct tally_counts *one,
		 struct tally_counts *all)
{
	uint8_t *class = &window->classes[seq % TALLY_WINDOW];

	count(one, all, (enum class) * class, UINT64_MAX);
	count(one, all, to, 1);
	*class = (uint8_t)to;
}

void tally_restart(struct tally_window *window)
{
	*window = (struct tally_window){ 0 };
}

/* The newest is now `seq`: those between it and the newest before are lost or were skipped. */
static void advance(struct tally_window *window, uint16_t seq, uint16_t skipped,
		    struct tally_counts *one, struct tally_counts *all)
{
	uint16_t gap = (uint16_t)(seq - window->newest - 1);

	if (skipped > gap)
		skipped = gap;
	count(one, all, LOST, (uint64_t)(gap - skipped));
	count(one, all, SKIPPED, skipped);
	for (uint16_t back = 1; back <= gap && back < TALLY_WINDOW; back++)
		window->classes[(uint16_t)(seq - back) % TALLY_WINDOW] =
			back <= skipped ? SKIPPED : LOST;
	window->classes[seq % TALLY_WINDOW] = UNCOUNTED;
	window->newest = seq;
}

static void note_update(struct tally_window *window, uint16_t seq, struct tally_counts *one,
			struct tally_counts *all)
{
	switch (window->classes[seq % TALLY_WINDOW]) {
	case RECEIVED:
	case LATE:
		one->duplicate++;
		all->duplicate++;
		break;
	default:
		move(window, seq, seq == window->newest ? RECEIVED : LATE, one, all);
	}
}

static void note_repeat(struct tally_window *window, uint16_t seq, bool is_first,
			struct tally_counts *one, struct tally_counts *all)
{
	switch (window->classes[seq % TALLY_WINDOW]) {
	case RECEIVED:
	case LATE:
		break;
	default:
		/* What was so before we came is nobody's loss. */
		if (!is_first)
			move(window, seq, REPAIRED, one, all);
	}
}

/* A late one still tells what was skipped before it, which had to be taken for lost until now. */
static void credit_skipped(struct tally_window *window, uint16_t seq, uint16_t skipped,
			   struct tally_counts *one, struct tally_counts *all)
{
	uint16_t behind = (uint16_t)(window->newest - seq);

	for (uint16_t back = 1; back <= skipped && behind + back < TALLY_WINDOW; back++) {
		uint16_t before = (uint16_t)(seq - back);

		if (window->classes[before % TALLY_WINDOW] == LOST)
			move(window, before, SKIPPED, one, all);
	}
}

void tally_note(struct tally_window *window, uint16_t seq, uint16_t skipped, bool is_repeat,
		struct tally_counts *one, struct tally_counts *all)
{
	bool is_first = !window->has_newest;

	if (is_first) {
		window->has_newest = true;
		window->newest = seq;
	} else if (wire_seq_is_newer(seq, window->newest)) {
		advance(window, seq, skipped, one, all);
	} else if ((uint16_t)(window->newest - seq) >= TALLY_WINDOW) {
		return;
	} else {
		credit_skipped(window, seq, skipped, one, all);
	}
	if (is_repeat)
		note_repeat(window, seq, is_first, one, all);
	else
		note_update(window, seq, one, all);
}
