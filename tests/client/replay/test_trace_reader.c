#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/replay/trace_reader.h"
#include "tests/fixtures/row_tests.h"

#define HEADER "t,id,x,y,z\n"

static int read_bytes(struct trace *trace, const void *data, size_t size, char *why)
{
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	int result;

	assert_non_null(file);
	result = trace_reader_read(trace, file, "walk.csv", why);
	fclose(file);
	return result;
}

static int read_text(struct trace *trace, const char *text, char *why)
{
	return read_bytes(trace, text, strlen(text), why);
}

/* Broken lines. */

struct broken {
	const char *name;
	const char *text;
	const char *why;
};

#define EXPECTED ": expected t,id,x,y,z as numbers, got "

static const struct broken broken[] = {
	{ "a header of other columns", "t,id,x,y\n",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"t,id,x,y\": the first line must be "
	  "t,id,x,y,z" },
	{ "no header", "0,1,2,3,4\n",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"0,1,2,3,4\": the first line must be "
	  "t,id,x,y,z" },
	{ "a header in quotes", "\"t\",\"id\",\"x\",\"y\",\"z\"\n",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"\"t\",\"id\",\"x\",\"y\",\"z\"\": "
	  "it has quotes; write the file without" },
	{ "a header with tabs", "t\tid\tx\ty\tz\n",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"t\\tid\\tx\\ty\\tz\": tabs are between "
	  "the columns; put commas there" },
	{ "a header with semicolons", "t;id;x;y;z\n0,0;1;2,5;3;4\n",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"t;id;x;y;z\": semicolons are between "
	  "the columns; put commas there, and points into the numbers" },
	{ "a header in UTF-16", "\xff\xfet\n",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"\\xff\\xfet\": this is UTF-16; save it "
	  "as UTF-8" },
	{ "lines that end with CR", "t,id,x,y,z\r0,1,2,3,4\r",
	  "walk.csv:1: expected the header t,id,x,y,z, got \"t,id,x,y,z\\r0,1,2,3,4\\r\": the lines "
	  "end with CR; end them with LF or CRLF" },
	{ "no rows but empty lines", HEADER "\n\n",
	  "walk.csv: no rows after the header; nothing to replay" },
	{ "no rows", HEADER, "walk.csv: no rows after the header; nothing to replay" },
	{ "z missing", HEADER "0,1,2,3\n", "walk.csv:2" EXPECTED "\"0,1,2,3\": z is missing" },
	{ "all but t missing", HEADER "0\n", "walk.csv:2" EXPECTED "\"0\": id is missing" },
	{ "six columns", HEADER "0,1,2,3,4,5\n",
	  "walk.csv:2" EXPECTED "\"0,1,2,3,4,5\": there are more than five columns" },
	{ "an empty line", HEADER "0,1,2,3,4\n\n1,1,2,3,4\n",
	  "walk.csv:3" EXPECTED "\"\": the line is empty, and rows follow; delete it" },
	{ "t is a word", HEADER "soon,1,2,3,4\n",
	  "walk.csv:2" EXPECTED "\"soon,1,2,3,4\": t is not a number" },
	{ "x with a unit", HEADER "0,1,2m,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,1,2m,3,4\": x is not a number" },
	{ "y of two signs", HEADER "0,1,2,--3,4\n",
	  "walk.csv:2" EXPECTED "\"0,1,2,--3,4\": y is not a number" },
	{ "a blank before z", HEADER "0,1,2,3, 4\n",
	  "walk.csv:2" EXPECTED "\"0,1,2,3, 4\": z is not a number" },
	{ "a hexadecimal x", HEADER "0,1,0x10,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,1,0x10,3,4\": x is not a number" },
	{ "x is empty", HEADER "0,1,,3,4\n", "walk.csv:2" EXPECTED "\"0,1,,3,4\": x is empty" },
	{ "x is nan", HEADER "0,1,nan,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,1,nan,3,4\": x is not finite" },
	{ "y is -inf", HEADER "0,1,2,-inf,4\n",
	  "walk.csv:2" EXPECTED "\"0,1,2,-inf,4\": y is not finite" },
	{ "z overflows", HEADER "0,1,2,3,1e999\n",
	  "walk.csv:2" EXPECTED "\"0,1,2,3,1e999\": z is not finite" },
	{ "id is a fraction", HEADER "0,1.5,2,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,1.5,2,3,4\": id is not an integer" },
	{ "id is a word", HEADER "0,ball,2,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,ball,2,3,4\": id is not an integer" },
	{ "id is empty", HEADER "0,,2,3,4\n", "walk.csv:2" EXPECTED "\"0,,2,3,4\": id is empty" },
	{ "id is a sign", HEADER "0,-,2,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,-,2,3,4\": id is not an integer" },
	{ "id above 64 bits", HEADER "0,9223372036854775808,2,3,4\n",
	  "walk.csv:2" EXPECTED "\"0,9223372036854775808,2,3,4\": id does not fit 64 bits" },
	{ "t below 0", HEADER "-0.1,1,2,3,4\n",
	  "walk.csv:2" EXPECTED "\"-0.1,1,2,3,4\": t is below 0; count it from the first row" },
	{ "t above the limit", HEADER "0,1,2,3,4\n1000000.5,1,2,3,4\n",
	  "walk.csv:3" EXPECTED "\"1000000.5,1,2,3,4\": t is more than 1000000 s after the start" },
	{ "a time of the day that is long after the first",
	  HEADER "1700000000,1,2,3,4\n1701000001,1,2,3,4\n",
	  "walk.csv:3" EXPECTED
	  "\"1701000001,1,2,3,4\": t is more than 1000000 s after the start" },
	{ "a time of the day that goes back",
	  HEADER "1700000000000,1,2,3,4\n1699999999999,2,2,3,4\n",
	  "walk.csv:3" EXPECTED "\"1699999999999,2,2,3,4\": t goes back; sort the rows by t" },
	{ "microseconds since 1970", HEADER "1700000000000000,1,2,3,4\n",
	  "walk.csv:2" EXPECTED
	  "\"1700000000000000,1,2,3,4\": t is neither seconds nor milliseconds since 1970; convert it" },
	{ "seconds, then milliseconds", HEADER "1700000000,1,2,3,4\n1700000000033,1,2,3,4\n",
	  "walk.csv:3" EXPECTED
	  "\"1700000000033,1,2,3,4\": t is more than 1000000 s after the start" },
	{ "t goes back", HEADER "1,1,2,3,4\n0.9,2,2,3,4\n",
	  "walk.csv:3" EXPECTED "\"0.9,2,2,3,4\": t goes back; sort the rows by t" },
	{ "an id twice at one time", HEADER "1,7,2,3,4\n1,8,0,0,0\n1,7,2,3,5\n",
	  "walk.csv:4" EXPECTED "\"1,7,2,3,5\": the id has a row of the same t already; keep one" },
	{ "control characters are not repeated", HEADER "0,1,2,3,\x1b[2J\n",
	  "walk.csv:2" EXPECTED "\"0,1,2,3,\\x1b[2J\": z is not a number" },
	{ "a long line is cut",
	  HEADER "0,1,2,3,4444444444444444444444444444444444444444444444444444444444x\n",
	  "walk.csv:2" EXPECTED
	  "\"0,1,2,3,4444444444444444444444444444444444444444444444444444...\": z is not a "
	  "number" },
};

static void is_refused_with_its_sentence(void **state)
{
	const struct broken *row = *state;
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	assert_int_equal(read_text(&trace, row->text, why), -EINVAL);
	assert_string_equal(why, row->why);
	assert_null(trace.rows);
	assert_null(trace.ids);
}

static void an_empty_file_is_refused(void **state)
{
	char why[TRACE_ERROR_BYTES];
	struct trace trace;
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_int_equal(trace_reader_read(&trace, file, "walk.csv", why), -EINVAL);
	fclose(file);
	assert_string_equal(
		why, "walk.csv: empty; expected the header t,id,x,y,z, then rows of numbers");
}

static void a_zero_byte_is_refused(void **state)
{
	static const char text[] = HEADER "0,1,2,3,4\0,5\n";
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	assert_int_equal(read_bytes(&trace, text, sizeof(text) - 1, why), -EINVAL);
	assert_non_null(strstr(why, "the line has a zero byte"));
}

/* A line of `size` bytes that is right but for its size. */
static int read_long_line(size_t size, char *why)
{
	char text[1024] = HEADER "0,1,2,3,";
	size_t at = strlen(text), start = strlen(HEADER);
	struct trace trace;
	int result;

	while (at < start + size)
		text[at++] = '4';
	strcpy(text + at, "\n");
	result = read_text(&trace, text, why);
	trace_fini(&trace);
	return result;
}

static void a_line_of_255_bytes_is_read_and_of_256_is_not(void **state)
{
	char why[TRACE_ERROR_BYTES];

	(void)state;
	assert_int_equal(read_long_line(255, why), 0);
	assert_int_equal(read_long_line(256, why), -EINVAL);
	assert_non_null(strstr(why, "walk.csv:2"));
	assert_non_null(strstr(why, "the line is longer than 255 bytes"));
	assert_int_equal(read_long_line(600, why), -EINVAL);
}

static void more_than_4096_ids_are_refused(void **state)
{
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	for (int ids = TRACE_IDS_MAX; ids <= TRACE_IDS_MAX + 1; ids++) {
		FILE *file = tmpfile();
		int result;

		assert_non_null(file);
		fputs(HEADER, file);
		for (int i = 0; i < ids; i++)
			fprintf(file, "0,%d,0,0,0\n", ids - i);
		rewind(file);
		result = trace_reader_read(&trace, file, "walk.csv", why);
		fclose(file);
		assert_int_equal(result, ids <= TRACE_IDS_MAX ? 0 : -EINVAL);
		trace_fini(&trace);
	}
	assert_non_null(strstr(why, "walk.csv:4098"));
	assert_non_null(strstr(why, "there are more than 4096 ids"));
}

static void a_file_that_is_not_there_is_named(void **state)
{
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	assert_int_equal(trace_reader_open(&trace, "no/such.csv", why), -ENOENT);
	assert_string_equal(why, "cannot open no/such.csv: No such file or directory");
}

static void a_folder_is_refused(void **state)
{
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	assert_int_equal(trace_reader_open(&trace, ".", why), -EIO);
	assert_non_null(strstr(why, ".: cannot be read"));
}

/* Valid traces. */

static void rows_and_ids_are_read(void **state)
{
	static const char text[] = HEADER "0,30,1.5,-2,3\n"
					  "0,-4,0,0,0\n"
					  "0.5,30,+1e1,.5,2.\n"
					  "2.25,7,1,1,1\n";
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	assert_int_equal(read_text(&trace, text, why), 0);
	assert_int_equal(trace.row_count, 4);
	assert_int_equal(trace.id_count, 3);
	assert_int_equal(trace.ids[0].id, -4);
	assert_int_equal(trace.ids[1].id, 7);
	assert_int_equal(trace.ids[2].id, 30);
	assert_int_equal(trace.rows[0].rank, 2);
	assert_int_equal(trace.rows[1].rank, 0);
	assert_int_equal(trace.rows[2].rank, 2);
	assert_int_equal(trace.rows[3].rank, 1);
	assert_true(trace.rows[0].x == 1.5 && trace.rows[0].y == -2 && trace.rows[0].z == 3);
	assert_true(trace.rows[2].x == 10 && trace.rows[2].y == 0.5 && trace.rows[2].z == 2);
	assert_true(trace.ids[2].first_s == 0 && trace.ids[2].last_s == 0.5);
	assert_true(trace.ids[1].first_s == 2.25 && trace.ids[1].last_s == 2.25);
	trace_fini(&trace);
}

static void crlf_and_a_missing_last_line_end_are_fine(void **state)
{
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	assert_int_equal(read_text(&trace, "t,id,x,y,z\r\n0,1,2,3,4\r\n1,1,2,3,5", why), 0);
	assert_int_equal(trace.row_count, 2);
	assert_true(trace.rows[1].z == 5);
	trace_fini(&trace);
}

static void empty_lines_at_the_end_are_none(void **state)
{
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	(void)state;
	assert_int_equal(read_text(&trace, HEADER "0,1,2,3,4\n\r\n\n", why), 0);
	assert_int_equal(trace.row_count, 1);
	trace_fini(&trace);
}

/* Times. */

struct times {
	const char *name;
	const char *text;
	double t_s[3];
};

static const struct times times[] = {
	{ "seconds from 0", HEADER "0,1,0,0,0\n0.5,1,0,0,0\n2,1,0,0,0\n", { 0, 0.5, 2 } },
	{ "seconds from another start",
	  HEADER "900,1,0,0,0\n900.5,1,0,0,0\n902,1,0,0,0\n",
	  { 900, 900.5, 902 } },
	{ "a byte order mark",
	  "\xef\xbb\xbf" HEADER "0,1,0,0,0\n0.5,1,0,0,0\n2,1,0,0,0\n",
	  { 0, 0.5, 2 } },
	{ "a byte order mark and CRLF",
	  "\xef\xbb\xbft,id,x,y,z\r\n0,1,0,0,0\r\n0.5,1,0,0,0\r\n2,1,0,0,0\r\n",
	  { 0, 0.5, 2 } },
	{ "seconds since 1970",
	  HEADER "1764072000.25,1,0,0,0\n1764072000.75,1,0,0,0\n1764072002.25,1,0,0,0\n",
	  { 0, 0.5, 2 } },
	{ "milliseconds since 1970",
	  HEADER "1764072000250,1,0,0,0\n1764072000750,1,0,0,0\n1764072002250,1,0,0,0\n",
	  { 0, 0.5, 2 } },
	{ "seconds of days ago",
	  HEADER "1000001,1,0,0,0\n1000001.5,1,0,0,0\n1000003,1,0,0,0\n",
	  { 0, 0.5, 2 } },
};

static void times_are_seconds(void **state)
{
	const struct times *row = *state;
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	if (read_text(&trace, row->text, why) < 0)
		fail_msg("%s", why);
	assert_int_equal(trace.row_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(fabs(trace.rows[i].t_s - row->t_s[i]) < 1e-9);
	assert_true(fabs(trace.ids[0].last_s - row->t_s[2]) < 1e-9);
	trace_fini(&trace);
}

/* Grains. */

struct fit {
	const char *name;
	const char *rows;
	unsigned grain_um;
	const char *why; /* NULL: it fits */
};

static const struct fit fits[] = {
	{ "near the origin", "0,1,10,20,30\n", 1, NULL },
	{ "the last millimetre", "0,1,2147483.647,-2147483.647,0\n", 1000, NULL },
	{ "the last millimetre of negative ones", "0,1,0,0,-2147483.648\n", 1000, NULL },
	{ "one more of these", "0,1,0,0,-2147483.649\n", 1000,
	  "walk.csv:2: z is -2147483.649, and a grain of 1000 um reaches 2147483.647 metres; pass "
	  "--grain 2000" },
	{ "what is nearest to the last millimetre", "0,1,2147483.6474,0,0\n", 1000, NULL },
	{ "one more", "0,1,2147483.648,0,0\n", 1000,
	  "walk.csv:2: x is 2147483.648, and a grain of 1000 um reaches 2147483.647 metres; pass "
	  "--grain 2000" },
	{ "a UTM northing", "0,1,368122.5,500,0\n1,1,368122.5,5620340.25,52\n", 1000,
	  "walk.csv:3: y is 5620340.25, and a grain of 1000 um reaches 2147483.647 metres; pass "
	  "--grain 5000" },
	{ "with the grain that it named", "0,1,368122.5,5620340.25,52\n", 5000, NULL },
	{ "the grain is for all rows", "0,1,0,0,-3e6\n0,2,4e7,0,0\n", 1000,
	  "walk.csv:2: z is -3000000, and a grain of 1000 um reaches 2147483.647 metres; pass "
	  "--grain 20000" },
	{ "a fine grain", "0,1,0,2148,0\n", 1,
	  "walk.csv:2: y is 2148, and a grain of 1 um reaches 2147.483647 metres; pass --grain 2" },
	{ "the coarsest", "0,1,2147483647,0,0\n", 1000,
	  "walk.csv:2: x is 2147483647, and a grain of 1000 um reaches 2147483.647 metres; pass "
	  "--grain 1000000" },
	{ "the coarsest reaches one metre farther into the negative", "0,1,-2147483648,0,0\n", 1000,
	  "walk.csv:2: x is -2147483648, and a grain of 1000 um reaches 2147483.647 metres; pass "
	  "--grain 1000000" },
	{ "too far for any", "0,1,3e9,0,0\n", 1000,
	  "walk.csv:2: x is 3000000000, and a grain of 1000 um reaches 2147483.647 metres, the "
	  "coarsest one 2147483647; count from an origin that is nearer" },
};

static void a_coordinate_that_does_not_fit_the_grain_is_named(void **state)
{
	const struct fit *row = *state;
	char text[256], why[TRACE_ERROR_BYTES] = "";
	struct trace trace;
	int result;

	snprintf(text, sizeof(text), HEADER "%s", row->rows);
	assert_int_equal(read_text(&trace, text, why), 0);
	result = trace_check_fit(&trace, "walk.csv", row->grain_um, "pass", why);
	assert_int_equal(result, row->why ? -ERANGE : 0);
	assert_string_equal(why, row->why ? row->why : "");
	trace_fini(&trace);
}

int main(void)
{
	struct CMUnitTest
		tests[ROW_TESTS_COUNT(broken) + ROW_TESTS_COUNT(times) + ROW_TESTS_COUNT(fits) + 9];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, broken, is_refused_with_its_sentence);
	ROW_TESTS_ADD(tests, count, times, times_are_seconds);
	ROW_TESTS_ADD(tests, count, fits, a_coordinate_that_does_not_fit_the_grain_is_named);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(an_empty_file_is_refused);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_zero_byte_is_refused);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_line_of_255_bytes_is_read_and_of_256_is_not);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(more_than_4096_ids_are_refused);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_file_that_is_not_there_is_named);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_folder_is_refused);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(rows_and_ids_are_read);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(crlf_and_a_missing_last_line_end_are_fine);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(empty_lines_at_the_end_are_none);
	return _cmocka_run_group_tests("trace_reader", tests, count, NULL, NULL);
}
