/* The relay as an operator and its clients see it: real processes, real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <enet/enet.h>
#include <signal.h>

#include "client/lib/starling.h"
#include "proto/enet/platform.h"
#include "proto/wire/wire.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_FLAGS   ((const char *const[]){ NULL })

/* A client in this process, and the last event of each type that it received. */
struct client {
	struct starling *session;
	unsigned heard[STARLING_ENDED + 1];
	struct starling_event last[STARLING_ENDED + 1];
	char text[STARLING_TEXT_MAX_BYTES + 1];
	uint8_t data[STARLING_EVENT_MAX_BYTES];
};

static struct process relay;
static struct client clients[4];

static void open_client(size_t n, uint16_t port, const char *name)
{
	struct starling_config config;
	struct starling_error error;

	starling_default_config(&config);
	config.port = port;
	config.name = name;
	config.rejoin_s = 0;
	if (starling_open(&clients[n].session, &config, &error) != 0)
		fail_msg("%s", error.text);
}

static void listen_all(double seconds)
{
	for (size_t n = 0; n < 4; n++) {
		struct client *client = &clients[n];
		struct starling_event event;

		if (!client->session)
			continue;
		starling_wait(client->session, seconds);
		starling_update(client->session);
		while (starling_next(client->session, &event)) {
			client->heard[event.type]++;
			client->last[event.type] = event;
			if (event.text)
				snprintf(client->text, sizeof(client->text), "%s", event.text);
			if (event.data_bytes > 0)
				memcpy(client->data, event.data, event.data_bytes);
		}
	}
}

/* Goes on until the client has heard of `count` events of the type; false after `seconds`. */
static bool await(size_t n, enum starling_event_type type, unsigned count, double seconds)
{
	double until_s = process_now_s() + seconds;

	while (clients[n].heard[type] < count) {
		if (process_now_s() > until_s)
			return false;
		listen_all(0.005);
	}
	return true;
}

static void join(size_t n, uint16_t port, const char *name)
{
	open_client(n, port, name);
	assert_true(await(n, STARLING_READY, 1, 10));
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t n = 0; n < 4; n++)
		starling_close(clients[n].session);
	memset(clients, 0, sizeof(clients));
	process_end(&relay);
	return 0;
}

static void a_taken_port_gets_its_sentence_and_exit_1(void **state)
{
	struct process second;
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u", process_start_relay(&relay, NO_FLAGS));
	process_start(&second, FLAGS("starlingd", "--host", "127.0.0.1", "--port", port));
	assert_int_equal(process_finish(&second, 10), 1);
	assert_non_null(strstr(second.err_text, "cannot open UDP"));
	assert_non_null(strstr(second.err_text, port));
	assert_non_null(strstr(second.err_text, "Address already in use"));
	assert_non_null(strstr(second.err_text, "--port"));
	process_end(&second);
}

static void misuse_is_one_line_on_stderr_and_exit_2(void **state)
{
	struct process process;

	(void)state;
	process_start(&process, FLAGS("starlingd", "--port", "seven"));
	assert_int_equal(process_finish(&process, 10), 2);
	assert_string_equal(process.out_text, "");
	assert_non_null(strstr(process.err_text, "--port seven"));
	assert_ptr_equal(strchr(process.err_text, '\n') + 1, process.err_text + process.err_size);
	process_end(&process);
}

static void help_and_version_go_to_stdout_and_exit_0(void **state)
{
	static const char *const flags[] = { "--help", "--version" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct process process;

		process_start(&process, FLAGS("starlingd", flags[i]));
		assert_int_equal(process_finish(&process, 10), 0);
		assert_non_null(strstr(process.out_text, "starlingd"));
		assert_string_equal(process.err_text, "");
		process_end(&process);
	}
}

static void a_stop_says_goodbye_prints_totals_and_exits_0(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint16_t port = process_start_relay(&relay, NO_FLAGS);

		join(0, port, "ada");
		process_signal(&relay, signals[i]);
		assert_true(await(0, STARLING_ENDED, 1, 5));
		assert_int_equal(clients[0].last[STARLING_ENDED].reason, STARLING_REASON_STOPPING);
		/* The member has gone, so the relay need not wait a second for anybody. */
		assert_int_equal(process_finish(&relay, 0.5), 0);
		assert_non_null(strstr(relay.out_text, "\"members\":1"));
		assert_non_null(strstr(relay.err_text, "stops on"));
		tear_down(NULL);
	}
}

/* Starts the relay again on the port that it had. */
static void start_relay_again(uint16_t port)
{
	char text[8];

	process_end(&relay);
	snprintf(text, sizeof(text), "%u", port);
	process_start(&relay, FLAGS("starlingd", "--host", "127.0.0.1", "--port", text));
}

static void programs_come_back_after_a_restart_and_end_with_a_goodbye_for_good(void **state)
{
	static const char *const for_good[] = { "--goodbye-for-good" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint16_t port = process_start_relay(&relay, i == 1 ? FLAGS(for_good[0]) : NO_FLAGS);
		struct process bots;
		char text[8];

		snprintf(text, sizeof(text), "%u", port);
		join(0, port, "ada");
		process_start(&bots,
			      FLAGS("starling", "bots", "1", "--port", text, "--seconds", "30"));
		assert_true(await(0, STARLING_MEMBER_JOINED, 1, 10));
		process_signal(&relay, SIGTERM);
		assert_true(await(0, STARLING_ENDED, 1, 5));
		assert_int_equal(process_finish(&relay, 2), 0);
		if (i == 1) {
			assert_int_equal(process_finish(&bots, 5), 1);
			assert_non_null(strstr(bots.err_text, "closes for good"));
		} else {
			start_relay_again(port);
			assert_true(process_await_err(&bots, "the relay is stopping", 5));
			assert_true(process_await_err(&bots, "back in the room", 5));
		}
		process_end(&bots);
		tear_down(NULL);
	}
}

static void a_stop_does_not_wait_for_members_that_do_not_answer(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);

	(void)state;
	join(0, port, "ada");
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 3), 0);
}

static void sigusr1_reports_and_the_relay_goes_on(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);

	(void)state;
	join(0, port, "ada");
	process_signal(&relay, SIGUSR1);
	assert_true(process_await_out(&relay, "\"deliveries\"", 5));
	join(1, port, "bob");
}

/* The answer to ENet's own client that connects with so many channels and these data. */
static enum wire_reason connect_with(uint16_t port, size_t channels, uint32_t data, char *text)
{
	char why[256];
	ENetAddress address = { .port = port };
	double until_s = process_now_s() + 5;
	enum wire_reason reason = WIRE_REASON_COUNT;
	ENetHost *host;

	assert_int_equal(platform_init(why, sizeof(why)), 0);
	enet_address_set_host_ip(&address, "127.0.0.1");
	host = enet_host_create(NULL, 1, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(host);
	assert_non_null(enet_host_connect(host, &address, channels, data));
	while (process_now_s() < until_s) {
		struct wire_disconnect notice;
		ENetEvent event;

		if (enet_host_service(host, &event, 10) <= 0)
			continue;
		if (event.type == ENET_EVENT_TYPE_RECEIVE) {
			assert_int_equal(wire_disconnect_decode(event.packet->data,
								event.packet->dataLength,
								WIRE_REFUSED, &notice),
					 WIRE_OK);
			reason = notice.reason;
			memcpy(text, notice.text.data, notice.text.size);
			text[notice.text.size] = '\0';
			enet_packet_destroy(event.packet);
		}
		if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
			assert_int_equal(event.data, reason == WIRE_REASON_CHANNELS
							     ? wire_reason_data(reason)
							     : wire_connect_data());
			break;
		}
	}
	assert_true(process_now_s() < until_s);
	enet_host_destroy(host);
	return reason;
}

static void another_version_is_refused_with_both_versions_named(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);
	char text[WIRE_TEXT_MAX_BYTES + 1];

	(void)state;
	assert_int_equal(connect_with(port, WIRE_CHANNEL_COUNT, WIRE_MAGIC | 200, text),
			 WIRE_REASON_VERSION);
	assert_non_null(strstr(text, "version 1"));
	assert_non_null(strstr(text, "version 200"));
}

static void a_stranger_is_disconnected_without_a_message(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);
	char text[WIRE_TEXT_MAX_BYTES + 1];

	(void)state;
	assert_int_equal(connect_with(port, WIRE_CHANNEL_COUNT, 0, text), WIRE_REASON_COUNT);
}

static void a_client_with_too_few_channels_is_refused(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);
	char text[WIRE_TEXT_MAX_BYTES + 1];

	(void)state;
	for (size_t channels = 1; channels < WIRE_CHANNEL_COUNT; channels++) {
		char said[64];

		assert_int_equal(connect_with(port, channels, wire_connect_data(), text),
				 WIRE_REASON_CHANNELS);
		snprintf(said, sizeof(said), "%zu of 4 channels", channels);
		assert_non_null(strstr(text, said));
	}
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 5), 0);
	assert_true(process_figure(&relay, "\"parted\":{", "CHANNELS") == 3);
	assert_non_null(strstr(relay.err_text, "CHANNELS: you connected with 1 of 4 channels"));
}

static void a_full_relay_says_so_counts_and_logs_it(void **state)
{
	uint16_t port = process_start_relay(&relay, FLAGS("--clients", "1", "-v"));
	char text[8];

	(void)state;
	snprintf(text, sizeof(text), "%u", port);
	join(0, port, "ada");
	process_expect_failure(FLAGS("starling", "bots", "1", "--port", text, "--patience", "0.3"),
			       1, "is full", "--clients");
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 5), 0);
	assert_true(process_figure(&relay, "\"declined\":{", "RELAY_FULL") >= 1);
	assert_true(process_figure(&relay, "\"declined\":{", "ADDRESS_FULL") == 0);
	assert_non_null(strstr(relay.err_text, "refuses 127.0.0.1:"));
	assert_non_null(strstr(relay.err_text, "RELAY_FULL: the relay is full; --clients is 1\n"));
}

static void a_game_started_again_after_a_crash_says_what_it_waits_for(void **state)
{
	uint16_t port =
		process_start_relay(&relay, FLAGS("--per-address", "1", "--timeout", "2", "-v"));
	struct process crashed, again;
	char text[8];

	(void)state;
	snprintf(text, sizeof(text), "%u", port);
	process_start(&crashed, FLAGS("starling", "bots", "1", "--port", text));
	assert_true(process_await_err(&relay, " joins room ", 10));
	process_end(&crashed);
	process_start(&again, FLAGS("starling", "bots", "1", "--port", text, "--seconds", "0.1",
				    "--patience", "20"));
	assert_true(process_await_err(
		&again, "the relay takes no more from this address; trying again", 10));
	assert_int_equal(process_finish(&again, 20), 0);
	process_end(&again);
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 5), 0);
	assert_true(process_figure(&relay, "\"declined\":{", "ADDRESS_FULL") >= 1);
	assert_non_null(strstr(relay.err_text, "; --per-address is 1\n"));
}

static void a_killed_member_leaves_the_room_for_others(void **state)
{
	uint16_t port = process_start_relay(&relay, FLAGS("--timeout", "1", "--grace", "1"));
	struct process bots;
	char text[8];

	(void)state;
	snprintf(text, sizeof(text), "%u", port);
	join(0, port, "ada");
	process_start(&bots, FLAGS("starling", "bots", "1", "--port", text));
	assert_true(await(0, STARLING_MEMBER_JOINED, 1, 10));
	process_signal(&bots, SIGKILL);
	assert_true(await(0, STARLING_MEMBER_LEFT, 1, 5));
	assert_int_equal(clients[0].last[STARLING_MEMBER_LEFT].reason, STARLING_REASON_LOST);
	assert_int_equal(starling_members(clients[0].session, NULL, 0), 0);
	join(1, port, "bob");
	process_end(&bots);
}

static void events_reach_all_others_or_one(void **state)
{
	uint16_t port = process_start_relay(&relay, NO_FLAGS);
	static const unsigned heard[3][3] = { { 1, 1, 1 }, { 0, 1, 1 }, { 0, 0, 1 } };
	unsigned sum[3] = { 0 };
	struct starling_settings settings;

	(void)state;
	for (size_t n = 0; n < 3; n++)
		join(n, port, "client");
	starling_settings(clients[2].session, &settings);
	for (int scope = STARLING_TO_ALL; scope <= STARLING_TO_ONE; scope++) {
		uint32_t to = scope == STARLING_TO_ONE ? settings.member : 0;

		assert_int_equal(starling_send(clients[0].session, (enum starling_scope)scope, to,
					       "hello", 5, true),
				 0);
		for (size_t n = 0; n < 3; n++) {
			sum[n] += heard[scope][n];
			assert_true(await(n, STARLING_MESSAGE, sum[n], 5));
		}
	}
	for (int i = 0; i < 20; i++)
		listen_all(0.005);
	for (size_t n = 0; n < 3; n++)
		assert_int_equal(clients[n].heard[STARLING_MESSAGE], sum[n]);
	assert_memory_equal(clients[2].data, "hello", 5);
}

static void a_connection_is_said_to_be_lost_once_however_often_it_is_tried_again(void **state)
{
	const uint16_t port = process_start_relay(&relay, NO_FLAGS);
	const char *first;
	struct process bots;
	char text[8];

	(void)state;
	snprintf(text, sizeof(text), "%u", port);
	process_start(&bots, FLAGS("starling", "bots", "1", "--port", text, "-v"));
	assert_true(process_await_err(&bots, "bot-1 is member 1\n", 10));
	process_end(&relay);
	assert_true(process_await_err(&bots, "the connection is lost; trying to rejoin\n", 20));
	assert_true(process_await_err(&bots, "bot-1: no answer from ", 20));
	/* More than a second later, so there was time for a second notice. */
	start_relay_again(port);
	assert_true(process_await_err(&bots, "back in the room\n", 20));
	first = strstr(bots.err_text, "trying to rejoin");
	assert_null(strstr(first + 1, "trying to rejoin"));
	process_end(&bots);
}

static void bots_of_which_some_found_no_place_fail_with_the_reason(void **state)
{
	struct process bots;
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u",
		 process_start_relay(&relay, FLAGS("--per-address", "2")));
	process_start(&bots, FLAGS("starling", "bots", "3", "--port", port, "--seconds", "0.5"));
	assert_int_equal(process_finish(&bots, 20), 1);
	assert_non_null(strstr(bots.err_text, "1 of 3 clients was never let in: the relay takes no "
					      "more from this address\n"));
	process_end(&bots);
}

static void a_relay_without_payloads_is_told_to_bots_and_replay(void **state)
{
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u", process_start_relay(&relay, FLAGS("--payload", "0")));
	process_expect_failure(FLAGS("starling", "bots", "2", "--port", port), 1,
			       "the relay takes no payload", "--payload 1");
	process_expect_failure(FLAGS("starling", "replay", "--port", port), 1,
			       "the relay takes no payload", "--payload 1");
}

static void a_full_room_refuses_with_the_reason(void **state)
{
	uint16_t port = process_start_relay(&relay, FLAGS("--members", "1"));

	(void)state;
	join(0, port, "ada");
	open_client(1, port, "bob");
	assert_true(await(1, STARLING_ENDED, 1, 10));
	assert_int_equal(clients[1].last[STARLING_ENDED].reason, STARLING_REASON_ROOM_FULL);
	assert_non_null(strstr(clients[1].text, "lobby"));
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

static void a_crowd_gets_in_at_once_and_out_again(void **state)
{
	struct process bots;
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u",
		 process_start_relay(&relay, FLAGS("--members", "300", "--clients", "300",
						   "--per-address", "300", "--json")));
	process_start(&bots, FLAGS("starling", "bots", "300", "--port", port, "--seconds", "1",
				   "--rate", "2", "--json"));
	assert_int_equal(process_finish(&bots, 30), 0);
	assert_int_equal(process_figure(&bots, NULL, "joined"), 300);
	assert_int_equal(process_figure(&bots, NULL, "rejoins"), 0);
	process_end(&bots);
	process_signal(&relay, SIGINT);
	assert_int_equal(process_finish(&relay, 10), 0);
	assert_int_equal(process_figure(&relay, "total", "members"), 300);
	assert_int_equal(process_figure(&relay, "parted", "LEFT"), 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(a_taken_port_gets_its_sentence_and_exit_1),
		E2E(misuse_is_one_line_on_stderr_and_exit_2),
		E2E(help_and_version_go_to_stdout_and_exit_0),
		E2E(a_stop_says_goodbye_prints_totals_and_exits_0),
		E2E(programs_come_back_after_a_restart_and_end_with_a_goodbye_for_good),
		E2E(a_stop_does_not_wait_for_members_that_do_not_answer),
		E2E(sigusr1_reports_and_the_relay_goes_on),
		E2E(another_version_is_refused_with_both_versions_named),
		E2E(a_stranger_is_disconnected_without_a_message),
		E2E(a_client_with_too_few_channels_is_refused),
		E2E(a_full_relay_says_so_counts_and_logs_it),
		E2E(a_game_started_again_after_a_crash_says_what_it_waits_for),
		E2E(a_killed_member_leaves_the_room_for_others),
		E2E(events_reach_all_others_or_one),
		E2E(a_connection_is_said_to_be_lost_once_however_often_it_is_tried_again),
		E2E(bots_of_which_some_found_no_place_fail_with_the_reason),
		E2E(a_relay_without_payloads_is_told_to_bots_and_replay),
		E2E(a_full_room_refuses_with_the_reason),
		E2E(a_crowd_gets_in_at_once_and_out_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
