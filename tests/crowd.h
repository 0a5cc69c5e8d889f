/*
 * crowd: a room of honest members on the simulated network, each of which publishes steadily and
 * measures how old what it knows of the others is; and whoever else a test lets in.
 *
 * One at a time in a thread, as of worlds.
 */
#ifndef STARLING_TESTS_CROWD_H
#define STARLING_TESTS_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/age.h"
#include "bench/world.h"

enum {
	CROWD_MEMBERS_MAX = 16,
	CROWD_RATE_HZ = 30,
	CROWD_PAYLOAD_BYTES = 48,
};

struct crowd;

/* Does what others do, several times between two updates of a member. */
typedef void crowd_step_function(void *context, struct crowd *crowd);

struct crowd {
	struct world world;
	size_t count; /* honest members: the world's clients from 0 on */
	int64_t start_ns;
	uint64_t rounds; /* updates of each member so far */
	bool is_measuring;
	crowd_step_function *step;
	void *step_context;
	struct crowd_member {
		uint32_t id;
		struct age age;
		uint64_t got; /* updates, while it was measured */
		struct crowd_view {
			struct age_watch watch;
			uint64_t seen; /* number of the newest, plus 1 */
		} views[CROWD_MEMBERS_MAX];
	} members[CROWD_MEMBERS_MAX];
};

/*
 * Opens a world with this relay, `count` members and `others` more clients, that are not opened.
 * Every line has a delay of 20 ms. Returns when the members are in the room. Fails the test when
 * they do not get there.
 */
void crowd_open(struct crowd *crowd, uint64_t seed, const struct config *config, size_t count,
		size_t others);

/* A line in the text form of impair.h, from now on, to the member. */
void crowd_set_line(struct crowd *crowd, size_t member, const char *down);

/* All members publish for so long. */
void crowd_run(struct crowd *crowd, double seconds);

/* The same, and what they see is measured from here to its end. */
void crowd_measure(struct crowd *crowd, double seconds);

/* After crowd_measure: the age at `member` that is not exceeded for this share of the time. */
double crowd_age_ms(const struct crowd *crowd, size_t member, double share);

/* The same over all members from `first` on, the largest of them. */
double crowd_worst_age_ms(const struct crowd *crowd, size_t first, double share);

/* After crowd_measure of so many seconds: the share of updates that `member` got. */
double crowd_share(const struct crowd *crowd, size_t member, double seconds);

/* Ends it. The relay's ledger must balance, which is checked. */
void crowd_close(struct crowd *crowd);

#endif
