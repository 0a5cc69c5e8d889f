/* Chapter 6: each way for a message did to the ten updates what its step says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/client/tour_steps.h"

enum {
	UPDATES = 10,
	DELAY_MS = 40, /* of the link, each way */
	ABSENT = -1,
	TRIES = 3,
};

/* The chapter, played once: it takes seconds, as its link has a delay. */
static cJSON *steps;

/* Whether the machine itself stood still for longer than a lost update did, which the chapter says.
 */
static bool has_stood_still(void)
{
	return strstr(tour_steps_text(tour_steps_find(steps, "screens"), "says"), "loaded machine");
}

static int play(void **state)
{
	(void)state;
	steps = tour_steps_play(6);
	for (int i = 0; i < TRIES - 1 && has_stood_still(); i++) {
		cJSON_Delete(steps);
		steps = tour_steps_play(6);
	}
	return 0;
}

static int delete (void **state)
{
	(void)state;
	cJSON_Delete(steps);
	return 0;
}

/* The line of a step's picture that begins with this label, behind it. */
static const char *row_of(const cJSON *step, const char *label)
{
	const cJSON *line;

	cJSON_ArrayForEach(line, cJSON_GetObjectItem(step, "picture"))
	{
		const char *text = cJSON_GetStringValue(line);

		text += strspn(text, " ");
		if (strncmp(text, label, strlen(label)) == 0)
			return text + strlen(label);
	}
	fail_msg("no line '%s'", label);
	return "";
}

/* The numbers of a line; ABSENT where it has a word or a dash. */
static void read_row(const cJSON *step, const char *label, double numbers[static UPDATES])
{
	const char *at = row_of(step, label);

	for (int i = 0; i < UPDATES; i++) {
		char word[16], *end;
		int used = 0;

		assert_int_equal(sscanf(at, "%15s%n", word, &used), 1);
		numbers[i] = strtod(word, &end);
		if (end == word)
			numbers[i] = ABSENT;
		at += used;
	}
}

/* The updates that the server's calls gave, as "1 2 4 ". */
static const char *received(const cJSON *step)
{
	static char list[64];
	const cJSON *call;

	list[0] = '\0';
	cJSON_ArrayForEach(call, cJSON_GetObjectItem(step, "calls"))
	{
		const char *text = strstr(tour_steps_text(call, "arguments"), "\"update ");

		if (text && strcmp(tour_steps_text(call, "call"), "host_receive") == 0)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%d ",
				 atoi(text + strlen("\"update ")));
	}
	return list;
}

static void the_first_datagram_is_caught_and_each_of_its_bytes_explained(void **state)
{
	const cJSON *step = tour_steps_find(steps, "connect"), *field;
	const cJSON *bytes = cJSON_GetObjectItem(step, "bytes");
	size_t sum = 0;

	(void)state;
	assert_int_equal(tour_steps_number(bytes, "size"), 52);
	cJSON_ArrayForEach(field, cJSON_GetObjectItem(bytes, "fields"))
	{
		sum += (strlen(tour_steps_text(field, "bytes")) + 1) / 3;
	}
	assert_int_equal(sum, 52);
	assert_non_null(strstr(tour_steps_field(step, "command"), "CONNECT"));
	assert_non_null(strstr(tour_steps_field(step, "our data"), "STL"));
}

static void a_connection_takes_a_round_trip_and_a_way_back(void **state)
{
	const cJSON *step = tour_steps_find(steps, "connect");
	const char *says = tour_steps_text(step, "says");
	int client, server;

	(void)state;
	assert_int_equal(sscanf(strstr(says, "round trip, "), "round trip, %d ms", &client), 1);
	assert_int_equal(sscanf(strstr(says, "later, at "), "later, at %d ms", &server), 1);
	assert_true(client >= 2 * DELAY_MS);
	assert_true(server >= 3 * DELAY_MS);
	tour_steps_assert_call(step, 5, "host_receive", "HOST_CONNECTED", 1);
	tour_steps_assert_call(step, 6, "host_receive", "HOST_CONNECTED", 1);
	assert_true(tour_steps_draws(step, "--CONNECT--"));
	assert_true(tour_steps_draws(step, "<-VERIFY_CONNECT--"));
}

static void only_a_reliable_message_is_answered(void **state)
{
	static const char *const ways[] = { "unsequenced", "sequenced", "reliable" };
	const cJSON *step = tour_steps_find(steps, "ways");

	(void)state;
	for (int i = 0; i < 3; i++) {
		int there, there_bytes, back, back_bytes;

		assert_int_equal(sscanf(row_of(step, ways[i]), "%d x --> %d bytes %d x <-- %d",
					&there, &there_bytes, &back, &back_bytes),
				 4);
		/* One on its way back late may let ENet send the message again. */
		assert_true(i == 2 ? there >= 1 : there == 1);
		assert_true(there_bytes > 5);
		assert_int_equal(back > 0, i == 2);
	}
	assert_string_equal(tour_steps_field(step, "command"),
			    "0x86: reliable, to be acknowledged");
	assert_string_equal(tour_steps_field(step, "size"), "5 bytes of the message follow");
}

static void unsequenced_shows_what_comes_as_it_comes(void **state)
{
	const cJSON *step = tour_steps_find(steps, "unsequenced");
	double shown[UPDATES], again[UPDATES];

	(void)state;
	assert_string_equal(received(step), "1 2 4 5 7 9 8 10 ");
	read_row(step, "shown at ms", shown);
	read_row(step, "again at ms", again);
	for (int i = 0; i < UPDATES; i++) {
		assert_int_equal(shown[i] < 0, i == 2 || i == 5);
		assert_true(again[i] < 0);
	}
	assert_true(shown[7] >= shown[8]);
	assert_non_null(strstr(tour_steps_text(step, "says"), "nothing waits"));
}

static void sequenced_drops_the_one_that_was_overtaken(void **state)
{
	const cJSON *step = tour_steps_find(steps, "sequenced");
	double shown[UPDATES];

	(void)state;
	assert_string_equal(received(step), "1 2 4 5 7 9 10 ");
	read_row(step, "shown at ms", shown);
	assert_true(shown[7] < 0);
	assert_non_null(strstr(row_of(step, "on the link"), "late"));
	assert_non_null(strstr(tour_steps_text(step, "says"), "it drops 8"));
}

static void reliable_shows_all_and_all_wait_for_the_lost_one(void **state)
{
	const cJSON *step = tour_steps_find(steps, "reliable");
	double sent[UPDATES], shown[UPDATES], again[UPDATES], waited[UPDATES];

	(void)state;
	assert_string_equal(received(step), "2 3 4 5 6 7 8 9 10 ");
	read_row(step, "sent at ms", sent);
	read_row(step, "shown at ms", shown);
	read_row(step, "again at ms", again);
	read_row(step, "waited ms", waited);
	for (int i = 1; i < UPDATES; i++)
		assert_true(shown[i] >= shown[i - 1]);
	/* No answer can have been missed before a round trip has passed. */
	assert_true(again[2] >= sent[2] + 2 * DELAY_MS);
	assert_true(again[5] >= sent[5] + 2 * DELAY_MS);
	/* Update 4 was there a way after it was sent, and was shown with 3. */
	assert_true(shown[3] >= again[2] + DELAY_MS - 1);
	assert_true(waited[3] > 0);
	assert_non_null(strstr(tour_steps_text(step, "says"), "all wait for one"));
}

static void the_costs_are_those_of_the_three_runs(void **state)
{
	const cJSON *step = tour_steps_find(steps, "cost");
	int shown, again, waited, datagrams, bytes, reliable_datagrams, reliable_bytes;

	(void)state;
	assert_int_equal(sscanf(row_of(step, "unsequenced"), "%d %d %d %d %d", &shown, &again,
				&waited, &datagrams, &bytes),
			 5);
	assert_int_equal(shown, 8);
	assert_int_equal(again, 0);
	assert_int_equal(datagrams, UPDATES);
	assert_int_equal(sscanf(row_of(step, "sequenced"), "%d", &shown), 1);
	assert_int_equal(shown, 7);
	assert_int_equal(sscanf(row_of(step, "reliable"), "%d %d %d %d %d", &shown, &again, &waited,
				&reliable_datagrams, &reliable_bytes),
			 5);
	assert_int_equal(shown, UPDATES);
	assert_true(again >= 2);
	assert_true(reliable_datagrams > datagrams && reliable_bytes > bytes);
}

static void the_reliable_screen_stands_still_for_longer(void **state)
{
	const cJSON *step = tour_steps_find(steps, "screens");
	const char *says = tour_steps_text(step, "says");
	int reliable, first;

	(void)state;
	assert_int_equal(sscanf(strstr(says, "still for "), "still for %d", &reliable), 1);
	assert_int_equal(sscanf(strstr(says, "way for "), "way for %d", &first), 1);
	assert_true(reliable > first);
}

static void an_event_goes_on_its_own_channel_and_the_end_is_heard(void **state)
{
	const cJSON *goodbye = tour_steps_find(steps, "goodbye");

	(void)state;
	tour_steps_assert_call(tour_steps_find(steps, "channels"), 1, "host_receive",
			       "channel 2, \"tag!", 1);
	tour_steps_assert_call(goodbye, 1, "host_receive", "HOST_DISCONNECTED", 1);
	assert_true(tour_steps_draws(goodbye, "--DISCONNECT--"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_datagram_is_caught_and_each_of_its_bytes_explained),
		cmocka_unit_test(a_connection_takes_a_round_trip_and_a_way_back),
		cmocka_unit_test(only_a_reliable_message_is_answered),
		cmocka_unit_test(unsequenced_shows_what_comes_as_it_comes),
		cmocka_unit_test(sequenced_drops_the_one_that_was_overtaken),
		cmocka_unit_test(reliable_shows_all_and_all_wait_for_the_lost_one),
		cmocka_unit_test(the_costs_are_those_of_the_three_runs),
		cmocka_unit_test(the_reliable_screen_stands_still_for_longer),
		cmocka_unit_test(an_event_goes_on_its_own_channel_and_the_end_is_heard),
	};

	return cmocka_run_group_tests(tests, play, delete);
}
