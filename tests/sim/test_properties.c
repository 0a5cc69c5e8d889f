/*
 * Properties of a whole room over many seeds on the simulated network.
 *
 *	SEEDS=n        how many stories each test tells (300)
 *	SEED=n         tells the story of this seed only
 *	TEST=name      runs this test only (* and ? match anything)
 *	TRACE=FILE     with SEED and TEST: writes the story's datagrams to FILE, for Wireshark
 *	               (tests/sim/cluster_trace.h says what is in it)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "proto/enet/pool.h"
#include "tests/sim/story.h"

enum {
	LEAK_MAX_BYTES = 64 << 10,
};

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static bool is_set(const char *name)
{
	const char *text = getenv(name);

	return text && *text;
}

static void fail_story(const struct story *story, const char *test)
{
	const char *build = is_set("BUILD") ? getenv("BUILD") : "build";

	fail_msg("%s\nrepeat it with: SEED=%llu TEST=%s %s/tests/sim/test_properties\n"
		 "add TRACE=story.pcapng before it, and look at it with: wireshark story.pcapng",
		 story->error, (unsigned long long)story->seed, test, build);
}

/* Blocks that ENet's pool keeps for later are not in use. */
static size_t memory_in_use(void)
{
	pool_drop();
	return story_memory_bytes();
}

static void tell(const char *test, unsigned plot)
{
	const char *trace = is_set("TRACE") ? getenv("TRACE") : NULL;
	unsigned long first = number_from("SEED", 1);
	unsigned long count = is_set("SEED") ? 1 : number_from("SEEDS", 300);
	static struct story story;
	uint64_t datagrams = 0, events = 0, welcomes = 0, sent_away = 0;
	size_t memory_early = 0;

	for (unsigned long seed = first; seed < first + count; seed++) {
		bool is_good = story_tell(&story, seed, plot, trace);

		if (story.trace.error[0] != '\0')
			fprintf(stderr, "%s\n", story.trace.error);
		if (!is_good)
			fail_story(&story, test);
		datagrams += story.datagrams;
		events += story.events_received;
		welcomes += story.welcomes;
		sent_away += story.sent_away;
		if (seed == first + count / 2)
			memory_early = memory_in_use();
	}
	printf("  note: %lu stories, %llu joins, %llu sent away, %llu datagrams, %llu events heard\n",
	       count, (unsigned long long)welcomes, (unsigned long long)sent_away,
	       (unsigned long long)datagrams, (unsigned long long)events);
	assert_true(welcomes >= count && events > 0);
	/* The allocator keeps some of what was freed, but no more with every story. */
	if (count >= 100 && memory_in_use() > memory_early + LEAK_MAX_BYTES)
		fail_msg("%zu bytes were leaked by %lu stories", memory_in_use() - memory_early,
			 count / 2);
}

#define STORY(test, plot)                                                                          \
	static void test(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		tell(#test, plot);                                                                 \
	}

STORY(events_arrive_once_in_order_and_pictures_converge_on_bad_lines, STORY_SHORT_OF_TIMEOUT)
STORY(pictures_converge_after_cuts_and_pauses, STORY_LOSSY | STORY_CUTS | STORY_PAUSES)
STORY(pictures_converge_after_moves_and_restarts, STORY_LOSSY | STORY_MOVES | STORY_RESTARTS)
STORY(pictures_converge_whatever_happens, STORY_EVERYTHING)
STORY(everyone_sees_what_is_near_whatever_happens, STORY_EVERYTHING | STORY_SIGHT)
STORY(the_relay_stops_within_its_deadline_whatever_happens, STORY_EVERYTHING | STORY_STOP)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_arrive_once_in_order_and_pictures_converge_on_bad_lines),
		cmocka_unit_test(pictures_converge_after_cuts_and_pauses),
		cmocka_unit_test(pictures_converge_after_moves_and_restarts),
		cmocka_unit_test(pictures_converge_whatever_happens),
		cmocka_unit_test(everyone_sees_what_is_near_whatever_happens),
		cmocka_unit_test(the_relay_stops_within_its_deadline_whatever_happens),
	};

	if (is_set("TRACE") && !(is_set("SEED") && is_set("TEST"))) {
		fprintf(stderr, "TRACE=%s has room for one story: give SEED=n and TEST=name too\n",
			getenv("TRACE"));
		return 2;
	}
	if (is_set("TEST"))
		cmocka_set_test_filter(getenv("TEST"));
	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
