/* Messages that never get complete, and the peer's others behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/enet/host_fixture.h"
#include "tests/fixtures/row_tests.h"

enum {
	MESSAGES = 400,
	MESSAGE_BYTES = 4000, /* four datagrams; 400 are more than the host lets wait */
	LAST_MIN_BYTES = 400, /* of the last of them, which the link loses, */
	LAST_MAX_BYTES = 900,
};

struct row {
	const char *name;
	bool are_overtaken; /* by a whole message, each */
};

static const struct row rows[] = {
	{ "incomplete messages that are overtaken", true },
	{ "incomplete messages that wait for ever", false },
};

static bool lose_last_fragments(void *context, const struct sim_datagram *datagram,
				struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	return datagram->size < LAST_MIN_BYTES || datagram->size > LAST_MAX_BYTES;
}

static void send_incomplete(const struct row *row)
{
	static const char message[MESSAGE_BYTES];

	assert_true(host_send(fixture.clients[0], 0, 0, WIRE_SEQUENCED, HOST_QUEUED, message,
			      sizeof(message)));
	if (row->are_overtaken)
		host_fixture_send(0, WIRE_SEQUENCED, "over");
	host_flush(fixture.clients[0]);
	host_fixture_pass_ms(1);
}

/* Runs both without the host's checks, which host_fixture_run_ms has it do. */
static void run_without_checks(struct host_seen *at_server)
{
	struct host_seen at_client = { 0 };

	for (int ms = 0; ms < 1000; ms++) {
		host_fixture_receive(fixture.server, at_server);
		host_fixture_receive(fixture.clients[0], &at_client);
		host_fixture_pass_ms(1);
	}
}

static void a_peer_is_heard_again_after(void **state)
{
	const struct row *row = *state;
	struct host_seen at_server = { 0 }, at_client = { 0 };

	host_fixture_open(1, 1);
	host_fixture_connect(0);
	sim_set_fate(fixture.sim, lose_last_fragments, NULL);
	for (int i = 0; i < MESSAGES; i++) {
		send_incomplete(row);
		host_fixture_receive(fixture.server, &at_server);
	}
	host_fixture_send(0, WIRE_RELIABLE, "heard");
	run_without_checks(&at_server);
	assert_string_not_equal(at_server.last, "heard");
	host_fixture_run_ms(1500, &at_server, &at_client);
	assert_string_equal(at_server.last, "heard");
	host_fixture_close();
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_peer_is_heard_again_after);
	return _cmocka_run_group_tests("waiting", tests, count, NULL, NULL);
}
