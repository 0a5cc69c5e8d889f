/*
 * Tells a list of stories and prints one line for each: its seed, its plot, how many datagrams were
 * sent in it, and the digest of them all, each with its time, addresses and bytes. Equal
 * seeds must give equal lines on any machine and from any build; digests.sh compares them.
 *
 *	build/tests/sim/digest > tests/sim/digests.txt
 *	build/tests/sim/digest SEED PLOT          that line only
 *
 * Exit status 1: a property of a story did not hold; 2: misuse.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <enet/enet.h>

#include "relay/log/log.h"
#include "tests/sim/story.h"

enum {
	SEEDS = 8, /* of each plot */
};

static const unsigned plots[] = {
	0,
	STORY_SHORT_OF_TIMEOUT,
	STORY_LOSSY | STORY_CUTS | STORY_PAUSES,
	STORY_LOSSY | STORY_MOVES | STORY_RESTARTS,
	STORY_EVERYTHING,
	STORY_EVERYTHING | STORY_SIGHT,
	STORY_EVERYTHING | STORY_STOP,
};

static bool print_line(uint64_t seed, unsigned plot)
{
	static struct story story;

	if (!story_tell(&story, seed, plot, NULL)) {
		fprintf(stderr, "seed %" PRIu64 ", plot %u: %s\n", seed, plot, story.error);
		return false;
	}
	printf("%4" PRIu64 " %4u %9" PRIu64 " %016" PRIx64 "\n", seed, plot, story.datagrams,
	       story.digest);
	return true;
}

static bool print_list(void)
{
	const ENetVersion version = enet_linked_version();
	bool is_good = true;

	/* Another version of libenet may send other bytes. */
	printf("# libenet %u.%u.%u\n", ENET_VERSION_GET_MAJOR(version),
	       ENET_VERSION_GET_MINOR(version), ENET_VERSION_GET_PATCH(version));
	printf("# seed plot datagrams digest; written by: make digests\n");
	for (size_t i = 0; i < sizeof(plots) / sizeof(plots[0]); i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			is_good &= print_line(seed, plots[i]);
	return is_good;
}

int main(int argc, char **argv)
{
	log_open(LOG_WARNING);
	if (argc == 1)
		return print_list() ? 0 : 1;
	if (argc == 3)
		return print_line(strtoull(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10))
			       ? 0
			       : 1;
	fprintf(stderr, "digest takes no arguments, or SEED PLOT\n");
	return 2;
}
