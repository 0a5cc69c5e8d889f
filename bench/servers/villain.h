/*
 * villain: a hostile member. It has an ENet host of its own on the current net (proto/net/net.h),
 * says HELLO as anyone, and then does harm in its own way; when it is sent away it comes back.
 * Against a relay on the simulated network in tests, and for `compare --hostile` on loopback.
 *
 * What it does is bounded: so many messages a second, none saved up for longer than 20 ms, and a
 * new connection every 100 ms at most.
 */
#ifndef STARLING_BENCH_VILLAIN_H
#define STARLING_BENCH_VILLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/random.h"

struct _ENetHost;
struct _ENetPeer;

enum villain_kind {
	VILLAIN_FLOODS = 0,    /* states, many times the rate that is taken */
	VILLAIN_BABBLES,       /* random bytes on any channel, the same */
	VILLAIN_READS_NOTHING, /* takes its WELCOME, and acknowledges nothing after it */
	VILLAIN_LIES,          /* reports what cannot be, and what might, the same */
	VILLAIN_WAVERS,        /* other settings with each message, sound and absurd */
	VILLAIN_STRAYS,        /* one entity, from one end of the coordinates to the other */
	VILLAIN_SPRAWLS,       /* the same with a hundred entities and the largest payloads */
	VILLAIN_SHOUTS,        /* large reliable events to all */
	VILLAIN_COMES_AND_GOES,
	VILLAIN_QUIET, /* none: reads, and says a word now and then; to compare the others with */
	VILLAIN_KINDS,
};

enum {
	VILLAIN_FLOOD_HZ = 2000, /* messages, a datagram each */
	VILLAIN_TAKEN_HZ = 240,  /* PROTOCOL.md's MESSAGE_RATE: of these a relay takes all */
	VILLAIN_ROOM_BYTES = 16,
};

/* A few words, as in a test's output. */
const char *villain_text(enum villain_kind kind);

/* How many messages one of the kind says a second while it is a member. */
double villain_rate_hz(enum villain_kind kind);

struct villain {
	enum villain_kind kind;
	char room[VILLAIN_ROOM_BYTES];
	uint32_t relay_host; /* in network order */
	uint16_t relay_port;
	struct _ENetHost *host;
	struct _ENetPeer *peer;
	bool is_member, is_lost; /* lost: its connection, and a new one is due */
	int64_t connected_ns, member_ns;
	double due; /* messages, since it became a member */
	uint64_t said, welcomes;
	int64_t step_ns; /* the last one */
	uint16_t seq;
	struct random random;
};

/* Opens it and lets it connect. 0, or -1: there is no socket, or no memory. */
int villain_open(struct villain *villain, enum villain_kind kind, const char *room,
		 uint32_t relay_host, uint16_t relay_port, uint64_t seed, int64_t now_ns);

/* Lets it do what is due by now. Call it every few milliseconds. */
void villain_step(struct villain *villain, int64_t now_ns);

/* Accepts one that is all zero, or was not opened. */
void villain_close(struct villain *villain);

#endif
