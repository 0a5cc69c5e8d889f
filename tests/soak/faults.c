#include "tests/soak/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include "tests/fixtures/relay/moderated_relay.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ROOM    "soak"
#define STOP_US 2000000

static struct process bots, stranger;
static char config[MODERATED_PATH_BYTES];
static bool are_bots_stopped;

const char *faults_write_config(void)
{
	static unsigned times;
	FILE *file;

	snprintf(config, sizeof(config), "%s/starlingd.json", moderated.folder);
	file = fopen(config, "w");
	assert_non_null(file);
	fprintf(file, "{\"malformed\": %u, \"sight\": %u}\n", 8 + times % 8, 64 + times % 2);
	assert_int_equal(fclose(file), 0);
	times++;
	return config;
}

static const char *port_text(void)
{
	static char text[8];

	snprintf(text, sizeof(text), "%u", (unsigned)moderated.port);
	return text;
}

void faults_start(void)
{
	process_start(&bots, WORDS("starling", "bots", "12", "--room", ROOM, "--port", port_text(),
				   "--patience", "60"));
}

/* Each fault. */

static void the_relay_is_stopped(void)
{
	process_signal(&moderated.relay, SIGSTOP);
	usleep(STOP_US);
	process_signal(&moderated.relay, SIGCONT);
}

static void the_configuration_changes(void)
{
	faults_write_config();
	process_signal(&moderated.relay, SIGHUP);
}

static void the_bots_are_killed(void)
{
	process_signal(&bots, SIGKILL);
	process_end(&bots);
	faults_start();
}

/* They go on with the next fault: after longer than the time-out. */
static void the_bots_are_stopped(void)
{
	process_signal(&bots, SIGSTOP);
	are_bots_stopped = true;
}

static void an_operator_asks(void)
{
	process_signal(&moderated.relay, SIGUSR1);
	assert_int_equal(moderated_relay_tell(WORDS("list", "--json")), 0);
}

static void an_operator_commands(void)
{
	/* The room may be gone, and its members with it: what is refused is a fault, too. */
	(void)moderated_relay_tell(WORDS("mute", "1", "--room", ROOM));
	(void)moderated_relay_tell(WORDS("kick", "2", "--room", ROOM));
	(void)moderated_relay_tell(WORDS("kick", "no-number"));
	assert_int_equal(moderated_relay_tell(WORDS("ban", "192.0.2.0/24", "--for", "2s")), 0);
	assert_int_equal(moderated_relay_tell(WORDS("message", "the relay is tested")), 0);
	assert_int_equal(moderated_relay_tell(WORDS("close", ROOM)), 0);
	assert_int_equal(moderated_relay_tell(WORDS("open", ROOM)), 0);
	/* Who was in the closed room does not come back by itself. */
	the_bots_are_killed();
}

static void a_stranger_comes(void)
{
	static const char *const kinds[] = { "blindjoin", "amplify",  "flood",   "leak", "bitmap",
					     "hold",      "oversize", "garbage", "waits" };
	static unsigned times;

	process_start(&stranger,
		      WORDS("tests/attack/stranger", kinds[times % COUNT(kinds)], port_text()));
	times++;
}

static const struct fault {
	const char *name;
	void (*befall)(void);
} faults[] = {
	{ "a stranger comes", a_stranger_comes },
	{ "the configuration changes", the_configuration_changes },
	{ "the relay is stopped", the_relay_is_stopped },
	{ "the bots are killed", the_bots_are_killed },
	{ "an operator asks", an_operator_asks },
	{ "an operator commands", an_operator_commands },
	{ "the bots are stopped", the_bots_are_stopped },
};

static void end_last(void)
{
	if (are_bots_stopped)
		process_signal(&bots, SIGCONT);
	are_bots_stopped = false;
	process_end(&stranger);
	process_end(&moderated.moderate);
}

const char *faults_next(unsigned n)
{
	const struct fault *fault = &faults[n % COUNT(faults)];

	end_last();
	fault->befall();
	return fault->name;
}

void faults_end(void)
{
	end_last();
	process_signal(&bots, SIGTERM);
	assert_int_equal(process_finish(&bots, MODERATED_PATIENCE_S), 0);
	process_end(&bots);
}

void faults_clean_up(void)
{
	process_end(&stranger);
	process_end(&bots);
	if (config[0])
		unlink(config);
}
