/* Each step shows what its calls really returned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/tour/chapter.h"
#include "tests/fixtures/client/tour_steps.h"

static void an_address_is_an_ip_and_a_port(void **state)
{
	cJSON *steps = tour_steps_play(1);
	const cJSON *bind = tour_steps_find(steps, "bind");
	const cJSON *ephemeral = tour_steps_call(tour_steps_find(steps, "ephemeral"), 0, "sendto");
	char own[32];

	(void)state;
	tour_steps_assert_call(tour_steps_find(steps, "endpoint"), 0, "socket", "SOCK_DGRAM", 3);
	assert_true(tour_steps_draws(tour_steps_find(steps, "endpoint"), "no address yet"));
	snprintf(own, sizeof(own), "127.0.0.1:%u", tour_steps_port(ephemeral));
	assert_true(tour_steps_draws(bind, own));
	tour_steps_assert_error(tour_steps_find(steps, "taken"), 1, "bind", "EADDRINUSE");
	cJSON_Delete(steps);
}

static void a_taken_port_gives_another_one_and_the_step_says_so(void **state)
{
	struct call_request request = call_socket(SOCK_DGRAM);
	int fd = call_make(&request).fd;
	const cJSON *bind;
	cJSON *steps;

	(void)state;
	assert_true(fd >= 0);
	request = call_bind(fd, call_loopback(7777));
	/* Another program may have it already, which serves as well. */
	(void)call_make(&request);
	steps = tour_steps_play(1);
	bind = tour_steps_find(steps, "bind");
	close(fd);
	tour_steps_assert_error(bind, 0, "bind", "EADDRINUSE");
	tour_steps_assert_call(bind, 1, "bind", "port 0", 0);
	assert_non_null(strstr(tour_steps_text(bind, "says"), "Port 7777 was taken"));
	cJSON_Delete(steps);
}

static void two_clients_get_two_ports_and_one_server_answers_both(void **state)
{
	cJSON *steps = tour_steps_play(1);
	const cJSON *pairs = tour_steps_find(steps, "pairs"),
		    *many = tour_steps_find(steps, "many");
	const cJSON *first = tour_steps_call(pairs, 0, "recvfrom"),
		    *second = tour_steps_call(pairs, 1, "recvfrom");

	(void)state;
	assert_int_not_equal(tour_steps_port(first), tour_steps_port(second));
	assert_int_equal(tour_steps_port(tour_steps_call(many, 0, "sendto")),
			 tour_steps_port(first));
	assert_int_equal(tour_steps_port(tour_steps_call(many, 1, "sendto")),
			 tour_steps_port(second));
	tour_steps_assert_call(many, 2, "recvfrom", "\"welcome, A\"", 10);
	tour_steps_assert_call(many, 3, "recvfrom", "\"welcome, B\"", 10);
	cJSON_Delete(steps);
}

static void a_low_port_is_refused_or_the_step_says_why_not(void **state)
{
	cJSON *steps = tour_steps_play(1);
	const cJSON *low = tour_steps_find(steps, "low");
	const cJSON *calls = cJSON_GetObjectItem(low, "calls");
	const cJSON *bind = tour_steps_call(low, cJSON_GetArraySize(calls) - 2, "bind");

	(void)state;
	assert_int_equal(tour_steps_port(bind), 80);
	assert_int_equal(strcmp(tour_steps_text(bind, "errno"), "EACCES") == 0,
			 strstr(tour_steps_text(low, "says"), "refuses them") != NULL);
	cJSON_Delete(steps);
}

static void three_processes_talk_both_ways(void **state)
{
	cJSON *steps = tour_steps_play(2);
	const cJSON *second = tour_steps_find(steps, "second"),
		    *hello = tour_steps_find(steps, "hello");
	int server = tour_steps_number(tour_steps_call(hello, 0, "socket"), "pid");
	int client_a = tour_steps_number(tour_steps_call(hello, 2, "socket"), "pid");
	int client_b = tour_steps_number(tour_steps_call(second, 0, "socket"), "pid");

	(void)state;
	assert_true(server != client_a && client_a != client_b && server != client_b);
	assert_true(server != getpid() && client_a != getpid() && client_b != getpid());
	tour_steps_assert_call(hello, 4, "recvfrom", "\"hello, flock\"", 12);
	tour_steps_assert_call(tour_steps_find(steps, "answer"), 1, "recvfrom", "\"welcome\"", 7);
	tour_steps_assert_call(second, 4, "recvfrom", "\"welcome, B\"", 10);
	cJSON_Delete(steps);
}

static void a_datagram_keeps_its_boundaries_or_loses_its_rest(void **state)
{
	cJSON *steps = tour_steps_play(2);
	const cJSON *two = tour_steps_find(steps, "boundaries"),
		    *small = tour_steps_find(steps, "small");

	(void)state;
	tour_steps_assert_call(two, 2, "recvfrom", "\"one\", 64", 3);
	tour_steps_assert_call(two, 3, "recvfrom", "\"two, longer\", 64", 11);
	tour_steps_assert_call(small, 1, "recvfrom", "\"a lon\", 5, MSG_TRUNC", 15);
	tour_steps_assert_error(small, 2, "recvfrom", "EAGAIN");
	cJSON_Delete(steps);
}

static void one_byte_too_long_is_refused(void **state)
{
	cJSON *steps = tour_steps_play(2);
	const cJSON *step = tour_steps_find(steps, "long");

	(void)state;
	tour_steps_assert_call(step, 0, "sendto", "65507", 65507);
	tour_steps_assert_error(step, 1, "sendto", "EMSGSIZE");
	tour_steps_assert_call(step, 2, "recvfrom", "65507", 65507);
	cJSON_Delete(steps);
}

static void the_bad_link_loses_one_doubles_one_and_lets_one_overtake(void **state)
{
	cJSON *steps = tour_steps_play(2);
	const cJSON *lost = tour_steps_find(steps, "lost"),
		    *twice = tour_steps_find(steps, "twice");
	const cJSON *overtaken = tour_steps_find(steps, "overtaken");

	(void)state;
	tour_steps_assert_call(lost, 2, "recvfrom", "\"1\"", 1);
	tour_steps_assert_error(lost, 3, "recvfrom", "EAGAIN");
	assert_true(tour_steps_draws(lost, "x lost"));
	tour_steps_assert_call(twice, 1, "recvfrom", "\"3\"", 1);
	tour_steps_assert_call(twice, 2, "recvfrom", "\"3\"", 1);
	tour_steps_assert_call(overtaken, 0, "sendto", "\"4\"", 1);
	tour_steps_assert_call(overtaken, 2, "recvfrom", "\"5\"", 1);
	tour_steps_assert_call(overtaken, 3, "recvfrom", "\"4\"", 1);
	cJSON_Delete(steps);
}

static void nobody_is_noticed_only_when_connected(void **state)
{
	cJSON *steps = tour_steps_play(2);
	const cJSON *step = tour_steps_find(steps, "nobody");

	(void)state;
	tour_steps_assert_call(step, 1, "sendto", "\"anyone?\"", 7);
	tour_steps_assert_call(step, 2, "poll", "POLLIN", 0);
	tour_steps_assert_call(step, 4, "send", "\"anyone?\"", 7);
	tour_steps_assert_error(step, 5, "recv", "ECONNREFUSED");
	cJSON_Delete(steps);
}

static void two_connections_wait_in_the_queue_until_they_are_accepted(void **state)
{
	cJSON *steps = tour_steps_play(3);
	const cJSON *accept = tour_steps_find(steps, "accept");

	(void)state;
	tour_steps_assert_call(tour_steps_find(steps, "connect"), 4, "getsockopt", "{2 of 4 wait}",
			       0);
	tour_steps_assert_call(accept, 0, "accept", "3, {127.0.0.1", 4);
	tour_steps_assert_call(accept, 1, "accept", "3, {127.0.0.1", 5);
	tour_steps_assert_call(accept, 2, "getsockopt", "{0 of 4 wait}", 0);
	assert_true(tour_steps_draws(accept, "listens"));
	cJSON_Delete(steps);
}

static void a_stream_goes_both_ways_and_has_no_boundaries(void **state)
{
	cJSON *steps = tour_steps_play(3);
	const cJSON *talk = tour_steps_find(steps, "talk"),
		    *pieces = tour_steps_find(steps, "pieces");

	(void)state;
	tour_steps_assert_call(talk, 1, "read", "4, \"hello, server\"", 13);
	tour_steps_assert_call(talk, 3, "read", "3, \"hello, A\"", 8);
	tour_steps_assert_call(tour_steps_find(steps, "boundaries"), 3, "read", "onetwo, longer",
			       14);
	tour_steps_assert_call(pieces, 1, "read", "\"in pi\", 5", 5);
	tour_steps_assert_call(pieces, 2, "read", "\"eces\"", 4);
	cJSON_Delete(steps);
}

/* The first number of milliseconds in a step's sentences. */
static double ms_of(const cJSON *step)
{
	const char *at = strstr(tour_steps_text(step, "says"), " ms");

	assert_non_null(at);
	while (at[-1] == '.' || isdigit((unsigned char)at[-1]))
		at--;
	return strtod(at, NULL);
}

static void a_lost_segment_holds_the_next_one_up_until_it_is_sent_again(void **state)
{
	cJSON *steps = tour_steps_play(3);
	const cJSON *lost = tour_steps_find(steps, "lost");

	(void)state;
	tour_steps_assert_call(lost, 0, "setsockopt", "SO_ATTACH_FILTER", 0);
	tour_steps_assert_call(lost, 4, "ioctl", "{0}", 0);
	tour_steps_assert_call(lost, 5, "ioctl", "{11}", 0);
	tour_steps_assert_call(lost, 6, "read", "\"firstsecond\"", 11);
	/* Linux waits for 200 ms at least before it sends the first segment again. */
	assert_true(ms_of(lost) > 100);
	assert_true(ms_of(lost) > ms_of(tour_steps_find(steps, "quick")));
	cJSON_Delete(steps);
}

static void a_closed_stream_reads_as_nothing_and_breaks_a_later_write(void **state)
{
	cJSON *steps = tour_steps_play(3);
	const cJSON *step = tour_steps_find(steps, "close");

	(void)state;
	tour_steps_assert_call(step, 1, "read", "4, \"\"", 0);
	tour_steps_assert_call(step, 2, "write", "still there?", 12);
	tour_steps_assert_error(step, 3, "write", "EPIPE");
	tour_steps_assert_call(tour_steps_find(steps, "goodbye"), 2, "read", "3, \"\"", 0);
	cJSON_Delete(steps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_an_ip_and_a_port),
		cmocka_unit_test(a_taken_port_gives_another_one_and_the_step_says_so),
		cmocka_unit_test(two_clients_get_two_ports_and_one_server_answers_both),
		cmocka_unit_test(a_low_port_is_refused_or_the_step_says_why_not),
		cmocka_unit_test(three_processes_talk_both_ways),
		cmocka_unit_test(a_datagram_keeps_its_boundaries_or_loses_its_rest),
		cmocka_unit_test(one_byte_too_long_is_refused),
		cmocka_unit_test(the_bad_link_loses_one_doubles_one_and_lets_one_overtake),
		cmocka_unit_test(nobody_is_noticed_only_when_connected),
		cmocka_unit_test(two_connections_wait_in_the_queue_until_they_are_accepted),
		cmocka_unit_test(a_stream_goes_both_ways_and_has_no_boundaries),
		cmocka_unit_test(a_lost_segment_holds_the_next_one_up_until_it_is_sent_again),
		cmocka_unit_test(a_closed_stream_reads_as_nothing_and_breaks_a_later_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
