#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "client/tour/chapter.h"

/* Plays a chapter. Its steps as JSON objects, in an array. */
static cJSON *play(int number)
{
	struct tour tour = { .language = language_choose("en"), .is_json = true };
	cJSON *steps = cJSON_CreateArray();
	char *text = NULL, *line, *rest;
	size_t size = 0;

	tour.out = open_memstream(&text, &size);
	assert_non_null(tour.out);
	assert_true(chapter_play(&tour, chapter_find(number)));
	fclose(tour.out);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		cJSON *step = cJSON_Parse(line);

		assert_non_null(step);
		cJSON_AddItemToArray(steps, step);
	}
	free(text);
	return steps;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

	return text ? text : "";
}

static int number_of(const cJSON *object, const char *name)
{
	const cJSON *number = cJSON_GetObjectItem(object, name);

	assert_true(cJSON_IsNumber(number));
	return number->valueint;
}

static const cJSON *step_of(const cJSON *steps, const char *name)
{
	const cJSON *step;

	cJSON_ArrayForEach(step, steps)
	{
		if (strcmp(text_of(step, "name"), name) == 0)
			return step;
	}
	fail_msg("no step '%s'", name);
	return NULL;
}

/* The n-th call of a step, from 0, which must have this name. */
static const cJSON *call_of(const cJSON *step, int nth, const char *name)
{
	const cJSON *call = cJSON_GetArrayItem(cJSON_GetObjectItem(step, "calls"), nth);

	assert_non_null(call);
	assert_string_equal(text_of(call, "call"), name);
	return call;
}

static void assert_call(const cJSON *step, int nth, const char *name, const char *argument,
			int result)
{
	const cJSON *call = call_of(step, nth, name);

	if (!strstr(text_of(call, "arguments"), argument))
		fail_msg("%s(%s) lacks %s", name, text_of(call, "arguments"), argument);
	assert_int_equal(number_of(call, "result"), result);
}

static void assert_error(const cJSON *step, int nth, const char *name, const char *error)
{
	const cJSON *call = call_of(step, nth, name);

	assert_int_equal(number_of(call, "result"), -1);
	assert_string_equal(text_of(call, "errno"), error);
}

/* The port in a call's arguments. */
static unsigned port_of(const cJSON *call)
{
	const char *port = strstr(text_of(call, "arguments"), "port ");

	assert_non_null(port);
	return (unsigned)strtoul(port + 5, NULL, 10);
}

static bool picture_has(const cJSON *step, const char *text)
{
	const cJSON *line;

	cJSON_ArrayForEach(line, cJSON_GetObjectItem(step, "picture"))
	{
		if (strstr(cJSON_GetStringValue(line), text))
			return true;
	}
	return false;
}

static void an_address_is_an_ip_and_a_port(void **state)
{
	cJSON *steps = play(1);
	const cJSON *bind = step_of(steps, "bind");
	const cJSON *ephemeral = call_of(step_of(steps, "ephemeral"), 0, "sendto");
	char own[32];

	(void)state;
	assert_call(step_of(steps, "endpoint"), 0, "socket", "SOCK_DGRAM", 3);
	assert_true(picture_has(step_of(steps, "endpoint"), "no address yet"));
	snprintf(own, sizeof(own), "127.0.0.1:%u", port_of(ephemeral));
	assert_true(picture_has(bind, own));
	assert_error(step_of(steps, "taken"), 1, "bind", "EADDRINUSE");
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
	steps = play(1);
	bind = step_of(steps, "bind");
	close(fd);
	assert_error(bind, 0, "bind", "EADDRINUSE");
	assert_call(bind, 1, "bind", "port 0", 0);
	assert_non_null(strstr(text_of(bind, "says"), "Port 7777 was taken"));
	cJSON_Delete(steps);
}

static void two_clients_get_two_ports_and_one_server_answers_both(void **state)
{
	cJSON *steps = play(1);
	const cJSON *pairs = step_of(steps, "pairs"), *many = step_of(steps, "many");
	const cJSON *first = call_of(pairs, 0, "recvfrom"), *second = call_of(pairs, 1, "recvfrom");

	(void)state;
	assert_int_not_equal(port_of(first), port_of(second));
	assert_int_equal(port_of(call_of(many, 0, "sendto")), port_of(first));
	assert_int_equal(port_of(call_of(many, 1, "sendto")), port_of(second));
	assert_call(many, 2, "recvfrom", "\"welcome, A\"", 10);
	assert_call(many, 3, "recvfrom", "\"welcome, B\"", 10);
	cJSON_Delete(steps);
}

static void a_low_port_is_refused_or_the_step_says_why_not(void **state)
{
	cJSON *steps = play(1);
	const cJSON *low = step_of(steps, "low");
	const cJSON *calls = cJSON_GetObjectItem(low, "calls");
	const cJSON *bind = call_of(low, cJSON_GetArraySize(calls) - 2, "bind");

	(void)state;
	assert_int_equal(port_of(bind), 80);
	assert_int_equal(strcmp(text_of(bind, "errno"), "EACCES") == 0,
			 strstr(text_of(low, "says"), "refuses them") != NULL);
	cJSON_Delete(steps);
}

static void three_processes_talk_both_ways(void **state)
{
	cJSON *steps = play(2);
	const cJSON *second = step_of(steps, "second"), *hello = step_of(steps, "hello");
	int server = number_of(call_of(hello, 0, "socket"), "pid");
	int client_a = number_of(call_of(hello, 2, "socket"), "pid");
	int client_b = number_of(call_of(second, 0, "socket"), "pid");

	(void)state;
	assert_true(server != client_a && client_a != client_b && server != client_b);
	assert_true(server != getpid() && client_a != getpid() && client_b != getpid());
	assert_call(hello, 4, "recvfrom", "\"hello, flock\"", 12);
	assert_call(step_of(steps, "answer"), 1, "recvfrom", "\"welcome\"", 7);
	assert_call(second, 4, "recvfrom", "\"welcome, B\"", 10);
	cJSON_Delete(steps);
}

static void a_datagram_keeps_its_boundaries_or_loses_its_rest(void **state)
{
	cJSON *steps = play(2);
	const cJSON *two = step_of(steps, "boundaries"), *small = step_of(steps, "small");

	(void)state;
	assert_call(two, 2, "recvfrom", "\"one\", 64", 3);
	assert_call(two, 3, "recvfrom", "\"two, longer\", 64", 11);
	assert_call(small, 1, "recvfrom", "\"a lon\", 5, MSG_TRUNC", 15);
	assert_error(small, 2, "recvfrom", "EAGAIN");
	cJSON_Delete(steps);
}

static void one_byte_too_long_is_refused(void **state)
{
	cJSON *steps = play(2);
	const cJSON *step = step_of(steps, "long");

	(void)state;
	assert_call(step, 0, "sendto", "65507", 65507);
	assert_error(step, 1, "sendto", "EMSGSIZE");
	assert_call(step, 2, "recvfrom", "65507", 65507);
	cJSON_Delete(steps);
}

static void the_bad_link_loses_one_doubles_one_and_lets_one_overtake(void **state)
{
	cJSON *steps = play(2);
	const cJSON *lost = step_of(steps, "lost"), *twice = step_of(steps, "twice");
	const cJSON *overtaken = step_of(steps, "overtaken");

	(void)state;
	assert_call(lost, 2, "recvfrom", "\"1\"", 1);
	assert_error(lost, 3, "recvfrom", "EAGAIN");
	assert_true(picture_has(lost, "x lost"));
	assert_call(twice, 1, "recvfrom", "\"3\"", 1);
	assert_call(twice, 2, "recvfrom", "\"3\"", 1);
	assert_call(overtaken, 0, "sendto", "\"4\"", 1);
	assert_call(overtaken, 2, "recvfrom", "\"5\"", 1);
	assert_call(overtaken, 3, "recvfrom", "\"4\"", 1);
	cJSON_Delete(steps);
}

static void nobody_is_noticed_only_when_connected(void **state)
{
	cJSON *steps = play(2);
	const cJSON *step = step_of(steps, "nobody");

	(void)state;
	assert_call(step, 1, "sendto", "\"anyone?\"", 7);
	assert_call(step, 2, "poll", "POLLIN", 0);
	assert_call(step, 4, "send", "\"anyone?\"", 7);
	assert_error(step, 5, "recv", "ECONNREFUSED");
	cJSON_Delete(steps);
}

static void two_connections_wait_in_the_queue_until_they_are_accepted(void **state)
{
	cJSON *steps = play(3);
	const cJSON *accept = step_of(steps, "accept");

	(void)state;
	assert_call(step_of(steps, "connect"), 4, "getsockopt", "{2 of 4 wait}", 0);
	assert_call(accept, 0, "accept", "3, {127.0.0.1", 4);
	assert_call(accept, 1, "accept", "3, {127.0.0.1", 5);
	assert_call(accept, 2, "getsockopt", "{0 of 4 wait}", 0);
	assert_true(picture_has(accept, "listens"));
	cJSON_Delete(steps);
}

static void a_stream_goes_both_ways_and_has_no_boundaries(void **state)
{
	cJSON *steps = play(3);
	const cJSON *talk = step_of(steps, "talk"), *pieces = step_of(steps, "pieces");

	(void)state;
	assert_call(talk, 1, "read", "4, \"hello, server\"", 13);
	assert_call(talk, 3, "read", "3, \"hello, A\"", 8);
	assert_call(step_of(steps, "boundaries"), 3, "read", "onetwo, longer", 14);
	assert_call(pieces, 1, "read", "\"in pi\", 5", 5);
	assert_call(pieces, 2, "read", "\"eces\"", 4);
	cJSON_Delete(steps);
}

/* The first number of milliseconds in a step's sentences. */
static double ms_of(const cJSON *step)
{
	const char *at = strstr(text_of(step, "says"), " ms");

	assert_non_null(at);
	while (at[-1] == '.' || isdigit((unsigned char)at[-1]))
		at--;
	return strtod(at, NULL);
}

static void a_lost_segment_holds_the_next_one_up_until_it_is_sent_again(void **state)
{
	cJSON *steps = play(3);
	const cJSON *lost = step_of(steps, "lost");

	(void)state;
	assert_call(lost, 0, "setsockopt", "SO_ATTACH_FILTER", 0);
	assert_call(lost, 4, "ioctl", "{0}", 0);
	assert_call(lost, 5, "ioctl", "{11}", 0);
	assert_call(lost, 6, "read", "\"firstsecond\"", 11);
	/* Linux waits for 200 ms at least before it sends the first segment again. */
	assert_true(ms_of(lost) > 100);
	assert_true(ms_of(lost) > ms_of(step_of(steps, "quick")));
	cJSON_Delete(steps);
}

static void a_closed_stream_reads_as_nothing_and_breaks_a_later_write(void **state)
{
	cJSON *steps = play(3);
	const cJSON *step = step_of(steps, "close");

	(void)state;
	assert_call(step, 1, "read", "4, \"\"", 0);
	assert_call(step, 2, "write", "still there?", 12);
	assert_error(step, 3, "write", "EPIPE");
	assert_call(step_of(steps, "goodbye"), 2, "read", "3, \"\"", 0);
	cJSON_Delete(steps);
}

/* The fields' bytes, all together. */
static int field_bytes(const cJSON *bytes)
{
	int sum = 0;
	const cJSON *field;

	cJSON_ArrayForEach(field, cJSON_GetObjectItem(bytes, "fields"))
	{
		sum += ((int)strlen(text_of(field, "bytes")) + 1) / 3;
	}
	return sum;
}

static const char *value_of(const cJSON *bytes, const char *name)
{
	const cJSON *field;

	cJSON_ArrayForEach(field, cJSON_GetObjectItem(bytes, "fields"))
	{
		if (strcmp(text_of(field, "field"), name) == 0)
			return text_of(field, "value");
	}
	return "";
}

static void every_byte_of_a_snapshot_is_explained(void **state)
{
	cJSON *steps = play(5);
	const cJSON *bytes = cJSON_GetObjectItem(step_of(steps, "snapshot"), "bytes");

	(void)state;
	assert_int_equal(field_bytes(bytes), number_of(bytes, "size"));
	assert_string_equal(value_of(bytes, "type"), "8: SNAPSHOT");
	assert_string_equal(value_of(bytes, "  x"), "12500 grains = 12.500 m");
	assert_string_equal(value_of(bytes, "  z"), "1800 grains = 1.800 m");
	cJSON_Delete(steps);
}

static void the_client_s_first_datagram_is_caught_and_explained(void **state)
{
	cJSON *steps = play(6);
	const cJSON *bytes = cJSON_GetObjectItem(step_of(steps, "connect"), "bytes");

	(void)state;
	assert_int_equal(number_of(bytes, "size"), 52);
	assert_int_equal(field_bytes(bytes), 52);
	assert_non_null(strstr(value_of(bytes, "command"), "CONNECT"));
	assert_non_null(strstr(value_of(bytes, "our data"), "STL"));
	cJSON_Delete(steps);
}

/* Whether `name` and an opening bracket stand in lines `first` to `last` of an example. */
static bool example_calls(const char *file, unsigned first, unsigned last, const char *name)
{
	char path[128], line[256], call[32];
	bool has_call = false;
	unsigned at = 0;
	FILE *text;

	snprintf(path, sizeof(path), "client/tour/examples/%s", file);
	snprintf(call, sizeof(call), "%s(", name);
	text = fopen(path, "r");
	assert_non_null(text);
	while (fgets(line, sizeof(line), text) && ++at <= last)
		has_call |= at >= first && strstr(line, call);
	fclose(text);
	return has_call;
}

/* Whether a step's examples, as "a.c 1-2, b.c 3-4", make the call in the named lines. */
static bool code_calls(const char *code, const char *name)
{
	char file[64];
	unsigned first, last;
	int used;

	while (sscanf(code, "%63s %u-%u%n", file, &first, &last, &used) == 3) {
		if (example_calls(file, first, last, name))
			return true;
		code += used + (code[used] == ',');
	}
	return false;
}

/* Every call of the step, but for getsockopt, which the examples do without. */
static void assert_code_makes_calls(const cJSON *step)
{
	const char *code = text_of(step, "code");
	const cJSON *call;

	cJSON_ArrayForEach(call, cJSON_GetObjectItem(step, "calls"))
	{
		const char *name = text_of(call, "call");

		if (strcmp(name, "getsockopt") != 0 && !code_calls(code, name))
			fail_msg("%s has no %s()", code, name);
	}
}

static void the_named_lines_of_the_examples_make_the_step_s_calls(void **state)
{
	unsigned named = 0;

	(void)state;
	for (int chapter = 2; chapter <= 3; chapter++) {
		cJSON *steps = play(chapter);
		const cJSON *step;

		cJSON_ArrayForEach(step, steps)
		{
			if (*text_of(step, "code") == '\0')
				continue;
			assert_code_makes_calls(step);
			named++;
		}
		cJSON_Delete(steps);
	}
	assert_true(named >= 6);
}

/* Sets or clears the descriptor that a call is about, and checks that the process has it. */
static void follow_call(const cJSON *call, unsigned long *open)
{
	const char *name = text_of(call, "call");
	const char *arguments = text_of(call, "arguments");
	int result = number_of(call, "result"), fd;

	if (strcmp(name, "setuid") == 0)
		return;
	if (strcmp(name, "socket") == 0) {
		assert_false(*open & 1UL << result);
		*open |= 1UL << result;
		return;
	}
	fd = atoi(arguments + (arguments[0] == '{'));
	if (!(*open & 1UL << fd))
		fail_msg("%s(%s) of a descriptor that no call before it opened", name, arguments);
	if (strcmp(name, "accept") == 0 && result >= 0)
		*open |= 1UL << result;
	if (strcmp(name, "close") == 0)
		*open &= ~(1UL << fd);
}

static void every_call_is_of_a_descriptor_that_was_opened_and_all_are_closed(void **state)
{
	static const char *const parties[] = { "server", "client A", "client B" };

	(void)state;
	for (size_t i = 0; i < chapter_count; i++) {
		unsigned long open[3] = { 0 };
		cJSON *steps = play(chapter_list[i].number);
		const cJSON *step, *call;

		cJSON_ArrayForEach(step, steps)
		{
			cJSON_ArrayForEach(call, cJSON_GetObjectItem(step, "calls"))
			{
				size_t party = 0;

				while (strcmp(parties[party], text_of(call, "who")) != 0)
					party++;
				follow_call(call, &open[party]);
			}
		}
		cJSON_Delete(steps);
		assert_true(open[0] == 0 && open[1] == 0 && open[2] == 0);
	}
}

static unsigned open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void a_chapter_leaves_no_descriptor_and_no_process(void **state)
{
	(void)state;
	/* The library may keep something for the whole process after its first use. */
	cJSON_Delete(play(6));
	for (size_t i = 0; i < chapter_count; i++) {
		unsigned before = open_descriptors();

		cJSON_Delete(play(chapter_list[i].number));
		assert_int_equal(open_descriptors(), before);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
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
		cmocka_unit_test(every_byte_of_a_snapshot_is_explained),
		cmocka_unit_test(the_client_s_first_datagram_is_caught_and_explained),
		cmocka_unit_test(the_named_lines_of_the_examples_make_the_step_s_calls),
		cmocka_unit_test(every_call_is_of_a_descriptor_that_was_opened_and_all_are_closed),
		cmocka_unit_test(a_chapter_leaves_no_descriptor_and_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
