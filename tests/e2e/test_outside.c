/* Bytes from outside, in arguments, file names and files, never reach a terminal raw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/wire/text.h"
#include "tests/fixtures/process.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Clears a terminal, sets its title, begins a sequence by one byte and by two, ends the line, turns
 * the text, hides, and is no text at its end.
 */
#define EVIL                                                                                       \
	"\x1b[2J\x1b]0;t\x07\x9b"                                                                  \
	"1m\xc2\x9b"                                                                               \
	"1m\r\n\x7f\u202ea\u200b\u061cb\xe2\x82"

enum {
	WORDS_MAX = 16,
	WORD_BYTES = 512,
};

struct call {
	const char *words[WORDS_MAX]; /* "@" in one stands for the folder */
	int status;
};

/* A folder with files of evil names and contents. */
struct outside {
	char folder[64];
};

static const struct {
	const char *name, *text;
} files[] = {
	{ EVIL ".json", "{ \"" EVIL },
	{ "key.json", "{ \"a\\u200b" EVIL "\": 1 }" },
	{ "hidden.json", "{ \"a\u200bb\": 1 }" },
	{ "value.json", "{ \"host\": \"\u200b\u2060\" }" },
	{ "count.json", "{ \"rooms\": \"x\u200b\" }" },
	{ "impair.json", "{ \"impair-in\": \"loss=\u200b\" }" },
	{ EVIL ".csv", "t,id,x,y,z\n0,1,2,3," EVIL },
	{ "header.csv", EVIL ",id,x,y,z\n" },
	{ "good" EVIL ".csv", "t,id,x,y,z\n0,1,0,0,0\n0,2,1,1,0\n0.1,1,0,0,0\n0.1,2,1,1,0\n" },
	{ "result.json", "{ \"format\": \"\\u001b[2J\\u009b\u200b\" }" },
	{ "field.json", "{ \"\\u001b[2J\\u009b\u200b\": 1 }" },
};

static void path_of(const struct outside *outside, const char *name, char path[WORD_BYTES])
{
	snprintf(path, WORD_BYTES, "%s/%s", outside->folder, name);
}

static int make_files(void **state)
{
	static struct outside outside;

	strcpy(outside.folder, "/tmp/starling-outside-XXXXXX");
	if (!mkdtemp(outside.folder))
		return -1;
	*state = &outside;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char path[WORD_BYTES];
		FILE *file;

		path_of(&outside, files[i].name, path);
		file = fopen(path, "w");
		if (!file || fputs(files[i].text, file) < 0 || fclose(file) != 0)
			return -1;
	}
	return 0;
}

static int remove_files(void **state)
{
	const struct outside *outside = *state;
	char path[WORD_BYTES];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		path_of(outside, files[i].name, path);
		unlink(path);
	}
	return rmdir(outside->folder);
}

/* Whether a line is shown as it is, but for its backslashes. */
static bool is_visible(const char *line, size_t size)
{
	const size_t capacity = 10 * size + 4;
	char *shown = malloc(capacity);
	const char *at = shown;
	bool is_same = true;

	assert_non_null(shown);
	text_visible(shown, capacity, line, size);
	for (size_t i = 0; is_same && i < size; i++, at++)
		is_same = *at == line[i] && (*at != '\\' || *++at == '\\');
	is_same = is_same && *at == '\0';
	free(shown);
	return is_same;
}

/* Ends of lines, and the tabs of JSON, are the programs' own: values have none of them. */
static bool is_all_visible(const char *text, size_t size)
{
	for (size_t at = 0, end; at < size; at = end + 1) {
		for (end = at; end < size && text[end] != '\n' && text[end] != '\t';)
			end++;
		if (!is_visible(text + at, end - at))
			return false;
	}
	return true;
}

static bool is_harmless(const struct outside *outside, const struct call *call)
{
	char texts[WORDS_MAX][WORD_BYTES];
	const char *words[WORDS_MAX] = { 0 };
	struct process process;
	bool is_good;
	int status;

	for (size_t i = 0; i + 1 < WORDS_MAX && call->words[i]; i++) {
		const char *folder = strchr(call->words[i], '@');

		words[i] = call->words[i];
		if (!folder)
			continue;
		snprintf(texts[i], WORD_BYTES, "%.*s%s%s", (int)(folder - words[i]), words[i],
			 outside->folder, folder + 1);
		words[i] = texts[i];
	}
	process_start(&process, words);
	status = process_finish(&process, 60);
	is_good = status == call->status && is_all_visible(process.out_text, process.out_size) &&
		  is_all_visible(process.err_text, process.err_size);
	if (!is_good) {
		char shown[2048];

		print_error("%s %s %s: %d, not %d:", words[0], words[1] ? words[1] : "",
			    words[2] ? text_shown(words[2]).text : "", status, call->status);
		print_error(" \"%s\"\n",
			    text_visible(shown, sizeof(shown), process.err_text, process.err_size));
		print_error(" \"%s\"\n",
			    text_visible(shown, sizeof(shown), process.out_text, process.out_size));
	}
	process_end(&process);
	return is_good;
}

static void check(void **state, const struct call *calls, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		wrong += !is_harmless(*state, &calls[i]);
	assert_int_equal(wrong, 0);
}

static void starlingd_shows_it(void **state)
{
	static const struct call calls[] = {
		{ { "starlingd", EVIL }, 2 },
		{ { "starlingd", "--" EVIL }, 2 },
		{ { "starlingd", "-\x9b" }, 2 },
		{ { "starlingd", "--host=" EVIL }, 2 },
		{ { "starlingd", "--host", "\x1b[31mx", "--check" }, 2 },
		{ { "starlingd", "--host", "\x1b[31mx", "--port", "0" }, 2 },
		{ { "starlingd", "--port", EVIL }, 2 },
		{ { "starlingd", "--tick", EVIL }, 2 },
		{ { "starlingd", "--impair-in", EVIL }, 2 },
		{ { "starlingd", "--config", EVIL }, 2 },
		{ { "starlingd", "--config", "@" }, 2 },
		{ { "starlingd", "--config", "@/" EVIL ".json" }, 2 },
		{ { "starlingd", "--config", "@/key.json" }, 2 },
		{ { "starlingd", "--config", "@/hidden.json" }, 2 },
		{ { "starlingd", "--check", "--config", "@/value.json" }, 2 },
		{ { "starlingd", "--config", "@/count.json" }, 2 },
		{ { "starlingd", "--config", "@/impair.json" }, 2 },
	};

	check(state, calls, COUNT_OF(calls));
}

static void starling_shows_it(void **state)
{
	static const struct call calls[] = {
		{ { "starling", EVIL }, 2 },
		{ { "starling", "--" EVIL }, 2 },
		{ { "starling", "help", EVIL }, 2 },
		{ { "starling", "bots", "--host", EVIL, "--patience", "1" }, 1 },
		{ { "starling", "watch", "--host", EVIL, "--patience", "1" }, 1 },
		{ { "starling", "bots", "--room", EVIL }, 2 },
		{ { "starling", "bots", "--name", EVIL }, 2 },
		{ { "starling", "bots", "--name", "lobby\u200b" }, 2 },
		{ { "starling", "bots", "--room", "lobby\u200e" }, 2 },
		{ { "starling", "bots", "--mode", EVIL }, 2 },
		{ { "starling", "bots", "--interest", EVIL }, 2 },
		{ { "starling", "bots", "--impair", EVIL }, 2 },
		{ { "starling", "bots", "--port", EVIL }, 2 },
		{ { "starling", "bots", "--config", "@/impair.json" }, 2 },
		{ { "starling", "watch", "--config", "@/" EVIL ".json" }, 2 },
		{ { "starling", "bots", "-\xff" }, 2 },
		{ { "starling", "bots", "--" EVIL }, 2 },
		{ { "starling", "watch", EVIL }, 2 },
		{ { "starling", "tour", EVIL }, 2 },
		{ { "starling", "play", EVIL }, 2 },
		{ { "starling", "replay", EVIL }, 1 },
		{ { "starling", "replay", "@" }, 1 },
		{ { "starling", "replay", "@/" EVIL ".csv" }, 1 },
		{ { "starling", "replay", "@/header.csv" }, 1 },
		{ { "starling", "replay", "@/good" EVIL ".csv", "--port", "9", "--patience",
		    "0.2" },
		  1 },
	};

	check(state, calls, COUNT_OF(calls));
}

static void the_baselines_show_it(void **state)
{
	static const struct call calls[] = {
		{ { "baseline-naive_enet", "-\x9b" }, 2 },
		{ { "baseline-udp_fanout", "-\x9b" }, 2 },
		{ { "baseline-udp_relay", "-\x9b" }, 2 },
		{ { "baseline-tcp_relay", "-\x9b" }, 2 },
		{ { "baseline-tcp_relay", "-a", EVIL }, 2 },
		{ { "baseline-http_relay", "-\x9b" }, 2 },
	};

	check(state, calls, COUNT_OF(calls));
}

static void starling_bench_shows_it(void **state)
{
	static const struct call calls[] = {
		{ { "starling-bench", EVIL }, 2 },
		{ { "starling-bench", "help", EVIL }, 2 },
		{ { "starling-bench", "contrast", EVIL }, 2 },
		{ { "starling-bench", "contrast", "--config", "@/key.json" }, 2 },
		{ { "starling-bench", "contrast", "--trace", EVIL }, 1 },
		{ { "starling-bench", "contrast", "--trace", "@/" EVIL ".csv" }, 1 },
		{ { "starling-bench", "contrast", "--trace", "@/good" EVIL ".csv", "--members",
		    "3" },
		  2 },
		{ { "starling-bench", "contrast", "--trace", "@/good" EVIL ".csv", "--seconds", "1",
		    "--modes", "raw", "--impair", "loss=1%" },
		  0 },
		{ { "starling-bench", "contrast", "--trace", "@/good" EVIL ".csv", "--seconds", "1",
		    "--modes", "raw", "--impair", "loss=1%", "--csv" },
		  0 },
		{ { "starling-bench", "contrast", "--trace", "@/good" EVIL ".csv", "--seconds", "1",
		    "--modes", "raw", "--impair", "loss=1%", "--json" },
		  0 },
		{ { "starling-bench", "contrast", "--scenario", EVIL }, 2 },
		{ { "starling-bench", "contrast", "--modes", EVIL }, 2 },
		{ { "starling-bench", "contrast", "--impair", EVIL }, 2 },
		{ { "starling-bench", "contrast", "--live", "--programs", "@/" EVIL }, 1 },
		{ { "starling-bench", "diff", "@/result.json", EVIL }, 1 },
		{ { "starling-bench", "diff", "@/result.json", "@/result.json", EVIL }, 2 },
		{ { "starling-bench", "compare", "--only", EVIL }, 2 },
		{ { "starling-bench", "compare", "--members", EVIL }, 2 },
		{ { "starling-bench", "compare", "--only", "naive", "--programs", "@/" EVIL }, 1 },
		{ { "starling-bench", "load", "--contender", EVIL }, 2 },
		{ { "starling-bench", "load", "--bound", EVIL }, 2 },
		{ { "starling-bench", "load", "--relay", EVIL }, 2 },
		{ { "starling-bench", "load", "--relay", "\x1bx\u202e:9" }, 1 },
		{ { "starling-bench", "load", "--relay", "127.0.0.1:" EVIL }, 2 },
		{ { "starling-bench", "load", "--programs", "@/" EVIL }, 1 },
		{ { "starling-bench", "self-test", EVIL }, 2 },
		{ { "starling-bench", "report", EVIL }, 1 },
		{ { "starling-bench", "report", "@" }, 1 },
		{ { "starling-bench", "report", "@/" EVIL ".json" }, 1 },
		{ { "starling-bench", "report", "@/result.json" }, 1 },
		{ { "starling-bench", "report", "@/field.json" }, 1 },
		{ { "starling-bench", "report", "--" EVIL }, 2 },
		{ { "starling-bench", "proxy", "--listen", EVIL, "--to", "127.0.0.1:9" }, 2 },
		{ { "starling-bench", "proxy", "--listen", "127.0.0.1:0", "--to", EVIL }, 2 },
		{ { "starling-bench", "proxy", "--listen", "127.0.0.1:0", "--to", "\x1bx\u202e:9" },
		  1 },
		{ { "starling-bench", "proxy", "--impair-in", EVIL }, 2 },
	};

	check(state, calls, COUNT_OF(calls));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starlingd_shows_it),
		cmocka_unit_test(starling_shows_it),
		cmocka_unit_test(starling_bench_shows_it),
		cmocka_unit_test(the_baselines_show_it),
	};

	return cmocka_run_group_tests_name("outside", tests, make_files, remove_files);
}
