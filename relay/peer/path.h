/*
 * path: the longest message that reaches a member in one datagram. Rules only: no ENet, no clock;
 * the caller tells the time.
 *
 * A path may take less than PROTOCOL.md's DATAGRAM_MAX, and then takes none of the full datagrams,
 * without a word. A client may know that, and says so as it connects. Of one that does not, the
 * longest SNAPSHOT that a REPORT named is known to have come; PATH_SHORT_BYTES always do.
 *
 *	What goes reliably is no longer than that: ENet repeats it in the same datagram for ever.
 *	SNAPSHOTs are as long as may be, until REPORTs say of all those that are longer that none
 *	came, while most of the others did; or until a member that was sent nothing else reports
 *	nothing, but asks for the time. Then they are no longer than what is known to come, and
 *	where this was but a guess only if REPORTs come of them.
 *
 * A member whose path was found to be small stays with that. A REPORT may be a lie; its sender
 * would be sent shorter messages, or long ones that it does not get.
 */
#ifndef STARLING_RELAY_PEER_PATH_H
#define STARLING_RELAY_PEER_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"

enum {
	PATH_SHORT_BYTES = WIRE_MESSAGE_LEAST_BYTES,
	/* SNAPSHOTs: some 300 ms of a crowd's; those of before say nothing. */
	PATH_REMEMBERED = 256,
};

/* Times are in ms, modulo 2^32. */
struct path {
	uint16_t most;      /* bytes, by the client's word */
	uint16_t known;     /* of the longest SNAPSHOT that is known to come, or would */
	bool is_told : 1;   /* the client named less than is usual */
	bool is_small : 1;  /* it was found so */
	bool is_trying : 1; /* SNAPSHOTs are short for a guess, */
	bool has_tried : 1; /* or were in vain, and no REPORT came since */
	bool has_report : 1;
	uint32_t lost;          /* SNAPSHOTs longer than `known`, by what REPORTs say */
	uint16_t silent_longer; /* the same, sent since the last REPORT and with nothing between */
	uint16_t trial_number;  /* of the trial's first SNAPSHOT */
	uint32_t silent_ms, trial_ms; /* when these began */
	uint32_t heard_ms;            /* when the client last asked for the time */

	/* By the last REPORT; modulo 2^32. */
	uint32_t last_count, last_bytes;
	uint16_t last_number;

	uint16_t spent_number; /* of the newest SNAPSHOT that was sent */
	/*
	 * Bytes, by number; 0: it went reliably, perhaps in pieces, and says nothing. There from
	 * the first that is longer than `known` until all is found out: most members never need it.
	 */
	uint16_t *sizes;
};

/* `most`: the longest message by the client's word. */
void path_init(struct path *path, size_t most);

/* Accepts one that is all zero. */
void path_fini(struct path *path);

/* The longest SNAPSHOT, and the longest of what goes reliably. */
size_t path_snapshot_bytes(const struct path *path, enum wire_mode mode);
size_t path_reliable_bytes(const struct path *path);

/* The client asked for the time, as those do who send REPORTs, too. */
void path_on_clock(struct path *path, int64_t now_ns);

/*
 * A SNAPSHOT of this size went off. To be told of each, in order of `number`. True when the next
 * may be of another length than those before: a guess began or ended.
 */
bool path_spend(struct path *path, uint16_t number, size_t bytes, enum wire_mode mode,
		int64_t now_ns);

/* Takes a REPORT that congestion.h heeds. True as path_spend; `is_small` may have come to be so. */
bool path_report(struct path *path, const struct wire_report *report, int64_t now_ns);

#endif
