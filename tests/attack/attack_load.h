/*
 * attack_load: a process with attackers (attacker.h) as members of a relay on loopback, bounded in
 * count, in rate and in time.
 *
 * They are of one kind, or each kind that a relay must bear comes in turn: floods of states, floods
 * of random bytes, reading nothing, reports of nonsense, other settings with each message,
 * positions at the ends of the coordinates.
 */
#ifndef STARLING_TESTS_ATTACK_LOAD_H
#define STARLING_TESTS_ATTACK_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/attack/attacker.h"

enum {
	ATTACK_LOAD_MAX = 64, /* members */
	ATTACK_LOAD_ERROR_BYTES = 160,
	ATTACK_LOAD_KINDS = 6,
	ATTACK_LOAD_PEERS_EACH =
		4, /* that a relay must have room for: with those it has not yet missed */
};

struct attack_load_config {
	uint16_t port; /* of the relay, on 127.0.0.1 */
	unsigned count;
	enum attacker_kind kind; /* of all; ATTACKER_KINDS: each kind in turn */
	const char *room;        /* NULL: that of the generator's members */
	double seconds;          /* after which it ends by itself */
	uint64_t seed;
	int cpu;        /* that it runs on; negative: anywhere */
	bool is_plain;  /* the server greets nobody (attacker.h) */
	bool gives_way; /* to what else runs there: the generator */
};

/* In memory shared with the process, which counts here as it goes. */
struct attack_load_result {
	unsigned members; /* of `count`, those that were let in at least once */
	uint64_t said;    /* messages */
	uint64_t welcomes;
	int64_t ran_ns;
	char error[ATTACK_LOAD_ERROR_BYTES]; /* "": none */
};

/* What kind the n-th member is of. */
enum attacker_kind attack_load_kind(unsigned n);

/*
 * Messages that so many say in a second, if `kind` is all theirs or ATTACKER_KINDS; but for the
 * kinds that are sent away, or go, again and again.
 */
double attack_load_rate_hz(unsigned count, enum attacker_kind kind);

/* Whether they said at least half of that, over the whole time: else they had no processor. */
bool attack_load_was_busy(const struct attack_load_result *result, unsigned count,
			  enum attacker_kind kind);

/* Messages that were said in a second of ran_ns; 0 when it did not run. */
double attack_load_said_hz(const struct attack_load_result *result);

/*
 * Starts the process; it dies with this one. `result` is shared memory. Its id, or a negative errno
 * value.
 */
pid_t attack_load_start(const struct attack_load_config *config, struct attack_load_result *result);

/* Ends it, and waits until it has said goodbye; for a second at most. Accepts what
 * attack_load_start returned for an error, and 0. */
void attack_load_stop(pid_t pid);

#endif
