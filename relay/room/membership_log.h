/*
 * membership_log: the changes of a room's membership that some member was not told of yet, and how
 * far each member was told. Places in the log count from the room's beginning.
 */
#ifndef STARLING_RELAY_ROOM_MEMBERSHIP_LOG_H
#define STARLING_RELAY_ROOM_MEMBERSHIP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member;

/* A member that came or left. */
struct membership_change {
	const struct member *member; /* who joined; NULL: it has left again, or leaves now */
	uint64_t joined;             /* with has_left: the place of its joining */
	uint32_t id;
	bool has_left;
	uint8_t reason; /* with has_left */
};

struct membership_log {
	struct membership_change *changes;
	size_t count, capacity;
	uint64_t first;  /* the place of changes[0] */
	int64_t told_ns; /* when the last round was */
	int64_t due_ns;  /* when the next round is due; INT64_MAX: there is no change */
};

/* How far one member was told. */
struct membership_reader {
	uint64_t joined;  /* the place of its own joining */
	uint64_t since;   /* whoever joined before this place is introduced to it */
	uint64_t next;    /* the first change that it was not told of */
	uint32_t next_id; /* while it meets the others: the first id that it was not told of */
};

/* Makes space for the first changes. -ENOMEM. */
int membership_log_init(struct membership_log *log);
void membership_log_fini(struct membership_log *log);

/* The place behind the last change. */
uint64_t membership_log_end(const struct membership_log *log);

/* The index in `changes` at which the reader goes on. */
size_t membership_log_position(const struct membership_log *log,
			       const struct membership_reader *reader);

/* Makes space for one more change. False: there is no memory. */
bool membership_log_reserve(struct membership_log *log);

/* Appends to a log that has space. */
void membership_log_append(struct membership_log *log, const struct membership_change *change);

/* The member whose joining stands at this place has left again. */
void membership_log_withdraw(struct membership_log *log, uint64_t joined);

/* Every member was told of every change. */
void membership_log_clear(struct membership_log *log, int64_t now_ns);

#endif
