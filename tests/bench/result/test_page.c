/* The page as a text: what a result holds stays data, whatever its names are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/result/page.h"

#define EVIL "</script><!--<script>"

static char chart_path[] = "/tmp/starling-chart-XXXXXX";

static void write_chart(const char *text)
{
	FILE *file = fopen(chart_path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

/* To be freed; NULL with the sentence. */
static char *page_of(const char *label, const char *path, char error[static PAGE_ERROR_BYTES])
{
	static char *argv[] = { "contrast" };
	struct result *result = result_create("contrast", 1, argv, true);
	const struct page page = { &result, (char *[]){ (char *)path }, 1, chart_path };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status;

	result_label(result_add_row(result), "mode", label);
	status = page_write(&page, out, error);
	fclose(out);
	result_destroy(result);
	if (status == 0)
		return text;
	free(text);
	return NULL;
}

static size_t count(const char *text, const char *words)
{
	size_t found = 0;

	for (const char *at = text; (at = strstr(at, words)); at += strlen(words))
		found++;
	return found;
}

static void names_that_would_end_the_script_are_escaped(void **state)
{
	char error[PAGE_ERROR_BYTES], *plain, *evil;

	(void)state;
	write_chart("/* Chart.js v3.9.1 */ chart();");
	plain = page_of("raw", "result.json", error);
	evil = page_of(EVIL, EVIL ".json", error);
	assert_non_null(plain);
	assert_non_null(evil);
	assert_int_equal(count(evil, "</script>"), count(plain, "</script>"));
	assert_int_equal(count(evil, "<!--"), count(plain, "<!--"));
	assert_int_equal(count(evil, "\\u003c/script>\\u003c!--\\u003cscript>"), 2);
	free(plain);
	free(evil);
}

static void a_mark_of_the_template_in_a_name_is_no_mark(void **state)
{
	char error[PAGE_ERROR_BYTES], *text;

	(void)state;
	write_chart("/* Chart.js v3.9.1 @STYLE@ */ chart();");
	text = page_of("@NONCE@", "@RESULTS@", error);
	assert_non_null(text);
	assert_int_equal(count(text, "\"@NONCE@\""), 1);
	assert_int_equal(count(text, "\"@RESULTS@\""), 1);
	assert_int_equal(count(text, "@STYLE@"), 1);
	free(text);
}

static void each_page_has_a_nonce_of_its_own(void **state)
{
	char error[PAGE_ERROR_BYTES], *one, *other;

	(void)state;
	write_chart("/* Chart.js v3.9.1 */ chart();");
	one = page_of("raw", "result.json", error);
	other = page_of("raw", "result.json", error);
	assert_non_null(strstr(one, "script-src 'nonce-"));
	assert_int_equal(strlen(one), strlen(other));
	assert_string_not_equal(one, other);
	free(one);
	free(other);
}

static void expect_refusal(const char *words)
{
	char error[PAGE_ERROR_BYTES] = "";

	assert_null(page_of("raw", "result.json", error));
	if (!strstr(error, words) || !strstr(error, "install Debian's libjs-chart.js"))
		fail_msg("%s", error);
}

static void what_is_not_chart_js_is_refused_with_the_package_to_install(void **state)
{
	(void)state;
	write_chart("another();");
	expect_refusal("is not Chart.js 3");
	write_chart("/* Chart.js v3.9.1 */ const s = '</SCRIPT>';");
	expect_refusal("is not Chart.js 3");
	unlink(chart_path);
	expect_refusal("cannot be read");
}

static int make_chart(void **state)
{
	const int fd = mkstemp(chart_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_chart(void **state)
{
	(void)state;
	unlink(chart_path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_would_end_the_script_are_escaped),
		cmocka_unit_test(a_mark_of_the_template_in_a_name_is_no_mark),
		cmocka_unit_test(each_page_has_a_nonce_of_its_own),
		cmocka_unit_test(what_is_not_chart_js_is_refused_with_the_package_to_install),
	};

	return cmocka_run_group_tests(tests, make_chart, remove_chart);
}
