/*
 * join_state: how far each member has come with joining its room, and how many are how far.
 *
 *	absent    its connection is lost and its place is kept; nothing is sent to it
 *	meeting   it is being told who is there; it may send, and receives no states
 *	waiting   it knows everyone, and waits until no state in the room waits for a flush
 *	syncing   it receives every new state, and is being sent the states from before
 *	joined    it has all that it is to see
 *
 * A member that is not yet syncing is owed nothing, so nothing is flushed for its sake. A member
 * with a view is sent all that it sees at once, and never syncs. From each state a member may
 *become absent, and then begins anew.
 */
#ifndef STARLING_RELAY_ROOM_JOIN_STATE_H
#define STARLING_RELAY_ROOM_JOIN_STATE_H

#include <stdbool.h>
#include <stddef.h>

enum join_state {
	JOIN_ABSENT = 0,
	JOIN_MEETING,
	JOIN_WAITING,
	JOIN_SYNCING,
	JOIN_JOINED,
	JOIN_STATE_COUNT,
};

/* How many members are in each state. {0} counts none. */
struct join_counts {
	size_t in[JOIN_STATE_COUNT];
};

/* Counts a member that comes, which is then meeting. */
void join_state_begin(struct join_counts *counts, enum join_state *state);

/* Counts a member no longer, which goes. */
void join_state_end(struct join_counts *counts, enum join_state state);

/* Takes a member from its state to the next. False, and nothing done: there is no such step. */
bool join_state_move(struct join_counts *counts, enum join_state *state, enum join_state next);

/* Whether a member in this state receives new states. */
static inline bool join_state_receives(enum join_state state)
{
	return state >= JOIN_SYNCING;
}

/* How many members do not receive new states yet. */
static inline size_t join_counts_newcomers(const struct join_counts *counts)
{
	return counts->in[JOIN_MEETING] + counts->in[JOIN_WAITING];
}

/* How many members receive no new states, newcomers and the absent. */
static inline size_t join_counts_deaf(const struct join_counts *counts)
{
	return join_counts_newcomers(counts) + counts->in[JOIN_ABSENT];
}

#endif
