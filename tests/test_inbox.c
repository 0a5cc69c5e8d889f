/* What a turn of the relay's worker takes in, and when it knows that there is no more. */

#include "relay/worker.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/net/platform.h"
#include "proto/net/sim.h"
#include "proto/states.h"
#include "proto/wire.h"
#include "relay/log.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum {
	GUESTS = 3,
	PORT = 7777,
	ENET_BATCH = 256, /* datagrams that ENet takes at once, and no more */
	PATIENCE_MS = 100,
	ANSWERS_MAX = 16,
};

/* A client that is played by hand, and what the relay answered. */
struct guest {
	ENetHost *host;
	ENetPeer *peer;
	bool is_connected;
	struct wire_clock answers[ANSWERS_MAX];
	size_t answer_count;
};

/* A worker whose turns are the test's, on a network that can be slow, and that counts looks. */
struct stage {
	struct sim *sim;
	struct net net;
	struct config config;
	struct worker worker;
	struct guest guests[GUESTS];
	int64_t skew_ns, step_ns; /* ahead of the sim; a look at the clock takes so long */
	unsigned empty_looks;     /* of the relay, into an empty queue */
	unsigned sent;            /* datagrams that the relay sent */
	bool is_losing;           /* all of these */
	bool is_stamping;         /* the n-th datagram to come in came n ms after `stamp_ns` */
	int64_t stamp_ns;
};

static struct stage stage;

/* The network. */

static int64_t now(struct net *net)
{
	(void)net;
	stage.skew_ns += stage.step_ns;
	return sim_now_ns(stage.sim) + stage.skew_ns;
}

static bool is_relay(int socket)
{
	return stage.worker.host && socket == worker_socket(&stage.worker);
}

static size_t receive(struct net *net, int socket, struct net_address *from, void *data,
		      size_t capacity)
{
	struct net *sim = sim_net(stage.sim);
	const size_t size = sim->receive(sim, socket, from, data, capacity);

	(void)net;
	stage.empty_looks += size == 0 && is_relay(socket);
	stage.stamp_ns += size > 0 && is_relay(socket) ? MS : 0;
	return size;
}

static void send_out(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	struct net *sim = sim_net(stage.sim);

	(void)net;
	stage.sent += is_relay(socket);
	if (!stage.is_losing || !is_relay(socket))
		sim->send(sim, socket, to, buffers, count);
}

static int64_t arrived(struct net *net, int socket)
{
	(void)socket;
	return stage.is_stamping ? stage.stamp_ns : net->now_ns(net);
}

/* The guests. */

static void hear(struct guest *guest)
{
	ENetEvent event;

	while (enet_host_service(guest->host, &event, 0) > 0) {
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			guest->is_connected = true;
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		if (wire_clock_decode(event.packet->data, event.packet->dataLength,
				      &guest->answers[guest->answer_count]) == WIRE_OK &&
		    guest->answer_count < ANSWERS_MAX - 1)
			guest->answer_count++;
		enet_packet_destroy(event.packet);
	}
}

static void pass_ms(unsigned ms)
{
	sim_advance_to(stage.sim, sim_now_ns(stage.sim) + ms * MS);
}

static void turn(void)
{
	worker_turn(&stage.worker, net_now_ns());
}

static void run_ms(unsigned ms)
{
	while (ms-- > 0) {
		turn();
		for (size_t i = 0; i < GUESTS; i++)
			if (stage.guests[i].host)
				hear(&stage.guests[i]);
		pass_ms(1);
	}
}

static void begin_to_connect(size_t n)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	struct guest *guest = &stage.guests[n];

	guest->host = enet_host_create(NULL, 1, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(guest->host);
	platform_seed(guest->host);
	guest->peer =
		enet_host_connect(guest->host, &address, WIRE_CHANNEL_COUNT, wire_connect_data());
	assert_non_null(guest->peer);
}

/* A datagram of its own. */
static void say(size_t n, enet_uint32 flags, const void *data, size_t size)
{
	ENetPacket *packet = enet_packet_create(data, size, flags);

	assert_int_equal(enet_peer_send(stage.guests[n].peer, WIRE_CHANNEL_CONTROL, packet), 0);
	enet_host_flush(stage.guests[n].host);
}

static void ask(size_t n, uint64_t number)
{
	const struct wire_clock clock = { .sent_us = number };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(n, ENET_PACKET_FLAG_UNSEQUENCED, data, wire_clock_encode(data, sizeof(data), &clock));
}

static void ask_often(size_t n, unsigned times)
{
	while (times-- > 0)
		ask(n, 1);
}

static void join(size_t n)
{
	const struct wire_hello hello = { .room = { .data = (const uint8_t *)"a", .size = 1 },
					  .name = { .data = (const uint8_t *)"b", .size = 1 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	begin_to_connect(n);
	for (int ms = 0; ms < PATIENCE_MS && !stage.guests[n].is_connected; ms++)
		run_ms(1);
	assert_true(stage.guests[n].is_connected);
	say(n, ENET_PACKET_FLAG_RELIABLE, data, wire_hello_encode(data, sizeof(data), &hello));
	run_ms(20);
	assert_int_equal(stage.worker.house.member_count, n + 1);
}

static int set_up(void **state)
{
	char error[WORKER_ERROR_BYTES];

	(void)state;
	stage = (struct stage){ .sim = sim_create(1) };
	stage.net = *sim_net(stage.sim);
	stage.net.now_ns = now;
	stage.net.receive = receive;
	stage.net.send = send_out;
	stage.net.arrived_ns = arrived;
	net_use(&stage.net);
	config_default(&stage.config);
	strcpy(stage.config.host, "127.0.0.1");
	stage.config.port = PORT;
	stage.config.message_rate = 1000000;
	if (worker_init(&stage.worker, &stage.config, error) != 0)
		fail_msg("%s", error);
	join(0);
	join(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < GUESTS; i++)
		if (stage.guests[i].host)
			enet_host_destroy(stage.guests[i].host);
	worker_fini(&stage.worker);
	net_use(NULL);
	sim_destroy(stage.sim);
	return 0;
}

/* Whether there is nothing left in the relay's queue. */
static bool is_queue_empty(void)
{
	struct net *net = sim_net(stage.sim);

	return !net->held(net, worker_socket(&stage.worker));
}

/* What came since `before` and was dealt with. */
static uint64_t taken_since(uint64_t before)
{
	return stage.worker.house.ledger.messages_in - before;
}

/* A turn takes all. */

static void a_turn_takes_more_than_enet_takes_at_once(void **state)
{
	static const unsigned counts[] = {
		1, ENET_BATCH - 1, ENET_BATCH, ENET_BATCH + 1, 3 * ENET_BATCH, 1000
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const uint64_t before = stage.worker.house.ledger.messages_in;

		ask_often(i % 2, counts[i]);
		pass_ms(2);
		turn();
		assert_int_equal(taken_since(before), counts[i]);
		assert_true(is_queue_empty());
		assert_false(stage.worker.is_behind);
		run_ms(20);
	}
}

/* ENet hands out what it has before it looks for more. */
static void what_is_left_of_a_turn_whose_time_was_over_does_not_hide_the_queue(void **state)
{
	const uint64_t before = stage.worker.house.ledger.messages_in;

	(void)state;
	ask_often(0, 100);
	pass_ms(2);
	stage.step_ns = 300 * US;
	turn();
	stage.step_ns = 0;
	assert_in_range(taken_since(before), 1, 50);
	assert_true(stage.worker.is_behind);
	ask_often(1, 100);
	pass_ms(2);
	assert_false(is_queue_empty());
	turn();
	assert_int_equal(taken_since(before), 200);
	assert_true(is_queue_empty());
	assert_false(stage.worker.is_behind);
}

/* ENet stops when somebody is connected, with fewer datagrams than it takes at once. */
static void what_lies_behind_a_connection_is_taken_with_it(void **state)
{
	const uint64_t before = stage.worker.house.ledger.messages_in;

	(void)state;
	begin_to_connect(2);
	hear(&stage.guests[2]); /* CONNECT */
	pass_ms(2);
	turn(); /* VERIFY CONNECT */
	pass_ms(2);
	hear(&stage.guests[2]); /* its acknowledgement */
	ask_often(0, 20);
	pass_ms(2);
	assert_int_equal(stage.worker.house.ledger.clients, 2);
	turn();
	assert_int_equal(stage.worker.house.ledger.clients, 3);
	assert_int_equal(taken_since(before), 20);
	assert_true(is_queue_empty());
}

static void what_lies_behind_a_farewell_is_taken_with_it(void **state)
{
	const uint64_t before = stage.worker.house.ledger.messages_in;

	(void)state;
	enet_peer_disconnect(stage.guests[1].peer, 0);
	enet_host_flush(stage.guests[1].host);
	ask_often(0, 20);
	pass_ms(2);
	turn();
	assert_int_equal(taken_since(before), 20);
	assert_true(is_queue_empty());
	/* ENet tells of it when it has acknowledged it, which it did with all that left the turn.
	 */
	turn();
	assert_int_equal(stage.worker.house.member_count, 1);
}

/* ENet takes a batch of these without a word. */
static void what_tells_the_rules_nothing_does_not_hide_what_lies_behind_it(void **state)
{
	const uint64_t before = stage.worker.house.ledger.messages_in;

	(void)state;
	for (int i = 0; i < 2 * ENET_BATCH + 10; i++) {
		enet_peer_ping(stage.guests[0].peer);
		enet_host_flush(stage.guests[0].host);
	}
	ask_often(1, 20);
	pass_ms(2);
	turn();
	assert_int_equal(taken_since(before), 20);
	assert_true(is_queue_empty());
	assert_false(stage.worker.is_behind);
}

/* To let ENet look again costs a walk over all its peers. */
static void a_queue_that_was_seen_empty_is_not_looked_into_again(void **state)
{
	(void)state;
	stage.empty_looks = 0;
	turn();
	assert_int_equal(stage.empty_looks, 1);
	ask_often(0, 100);
	pass_ms(2);
	stage.empty_looks = 0;
	turn();
	assert_int_equal(stage.empty_looks, 1);
	assert_true(is_queue_empty());
}

/* And what there is to answer. */

static void tell_where(size_t n)
{
	const struct states_record record = { .seq = 1, .position = { 1, 2, 3 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	assert_true(states_add(&builder, &record));
	say(n, ENET_PACKET_FLAG_UNSEQUENCED, data, states_finish(&builder));
}

static void an_acknowledgement_goes_along_with_a_state(void **state)
{
	(void)state;
	run_ms(400);
	enet_peer_ping(stage.guests[1].peer);
	enet_host_flush(stage.guests[1].host);
	tell_where(0);
	pass_ms(2);
	stage.sent = 0;
	turn();
	assert_int_equal(stage.worker.house.ledger.snapshots_out, 1);
	assert_int_equal(stage.sent, 1);
	pass_ms(2);
	hear(&stage.guests[1]);
	assert_true(enet_list_empty(&stage.guests[1].peer->sentReliableCommands));
}

static void what_no_state_takes_along_leaves_with_the_turn(void **state)
{
	(void)state;
	run_ms(400);
	for (size_t i = 0; i < 2; i++) {
		enet_peer_ping(stage.guests[i].peer);
		enet_host_flush(stage.guests[i].host);
	}
	pass_ms(2);
	stage.sent = 0;
	turn();
	assert_int_equal(stage.sent, 2);
	pass_ms(2);
	for (size_t i = 0; i < 2; i++) {
		hear(&stage.guests[i]);
		assert_true(enet_list_empty(&stage.guests[i].peer->sentReliableCommands));
	}
}

/* Not with the next look at the shares of bandwidth, once a second, when ENet does it anyway. */
static void what_was_lost_is_sent_again_when_its_time_has_come(void **state)
{
	ENetHost *host = stage.worker.host;
	ENetPeer *peer = &host->peers[1];
	int64_t due_ns;

	(void)state;
	run_ms(400);
	stage.is_losing = true;
	enet_peer_ping(peer);
	turn(); /* which finds that ENet wants to send it, */
	turn(); /* and lets it */
	stage.is_losing = false;
	assert_false(enet_list_empty(&peer->sentReliableCommands));
	due_ns = platform_deadline_ns(host);
	assert_in_range(due_ns, net_now_ns() + 1, net_now_ns() + 900 * MS);
	host->bandwidthThrottleEpoch = platform_time_ms(due_ns);
	while (net_now_ns() < due_ns)
		run_ms(1);
	run_ms(10);
	assert_true(enet_list_empty(&peer->sentReliableCommands));
}

/* And when each came. */

static void each_datagram_of_a_batch_has_come_when_it_came(void **state)
{
	const size_t senders[] = { 0, 0, 1, 0, 1, 1, 0 };
	const size_t count = sizeof(senders) / sizeof(senders[0]);
	size_t next[GUESTS] = { 0 };
	const struct room *room = stage.worker.house.rooms[0];
	int64_t opened_ns;

	(void)state;
	run_ms(50);
	opened_ns = net_now_ns();
	for (size_t i = 0; i < count; i++)
		ask(senders[i], i);
	pass_ms(30);
	stage.stamp_ns = opened_ns;
	stage.is_stamping = true;
	turn();
	stage.is_stamping = false;
	run_ms(5);
	for (size_t i = 0; i < count; i++) {
		const struct guest *guest = &stage.guests[senders[i]];
		const struct wire_clock *answer = &guest->answers[next[senders[i]]++];
		const int64_t came_us = (opened_ns + (int64_t)(i + 1) * MS - room->created_ns) / US;

		assert_in_range(next[senders[i]], 1, guest->answer_count);
		assert_int_equal(answer->sent_us, i);
		assert_in_range((int64_t)answer->received_us, came_us - 2, came_us + 2);
		assert_int_equal(answer->answered_us - answer->received_us, (29 - i) * 1000);
	}
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_turn_takes_more_than_enet_takes_at_once),
		STAGED(what_is_left_of_a_turn_whose_time_was_over_does_not_hide_the_queue),
		STAGED(what_lies_behind_a_connection_is_taken_with_it),
		STAGED(what_lies_behind_a_farewell_is_taken_with_it),
		STAGED(what_tells_the_rules_nothing_does_not_hide_what_lies_behind_it),
		STAGED(a_queue_that_was_seen_empty_is_not_looked_into_again),
		STAGED(an_acknowledgement_goes_along_with_a_state),
		STAGED(what_no_state_takes_along_leaves_with_the_turn),
		STAGED(what_was_lost_is_sent_again_when_its_time_has_come),
		STAGED(each_datagram_of_a_batch_has_come_when_it_came),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}
