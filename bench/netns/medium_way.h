/*
 * medium_way: what the three kinds of medium have in common, and what each gives.
 */
#ifndef STARLING_BENCH_MEDIUM_WAY_H
#define STARLING_BENCH_MEDIUM_WAY_H

#include "bench/netns/medium.h"

enum {
	MEDIUM_POLLS_MAX = 2 * TRIAL_MEMBERS_MAX,
	MEDIUM_BATCH = 64, /* reads of one descriptor in a turn, so that none starves the others */
	MEDIUM_BUFFER_BYTES = 4 << 20,
};

struct medium {
	const struct medium_config *config;
	struct medium_shared *shared;
	struct lanes lanes;
	struct hist late; /* handed on after its time */
	struct pollfd polls[MEDIUM_POLLS_MAX];
	void *state; /* of the kind */
	bool is_restarted;
};

struct medium_way {
	/* False: no memory, or no sockets. */
	bool (*open)(struct medium *medium);
	/* Fills in `polls`; returns how many. */
	size_t (*watch)(struct medium *medium);
	/* Takes what has come, by `polls` as poll left them, and hands on what is due. */
	void (*turn)(struct medium *medium, int64_t now_ns);
	int64_t (*next_ns)(const struct medium *medium);
	/* What entered the lines so far. */
	void (*count)(const struct medium *medium, uint64_t *datagrams, uint64_t *bytes);
	uint64_t (*drops)(const struct medium *medium);
};

/* Of the two kinds whose lines are `lanes`: when the next datagram is due, and `count`. */
int64_t medium_lanes_next_ns(const struct medium *medium);
void medium_lanes_count(const struct medium *medium, uint64_t *datagrams, uint64_t *bytes);

extern const struct medium_way medium_datagrams, medium_streams, medium_packets;

/* Something due at `due_ns` is handed on now. */
void medium_note_late(struct medium *medium, int64_t due_ns);

int64_t medium_now_ns(void);

/* Datagrams that a socket had no room for (SO_MEMINFO). */
uint64_t medium_socket_drops(int socket);

/* Asks for buffers of MEDIUM_BUFFER_BYTES each way, more than the limit where that is allowed. */
void medium_grow_buffers(int socket);

#endif
