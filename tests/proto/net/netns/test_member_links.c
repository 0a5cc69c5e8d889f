/* Members' lines, both ways, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/netns/member_links.h"
#include "tests/fixtures/net/link_model_spec.h"

#define MS INT64_C(1000000)

enum {
	MEMBERS = 2,
	SEEN_MAX = 1000,
};

struct seen {
	size_t count;
	struct {
		size_t member, size;
		enum member_links_way way;
		uint8_t first;
		int64_t due_ns;
	} datagrams[SEEN_MAX];
};

static struct link_model_spec spec;
static struct member_links links;
static struct seen seen;

static void note(void *context, size_t member, enum member_links_way way, const uint8_t *data,
		 size_t size, int64_t due_ns)
{
	struct seen *notes = context;
	const size_t at = notes->count++;

	assert_true(at < SEEN_MAX);
	notes->datagrams[at].member = member;
	notes->datagrams[at].way = way;
	notes->datagrams[at].size = size;
	notes->datagrams[at].first = data[0];
	notes->datagrams[at].due_ns = due_ns;
}

static void begin(const char *text)
{
	seen.count = 0;
	spec = link_model_spec_of(text);
	assert_int_equal(member_links_init(&links, &spec, 7, MEMBERS, MS), 0);
}

static void enter(size_t member, enum member_links_way way, int64_t now_ns, uint8_t first)
{
	member_links_enter(&links, member, way, now_ns, &first, 1, 1, 1);
}

static int tear_down(void **state)
{
	(void)state;
	member_links_fini(&links);
	return 0;
}

static void each_arrives_at_its_member_and_end_after_the_delay(void **state)
{
	(void)state;
	begin("delay=10ms");
	assert_true(member_links_next_ns(&links) == INT64_MAX);
	enter(1, MEMBER_LINKS_DOWN, 2 * MS, 'a');
	enter(0, MEMBER_LINKS_UP, 3 * MS, 'b');
	assert_true(member_links_next_ns(&links) == 12 * MS);
	member_links_leave(&links, 12 * MS, note, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.datagrams[0].member, 1);
	assert_int_equal(seen.datagrams[0].way, MEMBER_LINKS_DOWN);
	assert_int_equal(seen.datagrams[0].first, 'a');
	member_links_leave(&links, 20 * MS, note, &seen);
	assert_int_equal(seen.count, 2);
	assert_true(seen.datagrams[1].due_ns == 13 * MS);
	assert_int_equal(links.datagrams, 2);
	assert_int_equal(links.bytes, 2);
}

/* A rate of one member's line leaves the other's alone. */
static void members_do_not_share_a_line(void **state)
{
	(void)state;
	begin("rate=232kbit"); /* 29 bytes a millisecond: one datagram of a byte */
	enter(0, MEMBER_LINKS_UP, MS, 1);
	enter(0, MEMBER_LINKS_UP, MS, 2);
	enter(1, MEMBER_LINKS_UP, MS, 3);
	enter(0, MEMBER_LINKS_DOWN, MS, 4);
	member_links_leave(&links, 2 * MS, note, &seen);
	assert_int_equal(seen.count, 3);
	member_links_leave(&links, 3 * MS, note, &seen);
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.datagrams[3].first, 2);
}

static void terms_that_change_are_those_of_what_enters_later(void **state)
{
	const struct link_model_terms none = { 0 };

	(void)state;
	begin("delay=10ms,at=1s:delay=90ms");
	enter(0, MEMBER_LINKS_UP, 2 * MS, 'a');
	member_links_change(&links, &none, 3 * MS);
	enter(1, MEMBER_LINKS_DOWN, 3 * MS, 'b');
	member_links_leave(&links, 3 * MS, note, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.datagrams[0].first, 'b');
	member_links_leave(&links, 12 * MS, note, &seen);
	assert_int_equal(seen.count, 2);
	/* Changes that were planned for them are over. */
	enter(0, MEMBER_LINKS_UP, 2000 * MS, 'c');
	member_links_leave(&links, 2000 * MS, note, &seen);
	assert_int_equal(seen.count, 3);
}

static void nothing_enters_while_the_links_are_cut(void **state)
{
	(void)state;
	begin("none");
	member_links_cut(&links, 2 * MS, 10 * MS);
	for (int at = 2; at < 20; at++)
		enter(0, MEMBER_LINKS_DOWN, at * MS, (uint8_t)at);
	member_links_leave(&links, 20 * MS, note, &seen);
	assert_int_equal(seen.datagrams[0].first, 12);
	assert_int_equal(seen.count, 8);
}

static uint64_t fates(void)
{
	uint64_t fate = 0;

	for (int i = 0; i < 64; i++) {
		const size_t before = seen.count;

		enter(1, MEMBER_LINKS_UP, (10 + i) * MS, (uint8_t)i);
		member_links_leave(&links, (10 + i) * MS, note, &seen);
		fate = fate << 1 | (seen.count > before);
	}
	return fate;
}

static void the_same_luck_comes_again_after_a_restart(void **state)
{
	uint64_t first;

	(void)state;
	begin("loss=50%");
	first = fates();
	assert_true(first != 0 && first != UINT64_MAX);
	assert_true(fates() != first);
	member_links_restart(&links, 100 * MS);
	assert_true(links.ways[1][MEMBER_LINKS_UP].model.stats.entered == 0);
	/* Times go on from the restart. */
	seen.count = 0;
	assert_true(fates() == first);
}

static void every_datagram_is_in_the_sums(void **state)
{
	struct link_model_stats up, down;

	(void)state;
	begin("loss=30%,dup=20%");
	for (int i = 0; i < 200; i++)
		enter((size_t)i % MEMBERS, i % 3 == 0 ? MEMBER_LINKS_DOWN : MEMBER_LINKS_UP,
		      (10 + i) * MS, 0);
	member_links_leave(&links, 1000 * MS, note, &seen);
	member_links_stats(&links, &up, &down);
	assert_int_equal(up.entered + down.entered, 200);
	assert_int_equal(up.passed + up.lost + down.passed + down.lost, 200);
	assert_int_equal(seen.count, up.passed + up.doubled + down.passed + down.doubled);
	assert_true(up.doubled > 0 && down.lost > 0);
}

#define LANES(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LANES(each_arrives_at_its_member_and_end_after_the_delay),
		LANES(members_do_not_share_a_line),
		LANES(terms_that_change_are_those_of_what_enters_later),
		LANES(nothing_enters_while_the_links_are_cut),
		LANES(the_same_luck_comes_again_after_a_restart),
		LANES(every_datagram_is_in_the_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
