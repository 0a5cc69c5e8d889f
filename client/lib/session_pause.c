#include "client/lib/session.h"

#include <math.h>

/* ENet sends CONNECT at 0, 0.5, 1.5 and 2.5 s; then a fresh socket does. */
static const double patience_s = 3;
/* While there are other addresses to try, or all paths are short: two CONNECTs. */
static const double short_patience_s = 1;
/* The cookie and ENet's handshake take three of them. */
static const double short_rtt_s = 0.25;

/*
 * Without an answer: so short that a session is back soon after its relay or its network is. With
 * ENet's CONNECTs, some second and a half is then the longest time without a try.
 */
static const double silent_pause_max_s = 1;
/* For a relay that answers that it is full: asking is cheap, and a place may come free any moment.
 */
static const double full_pause_max_s = 2;
static const double pause_max_s = 8;
/* The random share that is added to a pause at most. */
static const double pause_spread = 0.25;
static const double stopping_pause_spread = 3; /* all clients of the relay wait at once */

static double most_s(enum starling_reason reason)
{
	switch (reason) {
	case STARLING_REASON_LOST:
		return silent_pause_max_s;
	case STARLING_REASON_RELAY_FULL:
	case STARLING_REASON_ADDRESS_FULL:
		return full_pause_max_s;
	default:
		return pause_max_s;
	}
}

/* A relay that stops was working until now, so the pauses start over. */
int64_t session_pause_next_ns(struct starling *session, enum starling_reason reason)
{
	const bool is_stopping = reason == STARLING_REASON_STOPPING;
	const double rejoin_s = session->config.values.rejoin_s;
	const double longest_s = fmax(most_s(reason), rejoin_s);
	const double pause_s = fmin(is_stopping ? rejoin_s : session->pause_s, longest_s);
	const double spread = is_stopping ? stopping_pause_spread : pause_spread;

	session->pause_s = fmin(2 * pause_s, longest_s);
	return (int64_t)(pause_s * (1 + spread * session_pause_random()) * 1e9);
}

int64_t session_pause_patience_ns(const struct starling *session)
{
	const struct session_addresses *relay = &session->relay;
	const bool is_near = relay->good != 0 && session->stats.rtt_s <= short_rtt_s;
	const bool is_short = !addresses_is_last(relay) || (relay->count > 1 && is_near);

	return (int64_t)(fmin(is_short ? short_patience_s : patience_s,
			      session->config.values.timeout_s) *
			 1e9);
}

double session_pause_random(void)
{
	struct net *net = net_current();

	return net->random(net) * 0x1p-32;
}
