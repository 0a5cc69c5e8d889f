/* A snapshot as JSON: unknown figures, rates, rooms and configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "relay/status/documents.h"
#include "relay/status/rates.h"

#define S INT64_C(1000000000)

static struct snapshot *snapshot; /* it is large */
static struct rates rates;
static char *text;
static cJSON *document;

static int set_up(void **state)
{
	struct config config;

	(void)state;
	config_default(&config);
	snapshot = snapshot_create(&config);
	rates = (struct rates){ .is_known = false };
	if (!snapshot)
		return -1;
	snapshot->config = config;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	snapshot_destroy(snapshot);
	cJSON_Delete(document);
	free(text);
	document = NULL;
	text = NULL;
	return 0;
}

static const cJSON *print(void)
{
	size_t size;
	FILE *out;

	cJSON_Delete(document);
	free(text);
	out = open_memstream(&text, &size);
	documents_write_status(out, snapshot, &rates);
	assert_int_equal(fclose(out), 0);
	document = cJSON_Parse(text);
	if (!document)
		fail_msg("%s", text);
	return document;
}

static const cJSON *at(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!item)
		fail_msg("no %s", name);
	return item;
}

static void add_member(const struct snapshot_member *member)
{
	snapshot->rooms[0] = (struct snapshot_room){ .name = "pitch", .members = 1 };
	snapshot->room_count = 1;
	snapshot->members[0] = *member;
	snapshot->member_count = 1;
}

static void what_is_not_known_is_null(void **state)
{
	static const char *const names[] = { "rtt_ms",  "age_ms",    "age_p50_ms", "age_p99_ms",
					     "loss_up", "loss_down", "budget" };
	const struct snapshot_member unknown = { .name = "ann",
						 .rtt_ms = SNAPSHOT_UNKNOWN,
						 .age_us = SNAPSHOT_UNKNOWN,
						 .age_p50_us = SNAPSHOT_UNKNOWN,
						 .age_p99_us = SNAPSHOT_UNKNOWN,
						 .loss_up = SNAPSHOT_UNKNOWN,
						 .loss_down = SNAPSHOT_UNKNOWN,
						 .budget = SNAPSHOT_UNKNOWN };
	const struct snapshot_member known = { .name = "ann", .down = WIRE_RELIABLE };
	const cJSON *member;

	(void)state;
	add_member(&unknown);
	member = at(print(), "members")->child;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(cJSON_IsNull(at(member, names[i])));
	assert_true(cJSON_IsNull(at(at(document, "rates"), "cpu_share")));
	add_member(&known);
	member = at(print(), "members")->child;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(cJSON_IsNumber(at(member, names[i])));
	assert_string_equal(at(member, "mode")->valuestring, "unsequenced");
	assert_string_equal(at(member, "mode_down")->valuestring, "reliable");
}

static void rates_are_of_two_counts_a_second_apart_at_least(void **state)
{
	struct counts *counts = &snapshot->counts;

	(void)state;
	rates_note(&rates, counts, 10 * S);
	assert_false(rates.is_known);
	counts->net.datagrams_in = 100;
	rates_note(&rates, counts, 10 * S + S / 2);
	assert_false(rates.is_known);
	counts->net.datagrams_in = 300;
	counts->cpu_user_us = 500000;
	rates_note(&rates, counts, 12 * S);
	assert_true(rates.is_known);
	assert_true(rates.a_second[RATE_DATAGRAMS_IN] == 150);
	assert_true(rates.a_second[RATE_CPU_SHARE] == 0.25);
	/* Half a second later the older of the marks still counts. */
	counts->net.datagrams_in = 600;
	rates_note(&rates, counts, 12 * S + S / 2);
	assert_true(rates.a_second[RATE_DATAGRAMS_IN] == 240);
	assert_true(at(at(print(), "rates"), "datagrams_in")->valuedouble == 240);
}

static void the_relay_says_whether_it_is_ready(void **state)
{
	(void)state;
	assert_true(cJSON_IsTrue(at(at(print(), "relay"), "ready")));
	assert_string_equal(at(at(document, "relay"), "state")->valuestring, "running");
	snapshot->is_full = true;
	assert_true(cJSON_IsFalse(at(at(print(), "relay"), "ready")));
	assert_string_equal(at(at(document, "relay"), "state")->valuestring, "full");
	snapshot->is_stopping = true;
	assert_string_equal(at(at(print(), "relay"), "state")->valuestring, "stopping");
}

static void the_configuration_is_json_whatever_is_in_its_texts(void **state)
{
	(void)state;
	strcpy(snapshot->config.bans, "/a \"b\"\\\n\xff<c>\xc3\xa9");
	assert_string_equal(at(at(print(), "configuration"), "bans")->valuestring,
			    "/a \"b\"\\\n?<c>\xc3\xa9");
	assert_null(strchr(text, '<'));
	assert_true(at(at(document, "configuration"), "clients")->valuedouble == 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_known_is_null, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rates_are_of_two_counts_a_second_apart_at_least,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_relay_says_whether_it_is_ready, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_configuration_is_json_whatever_is_in_its_texts,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
