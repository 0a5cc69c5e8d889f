#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/cluster_trace.h"
#include "relay/log/log.h"

#define MS INT64_C(1000000)

enum {
	FILE_MAX_BYTES = 1 << 20,
	BLOCK_PACKET = 6,
	END_MS = 8000,
	SENT = 0,
	ARRIVED = 1,
};

/* A cluster with one client on a line that loses, doubles and delays; and the file of its trace. */
struct session_fixture {
	struct cluster cluster;
	struct cluster_trace trace;
	char path[64];
	uint8_t file[FILE_MAX_BYTES];
	size_t size;
};

static int set_up(void **state)
{
	static struct session_fixture fixture;
	const struct link_model_spec line = { .start = { .delay_ns = 40 * MS,
							 .loss = LINK_MODEL_ALWAYS / 5,
							 .duplicate = LINK_MODEL_ALWAYS / 5 } };
	char error[SERVER_ERROR_BYTES];
	struct config config;
	int descriptor;

	memset(&fixture, 0, sizeof(fixture));
	strcpy(fixture.path, "/tmp/starling-trace-XXXXXX");
	descriptor = mkstemp(fixture.path);
	if (descriptor < 0)
		return -1;
	close(descriptor);
	config_default(&config);
	config.clients = 4;
	if (!cluster_init(&fixture.cluster, 5, &config, 1, error))
		return -1;
	cluster_set_links(&fixture.cluster, 0, &line, &line);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct session_fixture *fixture = *state;

	cluster_trace_stop(&fixture->trace);
	cluster_fini(&fixture->cluster);
	unlink(fixture->path);
	return 0;
}

static void play(struct session_fixture *fixture)
{
	struct starling_config config;

	starling_default_config(&config);
	config.name = "traced";
	assert_true(cluster_open(&fixture->cluster, 0, &config));
	cluster_run(&fixture->cluster, END_MS * MS);
}

static void load(struct session_fixture *fixture)
{
	FILE *file = fopen(fixture->path, "rb");

	assert_non_null(file);
	fixture->size = fread(fixture->file, 1, sizeof(fixture->file), file);
	fclose(file);
	assert_true(fixture->size < sizeof(fixture->file));
}

static uint32_t u32_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* A packet of the file, as this test reads it. */
struct seen {
	uint32_t interface;
	int64_t time_ns;
	uint8_t id; /* of the datagram; low byte of the IPv4 identification */
	char comment[128];
};

/* Goes on to the next packet from `*at`. False at the file's end. */
static bool next_packet(const struct session_fixture *fixture, size_t *at, struct seen *seen)
{
	while (*at < fixture->size) {
		const uint8_t *block = fixture->file + *at, *option;
		const uint32_t size = u32_at(block + 4);
		size_t text;

		assert_true(size % 4 == 0 && size >= 12 && size <= fixture->size - *at);
		assert_int_equal(u32_at(block + size - 4), size);
		*at += size;
		if (u32_at(block) != BLOCK_PACKET)
			continue;
		option = block + 28 + (u32_at(block + 20) + 3) / 4 * 4;
		assert_int_equal(option[0], 1);
		text = option[2];
		assert_true(text < sizeof(seen->comment));
		seen->interface = u32_at(block + 8);
		seen->time_ns = (int64_t)u32_at(block + 12) << 32 | u32_at(block + 16);
		seen->id = block[28 + 14 + 5];
		memcpy(seen->comment, option + 4, text);
		seen->comment[text] = '\0';
		return true;
	}
	return false;
}

static size_t count(const struct session_fixture *fixture, uint32_t interface, const char *comment)
{
	size_t at = 0, number = 0;
	struct seen seen;

	while (next_packet(fixture, &at, &seen))
		number += seen.interface == interface && strstr(seen.comment, comment);
	return number;
}

/* How many datagrams and copies were sent so early that they are no longer on their way. */
static size_t due_count(const struct session_fixture *fixture)
{
	size_t at = 0, number = 0;
	struct seen seen;

	while (next_packet(fixture, &at, &seen))
		if (seen.interface == SENT && seen.time_ns + 40 * MS <= END_MS * MS)
			number += strstr(seen.comment, "copy")    ? 2
				  : strstr(seen.comment, "takes") ? 1
								  : 0;
	return number;
}

static void every_datagram_is_in_the_file_with_its_fate(void **state)
{
	struct session_fixture *fixture = *state;
	const struct link_model_stats *up = &fixture->cluster.clients[0].up.impair.stats;
	const struct link_model_stats *down = &fixture->cluster.clients[0].down.impair.stats;

	assert_true(cluster_trace_start(&fixture->trace, &fixture->cluster, fixture->path));
	play(fixture);
	assert_true(cluster_trace_stop(&fixture->trace));
	assert_string_equal(fixture->trace.error, "");
	load(fixture);
	assert_true(up->lost + down->lost > 0 && up->doubled + down->doubled > 0);
	assert_int_equal(count(fixture, SENT, ""), fixture->cluster.datagrams);
	assert_int_equal(count(fixture, SENT, "lost on the link"), up->lost + down->lost);
	assert_int_equal(count(fixture, SENT, "takes 40.000 ms, and a copy 40.000 ms"),
			 up->doubled + down->doubled);
	assert_int_equal(count(fixture, SENT, "takes 40.000 ms"), up->passed + down->passed);
	assert_int_equal(count(fixture, ARRIVED, "took 40.000 ms"), due_count(fixture));
}

static void a_trace_changes_nothing(void **state)
{
	struct session_fixture *fixture = *state;
	uint64_t untraced;

	play(fixture);
	untraced = fixture->cluster.digest;
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	assert_true(cluster_trace_start(&fixture->trace, &fixture->cluster, fixture->path));
	play(fixture);
	assert_true(fixture->cluster.digest == untraced);
}

int main(void)
{
#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TRACE_TEST(every_datagram_is_in_the_file_with_its_fate),
		TRACE_TEST(a_trace_changes_nothing),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
