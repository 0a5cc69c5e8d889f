#include "bench/sim/sessions.h"

#include <errno.h>
#include <stdlib.h>

#include "client/lib/session.h"

uint16_t sequence_start(double packets_hz, double warm_up_s, double seconds)
{
	const double packets = packets_hz * (warm_up_s + seconds / 4);

	/* The one that is sent reliably still has to come. */
	if (packets < 1)
		return SEQUENCE_PERIOD - 1;
	return packets < SEQUENCE_PERIOD ? (uint16_t)(SEQUENCE_PERIOD - packets) : 0;
}

bool sequence_start_has_passed(uint16_t start, uint64_t before, uint64_t after)
{
	return (start + after) / SEQUENCE_PERIOD > (start + before) / SEQUENCE_PERIOD;
}

int sessions_init(struct sessions *sessions, size_t members, sessions_heard_function *heard,
		  void *context)
{
	*sessions = (struct sessions){ .members = members, .heard = heard, .context = context };
	sessions->list = calloc(members, sizeof(*sessions->list));
	return sessions->list ? 0 : -ENOMEM;
}

void sessions_fini(struct sessions *sessions)
{
	free(sessions->list);
	*sessions = (struct sessions){ 0 };
}

void sessions_configure(const struct trial_config *config, struct starling_config *session)
{
	static const enum starling_mode modes[TRIAL_CARRIER_COUNT] = {
		[TRIAL_UNSEQUENCED] = STARLING_UNSEQUENCED, [TRIAL_SEQUENCED] = STARLING_SEQUENCED,
		[TRIAL_RELIABLE] = STARLING_RELIABLE,       [TRIAL_SHARED] = STARLING_SEQUENCED,
		[TRIAL_THROTTLED] = STARLING_UNSEQUENCED,
	};

	starling_default_config(session);
	session->up = session->down = modes[config->carrier];
	session->share_channel = config->carrier == TRIAL_SHARED;
	session->enet_throttle = config->carrier == TRIAL_THROTTLED;
	session->sequence_start = config->sequence_up;
}

/* Which update a record has. */

/* Own entity 0 is all that a member publishes. */
static void note_sent(struct sessions_one *one)
{
	const struct starling *session = one->session;

	if (session && session->publisher.count > 0)
		seq_map_send(&one->numbers, session->publisher.own[0].seq);
}

uint32_t sessions_number_of(struct sessions *sessions, size_t sender, uint16_t seq)
{
	if (sender >= sessions->members)
		return SEQ_MAP_UNKNOWN;
	note_sent(&sessions->list[sender]);
	return seq_map_find(&sessions->list[sender].numbers, seq);
}

/* Receiving. */

static size_t find(const struct sessions *sessions, uint32_t id)
{
	for (size_t i = 0; i < sessions->members; i++)
		if (sessions->list[i].id == id)
			return i;
	return SIZE_MAX;
}

static void on_state(void *context, const struct states_message *message,
		     const struct states_record *record)
{
	const struct sessions_one *one = context;
	struct sessions *sessions = one->all;
	struct sessions_heard heard = { .receiver = (size_t)(one - sessions->list),
					.sender = find(sessions, record->member),
					.skipped = record->skipped,
					.is_repeat = message->type == WIRE_KEYFRAME,
					.arrived_ns = -1 };

	heard.number = sessions_number_of(sessions, heard.sender, record->seq);
	if (heard.number == SEQ_MAP_UNKNOWN)
		return;
	if (message->type == WIRE_SNAPSHOT)
		heard.arrived_ns =
			arrivals_first_ns(&one->arrivals, message->number, message->time_us);
	sessions->heard(sessions->context, &heard);
}

void sessions_add(struct sessions *sessions, size_t member, struct starling *session)
{
	struct sessions_one *one = &sessions->list[member];

	one->all = sessions;
	one->session = session;
	session->on_state = on_state;
	session->on_state_context = one;
}

bool sessions_are_in(const struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->members; i++)
		if (starling_status(sessions->list[i].session) != STARLING_PLAYING)
			return false;
	return true;
}

/*
 * A room that everyone had left begins its ids anew, so that one who has not noticed yet that its
 * session is lost may still have this id.
 */
static void take_id(struct sessions *sessions, size_t member, uint32_t id)
{
	for (size_t i = 0; i < sessions->members; i++)
		if (sessions->list[i].id == id)
			sessions->list[i].id = 0; /* nobody's */
	sessions->list[member].id = id;
}

unsigned sessions_take(struct sessions *sessions, size_t member)
{
	struct starling_event event;
	unsigned heard = 0;

	while (starling_next(sessions->list[member].session, &event)) {
		if (event.type == STARLING_WELCOME)
			take_id(sessions, member, event.member);
		heard += event.type == STARLING_MESSAGE;
	}
	return heard;
}

/* Sending. */

void sessions_publish(struct sessions *sessions, size_t member, uint32_t number, double x, double y,
		      size_t payload_bytes)
{
	static const uint8_t payload[TRIAL_PAYLOAD_MAX_BYTES];
	const struct starling_state state = {
		.x = x, .y = y, .payload = payload, .payload_bytes = payload_bytes
	};
	struct sessions_one *one = &sessions->list[member];

	/* Updates sent until now had the number before. */
	note_sent(one);
	if (starling_publish(one->session, 0, &state) == 0)
		seq_map_publish(&one->numbers, number);
}

bool sessions_send_event(struct sessions *sessions, size_t member, const void *event, size_t size)
{
	return starling_send(sessions->list[member].session, STARLING_TO_OTHERS, 0, event, size,
			     true) == 0;
}

/* Counting. */

int64_t sessions_round_trip_ns(struct sessions *sessions, size_t member)
{
	struct sessions_one *one = &sessions->list[member];
	struct starling_stats stats;

	starling_stats(one->session, &stats);
	if (stats.rtt_s < 0 || stats.rtt_s == one->rtt_s)
		return -1;
	one->rtt_s = stats.rtt_s;
	return (int64_t)(stats.rtt_s * 1e9);
}

void sessions_begin(struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->members; i++)
		starling_stats(sessions->list[i].session, &sessions->list[i].before);
}

static uint64_t snapshots_of(const struct starling_stats *stats)
{
	return stats->snapshots_received + stats->snapshots_lost;
}

/*
 * Both channels of states that the member has. One that was opened again in between has begun anew,
 * nobody knows when: it counts as not gone round.
 */
static void count_channels(const struct trial_config *config, const struct starling_stats *before,
			   const struct starling_stats *after, struct trial_result *result)
{
	const uint64_t up = after->published, down = snapshots_of(after);
	const uint64_t least = up < down ? up : down;

	if (result->channels == 0 || least < result->channel_packets)
		result->channel_packets = least;
	result->channels += 2;
	if (after->rejoins != before->rejoins)
		return;
	result->channels_round +=
		sequence_start_has_passed(config->sequence_up, before->published, up);
	result->channels_round +=
		sequence_start_has_passed(config->sequence_down, snapshots_of(before), down);
}

void sessions_count(const struct sessions *sessions, const struct trial_config *config,
		    struct trial_result *result)
{
	for (size_t i = 0; i < sessions->members; i++) {
		const struct starling_stats *before = &sessions->list[i].before;
		struct starling_stats after;

		starling_stats(sessions->list[i].session, &after);
		result->throttled += after.throttled - before->throttled;
		result->rejoins += after.rejoins;
		if (config->carrier == TRIAL_SEQUENCED)
			count_channels(config, before, &after, result);
	}
}
