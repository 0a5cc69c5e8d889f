/*
 * news: who came into a room and who left it, and how far each member was told.
 *
 * Telling every member of each newcomer in a message of its own takes N^2 / 2 reliable messages,
 * and as many acknowledgements, when N members come at once. So news are kept in a log, and each
 * member is told what it has not heard yet in one LEFT and one JOINED: at once where the room's
 * last round of news is long enough ago, else when it is. How long grows with the room, so that
 * telling takes a small part of a core however fast members come and go. One that came and left
 * between two rounds is in neither list.
 *
 * A newcomer meets those who are there in the same way: it is told of them in one JOINED after the
 * other. In a large room not all at once, so that a crowd of newcomers does not have all names to
 * everyone wait for their acknowledgement.
 *
 * A member ignores records of a member that it does not know, and nothing would repeat a KEYFRAME
 * that was ignored. So before a message that must not be lost speaks of a member, its receiver is
 * told of that member (membership_knows, membership_notify).
 */
#ifndef STARLING_RELAY_ROOM_MEMBERSHIP_H
#define STARLING_RELAY_ROOM_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/wire.h"
#include "relay/room/outbox.h"

struct member;
struct room;

enum {
	/* Up to so many members, news go out at once. */
	MEMBERSHIP_AT_ONCE_MEMBERS = 16,
	/*
	 * Above, the time between two rounds is so long for each member: some hundred times what
	 * telling it costs, so that those who come and go without end (sent away, and back again)
	 * take little from the others' flushes. In a crowd it is not much longer for that, as what
	 * one round tells would come in heaps: so long, until a tenth for each member is longer;
	 * and no longer than the most, however large the room.
	 */
	MEMBERSHIP_REST_US_EACH = 1000,
	MEMBERSHIP_REST_CROWD_MS = 75,
	MEMBERSHIP_REST_CROWD_US_EACH = 100,
	MEMBERSHIP_REST_MAX_MS = 250,
};

/* Notes that a member came. Until membership_introduce is done, it is still meeting those who were
 * there. */
void membership_joined(const struct outbox *outbox, struct room *room, struct member *member,
		       int64_t now_ns);

/* Notes that a member left; it must be out of the room's list by now, and still be readable. */
void membership_left(const struct outbox *outbox, struct room *room, const struct member *member,
		     enum wire_reason reason, int64_t now_ns);

/*
 * Tells a newcomer who is there, in at most `most` messages (at least 1); returns how many it was.
 * When that was all of them, it is not meeting any more.
 */
unsigned membership_introduce(const struct outbox *outbox, struct member *newcomer, unsigned most);

/* Whether `member` was told of `other`. */
bool membership_knows(const struct member *member, const struct member *other);

/* Tells one member all that it has not heard yet, whom it is still to meet, too. */
void membership_notify(const struct outbox *outbox, struct member *member);

/* A round: tells all members what happened. Due at membership.due_ns. */
void membership_notify_all(const struct outbox *outbox, struct room *room, int64_t now_ns);

#endif
