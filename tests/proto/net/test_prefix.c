/* proto/net/prefix: addresses and prefixes, as operators write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/prefix.h"
#include "tests/fixtures/row_tests.h"

struct row {
	const char *name, *text;
	const char *back; /* as it is written back; NULL: it is none */
};

static const struct row rows[] = {
	{ "an IPv4 address is itself", "203.0.113.7", "203.0.113.7" },
	{ "an IPv4 address with /32 is the same", "203.0.113.7/32", "203.0.113.7" },
	{ "bits behind a prefix are taken off", "203.0.113.7/24", "203.0.113.0/24" },
	{ "a prefix may end inside a byte", "10.255.255.255/11", "10.224.0.0/11" },
	{ "a prefix of one bit", "200.1.2.3/1", "128.0.0.0/1" },
	{ "all of IPv4", "1.2.3.4/0", "0.0.0.0/0" },
	{ "an IPv6 address stands for its first 64 bits", "2001:db8::1:2", "2001:db8::/64" },
	{ "an IPv6 address with /128 is itself", "2001:db8::1:2/128", "2001:db8::1:2/128" },
	{ "an IPv6 prefix", "2001:db8:ffff::/33", "2001:db8:8000::/33" },
	{ "all of IPv6", "::1/0", "::/0" },
	{ "an IPv4 address that is mapped is IPv4's", "::ffff:203.0.113.7", "203.0.113.7" },
	{ "an IPv4 prefix that is mapped is IPv4's", "::ffff:203.0.113.7/120", "203.0.113.0/24" },
	{ "the prefix of all mapped ones is all of IPv4", "::ffff:1.2.3.4/96", "0.0.0.0/0" },
	{ "a shorter prefix is IPv6's", "::ffff:1.2.3.4/95", "::fffe:0:0/95" },
	{ "nothing is none", "", NULL },
	{ "a name is none", "localhost", NULL },
	{ "a part of an address is none", "10.1", NULL },
	{ "a prefix without an address is none", "/8", NULL },
	{ "a / without a length", "10.0.0.0/", NULL },
	{ "an IPv4 length of 33", "10.0.0.0/33", NULL },
	{ "an IPv6 length of 129", "::1/129", NULL },
	{ "a negative length", "10.0.0.0/-1", NULL },
	{ "a length that would wrap around", "10.0.0.0/4294967304", NULL },
	{ "a length with a 0 before it", "10.0.0.0/08", NULL },
	{ "something behind the length", "10.0.0.0/8x", NULL },
	{ "two lengths", "10.0.0.0/8/8", NULL },
	{ "an interface", "fe80::1%lo", NULL },
	{ "a port", "10.0.0.1:7777", NULL },
	{ "a blank", " 10.0.0.1", NULL },
	{ "a text of any length",
	  "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
	  NULL },
};

static void a_prefix_is_read_and_written_back(void **state)
{
	const struct row *row = *state;
	char error[PREFIX_ERROR_BYTES] = "", text[PREFIX_TEXT_BYTES];
	struct prefix prefix, again;

	assert_int_equal(prefix_read(row->text, &prefix, error), row->back != NULL);
	if (!row->back) {
		assert_non_null(strstr(error, "; give "));
		return;
	}
	prefix_text(&prefix, text);
	assert_string_equal(text, row->back);
	assert_true(prefix_read(text, &again, error));
	assert_int_equal(again.length, prefix.length);
	assert_memory_equal(again.bytes, prefix.bytes, PREFIX_BYTES);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_prefix_is_read_and_written_back);
	return _cmocka_run_group_tests("prefix", tests, count, NULL, NULL);
}
