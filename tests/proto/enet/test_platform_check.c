/*
 * The start-up check refuses. This program starts itself again, with the flag PROBE, against a
 * libenet that is bound to itself, and with each of our functions hidden in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <enet/enet.h>

#include "proto/enet/platform.h"
#include "tests/fixtures/enet/elf.h"

#define PROBE "--probe"

/* The started program: returns 0, or prints the sentence and returns 1. */
static int probe(void)
{
	char why[PLATFORM_WHY_BYTES];

	if (platform_init(why, sizeof(why)) == 0)
		return 0;
	puts(why);
	return 1;
}

static const char *const functions[] = {
	"enet_initialize",         "enet_socket_create",    "enet_socket_bind",
	"enet_socket_set_option",  "enet_host_random_seed", "enet_time_get",
	"enet_socket_get_address", "enet_socket_send",      "enet_socket_receive",
	"enet_socket_wait",        "enet_socket_destroy",
};

struct folder {
	char path[64];
	char file[128]; /* the changed copy in it */
};

static int make_folder(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	strcpy(folder->path, "/tmp/starling-check-XXXXXX");
	*state = folder;
	return mkdtemp(folder->path) ? 0 : -1;
}

static int remove_folder(void **state)
{
	struct folder *folder = *state;

	unlink(folder->file);
	rmdir(folder->path);
	free(folder);
	return 0;
}

/* Runs the program at `path` as a probe, its libraries looked for in `libraries` first. */
static int run(const char *path, const char *libraries, char *said, size_t said_bytes)
{
	char command[512];
	FILE *pipe;
	size_t size;

	snprintf(command, sizeof(command), "LD_LIBRARY_PATH='%s' exec '%s' " PROBE, libraries,
		 path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	size = fread(said, 1, said_bytes - 1, pipe);
	said[size] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static void own_path(char *path, size_t bytes)
{
	const ssize_t size = readlink("/proc/self/exe", path, bytes - 1);

	assert_true(size > 0);
	path[size] = '\0';
}

/* The shared libenet in use. Skips the test when there is none, as with a static one. */
static const char *libenet_path(void)
{
	Dl_info info;

	if (!dladdr((const void *)(uintptr_t)&enet_host_create, &info) ||
	    !strstr(info.dli_fname, "libenet")) {
		puts("skipped: libenet is not a shared object here");
		skip();
	}
	return info.dli_fname;
}

static void an_unchanged_program_passes(void **state)
{
	char path[256], said[1024];

	(void)state;
	own_path(path, sizeof(path));
	assert_int_equal(run(path, "", said, sizeof(said)), 0);
	assert_string_equal(said, "");
}

static void a_libenet_bound_to_itself_is_refused_with_a_sentence(void **state)
{
	struct folder *folder = *state;
	const char *original = libenet_path();
	char path[256], said[1024];
	struct elf library;

	assert_true(elf_read(&library, original));
	assert_true(elf_bind_to_itself(&library));
	snprintf(folder->file, sizeof(folder->file), "%s/libenet.so.7", folder->path);
	assert_true(elf_write(&library, folder->file));
	elf_free(&library);
	own_path(path, sizeof(path));

	assert_int_equal(run(path, folder->path, said, sizeof(said)), 1);
	assert_non_null(strstr(said, "libenet calls its own enet_initialize, not ours"));
	assert_non_null(strstr(said, "-Bsymbolic"));
	assert_non_null(strstr(said, folder->file)); /* which one it is */
}

/* An unchanged copy, so that the refusal above is due to the one changed flag. */
static void a_copied_libenet_passes(void **state)
{
	struct folder *folder = *state;
	const char *original = libenet_path();
	char path[256], said[1024];
	struct elf library;

	assert_true(elf_read(&library, original));
	snprintf(folder->file, sizeof(folder->file), "%s/libenet.so.7", folder->path);
	assert_true(elf_write(&library, folder->file));
	elf_free(&library);
	own_path(path, sizeof(path));

	assert_int_equal(run(path, folder->path, said, sizeof(said)), 0);
}

static void a_hidden_function_is_refused_by_its_name(void **state)
{
	struct folder *folder = *state;
	char path[256], said[1024], expected[128];

	libenet_path();
	own_path(path, sizeof(path));
	snprintf(folder->file, sizeof(folder->file), "%s/program", folder->path);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct elf program;

		assert_true(elf_read(&program, path));
		assert_true(elf_hide(&program, functions[i]));
		assert_true(elf_write(&program, folder->file));
		elf_free(&program);
		snprintf(expected, sizeof(expected), "libenet calls its own %s, not ours",
			 functions[i]);

		assert_int_equal(run(folder->file, "", said, sizeof(said)), 1);
		if (!strstr(said, expected))
			fail_msg("'%s' hidden: %s", functions[i], said);
	}
}

static void a_short_buffer_for_the_sentence_is_terminated(void **state)
{
	char why[4] = "xyz";

	(void)state;
	assert_int_equal(platform_init(why, 1), 0);
	assert_int_equal(why[0], '\0');
	assert_int_equal(platform_init(NULL, 0), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unchanged_program_passes),
		cmocka_unit_test_setup_teardown(
			a_libenet_bound_to_itself_is_refused_with_a_sentence, make_folder,
			remove_folder),
		cmocka_unit_test_setup_teardown(a_copied_libenet_passes, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_hidden_function_is_refused_by_its_name,
						make_folder, remove_folder),
		cmocka_unit_test(a_short_buffer_for_the_sentence_is_terminated),
	};

	if (argc == 2 && strcmp(argv[1], PROBE) == 0)
		return probe();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
