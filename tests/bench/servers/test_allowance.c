/* What a process may still take, under limits that a child of the test's sets for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/servers/allowance.h"
#include "bench/result/tables/contrast_rows.h"

enum {
	FEW = 64, /* descriptors */
	MIB = 1 << 20,
};

/* In a child with that limit: whether `is_so`. What it writes to stderr is kept, to be freed. */
static bool in_child(int resource, struct rlimit limit, bool (*is_so)(void), char **said)
{
	char text[1024] = "";
	int ends[2], status;
	ssize_t size;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		_exit(setrlimit(resource, &limit) != 0 ? 2 : !is_so());
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	size = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[size > 0 ? size : 0] = '\0';
	if (said)
		*said = strdup(text);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

static bool has_few(void)
{
	return allowance_has_descriptors(FEW) && allowance_descriptors() == FEW;
}

static bool has_more(void)
{
	return allowance_has_descriptors(FEW + 1);
}

static bool is_raised_as_needed(void)
{
	struct rlimit limit;

	return allowance_has_descriptors(FEW) && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       limit.rlim_cur == FEW;
}

static void descriptors_are_had_up_to_the_hard_limit(void **state)
{
	(void)state;
	assert_true(in_child(RLIMIT_NOFILE, (struct rlimit){ 16, FEW }, has_few, NULL));
	assert_true(in_child(RLIMIT_NOFILE, (struct rlimit){ 16, FEW }, is_raised_as_needed, NULL));
	assert_false(in_child(RLIMIT_NOFILE, (struct rlimit){ 16, FEW }, has_more, NULL));
}

static bool has_under_a_gib(void)
{
	const uint64_t there = allowance_memory_bytes();

	return there > 0 && there < UINT64_C(1024) * MIB;
}

static bool has_none(void)
{
	return allowance_memory_bytes() == 0;
}

/* What is mapped already counts. A sanitizer maps terabytes. */
static void memory_is_had_up_to_the_limit_on_addresses(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	assert_true(in_child(RLIMIT_AS, (struct rlimit){ 1024UL * MIB, RLIM_INFINITY },
			     has_under_a_gib, NULL));
	assert_true(in_child(RLIMIT_AS, (struct rlimit){ 4096, RLIM_INFINITY }, has_none, NULL));
}

/* Of 64 members, live through proxies. */
static bool has_means(bool is_live, bool has_namespaces, enum trial_carrier carrier)
{
	static struct contrast contrast;

	contrast = (struct contrast){ .is_live = is_live,
				      .has_namespaces = has_namespaces,
				      .carriers = { carrier },
				      .carrier_count = 1,
				      .trial = { .members = 64, .rate_hz = 20, .seconds = 5 } };
	return contrast_has_means(&contrast);
}

static bool can_be_raw(void)
{
	return has_means(true, false, TRIAL_RAW);
}

static bool can_be_tcp(void)
{
	return has_means(true, false, TRIAL_TCP);
}

static bool can_be_in_namespaces(void)
{
	return has_means(true, true, TRIAL_TCP);
}

static bool can_be_simulated(void)
{
	return has_means(false, false, TRIAL_RAW);
}

static void a_live_contrast_asks_for_its_descriptors_first(void **state)
{
	const struct rlimit few = { FEW, FEW }, some = { 160, 160 };
	char *said;

	(void)state;
	assert_false(in_child(RLIMIT_NOFILE, few, can_be_raw, &said));
	assert_non_null(strstr(said, "64 members need 152 file descriptors"));
	assert_non_null(strstr(said, "the limit is 64"));
	free(said);
	assert_true(in_child(RLIMIT_NOFILE, few, can_be_simulated, NULL));
	assert_true(in_child(RLIMIT_NOFILE, some, can_be_raw, NULL));
	assert_false(in_child(RLIMIT_NOFILE, some, can_be_tcp, NULL));
	assert_true(in_child(RLIMIT_NOFILE, some, can_be_in_namespaces, NULL));
}

static void a_contrast_asks_for_its_memory_first(void **state)
{
	const struct rlimit little = { 32UL * MIB, RLIM_INFINITY };
	char *said;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	assert_false(in_child(RLIMIT_AS, little, can_be_simulated, &said));
	assert_non_null(strstr(said, "64 members at 20 Hz for 5 s takes about"));
	assert_non_null(strstr(said, "MiB are available"));
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_had_up_to_the_hard_limit),
		cmocka_unit_test(memory_is_had_up_to_the_limit_on_addresses),
		cmocka_unit_test(a_live_contrast_asks_for_its_descriptors_first),
		cmocka_unit_test(a_contrast_asks_for_its_memory_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
