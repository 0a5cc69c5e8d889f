/*
 * platform: ENet's platform file, ours. It defines the enet_socket_*, enet_address_*, enet_time_*
 * and other functions that ENet's unix.c would, so that an unmodified libenet runs on the current
 * `struct net` (net.h).
 *
 * That works because Debian's libenet calls these through its PLT, where a program's own definition
 * comes first. A libenet bound to itself (linked with -Bsymbolic) would slip past in silence, so
 * every program asks platform_init at start.
 *
 * What differs from ENet's own platform file:
 * - enet_socket_send never fails: it returns the size of the datagram, which leaves with the next
 *   flush, or is lost and counted. Whoever services a host with time-out 0 calls platform_flush at
 *   the end of the turn; a time-out above 0 flushes before it sleeps.
 * - enet_socket_receive never fails: what cannot be used is skipped and counted, 0 is nothing
 * waiting. It fills the first buffer only.
 * - enet_host_create leaves errno when it returns NULL (EADDRINUSE: the port is taken).
 * - enet_time_get is the net's time, monotonic, in milliseconds. enet_time_set shifts it for the
 * whole process.
 * - enet_socket_set_option takes ENET_SOCKOPT_NONBLOCK 1, _BROADCAST 1, _RCVBUF and _SNDBUF
 * (already so, or larger) and refuses the rest; enet_socket_get_option knows ENET_SOCKOPT_ERROR,
 * always 0.
 * - Only datagrams: enet_socket_create gives ENET_SOCKET_NULL for a stream; enet_socket_listen,
 *   _connect, _accept (ENET_SOCKET_NULL), _shutdown and enet_socketset_select return -1, with errno
 *   EOPNOTSUPP.
 */
#ifndef STARLING_PROTO_ENET_PLATFORM_H
#define STARLING_PROTO_ENET_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct _ENetEvent;
struct _ENetHost;
struct _ENetPeer;

enum {
	PLATFORM_WHY_BYTES = 512, /* holds any sentence of platform_init */
};

/*
 * Initialises ENet, once for the process (later calls, and those of other threads meanwhile, answer
 * the same), with an allocator that zeroes: ENet hands out fragments that were never filled, and
 * what lay in the memory before must not leave with them. Out of memory is then what ENet's
 * functions return (NULL or -1), not the abort that ENet has by default: a library does not end its
 * program.
 *
 * Then checks that libenet is of the version whose headers this was built with, since its structs
 * are read here, and that its core really calls our functions, by driving a host over a net that
 * only counts, in the calling thread; nothing is sent. 0; -ENOTSUP or -ENOMEM with a sentence in
 * `why` (always terminated) that says which function was not called and what to do.
 */
int platform_init(char *why, size_t why_bytes);

/*
 * Draws the host's seed from the net's random bits alone. ENet mixes the host's memory address into
 * it, so without this the connection ids, and with them the bytes sent, differ between two runs of
 * one simulation; and an address does not belong into a datagram. Call it right after
 * enet_host_create.
 */
void platform_seed(struct _ENetHost *host);

/* ENet's clock at the net time `now_ns`: milliseconds in 32 bits, which wrap every 49.7 days. */
uint32_t platform_time_ms(int64_t now_ns);

/*
 * When `host` next has something to do by itself (a retransmission, a ping, a time-out), in net
 * time: the current time when that is now, INT64_MAX when nothing. ENet has no call for it; this
 * reads its public lists. Reliable commands that wait for room in the window count for nothing, as
 * only an acknowledgement or a retransmission can free them. Call after enet_host_service found no
 * more events. Takes time in proportion to the peers allocated, as enet_host_service does.
 */
int64_t platform_deadline_ns(const struct _ENetHost *host);

enum {
	/* More than one enet_host_service can take into use: it takes so many datagrams. */
	PLATFORM_SPARE_PEERS = 256,
	/* Fewer than ENet takes at once: then a loop can see what time it is. */
	PLATFORM_BATCH_DATAGRAMS = 64,
};

/*
 * ENet walks over all peers that a host may have, several times in each service and flush, and
 * gives the first free one to whoever connects. This lets the walks end soon after the last that
 * is in use. `peers_max` is what the host was made for. Call platform_reserve_peers before each
 * enet_host_service, which takes no time, and platform_trim now and then.
 */
void platform_reserve_peers(struct _ENetHost *host, size_t peers_max);
void platform_trim(struct _ENetHost *host);

/*
 * As enet_host_service without a wait, but takes only what has come: what ENet has to say to it,
 * acknowledgements above all, waits in its lists. There it goes along with what the same peer is
 * sent next (enet_host_flush, platform_flush_peer; platform_send_unsequenced leaves it to those).
 * ENet would send it first, in a datagram of its own: with a clock question and a ping a second of
 * each client, that was one datagram in sixty of a relay that ticks. And it goes round all peers
 * before and after each batch to look for it.
 *
 * So a flush must follow, and what ENet does of its own accord (retransmission, pings, the end of
 * who is silent) needs enet_host_service, when platform_deadline_ns says so. Once a second, where
 * ENet shares out bandwidth, this is enet_host_service.
 *
 * It takes PLATFORM_BATCH_DATAGRAMS at most, and so may leave some where they are.
 */
int platform_receive(struct _ENetHost *host, struct _ENetEvent *event);

/* Whether ENet has anything for the peer that was not sent yet. */
bool platform_has_waiting(const struct _ENetPeer *peer);

/* Sends what the host's socket has taken: the end of a loop's turn. */
void platform_flush(const struct _ENetHost *host);

/*
 * As enet_host_flush, but for one of the host's peers: what waits for it goes to the net's socket.
 * ENet itself only goes round all peers, which for one takes as long as for all, and leaves what
 * each of them is sent in memory until all of it is made.
 */
void platform_flush_peer(struct _ENetHost *host, struct _ENetPeer *peer);

/*
 * Sends a message as enet_peer_send with ENET_PACKET_FLAG_UNSEQUENCED and platform_flush_peer do:
 * the same bytes, but for the net to send with its next flush, and with no packet, no command and
 * no copy made for ENet's lists. To relay one update to 15 members, these were 17,000 of the 43,000
 * instructions that the relay took outside of the kernel.
 * Nothing needs to be remembered of such a message. What ENet would count of it for later is
 * counted: the group's number, the throttle's turn, the bytes of the peer and of its host.
 *
 * False, with nothing done, where it is ENet's to say how or whether the message leaves: something
 * else waits for the peer, and goes along; it is too long for one datagram; the throttle is not
 * open; a checksum or a compressor is set; the peer is not connected or has no such channel. Then
 * go ENet's way.
 */
bool platform_send_unsequenced(struct _ENetPeer *peer, uint8_t channel, const void *data,
			       size_t size);

/* A message in the datagram that a host has received. */
struct platform_message {
	const uint8_t *data; /* until the host receives the next one */
	size_t size;
	uint8_t channel;
	bool is_new; /* it is no repeat, nor too old to know: ENet would hand it out */
};

/*
 * In a host's `intercept`: takes an unsequenced message from the datagram at hand, as ENet would,
 * but with no packet, no command and no copy made for ENet's lists. In a tick of 64 members these
 * were 19 of the 85 us that the relay took outside of the kernel. What ENet would remember of the
 * message is remembered: the group's number, the bytes. Then `intercept` is to say 1: it is done.
 *
 * False, with nothing done, where it is ENet's to read: it is not from `peer` as it is connected
 * now, nor that message alone and whole; another of the peer's waits to be handed out before it;
 * a checksum is set; the peer has no such channel, or as much waiting as it may.
 */
bool platform_take_unsequenced(struct _ENetPeer *peer, struct platform_message *message);

/* A connection that a datagram asks for. */
struct platform_connect {
	uint16_t peer;       /* the asker's own */
	uint32_t connection; /* the asker's number for it, as it came */
	uint32_t data;
};

/*
 * Reads a datagram as an ENet sends it that connects: to no peer yet, not compressed, CONNECT
 * first, of as many channels as ENet allows. False, with nothing said, for any other.
 */
bool platform_read_connect(struct platform_connect *asked, const uint8_t *bytes, size_t size);

enum platform_place {
	PLATFORM_PLACE, /* there is one, or it was asked for the same one before */
	PLATFORM_FULL,
	PLATFORM_ADDRESS_FULL,
};

/*
 * Whether ENet will have a place for who asks, whose datagram it received last. It says nothing to
 * anybody for whom it has none, who takes the host for dead then. `peers_max` as in
 * platform_reserve_peers.
 */
enum platform_place platform_place_for(const struct _ENetHost *host, size_t peers_max,
				       const struct platform_connect *asked);

enum {
	PLATFORM_DECLINE_BYTES = 10, /* a fifth of what asked for it */
};

/*
 * Writes what makes the asker's ENet give up at once, with `data` to tell why: a DISCONNECT that
 * wants no answer. It costs no peer.
 */
void platform_write_decline(uint8_t datagram[static PLATFORM_DECLINE_BYTES],
			    const struct platform_connect *asked, uint32_t data);

/* The net socket of `host`, for `struct net`'s functions and for poll. */
int platform_socket(const struct _ENetHost *host);

enum {
	PLATFORM_RETRANSMIT_MAX_MS = 1000,
};

/*
 * Keeps one lost message from holding up all others. ENet 1.3.17 doubles a reliable command's
 * time-out at each loss, without bound, and looks for commands to send again only when the time-out
 * of the one at the head of its list has passed: with 10 % of the datagrams lost, a command that
 * was lost eight times makes every other lost one wait for half a minute, and ENet drops the
 * connection. This bounds the time-out (RFC 6298, 2.5 allows a bound) and sets the next look to the
 * earliest. Call before each enet_host_service. It walks what is sent and not acknowledged, which
 * ENet's window keeps short.
 */
void platform_run_retransmission_timer(struct _ENetHost *host);

/*
 * As enet_host_service without a wait, but what is sent again leaves in datagrams of ENet's least
 * MTU, where all that waits for the peer is so short: a path that takes no long ones, of which
 * nobody told, would never take the datagrams into which ENet gathers short commands.
 */
int platform_service(struct _ENetHost *host, struct _ENetEvent *event);

/*
 * Gives the peer a shorter MTU. False, and it is as it was, while something longer waits or may be
 * sent again: ENet would try to send that for ever.
 */
bool platform_shorten_mtu(struct _ENetPeer *peer, uint32_t mtu);

#endif
