#include "client/lib/session.h"

#include <string.h>

#include "proto/net/net.h"

static const double delay_max_s = 3600;

/* The session. */

int starling_fd(const struct starling *session)
{
	return link_socket(&session->link);
}

enum starling_status starling_status(const struct starling *session)
{
	return session->status;
}

/* The room. */

void starling_settings(const struct starling *session, struct starling_settings *settings)
{
	const struct wire_welcome *room = &session->room;

	*settings = (struct starling_settings){
		.member = room->member,
		.up = (enum starling_mode)room->settings.up,
		.down = (enum starling_mode)room->settings.down,
		.echo = room->settings.echo,
		.interest = (enum starling_interest)room->settings.interest,
		.grain_m = room->grain_um * 1e-6,
		.flush_s = room->flush_us * 1e-6,
		.member_limit = room->member_limit,
		.entity_limit = room->entity_limit,
		.payload_limit = room->payload_limit,
		.message_rate = room->message_rate,
	};
}

bool starling_clock(const struct starling *session, int64_t *now_us, int64_t *error_us)
{
	int64_t now_ns = net_now_ns();

	if (!clock_is_known(&session->clock))
		return false;
	*now_us = session_time_room_us(session, now_ns);
	if (error_us)
		*error_us = clock_error_us(&session->clock, now_ns / 1000);
	return true;
}

/* Members and entities. */

static double age_s_of(const struct track_state *state, int64_t room_us)
{
	double age_s = (double)(room_us - state->origin_us) * 1e-6;

	return age_s > 0 ? age_s : 0;
}

static double member_age_s(const struct roster_member *member, int64_t room_us)
{
	const struct track_state *newest = NULL;

	for (size_t i = 0; i < member->count; i++) {
		const struct roster_entity *entity = &member->entities[i];
		const struct track_state *state = track_newest(&entity->track);

		if (roster_is_shown(entity) && (!newest || state->origin_us > newest->origin_us))
			newest = state;
	}
	return newest ? age_s_of(newest, room_us) : -1;
}

static void describe_member(const struct roster_member *from, int64_t room_us,
			    struct starling_member *to)
{
	*to = (struct starling_member){
		.id = from->id,
		.received = from->counts.received,
		.duplicate = from->counts.duplicate,
		.late = from->counts.late,
		.lost = from->counts.lost,
		.skipped = from->counts.skipped,
		.repaired = from->counts.repaired,
		.age_s = member_age_s(from, room_us),
	};
	memcpy(to->name, from->name, sizeof(to->name));
}

size_t starling_members(const struct starling *session, struct starling_member *members,
			size_t capacity)
{
	int64_t room_us = session_time_room_us(session, net_now_ns());
	size_t count = 0;

	for (size_t i = 0; i < session->roster.count; i++) {
		const struct roster_member *member = &session->roster.members[i];

		if (member->id == session->room.member)
			continue;
		if (count < capacity)
			describe_member(member, room_us, &members[count]);
		count++;
	}
	return count;
}

bool starling_member(const struct starling *session, uint32_t id, struct starling_member *member)
{
	const struct roster_member *found = roster_member(&session->roster, id);

	if (!found)
		return false;
	describe_member(found, session_time_room_us(session, net_now_ns()), member);
	return true;
}

static void describe_entity(const struct starling *session, uint32_t member,
			    const struct roster_entity *from, int64_t room_us,
			    struct starling_entity *to)
{
	const struct track_state *newest = track_newest(&from->track);
	double grain_m = session->room.grain_um * 1e-6;

	*to = (struct starling_entity){
		.member = member,
		.index = from->index,
		.seq = newest->seq,
		.x = newest->position[0] * grain_m,
		.y = newest->position[1] * grain_m,
		.z = newest->position[2] * grain_m,
		.origin_us = newest->origin_us,
		.age_s = age_s_of(newest, room_us),
		.payload_bytes = from->payload_bytes,
	};
	memcpy(to->payload, from->payload, from->payload_bytes);
}

size_t starling_entities(const struct starling *session, struct starling_entity *entities,
			 size_t capacity)
{
	int64_t room_us = session_time_room_us(session, net_now_ns());
	size_t count = 0;

	for (size_t i = 0; i < session->roster.count; i++) {
		const struct roster_member *member = &session->roster.members[i];

		for (size_t k = 0; k < member->count; k++) {
			if (!roster_is_shown(&member->entities[k]))
				continue;
			if (count < capacity)
				describe_entity(session, member->id, &member->entities[k], room_us,
						&entities[count]);
			count++;
		}
	}
	return count;
}

/* NULL when the entity is not shown. */
static const struct roster_entity *find(const struct starling *session, uint32_t member,
					unsigned index)
{
	const struct roster_member *owner = roster_member(&session->roster, member);
	const struct roster_entity *entity = owner ? roster_entity(owner, index) : NULL;

	return entity && roster_is_shown(entity) ? entity : NULL;
}

bool starling_entity(const struct starling *session, uint32_t member, unsigned index,
		     struct starling_entity *entity)
{
	const struct roster_entity *found = find(session, member, index);

	if (!found)
		return false;
	describe_entity(session, member, found, session_time_room_us(session, net_now_ns()),
			entity);
	return true;
}

bool starling_sample(const struct starling *session, uint32_t member, unsigned index,
		     double delay_s, struct starling_sample *sample)
{
	const struct roster_entity *entity = find(session, member, index);
	int64_t room_us = session_time_room_us(session, net_now_ns());
	double grain_m = session->room.grain_um * 1e-6;
	struct track_sample at;

	if (!(delay_s > 0))
		delay_s = 0;
	if (delay_s > delay_max_s)
		delay_s = delay_max_s;
	if (!entity || !track_sample(&entity->track, room_us - (int64_t)(delay_s * 1e6),
				     STARLING_EXTRAPOLATE_MS * 1000, &at))
		return false;
	*sample = (struct starling_sample){
		.x = at.position[0] * grain_m,
		.y = at.position[1] * grain_m,
		.z = at.position[2] * grain_m,
		.motion = (enum starling_motion)at.motion,
		.age_s = age_s_of(track_newest(&entity->track), room_us),
	};
	return true;
}

/* Counts and texts. */

void starling_stats(const struct starling *session, struct starling_stats *stats)
{
	struct net_stats net;

	link_stats(&session->link, &net);
	*stats = session->stats;
	stats->received = session->updates.received;
	stats->duplicate = session->updates.duplicate;
	stats->late = session->updates.late;
	stats->lost = session->updates.lost;
	stats->skipped = session->updates.skipped;
	stats->repaired = session->updates.repaired;
	stats->snapshots_received = session->snapshots.received + session->snapshots.late;
	stats->snapshots_lost = session->snapshots.lost;
	stats->throttled = link_throttled(&session->link);
	stats->datagrams_in = net.datagrams_in;
	stats->datagrams_out = net.datagrams_out;
	stats->bytes_in = net.bytes_in;
	stats->bytes_out = net.bytes_out;
	stats->kernel_drops = net.dropped_kernel;
}

const char *starling_mode_text(enum starling_mode mode)
{
	return wire_mode_text((enum wire_mode)mode);
}

const char *starling_reason_text(enum starling_reason reason)
{
	return wire_reason_text((enum wire_reason)reason);
}

const char *starling_version(void)
{
	return STARLING_VERSION;
}
