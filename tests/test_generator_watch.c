/* Where the generator looks for what has come: one socket of each group, or each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/generator.h"
#include "bench/generator_line.h"
#include "bench/generator_watch.h"

enum {
	MEMBERS = 40,
	ROOMS = 2, /* of 20: a group of 16, and one of 4 */
	SOON_NS = 20000000,
};

static void each_member_is_in_one_group_of_its_room_whose_last_speaks_for_it(void **state)
{
	static const struct {
		unsigned members, rooms;
	} rows[] = { { 1, 0 },   { 16, 1 },     { 17, 1 },  { 256, 1 },  { 48, 3 },    { 50, 3 },
		     { 100, 7 }, { 1728, 108 }, { 5, 100 }, { 4095, 4 }, { 4080, 255 } };

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		const struct generator_config config = { .members = rows[row].members,
							 .rooms = rows[row].rooms };
		const unsigned rooms = generator_rooms(&config);
		unsigned spoken_for = 0;

		for (unsigned member = 0; member < config.members; member++) {
			const unsigned first = generator_watch_first(&config, member);
			const unsigned last = generator_watch_last(&config, member);

			assert_in_range(member, first, last);
			assert_true(last < config.members);
			assert_int_equal(first % rooms, member % rooms);
			assert_int_equal(last % rooms, member % rooms);
			assert_true((last - first) / rooms < GENERATOR_WATCH_GROUP);
			assert_int_equal(generator_watch_first(&config, last), first);
			assert_int_equal(generator_watch_last(&config, first), last);
			if (member == last)
				spoken_for += (last - first) / rooms + 1;
		}
		assert_int_equal(spoken_for, config.members);
	}
}

/* Sockets in the place of members, and what a relay would send to. */

static int inner[MEMBERS], outer[MEMBERS];

static int descriptor(struct generator *g, unsigned member)
{
	(void)g;
	return inner[member];
}

static const struct generator_line line = { .descriptor = descriptor };

static struct generator *begin(const struct generator_config *config,
			       struct generator_result *result)
{
	struct generator *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	*result = (struct generator_result){ 0 };
	g->config = config;
	g->result = result;
	g->line = &line;
	g->pace.members = config->members;
	assert_int_equal(generator_watch_open(g), 0);
	for (unsigned i = 0; i < MEMBERS; i++) {
		int both[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, both), 0);
		inner[i] = both[0];
		outer[i] = both[1];
		assert_int_equal(generator_watch_add(g, i), 0);
	}
	return g;
}

static void end(struct generator *g)
{
	assert_string_equal(g->result->error, "");
	for (unsigned i = 0; i < MEMBERS; i++) {
		close(inner[i]);
		close(outer[i]);
	}
	generator_watch_close(g);
	free(g);
}

static void send_to(unsigned member)
{
	assert_int_equal(send(outer[member], "x", 1, 0), 1);
}

static void take(unsigned member)
{
	char byte;

	assert_int_equal(recv(inner[member], &byte, 1, 0), 1);
}

static void what_comes_to_the_last_of_a_group_is_told_to_all_of_it(void **state)
{
	const struct generator_config config = { .kind = GENERATOR_STARLING,
						 .members = MEMBERS,
						 .rooms = ROOMS };
	unsigned members[GENERATOR_WATCH_MEMBERS];
	struct generator_result result;
	struct generator *g = begin(&config, &result);

	(void)state;
	generator_watch_groups(g);
	send_to(3);
	assert_int_equal(generator_watch_wait(g, members, 0), 0);
	send_to(31); /* the 16th of the second room */
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 16);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(members[i], 1 + 2 * i);
	take(31);
	send_to(38); /* the 20th, and last, of the first */
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(members[i], 32 + 2 * i);
	end(g);
}

static void what_was_not_told_is_told_when_each_is_looked_at_again(void **state)
{
	const struct generator_config config = { .kind = GENERATOR_UDP, .members = MEMBERS };
	unsigned members[GENERATOR_WATCH_MEMBERS];
	struct generator_result result;
	struct generator *g = begin(&config, &result);

	(void)state;
	generator_watch_groups(g);
	send_to(7);
	assert_int_equal(generator_watch_wait(g, members, 0), 0);
	generator_watch_each(g);
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 1);
	assert_int_equal(members[0], 7);
	take(7);
	send_to(15);
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 1);
	assert_int_equal(members[0], 15);
	end(g);
}

/* Nothing is repeated then but a ping; who asks for a part of the room is read for then, too. */
static void members_are_tended_seldom_while_they_play_and_see_all(void **state)
{
	struct generator_config config = { .kind = GENERATOR_STARLING, .members = MEMBERS };
	struct generator_result result;
	struct generator *g = begin(&config, &result);

	(void)state;
	assert_int_equal(generator_watch_tend_ns(g), GENERATOR_TEND_MS * 1000000);
	generator_watch_groups(g);
	assert_int_equal(generator_watch_tend_ns(g), GENERATOR_TEND_SELDOM_MS * 1000000);
	g->is_granted = true;
	assert_int_equal(generator_watch_tend_ns(g), GENERATOR_TEND_MS * 1000000);
	g->is_granted = false;
	generator_watch_each(g);
	assert_int_equal(generator_watch_tend_ns(g), GENERATOR_TEND_MS * 1000000);
	end(g);
}

static void only_who_gets_datagrams_and_owes_no_answer_is_grouped(void **state)
{
	static const struct {
		struct generator_config config;
		bool is_granted, is_grouped;
	} rows[] = {
		{ { .kind = GENERATOR_STARLING }, false, true },
		{ { .kind = GENERATOR_NAIVE_ENET }, false, true },
		{ { .kind = GENERATOR_UDP }, false, true },
		{ { .kind = GENERATOR_STARLING }, true, true },
		{ { .kind = GENERATOR_STARLING, .is_reliable = true }, true, false },
		{ { .kind = GENERATOR_STARLING, .is_reliable = true }, false, false },
		{ { .kind = GENERATOR_NAIVE_ENET, .is_reliable = true }, false, false },
		{ { .kind = GENERATOR_TCP }, false, false },
		{ { .kind = GENERATOR_MQTT }, false, false },
		{ { .kind = GENERATOR_NATS }, false, false },
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct generator_config config = rows[row].config;
		unsigned members[GENERATOR_WATCH_MEMBERS];
		struct generator_result result;
		struct generator *g;

		config.members = MEMBERS;
		g = begin(&config, &result);
		g->is_granted = rows[row].is_granted;
		generator_watch_groups(g);
		send_to(0);
		assert_int_equal(generator_watch_wait(g, members, 0), !rows[row].is_grouped);
		/* Of a part of the room, the last of the group is no word for the others. */
		assert_int_equal(generator_watch_is_tended(g),
				 rows[row].is_grouped && rows[row].is_granted);
		generator_watch_each(g);
		assert_false(generator_watch_is_tended(g));
		end(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member_is_in_one_group_of_its_room_whose_last_speaks_for_it),
		cmocka_unit_test(what_comes_to_the_last_of_a_group_is_told_to_all_of_it),
		cmocka_unit_test(what_was_not_told_is_told_when_each_is_looked_at_again),
		cmocka_unit_test(members_are_tended_seldom_while_they_play_and_see_all),
		cmocka_unit_test(only_who_gets_datagrams_and_owes_no_answer_is_grouped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
