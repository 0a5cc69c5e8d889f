#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "client/play/play.h"
#include "client/watch/watch.h"
#include "tests/fixtures/process.h"

enum {
	WAIT_MS = 5000, /* for anything that must happen */
	OUTPUT_MAX_BYTES = 65536,
};

/* A game in a child process, on a terminal of its own. */
struct game {
	pid_t child;
	int terminal;          /* our end */
	struct termios before; /* its modes before the game touched it */
	char output[OUTPUT_MAX_BYTES];
	size_t output_bytes;
};

/* A socket that takes datagrams and never answers: a relay that is not there, for sure. */
static int silent_port(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static const char *game_term = "xterm";
static int (*game_run)(int argc, char **argv) = play_run;

static void start(struct game *game, uint16_t port, const char *patience)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	char text[8];
	char *argv[] = { "play", "--port", text, "--patience", (char *)(uintptr_t)patience, NULL };

	int go[2];

	memset(game, 0, sizeof(*game));
	assert_int_equal(pipe(go), 0);
	snprintf(text, sizeof(text), "%u", (unsigned)port);
	game->child = forkpty(&game->terminal, NULL, NULL, &size);
	assert_true(game->child >= 0);
	if (game->child == 0) {
		char byte;

		/* Our end looks at the terminal first. */
		if (read(go[0], &byte, 1) != 1)
			_exit(9);
		setenv("TERM", game_term, 1);
		exit(game_run(5, argv));
	}
	assert_int_equal(tcgetattr(game->terminal, &game->before), 0);
	assert_int_equal(write(go[1], "g", 1), 1);
	close(go[0]);
	close(go[1]);
}

/* Reads what the game shows until `text` is in it, or its end when NULL. False when time is over.
 */
static bool read_until(struct game *game, const char *text)
{
	for (;;) {
		struct pollfd wait = { .fd = game->terminal, .events = POLLIN };
		size_t room = sizeof(game->output) - 1 - game->output_bytes;
		ssize_t got;

		if (text && memmem(game->output, game->output_bytes, text, strlen(text)))
			return true;
		if (room == 0 || poll(&wait, 1, WAIT_MS) <= 0)
			return false;
		got = read(game->terminal, game->output + game->output_bytes, room);
		/* A terminal whose program has ended reads as EIO. */
		if (got <= 0)
			return text == NULL;
		game->output_bytes += (size_t)got;
	}
}

/* The exit status; a game that does not end is killed and fails the test. */
static int finish(struct game *game)
{
	bool has_ended = read_until(game, NULL);
	int status;

	if (!has_ended)
		kill(game->child, SIGKILL);
	assert_int_equal(waitpid(game->child, &status, 0), game->child);
	close(game->terminal);
	assert_true(has_ended);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool has_shown(const struct game *game, const char *text)
{
	return memmem(game->output, game->output_bytes, text, strlen(text)) != NULL;
}

static bool are_same_modes(const struct termios *one, const struct termios *two)
{
	return one->c_iflag == two->c_iflag && one->c_oflag == two->c_oflag &&
	       one->c_lflag == two->c_lflag && one->c_cflag == two->c_cflag &&
	       memcmp(one->c_cc, two->c_cc, sizeof(one->c_cc)) == 0;
}

static void without_a_terminal_it_says_so_and_exits_2(void **state)
{
	char text[256] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		char *argv[] = { "play", NULL };

		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(ends[1], STDERR_FILENO);
		exit(play_run(1, argv));
	}
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_non_null(strstr(text, "needs a terminal"));
}

static void without_a_relay_it_gives_up_and_leaves_the_terminal_as_it_was(void **state)
{
	static struct game game;
	struct termios after;
	uint16_t port;
	int silent = silent_port(&port);

	(void)state;
	start(&game, port, "0.5");
	assert_true(read_until(&game, "joining"));
	assert_int_equal(tcgetattr(game.terminal, &after), 0);
	assert_false(are_same_modes(&game.before, &after));
	assert_true(read_until(&game, "--port"));
	assert_int_equal(tcgetattr(game.terminal, &after), 0);
	assert_true(are_same_modes(&game.before, &after));
	assert_int_equal(finish(&game), EXIT_FAILURE);
	assert_true(has_shown(&game, "no relay answers at 127.0.0.1:"));
	/* xterm's own screen was taken, and given back. */
	assert_true(has_shown(&game, "\033[?1049h"));
	assert_true(has_shown(&game, "\033[?1049l"));
	close(silent);
}

/* Ended by a signal or a key, the game restores the terminal. */
static void ends_well(int signal, const char *keys)
{
	static struct game game;
	uint16_t port;
	int silent = silent_port(&port);

	start(&game, port, "30");
	assert_true(read_until(&game, "joining"));
	if (signal)
		kill(game.child, signal);
	else
		assert_int_equal(write(game.terminal, keys, strlen(keys)), (ssize_t)strlen(keys));
	assert_true(read_until(&game, "\033[?1049l"));
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	close(silent);
}

static void a_signal_ends_it_well(void **state)
{
	(void)state;
	ends_well(SIGTERM, NULL);
	ends_well(SIGINT, NULL);
	ends_well(SIGHUP, NULL);
}

static void q_and_ctrl_c_end_it_well(void **state)
{
	(void)state;
	ends_well(0, "q");
	ends_well(0, "\003");
}

static void a_q_in_a_chat_line_does_not_end_it(void **state)
{
	static struct game game;
	uint16_t port;
	int silent = silent_port(&port);

	(void)state;
	/* Enter opens the line, Esc closes it; the q after that counts. */
	start(&game, port, "30");
	assert_true(read_until(&game, "joining"));
	assert_int_equal(write(game.terminal, "\rqx", 3), 3);
	assert_true(read_until(&game, "say:"));
	assert_int_equal(write(game.terminal, "\033", 1), 1);
	assert_true(read_until(&game, "Enter chat"));
	assert_int_equal(write(game.terminal, "q", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	close(silent);
}

/* The terminal sends UTF-8, of which the locale knows nothing. */
static void a_letter_that_the_locale_lacks_takes_no_other_along(void **state)
{
	static struct game game;
	uint16_t port;
	int silent = silent_port(&port);

	(void)state;
	setenv("LC_ALL", "C", 1);
	start(&game, port, "30");
	unsetenv("LC_ALL");
	assert_true(read_until(&game, "joining"));
	assert_int_equal(write(game.terminal, "\rw\303\266rld", 7), 7);
	assert_true(read_until(&game, "say: wrld"));
	assert_int_equal(write(game.terminal, "\003", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	close(silent);
}

static void a_terminal_without_places_is_refused(void **state)
{
	static const char *const kinds[] = { "dumb", "no-such-terminal" };
	static struct game game;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		game_term = kinds[i];
		start(&game, 9, "30");
		game_term = "xterm";
		assert_int_equal(finish(&game), 2);
		assert_true(has_shown(&game, kinds[i]));
		assert_true(has_shown(&game, "set TERM"));
	}
}

/* The banner is red. */
static bool has_colour(const char *no_colour)
{
	static struct game game;
	uint16_t port;
	int silent = silent_port(&port);

	if (no_colour)
		setenv("NO_COLOR", no_colour, 1);
	start(&game, port, "30");
	unsetenv("NO_COLOR");
	assert_true(read_until(&game, "joining"));
	assert_int_equal(write(game.terminal, "q", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	close(silent);
	return has_shown(&game, "\033[31") || has_shown(&game, ";31");
}

static void no_color_is_heeded_unless_it_is_empty(void **state)
{
	(void)state;
	assert_true(has_colour(NULL));
	assert_true(has_colour(""));
	assert_false(has_colour("1"));
}

static void ctrl_l_clears_the_terminal_and_draws_all_anew(void **state)
{
	static struct game game;
	uint16_t port;
	int silent = silent_port(&port);

	(void)state;
	start(&game, port, "30");
	assert_true(read_until(&game, "joining"));
	game.output_bytes = 0;
	assert_int_equal(write(game.terminal, "\014", 1), 1);
	assert_true(read_until(&game, "\033[H\033[2J"));
	assert_true(read_until(&game, "joining"));
	assert_int_equal(write(game.terminal, "q", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	close(silent);
}

/* Output of other programs over the game is gone soon, without a key. */
static void the_screen_is_repaired_within_a_second(void **state)
{
	static struct game game;
	uint16_t port;
	int silent = silent_port(&port);

	(void)state;
	start(&game, port, "30");
	assert_true(read_until(&game, "arrows or WASD move"));
	for (int i = 0; i < 2; i++) {
		game.output_bytes = 0;
		assert_true(read_until(&game, "arrows or WASD move"));
	}
	assert_int_equal(write(game.terminal, "q", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	close(silent);
}

static void silence_is_told_within_a_second(bool is_alone)
{
	static struct game game;
	static struct process relay, bots;
	char text[8];
	double since_s;
	uint16_t port;

	port = process_start_relay(&relay, (const char *const[]){ NULL });
	snprintf(text, sizeof(text), "%u", (unsigned)port);
	if (!is_alone)
		process_start(&bots, (const char *const[]){ "starling", "bots", "3", "--port", text,
							    NULL });
	start(&game, port, "30");
	assert_true(read_until(&game, is_alone ? "Alone" : "bots 3"));
	/* The bar of our own age. */
	assert_true(read_until(&game, "#"));
	process_signal(&relay, SIGSTOP);
	since_s = process_now_s();
	assert_true(read_until(&game, "Relay silent for"));
	assert_true(read_until(&game, "nothing received from the relay for"));
	assert_in_range((uintmax_t)((process_now_s() - since_s) * 1000), 600, 1500);
	process_signal(&relay, SIGCONT);
	assert_int_equal(write(game.terminal, "q", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	if (!is_alone)
		process_end(&bots);
	process_end(&relay);
}

static void a_silent_relay_is_reported_within_a_second(void **state)
{
	(void)state;
	silence_is_told_within_a_second(false);
	silence_is_told_within_a_second(true);
}

static void watch_reports_a_silent_relay_too(void **state)
{
	static struct game game;
	struct process relay;
	uint16_t port = process_start_relay(&relay, (const char *const[]){ NULL });

	(void)state;
	game_run = watch_run;
	start(&game, port, "30");
	game_run = play_run;
	assert_true(read_until(&game, "nothing moves here yet"));
	process_signal(&relay, SIGSTOP);
	assert_true(read_until(&game, "nothing received from the relay for 3 s"));
	assert_int_equal(write(game.terminal, "q", 1), 1);
	assert_int_equal(finish(&game), EXIT_SUCCESS);
	process_end(&relay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_terminal_it_says_so_and_exits_2),
		cmocka_unit_test(without_a_relay_it_gives_up_and_leaves_the_terminal_as_it_was),
		cmocka_unit_test(a_signal_ends_it_well),
		cmocka_unit_test(q_and_ctrl_c_end_it_well),
		cmocka_unit_test(a_q_in_a_chat_line_does_not_end_it),
		cmocka_unit_test(a_letter_that_the_locale_lacks_takes_no_other_along),
		cmocka_unit_test(a_terminal_without_places_is_refused),
		cmocka_unit_test(no_color_is_heeded_unless_it_is_empty),
		cmocka_unit_test(ctrl_l_clears_the_terminal_and_draws_all_anew),
		cmocka_unit_test(the_screen_is_repaired_within_a_second),
		cmocka_unit_test(a_silent_relay_is_reported_within_a_second),
		cmocka_unit_test(watch_reports_a_silent_relay_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
