/*
 * inbox_stage: a relay's worker whose turns are the test's, and clients that are played by hand.
 * For cmocka tests: what is expected and does not happen fails the test.
 */
#ifndef STARLING_TESTS_INBOX_STAGE_H
#define STARLING_TESTS_INBOX_STAGE_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/sim.h"
#include "proto/wire/wire.h"
#include "relay/worker.h"

enum {
	INBOX_GUESTS = WORKER_WAITING_PEERS + 2,
	INBOX_ANSWERS_MAX = 16,
};

/* A client that is played by hand, and what the relay answered. */
struct inbox_guest {
	ENetHost *host;
	ENetPeer *peer;
	bool is_connected;
	struct wire_clock answers[INBOX_ANSWERS_MAX];
	size_t answer_count;
};

/* A worker whose turns are the test's, on a network that can be slow, and that counts looks. */
struct inbox_stage {
	struct sim *sim;
	struct net net;
	struct config config;
	struct worker worker;
	struct inbox_guest guests[INBOX_GUESTS];
	int64_t skew_ns, step_ns; /* ahead of the sim; a look at the clock takes so long */
	unsigned empty_looks;     /* of the relay, into an empty queue */
	unsigned sent;            /* datagrams that the relay sent */
	bool is_losing;           /* all of these */
	bool is_doubling;         /* those that the guests send come twice */
	bool is_stamping;         /* the n-th datagram to come in came n ms after `stamp_ns` */
	int64_t stamp_ns;
};

extern struct inbox_stage inbox;

/* A cmocka test on a stage of its own, whose first two guests are members of one room. */
#define STAGED(test) cmocka_unit_test_setup_teardown(test, inbox_set_up, inbox_tear_down)
int inbox_set_up(void **state);
int inbox_tear_down(void **state);

/* The n-th guest begins to connect; and is a member. */
void inbox_begin_to_connect(size_t n);
void inbox_join(size_t n);

/* A datagram of its own from the n-th guest, with ENet's flags. */
void inbox_say(size_t n, enet_uint32 flags, const void *data, size_t size);

/*
 * What time it is, under a number that the answer repeats. In order (without flags) it goes through
 * ENet's lists, which an unsequenced one passes by.
 */
void inbox_ask_as(size_t n, enet_uint32 flags, uint64_t number);
void inbox_ask(size_t n, uint64_t number);
void inbox_ask_often(size_t n, unsigned times);
void inbox_ask_often_in_order(size_t n, unsigned times);

/* Lets a guest hear what has come for it. */
void inbox_hear(struct inbox_guest *guest);

/* Time passes: for the datagrams alone, or with a turn of the relay and all guests each ms. */
void inbox_pass_ms(unsigned ms);
void inbox_run_ms(unsigned ms);

/* One turn of the relay. */
void inbox_turn(void);

/* Whether there is nothing left in the relay's queue. */
bool inbox_is_queue_empty(void);

/* What came since `before` and was dealt with. */
uint64_t inbox_taken_since(uint64_t before);

#endif
