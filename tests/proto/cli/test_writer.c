/* Adding a line never blocks: full pipes, failing files, and the notes on dropped lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "proto/cli/writer.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	CAPACITY = 1000,
	LINE_BYTES = 100, /* ten of them fill the ring */
	PIPE_BYTES = 4096,
	PATIENCE_MS = 5000, /* for what must come */
	GLANCE_MS = 20,     /* for what must not come */
};

static int ends[2];
static struct writer *writer;

static size_t note(char *out, size_t out_bytes, uint64_t lines)
{
	return (size_t)snprintf(out, out_bytes, "%d dropped\n", (int)lines);
}

/* A pipe with this much room left. */
static void open_pipe(size_t room)
{
	char fill[PIPE_BYTES];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
	memset(fill, '.', sizeof(fill));
	fill[PIPE_BYTES - room - 1] = '\n';
	assert_int_equal(write(ends[1], fill, PIPE_BYTES - room), PIPE_BYTES - room);
}

static void open_writer(int descriptor)
{
	writer = writer_open(descriptor, CAPACITY, note, NULL);
	assert_non_null(writer);
}

static int teardown(void **state)
{
	(void)state;
	if (ends[0] > 0)
		close(ends[0]); /* which ends a write that waits */
	assert_true(writer_close(writer, PATIENCE_MS * NS_PER_MS));
	if (ends[1] > 0)
		close(ends[1]);
	ends[0] = ends[1] = 0;
	writer = NULL;
	return 0;
}

/* A line of LINE_BYTES that begins with this number. */
static bool add(unsigned number)
{
	char line[LINE_BYTES + 1];

	snprintf(line, sizeof(line), "%-*u\n", LINE_BYTES - 1, number);
	return writer_add(writer, line, LINE_BYTES);
}

/* Reads until `text` has come; fails the test when it never does. */
static const char *read_until(const char *text)
{
	static char all[1 << 16];
	size_t size = 0;

	memset(all, 0, sizeof(all));
	while (!strstr(all, text)) {
		struct pollfd in = { .fd = ends[0], .events = POLLIN };
		ssize_t got;

		if (poll(&in, 1, PATIENCE_MS) != 1)
			fail_msg("no \"%s\" in:\n%s", text, all);
		got = read(ends[0], all + size, sizeof(all) - 1 - size);
		assert_true(got > 0);
		size += (size_t)got;
	}
	return all;
}

static void lines_are_written_in_the_order_in_which_they_were_added(void **state)
{
	const char *all, *one, *two;

	(void)state;
	open_pipe(PIPE_BYTES - 1);
	open_writer(ends[1]);
	assert_true(add(1));
	assert_true(add(2));
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), 0);
	all = read_until("\n2 ");
	one = strstr(all, "\n1 ");
	two = strstr(all, "\n2 ");
	assert_true(one && one < two);
	assert_int_equal(writer_dropped(writer), 0);
}

static void more_bytes_than_the_ring_holds_go_through_it(void **state)
{
	(void)state;
	open_pipe(PIPE_BYTES - 1);
	open_writer(ends[1]);
	for (unsigned n = 0; n < 3 * CAPACITY / LINE_BYTES; n++) {
		assert_true(writer_add(writer, "odd\n", 4)); /* so that lines go across its end */
		assert_true(add(n));
		assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), 0);
	}
	assert_non_null(strstr(read_until("\n29 "), "odd\n28 "));
}

/* Fills the ring of a full pipe. Returns the number of the first line that did not fit. */
static unsigned fill(void)
{
	unsigned n = 0;

	while (add(n))
		assert_true(++n < 100);
	return n;
}

static void a_full_pipe_blocks_nobody_and_a_note_stands_for_dropped_lines(void **state)
{
	char before[32], after[64];
	const char *all;
	unsigned n;

	(void)state;
	open_pipe(0);
	open_writer(ends[1]);
	n = fill();
	assert_int_equal(n, CAPACITY / LINE_BYTES);
	assert_false(add(n + 1));
	assert_false(add(n + 2));
	assert_int_equal(writer_dropped(writer), 3);
	assert_int_equal(writer_drain(writer, GLANCE_MS * NS_PER_MS), -ETIMEDOUT);
	all = read_until("dropped\n");
	snprintf(before, sizeof(before), "\n%u ", n - 1);
	assert_non_null(strstr(all, before));
	assert_non_null(strstr(strstr(all, before), "\n3 dropped\n"));
	assert_true(add(77));
	snprintf(after, sizeof(after), "77 ");
	assert_null(strstr(read_until(after), "dropped"));
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), -ENOBUFS);
}

static void a_writer_without_a_reader_does_not_block_the_end(void **state)
{
	static struct writer *volatile left; /* so that it is no leak */

	(void)state;
	open_pipe(0);
	open_writer(ends[1]);
	add(1);
	left = writer;
	assert_false(writer_close(left, GLANCE_MS * NS_PER_MS));
	writer = NULL;
	ends[1] = 0; /* the thread's, for good */
}

static void the_thread_waits_for_a_descriptor_that_does_not_block(void **state)
{
	(void)state;
	open_pipe(0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	open_writer(ends[1]);
	assert_true(add(5));
	assert_int_equal(writer_drain(writer, GLANCE_MS * NS_PER_MS), -ETIMEDOUT);
	read_until("\n5 ");
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), 0);
}

static void a_full_disk_is_counted_and_does_not_keep_the_thread_busy(void **state)
{
	const int full = open("/dev/full", O_WRONLY);

	(void)state;
	open_writer(full);
	add(1);
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), -ENOSPC);
	assert_int_equal(writer_dropped(writer), 1);
	add(2);
	add(3);
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), -ENOSPC);
	assert_int_equal(writer_dropped(writer), 3);
	close(full);
}

static void a_file_that_takes_bytes_again_gets_the_note_first(void **state)
{
	const int full = open("/dev/full", O_WRONLY);
	const char *all;

	(void)state;
	open_pipe(PIPE_BYTES - 1);
	open_writer(full);
	add(1);
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), -ENOSPC);
	assert_int_equal(dup2(ends[1], full), full);
	add(2);
	all = read_until("\n2 ");
	assert_non_null(strstr(all, "\n1 dropped\n2 "));
	close(full);
}

static void a_pipe_without_a_reader_is_an_error_and_no_signal(void **state)
{
	(void)state;
	open_pipe(PIPE_BYTES - 1);
	close(ends[0]);
	ends[0] = 0;
	open_writer(ends[1]);
	add(1);
	assert_int_equal(writer_drain(writer, PATIENCE_MS * NS_PER_MS), -EPIPE);
}

static void two_writers_to_one_pipe_do_not_tear_each_others_texts(void **state)
{
	enum {
		TEXT_BYTES = 2 * PIPE_BYTES
	}; /* more than the pipe takes at once */
	char *text = malloc(TEXT_BYTES + 1);
	struct writer *other;
	const char *all;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', TEXT_BYTES);
	text[TEXT_BYTES - 1] = '\n';
	text[TEXT_BYTES] = '\0';
	open_pipe(PIPE_BYTES - 1);
	open_writer(ends[1]);
	other = writer_open(ends[1], TEXT_BYTES, NULL, writer);
	assert_non_null(other);
	assert_true(writer_add(other, text, TEXT_BYTES));
	assert_int_equal(writer_drain(other, GLANCE_MS * NS_PER_MS), -ETIMEDOUT);
	add(1);
	all = read_until("\n1 ");
	assert_non_null(strstr(all, text));
	assert_true(writer_close(other, PATIENCE_MS * NS_PER_MS));
	free(text);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_teardown(function, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lines_are_written_in_the_order_in_which_they_were_added),
		TEST(more_bytes_than_the_ring_holds_go_through_it),
		TEST(a_full_pipe_blocks_nobody_and_a_note_stands_for_dropped_lines),
		TEST(a_writer_without_a_reader_does_not_block_the_end),
		TEST(the_thread_waits_for_a_descriptor_that_does_not_block),
		TEST(a_full_disk_is_counted_and_does_not_keep_the_thread_busy),
		TEST(a_file_that_takes_bytes_again_gets_the_note_first),
		TEST(a_pipe_without_a_reader_is_an_error_and_no_signal),
		TEST(two_writers_to_one_pipe_do_not_tear_each_others_texts),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
