/*
 * The stories' event check: it finds every missing event, and calls none missing that was not due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/story_check.h"

enum {
	LISTENER = 0,
	SENDER = 1,
	CLIENTS = 2,
};

struct tale {
	const char *name;
	/*
	 * The events, a letter each:
	 *	s       the sender sends its next event, numbered 1, 2, 3 ...
	 *	|       the sender leaves or is lost; what it sent need not have arrived
	 *	W       the listener takes its WELCOME
	 *	L       the listener has lost the relay
	 *	1 to 9  the listener hears the event of this number
	 *	.       the end, at which all that is due must have been heard
	 */
	const char *steps;
	const char *error; /* NULL: nothing is wrong */
};

static void take(struct story *story, enum starling_event_type type, char number)
{
	const uint8_t data[5] = { SENDER, (uint8_t)(number - '0') };
	const struct starling_event event = {
		.type = type, .member = 1, .data = data, .data_bytes = sizeof(data)
	};

	story_take(story, LISTENER, &event);
}

static void tell(struct story *story, char step)
{
	switch (step) {
	case 's':
		story_note_sent(&story->clients[SENDER]);
		break;
	case '|':
		story_note_break(&story->clients[SENDER]);
		break;
	case 'W':
		take(story, STARLING_WELCOME, '0');
		break;
	case 'L':
		take(story, STARLING_LOST, '0');
		break;
	case '.':
		story_check_complete(story);
		break;
	default:
		take(story, STARLING_MESSAGE, step);
	}
}

static void judge(void **state)
{
	const struct tale *tale = *state;
	static struct story story;

	memset(&story, 0, sizeof(story));
	story.client_count = CLIENTS;
	for (const char *step = tale->steps; *step != '\0'; step++)
		tell(&story, *step);
	assert_string_equal(story.error, tale->error ? tale->error : "");
}

static struct tale tales[] = {
	{ "all that is sent after WELCOME comes in order", "Wss12.", NULL },
	{ "the first may have been under way at WELCOME", "sssW23.", NULL },
	{ "of what was sent before WELCOME nothing need come", "ssWs3.", NULL },
	{ "one that overtakes WELCOME may be any", "ss2Ws3.", NULL },
	{ "one in the middle that is missing is found", "Wsss13",
	  "client 0 heard event 3 of client 1 before 2" },
	{ "one that was under way and is missing is found", "sssW13",
	  "client 0 heard event 3 of client 1 before 2" },
	{ "the first after WELCOME that is missing is found", "Wss2",
	  "client 0 heard event 2 of client 1 before 1" },
	{ "the last that is missing is found at the end", "Wss1.",
	  "client 0 heard client 1 only up to event 1 of 2" },
	{ "one that comes twice is found", "Ws11", "client 0 heard event 1 of client 1 after 1" },
	{ "one that is overtaken is found", "ssW21", "client 0 heard event 1 of client 1 after 2" },
	{ "one that was not sent is found", "Ws2",
	  "client 0 heard event 2 of client 1, which was not sent" },

	{ "what a sender leaves behind is not due", "Wss1|.", NULL },
	{ "what a sender leaves behind is not due in its next life", "Wss1|s3.", NULL },
	{ "what a sender leaves behind is not due to one who takes WELCOME late", "sss|sW124.",
	  NULL },
	{ "each of several lives may leave something behind", "ss|ss|sW135.", NULL },
	{ "one in the middle of an earlier life that is missing is found", "sss|sW13",
	  "client 0 heard event 3 of client 1 before 2" },
	{ "the first of a later life that is missing is found", "Ws1|ss3",
	  "client 0 heard event 3 of client 1 before 2" },
	{ "the last of a later life that is missing is found at the end", "Ws1|s.",
	  "client 0 heard client 1 only up to event 1 of 2" },

	{ "what is sent while the listener is lost is not due", "Ws1LsWs3.", NULL },
	{ "nothing is due to a listener that is lost", "Wss1L.", NULL },
};

enum {
	TALES = sizeof(tales) / sizeof(tales[0]),
};

int main(void)
{
	struct CMUnitTest tests[TALES];

	for (size_t i = 0; i < TALES; i++)
		tests[i] = (struct CMUnitTest){ .name = tales[i].name,
						.test_func = judge,
						.initial_state = &tales[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
