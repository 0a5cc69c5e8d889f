/* What the generator's members hear, and how old it is. */
#include <errno.h>
#include <stdlib.h>

#include "bench/generator_line.h"
#include "proto/states.h"
#include "proto/wire.h"

_Static_assert((int)HIST_STEP_BITS == (int)SAWTOOTH_FINE_BITS &&
		       HIST_MAX_NS >> SAWTOOTH_VALUE_BITS == 0,
	       "what a histogram counts, the ages count in the same bucket");
_Static_assert(SAWTOOTH_FINE_BUCKETS <= UINT16_MAX, "struct heard has room for a bucket");

enum {
	/* Who heard of one sender in so many when it was last heard of is likely to hear of all in
	 * a few datagrams, so its whole row is brought. Asked for one by one, as a message was
	 * read, places took a third of the generator's time (256 members at 80 Hz, --every). */
	ROW_PART = 16,
};

/*
 * The age from when the newest came, at `since_ns`, to `time_ns`, as far as that is within the
 * window; it counts from `origin_ns`.
 */
static void end_tooth(struct generator *g, unsigned member, int64_t origin_ns, int64_t since_ns,
		      int64_t time_ns)
{
	const int64_t from_ns = since_ns > g->from_ns ? since_ns : g->from_ns;
	const int64_t to_ns = time_ns < g->until_ns ? time_ns : g->until_ns;

	sawtooth_add(&g->ages, from_ns - origin_ns, to_ns - origin_ns);
	sawtooth_add(&g->receiver_ages[member], from_ns - origin_ns, to_ns - origin_ns);
}

/* The same of what is known of a sender. */
static void end_last_tooth(struct generator *g, unsigned member, const struct heard *heard,
			   int64_t time_ns)
{
	const uint32_t sender = heard_sender(&g->heard[member], heard);

	end_tooth(g, member, pace_due_ns(&g->pace, sender, heard->next - 1), heard->since_ns,
		  time_ns);
}

/*
 * Whether it is known who is to hear of whom, and since when. With an interest only the relay knows
 * who is in sight; and the naive one makes its rooms of who happened to connect one after another.
 */
static bool is_hearing_known(const struct generator *g)
{
	return !g->is_granted && (g->config->kind == GENERATOR_STARLING || g->config->rooms <= 1);
}

/*
 * Until the first comes, the age counts from when that was due: who is told late is not better off.
 */
static void end_first_tooth(struct generator *g, unsigned member, unsigned sender, int64_t time_ns)
{
	const int64_t due_ns = pace_due_ns(&g->pace, sender, 0);

	if (is_hearing_known(g))
		end_tooth(g, member, due_ns, due_ns, time_ns);
}

static uint32_t measured_since(const struct generator *g, uint32_t next, uint32_t number)
{
	const uint32_t from = next > g->first ? next : g->first;

	return number >= from ? number - from : 0;
}

/* It is the newest: the age falls. What came between this and the one before may be missing. */
static void take_newest(struct generator *g, unsigned member, struct heard *heard, uint32_t before,
			const struct update *update, unsigned skipped)
{
	/* The first that is seen of a sender comes after what was not for us. */
	const uint32_t missing = before == 0 ? 0 : measured_since(g, before, update->number);
	const int64_t due_ns = pace_due_ns(&g->pace, update->sender, update->number);

	g->seen_due += missing + (update->number >= g->first);
	g->skipped += skipped < missing ? skipped : missing;
	if (before > 0)
		end_tooth(g, member, pace_due_ns(&g->pace, update->sender, before - 1),
			  heard->since_ns, g->time_ns);
	else
		end_first_tooth(g, member, update->sender, g->time_ns);
	heard->since_ns = g->time_ns;
	heard->bucket = (uint16_t)sawtooth_bucket_of(SAWTOOTH_FINE_BITS, g->time_ns - due_ns);
}

static void take_naively(struct generator *g, const struct update *update)
{
	const struct generator_sent *sent = generator_sent_of(g, update->sender, update->number);

	if (g->delivered % g->naive_each == 0 && sent->number == update->number)
		hist_record(&g->naive_delays, g->time_ns - sent->at_ns);
}

/* Any that came. */
static void take(struct generator *g, unsigned member, struct heard *heard,
		 const struct update *update, unsigned skipped, uint32_t id)
{
	const uint32_t before = heard->next;

	if (!heard_take(heard, update->number))
		return;
	if (update->number >= g->first) {
		g->delivered++;
		hist_record(&g->delays,
			    g->time_ns - pace_due_ns(&g->pace, update->sender, update->number));
		take_naively(g, update);
	}
	heard->id = id;
	if (update->number >= before)
		take_newest(g, member, heard, before, update, skipped);
}

/*
 * The same of what nearly all are: the one after the newest, with both in the window and nothing
 * out of range. False: it is not such a one, and nothing is taken. Its tooth ends at one age for
 * both distributions, and begins where the newest's delay was counted.
 */
static inline bool take_next(struct generator *g, unsigned member, struct heard *heard,
			     const struct update *update, uint32_t id)
{
	const int64_t time_ns = g->time_ns, since_ns = heard->since_ns;
	const uint32_t number = update->number;
	int64_t delay_ns, age_ns;
	size_t bucket, end;

	if (number != heard->next || number <= g->first || heard->bucket < SAWTOOTH_NESTED ||
	    since_ns >= time_ns || time_ns > g->until_ns)
		return false;
	delay_ns = time_ns - pace_due_ns(&g->pace, update->sender, number);
	age_ns = time_ns - pace_due_ns(&g->pace, update->sender, number - 1);
	if (delay_ns < SAWTOOTH_NESTED || age_ns < delay_ns || age_ns > HIST_MAX_NS)
		return false;
	bucket = hist_bucket(delay_ns);
	end = hist_bucket(age_ns);
	sawtooth_count(&g->ages, heard->bucket, end, age_ns);
	sawtooth_count(&g->receiver_ages[member], sawtooth_coarse(heard->bucket),
		       sawtooth_coarse(end), age_ns);
	heard_take_next(heard);
	heard->since_ns = time_ns;
	heard->id = id;
	heard->bucket = (uint16_t)bucket;
	g->seen_due++;
	g->delivered++;
	hist_count(&g->delays, bucket, delay_ns);
	take_naively(g, update);
	return true;
}

static void hear(struct generator *g, unsigned member, const struct states_record *record)
{
	const struct update update = update_decode(record->payload.data);
	struct heard *heard;

	if (update.sender >= g->pace.members || update.sender == member || update.number >= g->end)
		return;
	heard = heard_of(&g->heard[member], update.sender);
	if (!heard)
		generator_fail(g, "not enough memory");
	else if (!take_next(g, member, heard, &update, record->member))
		take(g, member, heard, &update, record->skipped, record->member);
}

void generator_heard_records(struct generator *g, unsigned member,
			     const struct states_record *records, size_t count)
{
	g->heard[member].lately += (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		if (records[i].payload.size == UPDATE_PAYLOAD_BYTES)
			heard_prefetch(&g->heard[member],
				       update_decode(records[i].payload.data).sender);
	for (size_t i = 0; i < count; i++)
		if (records[i].payload.size == UPDATE_PAYLOAD_BYTES)
			hear(g, member, &records[i]);
}

void generator_foresee(const struct generator *g, unsigned member)
{
	if (heard_is_small(&g->heard[member]))
		heard_prefetch_all(&g->heard[member]);
}

void generator_expect(struct generator *g, unsigned member)
{
	struct heard_table *table = &g->heard[member];
	const uint64_t *begins = g->receiver_ages[member].begins;

	if (!table->is_sparse && table->lately >= table->capacity / ROW_PART)
		heard_prefetch_all(table);
	table->lately = 0;
	for (uint32_t i = 0; heard_is_small(table) && i < table->capacity; i++)
		if (table->places[i].bucket >= SAWTOOTH_NESTED)
			__builtin_prefetch(&begins[sawtooth_coarse(table->places[i].bucket)], 1);
}

void generator_heard(struct generator *g, unsigned member, const uint8_t *bytes, unsigned skipped,
		     uint32_t id)
{
	const struct states_record record = { .member = id,
					      .skipped = (uint16_t)skipped,
					      .payload = { bytes, UPDATE_PAYLOAD_BYTES } };

	generator_heard_records(g, member, &record, 1);
}

void generator_gone(struct generator *g, unsigned member, uint32_t id, uint16_t seq)
{
	for (struct heard *heard = heard_next(&g->heard[member], NULL); heard;
	     heard = heard_next(&g->heard[member], heard)) {
		if (heard->id != id)
			continue;
		/* It may have come back before the word that it had gone. */
		if (wire_seq_is_newer((uint16_t)(heard->next - 1), seq))
			return;
		end_last_tooth(g, member, heard, g->time_ns);
		heard_forget(&g->heard[member], heard_sender(&g->heard[member], heard));
		return;
	}
}

static int64_t in_us(int64_t ns)
{
	return ns < 0 ? -1 : ns / 1000;
}

/* Those of its room whom the member never heard wait to the end. */
static void end_unheard(struct generator *g, unsigned member)
{
	const unsigned rooms = generator_rooms(g->config);

	for (unsigned sender = generator_room(g->config, member);
	     is_hearing_known(g) && sender < g->pace.members; sender += rooms) {
		const struct heard *heard = heard_of(&g->heard[member], sender);

		if (sender != member && (!heard || heard->next == 0))
			end_first_tooth(g, member, sender, g->until_ns);
	}
}

void generator_sum_up_ages(struct generator *g)
{
	struct generator_result *result = g->result;

	result->age_worst_p99_us = -1;
	for (unsigned i = 0; i < g->pace.members; i++) {
		int64_t p99_us;

		for (struct heard *heard = heard_next(&g->heard[i], NULL); heard;
		     heard = heard_next(&g->heard[i], heard))
			end_last_tooth(g, i, heard, g->until_ns);
		end_unheard(g, i);
		p99_us = in_us(sawtooth_quantile_ns(&g->receiver_ages[i], 0.99));
		if (p99_us > result->age_worst_p99_us)
			result->age_worst_p99_us = p99_us;
	}
	result->age_p50_us = in_us(sawtooth_quantile_ns(&g->ages, 0.5));
	result->age_p99_us = in_us(sawtooth_quantile_ns(&g->ages, 0.99));
	result->age_max_us = in_us(g->ages.max_ns);
}

/* Where all are in sight of all, a place for each pair is the fastest. */
bool generator_is_dense(const struct generator_config *config)
{
	return config->interest == WIRE_ALL && config->rooms <= 1;
}

/* Of an interest other than `all` nobody knows how many deliveries there will be. */
static uint64_t naive_each(const struct generator_config *config)
{
	const double a_second =
		config->members * (generator_room_size(config, 0) - 1.0) * config->rate_hz;
	const double each = a_second / GENERATOR_NAIVE_A_SECOND;

	return config->interest == WIRE_ALL && each > GENERATOR_NAIVE_EACH ? (uint64_t)each
									   : GENERATOR_NAIVE_EACH;
}

int generator_open_tables(struct generator *g)
{
	const unsigned members = g->config->members;
	const uint32_t places = generator_is_dense(g->config) ? members : 0;

	g->naive_each = naive_each(g->config);
	g->heard = calloc(members, sizeof(*g->heard));
	g->receiver_ages = calloc(members, sizeof(*g->receiver_ages));
	g->sent = calloc((size_t)members * GENERATOR_SENT, sizeof(*g->sent));
	if (!g->sent || !g->heard || !g->receiver_ages ||
	    sawtooth_init(&g->ages, SAWTOOTH_FINE_BITS) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < members; i++)
		if (heard_init(&g->heard[i], places) < 0 ||
		    sawtooth_init(&g->receiver_ages[i], SAWTOOTH_COARSE_BITS) < 0)
			return -ENOMEM;
	return 0;
}

void generator_close_tables(struct generator *g)
{
	for (unsigned i = 0; i < g->config->members; i++) {
		if (g->heard)
			heard_fini(&g->heard[i]);
		if (g->receiver_ages)
			sawtooth_fini(&g->receiver_ages[i]);
	}
	sawtooth_fini(&g->ages);
	free(g->sent);
	free(g->heard);
	free(g->receiver_ages);
}
