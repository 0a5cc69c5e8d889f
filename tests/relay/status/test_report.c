/* The report: time, uptime, rooms; and that it stays small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "proto/cli/version.h"
#include "relay/log/log.h"
#include "relay/status/report.h"
#include "tests/fixtures/relay/rules_fixture.h"

enum {
	UPTIME_MS = 90500,
	REPORT_MOST_BYTES = 16000, /* programs that read it count on that */
	ROOMS = REPORT_ROOMS_MAX + 6,
};

/* The caller frees it. */
static char *print(const struct rules_fixture *fixture, bool json)
{
	const struct counts counts = { .rooms = fixture->relay.rooms.count,
				       .members = fixture->relay.member_count,
				       .absent = fixture->relay.absences.count,
				       .accounting = fixture->relay.accounting };
	const struct report report = { .uptime_ns = UPTIME_MS * MS,
				       .relay = &fixture->relay,
				       .counts = &counts };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_true(report_print(out, json, &report));
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The caller deletes it. */
static cJSON *print_json(const struct rules_fixture *fixture)
{
	char *text = print(fixture, true);
	cJSON *document = cJSON_Parse(text);

	assert_non_null(document);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	return document;
}

static double number(const cJSON *document, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(document, name);

	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

static const char *text_of(const cJSON *document, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(document, name);

	assert_true(cJSON_IsString(item));
	return item->valuestring;
}

static void json_has_time_uptime_version_and_rooms(void **state)
{
	struct rules_fixture *fixture = *state;
	cJSON *document;
	const cJSON *rooms;

	rules_fixture_join(fixture, 0, "a \"b\"");
	rules_fixture_join(fixture, 1, "a \"b\"");
	rules_fixture_publish(fixture, 0, 0, 1, 5);
	document = print_json(fixture);
	assert_int_equal(text_of(document, "time")[10], 'T');
	assert_true(number(document, "uptime_s") == 90.5);
	assert_string_equal(text_of(document, "version"), VERSION_TEXT);
	assert_true(number(document, "protocol") == WIRE_VERSION);
	rooms = cJSON_GetObjectItemCaseSensitive(document, "rooms");
	assert_int_equal(cJSON_GetArraySize(rooms), 1);
	assert_string_equal(text_of(rooms->child, "name"), "a \"b\"");
	assert_true(number(rooms->child, "members") == 2);
	assert_true(number(rooms->child, "entities") == 1);
	assert_true(number(document, "rooms_left_out") == 0);
	assert_true(number(cJSON_GetObjectItem(document, "log"), "dropped") == 0);
	cJSON_Delete(document);
}

static void the_table_has_time_uptime_version_and_rooms(void **state)
{
	struct rules_fixture *fixture = *state;
	char *text;

	rules_fixture_join(fixture, 0, "pitch");
	text = print(fixture, false);
	assert_non_null(strstr(text, "starlingd " VERSION_TEXT ", protocol 1, 20"));
	assert_non_null(strstr(text, ", up for 90.500 s\n"));
	assert_non_null(strstr(text, "pitch"));
	assert_non_null(strstr(text, "1 member, 0 entities\n"));
	free(text);
}

static double place(const cJSON *document, const char *name)
{
	return number(cJSON_GetObjectItemCaseSensitive(document, "places"), name);
}

static void places_that_wait_are_told_from_members_that_are_there(void **state)
{
	struct rules_fixture *fixture = *state;
	cJSON *document;

	fixture->relay.accounting.suspended = 5;
	fixture->relay.accounting.resumed = 4;
	fixture->relay.accounting.given_up = 3;
	fixture->relay.accounting.tickets_refused = 2;
	fixture->relay.member_count = 7;
	fixture->relay.absences.count = 1;
	document = print_json(fixture);
	fixture->relay.absences.count = 0;
	fixture->relay.member_count = 0;
	assert_true(number(cJSON_GetObjectItem(document, "open"), "members") == 7);
	assert_true(number(cJSON_GetObjectItem(document, "open"), "absent") == 1);
	assert_true(place(document, "kept") == 5);
	assert_true(place(document, "resumed") == 4);
	assert_true(place(document, "given_up") == 3);
	assert_true(place(document, "tickets_refused") == 2);
	cJSON_Delete(document);
}

/* Rooms with names of the greatest length, whose bytes JSON writes as two. */
static void add_rooms(struct rules_fixture *fixture)
{
	char name[WIRE_NAME_MAX_BYTES + 1];

	relay_fini(&fixture->relay);
	fixture->config.rooms = ROOMS;
	assert_int_equal(relay_init(&fixture->relay, &fixture->config, &fixture->relay.outbox), 0);
	for (unsigned i = 0; i < ROOMS; i++) {
		snprintf(name, sizeof(name), "%08u", i);
		memset(name + 8, '"', WIRE_NAME_MAX_BYTES - 8);
		name[WIRE_NAME_MAX_BYTES] = '\0';
		assert_non_null(
			relay_add(&fixture->relay, rules_fixture_text(name), fixture->now_ns));
	}
}

static void of_many_rooms_some_are_listed_and_the_rest_counted(void **state)
{
	struct rules_fixture *fixture = *state;
	cJSON *document;
	char *text;

	add_rooms(fixture);
	document = print_json(fixture);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "rooms")),
			 REPORT_ROOMS_MAX);
	assert_true(number(document, "rooms_left_out") == ROOMS - REPORT_ROOMS_MAX);
	cJSON_Delete(document);
	text = print(fixture, true);
	assert_true(strlen(text) < REPORT_MOST_BYTES);
	free(text);
	text = print(fixture, false);
	assert_non_null(strstr(text, "and 6 more\n"));
	free(text);
	while (fixture->relay.rooms.count > 0)
		relay_update(&fixture->relay, fixture->relay.rooms.list[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(json_has_time_uptime_version_and_rooms),
		RULES_TEST(the_table_has_time_uptime_version_and_rooms),
		RULES_TEST(places_that_wait_are_told_from_members_that_are_there),
		RULES_TEST(of_many_rooms_some_are_listed_and_the_rest_counted),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
