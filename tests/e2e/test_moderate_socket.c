/* The control socket of a real relay: where it may be, who may disturb it, and wrong commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fixtures/relay/moderated_relay.h"
#include "tests/fixtures/row_tests.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	LINE_BYTES = 8192,
	LINE_MAX_BYTES = 4095, /* that the relay takes */
	INTRUDERS = 12,
	SOME_LINES = 100, /* more than the relay handles at once; all fit the sockets' buffers */
	MANY_LINES = 2000,
};

static int connect_to(const char *path)
{
	const struct timeval patience = { .tv_sec = MODERATED_PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(descriptor >= 0);
	strcpy(address.sun_path, path);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	return descriptor;
}

static void send_text(int descriptor, const char *text, size_t size)
{
	assert_int_equal(send(descriptor, text, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* The next line, without its end; "": the relay has ended the connection. */
static void read_line(int descriptor, char line[LINE_BYTES])
{
	size_t size = 0;

	while (size < LINE_BYTES - 1 && recv(descriptor, line + size, 1, 0) == 1)
		if (line[size++] == '\n') {
			size--;
			break;
		}
	line[size] = '\0';
}

static void expect_answer(const char *sent, size_t size, const char *answer)
{
	const int descriptor = connect_to(moderated.socket);
	char line[LINE_BYTES];

	send_text(descriptor, sent, size);
	read_line(descriptor, line);
	if (!strstr(line, answer))
		fail_msg("\"%s\" is not in: %s", answer, line);
	close(descriptor);
}

/* Where it may be. */

static void expect_refused(const char *path, const char *says, const char *also)
{
	process_expect_failure(WORDS("starlingd", "--port", "0", "--json", "--control", path), 1,
			       says, also);
}

static void a_socket_that_nobody_answers_on_is_replaced(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	process_signal(&moderated.relay, SIGKILL);
	process_finish(&moderated.relay, MODERATED_PATIENCE_S);
	process_end(&moderated.relay);
	assert_int_equal(access(moderated.socket, F_OK), 0);
	moderated_relay_start(WORDS("-q"));
	assert_int_equal(moderated_relay_tell(WORDS("list")), 0);
}

static void a_path_on_which_a_relay_answers_is_taken(void **state)
{
	(void)state;
	moderated_relay_start(WORDS("-q"));
	expect_refused(moderated.socket, moderated.socket, "another relay answers there");
	assert_int_equal(moderated_relay_tell(WORDS("list")), 0);
}

static void a_path_where_a_file_is_stays_as_it_was(void **state)
{
	(void)state;
	close(open(moderated.socket, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	expect_refused(moderated.socket, "something else is there", "give a path where nothing is");
	assert_int_equal(access(moderated.socket, F_OK), 0);
}

static void a_path_that_is_too_long_or_in_no_folder_is_refused(void **state)
{
	char path[200] = "/tmp/";

	(void)state;
	memset(path + strlen(path), 'a', 150);
	expect_refused(path, "File name too long", "at most 107 bytes");
	expect_refused("/no/such/folder/control", "No such file or directory",
		       "give a path in a folder that the relay may write in");
}

static void where_no_relay_answers_one_sentence_says_so(void **state)
{
	(void)state;
	process_expect_failure(WORDS("starling", "moderate", "--control", moderated.socket, "list"),
			       1, moderated.socket, "start the relay with starlingd --control");
}

/* Wrong commands. */

struct misuse {
	const char *name, *words[6], *says;
};

static const struct misuse misuses[] = {
	{ "no command", { NULL }, "" },
	{ "no such command", { "dance" }, "no command \"dance\"; there are list, kick" },
	{ "a kick of nobody", { "kick" }, "kick takes a MEMBER's id" },
	{ "a kick of a name", { "kick", "ada" }, "\"ada\" is no member's id" },
	{ "a kick of member 0", { "kick", "0" }, "\"0\" is no member's id" },
	{ "a kick of a member beyond 32 bits", { "kick", "4294967296" }, "is no member's id" },
	{ "a ban for longer than the relay takes",
	  { "ban", "192.0.2.1", "--for", "11575d" },
	  "must be a whole number with s, m, h or d behind it, as 10m, at most 11574d" },
	{ "a kick for a time", { "kick", "1", "--for", "1h" }, "kick takes no --for" },
	{ "a ban of a name", { "ban", "localhost" }, "\"localhost\" is no address" },
	{ "a ban of an impossible prefix", { "ban", "10.0.0.0/33" }, "give 0 to 32 behind" },
	{ "a ban for no time", { "ban", "10.0.0.1", "--for", "0s" }, "10m" },
	{ "a ban for a time without a unit", { "ban", "10.0.0.1", "--for", "10" }, "10m" },
	{ "a ban for more than a unit", { "ban", "10.0.0.1", "--for", "1hour" }, "10m" },
	{ "a list of something", { "list", "lobby" }, "list takes nothing" },
	{ "a message of nothing", { "message", "" }, "a line of 1 to 200 bytes" },
	{ "a message of two lines", { "message", "a\nb" }, "a line of 1 to 200 bytes" },
	{ "a room that is no name", { "close", " hall" }, "give a room's name" },
	{ "two arguments", { "kick", "1", "2" }, "" },
};

static void a_wrong_command_line_is_a_misuse(void **state)
{
	const struct misuse *row = *state;
	const char *words[12] = { "starling", "moderate", "--control", "/no/such/socket" };

	for (size_t i = 0; i < 6 && row->words[i]; i++)
		words[i + 4] = row->words[i];
	process_expect_failure(words, 2, "starling moderate: ", row->says);
}

static void without_a_socket_named_it_is_a_misuse(void **state)
{
	(void)state;
	process_expect_failure(WORDS("starling", "moderate", "list"), 2,
			       "starling moderate: ", "pass --control");
}

/* Who may disturb it. */

static void a_line_that_is_too_long_is_answered_and_ends_the_connection(void **state)
{
	char text[LINE_MAX_BYTES + 1], line[LINE_BYTES];
	int descriptor;

	(void)state;
	moderated_relay_start(WORDS("-q"));
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"do\":\"list\"}", 13);
	text[LINE_MAX_BYTES] = '\n';
	expect_answer(text, sizeof(text), "nothing else"); /* blanks behind it */
	text[LINE_MAX_BYTES] = ' ';
	descriptor = connect_to(moderated.socket);
	send_text(descriptor, text, sizeof(text));
	read_line(descriptor, line);
	assert_non_null(strstr(line, "a line has at most 4095 bytes"));
	read_line(descriptor, line);
	assert_string_equal(line, "");
	close(descriptor);
}

/* As a program that writes into a pipe may leave it. */
static void a_last_line_without_an_end_is_answered_and_ends_the_connection(void **state)
{
	static const char text[] = "{\"do\":\"list\"}\r\n{\"do\":\"bans\"}";
	char line[LINE_BYTES];
	int descriptor;

	(void)state;
	moderated_relay_start(WORDS("-q"));
	descriptor = connect_to(moderated.socket);
	send_text(descriptor, text, strlen(text));
	assert_int_equal(shutdown(descriptor, SHUT_WR), 0);
	read_line(descriptor, line);
	assert_string_equal(line, "{\"ok\":true,\"rooms\":[]}");
	read_line(descriptor, line);
	assert_string_equal(line, "{\"ok\":true,\"bans\":[]}");
	read_line(descriptor, line);
	assert_string_equal(line, "");
	close(descriptor);
}

static void many_lines_at_once_are_all_answered_in_order(void **state)
{
	static const char *const asked[] = { "{\"do\":\"bans\"}\n", "{\"do\":\"dance\"}\n" };
	int descriptor;
	char line[LINE_BYTES];

	(void)state;
	moderated_relay_start(WORDS("-q"));
	descriptor = connect_to(moderated.socket);
	for (int i = 0; i < SOME_LINES; i++)
		send_text(descriptor, asked[i % 2], strlen(asked[i % 2]));
	for (int i = 0; i < SOME_LINES; i++) {
		read_line(descriptor, line);
		assert_non_null(strstr(line, i % 2 ? "no command" : "\"bans\":[]"));
	}
	close(descriptor);
}

/* They hold all places for as long as they are there; the relay and its members do not notice. */
static void those_who_say_nothing_or_never_read_disturb_no_member(void **state)
{
	int intruders[INTRUDERS];

	(void)state;
	moderated_relay_start(WORDS("-q"));
	moderated_relay_join(0, "lobby");
	moderated_relay_join(1, "lobby");
	for (int i = 0; i < INTRUDERS; i++) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		intruders[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		strcpy(address.sun_path, moderated.socket);
		if (connect(intruders[i], (struct sockaddr *)&address, sizeof(address)) == 0)
			for (int n = 0; n < MANY_LINES; n++)
				(void)send(intruders[i], "{\"do\":\"list\"}\n", 14, MSG_NOSIGNAL);
	}
	moderated_relay_run(1);
	assert_int_equal(
		starling_send(moderated.members[0].session, STARLING_TO_OTHERS, 0, "hi", 2, true),
		0);
	moderated_relay_run(0.5);
	assert_int_equal(moderated.members[1].messages, 1);
	for (int i = 0; i < INTRUDERS; i++)
		close(intruders[i]);
	assert_int_equal(moderated_relay_tell(WORDS("list")), 0);
}

#define TEST(test)                                                                                 \
	cmocka_unit_test_setup_teardown(test, moderated_relay_set_up, moderated_relay_tear_down)

int main(void)
{
	struct CMUnitTest tests[10 + ROW_TESTS_COUNT(misuses)] = {
		TEST(a_socket_that_nobody_answers_on_is_replaced),
		TEST(a_path_on_which_a_relay_answers_is_taken),
		TEST(a_path_where_a_file_is_stays_as_it_was),
		TEST(a_path_that_is_too_long_or_in_no_folder_is_refused),
		TEST(where_no_relay_answers_one_sentence_says_so),
		TEST(a_line_that_is_too_long_is_answered_and_ends_the_connection),
		TEST(a_last_line_without_an_end_is_answered_and_ends_the_connection),
		TEST(many_lines_at_once_are_all_answered_in_order),
		TEST(those_who_say_nothing_or_never_read_disturb_no_member),
		cmocka_unit_test(without_a_socket_named_it_is_a_misuse),
	};
	size_t count = 10;

	ROW_TESTS_ADD(tests, count, misuses, a_wrong_command_line_is_a_misuse);
	return _cmocka_run_group_tests("moderate_socket", tests, count, NULL, NULL);
}
