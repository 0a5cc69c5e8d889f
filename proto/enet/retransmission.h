/*
 * retransmission: a bound on the back-off of ENet's retransmissions, and short datagrams for them.
 *
 * ENet 1.3.17 doubles a reliable command's time-out at each loss, without bound, and looks for lost
 * commands only when the time-out of its list's head has passed. So one command that was lost
 * several times delays the retransmission of all others, until ENet drops the connection.
 */
#ifndef STARLING_PROTO_ENET_RETRANSMISSION_H
#define STARLING_PROTO_ENET_RETRANSMISSION_H

#include <stdbool.h>
#include <stdint.h>

struct _ENetEvent;
struct _ENetHost;
struct _ENetPeer;

enum {
	RETRANSMISSION_MAX_MS = 1000,
	RETRANSMISSION_LOOK_MAX =
		128, /* commands of a peer, in the order in which they were sent */
};

/*
 * Bounds the time-outs by RETRANSMISSION_MAX_MS (RFC 6298, 2.5 allows a bound), and has ENet look
 * at the earliest. Call it before enet_host_service. It looks at the first RETRANSMISSION_LOOK_MAX
 * that are not acknowledged: of small ones ENet's window holds thousands, and the turn of the later
 * ones comes.
 */
void retransmission_run_timer(struct _ENetHost *host);

/*
 * As enet_host_service without a wait, but retransmits in datagrams of ENet's least MTU, where all
 * that waits for the peer is so short. ENet itself gathers short commands into long datagrams,
 * which never arrive on a path that takes only short ones.
 */
int retransmission_service(struct _ENetHost *host, struct _ENetEvent *event);

/*
 * Gives the peer a shorter MTU. False, and the MTU is as it was, while something longer waits or
 * may be sent again: ENet would try to send that for ever.
 */
bool retransmission_shorten_mtu(struct _ENetPeer *peer, uint32_t mtu);

#endif
