/* A host that only takes what has come: its answers wait, and go along with what it sends. */
#include "proto/enet/deadline.h"
#include "proto/enet/platform.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "tests/fixtures/enet_fixture.h"

#define MS INT64_C(1000000)

static struct enet_fixture fixture;

/* Datagrams that the server has sent since the test began. */
static unsigned sent(void)
{
	return fixture.server->totalSentPackets;
}

static int set_up(void **state)
{
	(void)state;
	enet_fixture_open(&fixture, 1);
	return 0;
}

static int set_up_connected(void **state)
{
	set_up(state);
	enet_fixture_connect(&fixture);
	/* Nothing of the connection itself is left to say, and bandwidth has just been shared. */
	enet_fixture_run(&fixture, net_now_ns() + 200 * MS);
	fixture.server->bandwidthThrottleEpoch = platform_time_ms(net_now_ns());
	fixture.server->totalSentPackets = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	enet_fixture_close(&fixture);
	return 0;
}

static void pass_ms(int64_t ms)
{
	sim_advance_to(fixture.sim, net_now_ns() + ms * MS);
}

/* The client's ping, which wants an acknowledgement, has come to the server. */
static void ping(void)
{
	enet_peer_ping(fixture.to_server);
	enet_host_flush(fixture.client);
	platform_flush(fixture.client);
	pass_ms(2);
}

static int receive(void)
{
	ENetEvent event;
	const int result = platform_receive(fixture.server, &event);

	if (result > 0 && event.type == ENET_EVENT_TYPE_RECEIVE)
		enet_packet_destroy(event.packet);
	return result;
}

static void nothing_leaves_and_the_answer_goes_along_with_what_is_sent_next(void **state)
{
	(void)state;
	ping();
	assert_false(platform_has_waiting(fixture.to_client));
	assert_int_equal(receive(), 0);
	assert_int_equal(sent(), 0);
	assert_true(platform_has_waiting(fixture.to_client));
	enet_fixture_say(fixture.to_client, "news", 0);
	platform_flush_peer(fixture.server, fixture.to_client);
	assert_int_equal(sent(), 1);
	assert_false(platform_has_waiting(fixture.to_client));
	platform_flush(fixture.server);
	pass_ms(2);
	enet_fixture_serve_both(&fixture);
	assert_string_equal(fixture.client_heard.last, "news");
	assert_true(enet_list_empty(&fixture.to_server->sentReliableCommands));
}

/* So that it is known what this is to differ from. */
static void enet_itself_answers_in_a_datagram_of_its_own(void **state)
{
	ENetEvent event;

	(void)state;
	ping();
	assert_int_equal(enet_host_service(fixture.server, &event, 0), 0);
	assert_int_equal(sent(), 1);
	enet_fixture_say(fixture.to_client, "news", 0);
	platform_flush_peer(fixture.server, fixture.to_client);
	assert_int_equal(sent(), 2);
}

static void a_message_is_handed_out_and_the_host_has_its_peers_again(void **state)
{
	const size_t peers = fixture.server->peerCount;

	(void)state;
	enet_fixture_say(fixture.to_server, "hello", ENET_PACKET_FLAG_RELIABLE);
	enet_host_flush(fixture.client);
	platform_flush(fixture.client);
	pass_ms(2);
	assert_int_equal(receive(), 1);
	assert_int_equal(fixture.server->peerCount, peers);
	assert_int_equal(receive(), 0); /* and where nothing came */
	assert_int_equal(fixture.server->peerCount, peers);
	assert_int_equal(sent(), 0);
}

/* So many messages, each in a datagram of its own, have come to the server. */
static void say_often(int count)
{
	for (int i = 0; i < count; i++) {
		enet_fixture_say(fixture.to_server, "hello", ENET_PACKET_FLAG_UNSEQUENCED);
		enet_host_flush(fixture.client);
	}
	platform_flush(fixture.client);
	pass_ms(2);
}

/* How many messages one batch holds. */
static int take_batch(void)
{
	ENetEvent event;
	int taken = 0;

	for (int result = platform_receive(fixture.server, &event); result > 0;
	     result = enet_host_check_events(fixture.server, &event)) {
		taken++;
		enet_packet_destroy(event.packet);
	}
	return taken;
}

static void all_of_a_batch_finds_its_sender(void **state)
{
	(void)state;
	say_often(PLATFORM_BATCH_DATAGRAMS);
	assert_int_equal(take_batch(), PLATFORM_BATCH_DATAGRAMS);
}

static void behind_a_full_batch_answers_wait_too_and_the_rest_comes_with_the_next(void **state)
{
	(void)state;
	ping();
	say_often(PLATFORM_BATCH_DATAGRAMS + 2);
	assert_int_equal(take_batch(), PLATFORM_BATCH_DATAGRAMS - 1);
	assert_int_equal(sent(), 0);
	assert_true(platform_has_waiting(fixture.to_client));
	assert_int_equal(take_batch(), 3);
	assert_int_equal(take_batch(), 0);
	assert_int_equal(sent(), 0);
}

static void a_client_connects_to_one_that_receives_and_flushes(void **state)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = ENET_FIXTURE_PORT };
	bool is_connected = false;
	ENetEvent event;

	(void)state;
	fixture.to_server = enet_host_connect(fixture.client, &address, 1, 0);
	for (int ms = 0; ms < 100; ms++) {
		while (platform_receive(fixture.server, &event) > 0)
			is_connected |= event.type == ENET_EVENT_TYPE_CONNECT;
		enet_host_flush(fixture.server);
		platform_flush(fixture.server);
		enet_fixture_serve(fixture.client, &fixture.client_heard, &fixture.to_server);
		pass_ms(1);
	}
	assert_true(is_connected);
	assert_int_equal(fixture.client_heard.connects, 1);
}

static void what_was_lost_is_sent_again_by_a_service_alone(void **state)
{
	ENetEvent event;

	(void)state;
	enet_fixture_say(fixture.to_client, "lost", ENET_PACKET_FLAG_RELIABLE);
	enet_host_flush(fixture.server);
	assert_int_equal(sent(), 1);
	/* It stays with the server's socket, which was not flushed; its time passes. */
	sim_advance_to(fixture.sim, deadline_ns(fixture.server));
	fixture.server->bandwidthThrottleEpoch = platform_time_ms(net_now_ns());
	assert_int_equal(receive(), 0);
	assert_int_equal(sent(), 1);
	assert_int_equal(deadline_ns(fixture.server), net_now_ns());
	assert_int_equal(enet_host_service(fixture.server, &event, 0), 0);
	assert_int_equal(sent(), 2);
}

static void once_a_second_it_is_a_service(void **state)
{
	const uint32_t now_ms = platform_time_ms(net_now_ns());

	(void)state;
	fixture.server->bandwidthThrottleEpoch = now_ms + 2 - ENET_HOST_BANDWIDTH_THROTTLE_INTERVAL;
	ping();
	assert_int_equal(receive(), 0);
	assert_int_equal(fixture.server->bandwidthThrottleEpoch, platform_time_ms(net_now_ns()));
	assert_false(platform_has_waiting(fixture.to_client));
	ping();
	assert_int_equal(receive(), 0);
	assert_true(platform_has_waiting(fixture.to_client));
}

#undef STAGED
#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up_connected, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(nothing_leaves_and_the_answer_goes_along_with_what_is_sent_next),
		STAGED(enet_itself_answers_in_a_datagram_of_its_own),
		STAGED(a_message_is_handed_out_and_the_host_has_its_peers_again),
		STAGED(all_of_a_batch_finds_its_sender),
		STAGED(behind_a_full_batch_answers_wait_too_and_the_rest_comes_with_the_next),
		cmocka_unit_test_setup_teardown(a_client_connects_to_one_that_receives_and_flushes,
						set_up, tear_down),
		STAGED(what_was_lost_is_sent_again_by_a_service_alone),
		STAGED(once_a_second_it_is_a_service),
	};

	return cmocka_run_group_tests_name("platform_receive", tests, NULL, NULL);
}
