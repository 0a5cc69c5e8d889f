#include "tests/busy_relay.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum {
	STEP_US = 100,
	JOIN_MS = 5, /* between two, so that what they do by themselves does not burst together */
	SETTLE_MS = 500,
	WATCH_MS = 10, /* between two looks */
	NEW_MS = 1000, /* so long a member has just come */
	SEEN_MAX = 2 * BUSY_MEMBERS_MAX,
};

/* A datagram on its way out of the relay. */
struct busy_letter {
	struct busy_letter *next;
	int64_t leaves_ns;
	int socket;
	struct net_address to;
	size_t size;
	uint8_t data[];
};

/* One at a time, for the net's functions. */
static struct busy_relay *current;

static struct net *sim_of(const struct busy_relay *busy)
{
	return sim_net(busy->world.sim);
}

static void work(struct busy_relay *busy, int64_t cost_ns)
{
	busy->ahead_ns += cost_ns;
	busy->spent_ns += cost_ns;
}

/* The network, as the relay sees it in its turn. */

static int64_t now(struct net *net)
{
	struct net *sim = sim_of(current);

	(void)net;
	if (!current->is_in_turn)
		return sim->now_ns(sim);
	work(current, current->look_ns);
	return sim->now_ns(sim) + current->ahead_ns;
}

static int64_t spent(struct net *net)
{
	(void)net;
	return current->spent_ns;
}

static size_t receive(struct net *net, int socket, struct net_address *from, void *data,
		      size_t capacity)
{
	struct net *sim = sim_of(current);
	const size_t size = sim->receive(sim, socket, from, data, capacity);

	(void)net;
	if (!current->is_in_turn || size == 0)
		return size;
	assert_true(current->came_count > 0);
	current->taken_came_ns = current->came_ns[current->came_first];
	current->came_first = (current->came_first + 1) % BUSY_QUEUE;
	current->came_count--;
	work(current, current->in_ns);
	return size;
}

static int64_t arrived(struct net *net, int socket)
{
	(void)net;
	(void)socket;
	return current->taken_came_ns;
}

/* As on a real socket: taken now, and sent, at a cost, with the flush. */
static void send_later(struct net *net, int socket, const struct net_address *to,
		       const struct net_buffer *buffers, size_t count)
{
	struct net *sim = sim_of(current);
	struct busy_letter *letter;

	(void)net;
	if (!current->is_in_turn) {
		sim->send(sim, socket, to, buffers, count);
		return;
	}
	letter = malloc(sizeof(*letter) + NET_DATAGRAM_MAX_BYTES);
	assert_non_null(letter);
	*letter = (struct busy_letter){ .leaves_ns = INT64_MAX, .socket = socket, .to = *to };
	for (size_t i = 0; i < count; i++) {
		assert_true(buffers[i].size <= NET_DATAGRAM_MAX_BYTES - letter->size);
		memcpy(letter->data + letter->size, buffers[i].data, buffers[i].size);
		letter->size += buffers[i].size;
	}
	*current->last = letter;
	current->last = &letter->next;
}

static void flush(struct net *net, int socket)
{
	struct net *sim = sim_of(current);

	(void)net;
	(void)socket;
	for (struct busy_letter *letter = current->first; letter; letter = letter->next) {
		if (letter->leaves_ns != INT64_MAX)
			continue;
		work(current, current->out_ns);
		letter->leaves_ns = sim->now_ns(sim) + current->ahead_ns;
	}
}

static void see_end(void *context, const struct sim_datagram *datagram, int64_t now_ns,
		    enum sim_end end)
{
	struct busy_relay *busy = context;

	if (ntohl(datagram->to.host) != WORLD_RELAY_HOST || end != SIM_ARRIVED)
		return;
	assert_true(busy->came_count < BUSY_QUEUE);
	busy->came_ns[(busy->came_first + busy->came_count++) % BUSY_QUEUE] = now_ns;
}

static void send_what_is_due(struct busy_relay *busy)
{
	struct net *sim = sim_of(busy);

	while (busy->first && busy->first->leaves_ns <= world_now_ns(&busy->world)) {
		struct busy_letter *letter = busy->first;
		const struct net_buffer buffer = { letter->data, letter->size };

		sim->send(sim, letter->socket, &letter->to, &buffer, 1);
		busy->first = letter->next;
		if (!busy->first)
			busy->last = &busy->first;
		free(letter);
	}
}

/* Time. */

static void turn_relay(struct busy_relay *busy)
{
	const int64_t now_ns = world_now_ns(&busy->world);

	if (now_ns < busy->free_ns || (now_ns < busy->due_ns && busy->came_count == 0))
		return;
	busy->ahead_ns = 0;
	busy->is_in_turn = true;
	busy->due_ns = worker_turn(&busy->world.relay, net_now_ns());
	busy->is_in_turn = false;
	busy->free_ns = now_ns + busy->ahead_ns;
}

static bool is_in(const struct busy_relay *busy, size_t member)
{
	return busy->members[member].id > 0;
}

/* It stands on a line, and says when that was published. */
static void publish(struct busy_relay *busy, size_t member, int64_t now_ns)
{
	const struct starling_state state = { .x = (double)member,
					      .payload = &now_ns,
					      .payload_bytes = sizeof(now_ns) };

	assert_int_equal(starling_publish(busy->world.clients[member].session, 0, &state), 0);
	busy->members[member].published++;
	world_wake(&busy->world, member);
}

/* They take turns within the interval. */
static int64_t next_due_ns(const struct busy_relay *busy, size_t member, int64_t now_ns)
{
	const double interval_ns = 1e9 / busy->rate_hz;
	const double place_ns = interval_ns * (double)member / (double)busy->count;
	const double intervals = ((double)now_ns - place_ns) / interval_ns;

	return (int64_t)(place_ns + ((double)(int64_t)intervals + 1) * interval_ns);
}

static void publish_what_is_due(struct busy_relay *busy)
{
	const int64_t now_ns = world_now_ns(&busy->world);

	for (size_t i = 0; busy->rate_hz > 0 && i < busy->count; i++) {
		if (!is_in(busy, i) || busy->members[i].due_ns > now_ns)
			continue;
		publish(busy, i, now_ns);
		busy->members[i].due_ns = next_due_ns(busy, i, now_ns);
	}
}

void busy_relay_run_ms(struct busy_relay *busy, unsigned ms)
{
	const int64_t until_ns = world_now_ns(&busy->world) + ms * MS;

	while (world_now_ns(&busy->world) < until_ns) {
		publish_what_is_due(busy);
		world_run(&busy->world, world_now_ns(&busy->world) + STEP_US * US);
		send_what_is_due(busy);
		turn_relay(busy);
	}
}

static void take_events(void *context, size_t client)
{
	struct busy_relay *busy = context;
	struct starling_event event;

	while (starling_next(busy->world.clients[client].session, &event)) {
		assert_true(event.type != STARLING_LOST && event.type != STARLING_ENDED);
		if (event.type != STARLING_WELCOME)
			continue;
		busy->members[client].id = event.member;
		busy->members[client].joined_ns = world_now_ns(&busy->world);
	}
}

void busy_relay_join(struct busy_relay *busy, size_t member)
{
	struct starling_config session = busy->session;
	char room[32];

	snprintf(room, sizeof(room), "room-%zu", member / busy->room_members);
	session.room = room;
	assert_true(world_open(&busy->world, member, &session));
}

void busy_relay_leave(struct busy_relay *busy, size_t member)
{
	busy->leaves += is_in(busy, member);
	busy->members[member].id = 0;
	world_close(&busy->world, member, false);
}

void busy_relay_open(struct busy_relay *busy, const struct config *config, size_t rooms,
		     size_t room_members, const struct starling_config *session)
{
	char error[WORKER_ERROR_BYTES];

	*busy = (struct busy_relay){ .room_members = room_members,
				     .count = rooms * room_members,
				     .session = *session };
	assert_true(busy->count <= BUSY_MEMBERS_MAX);
	busy->last = &busy->first;
	current = busy;
	if (!world_init(&busy->world, 1, config, busy->count, error))
		fail_msg("%s", error);
	busy->net = *sim_of(busy);
	busy->net.now_ns = now;
	busy->net.spent_ns = spent;
	busy->net.receive = receive;
	busy->net.arrived_ns = arrived;
	busy->net.send = send_later;
	busy->net.flush = flush;
	net_use_thread(&busy->net);
	sim_set_end(busy->world.sim, see_end, busy);
	world_pause_relay(&busy->world, true); /* its turns are ours */
	busy->world.after_turn = take_events;
	busy->world.turn_context = busy;
	for (size_t i = 0; i < busy->count; i++) {
		busy_relay_join(busy, i);
		busy_relay_run_ms(busy, JOIN_MS);
	}
	busy_relay_run_ms(busy, SETTLE_MS);
	for (size_t i = 0; i < busy->count; i++)
		assert_int_equal(starling_status(busy->world.clients[i].session), STARLING_PLAYING);
}

/* The member of the room with this id; SIZE_MAX when it is not there any more. */
static size_t find(const struct busy_relay *busy, size_t room, uint32_t id)
{
	for (size_t i = room; i < room + busy->room_members; i++)
		if (busy->members[i].id == id)
			return i;
	return SIZE_MAX;
}

static bool is_new(const struct busy_relay *busy, size_t member)
{
	return !is_in(busy, member) ||
	       world_now_ns(&busy->world) - busy->members[member].joined_ns < NEW_MS * MS;
}

/* How many of the room's others it must see. */
static size_t must_see(const struct busy_relay *busy, size_t room)
{
	size_t count = 0;

	if (busy->session.interest != STARLING_ALL)
		return 1;
	for (size_t i = room; i < room + busy->room_members; i++)
		count += !is_new(busy, i);
	return count - 1;
}

/* The oldest that one member has. */
static int64_t oldest_of(const struct busy_relay *busy, size_t member)
{
	static struct starling_entity entities[SEEN_MAX];
	const size_t room = member / busy->room_members * busy->room_members;
	const size_t count =
		starling_entities(busy->world.clients[member].session, entities, SEEN_MAX);
	size_t seen = 0;
	int64_t oldest_ms = 0;

	assert_true(count <= SEEN_MAX);
	for (size_t i = 0; i < count; i++) {
		const size_t other = find(busy, room, entities[i].member);
		int64_t published_ns, one_ms;

		if (other == member || other == SIZE_MAX)
			continue;
		seen++;
		if (is_new(busy, other))
			continue;
		assert_int_equal(entities[i].payload_bytes, sizeof(published_ns));
		memcpy(&published_ns, entities[i].payload, sizeof(published_ns));
		one_ms = (world_now_ns(&busy->world) - published_ns) / MS;
		oldest_ms = one_ms > oldest_ms ? one_ms : oldest_ms;
	}
	return seen < must_see(busy, room) ? INT64_MAX : oldest_ms;
}

int64_t busy_relay_oldest_ms(const struct busy_relay *busy)
{
	int64_t oldest_ms = 0;

	for (size_t i = 0; i < busy->count; i++) {
		const int64_t one_ms = is_new(busy, i) ? 0 : oldest_of(busy, i);

		oldest_ms = one_ms > oldest_ms ? one_ms : oldest_ms;
	}
	return oldest_ms;
}

int64_t busy_relay_watch_ms(struct busy_relay *busy, unsigned ms)
{
	int64_t oldest_ms = 0;

	for (unsigned passed = 0; passed < ms; passed += WATCH_MS) {
		int64_t now_ms;

		busy_relay_run_ms(busy, WATCH_MS);
		now_ms = busy_relay_oldest_ms(busy);
		oldest_ms = now_ms > oldest_ms ? now_ms : oldest_ms;
	}
	return oldest_ms;
}

size_t busy_relay_queue(const struct busy_relay *busy)
{
	return busy->came_count;
}

void busy_relay_close(struct busy_relay *busy)
{
	const struct ledger *ledger = &busy->world.relay.house.ledger;

	assert_true(ledger_is_balanced(ledger));
	for (int reason = 0; reason < WIRE_REASON_COUNT; reason++)
		assert_int_equal(ledger->parted[reason],
				 reason == WIRE_REASON_LEFT ? busy->leaves : 0);
	while (busy->first) {
		struct busy_letter *letter = busy->first;

		busy->first = letter->next;
		free(letter);
	}
	world_fini(&busy->world);
	current = NULL;
}
