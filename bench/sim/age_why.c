#include "bench/sim/age_why.h"

#include <errno.h>
#include <stdlib.h>

static const int64_t never = INT64_MAX;

/* Datagrams with one state; 0: not seen, as no time is. */
struct way {
	int64_t left_ns, sent_ns; /* the first, and the one that arrives first */
	int64_t arrives_ns;
};

struct age_why_update {
	struct way way;
	int64_t taken_ns;
};

struct age_why_copy {
	struct way way;
	int64_t handed_ns;
};

struct age_why_sender {
	uint32_t taken, left;    /* the newest at the relay, and of those that left, plus 1 */
	struct age_span *blocks; /* when some were at the relay's host, kept back */
	size_t block_count, capacity;
};

/* When the newest of the SNAPSHOTs that a receiver was handed left the relay. */
struct age_why_receiver {
	int64_t now_ns, left_ns;           /* at the last moment at which it was handed any */
	int64_t before_ns, left_before_ns; /* at the moment before that one */
};

/* The state that a receiver holds, and the one until it was last handed anything. */
struct age_why_pair {
	struct age_path path, before;
	uint32_t held; /* its number, plus 1; 0: none */
	uint32_t left; /* of those that left the relay, the newest, plus 1 */
};

int age_why_init(struct age_why *why, size_t members, uint32_t numbers)
{
	const size_t pairs = members * members;

	*why = (struct age_why){ .members = members, .numbers = numbers, .moment.age_ns = -1 };
	why->made_ns = calloc(members * (numbers + 1), sizeof(why->made_ns[0]));
	why->updates = calloc(members * numbers, sizeof(why->updates[0]));
	why->copies[0] = calloc(pairs * numbers, sizeof(why->copies[0][0]));
	why->copies[1] = calloc(pairs * numbers, sizeof(why->copies[1][0]));
	why->senders = calloc(members, sizeof(why->senders[0]));
	why->receivers = calloc(members, sizeof(why->receivers[0]));
	why->pairs = calloc(pairs, sizeof(why->pairs[0]));
	if (why->made_ns && why->updates && why->copies[0] && why->copies[1] && why->senders &&
	    why->receivers && why->pairs)
		return 0;
	age_why_fini(why);
	return -ENOMEM;
}

void age_why_fini(struct age_why *why)
{
	for (size_t i = 0; why->senders && i < why->members; i++)
		free(why->senders[i].blocks);
	free(why->made_ns);
	free(why->updates);
	free(why->copies[0]);
	free(why->copies[1]);
	free(why->senders);
	free(why->receivers);
	free(why->pairs);
	*why = (struct age_why){ 0 };
}

static int64_t made_ns_of(const struct age_why *why, size_t sender, uint32_t number)
{
	return why->made_ns[sender * (why->numbers + 1) + number];
}

static int64_t period_ns_of(const struct age_why *why, size_t sender, uint32_t number)
{
	return made_ns_of(why, sender, number + 1) - made_ns_of(why, sender, number);
}

void age_why_start(struct age_why *why, int64_t from_ns, int64_t to_ns,
		   int64_t (*made_ns)(void *context, size_t sender, uint32_t number), void *context)
{
	why->from_ns = from_ns;
	why->to_ns = to_ns;
	for (size_t sender = 0; sender < why->members; sender++)
		for (uint32_t n = 0; n <= why->numbers; n++)
			why->made_ns[sender * (why->numbers + 1) + n] = made_ns(context, sender, n);
	for (size_t i = 0; i < why->members * why->members; i++) {
		const size_t sender = i % why->members;

		why->pairs[i].path = why->pairs[i].before =
			age_path_of_first(made_ns_of(why, sender, 0), period_ns_of(why, sender, 0));
	}
}

static struct age_why_update *update_at(const struct age_why *why, size_t sender, uint32_t number)
{
	if (sender >= why->members || number >= why->numbers)
		return NULL;
	return &why->updates[sender * why->numbers + number];
}

static struct age_why_copy *copy_at(const struct age_why *why, size_t receiver, size_t sender,
				    uint32_t number, bool is_repeat)
{
	if (receiver >= why->members || sender >= why->members || number >= why->numbers)
		return NULL;
	return &why->copies[is_repeat][(receiver * why->members + sender) * why->numbers + number];
}

/* On the way. */

static void note_way(struct way *way, int64_t left_ns, int64_t arrives_ns)
{
	if (way->left_ns == 0)
		*way = (struct way){ .left_ns = left_ns, .arrives_ns = never };
	if (arrives_ns >= way->arrives_ns)
		return;
	way->sent_ns = left_ns;
	way->arrives_ns = arrives_ns;
}

void age_why_up(struct age_why *why, size_t sender, uint32_t number, int64_t left_ns,
		int64_t arrives_ns)
{
	struct age_why_update *update = update_at(why, sender, number);

	if (!update)
		return;
	note_way(&update->way, left_ns, arrives_ns);
	if (number >= why->senders[sender].left)
		why->senders[sender].left = number + 1;
}

void age_why_down(struct age_why *why, size_t receiver, size_t sender, uint32_t number,
		  bool is_repeat, int64_t left_ns, int64_t arrives_ns)
{
	struct age_why_copy *copy = copy_at(why, receiver, sender, number, is_repeat);
	struct age_why_pair *pair;

	if (!copy)
		return;
	note_way(&copy->way, left_ns, arrives_ns);
	pair = &why->pairs[receiver * why->members + sender];
	if (number >= pair->left)
		pair->left = number + 1;
}

/* The first arrival at the relay of those from `from` up to, without, `to`. */
static int64_t first_reach_ns(const struct age_why *why, size_t sender, uint32_t from, uint32_t to)
{
	int64_t first_ns = never;

	for (uint32_t n = from; n < to; n++) {
		const struct way *way = &update_at(why, sender, n)->way;

		if (way->left_ns != 0 && way->arrives_ns < first_ns)
			first_ns = way->arrives_ns;
	}
	return first_ns;
}

/* Without memory it is no block: what it would explain counts as late. */
static void add_block(struct age_why_sender *sender, struct age_span block)
{
	if (sender->block_count == sender->capacity) {
		const size_t capacity = sender->capacity ? 2 * sender->capacity : 64;
		struct age_span *blocks = realloc(sender->blocks, capacity * sizeof(*blocks));

		if (!blocks)
			return;
		sender->blocks = blocks;
		sender->capacity = capacity;
	}
	sender->blocks[sender->block_count++] = block;
}

void age_why_take(struct age_why *why, size_t sender, uint32_t number, int64_t at_ns)
{
	struct age_why_update *update = update_at(why, sender, number);
	struct age_why_sender *from;
	int64_t first_ns;

	if (!update || number < why->senders[sender].taken)
		return;
	from = &why->senders[sender];
	first_ns = first_reach_ns(why, sender, from->taken, number + 1);
	if (first_ns < at_ns)
		add_block(from, (struct age_span){ first_ns, at_ns });
	from->taken = number + 1;
	update->taken_ns = at_ns;
}

void age_why_hand(struct age_why *why, size_t receiver, size_t sender, uint32_t number,
		  bool is_repeat, int64_t now_ns)
{
	struct age_why_copy *copy = copy_at(why, receiver, sender, number, is_repeat);

	if (copy && copy->handed_ns == 0)
		copy->handed_ns = now_ns;
}

/* The state held. */

static void note_moment(struct age_why *why, size_t at, const struct age_path *path, int64_t now_ns)
{
	struct age_why_moment *moment = &why->moment;

	if (now_ns - path->at_ns[AGE_MADE] <= moment->age_ns)
		return;
	moment->receiver = at / why->members;
	moment->sender = at % why->members;
	moment->at_ns = now_ns - why->from_ns;
	moment->age_ns = now_ns - path->at_ns[AGE_MADE];
	age_parts_at(path, now_ns, moment->parts_ns);
}

/* One held it until `until_ns`. Those that are kept back at the relay now end later. */
static void end_path(struct age_why *why, size_t at, struct age_path *path, int64_t until_ns)
{
	struct age_why_sender *sender = &why->senders[at % why->members];
	const int64_t held_ns = path->at_ns[AGE_HELD];
	const int64_t from_ns = held_ns > why->from_ns ? held_ns : why->from_ns;
	const int64_t to_ns = until_ns < why->to_ns ? until_ns : why->to_ns;
	const int64_t open_ns = first_reach_ns(why, at % why->members, sender->taken, sender->left);
	const size_t count = sender->block_count;

	if (from_ns >= to_ns)
		return;
	if (open_ns < to_ns)
		add_block(sender, (struct age_span){ open_ns, never });
	path->blocks = sender->blocks;
	path->block_count = sender->block_count;
	age_parts_integrate(path, from_ns, to_ns, why->sums);
	note_moment(why, at, path, to_ns);
	sender->block_count = count;
}

static struct age_path path_of(const struct age_why *why, size_t sender, uint32_t number,
			       const struct age_why_copy *copy, int64_t now_ns)
{
	const struct age_why_update *update = update_at(why, sender, number);
	const struct way *up = &update->way, *down = &copy->way;
	struct age_path path = {
		.at_ns = {
			[AGE_MADE] = made_ns_of(why, sender, number),
			[AGE_LEFT] = up->left_ns,
			[AGE_SENT] = up->sent_ns,
			[AGE_REACHED] = up->arrives_ns,
			[AGE_TAKEN] = update->taken_ns,
			[AGE_HANDED] = copy->handed_ns,
			[AGE_LEFT_RELAY] = down->left_ns,
			[AGE_SENT_ON] = down->sent_ns,
			[AGE_ARRIVED] = down->arrives_ns,
			[AGE_HELD] = now_ns,
		},
		.period_ns = period_ns_of(why, sender, number),
		.behind_ns = never,
	};

	for (size_t i = AGE_LEFT; i < AGE_HELD; i++)
		if (path.at_ns[i] == 0)
			path.at_ns[i] = AGE_NEVER;
	return path;
}

/*
 * Since when one that is newer than what is held was at the receiver's host, until now, when the
 * receiver is handed something again: what came and was not overtaken was kept back, also what
 * ENet drops as what was before it comes.
 */
static int64_t first_kept_ns(const struct age_why *why, size_t receiver, size_t sender)
{
	const struct age_why_receiver *at = &why->receivers[receiver];
	const struct age_why_pair *pair = &why->pairs[receiver * why->members + sender];
	int64_t first_ns = never;

	for (uint32_t n = pair->held; n < pair->left; n++) {
		const struct way *way = &copy_at(why, receiver, sender, n, false)->way;

		if (way->left_ns != 0 && way->arrives_ns >= at->before_ns &&
		    way->arrives_ns < at->now_ns && way->sent_ns > at->left_before_ns &&
		    way->arrives_ns < first_ns)
			first_ns = way->arrives_ns;
	}
	return first_ns;
}

static void note_handed_over(struct age_why_receiver *receiver, int64_t left_ns, int64_t now_ns)
{
	if (receiver->now_ns < now_ns) {
		receiver->before_ns = receiver->now_ns;
		receiver->left_before_ns = receiver->left_ns;
		receiver->now_ns = now_ns;
	}
	if (left_ns > receiver->left_ns)
		receiver->left_ns = left_ns;
}

void age_why_hear(struct age_why *why, size_t receiver, size_t sender, uint32_t number,
		  bool is_repeat, int64_t now_ns)
{
	const struct age_why_copy *copy = copy_at(why, receiver, sender, number, is_repeat);
	const size_t at = receiver * why->members + sender;
	struct age_why_pair *pair;

	if (!copy)
		return;
	if (!is_repeat)
		note_handed_over(&why->receivers[receiver], copy->way.sent_ns, now_ns);
	if (number < why->pairs[at].held)
		return;
	pair = &why->pairs[at];
	if (pair->path.at_ns[AGE_HELD] < now_ns) {
		end_path(why, at, &pair->before, pair->path.at_ns[AGE_HELD]);
		pair->before = pair->path;
		if (!is_repeat)
			pair->before.behind_ns = first_kept_ns(why, receiver, sender);
	}
	/* All that come at once were kept back since the first of them was there. */
	if (copy->way.left_ns != 0 && copy->way.arrives_ns < now_ns &&
	    copy->way.arrives_ns < pair->before.behind_ns)
		pair->before.behind_ns = copy->way.arrives_ns;
	pair->held = number + 1;
	pair->path = path_of(why, sender, number, copy, now_ns);
}

void age_why_settle(struct age_why *why)
{
	for (size_t i = 0; i < why->members * why->members; i++) {
		struct age_why_pair *pair = &why->pairs[i];

		if (i / why->members == i % why->members)
			continue;
		end_path(why, i, &pair->before, pair->path.at_ns[AGE_HELD]);
		end_path(why, i, &pair->path, why->to_ns);
	}
}

double age_why_mean_ns(const struct age_why *why, enum age_part part)
{
	const double pairs = (double)(why->members * (why->members - 1));

	return why->sums[part] / pairs / (double)(why->to_ns - why->from_ns);
}
