/* datagrams: chapter 2: UDP between three processes, its boundaries and limits, and a bad link. */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "client/tour/chapters/bad_link.h"

enum {
	FD = 3, /* each process's only socket */
	BUFFER_BYTES = 64,
	SMALL_BYTES = 5,
};

static struct call receive(struct tour *tour, enum picture_party party)
{
	return step_call(tour, party, call_recvfrom(FD, BUFFER_BYTES, 0));
}

static struct call send_to(struct tour *tour, enum picture_party party, const char *text,
			   struct sockaddr_in to)
{
	return step_call(tour, party, call_sendto(FD, text, to));
}

static bool is_text(const struct call *call, const char *text)
{
	return !call->error && call->size == strlen(text) &&
	       memcmp(call->data, text, call->size) == 0;
}

/* The server and a client, and the first datagram. */
static bool hello(struct tour *tour, struct sockaddr_in *server, struct sockaddr_in *client)
{
	bool is_there = step_party(tour, PICTURE_SERVER) && step_party(tour, PICTURE_CLIENT_A);
	struct call call;

	step_begin(tour, "hello");
	(void)step_call(tour, PICTURE_SERVER, call_socket(SOCK_DGRAM));
	call = step_call(tour, PICTURE_SERVER, call_bind(FD, call_loopback(0)));
	*server = call.local;
	(void)step_call(tour, PICTURE_CLIENT_A, call_socket(SOCK_DGRAM));
	(void)send_to(tour, PICTURE_CLIENT_A, "hello, flock", *server);
	call = receive(tour, PICTURE_SERVER);
	*client = call.address;
	step_word(tour, "port", "%u", ntohs(client->sin_port));
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
	return is_there && !call.error;
}

static void answer(struct tour *tour, const struct sockaddr_in *client)
{
	struct call call;

	step_begin(tour, "answer");
	step_call_begin(tour, PICTURE_CLIENT_A, call_recvfrom(FD, BUFFER_BYTES, 0));
	(void)send_to(tour, PICTURE_SERVER, "welcome", *client);
	call = step_call_finish(tour, PICTURE_CLIENT_A);
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
}

static void second_client(struct tour *tour, const struct sockaddr_in *server)
{
	struct call call;

	(void)step_party(tour, PICTURE_CLIENT_B);
	step_begin(tour, "second");
	(void)step_call(tour, PICTURE_CLIENT_B, call_socket(SOCK_DGRAM));
	(void)send_to(tour, PICTURE_CLIENT_B, "me too", *server);
	call = receive(tour, PICTURE_SERVER);
	(void)send_to(tour, PICTURE_SERVER, "welcome, B", call.address);
	call = receive(tour, PICTURE_CLIENT_B);
	if (call.error)
		step_variant(tour, "missing");
	step_end(tour);
}

static void boundaries(struct tour *tour, const struct sockaddr_in *server)
{
	struct call one, two;

	step_begin(tour, "boundaries");
	(void)send_to(tour, PICTURE_CLIENT_A, "one", *server);
	(void)send_to(tour, PICTURE_CLIENT_A, "two, longer", *server);
	one = receive(tour, PICTURE_SERVER);
	two = receive(tour, PICTURE_SERVER);
	step_word(tour, "room", "%d", BUFFER_BYTES);
	if (!is_text(&one, "one") || !is_text(&two, "two, longer"))
		step_variant(tour, "missing");
	step_end(tour);
}

static void small_buffer(struct tour *tour, const struct sockaddr_in *server)
{
	struct call cut, rest;

	step_begin(tour, "small");
	(void)send_to(tour, PICTURE_CLIENT_A, "a long sentence", *server);
	cut = step_call(tour, PICTURE_SERVER, call_recvfrom(FD, SMALL_BYTES, MSG_TRUNC));
	rest = receive(tour, PICTURE_SERVER);
	step_word(tour, "room", "%d", SMALL_BYTES);
	step_word(tour, "size", "%ld", cut.result);
	step_word(tour, "wait", "%d", CALL_WAIT_MS);
	if (cut.result <= SMALL_BYTES || rest.error != EAGAIN)
		step_variant(tour, "missing");
	step_end(tour);
}

static void too_long(struct tour *tour, const struct sockaddr_in *server)
{
	struct call longest, longer;

	step_begin(tour, "long");
	longest = step_call(tour, PICTURE_CLIENT_A,
			    call_sendto_zeros(FD, CALL_LONGEST_BYTES, *server));
	longer = step_call(tour, PICTURE_CLIENT_A,
			   call_sendto_zeros(FD, CALL_LONGEST_BYTES + 1, *server));
	(void)step_call(tour, PICTURE_SERVER, call_recvfrom(FD, CALL_LONGEST_BYTES, 0));
	step_word(tour, "longest", "%d", CALL_LONGEST_BYTES);
	if (longest.error || longer.error != EMSGSIZE)
		step_variant(tour, "other");
	step_end(tour);
}

/* The fate of the step's arrow number `arrow`. */
static void mark(struct tour *tour, size_t arrow, enum picture_fate fate)
{
	if (arrow < tour->picture.arrow_count)
		tour->picture.arrows[arrow].fate = fate;
}

/* Two datagrams over the bad link: the first arrives, the second does not. */
static void lost(struct tour *tour, const struct sockaddr_in *link)
{
	struct call first, second;

	step_begin(tour, "lost");
	(void)send_to(tour, PICTURE_CLIENT_A, "1", *link);
	(void)send_to(tour, PICTURE_CLIENT_A, "2", *link);
	first = receive(tour, PICTURE_SERVER);
	second = receive(tour, PICTURE_SERVER);
	step_word(tour, "link", "%u", ntohs(link->sin_port));
	step_word(tour, "text", "%s", bad_link_text);
	if (is_text(&first, "1") && second.error == EAGAIN)
		mark(tour, 1, PICTURE_LOST);
	else
		step_variant(tour, "other");
	step_end(tour);
}

static void twice(struct tour *tour, const struct sockaddr_in *link)
{
	struct call first, second;

	step_begin(tour, "twice");
	(void)send_to(tour, PICTURE_CLIENT_A, "3", *link);
	first = receive(tour, PICTURE_SERVER);
	second = receive(tour, PICTURE_SERVER);
	if (is_text(&first, "3") && is_text(&second, "3"))
		mark(tour, 0, PICTURE_TWICE);
	else
		step_variant(tour, "other");
	step_end(tour);
}

static void overtaken(struct tour *tour, const struct sockaddr_in *link)
{
	struct call first, second;

	step_begin(tour, "overtaken");
	(void)send_to(tour, PICTURE_CLIENT_A, "4", *link);
	(void)send_to(tour, PICTURE_CLIENT_A, "5", *link);
	first = receive(tour, PICTURE_SERVER);
	second = receive(tour, PICTURE_SERVER);
	step_word(tour, "hold", "%d", BAD_LINK_HOLD_MS);
	step_word(tour, "late", "%.0f", (double)(second.end_ns - first.end_ns) / 1e6);
	if (is_text(&first, "5") && is_text(&second, "4"))
		mark(tour, 0, PICTURE_LATE);
	else
		step_variant(tour, "other");
	step_end(tour);
}

/* Client A's way to the server now leads over the link. */
static bool bad_link(struct tour *tour, const struct sockaddr_in *server)
{
	struct sockaddr_in link;
	struct actor actor;

	if (tour->is_over)
		return true;
	if (bad_link_start(&actor, server, &link) < 0)
		return false;
	picture_set_link(&tour->picture, tour->language, &link);
	lost(tour, &link);
	twice(tour, &link);
	overtaken(tour, &link);
	tour->picture.between[0] = '\0';
	actor_stop(&actor);
	return true;
}

/* The server's socket is gone, and a client still sends. */
static void nobody(struct tour *tour, const struct sockaddr_in *server)
{
	struct call silence, refused;

	step_begin(tour, "nobody");
	(void)step_call(tour, PICTURE_SERVER, call_close(FD));
	(void)send_to(tour, PICTURE_CLIENT_A, "anyone?", *server);
	silence = step_call(tour, PICTURE_CLIENT_A, call_poll(FD, CALL_WAIT_MS));
	mark(tour, 0, PICTURE_NOBODY);
	(void)step_call(tour, PICTURE_CLIENT_A, call_connect(FD, *server));
	(void)step_call(tour, PICTURE_CLIENT_A, call_send(FD, "anyone?"));
	mark(tour, 1, PICTURE_NOBODY);
	refused = step_call(tour, PICTURE_CLIENT_A, call_recv(FD, BUFFER_BYTES));
	if (silence.result != 0 || refused.error != ECONNREFUSED)
		step_variant(tour, "other");
	(void)step_call(tour, PICTURE_CLIENT_A, call_close(FD));
	(void)step_call(tour, PICTURE_CLIENT_B, call_close(FD));
	step_end(tour);
}

bool chapters_datagrams(struct tour *tour)
{
	struct sockaddr_in server, client;
	bool has_link;

	if (!hello(tour, &server, &client))
		return false;
	answer(tour, &client);
	second_client(tour, &server);
	boundaries(tour, &server);
	small_buffer(tour, &server);
	too_long(tour, &server);
	has_link = bad_link(tour, &server);
	nobody(tour, &server);
	return has_link;
}
