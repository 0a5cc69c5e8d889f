/* The model of a TCP stream on a bad line, in virtual time: every schedule is worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/netns/stream.h"
#include "proto/net/random.h"
#include "tests/fixtures/link_model_spec.h"

#define MS INT64_C(1000000)

static struct link_model_spec spec;
static struct link_model line;
static struct stream stream;

/* Times count from here, as a line's times and the model's are never negative. */
static const int64_t start_ns = 1000 * MS;

static void begin(const char *text, bool is_nagle)
{
	spec = spec_of(text);
	link_model_init(&line, &spec, 1, start_ns);
	stream_init(&stream, &line, is_nagle);
}

static void write_at(int64_t ms, size_t size)
{
	static uint8_t data[STREAM_BYTES_MAX];

	stream_write(&stream, start_ns + ms * MS, data, size);
}

/* Takes whatever is there at this time. */
static size_t read_at(int64_t ms)
{
	const uint8_t *data;
	size_t sum = 0, size;

	while ((size = stream_ready(&stream, start_ns + ms * MS, &data)) > 0) {
		stream_consume(&stream, size);
		sum += size;
	}
	return sum;
}

static int64_t next_ms(void)
{
	const int64_t next_ns = stream_next_ns(&stream);

	return next_ns == INT64_MAX ? -1 : (next_ns - start_ns) / MS;
}

static void bytes_come_out_after_the_delay(void **state)
{
	(void)state;
	begin("delay=40ms", false);
	assert_int_equal(next_ms(), -1);
	write_at(0, 100);
	assert_int_equal(next_ms(), 40);
	assert_int_equal(read_at(39), 0);
	assert_int_equal(read_at(40), 100);
	assert_int_equal(next_ms(), -1);
}

static void a_write_is_cut_into_segments_of_at_most_1448_bytes(void **state)
{
	(void)state;
	begin("delay=1ms", false);
	write_at(0, 1448);
	assert_int_equal(stream.sent, 1);
	write_at(0, 1449);
	assert_int_equal(stream.sent, 3);
	assert_int_equal(stream.sent_bytes, 1448 + 1449);
}

/* 1500 bytes with headers at 12 Mbit/s take a millisecond, each behind the one before. */
static void each_segment_takes_its_time_at_the_lines_rate(void **state)
{
	(void)state;
	begin("rate=12mbit", false);
	write_at(0, 2 * 1448);
	assert_int_equal(read_at(0), 0);
	assert_int_equal(read_at(1), 1448);
	assert_int_equal(read_at(2), 1448);
}

/*
 * Round trip 80 ms: SRTT 80, RTTVAR 40, so RTO = 240. The blackout takes the second segment, of 20
 * bytes, sent at 100.
 */
static void begin_with_a_hole(void)
{
	begin("delay=40ms,at=100ms:blackout=1ms", false);
	write_at(0, 10);
	assert_int_equal(read_at(50), 10);
	write_at(100, 20);
}

static void what_follows_a_lost_segment_waits_for_it(void **state)
{
	(void)state;
	begin_with_a_hole();
	write_at(150, 30);
	/* One later segment is too few: the timer, 100 + 240, then 40 ms of way. */
	assert_int_equal(read_at(190), 0);
	assert_int_equal(stream.repeated, 0);
	assert_int_equal(read_at(379), 0);
	assert_int_equal(stream.repeated, 1);
	assert_int_equal(read_at(380), 50);
}

static void three_later_segments_repeat_a_lost_one_a_round_trip_after_it(void **state)
{
	(void)state;
	begin_with_a_hole();
	write_at(110, 1);
	write_at(120, 1);
	write_at(130, 1);
	assert_int_equal(next_ms(), 180);
	assert_int_equal(read_at(219), 0);
	assert_int_equal(read_at(220), 23);
	assert_int_equal(stream.repeated, 1);
}

static void two_later_segments_are_too_few(void **state)
{
	(void)state;
	begin_with_a_hole();
	write_at(110, 1);
	write_at(120, 1);
	/* The timer is what it was at the loss, whatever samples came since: 240. */
	assert_int_equal(read_at(379), 0);
	assert_int_equal(read_at(380), 22);
}

/* Before the first sample the timer is 1 s; it doubles while the line is dark: 1, 3, 7 s. */
static void the_timer_doubles(void **state)
{
	(void)state;
	begin("at=0ms:blackout=4s", false);
	write_at(0, 5);
	assert_int_equal(next_ms(), 1000);
	assert_int_equal(read_at(1000), 0);
	assert_int_equal(next_ms(), 3000);
	assert_int_equal(read_at(3000), 0);
	assert_int_equal(next_ms(), 7000);
	assert_int_equal(read_at(6999), 0);
	assert_int_equal(read_at(7000), 5);
	assert_int_equal(stream.repeated, 3);
}

/* On a short way it is 200 ms, Linux's minimum. */
static void the_timer_is_never_below_200_ms(void **state)
{
	(void)state;
	begin("delay=1ms,at=100ms:blackout=1ms", false);
	write_at(0, 1);
	assert_int_equal(read_at(1), 1);
	write_at(100, 1);
	assert_int_equal(read_at(300), 0);
	assert_int_equal(read_at(301), 1);
}

static void nagle_holds_what_is_small_until_all_is_acknowledged(void **state)
{
	(void)state;
	begin("delay=40ms", true);
	write_at(0, 10);
	write_at(10, 20);
	write_at(20, 30);
	assert_int_equal(stream.sent, 1);
	assert_int_equal(read_at(40), 10);
	/* Acknowledged at 80, half a round trip after it came; then both in one. */
	assert_int_equal(read_at(119), 0);
	assert_int_equal(read_at(120), 50);
	assert_int_equal(stream.sent, 2);
}

static void nagle_does_not_hold_whole_segments(void **state)
{
	(void)state;
	begin("delay=40ms", true);
	write_at(0, 10);
	write_at(10, 1448 + 7);
	assert_int_equal(stream.sent, 2);
	assert_int_equal(read_at(50), 10 + 1448);
	assert_int_equal(read_at(130), 7);
}

static void a_full_stream_takes_no_more(void **state)
{
	size_t written = 0, room;

	(void)state;
	begin("delay=1s", false);
	while ((room = stream_room(&stream)) > 0) {
		write_at(0, room < 100 ? room : 100);
		written += room < 100 ? room : 100;
	}
	assert_true(stream.segment_count <= STREAM_SEGMENTS_MAX);
	assert_true(written <= STREAM_BYTES_MAX);
	assert_int_equal(read_at(1000), written);
	assert_true(stream_room(&stream) > 0);
}

/* Writes what counts up, reads what is there, and compares; over a very bad line. */
static void all_bytes_come_out_once_and_in_order(uint64_t seed)
{
	struct random random = random_init(seed);
	uint8_t data[5000];
	uint64_t written = 0, seen = 0;
	int64_t now_ns = start_ns;

	begin("delay=20ms,jitter=10ms,loss=20%,burst=0.5,dup=5%,reorder=5%,rate=1mbit",
	      seed % 2 == 0);
	link_model_init(&line, &spec, seed, start_ns);
	while (seen < 40000 && now_ns < start_ns + 4000000 * MS) {
		const uint8_t *ready;
		size_t size = (size_t)random_below(&random, sizeof(data)), room;

		room = stream_room(&stream);
		size = size < room ? size : room;
		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)((written + i) % 251);
		stream_write(&stream, now_ns, data, size);
		written += size;
		now_ns += (int64_t)random_below(&random, 300 * (uint64_t)MS);
		size = stream_ready(&stream, now_ns, &ready);
		size = (size_t)random_below(&random, size + 1);
		for (size_t i = 0; i < size; i++)
			if (ready[i] != (uint8_t)((seen + i) % 251))
				fail_msg("seed %llu: byte %llu is wrong", (unsigned long long)seed,
					 (unsigned long long)(seen + i));
		stream_consume(&stream, size);
		seen += size;
	}
	assert_true(seen >= 40000);
}

static void all_bytes_come_out_once_and_in_order_over_many_seeds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++)
		all_bytes_come_out_once_and_in_order(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_after_the_delay),
		cmocka_unit_test(a_write_is_cut_into_segments_of_at_most_1448_bytes),
		cmocka_unit_test(each_segment_takes_its_time_at_the_lines_rate),
		cmocka_unit_test(what_follows_a_lost_segment_waits_for_it),
		cmocka_unit_test(three_later_segments_repeat_a_lost_one_a_round_trip_after_it),
		cmocka_unit_test(two_later_segments_are_too_few),
		cmocka_unit_test(the_timer_doubles),
		cmocka_unit_test(the_timer_is_never_below_200_ms),
		cmocka_unit_test(nagle_holds_what_is_small_until_all_is_acknowledged),
		cmocka_unit_test(nagle_does_not_hold_whole_segments),
		cmocka_unit_test(a_full_stream_takes_no_more),
		cmocka_unit_test(all_bytes_come_out_once_and_in_order_over_many_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
