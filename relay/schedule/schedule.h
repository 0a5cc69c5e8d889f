/*
 * schedule: when which room is flushed, and when it wants anything else. The rooms wait in two
 * heaps: those with states that were not sent, and those with a timer (keyframes at rest, views,
 * membership, initial sync). So a turn costs by what is due, and not by how many rooms there are.
 *
 *	pacer          the self-clocked flush: what flushing may take of a core
 *	tick           the fixed rhythm, where each room has a phase,
 *	alignment      which moves so that snapshots fill datagrams;
 *	phases         and the next tick of any room in which nothing waits
 *	coalescing     how long input may be left to the kernel
 *	flush_latency  how long it took lately to get a turn's flushes out
 *	heap           what is due first
 *
 * The schedule knows of a room what schedule_update was last told, and no more. Rules on the
 * caller's clock, in nanoseconds.
 */
#ifndef STARLING_RELAY_SCHEDULE_SCHEDULE_H
#define STARLING_RELAY_SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/config.h"
#include "relay/schedule/alignment.h"
#include "relay/schedule/coalescing.h"
#include "relay/schedule/flush_latency.h"
#include "relay/schedule/heap.h"
#include "relay/schedule/pacer.h"
#include "relay/schedule/phases.h"

struct room;

enum {
	/* With the self-clocked flush, a room that has waited for all but this part of the longest
	 * delay goes with another, as long as they are so few, and so few members in all. */
	SCHEDULE_ALONG_PART = 8,
	SCHEDULE_ALONG_ROOMS = 64,
	SCHEDULE_ALONG_MEMBERS = 256,
};

struct schedule_facts {
	size_t members;
	size_t states;     /* that wait for the flush */
	int64_t since_ns;  /* when the oldest of them came in; nothing without one */
	int64_t timer_ns;  /* when the room wants something besides a flush; INT64_MAX: never */
	bool is_dear;      /* a flush of it is of a part of its states (room_part.c), */
	bool is_amid_pass; /* and more are to follow as soon as others have had their turn */
};

/* A room's part, which lies in its struct. Only the schedule writes it. */
struct schedule_entry {
	struct schedule_facts facts; /* as it was last told */
	int64_t begun_ns, out_ns;    /* the last flush: when it began, when it was out; 0: none */
	struct heap_node waiting, timer;
	int64_t phase_ns; /* from which its ticks count */
	int64_t place_ns; /* of its phase among those in which nothing waits; below 0: it is not */
	struct alignment alignment;
	bool is_among_dear; /* `waiting` is for that heap */
	bool is_going_out;  /* it was flushed in a turn, and is not out yet */
	struct schedule_entry *next_out, *next_timer;
	struct room *room;
};

struct schedule {
	const struct config *config;
	struct pacer pacer;      /* in force with CONFIG_TICK_AUTO */
	struct pacer dear_pacer; /* of dear rooms, whose cost is not the others' */
	struct heap dear;        /* these, by schedule_waits_since_ns */
	struct heap waiting,
		timers; /* the others, and all: by schedule_waits_since_ns with CONFIG_TICK_AUTO,
			 * else by when they are due; by facts.timer_ns */
	struct phases phases;
	struct coalescing coalescing;
	struct flush_latency flush_latency;
	uint64_t added;               /* rooms, of all time */
	int64_t base_ns;              /* from which the rooms' phases count */
	int64_t busy_until_ns;        /* at a fixed rhythm: when the next flush may be expected */
	int64_t waited_ns;            /* how long what was flushed last had, at the most, */
	size_t went_states;           /* and how many states that were, */
	bool went_dear;               /* and whether of a dear room */
	struct schedule_entry *going; /* out: those of this turn */
};

/* The turn at `now_ns` so far. The other fields are 0 at first. */
struct schedule_turn {
	int64_t now_ns;
	size_t rooms, members;         /* flushed */
	bool is_dear;                  /* that is one dear room, and no other */
	struct schedule_entry *timers; /* due, and not handed out yet */
};

/* `config` must outlive the schedule. -ENOMEM. */
int schedule_init(struct schedule *schedule, const struct config *config);

/* Every room must have been removed. Accepts a schedule that is all zero. */
void schedule_fini(struct schedule *schedule);

/* Adds a room with no member, in which nothing waits; the caller knows of a place for it. */
void schedule_add(struct schedule *schedule, struct schedule_entry *entry, struct room *room,
		  int64_t now_ns);
void schedule_remove(struct schedule *schedule, struct schedule_entry *entry);

/* To be called after anything touched the room. Costs little where its facts are as they were. */
void schedule_update(struct schedule *schedule, struct schedule_entry *entry,
		     const struct schedule_facts *facts);

/* When it wants its next turn; INT64_MAX: only after more was said. */
int64_t schedule_due_ns(const struct schedule *schedule);

/*
 * A room to flush in this turn; NULL: there is none, or no more. With the self-clocked flush that
 * is the one that has waited longest, and then those that have waited almost as long as they may
 * (SCHEDULE_ALONG_PART), so that many rooms do not burst together. Otherwise each that is due.
 * schedule_flushed_in_turn and schedule_update must follow before the next is asked for.
 */
struct room *schedule_next_flush(struct schedule *schedule, struct schedule_turn *turn);

/* The room was flushed out of turn, and that is out. */
void schedule_flushed(struct schedule *schedule, struct schedule_entry *entry, int64_t now_ns);

/*
 * It was flushed in its turn, with so many bytes of records, of which one message holds
 * `message_bytes`; schedule_spend will say when that is out.
 */
void schedule_flushed_in_turn(struct schedule *schedule, struct schedule_entry *entry, size_t bytes,
			      size_t message_bytes, int64_t now_ns);

/*
 * Collects the rooms whose timers are due in this turn; then each is handed out once, until NULL.
 * schedule_update must follow on each.
 */
void schedule_begin_timers(struct schedule *schedule, struct schedule_turn *turn);
struct room *schedule_next_timer(struct schedule_turn *turn);

/*
 * The flushes of the turn at `begin_ns`, with all that it took to get them out, cost so much by a
 * clock of its own, and were out at `end_ns`: that of one room of several after its part of the
 * time. To be called before more comes in.
 */
void schedule_spend(struct schedule *schedule, int64_t begin_ns, int64_t end_ns, int64_t cost_ns);

/*
 * Since when the states wait, of which there are some. Those that came before the room's last flush
 * was out, and were taken after it, wait since then: in an overload they would be due at once, and
 * more flushes would leave even less time to take what comes.
 */
int64_t schedule_waits_since_ns(const struct schedule_entry *entry);

/*
 * Until when no state that comes in would be flushed: till then input may rest. `now_ns` when one
 * that comes now might be flushed at once, or decide when a room is to be flushed.
 */
int64_t schedule_rests_until_ns(const struct schedule *schedule, int64_t now_ns);

/* Until when input may be left to the kernel: the same, within coalescing.h's bounds. */
int64_t schedule_coalesces_until_ns(const struct schedule *schedule, int64_t now_ns);

/* So many datagrams have come in so far; to be called now and then. */
void schedule_count_datagrams(struct schedule *schedule, uint64_t datagrams, int64_t now_ns);

/* How long it took lately, at the most, until a turn's flushes were out. */
int64_t schedule_latency_ns(const struct schedule *schedule, int64_t now_ns);

#endif
