/*
 * trial_live: what both ways of carrying on real sockets have in common: one loop that plays what
 * is due and takes what comes, and looks whether it was on time.
 */
#ifndef STARLING_BENCH_TRIAL_LIVE_H
#define STARLING_BENCH_TRIAL_LIVE_H

#include <poll.h>

#include "bench/netns/http_reply.h"
#include "bench/netns/trial_place.h"
#include "bench/sim/trial_internal.h"

enum {
	TRIAL_LIVE_WARM_UP_S = 1,
	TRIAL_LIVE_COOL_DOWN_S = TRIAL_COOL_DOWN_S, /* so that lost means the same */
	TRIAL_LIVE_JOIN_S = 20,
	TRIAL_LIVE_OUT_BYTES = 1 << 15,
};

/* A member of the ways over plain sockets (trial_live_socket.c). */
struct trial_socket {
	int fd;
	bool is_joined;
	uint8_t in[HTTP_REPLY_MAX_BYTES]; /* of a stream */
	size_t in_size;
	uint8_t out[TRIAL_LIVE_OUT_BYTES]; /* updates that find no room here are lost */
	size_t out_size;
	/* HTTP: */
	bool is_waiting; /* for a reply */
	int64_t asked_ns;
	uint8_t next[RAW_DATAGRAM_MAX_BYTES]; /* the newest state, if it was not sent yet */
	size_t next_size;
	size_t last_size; /* of what was sent last, which stays in `next` */
};

/* How a way's members are looked after. */
struct trial_hands {
	/* What to poll; -1: nothing. */
	int (*watch)(const struct trial *trial, size_t member, short *events);
	/* When it must be tended though nothing comes; INT64_MAX: never. */
	int64_t (*wake_ns)(const struct trial *trial, size_t member);
	void (*tend)(struct trial *trial, size_t member);
	/* Whether everyone is in the room. */
	bool (*are_all_in)(const struct trial *trial);
	/* Asks to be let in, again and again until they are; NULL: they ask by themselves. */
	void (*greet)(struct trial *trial);
};

struct trial_live {
	struct hist late; /* of sends after their due times, while it is measured */
	struct pollfd polls[TRIAL_MEMBERS_MAX];
	struct trial_socket *sockets; /* trial_live_socket.c */
	/* trial_live_session.c: */
	struct net net; /* real sockets, but a member's own address is bound */
	size_t speaking;
	int64_t wake_ns[TRIAL_MEMBERS_MAX];
	int64_t open_ns;
};

/* Makes trial->live. False: no memory. */
bool trial_live_init(struct trial *trial, char error[TRIAL_ERROR_BYTES]);
void trial_live_fini(struct trial *trial);

/* Keeps the first reason why the trial cannot go on. */
void trial_live_fail(const struct trial *trial, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool trial_live_has_failed(const struct trial *trial);

/* Tends members until `until_ns` of udp_clock_ns, and at least once; not after a failure. */
void trial_live_run(struct trial *trial, const struct trial_hands *hands, int64_t until_ns);

/* The same until all are in. False: they were not within TRIAL_LIVE_JOIN_S, or the trial failed. */
bool trial_live_join(struct trial *trial, const struct trial_hands *hands);

/* A member's next update goes off now. */
void trial_live_note_send(struct trial *trial, size_t member);

/* Hooks of both ways, and what their tables begin with. */
#define TRIAL_LIVE_HOOKS                                                                           \
	.warm_up_s = TRIAL_LIVE_WARM_UP_S, .cool_down_s = TRIAL_LIVE_COOL_DOWN_S,                  \
	.now_ns = trial_live_now_ns, .start = trial_live_start, .traffic = trial_live_traffic,     \
	.sum_up = trial_live_sum_up
int64_t trial_live_now_ns(const struct trial *trial);
void trial_live_start(struct trial *trial);
void trial_live_traffic(const struct trial *trial, uint64_t *datagrams, uint64_t *bytes);
void trial_live_sum_up(struct trial *trial, struct trial_result *result);

#endif
