#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "client/tour/tour_steps.h"

/* A part of the tour: its steps as JSON objects, in an array. */
struct walk {
	cJSON *steps;
	bool is_whole;
};

typedef bool tour_part(struct tour *tour);

static struct walk walk_part(tour_part *part)
{
	struct tour tour = { .is_json = true, .pause_fd = -1 };
	struct walk walk = { .steps = cJSON_CreateArray() };
	char *text = NULL, *line, *rest;
	size_t size = 0;

	tour.out = open_memstream(&text, &size);
	assert_non_null(tour.out);
	walk.is_whole = part(&tour);
	fclose(tour.out);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		cJSON *step = cJSON_Parse(line);

		assert_non_null(step);
		cJSON_AddItemToArray(walk.steps, step);
	}
	free(text);
	return walk;
}

static const char *text_of(const cJSON *step, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(step, name));

	return text ? text : "";
}

static int result_of(const cJSON *step)
{
	const cJSON *result = cJSON_GetObjectItem(step, "result");

	assert_true(cJSON_IsNumber(result));
	return result->valueint;
}

/* The first step at or after `step` with this call, and with `part` in its arguments. */
static cJSON *find(cJSON *step, const char *call, const char *part)
{
	while (step && (strcmp(text_of(step, "call"), call) != 0 ||
			!strstr(text_of(step, "arguments"), part)))
		step = step->next;
	return step;
}

static cJSON *must_find(cJSON *step, const char *call, const char *part)
{
	cJSON *found = find(step, call, part);

	if (!found)
		fail_msg("no %s(... %s ...) in this part", call, part);
	return found;
}

static void assert_error(const cJSON *step, const char *name)
{
	assert_int_equal(result_of(step), -1);
	assert_string_equal(text_of(step, "errno"), name);
}

static void every_step_has_a_text_and_all_fields(void **state)
{
	struct walk walk = walk_part(tour_datagrams);
	cJSON *step;

	(void)state;
	assert_true(walk.is_whole);
	assert_true(cJSON_GetArraySize(walk.steps) > 10);
	cJSON_ArrayForEach(step, walk.steps)
	{
		assert_true(strlen(text_of(step, "says")) > 10);
		assert_non_null(cJSON_GetObjectItem(step, "arguments"));
		assert_non_null(cJSON_GetObjectItem(step, "result"));
		assert_non_null(cJSON_GetObjectItem(step, "errno"));
	}
	cJSON_Delete(walk.steps);
}

static void a_port_that_is_taken_is_refused(void **state)
{
	struct walk walk = walk_part(tour_datagrams);
	cJSON *name = must_find(walk.steps->child, "getsockname", "127.0.0.1");
	const char *address = strchr(text_of(name, "arguments"), '{');

	(void)state;
	assert_null(strstr(address, "port 0}"));
	assert_error(must_find(name, "bind", address), "EADDRINUSE");
	cJSON_Delete(walk.steps);
}

static void two_datagrams_take_two_calls(void **state)
{
	struct walk walk = walk_part(tour_datagrams);
	cJSON *one = must_find(walk.steps->child, "recvfrom", "\"one\", 64");
	cJSON *two = one->next;

	(void)state;
	assert_int_equal(result_of(one), 3);
	assert_string_equal(text_of(two, "call"), "recvfrom");
	assert_int_equal(result_of(two), 11);
	cJSON_Delete(walk.steps);
}

static void the_rest_after_a_small_buffer_is_gone(void **state)
{
	struct walk walk = walk_part(tour_datagrams);
	cJSON *cut = must_find(walk.steps->child, "recvfrom", "MSG_TRUNC");

	(void)state;
	assert_int_equal(result_of(cut), 15);
	assert_non_null(strstr(text_of(cut, "arguments"), "\"a lon\", 5"));
	assert_error(cut->next, "EAGAIN");
	cJSON_Delete(walk.steps);
}

static void nobody_is_noticed_only_when_connected(void **state)
{
	struct walk walk = walk_part(tour_limits);
	cJSON *sent = must_find(walk.steps->child, "sendto", "anyone");
	cJSON *connected = must_find(sent, "connect", "127.0.0.1");

	(void)state;
	assert_int_equal(result_of(sent), 13);
	assert_int_equal(result_of(must_find(sent, "poll", "POLLIN")), 0);
	assert_int_equal(result_of(must_find(connected, "send", "anyone")), 13);
	assert_error(must_find(connected, "recv", "nothing"), "ECONNREFUSED");
	cJSON_Delete(walk.steps);
}

static void one_byte_too_long_is_refused(void **state)
{
	struct walk walk = walk_part(tour_limits);

	(void)state;
	assert_int_equal(result_of(must_find(walk.steps->child, "sendto", "65507")), 65507);
	assert_error(must_find(walk.steps->child, "sendto", "65508"), "EMSGSIZE");
	cJSON_Delete(walk.steps);
}

static void two_writes_come_as_one_read(void **state)
{
	struct walk walk = walk_part(tour_streams);
	cJSON *got = must_find(walk.steps->child, "read", "onetwo, longer");

	(void)state;
	assert_true(walk.is_whole);
	assert_int_equal(result_of(got), 14);
	cJSON_Delete(walk.steps);
}

static void one_write_comes_in_pieces(void **state)
{
	struct walk walk = walk_part(tour_streams);
	cJSON *first = must_find(walk.steps->child, "read", "\"in pi\"");

	(void)state;
	assert_int_equal(result_of(first), 5);
	assert_int_equal(result_of(must_find(first, "read", "\"eces\"")), 4);
	cJSON_Delete(walk.steps);
}

static void a_closed_stream_reads_as_nothing(void **state)
{
	struct walk walk = walk_part(tour_streams);
	cJSON *closed = must_find(walk.steps->child, "close", "");

	(void)state;
	assert_int_equal(result_of(must_find(closed, "read", "\"\"")), 0);
	cJSON_Delete(walk.steps);
}

/* The fields' bytes, all together. */
static size_t field_bytes(const cJSON *fields)
{
	size_t sum = 0;
	cJSON *field;

	cJSON_ArrayForEach(field, fields)
	{
		sum += (strlen(text_of(field, "bytes")) + 1) / 3;
	}
	return sum;
}

static const char *value_of(const cJSON *fields, const char *name)
{
	cJSON *field;

	cJSON_ArrayForEach(field, fields)
	{
		if (strcmp(text_of(field, "field"), name) == 0)
			return text_of(field, "value");
	}
	return "";
}

static void every_byte_of_a_snapshot_is_explained(void **state)
{
	struct walk walk = walk_part(tour_snapshot);
	cJSON *bytes = must_find(walk.steps->child, "bytes", "SNAPSHOT");
	cJSON *fields = cJSON_GetObjectItem(bytes, "fields");

	(void)state;
	assert_true(walk.is_whole);
	assert_int_equal(field_bytes(fields), result_of(bytes));
	assert_string_equal(value_of(fields, "type"), "8: SNAPSHOT");
	assert_string_equal(value_of(fields, "  x"), "12500 grains = 12.500 m");
	assert_string_equal(value_of(fields, "  z"), "1800 grains = 1.800 m");
	cJSON_Delete(walk.steps);
}

static void the_client_s_first_datagram_is_caught_and_explained(void **state)
{
	struct walk walk = walk_part(tour_enet);
	cJSON *bytes = must_find(walk.steps->child, "bytes", "CONNECT");
	cJSON *fields = cJSON_GetObjectItem(bytes, "fields");

	(void)state;
	assert_true(walk.is_whole);
	assert_int_equal(result_of(bytes), 52);
	assert_int_equal(field_bytes(fields), 52);
	assert_non_null(strstr(value_of(fields, "command"), "CONNECT"));
	assert_non_null(strstr(value_of(fields, "our data"), "STL"));
	cJSON_Delete(walk.steps);
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

static void each_part_closes_what_it_opened(void **state)
{
	tour_part *const parts[] = { tour_datagrams, tour_limits, tour_streams, tour_enet };

	(void)state;
	/* The library may keep something for the whole process after its first use. */
	cJSON_Delete(walk_part(tour_enet).steps);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		unsigned before = open_descriptors();

		cJSON_Delete(walk_part(parts[i]).steps);
		assert_int_equal(open_descriptors(), before);
	}
}

/* The text of a part for people, with `input` typed by the reader. Freed by the caller. */
static char *text_with_input(tour_part *part, const char *input)
{
	struct tour tour = { 0 };
	char *text = NULL;
	size_t size = 0;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], input, strlen(input)), (ssize_t)strlen(input));
	close(ends[1]);
	tour.pause_fd = ends[0];
	tour.out = open_memstream(&text, &size);
	part(&tour);
	fclose(tour.out);
	close(ends[0]);
	return text;
}

static void a_step_waits_for_enter_and_the_end_of_input_ends_the_tour(void **state)
{
	char *text = text_with_input(tour_datagrams, "\n");

	(void)state;
	/* One Enter: the first step and the second are there, and nothing after them. */
	assert_non_null(strstr(text, "socket("));
	assert_non_null(strstr(text, "bind("));
	assert_null(strstr(text, "getsockname("));
	free(text);
}

static void q_ends_the_tour(void **state)
{
	char *text = text_with_input(tour_datagrams, "q\n\n\n\n");

	(void)state;
	assert_non_null(strstr(text, "socket("));
	assert_null(strstr(text, "bind("));
	free(text);
}

static void text_is_wrapped_and_plain_without_a_terminal(void **state)
{
	struct tour tour = { .pause_fd = -1 };
	char *text = NULL, *line, *rest;
	size_t size = 0;

	(void)state;
	tour.out = open_memstream(&text, &size);
	tour_streams(&tour);
	fclose(tour.out);
	assert_null(strchr(text, '\033'));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == ' ')
			assert_true(strlen(line) <= 84);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_has_a_text_and_all_fields),
		cmocka_unit_test(a_port_that_is_taken_is_refused),
		cmocka_unit_test(two_datagrams_take_two_calls),
		cmocka_unit_test(the_rest_after_a_small_buffer_is_gone),
		cmocka_unit_test(nobody_is_noticed_only_when_connected),
		cmocka_unit_test(one_byte_too_long_is_refused),
		cmocka_unit_test(two_writes_come_as_one_read),
		cmocka_unit_test(one_write_comes_in_pieces),
		cmocka_unit_test(a_closed_stream_reads_as_nothing),
		cmocka_unit_test(every_byte_of_a_snapshot_is_explained),
		cmocka_unit_test(the_client_s_first_datagram_is_caught_and_explained),
		cmocka_unit_test(each_part_closes_what_it_opened),
		cmocka_unit_test(a_step_waits_for_enter_and_the_end_of_input_ends_the_tour),
		cmocka_unit_test(q_ends_the_tour),
		cmocka_unit_test(text_is_wrapped_and_plain_without_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
