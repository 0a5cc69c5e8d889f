/* The tour on a terminal of 80 by 24, which tmux gives; its misuses; and the examples that it
 * names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "tests/fixtures/process.h"

enum {
	LINES = 24,
	SCREEN_BYTES = 16384,
	CHILDREN_MAX = 8,
	DEADLINE_S = 20,
	TRIES = 3,
};

static char folder[] = "/tmp/starling-tour.XXXXXX"; /* of tmux's socket and the kept place */
static unsigned terminals; /* each has a tmux of its own: one that ends still takes calls */
static struct process server;

/* Runs tmux with these words, on a server of the test's own, and returns what it printed. */
__attribute__((format(printf, 1, 2))) static const char *tmux(const char *format, ...)
{
	static char text[SCREEN_BYTES];
	char words[1024], command[2048];
	va_list list;
	size_t size;
	FILE *pipe;

	va_start(list, format);
	vsnprintf(words, sizeof(words), format, list);
	va_end(list);
	snprintf(command, sizeof(command), "tmux -u -f /dev/null -S %s/socket%u %s", folder,
		 terminals, words);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	size = fread(text, 1, sizeof(text) - 1, pipe);
	text[size] = '\0';
	pclose(pipe);
	return text;
}

static const char *screen(void)
{
	return tmux("capture-pane -p");
}

static void pause_briefly(void)
{
	usleep(20000);
}

/* Waits until `text` stands on the screen. */
static void await_screen(const char *text)
{
	double end_s = process_now_s() + DEADLINE_S;

	while (!strstr(screen(), text)) {
		if (process_now_s() > end_s)
			fail_msg("'%s' did not come; there is: %s", text, screen());
		pause_briefly();
	}
}

/* Runs a shell's command on a terminal of this width, 24 lines high. */
static void start_terminal(int columns, const char *command)
{
	if (system("command -v tmux >/dev/null") != 0) {
		printf("skipped: tmux is not installed (make deps-interop)\n");
		skip();
	}
	terminals++;
	tmux("new-session -d -x %d -y %d 'export XDG_STATE_HOME=%s TERM=screen; %s'", columns,
	     LINES, folder, command);
}

static int stop_terminal(void **state)
{
	(void)state;
	tmux("kill-server 2>/dev/null");
	process_end(&server);
	return 0;
}

/* Appends to `out` with numbers as 0 and white space as one blank, so that two runs compare. */
static size_t add_plain(char *out, size_t at, const char *text)
{
	for (; *text != '\0' && at + 2 < SCREEN_BYTES; text++) {
		char last = at > 0 ? out[at - 1] : '\0';

		if (isdigit((unsigned char)*text)) {
			if (last != '0')
				out[at++] = '0';
		} else if (isspace((unsigned char)*text)) {
			if (last != ' ')
				out[at++] = ' ';
		} else {
			out[at++] = *text;
		}
	}
	out[at] = '\0';
	return at;
}

static bool is_on_screen(const char *plain_screen, const char *text)
{
	char plain[SCREEN_BYTES];

	add_plain(plain, 0, text);
	if (strstr(plain_screen, plain))
		return true;
	printf("'%s' is not in '%s'\n", plain, plain_screen);
	return false;
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
}

/* Whether everything that the step has as JSON is on the screen, whole. */
static bool is_step_on_screen(const cJSON *step, const char *leave)
{
	char plain[SCREEN_BYTES], call_text[512];
	const cJSON *call;
	bool is_there;

	snprintf(call_text, sizeof(call_text), "%d. %s\n",
		 cJSON_GetObjectItem(step, "step")->valueint, text_of(step, "title"));
	await_screen(call_text);
	add_plain(plain, 0, screen());
	is_there = is_on_screen(plain, text_of(step, "part")) &&
		   is_on_screen(plain, text_of(step, "says")) &&
		   is_on_screen(plain, text_of(step, "code")) && is_on_screen(plain, leave);
	cJSON_ArrayForEach(call, cJSON_GetObjectItem(step, "calls"))
	{
		snprintf(call_text, sizeof(call_text), "%s(%s) = %d", text_of(call, "call"),
			 text_of(call, "arguments"), cJSON_GetObjectItem(call, "result")->valueint);
		is_there = is_there && is_on_screen(plain, call_text);
	}
	return is_there;
}

/* The chapters that the tour accepts, from its own sentence; 0 at the end. */
static void find_chapters(int chapters[static 16])
{
	const char *const words[] = { "starling", "tour", "99", NULL };
	struct process refused;
	const char *at;
	size_t count = 0;

	process_start(&refused, words);
	assert_int_equal(process_finish(&refused, DEADLINE_S), 2);
	at = strstr(refused.err_text, "the chapters are");
	assert_non_null(at);
	while (count < 15 && (at = strpbrk(at, "0123456789"))) {
		chapters[count++] = atoi(at);
		at += strspn(at, "0123456789");
	}
	chapters[count] = 0;
	process_end(&refused);
}

/* Whether a chapter on the terminal shows the steps of another run of it. */
static bool is_whole_on_terminal(int chapter, const char *leave)
{
	char number[8], command[128], *line, *rest;
	const char *const words[] = { "starling", "tour", number, "--json", NULL };
	struct process json;
	bool is_whole = true;

	snprintf(number, sizeof(number), "%d", chapter);
	snprintf(command, sizeof(command), "%s/starling tour %d; sleep 60", process_build_folder(),
		 chapter);
	process_start(&json, words);
	assert_int_equal(process_finish(&json, DEADLINE_S), 0);
	start_terminal(80, command);
	for (line = strtok_r(json.out_text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		cJSON *step = cJSON_Parse(line);

		assert_non_null(step);
		is_whole = is_whole && is_step_on_screen(step, leave);
		cJSON_Delete(step);
		tmux("send-keys Space");
	}
	process_end(&json);
	tmux("kill-server");
	return is_whole;
}

/*
 * `leave` stands among the keys, in the language of the environment. Two runs on a busy machine may
 * measure different things, and say so; a line that is cut is cut each time.
 */
static void play_on_terminal(int chapter, const char *leave)
{
	for (int i = 0; i < TRIES; i++) {
		if (is_whole_on_terminal(chapter, leave))
			return;
	}
	fail_msg("chapter %d: cut, or broken inside a word: see above", chapter);
}

static void every_step_is_whole_on_a_terminal_of_80_by_24(void **state)
{
	int chapters[16];

	(void)state;
	find_chapters(chapters);
	for (int i = 0; chapters[i] != 0; i++)
		play_on_terminal(chapters[i], "q: leave");
}

/* A locale of that name need not be installed. */
static void every_step_of_a_chapter_is_whole_in_korean(void **state)
{
	(void)state;
	setenv("LC_ALL", "ko_KR.UTF-8", 1);
	play_on_terminal(3, "q: \xeb\x81\x9d\xeb\x82\xb4\xea\xb8\xb0");
}

static int leave_korean(void **state)
{
	setenv("LC_ALL", "C", 1);
	return stop_terminal(state);
}

static void a_terminal_that_is_too_small_is_refused(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "%s/starling tour 1; echo status $?; sleep 60",
		 process_build_folder());
	start_terminal(79, command);
	await_screen("status 2");
	assert_non_null(strstr(screen(), "79 columns and 24 lines"));
	assert_non_null(strstr(screen(), "make it 80 by 24"));
}

static void keys_without_a_terminal_are_refused(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command),
		 "%s/starling tour 1 </dev/null; echo status $?; sleep 60", process_build_folder());
	start_terminal(80, command);
	await_screen("status 2");
	assert_non_null(strstr(screen(), "no terminal to read keys from"));
}

static void the_tour_goes_on_where_its_reader_left_off(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command),
		 "mkdir -p %s/starling; echo 2 3 >%s/starling/tour; %s/starling tour; sleep 60",
		 folder, folder, process_build_folder());
	start_terminal(80, command);
	await_screen("chapter and step 2, 3");
	tmux("send-keys Space");
	await_screen("3. A third process");
	tmux("send-keys Space");
	await_screen("4. Boundaries are kept");
	tmux("send-keys q");
	snprintf(command, sizeof(command), "%s/starling/tour", folder);
	for (double end_s = process_now_s() + DEADLINE_S;;) {
		FILE *file = fopen(command, "r");
		int chapter = 0, step = 0;

		assert_non_null(file);
		(void)!fscanf(file, "%d %d", &chapter, &step);
		fclose(file);
		if (chapter == 2 && step == 4)
			break;
		assert_true(process_now_s() < end_s);
		pause_briefly();
	}
}

/* Starts chapter 1 as the terminal's own process, goes to where all three processes run, ends it,
 * and waits until none of them is left. */
static void assert_leaves_nothing(const char *key, int signal)
{
	pid_t tour, children[CHILDREN_MAX];
	size_t count;
	char command[128];

	snprintf(command, sizeof(command), "exec %s/starling tour 2", process_build_folder());
	start_terminal(80, command);
	for (int i = 1; i < 3; i++) {
		snprintf(command, sizeof(command), "\n%d. ", i);
		await_screen(command);
		tmux("send-keys Space");
	}
	await_screen("3. A third process");
	tour = (pid_t)atoi(tmux("display -p '#{pane_pid}'"));
	assert_true(tour > 1);
	count = process_children(tour, children, CHILDREN_MAX);
	assert_int_equal(count, 3);
	if (key)
		tmux("send-keys %s", key);
	else
		kill(tour, signal);
	for (double end_s = process_now_s() + DEADLINE_S; count > 0; pause_briefly()) {
		while (count > 0 && kill(children[count - 1], 0) < 0 && errno == ESRCH)
			count--;
		assert_true(process_now_s() < end_s);
	}
}

static void ctrl_c_leaves_no_process_behind(void **state)
{
	(void)state;
	assert_leaves_nothing("C-c", 0);
}

static void no_signal_leaves_a_process_behind(void **state)
{
	(void)state;
	assert_leaves_nothing(NULL, SIGTERM);
	tmux("kill-server 2>/dev/null");
	assert_leaves_nothing(NULL, SIGKILL);
}

/* The processes below those that the tour started itself. */
static size_t grandchildren(pid_t tour, pid_t pids[static CHILDREN_MAX])
{
	pid_t children[CHILDREN_MAX];
	size_t count = 0, children_count = process_children(tour, children, CHILDREN_MAX);

	for (size_t i = 0; i < children_count && i < CHILDREN_MAX; i++)
		count += process_children(children[i], pids + count, CHILDREN_MAX - count);
	return count;
}

static void assert_measures_and_leaves_nothing(int signal)
{
	static const char *const words[] = { "starling", "tour", "4", NULL };
	pid_t pids[CHILDREN_MAX];
	size_t count = 0;
	double end_s;

	process_start(&server, words);
	assert_true(process_await_out(&server, "What an answer costs", DEADLINE_S));
	/* A server and its four clients; the links are one more where they are permitted. */
	for (end_s = process_now_s() + DEADLINE_S; count < 5; pause_briefly()) {
		count = grandchildren(server.pid, pids);
		assert_true(process_now_s() < end_s);
	}
	kill(server.pid, signal);
	for (end_s = process_now_s() + DEADLINE_S; count > 0; pause_briefly()) {
		while (count > 0 && kill(pids[count - 1], 0) < 0 && errno == ESRCH)
			count--;
		assert_true(process_now_s() < end_s);
	}
	process_end(&server);
}

static void a_signal_while_it_measures_leaves_no_process_behind(void **state)
{
	(void)state;
	assert_measures_and_leaves_nothing(SIGTERM);
	assert_measures_and_leaves_nothing(SIGKILL);
}

static void an_unknown_chapter_or_language_is_refused_with_what_there_is(void **state)
{
	const char *const chapter[] = { "starling", "tour", "99", NULL };
	const char *const language[] = { "starling", "tour", "--language", "xx", NULL };

	(void)state;
	process_expect_failure(chapter, 2, "there is no chapter '99'", "the chapters are 1, 2, 3");
	process_expect_failure(language, 2, "no texts in 'xx'", "the languages are en, id, ko, vi");
}

/* Whether the program's help lists its subcommand. */
static bool has_subcommand(const char *program, const char *name)
{
	const char *const words[] = { program, "--help", NULL };
	char listed[48];
	struct process help;
	bool is_listed;

	snprintf(listed, sizeof(listed), "\n  %s ", name);
	process_start(&help, words);
	assert_int_equal(process_finish(&help, DEADLINE_S), 0);
	is_listed = strstr(help.out_text, listed) != NULL;
	process_end(&help);
	return is_listed;
}

static void the_last_page_names_subcommands_that_there_are(void **state)
{
	const char *const words[] = { "starling", "tour", "6", "--no-pause", NULL };
	struct process tour;
	unsigned named = 0;
	char *line, *rest;

	(void)state;
	process_start(&tour, words);
	assert_int_equal(process_finish(&tour, DEADLINE_S), 0);
	line = strstr(tour.out_text, "What to try next");
	assert_non_null(line);
	for (line = strtok_r(line, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char program[32], name[32];

		if (sscanf(line, "  %31[a-z-] %31[a-z]", program, name) != 2 ||
		    strncmp(program, "starling", strlen("starling")) != 0)
			continue;
		/* The relay has no subcommands: what follows it is the line's remark. */
		if (strcmp(program, "starlingd") == 0)
			continue;
		if (!has_subcommand(program, name))
			fail_msg("%s has no %s", program, name);
		named++;
	}
	assert_true(named >= 4);
	process_end(&tour);
}

/* A free port of 127.0.0.1 is not reserved: the examples take theirs from the command line. */
static void example_pair(const char *server_name, const char *client_name, const char *port,
			 const char *text)
{
	const char *const serve[] = { server_name, port, NULL };
	const char *const ask[] = { client_name, port, "hi there", NULL };
	struct process client;

	process_start(&server, serve);
	assert_true(process_await_out(&server, "waiting on port", DEADLINE_S));
	for (int i = 0; i < 2; i++) {
		process_start(&client, ask);
		assert_int_equal(process_finish(&client, DEADLINE_S), 0);
		assert_string_equal(client.out_text, "answer: welcome\n");
		process_end(&client);
	}
	assert_true(process_await_out(&server, text, DEADLINE_S));
	process_end(&server);
	server = (struct process){ 0 };
}

static void the_datagram_examples_talk(void **state)
{
	(void)state;
	example_pair("examples/datagram/server", "examples/datagram/client", "17871", ": hi there");
}

static void the_stream_examples_talk(void **state)
{
	(void)state;
	example_pair("examples/stream/server", "examples/stream/client", "17871", "hi there");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_step_is_whole_on_a_terminal_of_80_by_24,
					  stop_terminal),
		cmocka_unit_test_teardown(every_step_of_a_chapter_is_whole_in_korean, leave_korean),
		cmocka_unit_test_teardown(a_terminal_that_is_too_small_is_refused, stop_terminal),
		cmocka_unit_test_teardown(keys_without_a_terminal_are_refused, stop_terminal),
		cmocka_unit_test_teardown(the_tour_goes_on_where_its_reader_left_off,
					  stop_terminal),
		cmocka_unit_test_teardown(ctrl_c_leaves_no_process_behind, stop_terminal),
		cmocka_unit_test_teardown(no_signal_leaves_a_process_behind, stop_terminal),
		cmocka_unit_test_teardown(a_signal_while_it_measures_leaves_no_process_behind,
					  stop_terminal),
		cmocka_unit_test(an_unknown_chapter_or_language_is_refused_with_what_there_is),
		cmocka_unit_test(the_last_page_names_subcommands_that_there_are),
		cmocka_unit_test_teardown(the_datagram_examples_talk, stop_terminal),
		cmocka_unit_test_teardown(the_stream_examples_talk, stop_terminal),
	};
	char command[64];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	setenv("LC_ALL", "C", 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0 || failed;
}
