/* Chapter 4: what each step shows is what its calls and its processes really did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/tour/call.h"
#include "client/tour/chapters/http_text.h"
#include "tests/fixtures/client/tour_steps.h"

/* The chapter, played once for all tests, as it measures for some seconds; with its port taken. */
static cJSON *steps;

static int play(void **state)
{
	struct call_request request = call_socket(SOCK_STREAM);
	int fd = call_make(&request).fd;

	(void)state;
	request = call_bind(fd, call_loopback(8080));
	/* Another program may have it already, which serves as well. */
	(void)call_make(&request);
	steps = tour_steps_play(4);
	close(fd);
	return fd < 0;
}

static int forget(void **state)
{
	(void)state;
	cJSON_Delete(steps);
	return 0;
}

static bool says(const cJSON *step, const char *text)
{
	return strstr(tour_steps_text(step, "says"), text) != NULL;
}

static void a_web_server_is_a_listening_stream_socket_that_a_client_connects_to(void **state)
{
	const cJSON *step = tour_steps_find(steps, "serve");
	int calls = cJSON_GetArraySize(cJSON_GetObjectItem(step, "calls"));

	(void)state;
	tour_steps_assert_call(step, 0, "socket", "SOCK_STREAM", 3);
	tour_steps_assert_call(step, calls - 2, "connect", "127.0.0.1", 0);
	tour_steps_assert_call(step, calls - 1, "accept", "3, {127.0.0.1", 4);
	assert_true(tour_steps_draws(step, "SYN,SYN+ACK,ACK"));
	assert_true(tour_steps_draws(step, "listens"));
}

static void a_taken_port_gives_another_one_and_the_step_says_so(void **state)
{
	const cJSON *serve = tour_steps_find(steps, "serve");

	(void)state;
	tour_steps_assert_error(serve, 1, "bind", "EADDRINUSE");
	tour_steps_assert_call(serve, 2, "bind", "port 0", 0);
	assert_true(says(serve, "Port 8080, a usual one for trials, was taken"));
}

static void a_request_is_lines_and_a_blank_line_and_its_answer_has_a_body(void **state)
{
	const cJSON *request = tour_steps_find(steps, "request"),
		    *answer = tour_steps_find(steps, "answer");

	(void)state;
	tour_steps_assert_call(request, 0, "write", "GET /bird HTTP/1.1\\r\\nHost: localhost", 39);
	tour_steps_assert_call(request, 1, "read", "GET /bird HTTP/1.1\\r\\nHost: localhost", 39);
	assert_true(tour_steps_draws(request, "blank line"));
	tour_steps_assert_call(answer, 0, "write", "45", 45);
	tour_steps_assert_call(answer, 1, "read", "45 bytes", 45);
	assert_true(tour_steps_draws(answer, "HTTP/1.1 200 OK"));
	assert_true(tour_steps_draws(answer, "3.1 4.2"));
}

static void a_message_s_bytes_are_all_explained(void **state)
{
	static const char *const names[] = { "request", "answer" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const cJSON *bytes = cJSON_GetObjectItem(tour_steps_find(steps, names[i]), "bytes");
		const cJSON *field;
		int sum = 0;

		cJSON_ArrayForEach(field, cJSON_GetObjectItem(bytes, "fields"))
		{
			sum += ((int)strlen(tour_steps_text(field, "bytes")) + 1) / 3;
		}
		assert_int_equal(sum, tour_steps_number(bytes, "size"));
	}
}

static void a_kept_connection_has_questions_and_answers_and_no_handshake(void **state)
{
	const cJSON *kept = tour_steps_find(steps, "kept"), *call;

	(void)state;
	cJSON_ArrayForEach(call, cJSON_GetObjectItem(kept, "calls"))
	{
		const char *name = tour_steps_text(call, "call");

		assert_true(strcmp(name, "write") == 0 || strcmp(name, "read") == 0);
		assert_true(tour_steps_number(call, "result") > 0);
	}
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(kept, "calls")), 8);
	assert_true(says(kept, "so no handshake"));
}

static void a_name_is_unknown_without_its_cookie_and_known_with_it(void **state)
{
	const cJSON *forgets = tour_steps_find(steps, "forgets"),
		    *cookie = tour_steps_find(steps, "cookie");
	int plain = tour_steps_number(tour_steps_call(forgets, 4, "write"), "result");
	int with = tour_steps_number(tour_steps_call(cookie, 0, "write"), "result");
	char more[32];

	(void)state;
	assert_true(tour_steps_draws(forgets, "200 OK  Set-Cookie: name=robin"));
	assert_true(tour_steps_draws(forgets, "401 Unauthorized"));
	assert_true(tour_steps_draws(cookie, "GET /me  Cookie: name=robin"));
	assert_true(tour_steps_draws(cookie, "200 OK"));
	snprintf(more, sizeof(more), "%d bytes more", with - plain);
	assert_true(says(cookie, more));
}

static void a_datagram_s_sender_is_known_by_its_address(void **state)
{
	const cJSON *step = tour_steps_find(steps, "remembers");
	const cJSON *first = tour_steps_call(step, 4, "recvfrom"),
		    *second = tour_steps_call(step, 6, "recvfrom");

	(void)state;
	assert_int_equal(tour_steps_port(first), tour_steps_port(second));
	tour_steps_assert_call(step, 6, "recvfrom", "\"who am I?\"", 9);
	tour_steps_assert_call(step, 8, "recvfrom", "\"robin\"", 5);
}

static void nothing_comes_by_http_unasked_and_two_datagrams_do(void **state)
{
	const cJSON *step = tour_steps_find(steps, "push");

	(void)state;
	tour_steps_assert_call(step, 0, "poll", "{3, POLLIN}", 0);
	tour_steps_assert_call(step, 3, "recvfrom", "\"3.4 3.9\"", 7);
	tour_steps_assert_call(step, 4, "recvfrom", "\"3.5 3.8\"", 7);
}

static void an_answer_is_whole_when_all_of_its_body_has_come(void **state)
{
	static const char *const parts[] = { "", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n",
					     "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
					     "HTTP/1.1 200 OK\r\n\r\nabcd" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_null(http_text_body(parts[i]));
	assert_string_equal(http_text_body("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"),
			    "abcd");
}

static void a_request_gets_the_answer_that_it_alone_asks_for(void **state)
{
	static const struct {
		const char *path, *header, *status, *body;
	} rows[] = {
		{ "/bird", NULL, "200", "1.0 2.0" },
		{ "/login?name=wren", NULL, "200", "welcome, wren" },
		{ "/login?name=a\r\nb", NULL, "200", "welcome, a" },
		{ "/me", NULL, "401", "who are you?" },
		{ "/me", "Cookie: other=1", "401", "who are you?" },
		{ "/me", "Cookie: name=wren", "200", "wren" },
		{ "/", NULL, "404", "no such page" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char request[HTTP_TEXT_BYTES], answer[HTTP_TEXT_BYTES];

		assert_true(http_text_is_asked(
			http_text_request(request, rows[i].path, rows[i].header)));
		http_text_answer(answer, request, "1.0 2.0");
		assert_memory_equal(answer + 9, rows[i].status, 3);
		assert_string_equal(http_text_body(answer), rows[i].body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_web_server_is_a_listening_stream_socket_that_a_client_connects_to),
		cmocka_unit_test(a_taken_port_gives_another_one_and_the_step_says_so),
		cmocka_unit_test(a_request_is_lines_and_a_blank_line_and_its_answer_has_a_body),
		cmocka_unit_test(a_message_s_bytes_are_all_explained),
		cmocka_unit_test(a_kept_connection_has_questions_and_answers_and_no_handshake),
		cmocka_unit_test(a_name_is_unknown_without_its_cookie_and_known_with_it),
		cmocka_unit_test(a_datagram_s_sender_is_known_by_its_address),
		cmocka_unit_test(nothing_comes_by_http_unasked_and_two_datagrams_do),
		cmocka_unit_test(an_answer_is_whole_when_all_of_its_body_has_come),
		cmocka_unit_test(a_request_gets_the_answer_that_it_alone_asks_for),
	};

	return cmocka_run_group_tests(tests, play, forget);
}
