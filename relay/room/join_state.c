#include "relay/room/join_state.h"

static const bool steps[JOIN_STATE_COUNT][JOIN_STATE_COUNT] = {
	[JOIN_ABSENT] = { [JOIN_MEETING] = true },
	[JOIN_MEETING] = { [JOIN_WAITING] = true, [JOIN_ABSENT] = true },
	[JOIN_WAITING] = { [JOIN_SYNCING] = true, [JOIN_JOINED] = true, [JOIN_ABSENT] = true },
	[JOIN_SYNCING] = { [JOIN_JOINED] = true, [JOIN_ABSENT] = true },
	[JOIN_JOINED] = { [JOIN_ABSENT] = true },
};

void join_state_begin(struct join_counts *counts, enum join_state *state)
{
	*state = JOIN_MEETING;
	counts->in[JOIN_MEETING]++;
}

void join_state_end(struct join_counts *counts, enum join_state state)
{
	counts->in[state]--;
}

bool join_state_move(struct join_counts *counts, enum join_state *state, enum join_state next)
{
	if (!steps[*state][next])
		return false;
	counts->in[*state]--;
	counts->in[next]++;
	*state = next;
	return true;
}
