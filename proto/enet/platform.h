/*
 * platform: ENet's platform file, ours. It defines the enet_socket_*, enet_address_*, enet_time_*
 * and other functions that ENet's unix.c would, so that an unmodified libenet runs on the current
 * `struct net` (net.h).
 *
 * That works because Debian's libenet calls these through its PLT, where a program's own definition
 * comes first. A libenet bound to itself (linked with -Bsymbolic) would slip past in silence, so
 * every program asks platform_init at start.
 *
 * It differs from ENet's own platform file:
 * - enet_socket_send never fails: it returns the size of the datagram, which leaves with the next
 *   flush, or is lost and counted. A caller that services a host with time-out 0 calls
 * platform_flush at the end of the turn; a time-out above 0 flushes before it sleeps.
 * - enet_socket_receive never fails: unusable datagrams are skipped and counted; 0: none waits. It
 *   fills the first buffer only.
 * - enet_host_create leaves errno when it returns NULL (EADDRINUSE: the port is taken).
 * - enet_time_get is the net's time, monotonic, in milliseconds. enet_time_set shifts it for the
 *   whole process.
 * - enet_socket_set_option takes ENET_SOCKOPT_NONBLOCK 1, _BROADCAST 1, _RCVBUF and _SNDBUF
 *   (already so, or larger) and refuses the rest; enet_socket_get_option knows ENET_SOCKOPT_ERROR,
 *   always 0.
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
 * the same), with the allocator of pool.h. Where memory is short, ENet's functions then return NULL
 * or -1, and do not abort as they do by default: a library does not end its program.
 *
 * Then checks that libenet is of the version whose headers this was built with, since its structs
 * are read here, and that its core really calls our functions, by driving a host over a net that
 * only counts, in the calling thread; nothing is sent. 0; -ENOTSUP or -ENOMEM with a sentence in
 * `why` (always terminated) that says which function was not called and what to do.
 */
int platform_init(char *why, size_t why_bytes);

/*
 * Draws the host's seed from the net's random bits alone. ENet mixes the host's memory address into
 * it: two runs of one simulation would send different bytes, and an address does not belong into a
 * datagram. Call it right after enet_host_create.
 */
void platform_seed(struct _ENetHost *host);

/* ENet's clock at the net time `now_ns`: milliseconds in 32 bits, which wrap every 49.7 days. */
uint32_t platform_time_ms(int64_t now_ns);

enum {
	/* As many as one enet_host_service can take into use: it reads so many datagrams. */
	PLATFORM_SPARE_PEERS = 256,
	/* Fewer than ENet reads at once, so that a loop can look at the time between. */
	PLATFORM_BATCH_DATAGRAMS = 64,
};

/*
 * ENet walks over all peers that a host may have, several times in each service and flush, and
 * gives the first free one to a new connection. These functions let the walks end soon after the
 * last peer in use. `peers_max`: the peers that the host was made for. Call platform_reserve_peers
 * before each enet_host_service, and platform_trim a few times a second.
 */
void platform_reserve_peers(struct _ENetHost *host, size_t peers_max);
void platform_trim(struct _ENetHost *host);

/*
 * As enet_host_service without a wait, but only reads datagrams, PLATFORM_BATCH_DATAGRAMS at most.
 * The answers, acknowledgements above all, wait in ENet's lists, and go along with the next message
 * to the same peer: so a flush must follow. ENet would walk over all peers before and after each
 * batch, and send the answers in datagrams of their own.
 *
 * Retransmission, pings and the end of silent peers need enet_host_service, when deadline_ns says
 * so. Once a second, when ENet shares out bandwidth, this is enet_host_service.
 */
int platform_receive(struct _ENetHost *host, struct _ENetEvent *event);

/* Whether ENet has anything for the peer that was not sent yet. */
bool platform_has_waiting(const struct _ENetPeer *peer);

/* Sends what the host's socket has taken: the end of a loop's turn. */
void platform_flush(const struct _ENetHost *host);

/*
 * As enet_host_flush, but for one peer. ENet itself only walks over all peers, and keeps each one's
 * datagrams in memory until all are made.
 */
void platform_flush_peer(struct _ENetHost *host, struct _ENetPeer *peer);

/* The net socket of `host`, for `struct net`'s functions and for poll. */
int platform_socket(const struct _ENetHost *host);

#endif
