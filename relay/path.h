/*
 * path: the longest message that reaches a member in one datagram. Rules only: no ENet, no clock;
 * the caller tells the time.
 *
 * A path may take less than PROTOCOL.md's DATAGRAM_MAX, and then takes none of the full datagrams,
 * without a word. A client may know that, and says so as it connects. Of one that does not, the
 * longest SNAPSHOT that a REPORT named is known to have come; PATH_SHORT_BYTES always do.
 *
 *	What goes reliably is no longer than that: ENet repeats it in the same datagram for ever.
 *	SNAPSHOTs are as long as may be, until two windows of REPORTs say of all those that are
 *	longer that none came, while most of the others did; or until a member that was sent
 *	hardly anything else reports nothing, but asks for the time. Then they are no longer than
 *	what is known to come, and where this was but a guess only if REPORTs come of them.
 *
 * A member whose path was found to be small stays with that. A REPORT may be a lie; its sender
 * would be sent shorter messages, or long ones that it does not get.
 */
#ifndef STARLING_RELAY_PATH_H
#define STARLING_RELAY_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire.h"

enum {
	PATH_SHORT_BYTES = WIRE_MESSAGE_LEAST_BYTES,
	PATH_STEP_BYTES = PATH_SHORT_BYTES / 4, /* as exactly are sizes remembered */
	PATH_REMEMBERED = 64,                   /* SNAPSHOTs; those of before say nothing */
};

_Static_assert(PATH_SHORT_BYTES % PATH_STEP_BYTES == 0 &&
		       WIRE_MESSAGE_MAX_BYTES <= 15 * PATH_STEP_BYTES,
	       "sizes are remembered in four bits");

/* SNAPSHOTs, modulo 2^16; bytes in steps. */
struct path_sum {
	uint16_t count, steps;
};

/* Small, as there is one for each of thousands of members. Times are in ms, modulo 2^32. */
struct path {
	uint16_t most;      /* bytes, by the client's word */
	bool is_told : 1;   /* the client named less than is usual */
	bool is_small : 1;  /* it was found so */
	bool is_trying : 1; /* SNAPSHOTs are short for a guess */
	bool has_tried : 1; /* in vain, and no REPORT came since */
	bool has_spent : 1; /* a SNAPSHOT went off */
	bool has_window : 1;
	bool is_suspect : 1; /* the last window said that the path is small */
	uint8_t known_steps; /* of the longest SNAPSHOT that is known to have come */

	/* Since the last REPORT, or the first SNAPSHOT. */
	uint16_t longer_sent, others_sent; /* than what is known to come */
	uint32_t word_ms;                  /* when that was */
	uint32_t heard_ms;                 /* when the client last asked for the time */

	uint32_t begun_ms; /* the trial, or else the window of REPORTs */
	/* Of the trial's first SNAPSHOT; or of the newest that was reported, */
	uint16_t number;
	uint16_t spent_number; /* and of the newest that was sent */

	/* A window. */
	struct path_sum begun, last; /* as reported where it began, and by the last REPORT */
	struct path_sum others;      /* sent in it that are not longer, */
	uint16_t longer;             /* and that are */
	uint8_t over;                /* REPORTs after which more had come than the others */

	/* By number: in steps; 0: it went reliably, perhaps in pieces, and says nothing. */
	uint8_t steps[PATH_REMEMBERED / 2];
};

/* `most`: the longest message by the client's word. */
void path_init(struct path *path, size_t most);

/* The longest SNAPSHOT, and the longest of what goes reliably. */
size_t path_snapshot_bytes(const struct path *path, enum wire_mode mode);
size_t path_reliable_bytes(const struct path *path);

/* The client asked for the time, as those do who send REPORTs, too. */
void path_hear(struct path *path, int64_t now_ns);

/*
 * A SNAPSHOT of this size went off. To be told of each, in order of `number`. True when the next
 * may be of another length than those before: a guess began or ended.
 */
bool path_spend(struct path *path, uint16_t number, size_t bytes, enum wire_mode mode,
		int64_t now_ns);

/* Takes a REPORT that budget.h heeds. True as path_spend; `is_small` may have come to be so. */
bool path_report(struct path *path, const struct wire_report *report, int64_t now_ns);

#endif
