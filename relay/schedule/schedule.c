#include "relay/schedule/schedule.h"

#include <errno.h>

#include "relay/schedule/tick.h"

static bool is_paced(const struct schedule *schedule)
{
	return schedule->config->tick_hz == CONFIG_TICK_AUTO;
}

static bool is_ticking(const struct schedule *schedule)
{
	return schedule->config->tick_hz > 0;
}

int schedule_init(struct schedule *schedule, const struct config *config)
{
	*schedule = (struct schedule){ .config = config };
	if (is_paced(schedule))
		pacer_init(&schedule->pacer, config->flush_share,
			   (int64_t)(config->max_delay_ms * 1e6));
	schedule->dear_pacer = schedule->pacer;
	if (heap_init(&schedule->waiting, config->rooms) == 0 &&
	    heap_init(&schedule->dear, config->rooms) == 0 &&
	    heap_init(&schedule->timers, config->rooms) == 0 &&
	    phases_init(&schedule->phases, config->rooms) == 0)
		return 0;
	schedule_fini(schedule);
	return -ENOMEM;
}

void schedule_fini(struct schedule *schedule)
{
	heap_fini(&schedule->waiting);
	heap_fini(&schedule->dear);
	heap_fini(&schedule->timers);
	phases_fini(&schedule->phases);
}

/* Places. */

int64_t schedule_waits_since_ns(const struct schedule_entry *entry)
{
	return entry->facts.since_ns > entry->out_ns ? entry->facts.since_ns : entry->out_ns;
}

/* By which the room has its place among those in which something waits. */
static int64_t key_ns(const struct schedule *schedule, const struct schedule_entry *entry)
{
	if (is_paced(schedule))
		return schedule_waits_since_ns(entry);
	if (!is_ticking(schedule))
		return entry->facts.since_ns;
	return tick_due_ns(schedule->config->tick_hz, entry->phase_ns, entry->facts.since_ns,
			   entry->begun_ns, entry->out_ns);
}

static void set_place(struct schedule *schedule, struct schedule_entry *entry, int64_t place_ns)
{
	if (entry->place_ns == place_ns)
		return;
	if (entry->place_ns >= 0)
		phases_remove(&schedule->phases, entry->place_ns);
	if (place_ns >= 0)
		phases_add(&schedule->phases, place_ns);
	entry->place_ns = place_ns;
}

/* In which it waits, if something does. */
static struct heap *heap_of(struct schedule *schedule, const struct schedule_entry *entry)
{
	return entry->is_among_dear ? &schedule->dear : &schedule->waiting;
}

/* Puts the room where it belongs: among those in which something waits, or the others' phases. */
static void put(struct schedule *schedule, struct schedule_entry *entry)
{
	int64_t place_ns = -1;

	if (entry->is_among_dear != entry->facts.is_dear || entry->facts.states == 0)
		heap_remove(heap_of(schedule, entry), &entry->waiting);
	entry->is_among_dear = entry->facts.is_dear;
	if (entry->facts.states > 0)
		heap_put(heap_of(schedule, entry), &entry->waiting, key_ns(schedule, entry));
	if (entry->facts.states == 0 && is_ticking(schedule))
		place_ns = tick_place_ns(schedule->config->tick_hz, entry->phase_ns);
	set_place(schedule, entry, place_ns);
}

static void put_timer(struct schedule *schedule, struct schedule_entry *entry)
{
	if (entry->facts.timer_ns < INT64_MAX)
		heap_put(&schedule->timers, &entry->timer, entry->facts.timer_ns);
	else
		heap_remove(&schedule->timers, &entry->timer);
}

void schedule_update(struct schedule *schedule, struct schedule_entry *entry,
		     const struct schedule_facts *facts)
{
	const struct schedule_facts before = entry->facts;

	entry->facts = *facts;
	/* The rest of a dear room waits since its last flush. */
	if (facts->is_dear || before.is_dear || (facts->states > 0) != (before.states > 0) ||
	    (facts->states > 0 && facts->since_ns != before.since_ns))
		put(schedule, entry);
	if (facts->timer_ns != before.timer_ns)
		put_timer(schedule, entry);
}

/* Rooms. */

void schedule_add(struct schedule *schedule, struct schedule_entry *entry, struct room *room,
		  int64_t now_ns)
{
	const uint64_t number = schedule->added++;

	if (number == 0)
		schedule->base_ns = now_ns;
	*entry = (struct schedule_entry){
		.facts.timer_ns = INT64_MAX,
		.waiting = { .owner = entry, .number = number },
		.timer = { .owner = entry, .number = number },
		.place_ns = -1,
		.room = room,
	};
	if (is_ticking(schedule))
		entry->phase_ns =
			tick_phase_ns(schedule->config->tick_hz, number, schedule->base_ns, now_ns);
	put(schedule, entry);
}

void schedule_remove(struct schedule *schedule, struct schedule_entry *entry)
{
	struct schedule_entry **at = &schedule->going;

	heap_remove(heap_of(schedule, entry), &entry->waiting);
	heap_remove(&schedule->timers, &entry->timer);
	set_place(schedule, entry, -1);
	while (*at && *at != entry)
		at = &(*at)->next_out;
	if (*at)
		*at = entry->next_out;
}

/* Flushes. */

/* When the next flush of a dear room is due: within a pass at once. */
static int64_t dear_due_ns(const struct schedule *schedule)
{
	const struct schedule_entry *entry = heap_first(&schedule->dear);

	if (!entry)
		return INT64_MAX;
	return entry->facts.is_amid_pass
		       ? schedule_waits_since_ns(entry)
		       : pacer_due_ns(&schedule->dear_pacer, schedule_waits_since_ns(entry));
}

/* When the next flush of the others is; INT64_MAX when nothing waits. */
static int64_t others_due_ns(const struct schedule *schedule)
{
	const int64_t first_ns = heap_due_ns(&schedule->waiting);

	return is_paced(schedule) && first_ns < INT64_MAX ? pacer_due_ns(&schedule->pacer, first_ns)
							  : first_ns;
}

static int64_t flush_due_ns(const struct schedule *schedule)
{
	const int64_t dear_ns = dear_due_ns(schedule), others_ns = others_due_ns(schedule);

	return dear_ns < others_ns ? dear_ns : others_ns;
}

int64_t schedule_due_ns(const struct schedule *schedule)
{
	const int64_t flush_ns = flush_due_ns(schedule);
	const int64_t timer_ns = heap_due_ns(&schedule->timers);

	return flush_ns < timer_ns ? flush_ns : timer_ns;
}

/*
 * Whether a room goes in the same turn as an older one: because it would all but have to be next.
 * Each turn has a cost of its own, which hundreds of rooms that wait as long as they may need not
 * pay one by one. No more than so many receivers: they leave together, so that each waits for all.
 */
static bool goes_along(const struct schedule *schedule, const struct schedule_turn *turn,
		       const struct schedule_entry *entry)
{
	const int64_t most_ns = schedule->pacer.max_delay_ns;

	return turn->rooms < SCHEDULE_ALONG_ROOMS &&
	       turn->members + entry->facts.members <= SCHEDULE_ALONG_MEMBERS &&
	       schedule_waits_since_ns(entry) <=
		       turn->now_ns - (most_ns - most_ns / SCHEDULE_ALONG_PART);
}

/*
 * Whether the turn is a dear room's: when no other is due, or it has waited for as long as a state
 * may.
 */
static bool is_dear_turn(const struct schedule *schedule, const struct schedule_turn *turn)
{
	const struct schedule_entry *entry = heap_first(&schedule->dear);

	return turn->rooms == 0 && dear_due_ns(schedule) <= turn->now_ns &&
	       (others_due_ns(schedule) > turn->now_ns ||
		schedule_waits_since_ns(entry) + schedule->dear_pacer.max_delay_ns <= turn->now_ns);
}

/* Whether the room that has waited longest, of those that are not dear, goes in this turn. */
static bool is_others_turn(const struct schedule *schedule, const struct schedule_turn *turn)
{
	const struct schedule_entry *entry = heap_first(&schedule->waiting);

	if (!entry || turn->is_dear)
		return false;
	return turn->rooms > 0 && is_paced(schedule) ? goes_along(schedule, turn, entry)
						     : others_due_ns(schedule) <= turn->now_ns;
}

struct room *schedule_next_flush(struct schedule *schedule, struct schedule_turn *turn)
{
	struct schedule_entry *entry;

	if (is_dear_turn(schedule, turn))
		turn->is_dear = true;
	else if (!is_others_turn(schedule, turn))
		return NULL;
	entry = heap_first(turn->is_dear ? &schedule->dear : &schedule->waiting);
	schedule->went_dear = turn->is_dear;
	if (turn->rooms == 0) {
		schedule->waited_ns = turn->now_ns - schedule_waits_since_ns(entry);
		schedule->went_states = 0;
	}
	turn->rooms++;
	turn->members += entry->facts.members;
	schedule->went_states += entry->facts.states;
	return entry->room;
}

/* At a fixed rhythm more is expected until the room's next tick. */
static void note_busy(struct schedule *schedule, const struct schedule_entry *entry)
{
	int64_t until_ns;

	if (!is_ticking(schedule))
		return;
	until_ns = tick_next_ns(schedule->config->tick_hz, entry->phase_ns, entry->out_ns);
	if (until_ns > schedule->busy_until_ns)
		schedule->busy_until_ns = until_ns;
}

void schedule_flushed(struct schedule *schedule, struct schedule_entry *entry, int64_t now_ns)
{
	entry->begun_ns = entry->out_ns = now_ns;
	note_busy(schedule, entry);
}

void schedule_flushed_in_turn(struct schedule *schedule, struct schedule_entry *entry, size_t bytes,
			      size_t message_bytes, int64_t now_ns)
{
	if (is_ticking(schedule) && entry->facts.members >= ALIGNMENT_MEMBERS_LEAST)
		entry->phase_ns -=
			alignment_note(&entry->alignment, tick_period_ns(schedule->config->tick_hz),
				       bytes, message_bytes, now_ns);
	schedule_flushed(schedule, entry, now_ns);
	if (entry->is_going_out)
		return;
	entry->is_going_out = true;
	entry->next_out = schedule->going;
	schedule->going = entry;
}

/*
 * Rooms that go out in one turn share its time by their receivers. With the self-clocked flush each
 * is out after its own part of it: what comes while others are flushed waits since it came, or it
 * would wait longer than it may by up to a turn. At a fixed rhythm that is when the turn is over,
 * from which input has its time.
 */
static int64_t out_ns(const struct schedule *schedule, const struct schedule_entry *entry,
		      int64_t begin_ns, int64_t end_ns, size_t members)
{
	if (!is_paced(schedule) || entry->facts.members >= members)
		return end_ns;
	return begin_ns + (int64_t)((double)(end_ns - begin_ns) * (double)entry->facts.members /
				    (double)members);
}

static size_t members_going(const struct schedule *schedule)
{
	size_t members = 0;

	for (const struct schedule_entry *entry = schedule->going; entry; entry = entry->next_out)
		members += entry->facts.members;
	return members;
}

void schedule_spend(struct schedule *schedule, int64_t begin_ns, int64_t end_ns, int64_t cost_ns)
{
	const size_t members = members_going(schedule);
	struct schedule_entry *entry;

	pacer_spend(schedule->went_dear ? &schedule->dear_pacer : &schedule->pacer, begin_ns,
		    cost_ns, schedule->waited_ns, schedule->went_states);
	flush_latency_note(&schedule->flush_latency, end_ns - begin_ns, end_ns);
	while ((entry = schedule->going)) {
		schedule->going = entry->next_out;
		entry->is_going_out = false;
		entry->out_ns = out_ns(schedule, entry, begin_ns, end_ns, members);
		note_busy(schedule, entry);
	}
}

/* Timers. */

void schedule_begin_timers(struct schedule *schedule, struct schedule_turn *turn)
{
	struct schedule_entry **end = &turn->timers, *entry;

	while (heap_due_ns(&schedule->timers) <= turn->now_ns) {
		entry = heap_first(&schedule->timers);
		heap_remove(&schedule->timers, &entry->timer);
		entry->facts.timer_ns = INT64_MAX;
		*end = entry;
		end = &entry->next_timer;
	}
	*end = NULL;
}

struct room *schedule_next_timer(struct schedule_turn *turn)
{
	const struct schedule_entry *entry = turn->timers;

	if (!entry)
		return NULL;
	turn->timers = entry->next_timer;
	return entry->room;
}

/* Input. */

/* At a fixed rhythm: when a room in which something waits, or would, is next due. */
static int64_t next_tick_ns(const struct schedule *schedule, int64_t now_ns)
{
	const int64_t due_ns = flush_due_ns(schedule);
	const int64_t idle_ns = phases_next_ns(&schedule->phases,
					       tick_period_ns(schedule->config->tick_hz), now_ns);

	return due_ns < idle_ns ? due_ns : idle_ns;
}

/* Whether there is a next flush to come in for: something waits, or did just before. */
static bool is_busy(const struct schedule *schedule, int64_t now_ns)
{
	return schedule->waiting.count > 0 || now_ns < schedule->busy_until_ns;
}

int64_t schedule_rests_until_ns(const struct schedule *schedule, int64_t now_ns)
{
	if (is_paced(schedule))
		return pacer_due_ns(&schedule->pacer, now_ns);
	return is_ticking(schedule) && is_busy(schedule, now_ns) ? next_tick_ns(schedule, now_ns)
								 : now_ns;
}

int64_t schedule_coalesces_until_ns(const struct schedule *schedule, int64_t now_ns)
{
	const int64_t rests_ns = schedule_rests_until_ns(schedule, now_ns);
	const int64_t most_ns =
		now_ns + coalescing_longest_ns(&schedule->coalescing, is_ticking(schedule));

	return rests_ns < most_ns ? rests_ns : most_ns;
}

void schedule_count_datagrams(struct schedule *schedule, uint64_t datagrams, int64_t now_ns)
{
	coalescing_count(&schedule->coalescing, datagrams, now_ns);
}

int64_t schedule_latency_ns(const struct schedule *schedule, int64_t now_ns)
{
	return flush_latency_ns(&schedule->flush_latency, now_ns);
}
