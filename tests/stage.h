/*
 * stage: a session of the client library, a relay played by hand, and a simulated network between
 * them, without delay. For cmocka tests: what is expected and does not happen fails the test.
 */
#ifndef STARLING_TESTS_STAGE_H
#define STARLING_TESTS_STAGE_H

#include "client/lib/starling.h"
#include "proto/net/sim.h"
#include "tests/fake_relay.h"

struct stage {
	struct sim *sim;
	bool is_cut; /* no datagram arrives any more */
	struct fake_relay relay;
	struct starling_config config; /* what stage_open opens with */
	struct starling *session;
	struct starling *other;      /* serviced too, if a test opens one */
	struct starling_event event; /* the one that was expected last */
};

/* A cmocka test with a stage of its own, at `*state`. */
#define STAGED(test) cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)
int stage_setup(void **state);
int stage_teardown(void **state);

/* Everyone does what is due, for so many virtual milliseconds. */
void stage_run(struct stage *stage, int64_t ms);

/* Opens the session. */
void stage_open(struct stage *stage);

/* Lets the client say HELLO and the relay welcome it as member 1 with an empty, whole room. */
void stage_welcome(struct stage *stage);

/* Opens, and welcomes; WELCOME and READY are taken. */
void stage_join(struct stage *stage);

/* Takes the next event, which must be of this type. */
void stage_expect(struct stage *stage, enum starling_event_type type);

void stage_expect_nothing(struct stage *stage);

struct starling_stats stage_stats(const struct stage *stage);

#endif
