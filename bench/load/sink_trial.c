#include "bench/load/sink_trial.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/load/generator_internal.h"
#include "bench/sim/movement.h"
#include "bench/sim/raw.h"
#include "bench/sim/sessions.h"
#include "bench/sim/trial_figures.h"

enum {
	EVENT_BYTES = 32,
	EVENT_MARK = 0xff, /* no member of a trial has this number */
	REPORT_MS = 20,    /* for the relay to count before the members leave */
};

_Static_assert((int)RAW_DATAGRAM_MAX_BYTES <= (int)SINK_BYTES_MAX, "see encode");

struct state {
	struct trial_config config; /* with a track of its own */
	struct trial_figures figures;
	struct movement motion;
	struct raw raw; /* of what plain drivers carry */
	struct age_track track;
	int64_t open_ns;
	uint64_t datagrams, bytes; /* before the window */
	bool is_started;
};

static struct state *state_of(const struct generator *g)
{
	return g->sink_state;
}

static const struct sink_trial *context_of(const struct generator *g)
{
	return g->config->sink_context;
}

static bool has_sessions(const struct generator *g)
{
	return g->config->kind == GENERATOR_SESSION;
}

/* Hearing. */

static void hear(struct generator *g, struct trial_figures_heard heard)
{
	heard.now_ns = generator_now_ns();
	if (state_of(g)->is_started)
		trial_figures_hear(&state_of(g)->figures, &heard);
}

/*
 * Over HTTP, whatever a newer state leaves out was replaced before it was asked for: skipped, not
 * lost.
 */
static void tell_skipped(struct state *state, size_t receiver, size_t sender, uint32_t number)
{
	struct delivery_log *receipts = &state->figures.receipts;
	const uint32_t next = receipts->streams[receiver * receipts->members + sender].window.next;

	if (number > next)
		delivery_log_skip(receipts, receiver, sender, number, number - next);
}

/*
 * Each datagram is read on its own as it comes; what a stream held back, and since when, it does
 * not tell.
 */
static void on_raw(void *context, size_t receiver, size_t sender, uint32_t number)
{
	struct generator *g = context;

	if (g->config->kind == GENERATOR_HTTP)
		tell_skipped(state_of(g), receiver, sender, number);
	hear(g, (struct trial_figures_heard){ .receiver = receiver,
					      .sender = sender,
					      .number = number,
					      .arrived_ns = g->config->kind == GENERATOR_UDP
								    ? TRIAL_ARRIVED_NOW
								    : TRIAL_ARRIVED_UNKNOWN });
}

static void hear_event(struct generator *g, unsigned member)
{
	state_of(g)->figures.actors[member].events_heard++;
}

static void hear_bytes(struct generator *g, unsigned member, const uint8_t *bytes, size_t size)
{
	if (size == EVENT_BYTES && bytes[0] == EVENT_MARK)
		hear_event(g, member);
	else
		raw_hear(&state_of(g)->raw, member, bytes, size);
}

static void hear_session(struct generator *g, const struct sessions_heard *heard)
{
	delivery_log_skip(&state_of(g)->figures.receipts, heard->receiver, heard->sender,
			  heard->number, heard->skipped);
	hear(g, (struct trial_figures_heard){ .receiver = heard->receiver,
					      .sender = heard->sender,
					      .number = heard->number,
					      .is_repeat = heard->is_repeat,
					      .arrived_ns = heard->arrived_ns });
}

static void round_trip(struct generator *g, int64_t took_ns)
{
	trial_figures_round_trip(&state_of(g)->figures, generator_now_ns(), took_ns);
}

/* Sending. */

static void make_update(struct generator *g, const struct pace_turn *turn, struct update *update)
{
	struct state *state = state_of(g);
	const struct movement_place place = movement_place(&state->motion, turn->member);
	const unsigned grain_um = state->config.grain_um;

	*update = (struct update){ .sender = turn->member,
				   .number = turn->number,
				   .position = { movement_grains(place.x, grain_um),
						 movement_grains(place.y, grain_um) } };
	state->figures.actors[turn->member].published++;
	/* All move on once an update of the first of them. */
	if (turn->member == 0)
		movement_step(&state->motion, 1 / state->config.rate_hz);
}

static size_t encode(struct generator *g, const struct update *update,
		     uint8_t bytes[static SINK_BYTES_MAX])
{
	const struct raw_state raw = { .number = update->number,
				       .x = update->position[0],
				       .y = update->position[1] };

	return raw_encode(&state_of(g)->raw, update->sender, &raw, bytes);
}

static void send_event(struct generator *g, unsigned member)
{
	static const uint8_t event[EVENT_BYTES] = { EVENT_MARK };

	state_of(g)->figures.actors[member].events_sent +=
		g->driver->send_event(g, member, event, sizeof(event));
}

/* The course of a run. */

static bool open_state(struct generator *g, struct state *state)
{
	const struct trial_config *config = &state->config;
	const size_t states = config->carrier == TRIAL_REDUNDANT ? config->redundancy : 1;

	return trial_figures_init(&state->figures, config, GENERATOR_WARM_UP_S) == 0 &&
	       movement_init(&state->motion, config->members, config->trace, config->seed) == 0 &&
	       (has_sessions(g) || raw_init_plain(&state->raw, config->members, states,
						  config->payload_bytes, on_raw, g));
}

static int open_sink(struct generator *g)
{
	struct state *state = calloc(1, sizeof(*state));

	g->sink_state = state;
	if (state) {
		state->config = *context_of(g)->config;
		state->config.track = state->config.track ? &state->track : NULL;
		state->open_ns = generator_now_ns();
		if (open_state(g, state))
			return 0;
	}
	generator_fail(g, "no memory for %u members' updates; measure for a shorter time",
		       g->config->members);
	return -1;
}

static void start(struct generator *g)
{
	struct state *state = state_of(g);

	trial_figures_start(&state->figures, g->pace.start_ns, GENERATOR_WARM_UP_S);
	g->from_ns = state->figures.count_from_ns;
	g->until_ns = state->figures.count_to_ns;
	state->is_started = true;
	atomic_store(context_of(g)->start_ns, g->pace.start_ns);
}

static void ask_for_report(const struct generator *g)
{
	if (g->config->relay > 0)
		kill(g->config->relay, SIGUSR1);
}

static void begin(struct generator *g)
{
	struct state *state = state_of(g);

	state->datagrams = atomic_load(context_of(g)->datagrams);
	state->bytes = atomic_load(context_of(g)->bytes);
	if (!has_sessions(g))
		return;
	sessions_begin(drivers_sessions());
	ask_for_report(g);
}

static void end(struct generator *g)
{
	struct trial_result *result = context_of(g)->result;

	result->datagrams = atomic_load(context_of(g)->datagrams) - state_of(g)->datagrams;
	result->bytes = atomic_load(context_of(g)->bytes) - state_of(g)->bytes;
}

static void leave_track(const struct generator *g)
{
	const struct sink_trial *context = context_of(g);
	const struct age_track *track = &state_of(g)->track;
	const size_t count =
		track->count < context->updates_max ? track->count : context->updates_max;

	if (count > 0)
		memcpy(context->updates, track->updates, count * sizeof(track->updates[0]));
	*context->update_count = count;
}

static void sum_up(struct generator *g)
{
	const struct timespec pause = { 0, REPORT_MS * INT64_C(1000000) };
	struct trial_result *result = context_of(g)->result;
	struct state *state = state_of(g);

	if (has_sessions(g)) {
		sessions_count(drivers_sessions(), &state->config, result);
		ask_for_report(g);
		nanosleep(&pause, NULL);
	}
	result->check.is_live = true;
	result->check.validity = g->result->validity;
	result->simulated_s =
		(double)(generator_now_ns() - state->open_ns) / (double)TRIAL_NS_PER_S;
	leave_track(g);
	if (trial_figures_sum_up(&state->figures, result) != 0)
		generator_fail(g, "no memory for what was measured; measure for a shorter time");
}

static void close_sink(struct generator *g)
{
	struct state *state = state_of(g);

	if (!state)
		return;
	raw_fini(&state->raw);
	movement_fini(&state->motion);
	trial_figures_fini(&state->figures);
	age_track_fini(&state->track);
	free(state);
}

const struct sink sink_trial = {
	.open = open_sink,
	.start = start,
	.update = make_update,
	.event = send_event,
	.encode = encode,
	.hear = hear_bytes,
	.hear_session = hear_session,
	.hear_event = hear_event,
	.round_trip = round_trip,
	.begin = begin,
	.end = end,
	.sum_up = sum_up,
	.close = close_sink,
};
