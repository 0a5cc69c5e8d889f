#include "bench/sim/loss_causes.h"

#include <errno.h>
#include <stdlib.h>

enum {
	NS_PER_MS = 1000000,
	/* For this long before and after what they say, the two ends of a session may differ. */
	DOUBT_S = 5,
};

static const int64_t never = INT64_MAX;
static const int64_t doubt_ns = DOUBT_S * INT64_C(1000000000);

struct loss_causes_update {
	int64_t published_ns;   /* -1: it was not */
	int64_t reaches_ns;     /* the relay; `never` */
	int64_t newer_reach_ns; /* the first of all newer ones, from loss_causes_settle on */
	bool has_entered;       /* a link */
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

struct loss_causes_copy {
	uint32_t reaches_ms; /* from the start on; of the first that does, by the end */
	uint8_t flags;
};

/* When there was no session; the last may be open, until `never`. */
struct loss_causes_session {
	struct {
		int64_t from_ns, to_ns;
	} outs[LOSS_CAUSES_OUTS_MAX];
	size_t count;
};

const char *loss_causes_text(enum loss_causes_cause cause)
{
	static const char *const texts[LOSS_CAUSES_COUNT] = {
		[LOSS_CAUSES_SESSION] = "cause_session",
		[LOSS_CAUSES_UNSENT] = "cause_unsent",
		[LOSS_CAUSES_LINK_UP] = "cause_line_up",
		[LOSS_CAUSES_SUPERSEDED] = "cause_superseded",
		[LOSS_CAUSES_REFUSED] = "cause_refused",
		[LOSS_CAUSES_OVERTAKEN] = "cause_overtaken",
		[LOSS_CAUSES_LINK_DOWN] = "cause_line_down",
		[LOSS_CAUSES_UNDER_WAY] = "cause_under_way",
		[LOSS_CAUSES_UNKNOWN] = "cause_unknown",
	};

	return (unsigned)cause < LOSS_CAUSES_COUNT ? texts[cause] : "cause_none";
}

int loss_causes_init(struct loss_causes *causes, size_t members, uint32_t numbers,
		     enum loss_causes_order order)
{
	const size_t pairs = members * members;

	*causes = (struct loss_causes){ .members = members, .numbers = numbers, .order = order };
	causes->updates = calloc(members * numbers, sizeof(causes->updates[0]));
	causes->copies = calloc(pairs * numbers, sizeof(causes->copies[0]));
	causes->handed = calloc(pairs, sizeof(causes->handed[0]));
	causes->handed_ns = calloc(members, sizeof(causes->handed_ns[0]));
	causes->heard_ns = calloc(members, sizeof(causes->heard_ns[0]));
	causes->sessions = calloc(members, sizeof(causes->sessions[0]));
	if (!causes->updates || !causes->copies || !causes->handed || !causes->handed_ns ||
	    !causes->heard_ns || !causes->sessions) {
		loss_causes_fini(causes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < members * numbers; i++)
		causes->updates[i] =
			(struct loss_causes_update){ .published_ns = -1, .reaches_ns = never };
	return 0;
}

void loss_causes_fini(struct loss_causes *causes)
{
	free(causes->updates);
	free(causes->copies);
	free(causes->handed);
	free(causes->handed_ns);
	free(causes->heard_ns);
	free(causes->sessions);
	*causes = (struct loss_causes){ 0 };
}

void loss_causes_start(struct loss_causes *causes, int64_t start_ns, int64_t end_ns)
{
	causes->start_ns = start_ns;
	causes->end_ns = end_ns;
	for (size_t i = 0; i < causes->members; i++)
		causes->sessions[i].count = 0;
}

static struct loss_causes_update *update_at(const struct loss_causes *causes, size_t sender,
					    uint32_t number)
{
	if (sender >= causes->members || number >= causes->numbers)
		return NULL;
	return &causes->updates[sender * causes->numbers + number];
}

static struct loss_causes_copy *copy_at(const struct loss_causes *causes, size_t receiver,
					size_t sender, uint32_t number)
{
	if (receiver >= causes->members || sender >= causes->members || number >= causes->numbers)
		return NULL;
	return &causes->copies[(receiver * causes->members + sender) * causes->numbers + number];
}

/* Sessions. */

void loss_causes_session(struct loss_causes *causes, size_t member, bool is_in, int64_t now_ns)
{
	struct loss_causes_session *session;
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
	if (session->count < LOSS_CAUSES_OUTS_MAX)
		session->outs[session->count++].from_ns = now_ns;
	session->outs[session->count - 1].to_ns = never;
}

static bool was_out(const struct loss_causes *causes, size_t member, int64_t from_ns, int64_t to_ns)
{
	const struct loss_causes_session *session = &causes->sessions[member];

	for (size_t i = 0; i < session->count; i++)
		if (session->outs[i].from_ns <= to_ns && session->outs[i].to_ns >= from_ns)
			return true;
	return false;
}

/* Events on the way. */

void loss_causes_publish(struct loss_causes *causes, size_t sender, uint32_t number, int64_t now_ns)
{
	struct loss_causes_update *update = update_at(causes, sender, number);

	if (update)
		update->published_ns = now_ns;
}

void loss_causes_up(struct loss_causes *causes, size_t sender, uint32_t number, int64_t arrives_ns)
{
	struct loss_causes_update *update = update_at(causes, sender, number);

	if (!update)
		return;
	update->has_entered = true;
	if (arrives_ns < update->reaches_ns)
		update->reaches_ns = arrives_ns;
}

void loss_causes_down(struct loss_causes *causes, size_t receiver, size_t sender, uint32_t number,
		      bool is_repeat, int64_t arrives_ns)
{
	struct loss_causes_copy *copy = copy_at(causes, receiver, sender, number);
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
static bool is_behind(const struct loss_causes *causes, size_t sender, uint32_t number,
		      uint32_t before)
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
static void supersede(struct loss_causes *causes, size_t receiver, size_t sender, uint32_t number,
		      uint32_t skipped, int64_t now_ns)
{
	const uint32_t from = causes->handed[receiver * causes->members + sender];

	for (int pass = 0; pass < 2; pass++)
		for (uint32_t n = number; skipped > 0 && n-- > from;) {
			struct loss_causes_copy *copy = copy_at(causes, receiver, sender, n);

			if (copy->flags & (HANDED | SUPERSEDED) ||
			    update_at(causes, sender, n)->reaches_ns > now_ns)
				continue;
			if (pass == 0 && is_behind(causes, sender, n, number + 1))
				continue;
			copy->flags |= SUPERSEDED;
			skipped--;
		}
}

void loss_causes_hand(struct loss_causes *causes, size_t receiver, size_t sender, uint32_t number,
		      uint32_t skipped, int64_t now_ns)
{
	struct loss_causes_copy *copy = copy_at(causes, receiver, sender, number);
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

void loss_causes_hear(struct loss_causes *causes, size_t receiver, int64_t now_ns)
{
	if (receiver < causes->members)
		causes->heard_ns[receiver] = now_ns;
}

void loss_causes_ancient(struct loss_causes *causes, size_t receiver, size_t sender,
			 uint32_t number)
{
	struct loss_causes_copy *copy = copy_at(causes, receiver, sender, number);

	if (copy)
		copy->flags |= ANCIENT;
}

/* At the end. */

void loss_causes_settle(struct loss_causes *causes)
{
	for (size_t sender = 0; sender < causes->members; sender++) {
		int64_t first_ns = never;

		for (uint32_t n = causes->numbers; n-- > 0;) {
			struct loss_causes_update *update = update_at(causes, sender, n);

			update->newer_reach_ns = first_ns;
			if (update->reaches_ns < first_ns)
				first_ns = update->reaches_ns;
		}
	}
}

/* One delivery that did not come, with what is known of it. */
struct delivery {
	const struct loss_causes *causes;
	const struct loss_causes_update *update;
	const struct loss_causes_copy *copy;
	size_t receiver, sender;
	uint32_t number;
	bool has_newer;
};

static bool had_no_session(const struct delivery *of, int64_t from_ns, int64_t to_ns)
{
	return was_out(of->causes, of->sender, from_ns, to_ns) ||
	       was_out(of->causes, of->receiver, from_ns, to_ns);
}

/* It is said again until it is there, or the session is over. */
static enum loss_causes_cause of_unfinished(const struct delivery *of)
{
	return had_no_session(of, of->update->published_ns, of->causes->end_ns)
		       ? LOSS_CAUSES_SESSION
		       : LOSS_CAUSES_UNDER_WAY;
}

/* A datagram with it was at the receiver's host by the end. */
static enum loss_causes_cause of_arrived(const struct delivery *of)
{
	const struct loss_causes *causes = of->causes;
	const int64_t reaches_ns =
		causes->start_ns + (int64_t)(of->copy->reaches_ms + 1) * NS_PER_MS;

	if (had_no_session(of, of->update->published_ns - doubt_ns, reaches_ns))
		return LOSS_CAUSES_SESSION;
	if (causes->order == LOSS_CAUSES_RELIABLE)
		return of_unfinished(of);
	if (causes->order == LOSS_CAUSES_SEQUENCED || causes->order == LOSS_CAUSES_UNSEQUENCED)
		return LOSS_CAUSES_OVERTAKEN;
	if (causes->order == LOSS_CAUSES_SHARED)
		return of->has_newer || causes->heard_ns[of->receiver] >= reaches_ns
			       ? LOSS_CAUSES_OVERTAKEN
			       : LOSS_CAUSES_UNDER_WAY;
	return LOSS_CAUSES_UNKNOWN;
}

/* It was at the relay by the end, and not handed on to this receiver. */
static enum loss_causes_cause of_relayed(const struct delivery *of)
{
	const struct loss_causes *causes = of->causes;
	const bool is_newer_handed =
		causes->handed[of->receiver * causes->members + of->sender] > of->number;

	if (causes->order != LOSS_CAUSES_RELIABLE &&
	    of->update->newer_reach_ns < of->update->reaches_ns)
		return LOSS_CAUSES_OVERTAKEN;
	if (had_no_session(of, of->update->published_ns - doubt_ns, causes->end_ns))
		return LOSS_CAUSES_SESSION;
	if (causes->handed_ns[of->receiver] < of->update->reaches_ns)
		return LOSS_CAUSES_UNDER_WAY; /* it waits for a flush */
	if (causes->order == LOSS_CAUSES_SHARED && is_newer_handed)
		return LOSS_CAUSES_OVERTAKEN;
	if (causes->is_refusing)
		return LOSS_CAUSES_REFUSED;
	/* Another of the sender's packets began ENet's next window: the relay never had it. */
	if (causes->order == LOSS_CAUSES_UNSEQUENCED && !of->update->was_handed)
		return LOSS_CAUSES_OVERTAKEN;
	return causes->order >= LOSS_CAUSES_SHARED && !is_newer_handed ? LOSS_CAUSES_UNDER_WAY
								       : LOSS_CAUSES_UNKNOWN;
}

/* In no datagram that left the sender. */
static enum loss_causes_cause of_unsent(const struct delivery *of)
{
	const int64_t published_ns = of->update->published_ns;

	if (was_out(of->causes, of->sender, published_ns, published_ns + NS_PER_MS))
		return LOSS_CAUSES_SESSION;
	return of->causes->order == LOSS_CAUSES_RELIABLE ? of_unfinished(of) : LOSS_CAUSES_UNSENT;
}

enum loss_causes_cause loss_causes_of(const struct loss_causes *causes, size_t receiver,
				      size_t sender, uint32_t number, bool has_newer)
{
	const bool is_reliable = causes->order == LOSS_CAUSES_RELIABLE;
	const struct delivery of = { causes,
				     update_at(causes, sender, number),
				     copy_at(causes, receiver, sender, number),
				     receiver,
				     sender,
				     number,
				     has_newer };

	if (!of.update || !of.copy || of.update->published_ns < 0)
		return LOSS_CAUSES_UNKNOWN;
	if (of.copy->flags & ANCIENT)
		return LOSS_CAUSES_UNDER_WAY;
	if (of.copy->flags & REACHES)
		return of_arrived(&of);
	if (of.copy->flags & REACHES_LATER)
		return LOSS_CAUSES_UNDER_WAY;
	if (of.copy->flags & REPEAT_REACHES)
		return of_unfinished(&of); /* kept back for a reliable one before it */
	if (of.copy->flags & ENTERED)
		return is_reliable ? of_unfinished(&of) : LOSS_CAUSES_LINK_DOWN;
	if (of.copy->flags & HANDED)
		return is_reliable ? of_unfinished(&of) : LOSS_CAUSES_UNSENT;
	if (of.copy->flags & SUPERSEDED)
		return LOSS_CAUSES_SUPERSEDED;
	if (of.update->reaches_ns <= causes->end_ns)
		return of_relayed(&of);
	if (of.update->reaches_ns != never)
		return LOSS_CAUSES_UNDER_WAY;
	if (of.update->has_entered)
		return is_reliable ? of_unfinished(&of) : LOSS_CAUSES_LINK_UP;
	return of_unsent(&of);
}
