#include "relay/peer/offence.h"

#include "relay/room/room.h"

static const int64_t ns_per_ms = 1000000, forgive_ns = OFFENCE_FORGIVE_S * INT64_C(1000000000);

/* The generic cell rate algorithm, as in admit.h, at a tenth of its rate. */
bool offence_is_too_much(struct offence_sum *sum, unsigned most, int64_t now_ns)
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
	is_new = !budget_is_slowed(&member->budget, now_ns);
	room->ledger->slowed += is_new;
	budget_slow(&member->budget, now_ns + OFFENCE_SLOW_MS * ns_per_ms);
	return is_new;
}

bool offence_flood(struct member *member, unsigned message_rate, int64_t now_ns)
{
	return offence_is_too_much(&member->offence.floods, message_rate, now_ns) &&
	       slow(member, now_ns);
}

bool offence_lie(struct member *member, int64_t now_ns)
{
	return offence_is_too_much(&member->offence.lies, OFFENCE_LIES, now_ns) &&
	       slow(member, now_ns);
}
