#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/world_trace.h"
#include "relay/log.h"

#define MS INT64_C(1000000)

enum {
	FILE_MAX_BYTES = 1 << 20,
	BLOCK_PACKET = 6,
	END_MS = 8000,
	SENT = 0,
	ARRIVED = 1,
};

/* A world with one client on a line that loses, doubles and delays; and the file of its trace. */
struct stage {
	struct world world;
	struct world_trace trace;
	char path[64];
	uint8_t file[FILE_MAX_BYTES];
	size_t size;
};

static uint8_t whole[FILE_MAX_BYTES];

static int set_up(void **state)
{
	static struct stage stage;
	const struct impair_spec line = { .start = { .delay_ns = 40 * MS,
						     .loss = IMPAIR_ALWAYS / 5,
						     .duplicate = IMPAIR_ALWAYS / 5 } };
	char error[WORKER_ERROR_BYTES];
	struct config config;
	int descriptor;

	memset(&stage, 0, sizeof(stage));
	strcpy(stage.path, "/tmp/starling-trace-XXXXXX");
	descriptor = mkstemp(stage.path);
	if (descriptor < 0)
		return -1;
	close(descriptor);
	config_default(&config);
	config.clients = 4;
	if (!world_init(&stage.world, 5, &config, 1, error))
		return -1;
	world_set_lines(&stage.world, 0, &line, &line);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	world_trace_stop(&stage->trace);
	world_fini(&stage->world);
	unlink(stage->path);
	return 0;
}

static void play_until(struct stage *stage, int64_t end_ms)
{
	struct starling_config config;

	starling_default_config(&config);
	config.name = "traced";
	assert_true(world_open(&stage->world, 0, &config));
	world_run(&stage->world, end_ms * MS);
}

static void play(struct stage *stage)
{
	play_until(stage, END_MS);
}

static void load(struct stage *stage)
{
	FILE *file = fopen(stage->path, "rb");

	assert_non_null(file);
	stage->size = fread(stage->file, 1, sizeof(stage->file), file);
	fclose(file);
	assert_true(stage->size < sizeof(stage->file));
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
static bool next_packet(const struct stage *stage, size_t *at, struct seen *seen)
{
	while (*at < stage->size) {
		const uint8_t *block = stage->file + *at, *option;
		const uint32_t size = u32_at(block + 4);
		size_t text;

		assert_true(size % 4 == 0 && size >= 12 && size <= stage->size - *at);
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

static size_t count(const struct stage *stage, uint32_t interface, const char *comment)
{
	size_t at = 0, number = 0;
	struct seen seen;

	while (next_packet(stage, &at, &seen))
		number += seen.interface == interface && strstr(seen.comment, comment);
	return number;
}

/* How many datagrams and copies were sent so early that they are no longer on their way. */
static size_t due_count(const struct stage *stage)
{
	size_t at = 0, number = 0;
	struct seen seen;

	while (next_packet(stage, &at, &seen))
		if (seen.interface == SENT && seen.time_ns + 40 * MS <= END_MS * MS)
			number += strstr(seen.comment, "copy")    ? 2
				  : strstr(seen.comment, "takes") ? 1
								  : 0;
	return number;
}

static void every_datagram_is_in_the_file_with_its_fate(void **state)
{
	struct stage *stage = *state;
	const struct impair_stats *up = &stage->world.clients[0].up.impair.stats;
	const struct impair_stats *down = &stage->world.clients[0].down.impair.stats;

	assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
	play(stage);
	assert_true(world_trace_stop(&stage->trace));
	assert_string_equal(stage->trace.error, "");
	load(stage);
	assert_true(up->lost + down->lost > 0 && up->doubled + down->doubled > 0);
	assert_int_equal(count(stage, SENT, ""), stage->world.datagrams);
	assert_int_equal(count(stage, SENT, "lost on the line"), up->lost + down->lost);
	assert_int_equal(count(stage, SENT, "takes 40.000 ms, and a copy 40.000 ms"),
			 up->doubled + down->doubled);
	assert_int_equal(count(stage, SENT, "takes 40.000 ms"), up->passed + down->passed);
	assert_int_equal(count(stage, ARRIVED, "took 40.000 ms"), due_count(stage));
}

static void a_datagram_arrives_after_it_was_sent_and_time_never_goes_back(void **state)
{
	struct stage *stage = *state;
	int64_t sent_ns[256] = { 0 }, last_ns = 0;
	size_t at = 0, arrivals = 0;
	struct seen seen;

	assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
	play(stage);
	assert_true(world_trace_stop(&stage->trace));
	load(stage);
	while (next_packet(stage, &at, &seen)) {
		assert_true(seen.time_ns >= last_ns);
		last_ns = seen.time_ns;
		if (seen.interface == SENT)
			sent_ns[seen.id] = seen.time_ns;
		else
			assert_int_equal(seen.time_ns - sent_ns[seen.id], 40 * MS);
		arrivals += seen.interface == ARRIVED;
	}
	assert_true(arrivals > 10);
}

static void a_datagram_to_an_address_that_nobody_has_is_marked(void **state)
{
	struct stage *stage = *state;

	assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
	play(stage);
	world_close(&stage->world, 0, true);
	world_run(&stage->world, 9000 * MS);
	assert_true(world_trace_stop(&stage->trace));
	load(stage);
	assert_int_not_equal(count(stage, ARRIVED, ", in vain: nobody has this address"), 0);
}

static void a_trace_changes_nothing(void **state)
{
	struct stage *stage = *state;
	uint64_t untraced;

	play(stage);
	untraced = stage->world.digest;
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
	play(stage);
	assert_true(stage->world.digest == untraced);
}

static void a_file_at_its_limit_says_what_is_left_out(void **state)
{
	struct stage *stage = *state;
	char expected[WORLD_TRACE_ERROR_BYTES];

	assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
	stage->trace.max_bytes = 1000;
	play(stage);
	assert_false(world_trace_stop(&stage->trace));
	load(stage);
	assert_true(stage->size <= 1000 && stage->trace.omitted > 0);
	assert_int_equal(count(stage, SENT, "") + count(stage, ARRIVED, ""), stage->trace.written);
	snprintf(expected, sizeof(expected),
		 "the trace \"%s\" ends at its limit of 1000 bytes, after %u packets; %u more were "
		 "left out: trace a shorter run",
		 stage->path, (unsigned)stage->trace.written, (unsigned)stage->trace.omitted);
	assert_string_equal(stage->trace.error, expected);
}

/* A smaller packet that would still fit is left out, too. */
static void a_file_at_its_limit_has_no_holes(void **state)
{
	struct stage *stage = *state;

	assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
	play(stage);
	assert_true(world_trace_stop(&stage->trace));
	load(stage);
	memcpy(whole, stage->file, stage->size);
	for (uint64_t limit = 600; limit < 2000; limit += 20) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		assert_true(world_trace_start(&stage->trace, &stage->world, stage->path));
		stage->trace.max_bytes = limit;
		play(stage);
		assert_false(world_trace_stop(&stage->trace));
		load(stage);
		assert_true(stage->size > limit / 2);
		assert_memory_equal(stage->file, whole, stage->size);
	}
}

static void a_file_that_cannot_be_made_is_told(void **state)
{
	struct stage *stage = *state;

	assert_false(world_trace_start(&stage->trace, &stage->world, "/nowhere/trace.pcapng"));
	assert_string_equal(stage->trace.error,
			    "cannot create the trace \"/nowhere/trace.pcapng\": No such file or "
			    "directory; name a file that can be written");
	play(stage);
	assert_true(world_trace_stop(&stage->trace));
}

static void a_full_disk_is_told(void **state)
{
	struct stage *stage = *state;

	if (access("/dev/full", W_OK) != 0)
		skip();
	/* A short trace finds out only as its file is closed. */
	for (int64_t end_ms = 1050; end_ms <= END_MS; end_ms += END_MS - 1050) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		assert_true(world_trace_start(&stage->trace, &stage->world, "/dev/full"));
		play_until(stage, end_ms);
		assert_false(world_trace_stop(&stage->trace));
		assert_string_equal(stage->trace.error,
				    "cannot write the trace \"/dev/full\": No space left on "
				    "device; its end is missing: make room, and trace again");
	}
}

int main(void)
{
#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TRACE_TEST(every_datagram_is_in_the_file_with_its_fate),
		TRACE_TEST(a_datagram_arrives_after_it_was_sent_and_time_never_goes_back),
		TRACE_TEST(a_datagram_to_an_address_that_nobody_has_is_marked),
		TRACE_TEST(a_trace_changes_nothing),
		TRACE_TEST(a_file_at_its_limit_says_what_is_left_out),
		TRACE_TEST(a_file_at_its_limit_has_no_holes),
		TRACE_TEST(a_file_that_cannot_be_made_is_told),
		TRACE_TEST(a_full_disk_is_told),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
