/* A net whose links are bad, over the simulated net, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "proto/net/link/impaired_net.h"
#include "proto/net/sim/sim.h"
#include "proto/net/link/delay_queue.h"
#include "proto/net/udp/udp.h"
#include "tests/fixtures/net/link_model_spec.h"

#define MS INT64_C(1000000)

/* A socket on a bad link, and a peer that the simulated net reaches at once. */
static struct sim *sim;
static struct impaired_net *impaired;
static struct net *net, *below;
static int ours, peer;
static struct net_address at_ours, at_peer;

static int open_on(struct net *on, struct net_address *address)
{
	const int socket = on->open(on);

	assert_true(socket >= 0);
	*address = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 0 };
	assert_int_equal(on->bind(on, socket, address), 0);
	assert_int_equal(on->address(on, socket, address), 0);
	return socket;
}

static void begin(const char *in, const char *out, uint64_t seed)
{
	const struct link_model_spec in_spec = link_model_spec_of(in),
				     out_spec = link_model_spec_of(out);

	sim = sim_create(1);
	assert_non_null(sim);
	sim_set_delay(sim, 0);
	below = sim_net(sim);
	impaired = impaired_net_create(below, &in_spec, &out_spec, seed);
	assert_non_null(impaired);
	net = impaired_net_as_net(impaired);
	ours = open_on(net, &at_ours);
	peer = open_on(below, &at_peer);
}

static int tear_down(void **state)
{
	(void)state;
	impaired_net_destroy(impaired);
	sim_destroy(sim);
	impaired = NULL;
	sim = NULL;
	return 0;
}

static void send_byte(struct net *from, int socket, const struct net_address *to, uint8_t byte)
{
	const struct net_buffer buffer = { &byte, 1 };

	from->send(from, socket, to, &buffer, 1);
}

/* The byte that has come, or -1. */
static int take_byte(struct net *at, int socket)
{
	struct net_address from;
	uint8_t bytes[NET_DATAGRAM_MAX_BYTES];

	return at->receive(at, socket, &from, bytes, sizeof(bytes)) > 0 ? bytes[0] : -1;
}

static struct impaired_net_stats stats_now(void)
{
	struct impaired_net_stats stats;

	impaired_net_stats(impaired, &stats);
	return stats;
}

/* Perfect links */

static void a_perfect_link_passes_everything_at_once(void **state)
{
	(void)state;
	begin("none", "none", 1);
	send_byte(net, ours, &at_peer, 1);
	net->flush(net, ours);
	assert_int_equal(take_byte(below, peer), 1);
	send_byte(below, peer, &at_ours, 2);
	assert_true(net->has_buffered(net, ours));
	assert_int_equal(net->wait(net, ours, INT64_MAX), 1);
	assert_int_equal(take_byte(net, ours), 2);
	assert_int_equal(take_byte(net, ours), -1);
	assert_int_equal(net_next_ns(net, ours), INT64_MAX);
	assert_int_equal(stats_now().in.entered + stats_now().out.entered, 0);
}

/* Out */

static void one_sent_leaves_with_the_first_flush_after_its_delay(void **state)
{
	const int64_t due_ns = SIM_START_NS + 40 * MS;

	(void)state;
	begin("none", "delay=40ms", 1);
	send_byte(net, ours, &at_peer, 1);
	net->flush(net, ours);
	assert_int_equal(take_byte(below, peer), -1);
	assert_int_equal(net_next_ns(net, ours), due_ns);
	sim_advance_to(sim, due_ns - 1);
	net->flush(net, ours);
	assert_int_equal(take_byte(below, peer), -1);
	sim_advance_to(sim, due_ns);
	assert_false(net->has_buffered(net, ours));
	net->flush(net, ours);
	assert_int_equal(take_byte(below, peer), 1);
	assert_int_equal(net_next_ns(net, ours), INT64_MAX);
}

static void a_wait_sends_what_comes_due_and_goes_on_waiting(void **state)
{
	(void)state;
	begin("none", "delay=40ms", 1);
	send_byte(net, ours, &at_peer, 1);
	assert_int_equal(net->wait(net, ours, SIM_START_NS + 100 * MS), 0);
	assert_int_equal(sim_now_ns(sim), SIM_START_NS + 100 * MS);
	assert_int_equal(take_byte(below, peer), 1);
	assert_int_equal(stats_now().out.delay_max_ns, 40 * MS);
}

/* In */

static void one_received_is_given_after_its_delay(void **state)
{
	(void)state;
	begin("delay=40ms", "none", 1);
	send_byte(below, peer, &at_ours, 1);
	assert_int_equal(take_byte(net, ours), -1); /* enters the link here */
	assert_int_equal(net_next_ns(net, ours), SIM_START_NS + 40 * MS);
	assert_false(net->has_buffered(net, ours));
	sim_advance_to(sim, SIM_START_NS + 40 * MS - 1);
	assert_int_equal(take_byte(net, ours), -1);
	sim_advance_to(sim, SIM_START_NS + 40 * MS);
	assert_true(net->has_buffered(net, ours));
	assert_int_equal(take_byte(net, ours), 1);
	assert_false(net->has_buffered(net, ours));
}

static void a_wait_takes_in_what_arrives_and_wakes_when_it_is_due(void **state)
{
	(void)state;
	begin("delay=40ms", "none", 1);
	sim_set_delay(sim, 10 * MS);
	send_byte(below, peer, &at_ours, 1);
	assert_int_equal(net->wait(net, ours, INT64_MAX), 1);
	assert_int_equal(sim_now_ns(sim), SIM_START_NS + 50 * MS);
	assert_int_equal(take_byte(net, ours), 1);
	send_byte(below, peer, &at_ours, 2);
	assert_int_equal(net->wait(net, ours, SIM_START_NS + 90 * MS), 0);
	assert_int_equal(sim_now_ns(sim), SIM_START_NS + 90 * MS);
	assert_int_equal(take_byte(net, ours), -1);
	assert_int_equal(net->wait(net, ours, INT64_MAX), 1);
	assert_int_equal(sim_now_ns(sim), SIM_START_NS + 100 * MS);
}

static void the_sender_and_the_bytes_are_kept(void **state)
{
	uint8_t sent[1200], got[1200];
	struct net_address from;

	(void)state;
	begin("delay=1ms", "none", 1);
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7);
	below->send(below, peer, &at_ours, &(struct net_buffer){ sent, sizeof(sent) }, 1);
	assert_int_equal(net->wait(net, ours, INT64_MAX), 1);
	assert_int_equal(net->receive(net, ours, &from, got, sizeof(got)), sizeof(got));
	assert_memory_equal(got, sent, sizeof(got));
	assert_int_equal(from.port, at_peer.port);
	assert_int_equal(from.host, at_peer.host);
}

static void one_over_the_callers_room_is_skipped_and_counted(void **state)
{
	uint8_t bytes[8] = { 0 };
	struct net_address from;
	struct net_stats stats;

	(void)state;
	begin("delay=1ms", "none", 1);
	below->send(below, peer, &at_ours, &(struct net_buffer){ bytes, sizeof(bytes) }, 1);
	send_byte(below, peer, &at_ours, 9);
	assert_int_equal(net->wait(net, ours, INT64_MAX), 1);
	assert_int_equal(net->receive(net, ours, &from, bytes, 4), 1);
	assert_int_equal(bytes[0], 9);
	net->stats(net, ours, &stats);
	assert_int_equal(stats.dropped_truncated, 1);
}

/* Datagrams meet the fate that the model decides */

static void copies_arrive_twice_and_the_lost_never(void **state)
{
	(void)state;
	begin("loss=100%", "dup=100%,delay=5ms", 1);
	send_byte(net, ours, &at_peer, 1);
	send_byte(below, peer, &at_ours, 2);
	assert_int_equal(net->wait(net, ours, SIM_START_NS + 1000 * MS), 0);
	assert_int_equal(take_byte(below, peer), 1);
	assert_int_equal(take_byte(below, peer), 1);
	assert_int_equal(take_byte(below, peer), -1);
	assert_int_equal(take_byte(net, ours), -1);
	assert_int_equal(stats_now().out.doubled, 1);
	assert_int_equal(stats_now().in.lost, 1);
	assert_int_equal(stats_now().in.entered, 1);
}

static void those_held_back_are_overtaken(void **state)
{
	(void)state;
	begin("none", "delay=10ms,at=1ms:delay=2ms", 1);
	send_byte(net, ours, &at_peer, 1);
	sim_advance_to(sim, SIM_START_NS + MS);
	send_byte(net, ours, &at_peer, 2);
	assert_int_equal(net->wait(net, ours, SIM_START_NS + 100 * MS), 0);
	assert_int_equal(take_byte(below, peer), 2);
	assert_int_equal(take_byte(below, peer), 1);
}

static void times_of_changes_count_from_the_making_of_the_net(void **state)
{
	struct net_address address;
	int late;

	(void)state;
	begin("none", "at=50ms:blackout=10ms", 1);
	sim_advance_to(sim, SIM_START_NS + 55 * MS);
	late = open_on(net, &address);
	send_byte(net, late, &at_peer, 1);
	sim_advance_to(sim, SIM_START_NS + 60 * MS);
	send_byte(net, late, &at_peer, 2);
	net->flush(net, late);
	assert_int_equal(take_byte(below, peer), 2);
	assert_int_equal(take_byte(below, peer), -1);
	assert_int_equal(stats_now().out.lost_blackout, 1);
}

/* Which of 64 datagrams of a socket arrive. */
static uint64_t luck_of(int socket)
{
	uint64_t luck = 0;
	int byte;

	for (uint8_t i = 0; i < 64; i++)
		send_byte(net, socket, &at_peer, i);
	net->flush(net, socket);
	while ((byte = take_byte(below, peer)) >= 0)
		luck |= UINT64_C(1) << byte;
	return luck;
}

static void each_socket_has_its_own_luck_that_the_seed_repeats(void **state)
{
	uint64_t luck[2][2];
	struct net_address address;

	for (int i = 0; i < 2; i++) {
		begin("none", "loss=50%", 42);
		luck[i][0] = luck_of(ours);
		luck[i][1] = luck_of(open_on(net, &address));
		tear_down(state);
	}
	assert_true(luck[0][0] == luck[1][0]);
	assert_true(luck[0][1] == luck[1][1]);
	assert_true(luck[0][0] != luck[0][1]);
	begin("none", "loss=50%", 43);
	assert_true(luck_of(ours) != luck[0][0]);
}

static void the_ways_in_and_out_have_different_luck(void **state)
{
	uint64_t in = 0, out;
	int byte;

	(void)state;
	begin("loss=50%", "loss=50%", 42);
	out = luck_of(ours);
	for (uint8_t i = 0; i < 64; i++)
		send_byte(below, peer, &at_ours, i);
	while ((byte = take_byte(net, ours)) >= 0)
		in |= UINT64_C(1) << byte;
	assert_true(in != out);
	assert_int_equal(stats_now().in.entered, 64);
	assert_int_equal(stats_now().in.passed, __builtin_popcountll(in));
	assert_int_equal(stats_now().out.passed, __builtin_popcountll(out));
}

/* Ends */

static void closing_sends_what_is_under_way_and_keeps_the_count(void **state)
{
	(void)state;
	begin("delay=50ms", "delay=40ms", 1);
	send_byte(below, peer, &at_ours, 3);
	assert_int_equal(take_byte(net, ours), -1);
	send_byte(net, ours, &at_peer, 1);
	send_byte(net, ours, &at_peer, 2);
	net->close(net, ours);
	assert_int_equal(take_byte(below, peer), 1);
	assert_int_equal(take_byte(below, peer), 2);
	assert_int_equal(stats_now().out.entered, 2);
	assert_int_equal(stats_now().in.entered, 1);
	assert_int_equal(net_next_ns(net, ours), INT64_MAX);
}

static void a_datagram_without_memory_is_dropped_and_counted_and_the_rest_goes_on(void **state)
{
	const unsigned beyond = 10;

	(void)state;
	begin("none", "delay=40ms", 1);
	for (unsigned i = 0; i < DELAY_QUEUE_DATAGRAMS_MAX + beyond; i++)
		send_byte(net, ours, &at_peer, 1);
	assert_int_equal(stats_now().overflown, beyond);
	assert_int_equal(net->wait(net, ours, SIM_START_NS + 40 * MS), 0);
	net->flush(net, ours);
	send_byte(net, ours, &at_peer, 2);
	assert_int_equal(stats_now().overflown, beyond);
	assert_int_equal(net_next_ns(net, ours), SIM_START_NS + 80 * MS);
}

static void a_socket_that_is_not_open_does_nothing(void **state)
{
	struct net_stats stats;

	(void)state;
	begin("delay=1ms", "delay=1ms", 1);
	send_byte(net, 12345, &at_peer, 1);
	net->flush(net, 12345);
	net->close(net, 12345);
	assert_int_equal(take_byte(net, 12345), -1);
	assert_false(net->has_buffered(net, -1));
	assert_int_equal(net_next_ns(net, -1), INT64_MAX);
	net->stats(net, 12345, &stats);
	assert_int_equal(stats.datagrams_out, 0);
	assert_int_equal(take_byte(below, peer), -1);
}

#define SIMULATED(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIMULATED(a_perfect_link_passes_everything_at_once),
		SIMULATED(one_sent_leaves_with_the_first_flush_after_its_delay),
		SIMULATED(a_wait_sends_what_comes_due_and_goes_on_waiting),
		SIMULATED(one_received_is_given_after_its_delay),
		SIMULATED(a_wait_takes_in_what_arrives_and_wakes_when_it_is_due),
		SIMULATED(the_sender_and_the_bytes_are_kept),
		SIMULATED(one_over_the_callers_room_is_skipped_and_counted),
		SIMULATED(copies_arrive_twice_and_the_lost_never),
		SIMULATED(those_held_back_are_overtaken),
		SIMULATED(times_of_changes_count_from_the_making_of_the_net),
		SIMULATED(each_socket_has_its_own_luck_that_the_seed_repeats),
		SIMULATED(the_ways_in_and_out_have_different_luck),
		SIMULATED(closing_sends_what_is_under_way_and_keeps_the_count),
		SIMULATED(a_datagram_without_memory_is_dropped_and_counted_and_the_rest_goes_on),
		SIMULATED(a_socket_that_is_not_open_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
