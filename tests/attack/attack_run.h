/*
 * attack_run: our relay with eight honest members, and whether an attack beside them harmed anyone.
 * Unharmed: nobody lost the connection, nearly all states came and hardly later than before, a
 * newcomer got in at once, and the relay took little memory and gave it back.
 */
#ifndef STARLING_TESTS_ATTACK_RUN_H
#define STARLING_TESTS_ATTACK_RUN_H

#include "tests/attack/honest_room.h"
#include "tests/fixtures/process.h"

enum {
	ATTACK_RUN_LIMIT_S = 30,  /* of an attack */
	ATTACK_RUN_HARM_MS = 150, /* later is an honest client's answer only by harm */
	ATTACK_RUN_TRIES = 3,     /* others on the machine can make a run late; not each time */
	ATTACK_RUN_GROWTH_MAX_KB = 16 << 10, /* of the relay's memory */
};

struct attack_run {
	struct process relay;
	uint16_t port;
	struct honest_room room;
	double quiet_ms, attacked_ms; /* the members' age at p99 */
	double delivery;              /* under the attack */
	double before_kb, grown_kb;   /* the relay's memory, and how much more it was at most */
};

/* Starts the relay with these flags (NULL at the end), and lets the members play for a second. */
void attack_run_open(struct attack_run *run, const char *const *flags);

/* Accepts one that is all zero, or was ended. */
void attack_run_close(struct attack_run *run);

/* Plays while `goes_on`, and lets a newcomer in meanwhile. One attack may follow another. */
void attack_run_play(struct attack_run *run, bool (*goes_on)(void *context), void *context);

/* Whether nobody was harmed. Prints how it was if somebody was. */
bool attack_run_is_unharmed(const struct attack_run *run, const char *name);

/* Waits until the relay has given back what it took; fails the test when it does not. */
void attack_run_expect_memory_back(struct attack_run *run);

/* A number of the relay's report as it is now (process_figure). */
double attack_run_figure(struct attack_run *run, const char *group, const char *name);

/* Stops the relay, whose report process_figure then reads. */
void attack_run_stop(struct attack_run *run);

#endif
