#include "client/moderate/moderate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/moderate/answer.h"
#include "client/moderate/exchange.h"
#include "client/moderate/request.h"
#include "client/options.h"

enum {
	FOR_MAX_S = 1000000000, /* that the relay takes */
};

struct moderate {
	const char *control;
	struct request_words words;
	struct options options;
};

/* A number with a unit: 30s, 10m, 2h, 7d. */
static bool read_duration(const struct option_row *row, const char *text, char *must,
			  size_t must_bytes)
{
	static const struct {
		char letter;
		double seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	const size_t digits = strspn(text, "0123456789");
	double seconds = 0;

	snprintf(must, must_bytes,
		 "must be a whole number with s, m, h or d behind it, as 10m, at most 11574d");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[digits] == units[i].letter)
			seconds = strtod(text, NULL) * units[i].seconds;
	if (digits == 0 || seconds <= 0 || seconds > FOR_MAX_S || text[digits + 1] != '\0')
		return false;
	*(double *)row->value = seconds;
	return true;
}

static const struct option_kind duration_kind = { .forms = OPTION_AS_TEXT, .read = read_duration };

static int misuse(const char *sentence)
{
	fprintf(stderr, "starling moderate: %s\n", sentence);
	return 2;
}

static int fail(const char *sentence)
{
	fprintf(stderr, "starling moderate: %s\n", sentence);
	return 1;
}

static int read_options(struct moderate *moderate, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "control", 0, "PATH", "the relay's socket, as starlingd --control names it",
		  &option_text, &moderate->control, 0, 0 },
		{ "room", 0, "ROOM", "of this room alone (all rooms)", &options_name,
		  &moderate->words.room, 0, 0 },
		{ "why", 0, "TEXT", "a reason, which members and operators are told (none)",
		  &option_text, &moderate->words.why, 0, 0 },
		{ "for", 0, "TIME", "how long a ban lasts, as 30s, 10m, 2h or 7d (for good)",
		  &duration_kind, &moderate->words.seconds, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "moderate",
		.operands = "COMMAND [ARGUMENT]",
		.operand_min = 1,
		.operand_max = 2,
		.summary = "tell a relay on this machine whom to kick, mute or ban, and more",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_SEED | OPTIONS_VERBOSE | OPTIONS_PATIENCE | OPTIONS_IMPAIR,
		.epilogue =
			"Commands: list; kick MEMBER; mute MEMBER; unmute MEMBER; ban "
			"ADDRESS[/PREFIX]; unban ADDRESS[/PREFIX]; bans; close ROOM; open ROOM; "
			"message TEXT.\n"
			"A MEMBER is an id that list shows. An IPv6 ADDRESS alone stands for "
			"its /64.\n",
	};

	if (options_parse(&moderate->options, &spec, argc, argv) < 0)
		return -1;
	moderate->words.command = moderate->options.reading.operands[0];
	if (moderate->options.reading.operand_count > 1)
		moderate->words.argument = moderate->options.reading.operands[1];
	return 0;
}

static int show(const struct moderate *moderate, const char *line, const cJSON *answer)
{
	const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "error"));

	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
		return fail(error ? error : "the answer is none of a relay of this version");
	if (moderate->options.json)
		puts(line);
	else
		answer_print(stdout, moderate->words.command, answer);
	return 0;
}

static int ask(const struct moderate *moderate, const cJSON *request)
{
	char error[EXCHANGE_ERROR_BYTES];
	char *sent = cJSON_PrintUnformatted(request), *line;
	cJSON *answer;
	int status;

	if (!sent)
		return fail("there is no memory");
	line = exchange(moderate->control, sent, error);
	cJSON_free(sent);
	if (!line)
		return fail(error);
	answer = cJSON_Parse(line);
	status = show(moderate, line, answer);
	cJSON_Delete(answer);
	free(line);
	return status;
}

int moderate_run(int argc, char **argv)
{
	struct moderate moderate = { .control = NULL };
	char error[REQUEST_ERROR_BYTES];
	cJSON *request;
	int status;

	if (read_options(&moderate, argc, argv) < 0)
		return moderate.options.exit_status;
	if (!moderate.control)
		return misuse("which relay? pass --control and the path that starlingd was given");
	request = request_make(&moderate.words, error);
	if (!request)
		return misuse(error);
	status = ask(&moderate, request);
	cJSON_Delete(request);
	return status;
}
