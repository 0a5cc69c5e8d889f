/* relay/control/bans_text, bans_file: bans as lines, and what the disk has of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "relay/control/bans_file.h"
#include "tests/fixtures/row_tests.h"

#define S INT64_C(1000000000)

enum {
	PATIENCE_MS = 10000,
};

/* 2026-11-26T18:00:00Z, and a while after the machine's start. */
static const struct bans_now now = { .net_ns = 5000 * S, .wall_ns = 1795716000 * S };

struct row {
	const char *name, *text;
	const char *back;  /* its lines as they are written; NULL: there is an error, */
	const char *error; /* which holds this */
};

static const struct row rows[] = {
	{ "an address for good", "10.0.0.1 for-good\n", "10.0.0.1 for-good\n", NULL },
	{ "a prefix for a time, with a reason", "10.0.0.9/8 2026-11-26T18:00:01Z it is  so\n",
	  "10.0.0.0/8 2026-11-26T18:00:01Z it is  so\n", NULL },
	{ "a last line without an end", "::1/128 for-good", "::1/128 for-good\n", NULL },
	{ "blanks, and lines with nothing", "\n \t\n  10.0.0.1 \t for-good   why \n",
	  "10.0.0.1 for-good why \n", NULL },
	{ "comments", "# one\n#two\n10.0.0.1 for-good\n", "10.0.0.1 for-good\n", NULL },
	{ "a ban that has just ended", "10.0.0.1 2026-11-26T18:00:00Z\n", "", NULL },
	{ "a ban that ended long ago", "10.0.0.1 1970-01-01T00:00:00Z\n", "", NULL },
	{ "lines that end with CRLF, behind a byte order mark",
	  "\xef\xbb\xbf# one\r\n10.0.0.1 for-good\r\n10.0.0.2 for-good why\r\n",
	  "10.0.0.1 for-good\n10.0.0.2 for-good why\n", NULL },
	{ "a prefix twice: the last one", "10.0.0.1 for-good a\n10.0.0.1 for-good b\n",
	  "10.0.0.1 for-good b\n", NULL },
	{ "nothing", "", "", NULL },
	{ "no address", "x for-good\n", NULL, "line 1: \"x\" is no address" },
	{ "no end, in line 3", "\n\n10.0.0.1\n", NULL, "line 3: an end as" },
	{ "an end that is no time", "10.0.0.1 soon\n", NULL,
	  "line 1: an end as 2026-11-26T18:00:00Z, or for-good, must follow the address, not soon" },
	{ "an end on a day that there is not", "10.0.0.1 2030-02-30T00:00:00Z\n", NULL,
	  "line 1: an end as" },
	{ "an end with more behind it", "10.0.0.1 2026-11-26T18:00:01Zx\n", NULL, "an end as" },
	{ "an end beyond all", "10.0.0.1 9999-11-26T18:00:01Z\n", NULL, "an end as" },
	{ "a reason with a control character", "10.0.0.1 for-good \x1b[2J\n", NULL,
	  "line 1: a reason has at most 100" },
};

static const char *body_of(const char *text)
{
	while (*text == '#')
		text = strchr(text, '\n') + 1;
	return text;
}

static void a_text_is_these_bans_or_this_error(void **state)
{
	const struct row *row = *state;
	char error[BANS_TEXT_ERROR_BYTES] = "", *text;
	struct bans bans = { 0 };
	size_t size;

	assert_int_equal(bans_text_read(&bans, row->text, strlen(row->text), &now, error),
			 row->back != NULL);
	if (row->error && !strstr(error, row->error))
		fail_msg("\"%s\" is not in: %s", row->error, error);
	if (row->back) {
		text = bans_text_write(&bans, &now, &size);
		assert_non_null(text);
		assert_int_equal(strlen(text), size);
		assert_string_equal(body_of(text), row->back);
		free(text);
	}
	bans_fini(&bans);
}

static void a_nul_and_a_line_without_end_are_refused(void **state)
{
	char long_one[2000], error[BANS_TEXT_ERROR_BYTES];
	struct bans bans = { 0 };

	(void)state;
	memset(long_one, 'a', sizeof(long_one));
	assert_false(bans_text_read(&bans, "10.0.0.1 for-good\0x\n", 20, &now, error));
	assert_false(bans_text_read(&bans, long_one, sizeof(long_one), &now, error));
	assert_non_null(strstr(error, "line 1: it is too long"));
	bans_fini(&bans);
}

static void an_end_does_not_move_however_often_it_is_written_and_read(void **state)
{
	struct bans_now later = now;
	char error[BANS_TEXT_ERROR_BYTES];
	struct ban ban = { .prefix.length = 96, .until_ns = now.net_ns + 3600 * S + S / 3 };
	struct bans bans = { 0 };

	(void)state;
	assert_int_equal(bans_add(&bans, &ban), 0);
	for (int i = 0; i < 100; i++) {
		size_t size;
		char *text = bans_text_write(&bans, &later, &size);

		assert_non_null(strstr(text, " 2026-11-26T19:00:00Z\n"));
		bans_fini(&bans);
		/* Another process, whose net time began later. */
		later.wall_ns += 7 * S + S / 7;
		later.net_ns = S + i;
		assert_true(bans_text_read(&bans, text, size, &later, error));
		assert_int_equal(bans.count, 1);
		free(text);
	}
	bans_fini(&bans);
}

/* The file. */

static char folder[64], path[96];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/starling-bans-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/bans", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	chmod(folder, 0700);
	return rmdir(folder);
}

static void await_saved(struct bans_file *file, uint64_t number, int *result)
{
	for (int i = 0; i < PATIENCE_MS; i++) {
		if (bans_file_is_saved(file, number, result))
			return;
		usleep(1000);
	}
	fail_msg("it is not saved");
}

static size_t count_in_file(struct bans_file *file)
{
	char error[BANS_FILE_ERROR_BYTES];
	struct bans bans = { 0 };
	bool is_missing;
	size_t count;

	if (!bans_file_read(file, &bans, &is_missing, error))
		fail_msg("%s", error);
	count = bans.count;
	bans_fini(&bans);
	return count;
}

/* The temporary file has gone, too: the folder can be removed. */
static void what_was_saved_last_is_what_the_file_has(void **state)
{
	char error[BANS_FILE_ERROR_BYTES];
	struct bans_file *file;
	uint64_t number = 0;
	int result;

	(void)state;
	assert_true(bans_file_open(&file, path, true, error));
	assert_int_equal(count_in_file(file), 0);
	for (int i = 0; i < 50; i++)
		number = bans_file_save(file, strdup("10.0.0.1 for-good\n"), 18);
	number = bans_file_save(file, strdup("10.0.0.1 for-good\n10.0.0.2 for-good\n"), 36);
	await_saved(file, number, &result);
	assert_int_equal(result, 0);
	assert_int_equal(count_in_file(file), 2);
	bans_file_close(file);
}

static void what_waits_is_written_at_the_end(void **state)
{
	char error[BANS_FILE_ERROR_BYTES];
	struct bans_file *file;

	(void)state;
	assert_true(bans_file_open(&file, path, true, error));
	bans_file_save(file, strdup("10.0.0.1 for-good\n"), 18);
	bans_file_close(file);
	assert_true(bans_file_open(&file, path, false, error));
	assert_int_equal(count_in_file(file), 1);
	bans_file_close(file);
}

static void a_file_that_cannot_be_replaced_stays_and_the_error_is_told(void **state)
{
	char error[BANS_FILE_ERROR_BYTES], elsewhere[96];
	struct bans_file *file;
	int result;

	(void)state;
	assert_true(bans_file_open(&file, path, true, error));
	await_saved(file, bans_file_save(file, strdup("10.0.0.1 for-good\n"), 18), &result);
	/* A folder of the name that it is written under stands in its way. */
	snprintf(elsewhere, sizeof(elsewhere), "%s/bans.new", folder);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	await_saved(file, bans_file_save(file, strdup(""), 0), &result);
	assert_true(result < 0);
	assert_int_equal(count_in_file(file), 1);
	assert_int_equal(rmdir(elsewhere), 0);
	await_saved(file, bans_file_save(file, strdup(""), 0), &result);
	assert_int_equal(result, 0);
	assert_int_equal(count_in_file(file), 0);
	bans_file_close(file);
}

static void a_folder_in_its_place_is_called_one(void **state)
{
	char error[BANS_FILE_ERROR_BYTES];
	struct bans bans = { 0 };
	struct bans_file *file;
	bool is_missing;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(bans_file_open(&file, path, false, error));
	assert_false(bans_file_read(file, &bans, &is_missing, error));
	assert_non_null(strstr(error, strerror(EISDIR)));
	bans_file_close(file);
	assert_int_equal(rmdir(path), 0);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 6] = {
		cmocka_unit_test(a_nul_and_a_line_without_end_are_refused),
		cmocka_unit_test(an_end_does_not_move_however_often_it_is_written_and_read),
		IN_A_FOLDER(what_was_saved_last_is_what_the_file_has),
		IN_A_FOLDER(what_waits_is_written_at_the_end),
		IN_A_FOLDER(a_file_that_cannot_be_replaced_stays_and_the_error_is_told),
		IN_A_FOLDER(a_folder_in_its_place_is_called_one),
	};
	size_t count = 6;

	ROW_TESTS_ADD(tests, count, rows, a_text_is_these_bans_or_this_error);
	return _cmocka_run_group_tests("bans_text", tests, count, NULL, NULL);
}
