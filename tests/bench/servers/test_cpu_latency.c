/* Keeping processors awake, by the kernel's device for that and by files in its place. */
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

/* The longest that waking may take now; -1: not to be read. */
static int32_t longest_us(void)
{
	const int descriptor = open(CPU_LATENCY_DEVICE, O_RDONLY | O_CLOEXEC);
	int32_t us = -1;

	if (descriptor < 0)
		return -1;
	if (read(descriptor, &us, sizeof(us)) != sizeof(us))
		us = -1;
	close(descriptor);
	return us;
}

static void no_processor_may_sleep_while_it_is_held(void **state)
{
	struct cpu_latency latency = { 0 };
	int32_t us;

	(void)state;
	cpu_latency_hold(&latency, CPU_LATENCY_DEVICE);
	if (!latency.is_held) {
		printf("skipped: %s is not ours to write to: %s\n", CPU_LATENCY_DEVICE,
		       strerror(errno));
		skip();
	}
	us = longest_us();
	assert_true(us == 0 || us == -1);
	/* The kernel's value may be held by another, a bench maybe; by this one it is not any more.
	 */
	cpu_latency_release(&latency);
	assert_false(latency.is_held);
	assert_int_equal(fcntl(latency.descriptor, F_GETFD), -1);
	/* A second time there is nothing to release. */
	cpu_latency_release(&latency);
}

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
		cmocka_unit_test(no_processor_may_sleep_while_it_is_held),
		cmocka_unit_test(what_is_written_is_zero_in_four_bytes),
		cmocka_unit_test(without_the_device_or_the_right_nothing_is_held),
	};

	return cmocka_run_group_tests_name("cpu_latency", tests, NULL, NULL);
}
