#include "bench/sim/causes.h"

#include <errno.h>
#include <stdlib.h>

enum {
	NS_PER_MS = 1000000,
	/* For this long before and after what they say, the two ends of a session may differ. */
	DOUBT_S = 5,
};

static const int64_t never = INT64_MAX;
static const int64_t doubt_ns = DOUBT_S * INT64_C(1000000000);

struct causes_update {
	int64_t published_ns;   /* -1: it was not */
	int64_t reaches_ns;     /* the relay; `never` */
	int64_t newer_reach_ns; /* the first of all newer ones, from causes_settle on */
	bool has_entered;       /* a line */
	bool was_handed;        /* to ENet, for any receiver */
};

enum copy_flag {
	HANDED = 1,
	ENTERED = 2,
	REACHES = 4, /* by the end, and not as a repeat */
	REACHES_LATER = 8,
	SUPERSEDED = 16,
	ANCIENT = 32,
	REPEAT_REACHES = 64,
};

struct causes_copy {
	uint32_t reaches_ms; /* from the start on; of the first that does, by the end */
	uint8_t flags;
};

/* When there was no session; the last may be open, until `never`. */
struct causes_session {
	struct {
		int64_t from_ns, to_ns;
	} outs[CAUSES_OUTS_MAX];
	size_t count;
};

const char *causes_text(enum causes_cause cause)
{
	static const char *const texts[CAUSES_COUNT] = {
		[CAUSES_SESSION] = "cause_session",     [CAUSES_UNSENT] = "cause_unsent",
		[CAUSES_LINE_UP] = "cause_line_up",     [CAUSES_SUPERSEDED] = "cause_superseded",
		[CAUSES_REFUSED] = "cause_refused",     [CAUSES_OVERTAKEN] = "cause_overtaken",
		[CAUSES_LINE_DOWN] = "cause_line_down", [CAUSES_UNDER_WAY] = "cause_under_way",
		[CAUSES_UNKNOWN] = "cause_unknown",
	};

	return (unsigned)cause < CAUSES_COUNT ? texts[cause] : "cause_none";
}

int causes_init(struct causes *causes, size_t members, uint32_t numbers, enum causes_order order)
{
	const size_t pairs = members * members;

	*causes = (struct causes){ .members = members, .numbers = numbers, .order = order };
	causes->updates = calloc(members * numbers, sizeof(causes->updates[0]));
	causes->copies = calloc(pairs * numbers, sizeof(causes->copies[0]));
	causes->handed = calloc(pairs, sizeof(causes->handed[0]));
	causes->handed_ns = calloc(members, sizeof(causes->handed_ns[0]));
	causes->heard_ns = calloc(members, sizeof(causes->heard_ns[0]));
	causes->sessions = calloc(members, sizeof(causes->sessions[0]));
	if (!causes->updates || !causes->copies || !causes->handed || !causes->handed_ns ||
	    !causes->heard_ns || !causes->sessions) {
		causes_fini(causes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < members * numbers; i++)
		causes->updates[i] =
			(struct causes_update){ .published_ns = -1, .reaches_ns = never };
	return 0;
}

void causes_fini(struct causes *causes)
{
	free(causes->updates);
	free(causes->copies);
	free(causes->handed);
	free(causes->handed_ns);
	free(causes->heard_ns);
	free(causes->sessions);
	*causes = (struct causes){ 0 };
}

void causes_start(struct causes *causes, int64_t start_ns, int64_t end_ns)
{
	causes->start_ns = start_ns;
	causes->end_ns = end_ns;
	for (size_t i = 0; i < causes->members; i++)
		causes->sessions[i].count = 0;
}

static struct causes_update *update_at(const struct causes *causes, size_t sender, uint32_t number)
{
	if (sender >= causes->members || number >= causes->numbers)
		return NULL;
	return &causes->updates[sender * causes->numbers + number];
}

static struct causes_copy *copy_at(const struct causes *causes, size_t receiver, size_t sender,
				   uint32_t number)
{
	if (receiver >= causes->members || sender >= causes->members || number >= causes->numbers)
		return NULL;
	return &causes->copies[(receiver * causes->members + sender) * causes->numbers + number];
}

/* Sessions. */

void causes_session(struct causes *causes, size_t member, bool is_in, int64_t now_ns)
{
	struct causes_session *session;
	bool was_in;

	if (member >= causes->members)
		return;
	session = &causes->sessions[member];
	was_in = session->count == 0 || session->outs[session->count - 1].to_ns != never;
	if (is_in == was_in)
		return;
	if (is_in) {
		session->outs[session->count - 1].to_ns = now_ns;
		return;
	}
	if (session->count < CAUSES_OUTS_MAX)
		session->outs[session->count++].from_ns = now_ns;
	session->outs[session->count - 1].to_ns = never;
}

static bool was_out(const struct causes *causes, size_t member, int64_t from_ns, int64_t to_ns)
{
	const struct causes_session *session = &causes->sessions[member];

	for (size_t i = 0; i < session->count; i++)
		if (session->outs[i].from_ns <= to_ns && session->outs[i].to_ns >= from_ns)
			return true;
	return false;
}

/* What happened. */

void causes_publish(struct causes *causes, size_t sender, uint32_t number, int64_t now_ns)
{
	struct causes_update *update = update_at(causes, sender, number);

	if (update)
		update->published_ns = now_ns;
}

void causes_up(struct causes *causes, size_t sender, uint32_t number, int64_t arrives_ns)
{
	struct causes_update *update = update_at(causes, sender, number);

	if (!update)
		return;
	update->has_entered = true;
	if (arrives_ns < update->reaches_ns)
		update->reaches_ns = arrives_ns;
}

void causes_down(struct causes *causes, size_t receiver, size_t sender, uint32_t number,
		 bool is_repeat, int64_t arrives_ns)
{
	struct causes_copy *copy = copy_at(causes, receiver, sender, number);
	uint32_t reaches_ms;

	if (!copy)
		return;
	copy->flags |= ENTERED;
	if (arrives_ns == never)
		return;
	if (arrives_ns > causes->end_ns) {
		copy->flags |= REACHES_LATER;
		return;
	}
	if (is_repeat) {
		copy->flags |= REPEAT_REACHES;
		return;
	}
	reaches_ms = (uint32_t)((arrives_ns - causes->start_ns) / NS_PER_MS);
	if (!(copy->flags & REACHES) || reaches_ms < copy->reaches_ms)
		copy->reaches_ms = reaches_ms;
	copy->flags |= REACHES;
}

/* Whether a newer one, below `before`, was at the relay earlier than this. */
static bool is_behind(const struct causes *causes, size_t sender, uint32_t number, uint32_t before)
{
	const int64_t reaches_ns = update_at(causes, sender, number)->reaches_ns;

	for (uint32_t newer = number + 1; newer < before; newer++)
		if (update_at(causes, sender, newer)->reaches_ns < reaches_ns)
			return true;
	return false;
}

/*
 * The relay says how many it skipped, not which. They are among those that reached it and were not
 * handed on since the last that was; what was behind a newer one there already is the last to be
 * thought of, as that is dropped without a word where nothing is put in order.
 */
static void supersede(struct causes *causes, size_t receiver, size_t sender, uint32_t number,
		      uint32_t skipped, int64_t now_ns)
{
	const uint32_t from = causes->handed[receiver * causes->members + sender];

	for (int pass = 0; pass < 2; pass++)
		for (uint32_t n = number; skipped > 0 && n-- > from;) {
			struct causes_copy *copy = copy_at(causes, receiver, sender, n);

			if (copy->flags & (HANDED | SUPERSEDED) ||
			    update_at(causes, sender, n)->reaches_ns > now_ns)
				continue;
			if (pass == 0 && is_behind(causes, sender, n, number + 1))
				continue;
			copy->flags |= SUPERSEDED;
			skipped--;
		}
}

void causes_hand(struct causes *causes, size_t receiver, size_t sender, uint32_t number,
		 uint32_t skipped, int64_t now_ns)
{
	struct causes_copy *copy = copy_at(causes, receiver, sender, number);
	uint32_t *handed;

	if (!copy)
		return;
	supersede(causes, receiver, sender, number, skipped, now_ns);
	copy->flags |= HANDED;
	update_at(causes, sender, number)->was_handed = true;
	causes->handed_ns[receiver] = now_ns;
	handed = &causes->handed[receiver * causes->members + sender];
	if (number >= *handed)
		*handed = number + 1;
}

void causes_hear(struct causes *causes, size_t receiver, int64_t now_ns)
{
	if (receiver < causes->members)
		causes->heard_ns[receiver] = now_ns;
}

void causes_ancient(struct causes *causes, size_t receiver, size_t sender, uint32_t number)
{
	struct causes_copy *copy = copy_at(causes, receiver, sender, number);

	if (copy)
		copy->flags |= ANCIENT;
}

/* At the end. */

void causes_settle(struct causes *causes)
{
	for (size_t sender = 0; sender < causes->members; sender++) {
		int64_t first_ns = never;

		for (uint32_t n = causes->numbers; n-- > 0;) {
			struct causes_update *update = update_at(causes, sender, n);

			update->newer_reach_ns = first_ns;
			if (update->reaches_ns < first_ns)
				first_ns = update->reaches_ns;
		}
	}
}

/* One delivery that did not come, with what is known of it. */
struct delivery {
	const struct causes *causes;
	const struct causes_update *update;
	const struct causes_copy *copy;
	size_t receiver, sender;
	uint32_t number;
	bool has_newer;
};

static bool had_no_session(const struct delivery *of, int64_t from_ns, int64_t to_ns)
{
	return was_out(of->causes, of->sender, from_ns, to_ns) ||
	       was_out(of->causes, of->receiver, from_ns, to_ns);
}

/* What is said again until it is there, or the session is over. */
static enum causes_cause of_unfinished(const struct delivery *of)
{
	return had_no_session(of, of->update->published_ns, of->causes->end_ns) ? CAUSES_SESSION
										: CAUSES_UNDER_WAY;
}

/* A datagram with it was at the receiver's host by the end. */
static enum causes_cause of_arrived(const struct delivery *of)
{
	const struct causes *causes = of->causes;
	const int64_t reaches_ns =
		causes->start_ns + (int64_t)(of->copy->reaches_ms + 1) * NS_PER_MS;

	if (had_no_session(of, of->update->published_ns - doubt_ns, reaches_ns))
		return CAUSES_SESSION;
	if (causes->order == CAUSES_RELIABLE)
		return of_unfinished(of);
	if (causes->order == CAUSES_SEQUENCED || causes->order == CAUSES_UNSEQUENCED)
		return CAUSES_OVERTAKEN;
	if (causes->order == CAUSES_SHARED)
		return of->has_newer || causes->heard_ns[of->receiver] >= reaches_ns
			       ? CAUSES_OVERTAKEN
			       : CAUSES_UNDER_WAY;
	return CAUSES_UNKNOWN;
}

/* It was at the relay by the end, and not handed on to this receiver. */
static enum causes_cause of_relayed(const struct delivery *of)
{
	const struct causes *causes = of->causes;
	const bool is_newer_handed =
		causes->handed[of->receiver * causes->members + of->sender] > of->number;

	if (causes->order != CAUSES_RELIABLE && of->update->newer_reach_ns < of->update->reaches_ns)
		return CAUSES_OVERTAKEN;
	if (had_no_session(of, of->update->published_ns - doubt_ns, causes->end_ns))
		return CAUSES_SESSION;
	if (causes->handed_ns[of->receiver] < of->update->reaches_ns)
		return CAUSES_UNDER_WAY; /* it waits for a flush */
	if (causes->order == CAUSES_SHARED && is_newer_handed)
		return CAUSES_OVERTAKEN;
	if (causes->is_refusing)
		return CAUSES_REFUSED;
	/* Another of the sender's packets began ENet's next window: the relay never had it. */
	if (causes->order == CAUSES_UNSEQUENCED && !of->update->was_handed)
		return CAUSES_OVERTAKEN;
	return causes->order >= CAUSES_SHARED && !is_newer_handed ? CAUSES_UNDER_WAY
								  : CAUSES_UNKNOWN;
}

/* In no datagram that left the sender. */
static enum causes_cause of_unsent(const struct delivery *of)
{
	const int64_t published_ns = of->update->published_ns;

	if (was_out(of->causes, of->sender, published_ns, published_ns + NS_PER_MS))
		return CAUSES_SESSION;
	return of->causes->order == CAUSES_RELIABLE ? of_unfinished(of) : CAUSES_UNSENT;
}

enum causes_cause causes_of(const struct causes *causes, size_t receiver, size_t sender,
			    uint32_t number, bool has_newer)
{
	const bool is_reliable = causes->order == CAUSES_RELIABLE;
	const struct delivery of = { causes,
				     update_at(causes, sender, number),
				     copy_at(causes, receiver, sender, number),
				     receiver,
				     sender,
				     number,
				     has_newer };

	if (!of.update || !of.copy || of.update->published_ns < 0)
		return CAUSES_UNKNOWN;
	if (of.copy->flags & ANCIENT)
		return CAUSES_UNDER_WAY;
	if (of.copy->flags & REACHES)
		return of_arrived(&of);
	if (of.copy->flags & REACHES_LATER)
		return CAUSES_UNDER_WAY;
	if (of.copy->flags & REPEAT_REACHES)
		return of_unfinished(&of); /* kept back for a reliable one before it */
	if (of.copy->flags & ENTERED)
		return is_reliable ? of_unfinished(&of) : CAUSES_LINE_DOWN;
	if (of.copy->flags & HANDED)
		return is_reliable ? of_unfinished(&of) : CAUSES_UNSENT;
	if (of.copy->flags & SUPERSEDED)
		return CAUSES_SUPERSEDED;
	if (of.update->reaches_ns <= causes->end_ns)
		return of_relayed(&of);
	if (of.update->reaches_ns != never)
		return CAUSES_UNDER_WAY;
	if (of.update->has_entered)
		return is_reliable ? of_unfinished(&of) : CAUSES_LINE_UP;
	return of_unsent(&of);
}
