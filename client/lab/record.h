/*
 * record: what the lab's processes tell the one that shows it, each as one datagram of a local
 * socket. All are forked from one program, so a record is its struct.
 */
#ifndef STARLING_CLIENT_LAB_RECORD_H
#define STARLING_CLIENT_LAB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/link/link_model.h"

enum {
	LAB_BIRDS_MAX = 64, /* entities of a member that a relay takes */
	LAB_TEXT_BYTES = 320,
	LAB_PACKET_BYTES = 96, /* of a packet that are shown */
	LAB_PASSAGE_MAX = 38,  /* updates that a record names */
};

/* How updates come down. All receivers are behind links of their own, with the same terms. */
enum lab_way {
	LAB_UNSEQUENCED,
	LAB_SEQUENCED,
	LAB_RELIABLE,
	LAB_STREAM, /* the kernel's TCP */
	LAB_WAYS,
};

enum lab_record_kind {
	/* A bird is published: bird, number, x, y; at_ns; given to the socket from left_ns to
	 * reached_ns, from when on the relay's socket has it, as both are on one loopback. */
	LAB_TRUTH = 1,
	LAB_READY,  /* a receiver is in the room: way */
	LAB_UPDATE, /* a receiver has a bird's newest state: way, bird, number, x, y, origin_ns */
	LAB_COUNTS, /* of a receiver, so far: way, delivered, late, lost, skipped */
	LAB_PACKET, /* a packet with payload enters a link to a receiver: way, is_passed */
	/* A packet with these updates enters a link to a receiver: way, is_passed, passage; or
	 * leaves it, `late_ns` after its time. */
	LAB_ENTERED,
	LAB_LEFT,
	LAB_BROKEN, /* the lab cannot go on: text */
};

/* An update of a bird. */
struct lab_update_id {
	uint8_t bird;
	uint32_t number;
};

struct lab_record {
	enum lab_record_kind kind;
	enum lab_way way;
	unsigned bird;
	uint32_t number; /* of the bird's updates, from 1 */
	double x, y;     /* metres */
	int64_t at_ns; /* CLOCK_MONOTONIC, as the machine has one for all its network namespaces */
	int64_t origin_ns, left_ns, reached_ns, late_ns;
	uint64_t delivered, late, lost, skipped;
	bool is_passed;
	union {
		char text[LAB_TEXT_BYTES];
		struct lab_packet {
			uint8_t bytes[LAB_PACKET_BYTES]; /* its first ones, from IP's head on */
			size_t size;                     /* of all of it */
		} packet;
		struct lab_passage {
			unsigned count;
			struct lab_update_id ids[LAB_PASSAGE_MAX];
		} passage;
	};
};

/* An order to the links: from now on they have these terms, or are cut for so long. */
struct lab_order {
	int64_t cut_ns; /* 0: the terms are new */
	struct link_model_terms terms;
};

/* Sends it, or loses it when the reader is too far behind. at_ns is set when it is 0. */
void lab_record_send(int socket, struct lab_record *record);

/* Takes the next one. False: there is none. */
bool lab_record_take(int socket, struct lab_record *record);

/* A pair of sockets: to read from, and to write to. 0, or a negative errno value. */
int lab_record_open(int sockets[2]);

#endif
