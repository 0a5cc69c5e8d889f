/* Rules for the calls of all chapters: their examples, descriptors and processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/tour/chapter.h"
#include "tests/fixtures/client/tour_steps.h"

/* Whether `name` and an opening bracket stand in lines `first` to `last` of an example. */
static bool example_calls(const char *file, unsigned first, unsigned last, const char *name)
{
	char path[128], line[256], call[32];
	bool has_call = false;
	unsigned at = 0;
	FILE *text;

	snprintf(path, sizeof(path), "client/tour/examples/%s", file);
	snprintf(call, sizeof(call), "%s(", name);
	text = fopen(path, "r");
	assert_non_null(text);
	while (fgets(line, sizeof(line), text) && ++at <= last)
		has_call |= at >= first && strstr(line, call);
	fclose(text);
	return has_call;
}

/* Whether a step's examples, as "a.c 1-2, b.c 3", make the call in the named lines. */
static bool code_calls(const char *code, const char *name)
{
	char file[64];
	unsigned first, last;
	int used;

	while (sscanf(code, "%63s %u%n", file, &first, &used) == 2) {
		code += used;
		last = first;
		if (sscanf(code, "-%u%n", &last, &used) == 1)
			code += used;
		if (example_calls(file, first, last, name))
			return true;
		code += *code == ',';
	}
	return false;
}

/* Every call of the step, but for getsockopt, which the examples do without. */
static void assert_code_makes_calls(const cJSON *step)
{
	const char *code = tour_steps_text(step, "code");
	const cJSON *call;

	cJSON_ArrayForEach(call, cJSON_GetObjectItem(step, "calls"))
	{
		const char *name = tour_steps_text(call, "call");

		if (strcmp(name, "getsockopt") != 0 && !code_calls(code, name))
			fail_msg("%s has no %s()", code, name);
	}
}

static void the_named_lines_of_the_examples_make_the_step_s_calls(void **state)
{
	unsigned named = 0;

	(void)state;
	for (int chapter = 2; chapter <= 3; chapter++) {
		cJSON *steps = tour_steps_play(chapter);
		const cJSON *step;

		cJSON_ArrayForEach(step, steps)
		{
			if (*tour_steps_text(step, "code") == '\0')
				continue;
			assert_code_makes_calls(step);
			named++;
		}
		cJSON_Delete(steps);
	}
	assert_true(named >= 6);
}

enum {
	HOSTS = 32, /* from this bit on, the descriptors that are ENet hosts' */
};

/* The calls of an ENet host, whose socket host_socket tells. False: it is not one. */
static bool follow_host(const char *name, int result, unsigned long *open)
{
	if (strcmp(name, "host_socket") == 0)
		*open |= 1UL << result | 1UL << (HOSTS + result);
	else if (strcmp(name, "host_close") == 0)
		*open &= ~(*open >> HOSTS | *open >> HOSTS << HOSTS);
	return strncmp(name, "host_", 5) == 0 || strncmp(name, "states_", 7) == 0;
}

/* Sets or clears the descriptor that a call is about, and checks that the process has it. */
static void follow_call(const cJSON *call, unsigned long *open)
{
	const char *name = tour_steps_text(call, "call");
	const char *arguments = tour_steps_text(call, "arguments");
	int result = tour_steps_number(call, "result"), fd;

	if (strcmp(name, "setuid") == 0 || strcmp(name, "unshare") == 0 ||
	    strcmp(name, "setns") == 0 || follow_host(name, result, open))
		return;
	if (strcmp(name, "socket") == 0 && result < 0)
		return;
	if (strcmp(name, "socket") == 0) {
		assert_false(*open & 1UL << result);
		*open |= 1UL << result;
		return;
	}
	fd = atoi(arguments + (arguments[0] == '{'));
	if (!(*open & 1UL << fd))
		fail_msg("%s(%s) of a descriptor that no call before it opened", name, arguments);
	if (strcmp(name, "accept") == 0 && result >= 0)
		*open |= 1UL << result;
	if (strcmp(name, "close") == 0)
		*open &= ~(1UL << fd);
}

static unsigned open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void
every_call_is_of_an_open_descriptor_and_a_chapter_leaves_none_and_no_process(void **state)
{
	static const char *const parties[] = { "server", "client A", "client B" };

	(void)state;
	/* The library may keep something for the whole process after its first use. */
	cJSON_Delete(tour_steps_play(6));
	for (size_t i = 0; i < chapter_count; i++) {
		const unsigned before = open_descriptors();
		unsigned long open[3] = { 0 };
		cJSON *steps = tour_steps_play(chapter_list[i].number);
		const cJSON *step, *call;

		cJSON_ArrayForEach(step, steps)
		{
			cJSON_ArrayForEach(call, cJSON_GetObjectItem(step, "calls"))
			{
				size_t party = 0;

				while (strcmp(parties[party], tour_steps_text(call, "who")) != 0)
					party++;
				follow_call(call, &open[party]);
			}
		}
		cJSON_Delete(steps);
		assert_true(open[0] == 0 && open[1] == 0 && open[2] == 0);
		assert_int_equal(open_descriptors(), before);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
}

static void an_example_has_at_most_60_lines(void **state)
{
	static const char *const files[] = { "datagram/server.c", "datagram/client.c",
					     "stream/server.c", "stream/client.c" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[64];
		int lines = 0, byte;
		FILE *file;

		snprintf(path, sizeof(path), "client/tour/examples/%s", files[i]);
		file = fopen(path, "r");
		assert_non_null(file);
		while ((byte = fgetc(file)) != EOF)
			lines += byte == '\n';
		fclose(file);
		assert_in_range(lines, 1, 60);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_named_lines_of_the_examples_make_the_step_s_calls),
		cmocka_unit_test(
			every_call_is_of_an_open_descriptor_and_a_chapter_leaves_none_and_no_process),
		cmocka_unit_test(an_example_has_at_most_60_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
