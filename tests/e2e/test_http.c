/* A real relay's answers and refusals over HTTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <signal.h>
#include <unistd.h>

#include "tests/fixtures/net/ipv6.h"
#include "tests/fixtures/relay/watched_relay.h"
#include "tests/fixtures/row_tests.h"
#include "tests/fixtures/web/http.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define LOCAL      "Host: localhost\r\n"

static void expect(const char *path, const char *lines, unsigned status, const char *says)
{
	char *answer = http_get(watched.http_port, path, lines);

	if (http_status(answer) != status || !strstr(http_body(answer), says))
		fail_msg("%s: %s", path, answer);
	free(answer);
}

/* Starting. */

static void a_port_that_is_taken_is_said_and_ends_the_start(void **state)
{
	char place[32];

	(void)state;
	watched_relay_start(WORDS("-q"));
	snprintf(place, sizeof(place), "127.0.0.1:%u", watched.http_port);
	process_expect_failure(WORDS("starlingd", "--port", "0", "--http", place), 1,
			       "cannot listen on TCP 127.0.0.1:", "Address already in use; stop");
}

static void the_log_names_the_page_and_who_may_see_it(void **state)
{
	char line[80];

	(void)state;
	watched_relay_start(WORDS("--no-sandbox"));
	snprintf(line, sizeof(line), "at http://127.0.0.1:%u/, to all on this machine\n",
		 watched.http_port);
	assert_true(process_await_err(&watched.relay, line, 10));
	watched_relay_tear_down(NULL);
	watched_relay_start_guarded(WORDS(NULL));
	snprintf(line, sizeof(line), "at http://127.0.0.1:%u/, to all who bring the token\n",
		 watched.http_port);
	assert_true(process_await_err(&watched.relay, line, 10));
}

static void an_address_that_is_not_ours_is_said(void **state)
{
	(void)state;
	watched_relay_write_token(WATCHED_TOKEN, 0600);
	process_expect_failure(WORDS("starlingd", "--port", "0", "--http", "192.0.2.1:0",
				     "--http-token-file", watched.token_file),
			       1, "cannot listen on TCP 192.0.2.1:0", "an address of this machine");
	process_expect_failure(WORDS("starlingd", "--port", "0", "--http", "localhost:0"), 2,
			       "--http \"localhost\" is no loopback address in figures",
			       "127.0.0.1");
}

static void flags_that_contradict_each_other_are_misuse(void **state)
{
	(void)state;
	process_expect_failure(WORDS("starlingd", "--port", "0", "--http", "0.0.0.0"), 2,
			       "others may reach it", "--http-token-file");
	process_expect_failure(WORDS("starlingd", "--port", "0", "--http-token-file", "/x"), 2,
			       "of no use without --http", "give both");
	process_expect_failure(WORDS("starlingd", "--check", "--http", "127.0.0.1:x"), 2,
			       "--http:", "127.0.0.1:x");
}

/* Refusals. */

static const struct refused {
	const char *name, *request;
	unsigned status;
	const char *reason; /* that counts it */
} refused[] = {
	{ "what is no request", "hello\r\n\r\n", 400, "malformed" },
	{ "a handshake of TLS", "\x16\x03\x01\x02", 400, "malformed" },
	{ "no host", "GET / HTTP/1.1\r\n\r\n", 400, "malformed" },
	{ "a feed that is none", "GET /feed HTTP/1.1\r\n" LOCAL "\r\n", 400, "malformed" },
	{ "another host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "foreign" },
	{ "another origin",
	  "GET /status.json HTTP/1.1\r\n" LOCAL "Origin: http://evil.example\r\n\r\n", 403,
	  "foreign" },
	{ "nothing", "GET /nothing HTTP/1.1\r\n" LOCAL "\r\n", 404, "not_found" },
	{ "a way up", "GET /../etc/passwd HTTP/1.1\r\n" LOCAL "\r\n", 404, "not_found" },
	{ "another method", "POST / HTTP/1.1\r\n" LOCAL "\r\n", 405, "not_get" },
	{ "a body", "GET / HTTP/1.1\r\n" LOCAL "Content-Length: 5\r\n\r\nhello", 413, "has_body" },
};

static void is_refused_in_plain_text_and_counted(void **state)
{
	const struct refused *row = *state;
	char *answer, metric[96];

	watched_relay_start(WORDS("-q"));
	snprintf(metric, sizeof(metric), "starling_http_refused_total{reason=\"%s\"} ",
		 row->reason);
	assert_true(watched_relay_metric(metric) == 0);
	answer = http_ask(watched.http_port, row->request);
	if (http_status(answer) != row->status ||
	    !strstr(answer, "\r\nContent-Type: text/plain; charset=utf-8\r\n"))
		fail_msg("%s", answer);
	free(answer);
	watched_relay_await_metric(metric, 1);
}

static void every_answer_lets_a_page_do_little(void **state)
{
	static const char *const lines[] = {
		"\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; ",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nReferrer-Policy: no-referrer\r\n",
		"\r\nCache-Control: no-store\r\n",
		"frame-ancestors 'none'",
	};
	static const char *const paths[] = { "/", "/status.json", "/metrics", "/live", "/nothing" };

	(void)state;
	watched_relay_start(WORDS("-q"));
	for (size_t i = 0; i < ROW_TESTS_COUNT(paths); i++) {
		char *answer = http_get(watched.http_port, paths[i], "");

		for (size_t n = 0; n < ROW_TESTS_COUNT(lines); n++)
			assert_non_null(strstr(answer, lines[n]));
		assert_null(strstr(answer, "Access-Control-Allow"));
		free(answer);
	}
}

static void who_brings_no_token_learns_only_that_it_lives(void **state)
{
	(void)state;
	watched_relay_start_guarded(WORDS("-q"));
	expect("/live", "", 200, "live");
	expect("/ready", "", 200, "ready");
	expect("/", "", 200, "<html");
	expect("/status.json", "", 401, "Authorization: Bearer");
	expect("/metrics", "Authorization: Bearer " WATCHED_TOKEN "0\r\n", 401, "bring the token");
	expect("/metrics?token=" WATCHED_TOKEN, "", 401, "bring the token");
	expect("/metrics", "Authorization: Bearer " WATCHED_TOKEN "\r\n", 200,
	       "starling_build_info{");
	expect("/status.json", "Authorization: Bearer " WATCHED_TOKEN "\r\n", 200, "{\"relay\":{");
}

/* IPv6. */

/* `%u` stands for the port. */
static const struct {
	const char *lines;
	unsigned status;
} on_ipv6[] = {
	{ "Host: [::1]:%u\r\n", 200 },
	{ "Host: [::1]\r\n", 200 },
	{ "Host: localhost:%u\r\n", 200 },
	{ "Host: [::1]:%u\r\nOrigin: http://[::1]:%u\r\n", 200 },
	{ "Host: [::1]:%u\r\nOrigin: http://[::1]:80\r\n", 403 },
	{ "Host: [::1]:%u\r\nOrigin: http://127.0.0.1:%u\r\n", 403 },
	{ "Host: [::1]:%u\r\nOrigin: http://evil.example\r\n", 403 },
	{ "Host: [::2]:%u\r\n", 403 },
	{ "Host: ::1\r\n", 403 },
	{ "Host: [::1].evil.example:%u\r\n", 403 },
	{ "Host: evil.example:%u\r\n", 403 },
};

/* Writes the lines with the port in them. */
static void write_request(char *request, size_t size, const char *lines)
{
	char port[8];
	size_t at = (size_t)snprintf(request, size, "GET /live HTTP/1.1\r\n");

	snprintf(port, sizeof(port), "%u", watched.http_port);
	for (const char *mark; (mark = strstr(lines, "%u")); lines = mark + 2)
		at += (size_t)snprintf(request + at, size - at, "%.*s%s", (int)(mark - lines),
				       lines, port);
	snprintf(request + at, size - at, "%s\r\n", lines);
}

static void a_relay_on_ipv6_answers_those_who_name_its_own_loopback(void **state)
{
	char request[256];

	(void)state;
	ipv6_need();
	watched_relay_start(WORDS("-q", "--http", "[::1]:0"));
	for (size_t i = 0; i < ROW_TESTS_COUNT(on_ipv6); i++) {
		char *answer;

		write_request(request, sizeof(request), on_ipv6[i].lines);
		answer = http_ask_at("::1", watched.http_port, request);
		if (http_status(answer) != on_ipv6[i].status)
			fail_msg("%s: %s", request, answer);
		if (on_ipv6[i].status == 200)
			assert_non_null(strstr(http_body(answer), "live"));
		free(answer);
	}
}

static void the_log_names_a_page_on_ipv6(void **state)
{
	char line[80];

	(void)state;
	ipv6_need();
	watched_relay_start(WORDS("--http", "[::1]:0"));
	snprintf(line, sizeof(line), "at http://[::1]:%u/, to all on this machine\n",
		 watched.http_port);
	assert_true(process_await_err(&watched.relay, line, 10));
}

/* Documents. */

static const cJSON *member_of(const cJSON *document, int index)
{
	const cJSON *members = cJSON_GetObjectItemCaseSensitive(document, "members");

	return cJSON_GetArrayItem(members, index);
}

static double number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item))
		fail_msg("%s is no number", name);
	return item->valuedouble;
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void the_status_has_rooms_members_and_the_configuration(void **state)
{
	const cJSON *member, *configuration;
	cJSON *document;
	char *answer;

	(void)state;
	watched_relay_start(WORDS("-q", "--members", "17"));
	watched_relay_let_in(3, WORDS("--mode", "sequenced", "--room", "pitch"));
	usleep(1200000);
	answer = http_get(watched.http_port, "/status.json", "");
	document = cJSON_Parse(http_body(answer));
	assert_non_null(document);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "members")), 3);
	member = member_of(document, 1);
	assert_string_equal(text_of(member, "room"), "pitch");
	assert_string_equal(text_of(member, "name"), "bot-2");
	assert_string_equal(text_of(member, "mode"), "sequenced");
	assert_true(number(member, "rtt_ms") < 1000);
	assert_true(number(member, "age_ms") < 1000);
	assert_true(number(member, "age_p50_ms") <= number(member, "age_p99_ms"));
	assert_true(number(member, "loss_up") == 0);
	assert_true(number(member, "budget") == 1);
	assert_true(number(cJSON_GetObjectItem(document, "rates"), "updates_in") > 10);
	configuration = cJSON_GetObjectItem(document, "configuration");
	assert_true(number(configuration, "members") == 17);
	assert_string_equal(text_of(configuration, "http"), "127.0.0.1:0");
	cJSON_Delete(document);
	free(answer);
}

static void names_that_would_break_a_page_are_text(void **state)
{
	static const char room[] = "</script><b>&'\"\\", name[] = "<img src=x onerror=1>";
	const cJSON *member;
	cJSON *document;
	char *answer;

	(void)state;
	watched_relay_start(WORDS("-q"));
	watched_relay_let_in(1, WORDS("--room", room, "--name", name));
	answer = http_get(watched.http_port, "/status.json", "");
	assert_null(strpbrk(http_body(answer), "<>&"));
	document = cJSON_Parse(http_body(answer));
	member = member_of(document, 0);
	assert_string_equal(text_of(member, "room"), room);
	assert_memory_equal(text_of(member, "name"), name, strlen(name));
	cJSON_Delete(document);
	free(answer);
	/* No label is a client's. */
	answer = http_get(watched.http_port, "/metrics", "");
	assert_null(strstr(http_body(answer), "img"));
	assert_null(strstr(http_body(answer), "script"));
	free(answer);
}

static void what_members_do_moves_the_metrics(void **state)
{
	double ended, due;

	(void)state;
	watched_relay_start(WORDS("-q"));
	assert_true(watched_relay_metric("starling_members ") == 0);
	watched_relay_let_in(4, WORDS("--rate", "50"));
	usleep(500000);
	assert_true(watched_relay_metric("starling_peers{state=\"member\"} ") == 4);
	assert_true(watched_relay_metric("starling_rooms ") == 1);
	assert_true(watched_relay_metric("starling_connections_total ") == 4);
	assert_true(watched_relay_metric("starling_updates_received_total ") > 40);
	assert_true(watched_relay_metric("starling_datagrams_received_total ") > 40);
	assert_true(watched_relay_metric("starling_sent_bytes_total ") > 1000);
	assert_true(watched_relay_metric("starling_flush_duration_seconds_count ") > 10);
	assert_true(watched_relay_metric("starling_loop_lateness_seconds_count ") > 0);
	assert_true(watched_relay_metric("starling_member_age_seconds_count ") > 1);
	assert_true(watched_relay_metric("starling_cpu_seconds_total{mode=\"user\"} ") >= 0);
	ended = watched_relay_metric("starling_deliveries_ended_total{cause=\"delivered\"} ");
	due = watched_relay_metric("starling_deliveries_due_total ");
	assert_true(ended > 0 && ended <= due);
	process_signal(&watched.bots, SIGTERM);
	process_finish(&watched.bots, 10);
	watched_relay_await_metric("starling_disconnects_total{reason=\"LEFT\"} ", 4);
}

static void a_full_relay_is_not_ready(void **state)
{
	(void)state;
	watched_relay_start(WORDS("-q", "--clients", "1"));
	expect("/ready", "", 200, "ready");
	watched_relay_let_in(1, WORDS(NULL));
	expect("/ready", "", 503, "not ready: it is full");
	expect("/live", "", 200, "live");
	watched_relay_await_metric("starling_ready ", 0);
}

static void a_relay_that_stops_is_not_ready(void **state)
{
	(void)state;
	watched_relay_start(WORDS("-q"));
	watched_relay_let_in(1, WORDS(NULL));
	/* Who does not acknowledge the goodbye keeps the relay for a second. */
	process_signal(&watched.bots, SIGSTOP);
	process_signal(&watched.relay, SIGTERM);
	usleep(300000);
	expect("/ready", "", 503, "not ready: it stops");
	process_signal(&watched.bots, SIGCONT);
	assert_int_equal(process_finish(&watched.relay, 10), 0);
}

static void the_report_counts_requests_too(void **state)
{
	(void)state;
	watched_relay_start(WORDS("-q"));
	expect("/nothing", "", 404, "nothing here");
	process_signal(&watched.relay, SIGTERM);
	assert_int_equal(process_finish(&watched.relay, 10), 0);
	assert_true(process_figure(&watched.relay, "http_refused", "not_found") == 1);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(a_port_that_is_taken_is_said_and_ends_the_start),
		cmocka_unit_test(the_log_names_the_page_and_who_may_see_it),
		cmocka_unit_test(an_address_that_is_not_ours_is_said),
		cmocka_unit_test(flags_that_contradict_each_other_are_misuse),
		cmocka_unit_test(every_answer_lets_a_page_do_little),
		cmocka_unit_test(who_brings_no_token_learns_only_that_it_lives),
		cmocka_unit_test(a_relay_on_ipv6_answers_those_who_name_its_own_loopback),
		cmocka_unit_test(the_log_names_a_page_on_ipv6),
		cmocka_unit_test(the_status_has_rooms_members_and_the_configuration),
		cmocka_unit_test(names_that_would_break_a_page_are_text),
		cmocka_unit_test(what_members_do_moves_the_metrics),
		cmocka_unit_test(a_full_relay_is_not_ready),
		cmocka_unit_test(a_relay_that_stops_is_not_ready),
		cmocka_unit_test(the_report_counts_requests_too),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(single) + ROW_TESTS_COUNT(refused)];
	size_t count = ROW_TESTS_COUNT(single);

	memcpy(tests, single, sizeof(single));
	ROW_TESTS_ADD(tests, count, refused, is_refused_in_plain_text_and_counted);
	for (size_t i = 0; i < count; i++)
		tests[i].teardown_func = watched_relay_tear_down;
	return _cmocka_run_group_tests("http", tests, count, NULL, NULL);
}
