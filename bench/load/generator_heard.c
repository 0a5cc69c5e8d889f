/* The updates that the generator's members hear, and how old they are. */
#include <errno.h>
#include <stdlib.h>

#include "bench/load/generator_internal.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

/*
 * The age from when the newest came, at `since_ns`, to `time_ns`, as far as that is within the
 * window; it counts from `origin_ns`.
 */
static void end_span(struct generator *g, unsigned member, int64_t origin_ns, int64_t since_ns,
		     int64_t time_ns)
{
	const int64_t from_ns = since_ns > g->from_ns ? since_ns : g->from_ns;
	const int64_t to_ns = time_ns < g->until_ns ? time_ns : g->until_ns;

	age_distribution_add(&g->ages, from_ns - origin_ns, to_ns - origin_ns);
	age_distribution_add(&g->receiver_ages[member], from_ns - origin_ns, to_ns - origin_ns);
}

/* Ends the span of a sender's newest known update. */
static void end_last_span(struct generator *g, unsigned member, unsigned sender,
			  const struct receive_window *heard, int64_t time_ns)
{
	end_span(g, member, pace_due_ns(&g->pace, sender, heard->next - 1), heard->since_ns,
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
static void end_first_span(struct generator *g, unsigned member, unsigned sender, int64_t time_ns)
{
	const int64_t due_ns = pace_due_ns(&g->pace, sender, 0);

	if (is_hearing_known(g))
		end_span(g, member, due_ns, due_ns, time_ns);
}

static uint32_t measured_since(const struct generator *g, uint32_t next, uint32_t number)
{
	const uint32_t from = next > g->first ? next : g->first;

	return number >= from ? number - from : 0;
}

/*
 * It is the newest: the age falls. Updates between this and the one `before` may be missing; the
 * first that is seen of a sender comes after what was not for us.
 */
static void take_newest(struct generator *g, unsigned member, const struct receive_window *before,
			struct receive_window *heard, const struct update *update, unsigned skipped)
{
	const uint32_t missing =
		before->next == 0 ? 0 : measured_since(g, before->next, update->number);

	g->seen_due += missing + (update->number >= g->first);
	g->skipped += skipped < missing ? skipped : missing;
	if (before->next > 0)
		end_last_span(g, member, update->sender, before, g->time_ns);
	else
		end_first_span(g, member, update->sender, g->time_ns);
	heard->since_ns = g->time_ns;
}

/* One in so many. */
static void take_naively(struct generator *g, const struct update *update)
{
	const struct generator_sent *sent;

	if (--g->naive_left > 0)
		return;
	g->naive_left = g->naive_each;
	sent = generator_sent_of(g, update->sender, update->number);
	if (sent->number == update->number)
		hist_record(&g->naive_delays, g->time_ns - sent->at_ns);
}

static void take(struct generator *g, unsigned member, struct receive_window *heard,
		 const struct update *update, unsigned skipped, uint32_t id)
{
	const struct receive_window before = *heard;
	const enum receive_news news = receive_window_take(heard, update->number);

	if (news != RECEIVE_NEWEST && news != RECEIVE_LATE)
		return;
	if (update->number >= g->first) {
		g->delivered++;
		hist_record(&g->delays,
			    g->time_ns - pace_due_ns(&g->pace, update->sender, update->number));
		take_naively(g, update);
	}
	heard->id = id;
	if (news == RECEIVE_NEWEST)
		take_newest(g, member, &before, heard, update, skipped);
}

static void hear(struct generator *g, unsigned member, const struct states_record *record)
{
	const struct update update = update_decode(record->payload.data);
	struct receive_window *heard;

	if (update.sender >= g->pace.members || update.sender == member || update.number >= g->end)
		return;
	heard = receive_window_of(&g->heard[member], update.sender);
	if (!heard)
		generator_fail(g, "not enough memory");
	else
		take(g, member, heard, &update, record->skipped, record->member);
}

void generator_heard_records(struct generator *g, unsigned member,
			     const struct states_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (records[i].payload.size == UPDATE_PAYLOAD_BYTES)
			hear(g, member, &records[i]);
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
	for (struct receive_window *heard = receive_window_next(&g->heard[member], NULL); heard;
	     heard = receive_window_next(&g->heard[member], heard)) {
		uint32_t sender;

		if (heard->id != id)
			continue;
		/* It may have come back before the word that it had gone. */
		if (wire_seq_is_newer((uint16_t)(heard->next - 1), seq))
			return;
		sender = receive_window_sender(&g->heard[member], heard);
		end_last_span(g, member, sender, heard, g->time_ns);
		receive_window_forget(&g->heard[member], sender);
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
		const struct receive_window *heard = receive_window_of(&g->heard[member], sender);

		if (sender != member && (!heard || heard->next == 0))
			end_first_span(g, member, sender, g->until_ns);
	}
}

static void sum_up_ages(struct generator *g)
{
	struct generator_result *result = g->result;

	for (unsigned i = 0; i < g->pace.members; i++) {
		for (struct receive_window *heard = receive_window_next(&g->heard[i], NULL); heard;
		     heard = receive_window_next(&g->heard[i], heard))
			end_last_span(g, i, receive_window_sender(&g->heard[i], heard), heard,
				      g->until_ns);
		end_unheard(g, i);
	}
	result->age_worst_p99_us = -1;
	for (unsigned i = 0; i < g->pace.members; i++) {
		const int64_t p99_us =
			in_us(age_distribution_quantile_ns(&g->receiver_ages[i], 0.99));

		if (p99_us > result->age_worst_p99_us)
			result->age_worst_p99_us = p99_us;
	}
	result->age_p50_us = in_us(age_distribution_quantile_ns(&g->ages, 0.5));
	result->age_p99_us = in_us(age_distribution_quantile_ns(&g->ages, 0.99));
	result->age_max_us = in_us(g->ages.max_ns);
}

/* Where all are in sight of all, a place for each pair is the fastest. */
static bool is_dense(const struct generator_config *config)
{
	return config->interest == WIRE_ALL && config->rooms <= 1;
}

/* With an interest other than `all` nobody knows how many deliveries there will be. */
static uint64_t naive_each(const struct generator_config *config)
{
	const double a_second =
		config->members * (generator_room_size(config, 0) - 1.0) * config->rate_hz;
	const double each = a_second / GENERATOR_NAIVE_A_SECOND;

	return config->interest == WIRE_ALL && each > GENERATOR_NAIVE_EACH ? (uint64_t)each
									   : GENERATOR_NAIVE_EACH;
}

static int open_tables(struct generator *g)
{
	const unsigned members = g->config->members;
	const uint32_t places = is_dense(g->config) ? members : 0;

	g->course = update_course(g->config->seed, g->config->interest == WIRE_ALL
							   ? 0
							   : generator_room_size(g->config, 0));
	g->naive_each = g->naive_left = naive_each(g->config);
	g->heard = calloc(members, sizeof(*g->heard));
	g->sent = calloc((size_t)members * GENERATOR_SENT, sizeof(*g->sent));
	g->receiver_ages = calloc(members, sizeof(*g->receiver_ages));
	if (!g->sent || !g->heard || !g->receiver_ages ||
	    age_distribution_init(&g->ages, LOG_BUCKETS_FINE) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < members; i++)
		if (receive_window_init(&g->heard[i], places) < 0 ||
		    age_distribution_init(&g->receiver_ages[i], LOG_BUCKETS_COARSE) < 0)
			return -ENOMEM;
	return 0;
}

static int open_sink(struct generator *g)
{
	if (open_tables(g) == 0)
		return 0;
	generator_fail(g, "not enough memory for %u members", g->config->members);
	return -1;
}

static void close_sink(struct generator *g)
{
	for (unsigned i = 0; g->heard && i < g->config->members; i++)
		receive_window_fini(&g->heard[i]);
	for (unsigned i = 0; g->receiver_ages && i < g->config->members; i++)
		age_distribution_fini(&g->receiver_ages[i]);
	age_distribution_fini(&g->ages);
	free(g->receiver_ages);
	free(g->sent);
	free(g->heard);
}

static void make_update(struct generator *g, const struct pace_turn *turn, struct update *update)
{
	*update = update_of(&g->course, turn->member, turn->number);
}

static void note_sent(struct generator *g, const struct pace_turn *turn, int64_t time_ns)
{
	*generator_sent_of(g, turn->member, turn->number) =
		(struct generator_sent){ turn->number, time_ns };
	if (turn->number >= g->first)
		g->due += generator_room_size(g->config, turn->member) - 1;
}

static size_t encode(struct generator *g, const struct update *update,
		     uint8_t bytes[static SINK_BYTES_MAX])
{
	(void)g;
	update_encode(bytes, update);
	return UPDATE_BYTES;
}

static void hear_bytes(struct generator *g, unsigned member, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at + UPDATE_BYTES <= size; at += UPDATE_BYTES)
		generator_heard(g, member, bytes + at, 0, 0);
}

static void sum_up(struct generator *g)
{
	struct generator_result *result = g->result;

	result->is_interest_granted = g->is_granted;
	result->due = g->is_granted ? g->seen_due : g->due;
	result->delivered = g->delivered;
	result->skipped = g->skipped;
	result->p50_us = in_us(hist_quantile_ns(&g->delays, 0.5));
	result->p99_us = in_us(hist_quantile_ns(&g->delays, 0.99));
	result->p999_us = in_us(hist_quantile_ns(&g->delays, 0.999));
	result->max_us = in_us(hist_max_ns(&g->delays));
	sum_up_ages(g);
	result->naive_p50_us = in_us(hist_quantile_ns(&g->naive_delays, 0.5));
	result->naive_p99_us = in_us(hist_quantile_ns(&g->naive_delays, 0.99));
}

const struct sink generator_load = {
	.open = open_sink,
	.update = make_update,
	.sent = note_sent,
	.encode = encode,
	.hear = hear_bytes,
	.sum_up = sum_up,
	.close = close_sink,
};
