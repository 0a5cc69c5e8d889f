/* How much the relay allocates for each member, counted at malloc, without the kernel's part. */

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"
#include "proto/enet/pool.h"
#include "proto/net/sim/sim.h"
#include "relay/peer/client.h"
#include "relay/log/log.h"
#include "relay/server.h"

enum {
	MEMBERS = 1000,
	IN_ROOM = 250,
	START_NS = 1000000000,
	SLOT_MAX_BYTES = 1024, /* of a server, for each client that it allows */
	MEMBER_MAX_BYTES =
		1640,          /* with one entity; congestion.h and uplink.h remember most of it */
	FULL_MAX_BYTES = 9392, /* with all entities that the default limit allows */
};

/* An outbox that drops everything. */
static bool swallow(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
		    const void *data, size_t size)
{
	(void)context;
	(void)peer;
	(void)channel;
	(void)mode;
	(void)data;
	(void)size;
	return true;
}

static size_t no_backlog(void *context, void *peer)
{
	(void)context;
	(void)peer;
	return 0;
}

static void ignore(void *context, void *peer, enum wire_reason reason)
{
	(void)context;
	(void)peer;
	(void)reason;
}

static size_t allocated_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Fails where each of `count` takes more than `most` bytes; prints the figure. */
static void expect_each(const char *what, size_t bytes, size_t count, size_t most)
{
	print_message("  note: %s: %zu bytes each\n", what, bytes / count);
	assert_true(bytes > 0);
	assert_in_range(bytes / count, 1, most);
}

static void a_server_takes_little_memory_for_each_client_that_it_allows(void **state)
{
	static struct server only;
	struct server *server = &only;
	struct sim *sim;
	struct config config;
	char error[SERVER_ERROR_BYTES];
	size_t before, few, many;

	(void)state;
	if (!pool_is_on())
		skip();
	sim = sim_create(1);
	net_use_thread(sim_net(sim));
	assert_int_equal(platform_init(error, sizeof(error)), 0);
	config_default(&config);
	config.clients = 100;
	before = allocated_bytes();
	assert_int_equal(server_init(server, &config, error), 0);
	few = allocated_bytes() - before;
	server_fini(server);
	config.clients = 100 + MEMBERS;
	before = allocated_bytes();
	assert_int_equal(server_init(server, &config, error), 0);
	many = allocated_bytes() - before;
	server_fini(server);
	expect_each("a place for a client", many - few, MEMBERS, SLOT_MAX_BYTES);
	net_use_thread(NULL);
	sim_destroy(sim);
}

static void join(struct relay *relay, struct client *client, size_t i)
{
	char room[16];
	int size = snprintf(room, sizeof(room), "r%zu", i / IN_ROOM);
	struct wire_hello hello = {
		.room = { .data = (const uint8_t *)room, .size = (size_t)size },
		.name = { .data = (const uint8_t *)"m", .size = 1 },
	};
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	client_open(relay, client, client, wire_connect_data(), START_NS);
	client_receive(
		relay, client,
		&(struct client_message){ .channel = WIRE_CHANNEL_CONTROL,
					  .data = data,
					  .size = wire_hello_encode(data, sizeof(data), &hello) },
		START_NS);
	assert_int_equal(client->state, CLIENT_MEMBER);
}

static void publish(struct relay *relay, struct client *client, uint16_t index)
{
	struct states_record record = { .index = index, .seq = 1 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	assert_true(states_add(&builder, &record));
	client_receive(relay, client,
		       &(struct client_message){ .channel = WIRE_CHANNEL_STATE,
						 .data = data,
						 .size = states_finish(&builder) },
		       START_NS);
}

static void a_member_takes_little_memory_and_no_more_than_its_entities_need(void **state)
{
	struct outbox outbox = { .send = swallow, .backlog = no_backlog, .disconnect = ignore };
	struct client *clients = calloc(MEMBERS, sizeof(clients[0]));
	static struct relay relay;
	struct config config;
	size_t before;

	(void)state;
	if (!pool_is_on()) {
		free(clients);
		skip();
	}
	config_default(&config);
	before = allocated_bytes();
	assert_int_equal(relay_init(&relay, &config, &outbox), 0);
	for (size_t i = 0; i < MEMBERS; i++)
		join(&relay, &clients[i], i);
	for (size_t i = 0; i < MEMBERS; i++)
		publish(&relay, &clients[i], 0);
	expect_each("a member with one entity", allocated_bytes() - before, MEMBERS,
		    MEMBER_MAX_BYTES);
	for (size_t i = 0; i < MEMBERS; i++)
		for (uint16_t index = 1; index < config.entities; index++)
			publish(&relay, &clients[i], index);
	expect_each("a member with all entities", allocated_bytes() - before, MEMBERS,
		    FULL_MAX_BYTES);
	for (size_t i = 0; i < MEMBERS; i++)
		client_close(&relay, &clients[i], WIRE_REASON_LEFT, START_NS);
	relay_fini(&relay);
	free(clients);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_takes_little_memory_for_each_client_that_it_allows),
		cmocka_unit_test(a_member_takes_little_memory_and_no_more_than_its_entities_need),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
