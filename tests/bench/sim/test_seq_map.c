/* Which update a seq stands for: what a session did, step by step, worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/sim/seq_map.h"
#include "tests/fixtures/row_tests.h"

enum {
	STEPS_MAX = 12,
	FINDS_MAX = 5,
};

enum what {
	END = 0,
	PUBLISH, /* value: the number */
	SEND,    /* the session's newest seq is this */
	STREAM,  /* so many updates, each published and sent, from where the two are */
};

struct row {
	const char *name;
	struct step {
		enum what what;
		uint32_t value;
	} steps[STEPS_MAX];
	struct find {
		uint16_t seq;
		uint32_t number;
	} finds[FINDS_MAX]; /* up to one that is all zero */
};

#define UNKNOWN SEQ_MAP_UNKNOWN

static const struct row rows[] = {
	{ "before anything is sent, no seq is known",
	  { { PUBLISH, 7 } },
	  { { 0, UNKNOWN }, { 1, UNKNOWN }, { 65535, UNKNOWN } } },
	{ "each update that is sent has a seq of its own",
	  { { PUBLISH, 0 }, { SEND, 1 }, { PUBLISH, 1 }, { SEND, 2 } },
	  { { 1, 0 }, { 2, 1 } } },
	{ "of updates that were merged, the latest is what was sent",
	  { { PUBLISH, 0 },
	    { SEND, 1 },
	    { PUBLISH, 1 },
	    { PUBLISH, 2 },
	    { PUBLISH, 3 },
	    { SEND, 2 },
	    { PUBLISH, 4 },
	    { SEND, 3 } },
	  { { 1, 0 }, { 2, 3 }, { 3, 4 } } },
	{ "what is said again under its seq is what it was",
	  { { PUBLISH, 0 }, { SEND, 1 }, { SEND, 1 }, { PUBLISH, 1 }, { SEND, 1 } },
	  { { 1, 0 }, { 2, UNKNOWN } } },
	{ "seqs between two looks are all the newest",
	  { { PUBLISH, 5 }, { SEND, 3 }, { PUBLISH, 6 }, { SEND, 4 } },
	  { { 1, 5 }, { 2, 5 }, { 3, 5 }, { 4, 6 } } },
	{ "updates that no session took leave a gap",
	  { { PUBLISH, 0 }, { SEND, 1 }, { PUBLISH, 9 }, { SEND, 2 } },
	  { { 1, 0 }, { 2, 9 } } },
	{ "what was sent before anything was published stands for nothing",
	  { { SEND, 4 }, { PUBLISH, 0 }, { SEND, 5 } },
	  { { 3, UNKNOWN }, { 4, UNKNOWN }, { 5, 0 } } },
	{ "numbers go on where seqs begin anew",
	  { { STREAM, 65535 }, { PUBLISH, 65535 }, { SEND, 0 }, { STREAM, 10 } },
	  { { 65535, 65534 }, { 0, 65535 }, { 1, 65536 }, { 10, 65545 }, { 11, UNKNOWN } } },
	{ "as many are kept as can be told from those to come",
	  { { STREAM, 40000 } },
	  { { 40000, 39999 }, { 7233, 7232 }, { 7232, UNKNOWN }, { 40001, UNKNOWN } } },
	{ "the same in a later round",
	  { { STREAM, 200000 } },
	  { { 3392, 199999 }, { 36161, 167232 }, { 36160, UNKNOWN }, { 3393, UNKNOWN } } },
};

/* A session's life so far. */
struct life {
	struct seq_map numbers;
	uint32_t next;
	uint16_t seq;
};

static void take(struct life *life, const struct step *step)
{
	switch (step->what) {
	case PUBLISH:
		seq_map_publish(&life->numbers, step->value);
		life->next = step->value + 1;
		break;
	case SEND:
		life->seq = (uint16_t)step->value;
		seq_map_send(&life->numbers, life->seq);
		break;
	case STREAM:
		for (uint32_t i = 0; i < step->value; i++) {
			seq_map_publish(&life->numbers, life->next++);
			seq_map_send(&life->numbers, ++life->seq);
		}
		break;
	case END:
		break;
	}
}

static void a_row_holds(void **state)
{
	const struct row *row = *state;
	struct life *life = calloc(1, sizeof(*life));

	assert_non_null(life);
	for (size_t i = 0; i < STEPS_MAX; i++)
		take(life, &row->steps[i]);
	for (size_t i = 0; i < FINDS_MAX; i++) {
		const struct find *find = &row->finds[i];

		if (find->seq != 0 || find->number != 0)
			assert_int_equal(seq_map_find(&life->numbers, find->seq), find->number);
	}
	free(life);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_row_holds);
	return _cmocka_run_group_tests("numbers", tests, count, NULL, NULL);
}
