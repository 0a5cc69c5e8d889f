/* Where the generator looks for what has come: at sockets that are shared, or at each one's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/generator.h"
#include "bench/load/generator_internal.h"

enum {
	MEMBERS = 12,
	SHARING = 4, /* members of a socket, where they share */
	SOON_NS = 20000000,
	UNUSED_SOCKET = 1000000, /* it is only to be another one for each */
};

/* Sockets in the place of members', and what a relay would send to. */

static int inner[MEMBERS], outer[MEMBERS];
static bool is_shared, is_each_unused;

static int descriptor(struct generator *g, unsigned member)
{
	(void)g;
	if (is_each_unused)
		return UNUSED_SOCKET + (int)member;
	return inner[is_shared ? member / SHARING : member];
}

static bool are_shared(const struct generator *g)
{
	(void)g;
	return is_shared;
}

static const struct driver line = { .descriptor = descriptor, .is_shared = are_shared };
static const struct driver line_of_own = { .descriptor = descriptor };

static const struct generator_config unreliable, reliable = { .is_reliable = true };

static struct generator *begin(const struct driver *kind, bool shared,
			       struct generator_result *result)
{
	struct generator *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	*result = (struct generator_result){ 0 };
	is_shared = shared;
	is_each_unused = false;
	g->config = &unreliable;
	g->result = result;
	g->driver = kind;
	assert_int_equal(generator_watch_open(g), 0);
	for (unsigned i = 0; i < MEMBERS; i++) {
		int both[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, both), 0);
		inner[i] = both[0];
		outer[i] = both[1];
	}
	for (unsigned i = 0; i < MEMBERS; i++)
		assert_int_equal(generator_watch_add(g, i), 0);
	return g;
}

static void end(struct generator *g)
{
	for (unsigned i = 0; i < MEMBERS; i++) {
		close(inner[i]);
		close(outer[i]);
	}
	generator_watch_close(g);
	free(g);
}

static void send_to(unsigned socket)
{
	assert_int_equal(send(outer[socket], "x", 1, 0), 1);
}

static void take(unsigned socket)
{
	char byte;

	assert_int_equal(recv(inner[socket], &byte, 1, 0), 1);
}

static void each_ones_own_socket_tells_of_it_alone(void **state)
{
	unsigned members[GENERATOR_WATCHED];
	struct generator_result result;

	(void)state;
	for (int kind = 0; kind < 2; kind++) { /* that cannot share, and that do not */
		struct generator *g = begin(kind ? &line_of_own : &line, false, &result);

		assert_int_equal(generator_watch_wait(g, members, 0), 0);
		send_to(7);
		assert_int_equal(generator_watch_wait(g, members, SOON_NS), 1);
		assert_int_equal(members[0], 7);
		take(7);
		send_to(3);
		send_to(11);
		assert_int_equal(generator_watch_wait(g, members, SOON_NS), 2);
		assert_int_equal(members[0] + members[1], 14);
		end(g);
	}
}

static void a_shared_socket_is_told_of_once_by_the_first_who_shares_it(void **state)
{
	unsigned members[GENERATOR_WATCHED];
	struct generator_result result;
	struct generator *g = begin(&line, true, &result);

	(void)state;
	assert_int_equal(generator_watch_wait(g, members, 0), 0);
	send_to(1);
	send_to(1);
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 1);
	assert_int_equal(members[0], SHARING);
	send_to(2);
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 2);
	assert_int_equal(members[0], SHARING);
	assert_int_equal(members[1], 2 * SHARING);
	take(1);
	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 2); /* one is left */
	take(1);
	take(2);
	assert_int_equal(generator_watch_wait(g, members, 0), 0);
	end(g);
}

static int64_t waited_ns(struct generator *g, unsigned members[GENERATOR_WATCHED])
{
	const int64_t begin_ns = generator_now_ns();

	assert_int_equal(generator_watch_wait(g, members, SOON_NS), 1);
	assert_int_equal(members[0], SHARING);
	return generator_now_ns() - begin_ns;
}

static void while_it_naps_nothing_wakes_it_and_what_came_is_told_of_then(void **state)
{
	unsigned members[GENERATOR_WATCHED];
	struct generator_result result;
	struct generator *g = begin(&line, true, &result);

	(void)state;
	generator_watch_nap(g);
	send_to(1);
	assert_true(waited_ns(g, members) >= SOON_NS);
	/* It looks without a nap, too. */
	assert_int_equal(generator_watch_wait(g, members, 0), 1);
	take(1);
	assert_int_equal(generator_watch_wait(g, members, 0), 0);
	end(g);
}

static void who_waits_for_an_answer_or_shares_nothing_does_not_nap(void **state)
{
	struct generator_result result;
	struct generator *g = begin(&line, true, &result);

	(void)state;
	g->config = &reliable;
	generator_watch_nap(g);
	assert_false(g->is_napping);
	end(g);
	g = begin(&line, false, &result);
	generator_watch_nap(g);
	assert_false(g->is_napping);
	end(g);
}

static void sends_that_are_seldom_are_waited_for_awake(void **state)
{
	const struct generator_config seldom = { .members = 2, .has_processor = true };
	const int64_t early_ns = GENERATOR_WAKE_EARLY_NS, least_ns = GENERATOR_SLEEP_MIN_NS;
	struct generator_result result;
	struct generator *g = begin(&line, true, &result);

	(void)state;
	assert_int_equal(generator_sleep_ns(g, 7, 7), 0);
	assert_int_equal(generator_sleep_ns(g, 7, 8), least_ns);
	assert_int_equal(generator_sleep_ns(g, 7, 7 + SOON_NS), SOON_NS);
	g->is_napping = true;
	assert_int_equal(generator_sleep_ns(g, 7, 7 + SOON_NS), GENERATOR_NAP_NS);
	g->is_napping = false;
	g->config = &seldom;
	g->pace = (struct pace){ .members = 2, .rate_hz = 1 };
	g->is_sending = true;
	assert_int_equal(generator_sleep_ns(g, 7, 7 + SOON_NS), SOON_NS - early_ns);
	assert_int_equal(generator_sleep_ns(g, 7, 7 + early_ns), 0);
	g->pace.rate_hz = 1000;
	assert_int_equal(generator_sleep_ns(g, 7, 7 + early_ns), early_ns);
	end(g);
}

/* As many as members of a large load have, where each socket takes few of them. */
static void more_shared_sockets_than_it_tells_of_are_refused_with_a_sentence(void **state)
{
	const unsigned more = GENERATOR_WATCHED - MEMBERS / SHARING;
	struct generator_result result;
	struct generator *g = begin(&line, true, &result);

	(void)state;
	is_each_unused = true;
	for (unsigned i = 0; i < more; i++)
		assert_int_equal(generator_watch_add(g, MEMBERS + i), 0);
	assert_string_equal(result.error, "");
	assert_int_equal(generator_watch_add(g, MEMBERS + more), -1);
	assert_non_null(strstr(result.error, "net.core.rmem_max"));
	end(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ones_own_socket_tells_of_it_alone),
		cmocka_unit_test(a_shared_socket_is_told_of_once_by_the_first_who_shares_it),
		cmocka_unit_test(while_it_naps_nothing_wakes_it_and_what_came_is_told_of_then),
		cmocka_unit_test(who_waits_for_an_answer_or_shares_nothing_does_not_nap),
		cmocka_unit_test(sends_that_are_seldom_are_waited_for_awake),
		cmocka_unit_test(more_shared_sockets_than_it_tells_of_are_refused_with_a_sentence),
	};

	return cmocka_run_group_tests_name("generator_watch", tests, NULL, NULL);
}
