/* The token's file: whose it must be, and what it must hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/web/token.h"
#include "tests/fixtures/row_tests.h"

#define DIGITS_16  "0123456789abcdef"
#define DIGITS_128 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16

struct row {
	const char *name, *text;
	mode_t mode;
	const char *token; /* NULL: it is refused, */
	const char *says;  /* so */
};

static const struct row rows[] = {
	{ "32 digits", DIGITS_16 DIGITS_16, 0600, DIGITS_16 DIGITS_16, 0 },
	{ "with the end of the line", DIGITS_16 DIGITS_16 "\n", 0600, DIGITS_16 DIGITS_16, 0 },
	{ "128 digits", DIGITS_128 "\n", 0400, DIGITS_128, 0 },
	{ "31 digits", DIGITS_16 "0123456789abcde", 0600, 0, "32 to 128 hexadecimal digits" },
	{ "129 digits", DIGITS_128 "0", 0600, 0, "32 to 128 hexadecimal digits" },
	{ "another letter", DIGITS_16 "0123456789abcdeg", 0600, 0, "openssl rand -hex 32" },
	{ "with an end of the line from Windows", DIGITS_128 "\r\n", 0600, DIGITS_128, 0 },
	{ "with blanks and empty lines", " " DIGITS_16 DIGITS_16 "\t\n\n", 0600,
	  DIGITS_16 DIGITS_16, 0 },
	{ "two lines", DIGITS_16 DIGITS_16 "\n0\n", 0600, 0, "hexadecimal digits alone" },
	{ "two words", DIGITS_16 " " DIGITS_16, 0600, 0, "hexadecimal digits alone" },
	{ "blanks alone", " \n", 0600, 0, "32 to 128 hexadecimal digits" },
	{ "a long file that begins well",
	  DIGITS_16 DIGITS_16 "\n                                                            "
			      "                                                                 "
			      "                                                           0",
	  0600, 0, "hexadecimal digits alone" },
	{ "nothing", "", 0600, 0, "32 to 128 hexadecimal digits" },
	{ "the group may read it", DIGITS_16 DIGITS_16, 0640, 0, "chmod 600" },
	{ "others may read it", DIGITS_16 DIGITS_16, 0604, 0, "chmod 600" },
	{ "others may write it", DIGITS_16 DIGITS_16, 0602, 0, "others than its owner may use it" },
};

static void a_file_is_taken_or_refused(void **state)
{
	const struct row *row = *state;
	char path[] = "/tmp/starling-token-XXXXXX", error[TOKEN_ERROR_BYTES] = "";
	char token[TOKEN_MOST + 1];
	const int file = mkstemp(path);
	bool is_taken;

	assert_true(file >= 0);
	assert_int_equal(write(file, row->text, strlen(row->text)), strlen(row->text));
	assert_int_equal(fchmod(file, row->mode), 0);
	close(file);
	is_taken = token_read(token, path, error);
	unlink(path);
	assert_int_equal(is_taken, row->token != NULL);
	if (row->token)
		assert_string_equal(token, row->token);
	else if (!strstr(error, row->says) || !strstr(error, path))
		fail_msg("%s", error);
}

static void what_is_no_file_is_refused(void **state)
{
	char token[TOKEN_MOST + 1], error[TOKEN_ERROR_BYTES];

	(void)state;
	assert_false(token_read(token, "/nonexistent/token", error));
	assert_non_null(strstr(error, "No such file or directory"));
	assert_false(token_read(token, "/dev/null", error));
	assert_non_null(strstr(error, "no regular file"));
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 1] = {
		cmocka_unit_test(what_is_no_file_is_refused),
	};
	size_t count = 1;

	ROW_TESTS_ADD(tests, count, rows, a_file_is_taken_or_refused);
	return _cmocka_run_group_tests("token", tests, count, NULL, NULL);
}
