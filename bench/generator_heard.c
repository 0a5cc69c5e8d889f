/* What the generator's members hear, and how old it is. */
#include <errno.h>
#include <stdlib.h>

#include "bench/generator_line.h"
#include "proto/wire.h"

/* The age since the newest state came, as far as it is within the window. */
static void end_tooth(struct generator *g, unsigned member, const struct heard *heard,
		      int64_t time_ns)
{
	const int64_t from_ns = heard->since_ns > g->from_ns ? heard->since_ns : g->from_ns;
	const int64_t to_ns = time_ns < g->until_ns ? time_ns : g->until_ns;

	sawtooth_add(&g->ages, from_ns - heard->origin_ns, to_ns - heard->origin_ns);
	sawtooth_add(&g->receiver_ages[member], from_ns - heard->origin_ns,
		     to_ns - heard->origin_ns);
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
	const struct heard none = { .origin_ns = due_ns, .since_ns = due_ns };

	if (is_hearing_known(g))
		end_tooth(g, member, &none, time_ns);
}

static uint32_t measured_since(const struct generator *g, uint32_t next, uint32_t number)
{
	const uint32_t from = next > g->first ? next : g->first;

	return number >= from ? number - from : 0;
}

/* It is the newest: the age falls. What came between this and the one before may be missing. */
static void take_newest(struct generator *g, unsigned member, struct heard *heard, uint32_t before,
			int64_t due_ns, unsigned skipped)
{
	const uint32_t number = heard->next - 1;
	/* The first that is seen of a sender comes after what was not for us. */
	const uint32_t missing = before == 0 ? 0 : measured_since(g, before, number);

	g->seen_due += missing + (number >= g->first);
	g->skipped += skipped < missing ? skipped : missing;
	if (before > 0)
		end_tooth(g, member, heard, g->time_ns);
	else
		end_first_tooth(g, member, heard_sender(&g->heard[member], heard), g->time_ns);
	heard->origin_ns = due_ns;
	heard->since_ns = g->time_ns;
}

static void take_naively(struct generator *g, const struct update *update)
{
	const struct generator_sent *sent =
		&g->sent[update->sender * GENERATOR_SENT + update->number % GENERATOR_SENT];

	if (g->delivered % GENERATOR_NAIVE_EACH == 0 && sent->number == update->number)
		hist_record(&g->naive_delays, g->time_ns - sent->at_ns);
}

void generator_heard(struct generator *g, unsigned member, const uint8_t *bytes, unsigned skipped,
		     uint32_t id)
{
	const struct update update = update_decode(bytes);
	struct heard *heard;
	uint32_t before;
	int64_t due_ns;

	if (update.sender >= g->pace.members || update.sender == member || update.number >= g->end)
		return;
	heard = heard_of(&g->heard[member], update.sender);
	if (!heard) {
		generator_fail(g, "not enough memory");
		return;
	}
	before = heard->next;
	if (!heard_take(heard, update.number))
		return;
	due_ns = pace_due_ns(&g->pace, update.sender, update.number);
	if (update.number >= g->first) {
		g->delivered++;
		hist_record(&g->delays, g->time_ns - due_ns);
		take_naively(g, &update);
	}
	heard->id = id;
	if (update.number >= before)
		take_newest(g, member, heard, before, due_ns, skipped);
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
		end_tooth(g, member, heard, generator_now_ns());
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
	const unsigned rooms = g->config->rooms > 1 ? g->config->rooms : 1;

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
			end_tooth(g, i, heard, g->until_ns);
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

int generator_open_tables(struct generator *g)
{
	const unsigned members = g->config->members;
	const uint32_t places = generator_is_dense(g->config) ? members : 0;

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
