/* Members of MQTT and NATS servers read what these send, in whatever pieces it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/load/drivers/stream.h"
#include "bench/load/generator_internal.h"

enum {
	BYTES_MAX = 512,
	UPDATES_MAX = 2,
};

static struct {
	struct generator_config config;
	struct generator_result result;
	struct generator *g;
	int server;
	uint8_t bytes[BYTES_MAX];
	size_t size;
	unsigned heard;
	uint32_t numbers[UPDATES_MAX];
} fixture;

static void hear(struct generator *g, unsigned member, const uint8_t *bytes, size_t size)
{
	(void)g;
	assert_int_equal(member, 0);
	assert_int_equal(size, UPDATE_BYTES);
	assert_true(fixture.heard < UPDATES_MAX);
	fixture.numbers[fixture.heard++] = update_decode(bytes).number;
}

static void open_fixture(const struct driver *driver)
{
	static const struct sink sink = { .hear = hear };
	struct generator *g = calloc(1, sizeof(*g));
	int ends[2];

	assert_non_null(g);
	memset(&fixture, 0, sizeof(fixture));
	fixture.config = (struct generator_config){ .members = 1 };
	fixture.g = g;
	g->config = &fixture.config;
	g->result = &fixture.result;
	g->driver = driver;
	g->connections = calloc(1, driver->bytes);
	g->sink = &sink;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_of(g, 0)->fd = ends[0];
	fixture.server = ends[1];
}

static void close_fixture(void)
{
	stream_close(stream_of(fixture.g, 0));
	close(fixture.server);
	free(fixture.g->connections);
	free(fixture.g);
}

static void add(const void *bytes, size_t size)
{
	memcpy(fixture.bytes + fixture.size, bytes, size);
	fixture.size += size;
}

static void add_update(uint32_t number)
{
	const struct update update = { .sender = 1, .number = number };
	uint8_t bytes[UPDATE_BYTES];

	update_encode(bytes, &update);
	add(bytes, sizeof(bytes));
}

/* The server sends what was added, so many bytes at a time. */
static void send_in_pieces_of(size_t most)
{
	for (size_t at = 0; at < fixture.size; at += most) {
		const size_t left = fixture.size - at, size = left < most ? left : most;

		assert_int_equal(write(fixture.server, fixture.bytes + at, size), size);
		fixture.g->driver->receive(fixture.g, 0);
	}
}

/* Two updates; before and between them what is none. */
static void add_mqtt(void)
{
	static const uint8_t answers[] = { 0x20, 2, 0, 0, 0x90, 3, 0, 1, 0 };
	static const uint8_t head[] = { 0x30, 2 + 6 + UPDATE_BYTES, 0, 6, 'r', 'o', 'o', 'm', '/',
					'0' };
	static const uint8_t long_one[] = { 0x30, 0x80, 1, 0, 6, 'r', 'o', 'o', 'm', '/', '0' };
	static const uint8_t rest[128 - 8];

	add(answers, sizeof(answers));
	add(head, sizeof(head));
	add_update('\n');
	add(long_one, sizeof(long_one));
	add(rest, sizeof(rest));
	add(head, sizeof(head));
	add_update(11);
}

static void add_nats(void)
{
	static const char greeting[] = "INFO {\"server_id\":\"x\"}\r\n";
	static const char head[] = "MSG room.0 1 32\r\n", other[] = "MSG room.0 1 3\r\nabc\r\n";

	add(greeting, strlen(greeting));
	add(head, strlen(head));
	add_update('\n'); /* the end of a line, but for its place */
	add("\r\n", 2);
	add(other, strlen(other));
	add(head, strlen(head));
	add_update(11);
	add("\r\n", 2);
}

static void updates_are_heard_in_whatever_pieces_they_come(void **state)
{
	static const struct {
		const struct driver *driver;
		void (*add)(void);
	} rows[] = { { &driver_mqtt, add_mqtt }, { &driver_nats, add_nats } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t most = 1; most <= BYTES_MAX; most++) {
			open_fixture(rows[i].driver);
			rows[i].add();
			send_in_pieces_of(most);
			assert_string_equal(fixture.result.error, "");
			assert_int_equal(fixture.heard, UPDATES_MAX);
			assert_int_equal(fixture.numbers[0], '\n');
			assert_int_equal(fixture.numbers[1], 11);
			assert_int_equal(stream_of(fixture.g, 0)->in_size, 0);
			close_fixture();
		}
}

static void a_server_that_refuses_ends_the_run(void **state)
{
	static const uint8_t refused[] = { 0x20, 2, 0, 5 }, no_topic[] = { 0x90, 3, 0, 1, 0x80 };
	static const char error[] = "-ERR 'maximum connections exceeded'\r\n";
	const struct {
		const struct driver *driver;
		const void *bytes;
		size_t size;
		const char *said;
	} rows[] = {
		{ &driver_mqtt, refused, sizeof(refused), "code 5" },
		{ &driver_mqtt, no_topic, sizeof(no_topic), "code 128" },
		{ &driver_nats, error, strlen(error), "maximum connections" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_fixture(rows[i].driver);
		add(rows[i].bytes, rows[i].size);
		send_in_pieces_of(BYTES_MAX);
		assert_non_null(strstr(fixture.result.error, "refused member 1"));
		assert_non_null(strstr(fixture.result.error, rows[i].said));
		close_fixture();
	}
}

static void the_nats_server_s_ping_is_answered(void **state)
{
	char answer[8] = "";

	(void)state;
	open_fixture(&driver_nats);
	add("PING\r\n", 6);
	send_in_pieces_of(BYTES_MAX);
	assert_int_equal(recv(fixture.server, answer, sizeof(answer) - 1, MSG_DONTWAIT), 6);
	assert_string_equal(answer, "PONG\r\n");
	close_fixture();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates_are_heard_in_whatever_pieces_they_come),
		cmocka_unit_test(a_server_that_refuses_ends_the_run),
		cmocka_unit_test(the_nats_server_s_ping_is_answered),
	};

	return cmocka_run_group_tests_name("brokers", tests, NULL, NULL);
}
