#include "relay/peer/penalty.h"

static const int64_t ns_per_ms = 1000000, forgive_ns = PENALTY_FORGIVE_S * INT64_C(1000000000);

/* The generic cell rate algorithm, as in token_bucket.h, at a tenth of its rate. */
bool penalty_is_too_much(struct penalty_sum *sum, unsigned most, int64_t now_ns)
{
	const int64_t from_ns = sum->forgiven_ns > now_ns ? sum->forgiven_ns : now_ns;
	const int64_t forgiven_ns = from_ns + forgive_ns / most;

	if (forgiven_ns - now_ns > forgive_ns)
		return true;
	sum->forgiven_ns = forgiven_ns;
	return false;
}

/* Penalises the member for a while. True when it was not penalised before. */
static bool penalise(struct receiver *receiver, int64_t now_ns)
{
	struct room *room = receiver->member.room;
	bool is_new;

	if (room->config->every)
		return false;
	is_new = !congestion_is_penalised(&receiver->congestion, now_ns);
	room->accounting->penalised += is_new;
	congestion_penalise(&receiver->congestion, now_ns + PENALTY_MS * ns_per_ms);
	return is_new;
}

bool penalty_flood(struct penalty *penalty, struct receiver *receiver, unsigned message_rate,
		   int64_t now_ns)
{
	return penalty_is_too_much(&penalty->floods, message_rate, now_ns) &&
	       penalise(receiver, now_ns);
}

bool penalty_lie(struct penalty *penalty, struct receiver *receiver, int64_t now_ns)
{
	return penalty_is_too_much(&penalty->lies, PENALTY_LIES, now_ns) &&
	       penalise(receiver, now_ns);
}
