/* Keeping processors awake, by files in the place of the kernel's device for that. */
#include "bench/servers/cpu_latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void what_is_written_is_zero_in_four_bytes(void **state)
{
	char path[] = "/tmp/starling-latency-XXXXXX";
	const uint8_t wanted[4] = { 0 };
	struct cpu_latency latency = { 0 };
	uint8_t bytes[8];
	const int file = mkstemp(path);

	(void)state;
	assert_true(file >= 0);
	cpu_latency_hold(&latency, path);
	assert_true(latency.is_held);
	assert_int_equal(read(file, bytes, sizeof(bytes)), sizeof(wanted));
	assert_memory_equal(bytes, wanted, sizeof(wanted));
	cpu_latency_release(&latency);
	close(file);
	unlink(path);
}

static void without_the_device_or_the_right_nothing_is_held(void **state)
{
	/* Not there; not to be written to; full. */
	const char *const paths[] = { "/nonexistent/latency", "/", "/dev/full" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct cpu_latency latency = { 0 };

		cpu_latency_hold(&latency, paths[i]);
		assert_false(latency.is_held);
		cpu_latency_release(&latency);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_zero_in_four_bytes),
		cmocka_unit_test(without_the_device_or_the_right_nothing_is_held),
	};

	return cmocka_run_group_tests_name("cpu_latency", tests, NULL, NULL);
}
