#include "relay/peer/penalty.h"

#include "relay/room/room.h"

static const int64_t ns_per_ms = 1000000, forgive_ns = PENALTY_FORGIVE_S * INT64_C(1000000000);

/* The generic cell rate algorithm, as in admit.h, at a tenth of its rate. */
bool penalty_is_too_much(struct penalty_sum *sum, unsigned most, int64_t now_ns)
{
	const int64_t from_ns = sum->forgiven_ns > now_ns ? sum->forgiven_ns : now_ns;
	const int64_t forgiven_ns = from_ns + forgive_ns / most;

	if (forgiven_ns - now_ns > forgive_ns)
		return true;
	sum->forgiven_ns = forgiven_ns;
	return false;
}

/* True when it was not slowed before. */
static bool slow(struct member *member, int64_t now_ns)
{
	struct room *room = member->room;
	bool is_new;

	if (room->config->every)
		return false;
	is_new = !congestion_is_penalised(&member->congestion, now_ns);
	room->accounting->penalised += is_new;
	congestion_penalise(&member->congestion, now_ns + PENALTY_SLOW_MS * ns_per_ms);
	return is_new;
}

bool penalty_flood(struct member *member, unsigned message_rate, int64_t now_ns)
{
	return penalty_is_too_much(&member->penalty.floods, message_rate, now_ns) &&
	       slow(member, now_ns);
}

bool penalty_lie(struct member *member, int64_t now_ns)
{
	return penalty_is_too_much(&member->penalty.lies, PENALTY_LIES, now_ns) &&
	       slow(member, now_ns);
}
