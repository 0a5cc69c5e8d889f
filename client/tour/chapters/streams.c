/* streams: chapter 3: TCP: who waits and who begins, boundaries gone, a loss, and the end. */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
	LISTENING = 3, /* the server's first socket, the parent */
	CHILD_A = 4,
	CHILD_B = 5,
	CLIENT = 3, /* each client's only socket */
	BACKLOG = 4,
	BUFFER_BYTES = 64,
	PIECE_BYTES = 5,
	RESEND_MS = 2000, /* TCP sends again well before */
};

/* The two messages of the loss. The filter knows the first by its length. */
static const char first_text[] = "first", second_text[] = "second";

static bool is_text(const struct call *call, const char *text)
{
	return !call->error && call->size == strlen(text) &&
	       memcmp(call->data, text, call->size) == 0;
}

static bool listens(struct tour *tour, struct sockaddr_in *server)
{
	bool is_there = step_party(tour, PICTURE_SERVER);
	struct call call;

	step_begin(tour, "listen");
	(void)step_call(tour, PICTURE_SERVER, call_socket(SOCK_STREAM));
	call = step_call(tour, PICTURE_SERVER, call_bind(LISTENING, call_loopback(0)));
	*server = call.local;
	call = step_call(tour, PICTURE_SERVER, call_listen(LISTENING, BACKLOG));
	step_word(tour, "backlog", "%d", BACKLOG);
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
	return is_there && !call.error;
}

static struct call connect_client(struct tour *tour, enum picture_party party,
				  const struct sockaddr_in *server)
{
	struct picture_arrow *arrow;
	struct call call;

	(void)step_call(tour, party, call_socket(SOCK_STREAM));
	call = step_call(tour, party, call_connect(CLIENT, *server));
	arrow = call.error ? NULL : picture_add_arrow(&tour->picture, party);
	if (arrow) {
		arrow->is_both_ways = true;
		snprintf(arrow->text, sizeof(arrow->text), "SYN,SYN+ACK,ACK-");
	}
	return call;
}

/* Both clients connect before the server takes either. */
static bool connects(struct tour *tour, const struct sockaddr_in *server)
{
	bool is_there = step_party(tour, PICTURE_CLIENT_A) && step_party(tour, PICTURE_CLIENT_B);
	struct call first, second, queue;

	step_begin(tour, "connect");
	first = connect_client(tour, PICTURE_CLIENT_A, server);
	second = connect_client(tour, PICTURE_CLIENT_B, server);
	queue = step_call(tour, PICTURE_SERVER, call_queue(LISTENING));
	step_word(tour, "waiting", "%ld", queue.value);
	if (first.error || second.error)
		step_variant(tour, "missing");
	step_end(tour);
	return is_there && !first.error && !second.error;
}

static bool accepts(struct tour *tour, const struct sockaddr_in *server)
{
	struct call first, second;

	step_begin(tour, "accept");
	first = step_call(tour, PICTURE_SERVER, call_accept(LISTENING));
	second = step_call(tour, PICTURE_SERVER, call_accept(LISTENING));
	(void)step_call(tour, PICTURE_SERVER, call_queue(LISTENING));
	step_word(tour, "parent", "%d", LISTENING);
	step_word(tour, "first", "%ld", first.result);
	step_word(tour, "second", "%ld", second.result);
	step_word(tour, "port", "%u", ntohs(server->sin_port));
	if (first.error || second.error)
		step_variant(tour, "missing");
	step_end(tour);
	return !first.error && !second.error;
}

static void both_ways(struct tour *tour)
{
	struct call question, answer;

	step_begin(tour, "talk");
	(void)step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, "hello, server"));
	question = step_call(tour, PICTURE_SERVER, call_read(CHILD_A, BUFFER_BYTES));
	(void)step_call(tour, PICTURE_SERVER, call_write(CHILD_A, "hello, A"));
	answer = step_call(tour, PICTURE_CLIENT_A, call_read(CLIENT, BUFFER_BYTES));
	if (!is_text(&question, "hello, server") || !is_text(&answer, "hello, A"))
		step_variant(tour, "other");
	step_end(tour);
}

static void boundaries_gone(struct tour *tour)
{
	struct call call;

	step_begin(tour, "boundaries");
	(void)step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, "one"));
	(void)step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, "two, longer"));
	call = step_call(tour, PICTURE_SERVER, call_waiting(CHILD_A, 14, CALL_WAIT_MS));
	step_word(tour, "waiting", "%ld", call.value);
	call = step_call(tour, PICTURE_SERVER, call_read(CHILD_A, BUFFER_BYTES));
	if (!is_text(&call, "onetwo, longer"))
		step_variant(tour, "other");
	step_end(tour);
}

static void pieces(struct tour *tour)
{
	struct call first, rest;

	step_begin(tour, "pieces");
	(void)step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, "in pieces"));
	(void)step_call_unseen(tour, PICTURE_SERVER, call_waiting(CHILD_A, 9, CALL_WAIT_MS));
	first = step_call(tour, PICTURE_SERVER, call_read(CHILD_A, PIECE_BYTES));
	rest = step_call(tour, PICTURE_SERVER, call_read(CHILD_A, BUFFER_BYTES));
	if (!is_text(&first, "in pi") || !is_text(&rest, "eces"))
		step_variant(tour, "other");
	step_end(tour);
}

/* A number of milliseconds between two calls, as "0.123". */
static void time_word(struct tour *tour, const char *name, const struct call *from,
		      const struct call *to)
{
	step_word(tour, name, "%.3f", (double)(to->end_ns - from->end_ns) / 1e6);
}

/* How long two messages take when nothing is lost; the measure for the next step. */
static void nothing_lost(struct tour *tour)
{
	struct call sent, both;

	step_begin(tour, "quick");
	sent = step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, first_text));
	(void)step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, second_text));
	both = step_call(tour, PICTURE_SERVER, call_waiting(CHILD_A, 11, RESEND_MS));
	time_word(tour, "ms", &sent, &both);
	(void)step_call(tour, PICTURE_SERVER, call_read(CHILD_A, BUFFER_BYTES));
	step_end(tour);
}

/*
 * The child socket drops the first segment; the second comes, and cannot be read before the first
 * has been sent again.
 */
static void held_up(struct tour *tour)
{
	struct call sent, none, both, filter;

	step_begin(tour, "lost");
	filter = step_call(tour, PICTURE_SERVER, call_drop(CHILD_A, sizeof(first_text) - 1));
	sent = step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, first_text));
	(void)step_call(tour, PICTURE_SERVER, call_drop_none(CHILD_A));
	(void)step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, second_text));
	none = step_call(tour, PICTURE_SERVER, call_waiting(CHILD_A, 0, 0));
	both = step_call(tour, PICTURE_SERVER, call_waiting(CHILD_A, 11, RESEND_MS));
	(void)step_call(tour, PICTURE_SERVER, call_read(CHILD_A, BUFFER_BYTES));
	time_word(tour, "ms", &sent, &both);
	if (tour->picture.arrow_count > 0)
		tour->picture.arrows[0].fate = PICTURE_LOST;
	if (filter.error || none.value != 0 || both.value != 11)
		step_variant(tour, "other");
	step_end(tour);
}

static void closes(struct tour *tour)
{
	struct call end, reset;

	step_begin(tour, "close");
	(void)step_call(tour, PICTURE_CLIENT_A, call_close(CLIENT));
	end = step_call(tour, PICTURE_SERVER, call_read(CHILD_A, BUFFER_BYTES));
	(void)step_call(tour, PICTURE_SERVER, call_write(CHILD_A, "still there?"));
	reset = step_call(tour, PICTURE_SERVER, call_write(CHILD_A, "hello?"));
	if (end.result != 0 || reset.error != EPIPE)
		step_variant(tour, "other");
	step_end(tour);
}

static void goodbye(struct tour *tour)
{
	struct call end;

	step_begin(tour, "goodbye");
	(void)step_call(tour, PICTURE_SERVER, call_close(CHILD_A));
	(void)step_call(tour, PICTURE_SERVER, call_close(CHILD_B));
	end = step_call(tour, PICTURE_CLIENT_B, call_read(CLIENT, BUFFER_BYTES));
	(void)step_call(tour, PICTURE_CLIENT_B, call_close(CLIENT));
	(void)step_call(tour, PICTURE_SERVER, call_close(LISTENING));
	if (end.result != 0)
		step_variant(tour, "other");
	step_end(tour);
}

bool chapters_streams(struct tour *tour)
{
	struct sockaddr_in server;

	if (!listens(tour, &server) || !connects(tour, &server) || !accepts(tour, &server))
		return false;
	both_ways(tour);
	boundaries_gone(tour);
	pieces(tour);
	nothing_lost(tour);
	held_up(tour);
	closes(tour);
	goodbye(tour);
	return true;
}
