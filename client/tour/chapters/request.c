/* request: chapter 4: HTTP by hand, what a server remembers, who may speak, and what each costs. */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "client/tour/chapters/http_text.h"
#include "client/tour/chapters/request_results.h"

enum {
	WANTED_PORT = 8080, /* a web server's that anyone may start, as long as it is free */
	LISTENING = 3,
	CHILD = 4,
	DATAGRAMS = 5, /* the server's second protocol */
	CLIENT = 3,
	CLIENT_DATAGRAMS = 4,
	BACKLOG = 4,
	BUFFER_BYTES = HTTP_TEXT_BYTES - 1,
};

/* A request with its answer, as the calls had them. */
struct exchange {
	struct call asked, heard, said, answered;
	char question[HTTP_TEXT_BYTES], answer[HTTP_TEXT_BYTES];
};

static bool is_text(const struct call *call, const char *text)
{
	return !call->error && call->size == strlen(text) &&
	       memcmp(call->data, text, call->size) == 0;
}

/* A text of the language for the picture. */
static const char *label(const struct tour *tour, const char *name,
			 char out[static LANGUAGE_TEXT_BYTES])
{
	char key[40];

	snprintf(key, sizeof(key), "4.picture.%s", name);
	return language_text(tour->language, key, out) ? out : "";
}

/* The server listens, and a client has connected. */
static bool serves(struct tour *tour)
{
	bool is_there = step_party(tour, PICTURE_SERVER) && step_party(tour, PICTURE_CLIENT_A);
	struct picture_arrow *arrow;
	struct call call, connected;
	struct sockaddr_in server;

	step_begin(tour, "serve");
	(void)step_call(tour, PICTURE_SERVER, call_socket(SOCK_STREAM));
	call = step_call(tour, PICTURE_SERVER, call_bind(LISTENING, call_loopback(WANTED_PORT)));
	if (call.error == EADDRINUSE) {
		step_variant(tour, "taken");
		call = step_call(tour, PICTURE_SERVER, call_bind(LISTENING, call_loopback(0)));
	}
	server = call.local;
	(void)step_call(tour, PICTURE_SERVER, call_listen(LISTENING, BACKLOG));
	(void)step_call(tour, PICTURE_CLIENT_A, call_socket(SOCK_STREAM));
	connected = step_call(tour, PICTURE_CLIENT_A, call_connect(CLIENT, server));
	arrow = connected.error ? NULL : picture_add_arrow(&tour->picture, PICTURE_CLIENT_A);
	if (arrow) {
		arrow->is_both_ways = true;
		snprintf(arrow->text, sizeof(arrow->text), "SYN,SYN+ACK,ACK-");
	}
	call = step_call(tour, PICTURE_SERVER, call_accept(LISTENING));
	step_word(tour, "wanted", "%d", WANTED_PORT);
	step_word(tour, "port", "%u", ntohs(server.sin_port));
	step_word(tour, "ms", "%.3f", (double)(connected.end_ns - connected.begin_ns) / 1e6);
	if (connected.error || call.error)
		step_variant(tour, "missing");
	step_end(tour);
	return is_there && !connected.error && !call.error;
}

/* The text that a call carried. */
static void keep_text(const struct call *call, char text[static HTTP_TEXT_BYTES])
{
	const size_t size = call->error ? 0 : call->size;

	snprintf(text, HTTP_TEXT_BYTES, "%.*s", (int)size, call->data);
}

/* The client asks. */
static void ask(struct tour *tour, struct exchange *exchange, const char *request)
{
	exchange->asked = step_call(tour, PICTURE_CLIENT_A, call_write(CLIENT, request));
	exchange->heard = step_call(tour, PICTURE_SERVER, call_read(CHILD, BUFFER_BYTES));
	keep_text(&exchange->heard, exchange->question);
}

/* The server answers what it has read, from that alone. */
static void answer(struct tour *tour, struct exchange *exchange, const char *bird)
{
	char text[HTTP_TEXT_BYTES];

	exchange->said =
		step_call(tour, PICTURE_SERVER,
			  call_write(CHILD, http_text_answer(text, exchange->question, bird)));
	exchange->answered = step_call(tour, PICTURE_CLIENT_A, call_read(CLIENT, BUFFER_BYTES));
	keep_text(&exchange->answered, exchange->answer);
}

/* Whether the client got this status and body. */
static bool has_answer(const struct exchange *exchange, const char *status, const char *body)
{
	const char *got = http_text_body(exchange->answer);

	return got && strcmp(got, body) == 0 &&
	       strncmp(exchange->answer + 9, status, strlen(status)) == 0;
}

/* Draws both ends with their ports, and `between` them. */
static void draw_ends(struct tour *tour, const struct call *sent, const char *between)
{
	char client[LANGUAGE_TEXT_BYTES], server[LANGUAGE_TEXT_BYTES];
	const struct sockaddr_in *of_client = &sent->local, *of_server = &sent->peer;

	if (ntohs(of_client->sin_port) == tour->picture.parties[PICTURE_SERVER].sockets[0].local) {
		of_client = &sent->peer;
		of_server = &sent->local;
	}
	step_draw(tour, "  %s :%u %s %s :%u",
		  language_text(tour->language, "party.1", client) ? client : "",
		  ntohs(of_client->sin_port), between,
		  language_text(tour->language, "party.0", server) ? server : "",
		  ntohs(of_server->sin_port));
}

/*
 * Draws a message line by line, each with its meaning: `meanings` are those of the first line, of a
 * header and of the blank line; a body has one of its own. The bytes are split likewise.
 */
static void draw_message(struct tour *tour, const char *message, const char *const meanings[3])
{
	struct fields fields = fields_init(message, strlen(message));
	char text[LANGUAGE_TEXT_BYTES];
	const char *line = message, *end;

	step_draw(tour, "%s", "");
	for (int i = 0; (end = strstr(line, "\r\n")); i++, line = end + 2) {
		const bool is_blank = end == line;
		const char *meaning = label(tour, meanings[is_blank ? 2 : i > 0], text);

		step_draw(tour, "    %.*s\\r\\n%*s%s", (int)(end - line), line,
			  (int)(28 - (end - line)), "", meaning);
		cursor_read_bytes(&fields.reader, (size_t)(end - line) + 2);
		fields_add(&fields,
			   is_blank ? "blank line"
			   : i > 0  ? "header"
				    : "first line",
			   "%.*s", (int)(end - line), line);
		if (is_blank) {
			line = end + 2;
			break;
		}
	}
	if (*line != '\0') {
		step_draw(tour, "    %-32s%s", line, label(tour, "body", text));
		cursor_read_bytes(&fields.reader, strlen(line));
		fields_add(&fields, "body", "%s", line);
	}
	step_bytes(tour, "HTTP", message, strlen(message), &fields);
}

/* One question by hand, in two steps. */
static bool by_hand(struct tour *tour)
{
	static const char *const question_parts[] = { "request_line", "header", "asked" };
	static const char *const answer_parts[] = { "status_line", "length", "blank" };
	struct exchange exchange;
	char text[HTTP_TEXT_BYTES];

	step_begin(tour, "request");
	ask(tour, &exchange, http_text_request(text, "/bird", NULL));
	draw_ends(tour, &exchange.asked, "-------------->");
	draw_message(tour, exchange.question, question_parts);
	if (!http_text_is_asked(exchange.question))
		step_variant(tour, "missing");
	step_end(tour);
	if (!http_text_is_asked(exchange.question))
		return false;

	step_begin(tour, "answer");
	answer(tour, &exchange, "3.1 4.2");
	draw_ends(tour, &exchange.said, "<--------------");
	draw_message(tour, exchange.answer, answer_parts);
	if (!has_answer(&exchange, "200 OK", "3.1 4.2"))
		step_variant(tour, "missing");
	step_end(tour);
	return has_answer(&exchange, "200 OK", "3.1 4.2");
}

/* Two more questions on the connection that is there. */
static void kept_open(struct tour *tour)
{
	struct exchange second, third;
	char text[HTTP_TEXT_BYTES];

	step_begin(tour, "kept");
	ask(tour, &second, http_text_request(text, "/bird", NULL));
	answer(tour, &second, "3.2 4.1");
	ask(tour, &third, http_text_request(text, "/bird", NULL));
	answer(tour, &third, "3.3 4.0");
	step_word(tour, "port", "%u", ntohs(third.asked.local.sin_port));
	if (!has_answer(&second, "200 OK", "3.2 4.1") || !has_answer(&third, "200 OK", "3.3 4.0"))
		step_variant(tour, "other");
	step_end(tour);
}

/* A header with its name and two blanks before it, or nothing. */
static const char *header_shown(const char *message, const char *name,
				char out[static HTTP_TEXT_BYTES])
{
	size_t size;
	const char *value = http_text_header(message, name, &size);

	out[0] = '\0';
	if (value)
		snprintf(out, HTTP_TEXT_BYTES, "  %s: %.*s", name, (int)size, value);
	return out;
}

/* Draws a question and its answer, each in short. */
static void draw_exchange(struct tour *tour, const struct exchange *exchange)
{
	char shown[HTTP_TEXT_BYTES], header[HTTP_TEXT_BYTES];
	const char *body = http_text_body(exchange->answer);
	const char *question = exchange->question, *status = exchange->answer;

	snprintf(shown, sizeof(shown), "%.*s%s", (int)strcspn(question + 4, " ") + 4, question,
		 header_shown(question, "Cookie", header));
	step_draw(tour, "  %-30s ---------->", shown);
	status += strlen(status) > 9 ? 9 : 0;
	step_draw(tour, "  %30s <----------  %.*s%s", "", (int)strcspn(status, "\r"), status,
		  header_shown(exchange->answer, "Set-Cookie", header));
	step_draw(tour, "  %30s              %s", "", body ? body : "");
}

/* The server does not know on one connection who asked on it before. Returns a question's size. */
static long forgets(struct tour *tour)
{
	struct exchange login, me;
	char text[HTTP_TEXT_BYTES];

	step_begin(tour, "forgets");
	ask(tour, &login, http_text_request(text, "/login?name=robin", NULL));
	answer(tour, &login, "");
	ask(tour, &me, http_text_request(text, "/me", NULL));
	answer(tour, &me, "");
	if (tour->is_over)
		return 0;
	draw_ends(tour, &login.asked, "                          ");
	draw_exchange(tour, &login);
	draw_exchange(tour, &me);
	if (!has_answer(&login, "200 OK", "welcome, robin") ||
	    !has_answer(&me, "401 Unauthorized", "who are you?"))
		step_variant(tour, "other");
	step_end(tour);
	return me.asked.result;
}

/* With the cookie it does. `size` is that of the question without it. */
static void cookie(struct tour *tour, long size)
{
	struct exchange me;
	char text[HTTP_TEXT_BYTES];

	step_begin(tour, "cookie");
	ask(tour, &me, http_text_request(text, "/me", "Cookie: name=robin"));
	answer(tour, &me, "");
	if (tour->is_over)
		return;
	draw_ends(tour, &me.asked, "                          ");
	draw_exchange(tour, &me);
	step_word(tour, "more", "%ld", me.asked.result - size);
	if (!has_answer(&me, "200 OK", "robin"))
		step_variant(tour, "other");
	step_end(tour);
}

/* The game server's only client so far. */
struct known {
	in_port_t port;
	char name[24];
};

/* Notes the name in "I am NAME" beside the sender's port. */
static void note_name(struct known *known, const struct call *said)
{
	static const char greeting[] = "I am ";
	const size_t before = sizeof(greeting) - 1;

	if (said->error || said->size < before || memcmp(said->data, greeting, before) != 0)
		return;
	known->port = said->address.sin_port;
	snprintf(known->name, sizeof(known->name), "%.*s", (int)(said->size - before),
		 said->data + before);
}

/* The server knows its client by the address. That address is stored. */
static void remembers(struct tour *tour, struct sockaddr_in *client)
{
	struct known known = { 0 };
	struct sockaddr_in server;
	struct call call;

	step_begin(tour, "remembers");
	(void)step_call(tour, PICTURE_SERVER, call_socket(SOCK_DGRAM));
	server = step_call(tour, PICTURE_SERVER, call_bind(DATAGRAMS, call_loopback(0))).local;
	(void)step_call(tour, PICTURE_CLIENT_A, call_socket(SOCK_DGRAM));
	(void)step_call(tour, PICTURE_CLIENT_A,
			call_sendto(CLIENT_DATAGRAMS, "I am robin", server));
	call = step_call(tour, PICTURE_SERVER, call_recvfrom(DATAGRAMS, BUFFER_BYTES, 0));
	note_name(&known, &call);
	(void)step_call(tour, PICTURE_CLIENT_A, call_sendto(CLIENT_DATAGRAMS, "who am I?", server));
	call = step_call(tour, PICTURE_SERVER, call_recvfrom(DATAGRAMS, BUFFER_BYTES, 0));
	*client = call.address;
	(void)step_call(tour, PICTURE_SERVER,
			call_sendto(DATAGRAMS,
				    !call.error && call.address.sin_port == known.port
					    ? known.name
					    : "a stranger",
				    call.address));
	call = step_call(tour, PICTURE_CLIENT_A, call_recvfrom(CLIENT_DATAGRAMS, BUFFER_BYTES, 0));
	step_word(tour, "port", "%u", ntohs(known.port));
	if (!is_text(&call, "robin"))
		step_variant(tour, "other");
	step_end(tour);
}

/* A web server may not begin; a game's server sends when it likes. Then all sockets close. */
static void pushes(struct tour *tour, const struct sockaddr_in *client)
{
	struct call silence, first, second;

	step_begin(tour, "push");
	silence = step_call(tour, PICTURE_CLIENT_A, call_poll(CLIENT, CALL_WAIT_MS));
	(void)step_call(tour, PICTURE_SERVER, call_sendto(DATAGRAMS, "3.4 3.9", *client));
	(void)step_call(tour, PICTURE_SERVER, call_sendto(DATAGRAMS, "3.5 3.8", *client));
	first = step_call(tour, PICTURE_CLIENT_A, call_recvfrom(CLIENT_DATAGRAMS, BUFFER_BYTES, 0));
	second =
		step_call(tour, PICTURE_CLIENT_A, call_recvfrom(CLIENT_DATAGRAMS, BUFFER_BYTES, 0));
	step_word(tour, "wait", "%d", CALL_WAIT_MS);
	if (silence.result != 0 || !is_text(&first, "3.4 3.9") || !is_text(&second, "3.5 3.8"))
		step_variant(tour, "other");
	(void)step_call(tour, PICTURE_CLIENT_A, call_close(CLIENT));
	(void)step_call(tour, PICTURE_CLIENT_A, call_close(CLIENT_DATAGRAMS));
	for (int fd = LISTENING; fd <= DATAGRAMS; fd++)
		(void)step_call(tour, PICTURE_SERVER, call_close(fd));
	step_end(tour);
}

bool chapters_request(struct tour *tour)
{
	struct sockaddr_in client;

	if (!serves(tour) || !by_hand(tour))
		return tour->is_over;
	kept_open(tour);
	cookie(tour, forgets(tour));
	remembers(tour, &client);
	pushes(tour, &client);
	return request_results(tour);
}
