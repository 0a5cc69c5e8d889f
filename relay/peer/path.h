/*
 * path: the longest message that reaches a member in one datagram. Rules only: no ENet, no clock;
 * the caller tells the time.
 *
 * A path may take less than PROTOCOL.md's DATAGRAM_MAX. It then drops every full datagram in
 * silence. A client that knows this says so as it connects. Otherwise the longest SNAPSHOT that a
 * REPORT named is known to arrive, and messages of PATH_SHORT_BYTES always do.
 *
 *	Reliable messages are no longer than that: ENet repeats one in the same datagram for ever.
 *	SNAPSHOTs are of full length until REPORTs say that none of the longer ones arrived, but
 *	most of the others; or until a member that was sent only longer ones reports nothing,
 *	though it asks for the time. Then they are as long as is known to arrive; in the second
 *	case this is a trial, which ends unless REPORTs of them come.
 *
 * A path that was found to be small stays small. A REPORT may be a lie; its sender would be sent
 * shorter messages, or long ones that do not arrive.
 */
#ifndef STARLING_RELAY_PEER_PATH_H
#define STARLING_RELAY_PEER_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"

enum {
	PATH_SHORT_BYTES = WIRE_MESSAGE_LEAST_BYTES,
	/* SNAPSHOTs; older ones say nothing. */
	PATH_REMEMBERED = 256,
};

/* Times are in ms, modulo 2^32. */
struct path {
	uint16_t most;      /* bytes, by the client's word */
	uint16_t known;     /* the longest that is known to arrive, in bytes */
	bool is_told : 1;   /* the client named less than the usual length */
	bool is_small : 1;  /* it was found so */
	bool is_trying : 1; /* SNAPSHOTs are short for a trial, */
	bool has_tried : 1; /* or were in vain, and no REPORT came since */
	bool has_report : 1;
	uint32_t lost;                /* SNAPSHOTs longer than `known`, by the REPORTs */
	uint16_t silent_longer;       /* the same, all that was sent since the last REPORT */
	uint16_t trial_number;        /* of the trial's first SNAPSHOT */
	uint32_t silent_ms, trial_ms; /* when these began */
	uint32_t heard_ms;            /* when the client last asked for the time */

	/* By the last REPORT; modulo 2^32. */
	uint32_t last_count, last_bytes;
	uint16_t last_number;

	uint16_t spent_number; /* of the newest SNAPSHOT */
	/*
	 * Bytes of SNAPSHOTs, by number; 0: it was reliable, perhaps in pieces, and says nothing.
	 * Allocated only while SNAPSHOTs are longer than `known`: most members never need it.
	 */
	uint16_t *sizes;
};

/* `most`: the longest message by the client's word. */
void path_init(struct path *path, size_t most);

/* Accepts one that is all zero. */
void path_fini(struct path *path);

/* The longest SNAPSHOT, and the longest reliable message. */
size_t path_snapshot_bytes(const struct path *path, enum wire_mode mode);
size_t path_reliable_bytes(const struct path *path);

/* The client asked for the time, so it is there. */
void path_on_clock(struct path *path, int64_t now_ns);

/*
 * A SNAPSHOT of this size was sent. To be called for each, in order of `number`. True when the next
 * ones may be of another length: a trial began or ended.
 */
bool path_spend(struct path *path, uint16_t number, size_t bytes, enum wire_mode mode,
		int64_t now_ns);

/* Uses a valid REPORT (congestion.h). True as path_spend; `is_small` may have become true. */
bool path_report(struct path *path, const struct wire_report *report, int64_t now_ns);

#endif
