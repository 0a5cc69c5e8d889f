/* A host that only takes what has come: its answers wait, and go along with what it sends. */
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
#include "tests/fixtures/enet_stage.h"

#define MS INT64_C(1000000)

static struct enet_stage stage;

/* Datagrams that the server has sent since the test began. */
static unsigned sent(void)
{
	return stage.server->totalSentPackets;
}

static int set_up(void **state)
{
	(void)state;
	enet_stage_open(&stage, 1);
	return 0;
}

static int set_up_connected(void **state)
{
	set_up(state);
	enet_stage_connect(&stage);
	/* Nothing of the connection itself is left to say, and bandwidth has just been shared. */
	enet_stage_run(&stage, net_now_ns() + 200 * MS);
	stage.server->bandwidthThrottleEpoch = platform_time_ms(net_now_ns());
	stage.server->totalSentPackets = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	enet_stage_close(&stage);
	return 0;
}

static void pass_ms(int64_t ms)
{
	sim_advance_to(stage.sim, net_now_ns() + ms * MS);
}

/* The client's ping, which wants an acknowledgement, has come to the server. */
static void ping(void)
{
	enet_peer_ping(stage.to_server);
	enet_host_flush(stage.client);
	platform_flush(stage.client);
	pass_ms(2);
}

static int receive(void)
{
	ENetEvent event;
	const int result = platform_receive(stage.server, &event);

	if (result > 0 && event.type == ENET_EVENT_TYPE_RECEIVE)
		enet_packet_destroy(event.packet);
	return result;
}

static void nothing_leaves_and_the_answer_goes_along_with_what_is_sent_next(void **state)
{
	(void)state;
	ping();
	assert_false(platform_has_waiting(stage.to_client));
	assert_int_equal(receive(), 0);
	assert_int_equal(sent(), 0);
	assert_true(platform_has_waiting(stage.to_client));
	enet_stage_say(stage.to_client, "news", 0);
	platform_flush_peer(stage.server, stage.to_client);
	assert_int_equal(sent(), 1);
	assert_false(platform_has_waiting(stage.to_client));
	platform_flush(stage.server);
	pass_ms(2);
	enet_stage_serve_both(&stage);
	assert_string_equal(stage.client_heard.last, "news");
	assert_true(enet_list_empty(&stage.to_server->sentReliableCommands));
}

/* So that it is known what this is to differ from. */
static void enet_itself_answers_in_a_datagram_of_its_own(void **state)
{
	ENetEvent event;

	(void)state;
	ping();
	assert_int_equal(enet_host_service(stage.server, &event, 0), 0);
	assert_int_equal(sent(), 1);
	enet_stage_say(stage.to_client, "news", 0);
	platform_flush_peer(stage.server, stage.to_client);
	assert_int_equal(sent(), 2);
}

static void a_message_is_handed_out_and_the_host_has_its_peers_again(void **state)
{
	const size_t peers = stage.server->peerCount;

	(void)state;
	enet_stage_say(stage.to_server, "hello", ENET_PACKET_FLAG_RELIABLE);
	enet_host_flush(stage.client);
	platform_flush(stage.client);
	pass_ms(2);
	assert_int_equal(receive(), 1);
	assert_int_equal(stage.server->peerCount, peers);
	assert_int_equal(receive(), 0); /* and where nothing came */
	assert_int_equal(stage.server->peerCount, peers);
	assert_int_equal(sent(), 0);
}

/* So many messages, each in a datagram of its own, have come to the server. */
static void say_often(int count)
{
	for (int i = 0; i < count; i++) {
		enet_stage_say(stage.to_server, "hello", ENET_PACKET_FLAG_UNSEQUENCED);
		enet_host_flush(stage.client);
	}
	platform_flush(stage.client);
	pass_ms(2);
}

/* How many messages one batch holds. */
static int take_batch(void)
{
	ENetEvent event;
	int taken = 0;

	for (int result = platform_receive(stage.server, &event); result > 0;
	     result = enet_host_check_events(stage.server, &event)) {
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
	assert_true(platform_has_waiting(stage.to_client));
	assert_int_equal(take_batch(), 3);
	assert_int_equal(take_batch(), 0);
	assert_int_equal(sent(), 0);
}

static void a_client_connects_to_one_that_receives_and_flushes(void **state)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = ENET_STAGE_PORT };
	bool is_connected = false;
	ENetEvent event;

	(void)state;
	stage.to_server = enet_host_connect(stage.client, &address, 1, 0);
	for (int ms = 0; ms < 100; ms++) {
		while (platform_receive(stage.server, &event) > 0)
			is_connected |= event.type == ENET_EVENT_TYPE_CONNECT;
		enet_host_flush(stage.server);
		platform_flush(stage.server);
		enet_stage_serve(stage.client, &stage.client_heard, &stage.to_server);
		pass_ms(1);
	}
	assert_true(is_connected);
	assert_int_equal(stage.client_heard.connects, 1);
}

static void what_was_lost_is_sent_again_by_a_service_alone(void **state)
{
	ENetEvent event;

	(void)state;
	enet_stage_say(stage.to_client, "lost", ENET_PACKET_FLAG_RELIABLE);
	enet_host_flush(stage.server);
	assert_int_equal(sent(), 1);
	/* It stays with the server's socket, which was not flushed; its time passes. */
	sim_advance_to(stage.sim, platform_deadline_ns(stage.server));
	stage.server->bandwidthThrottleEpoch = platform_time_ms(net_now_ns());
	assert_int_equal(receive(), 0);
	assert_int_equal(sent(), 1);
	assert_int_equal(platform_deadline_ns(stage.server), net_now_ns());
	assert_int_equal(enet_host_service(stage.server, &event, 0), 0);
	assert_int_equal(sent(), 2);
}

static void once_a_second_it_is_a_service(void **state)
{
	const uint32_t now_ms = platform_time_ms(net_now_ns());

	(void)state;
	stage.server->bandwidthThrottleEpoch = now_ms + 2 - ENET_HOST_BANDWIDTH_THROTTLE_INTERVAL;
	ping();
	assert_int_equal(receive(), 0);
	assert_int_equal(stage.server->bandwidthThrottleEpoch, platform_time_ms(net_now_ns()));
	assert_false(platform_has_waiting(stage.to_client));
	ping();
	assert_int_equal(receive(), 0);
	assert_true(platform_has_waiting(stage.to_client));
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
