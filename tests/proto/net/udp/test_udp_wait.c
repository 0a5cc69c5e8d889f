/* Waiting for a real socket, on the loopback interface only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/udp/udp.h"
#include "tests/fixtures/net/udp_fixture.h"

#define MS INT64_C(1000000)

static void a_wait_ends_when_its_time_has_come(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int64_t start_ns = net->now_ns(net);

	assert_int_equal(net->wait(net, fixture->a, start_ns + 15 * MS + 1), 0);
	assert_true(net->now_ns(net) >= start_ns + 15 * MS + 1);
	assert_true(net->now_ns(net) < start_ns + 5000 * MS);
	assert_int_equal(net->wait(net, fixture->a, start_ns), 0); /* past already */
}

static void *send_a_little_later(void *context)
{
	struct udp_fixture *fixture = context;
	const struct timespec pause = { .tv_nsec = 20 * MS };

	nanosleep(&pause, NULL);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "wake up");
	fixture->net->flush(fixture->net, fixture->a);
	return NULL;
}

static void a_datagram_wakes_a_wait(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	pthread_t thread;

	alarm(10); /* instead of hanging for ever */
	pthread_create(&thread, NULL, send_a_little_later, fixture);
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), 1);
	pthread_join(thread, NULL);
	alarm(0);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "wake up");
}

static void a_nap_sleeps_through_what_arrives_and_it_is_found_after_it(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	char text[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;
	int64_t until_ns;

	/*
	 * The batch before was drained, which must not hide a datagram that arrives during the
	 * sleep.
	 */
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "one");
	net->flush(net, fixture->a);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "one");
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "two");
	net->flush(net, fixture->a);
	until_ns = net->now_ns(net) + 20 * MS;
	assert_int_equal(net->sleep(net, fixture->b, until_ns), 0);
	assert_true(net->now_ns(net) >= until_ns);
	assert_int_equal(net->receive(net, fixture->b, &from, text, sizeof(text)), 3);
	assert_memory_equal(text, "two", 3);
	assert_int_equal(net->sleep(net, -1, 0), -EBADF);
}

static void a_datagram_is_as_old_as_it_lay_in_the_queue(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	char text[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;
	int64_t before_ns, sent_ns, arrived_ns;

	assert_int_equal(net->arrived_ns(net, fixture->b), 0);
	before_ns = net->now_ns(net);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "one");
	net->flush(net, fixture->a);
	sent_ns = net->now_ns(net);
	assert_int_equal(net->sleep(net, fixture->b, sent_ns + 20 * MS), 0);
	assert_int_equal(net->receive(net, fixture->b, &from, text, sizeof(text)), 3);
	arrived_ns = net->arrived_ns(net, fixture->b);
	/* The clocks are read one after the other, so a busy machine may put any time between. */
	assert_true(arrived_ns >= before_ns - MS);
	assert_true(arrived_ns < sent_ns + 10 * MS);
	assert_int_equal(net->arrived_ns(net, -1), 0);
}

static void held_datagrams_end_a_nap_at_once(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	char text[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;

	for (int i = 0; i < 2; i++)
		udp_fixture_send(fixture, fixture->a, fixture->at_b, "x");
	net->flush(net, fixture->a);
	net->wait(net, fixture->b, INT64_MAX);
	assert_int_equal(net->receive(net, fixture->b, &from, text, sizeof(text)), 1);
	assert_true(net->has_buffered(net, fixture->b));
	assert_int_equal(net->sleep(net, fixture->b, INT64_MAX), 0);
}

static void held_datagrams_end_a_wait_at_once(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;

	udp_fixture_send(fixture, fixture->a, fixture->at_b, "one");
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "two");
	net->flush(net, fixture->a);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "one");
	assert_true(net->has_buffered(net, fixture->b)); /* the kernel has nothing left of it */
	alarm(10);
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), 1);
	alarm(0);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "two");
	assert_false(net->has_buffered(net, fixture->b));
}

static void a_datagram_after_a_short_batch_is_found_by_the_next_wait(void **state)
{
	struct udp_fixture *fixture = *state;

	for (int i = 0; i < 10; i++) { /* never taken to the end, as ENet's events do */
		udp_fixture_send(fixture, fixture->a, fixture->at_b, "again");
		fixture->net->flush(fixture->net, fixture->a);
		assert_string_equal(udp_fixture_receive(fixture, fixture->b), "again");
	}
}

static volatile sig_atomic_t signals_handled;

static void handle(int number)
{
	(void)number;
	signals_handled++;
}

/* Blocks SIGUSR1 except in waits, as a program that stops on a signal does. */
static void let_signals_in_while_waiting(sigset_t *before)
{
	const struct sigaction action = { .sa_handler = handle };
	sigset_t caught;

	sigemptyset(&caught);
	sigaddset(&caught, SIGUSR1);
	sigprocmask(SIG_BLOCK, &caught, before);
	sigaction(SIGUSR1, &action, NULL);
	udp_set_wait_mask(before);
	signals_handled = 0;
}

static void stop_letting_in(const sigset_t *before)
{
	udp_set_wait_mask(NULL);
	sigprocmask(SIG_SETMASK, before, NULL);
}

static void a_signal_before_the_wait_is_not_lost(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	sigset_t before;

	let_signals_in_while_waiting(&before);
	raise(SIGUSR1);
	assert_int_equal(signals_handled, 0);
	alarm(10);
	assert_int_equal(net->wait(net, fixture->a, INT64_MAX), -EINTR);
	alarm(0);
	assert_int_equal(signals_handled, 1);
	assert_int_equal(net->wait(net, fixture->a, net->now_ns(net) + MS), 0);
	stop_letting_in(&before);
}

static void a_busy_socket_does_not_put_signals_off(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	sigset_t before;

	let_signals_in_while_waiting(&before);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "one");
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "two");
	net->flush(net, fixture->a);

	raise(SIGUSR1); /* while the kernel has datagrams */
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), -EINTR);
	assert_int_equal(signals_handled, 1);
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), 1);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "one");

	raise(SIGUSR1); /* while the batch does */
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), -EINTR);
	assert_int_equal(signals_handled, 2);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "two");
	stop_letting_in(&before);
}

static void a_signal_interrupts_a_wait_without_a_mask_too(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const struct sigaction action = { .sa_handler = handle };

	signals_handled = 0;
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	assert_int_equal(net->wait(net, fixture->a, net->now_ns(net) + 10000 * MS), -EINTR);
	assert_int_equal(signals_handled, 1);
	signal(SIGALRM, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(a_wait_ends_when_its_time_has_come),
		UDP_TEST(a_datagram_wakes_a_wait),
		UDP_TEST(a_nap_sleeps_through_what_arrives_and_it_is_found_after_it),
		UDP_TEST(a_datagram_is_as_old_as_it_lay_in_the_queue),
		UDP_TEST(held_datagrams_end_a_nap_at_once),
		UDP_TEST(held_datagrams_end_a_wait_at_once),
		UDP_TEST(a_datagram_after_a_short_batch_is_found_by_the_next_wait),
		UDP_TEST(a_signal_before_the_wait_is_not_lost),
		UDP_TEST(a_busy_socket_does_not_put_signals_off),
		UDP_TEST(a_signal_interrupts_a_wait_without_a_mask_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
