/*
 * membership: tells each member of a room who is there, who came and who left.
 *
 * A message to every member about each newcomer would be as many reliable messages, and as many
 * acknowledgements, as there are pairs of members. So changes go into a log (membership_log.h), and
 * rounds tell each member the changes that are new to it, in one LEFT and one JOINED. The
 * time between two rounds grows with the room, so that rounds take a small part of a core however
 * often members come and go. A member that came and left between two rounds is in neither list.
 *
 * A newcomer meets those who are there in the same way: in one JOINED after the other. In a large
 * room these are spread, so that the names of a whole crowd do not wait for acknowledgement at
 * once.
 *
 * A receiver ignores records of a member that it does not know, and nothing repeats an ignored
 * KEYFRAME. So a message that must not be lost and names a member goes only to a receiver that was
 * told of that member (membership_knows, membership_notify).
 */
#ifndef STARLING_RELAY_ROOM_MEMBERSHIP_H
#define STARLING_RELAY_ROOM_MEMBERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire/wire.h"
#include "relay/room/outbox.h"

struct member;
struct room;

enum {
	/* Up to so many members, each change is told at once. */
	MEMBERSHIP_AT_ONCE_MEMBERS = 16,
	/*
	 * In a larger room, two rounds are so far apart for each member: many times what telling it
	 * costs, so that members who come and go without end take little from the others' flushes.
	 * In a crowd that would gather too much for one round. So from REST_CROWD_MS on the rate is
	 * REST_CROWD_US_EACH, as soon as that is more, up to REST_MAX_MS in any room.
	 */
	MEMBERSHIP_REST_US_EACH = 1000,
	MEMBERSHIP_REST_CROWD_MS = 75,
	MEMBERSHIP_REST_CROWD_US_EACH = 100,
	MEMBERSHIP_REST_MAX_MS = 250,
};

/* Notes that a member came, which meets the others from now on. */
void membership_joined(const struct outbox *outbox, struct room *room, struct member *member,
		       int64_t now_ns);

/* A member that was absent meets the others from now on; they know it. */
void membership_resumed(struct member *member);

/* Notes that a member left, which is out of the room's list and can still be read. */
void membership_left(const struct outbox *outbox, struct room *room, const struct member *member,
		     enum wire_reason reason, int64_t now_ns);

/*
 * Tells a newcomer who is there, in at most `most` messages (at least 1); returns how many it was.
 * After the last, the newcomer is waiting (join_state.h).
 */
unsigned membership_introduce(const struct outbox *outbox, struct member *newcomer, unsigned most);

/* Whether `member` was told of `other`. */
bool membership_knows(const struct member *member, const struct member *other);

/* Tells one member every change that is new to it, and whom it is still to meet. */
void membership_notify(const struct outbox *outbox, struct member *member);

/* A round: tells every member. Due at the log's due_ns. */
void membership_notify_all(const struct outbox *outbox, struct room *room, int64_t now_ns);

#endif
