/*
 * attacker: a hostile member. It has an ENet host of its own on the current net (proto/net/net.h),
 * says HELLO as anyone, and then does harm in its own way; when it is sent away it comes back.
 * Against a relay on the simulated network in tests, and on loopback for attack.c.
 *
 * What it does is bounded: so many messages a second, none saved up for longer than 20 ms, and a
 * new connection every 100 ms at most.
 */
#ifndef STARLING_TESTS_ATTACKER_H
#define STARLING_TESTS_ATTACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/random.h"

struct _ENetHost;
struct _ENetPeer;

enum attacker_kind {
	ATTACKER_FLOODS = 0,    /* states, many times the rate that is taken */
	ATTACKER_BABBLES,       /* random bytes on any channel, the same */
	ATTACKER_READS_NOTHING, /* takes its WELCOME, and acknowledges nothing after it */
	ATTACKER_LIES,          /* reports what cannot be, and what might, the same */
	ATTACKER_WAVERS,        /* other settings with each message, sound and absurd */
	ATTACKER_STRAYS,        /* one entity, from one end of the coordinates to the other */
	ATTACKER_SPRAWLS,       /* the same with a hundred entities and the largest payloads */
	ATTACKER_SHOUTS,        /* large reliable events to all */
	ATTACKER_BLINKS,   /* makes its entities and takes them away again, as often as is taken */
	ATTACKER_CHATTERS, /* small reliable events to all, as many as are taken */
	ATTACKER_COMES_AND_GOES,
	ATTACKER_QUIET, /* none: reads, and says a word now and then; to compare the others with */
	ATTACKER_KINDS,
};

enum {
	ATTACKER_FLOOD_HZ = 2000, /* messages, a datagram each */
	ATTACKER_TAKEN_HZ = 240,  /* PROTOCOL.md's MESSAGE_RATE: of these a relay takes all */
	ATTACKER_ROOM_BYTES = 16,
};

/* A few words, as in a test's output. */
const char *attacker_text(enum attacker_kind kind);

/* How many messages one of the kind says a second while it is a member. */
double attacker_rate_hz(enum attacker_kind kind);

struct attacker {
	enum attacker_kind kind;
	char room[ATTACKER_ROOM_BYTES];
	uint32_t own_host, relay_host; /* in network order; own: 0 for any */
	uint16_t relay_port;
	struct _ENetHost *host;
	struct _ENetPeer *peer;
	bool is_plain;           /* its server greets nobody: whoever is connected is a member */
	bool is_member, is_lost; /* lost: its connection, and a new one is due */
	uint32_t member;         /* its id, as a member */
	int64_t connected_ns, member_ns;
	double due; /* messages, since it became a member */
	uint64_t said, welcomes;
	int64_t step_ns; /* the last one */
	uint16_t seq;
	struct random random;
};

/* Opens it and lets it connect. 0, or -1: there is no socket, or no memory. */
int attacker_open(struct attacker *attacker, enum attacker_kind kind, const char *room,
		  uint32_t relay_host, uint16_t relay_port, uint64_t seed, int64_t now_ns);

/* Lets it do what is due by now. Call it every few milliseconds. */
void attacker_step(struct attacker *attacker, int64_t now_ns);

/* Accepts one that is all zero, or was not opened. */
void attacker_close(struct attacker *attacker);

#endif
