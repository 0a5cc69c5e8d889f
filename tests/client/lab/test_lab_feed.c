/* The messages to the lab's page, and those that it may send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include <sys/socket.h>
#include <unistd.h>

#include "client/lab/lab_feed.h"
#include "tests/fixtures/row_tests.h"

#define MS INT64_C(1000000)

static struct lab_state state;
static int links; /* where the links' process hears */

static int set_up(void **unused)
{
	int sockets[2];
	char error[LINK_MODEL_ERROR_BYTES];

	(void)unused;
	assert_int_equal(lab_record_open(sockets), 0);
	state = (struct lab_state){ .rate_hz = 20, .orders = sockets[1], .start_ns = 1000 * MS };
	links = sockets[0];
	pthread_mutex_init(&state.lock, NULL);
	assert_true(link_model_parse(&state.link, "delay=40ms", error));
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	pthread_mutex_destroy(&state.lock);
	close(links);
	close(state.orders);
	return 0;
}

static bool hear(const char *text)
{
	return lab_feed_hear(&state, text, strlen(text), 2000 * MS);
}

static bool is_told(struct lab_order *order)
{
	return recv(links, order, sizeof(*order), MSG_DONTWAIT) == sizeof(*order);
}

struct row {
	const char *name, *text;
};

static const struct row nothing[] = {
	{ "nothing at all is said", "" },
	{ "something that is no JSON is said", "loss=5%" },
	{ "JSON that is no object is said", "[1]" },
	{ "an empty object is said", "{}" },
	{ "another key is said", "{\"room\":\"lobby\"}" },
	{ "two keys are said", "{\"link\":\"none\",\"cut_ms\":1}" },
	{ "a number is said for the link", "{\"link\":5}" },
	{ "a link that cannot be is said", "{\"link\":\"loss=200%\"}" },
	{ "a link that changes by itself is said", "{\"link\":\"at=1s:delay=1ms\"}" },
	{ "a cut of no time is said", "{\"cut_ms\":0}" },
	{ "a cut that is too long is said", "{\"cut_ms\":10001}" },
	{ "a text is said for a cut", "{\"cut_ms\":\"1\"}" },
	{ "more is said behind the object", "{\"cut_ms\":5}{" },
};

static void changes_nothing(void **row)
{
	struct lab_order order;

	set_up(NULL);
	assert_false(hear(((const struct row *)*row)->text));
	assert_false(is_told(&order));
	assert_int_equal(state.note_count, 0);
	tear_down(NULL);
}

static void terms_are_in_force_told_and_noted(void **unused)
{
	struct lab_order order;

	(void)unused;
	assert_true(hear("{\"link\":\"delay=7ms,loss=50%\"}"));
	assert_int_equal(state.link.start.delay_ns, 7 * MS);
	assert_true(is_told(&order));
	assert_int_equal(order.cut_ns, 0);
	assert_int_equal(order.terms.delay_ns, 7 * MS);
	assert_int_equal(order.terms.loss, LINK_MODEL_ALWAYS / 2);
	assert_int_equal(state.note_count, 1);
	assert_non_null(strstr(state.notes[0].text, "loss=50%"));
}

static void a_cut_is_told_and_over_after_its_time(void **unused)
{
	struct lab_order order;

	(void)unused;
	assert_true(hear("{\"cut_ms\":1000}"));
	assert_true(is_told(&order));
	assert_int_equal(order.cut_ns, 1000 * MS);
	assert_int_equal(state.cut_until_ns, 3000 * MS);
}

static cJSON *message(int64_t now_ms)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cJSON *json;

	assert_true(lab_feed_write(&state, out, now_ms * MS));
	fclose(out);
	json = cJSON_Parse(text);
	assert_non_null(json);
	free(text);
	return json;
}

static double number(const cJSON *json, const char *key)
{
	const cJSON *item = cJSON_GetObjectItem(json, key);

	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

static void take(struct lab_record record)
{
	lab_state_take(&state, &record);
}

static void a_message_has_the_birds_their_ages_and_the_last_packet(void **unused)
{
	const cJSON *way, *bird, *packet;
	cJSON *json;

	(void)unused;
	take((struct lab_record){ .kind = LAB_READY, .way = LAB_RELIABLE });
	take((struct lab_record){ .kind = LAB_TRUTH,
				  .bird = 1,
				  .number = 1,
				  .x = 3,
				  .y = 4,
				  .at_ns = 1000 * MS,
				  .origin_ns = 1000 * MS });
	take((struct lab_record){ .kind = LAB_UPDATE,
				  .way = LAB_RELIABLE,
				  .bird = 1,
				  .number = 1,
				  .x = 3,
				  .y = 4,
				  .at_ns = 1040 * MS,
				  .origin_ns = 1000 * MS });
	take((struct lab_record){ .kind = LAB_PACKET,
				  .way = LAB_RELIABLE,
				  .at_ns = 1050 * MS,
				  .packet = { .bytes = { 0x45, 0x01 }, .size = 2 } });
	json = message(1100);
	assert_int_equal(number(json, "t_ms"), 100);
	assert_int_equal(number(json, "published"), 1);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "birds")), 1);
	way = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "ways"), LAB_RELIABLE);
	assert_int_equal(number(way, "age_ms"), 100);
	bird = cJSON_GetArrayItem(cJSON_GetObjectItem(way, "birds"), 0);
	assert_int_equal(cJSON_GetArrayItem(bird, 0)->valuedouble, 1);
	assert_int_equal(cJSON_GetArrayItem(bird, 3)->valuedouble, 100);
	assert_int_equal(cJSON_GetArraySize(bird), 4 + AGE_PARTS);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "parts")), AGE_PARTS);
	assert_int_equal(cJSON_GetArrayItem(bird, 4 + AGE_PART_UNKNOWN)->valuedouble, 40);
	assert_int_equal(cJSON_GetArrayItem(bird, 4 + AGE_PART_NEXT)->valuedouble, 60);
	packet = cJSON_GetObjectItem(way, "packet");
	assert_string_equal(cJSON_GetObjectItem(packet, "bytes")->valuestring, "4501");
	assert_int_equal(number(packet, "ago_ms"), 50);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(packet, "is_passed")));
	way = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "ways"), LAB_STREAM);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(way, "age_ms")));
	assert_null(cJSON_GetObjectItem(way, "packet"));
	cJSON_Delete(json);
}

static void the_newest_notes_are_kept_the_oldest_first(void **unused)
{
	const cJSON *notes;
	cJSON *json;

	(void)unused;
	for (int i = 1; i <= LAB_NOTES_MAX + 2; i++)
		lab_state_cut(&state, i * MS, (1000 + i) * MS);
	json = message(2000);
	notes = cJSON_GetObjectItem(json, "notes");
	assert_int_equal(cJSON_GetArraySize(notes), LAB_NOTES_MAX);
	assert_int_equal(number(cJSON_GetArrayItem(notes, 0), "t_ms"), 3);
	assert_string_equal(
		cJSON_GetObjectItem(cJSON_GetArrayItem(notes, LAB_NOTES_MAX - 1), "text")
			->valuestring,
		"the line is cut for 10 ms");
	cJSON_Delete(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(terms_are_in_force_told_and_noted),
		TEST(a_cut_is_told_and_over_after_its_time),
		TEST(a_message_has_the_birds_their_ages_and_the_last_packet),
		TEST(the_newest_notes_are_kept_the_oldest_first),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(nothing)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, nothing, changes_nothing);
	return _cmocka_run_group_tests("lab_feed", tests, count, NULL, NULL) +
	       cmocka_run_group_tests(others, NULL, NULL);
}
