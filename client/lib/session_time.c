#include "client/lib/session.h"

enum {
	BURST_COUNT = 5, /* a good first estimate soon, */
	BURST_MS = 100,
	STEADY_MS = 2000, /* then enough to follow the oscillators */
};

static const int64_t ns_per_ms = 1000000;

static void note_request(struct session_clock_requests *requests, int64_t asked_us)
{
	requests->asked_us[requests->next] = asked_us;
	requests->next = (requests->next + 1) % SESSION_CLOCK_REQUESTS_MAX;
	requests->count++;
}

/* Accepts one answer for each request. */
static bool is_answer(struct session_clock_requests *requests, uint64_t sent_us)
{
	for (unsigned i = 0; i < SESSION_CLOCK_REQUESTS_MAX; i++) {
		if (requests->asked_us[i] != 0 && (uint64_t)requests->asked_us[i] == sent_us) {
			requests->asked_us[i] = 0;
			return true;
		}
	}
	return false;
}

/* WELCOME was written at some time between our HELLO and now. */
static void add_welcome(struct starling *session, int64_t now_ns)
{
	const struct clock_exchange welcome = {
		.asked_us = session->hello_ns / 1000,
		.received_us = (int64_t)session->room.clock_us,
		.answered_us = (int64_t)session->room.clock_us,
		.returned_us = now_ns / 1000,
	};

	clock_add(&session->clock, &welcome);
}

void session_time_start(struct starling *session, int64_t now_ns)
{
	session->clock = (struct clock){ 0 };
	session_time_resume(session, now_ns);
}

void session_time_resume(struct starling *session, int64_t now_ns)
{
	session->clock_requests = (struct session_clock_requests){ .next_ns = now_ns };
	add_welcome(session, now_ns);
}

void session_time_ask(struct starling *session, int64_t now_ns)
{
	struct session_clock_requests *requests = &session->clock_requests;
	const struct wire_clock question = { .sent_us = (uint64_t)(now_ns / 1000) };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	const size_t size = wire_clock_encode(message, sizeof(message), &question);

	link_send(&session->link, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, message, size);
	note_request(requests, now_ns / 1000);
	requests->next_ns =
		now_ns + (requests->count < BURST_COUNT ? BURST_MS : STEADY_MS) * ns_per_ms;
}

void session_time_request(struct starling *session, int64_t now_ns)
{
	if (now_ns >= session->clock_requests.next_ns)
		session_time_ask(session, now_ns);
}

void session_time_on_answer(struct starling *session, const struct wire_clock *answer,
			    int64_t now_ns)
{
	const struct clock_exchange exchange = {
		.asked_us = (int64_t)answer->sent_us,
		.received_us = (int64_t)answer->received_us,
		.answered_us = (int64_t)answer->answered_us,
		.returned_us = now_ns / 1000,
	};

	if (!is_answer(&session->clock_requests, answer->sent_us))
		return;
	if (clock_add(&session->clock, &exchange))
		session->stats.rtt_s = (double)clock_delay_us(&session->clock) * 1e-6;
	else
		session->stats.malformed++;
}

int64_t session_time_room_us(const struct starling *session, int64_t now_ns)
{
	int64_t room_us = clock_room_us(&session->clock, now_ns / 1000);

	/* A STATE of time 0 has another meaning. */
	if (room_us < 1)
		return 1;
	return room_us < (int64_t)CURSOR_VARINT53_MAX ? room_us : (int64_t)CURSOR_VARINT53_MAX;
}
