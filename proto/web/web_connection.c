/* Connections: each brings a request, and is answered once. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/web/door.h"
#include "proto/web/listener.h"
#include "proto/web/response.h"
#include "proto/web/web_internal.h"

#define PLAIN_TEXT "text/plain; charset=utf-8"

enum {
	LOOK_US = 10000,      /* between two looks whether a document can be written */
	NO_PLACE_US = 100000, /* until the next connection is taken, with no descriptor left */
	DRAIN_S = 1,          /* for the other side to take the answer and close */
	REASON = PENDING_TIMEOUT_USER_REASON_BASE,
};

enum state {
	READING, /* the request is not whole */
	WAITING, /* its document is not there yet */
	WRITING,
	DRAINING, /* all is written; what comes in is thrown away until the other side closes */
};

struct web_connection {
	struct web *web;
	struct lws *wsi;
	struct web_connection *older, *newer;
	int socket;
	enum state state;
	bool is_head;
	const struct web_document *document;
	lws_usec_t asked_us;
	char *document_text; /* NULL: the body is a file's, or a sentence */
	const char *body;
	size_t body_bytes, sent; /* `sent`: of head and body */
	size_t head_bytes;       /* of the answer */
	char head[RESPONSE_HEAD_BYTES];
	size_t came; /* of the request */
	char request[REQUEST_HEAD_BYTES];
};

static void set_state(struct web_connection *connection, enum state state, int seconds)
{
	connection->web->waiting_count += state == WAITING;
	connection->web->waiting_count -= connection->state == WAITING;
	connection->state = state;
	web_note_watched(connection->web);
	lws_set_timeout(connection->wsi, (enum pending_timeout)REASON, seconds);
	lws_rx_flow_control(connection->wsi, state == READING || state == DRAINING);
}

/* Answers. */

static void answer(struct web_connection *connection, unsigned status, const char *type,
		   const char *body, size_t size)
{
	connection->head_bytes = response_head(connection->head, status, type, size);
	connection->body = body;
	connection->body_bytes = connection->is_head ? 0 : size;
	set_state(connection, WRITING, connection->web->answer_s);
	lws_callback_on_writable(connection->wsi);
}

static void say(struct web_connection *connection, unsigned status)
{
	const char *sentence = response_sentence(status);

	answer(connection, status, PLAIN_TEXT, sentence, strlen(sentence));
}

static void refuse(struct web_connection *connection, unsigned status)
{
	static const struct {
		unsigned status;
		enum web_refusal refusal;
	} refusals[] = {
		{ 400, WEB_MALFORMED }, { 401, WEB_NO_TOKEN }, { 403, WEB_FOREIGN },
		{ 404, WEB_NOT_FOUND }, { 405, WEB_NOT_GET },  { 413, WEB_HAS_BODY },
		{ 431, WEB_TOO_LARGE }, { 503, WEB_TOO_MANY },
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == status)
			web_count_refusal(connection->web, refusals[i].refusal);
	say(connection, status);
}

static const struct web_file *find_file(const struct web_site *site,
					const struct request_text *path)
{
	for (size_t i = 0; i < site->file_lists; i++)
		for (const struct web_file *file = site->files[i]; file->path; file++)
			if (request_text_is(path, file->path))
				return file;
	return NULL;
}

static const struct web_document *find_document(const struct web_site *site,
						const struct request_text *path)
{
	for (size_t i = 0; i < site->document_count; i++)
		if (request_text_is(path, site->documents[i].path))
			return &site->documents[i];
	return NULL;
}

/* Writes the document, or waits for it. */
static void try_document(struct web_connection *connection)
{
	const struct web_document *document = connection->document;
	const int64_t waited_us = lws_now_usecs() - connection->asked_us;
	size_t size = 0;
	FILE *out = open_memstream(&connection->document_text, &size);
	unsigned status = out ? document->write(connection->web->site->context, out,
						(unsigned)(waited_us / 1000))
			      : 500;

	if (out && fclose(out) != 0)
		status = 500;
	if (status == WEB_LATER) {
		free(connection->document_text);
		connection->document_text = NULL;
		if (connection->state != WAITING)
			set_state(connection, WAITING, connection->web->answer_s);
		lws_set_timer_usecs(connection->wsi, LOOK_US);
	} else if (status == 500) {
		say(connection, status);
	} else {
		answer(connection, status, document->type, connection->document_text, size);
	}
}

/* Returns whether the connection goes on. */
static bool serve_feed(struct web_connection *connection, const struct request *request)
{
	struct web *web = connection->web;

	if (!request->wants_socket) {
		refuse(connection, 400);
		return true;
	}
	if (web->feed_count >= WEB_FEEDS) {
		refuse(connection, 503);
		return true;
	}
	if (!web_open_feed(web, connection->socket, request))
		return true;
	connection->state = DRAINING; /* the rest is the feed's */
	return false;
}

static bool serve(struct web_connection *connection, const struct request *request)
{
	struct web *web = connection->web;
	const struct web_file *file = find_file(web->site, &request->path);
	const struct web_document *document = find_document(web->site, &request->path);
	const unsigned status = door_check(request, web->has_token ? web->token : NULL,
					   !file && !(document && document->is_open));

	connection->is_head = request->is_head;
	if (status != DOOR_OPEN) {
		refuse(connection, status);
	} else if (request_text_is(&request->path, WEB_FEED_PATH)) {
		return serve_feed(connection, request);
	} else if (file) {
		answer(connection, 200, file->type, file->bytes, (size_t)(file->end - file->bytes));
	} else if (document) {
		connection->document = document;
		connection->asked_us = lws_now_usecs();
		try_document(connection);
	} else {
		refuse(connection, 404);
	}
	return true;
}

/* Bytes come and go. Each returns whether the connection goes on. */

static bool is_for_later(ssize_t result)
{
	return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static bool read_request(struct web_connection *connection)
{
	const ssize_t came = recv(connection->socket, connection->request + connection->came,
				  REQUEST_HEAD_BYTES - connection->came, 0);
	struct request request;
	enum request_outcome outcome;

	if (came <= 0)
		return is_for_later(came);
	connection->came += (size_t)came;
	outcome = request_read(&request, connection->request, connection->came);
	if (outcome == REQUEST_MORE)
		return true;
	if (outcome == REQUEST_WHOLE)
		return serve(connection, &request);
	refuse(connection, outcome);
	return true;
}

static bool drain(struct web_connection *connection)
{
	const ssize_t came =
		recv(connection->socket, connection->request, sizeof(connection->request), 0);

	return came > 0 || is_for_later(came);
}

/* The bytes to send next, and how many they are. */
static const char *next_bytes(const struct web_connection *connection, size_t *size)
{
	const size_t sent = connection->sent, head_bytes = connection->head_bytes;

	if (sent < head_bytes) {
		*size = head_bytes - sent;
		return connection->head + sent;
	}
	*size = connection->body_bytes - (sent - head_bytes);
	return connection->body + (sent - head_bytes);
}

static bool write_answer(struct web_connection *connection)
{
	const char *bytes;
	size_t size;
	ssize_t sent;

	if (connection->state != WRITING)
		return true;
	while ((bytes = next_bytes(connection, &size)), size > 0) {
		sent = send(connection->socket, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0) {
			lws_callback_on_writable(connection->wsi);
			return is_for_later(sent);
		}
		connection->sent += (size_t)sent;
	}
	connection->web->answered++;
	set_state(connection, DRAINING, DRAIN_S);
	/* Closing now could throw away, with what came in and was not read, the answer. */
	return shutdown(connection->socket, SHUT_WR) == 0;
}

/* Beginning and end. */

static void add(struct web_connection *connection)
{
	struct web *web = connection->web;

	connection->older = web->newest;
	if (web->newest)
		web->newest->newer = connection;
	else
		web->oldest = connection;
	web->newest = connection;
	web->connection_count++;
}

static void take_out(struct web_connection *connection)
{
	struct web *web = connection->web;

	if (connection->newer)
		connection->newer->older = connection->older;
	else
		web->newest = connection->older;
	if (connection->older)
		connection->older->newer = connection->newer;
	else
		web->oldest = connection->newer;
	web->connection_count--;
}

static void end(struct web_connection *connection)
{
	struct web *web = connection->web;

	if (connection->state == WAITING)
		web->waiting_count--;
	if (connection->came > 0 && (connection->state == READING || connection->state == WRITING))
		web_count_refusal(web, WEB_TOO_SLOW);
	take_out(connection);
	web_note_watched(web);
	free(connection->document_text);
	free(connection);
}

/* Makes a place: who has said nothing whole for longest goes. */
static bool make_place(struct web *web)
{
	struct web_connection *oldest = web->oldest;

	if (web->connection_count < WEB_CONNECTIONS)
		return true;
	web_count_refusal(web, WEB_TOO_MANY);
	while (oldest && oldest->state != READING)
		oldest = oldest->newer;
	if (oldest)
		lws_set_timeout(oldest->wsi, (enum pending_timeout)REASON, LWS_TO_KILL_ASYNC);
	return oldest && web->connection_count < WEB_CONNECTIONS + WEB_FEEDS;
}

static void begin(struct web *web, int socket)
{
	struct web_connection *connection = make_place(web) ? calloc(1, sizeof(*connection)) : NULL;
	const lws_adopt_desc_t adopted = { .vh = web->vhost,
					   .type = LWS_ADOPT_RAW_FILE_DESC,
					   .fd = { .filefd = socket },
					   .vh_prot_name = "door",
					   .opaque = connection };

	web->connections++;
	if (!connection) {
		close(socket);
		return;
	}
	connection->web = web;
	connection->socket = socket;
	connection->wsi = lws_adopt_descriptor_vhost_via_info(&adopted);
	if (!connection->wsi) { /* which has closed the socket */
		free(connection);
		return;
	}
	add(connection);
	set_state(connection, READING, web->request_s);
}

static void on_listener(struct lws *wsi, struct web *web)
{
	const int socket = listener_accept(lws_get_socket_fd(wsi));

	if (socket >= 0) {
		begin(web, socket);
	} else if (socket == -EMFILE || socket == -ENFILE || socket == -ENOMEM ||
		   socket == -ENOBUFS) {
		lws_rx_flow_control(wsi, 0);
		lws_set_timer_usecs(wsi, NO_PLACE_US);
	}
}

static bool on_timer(struct lws *wsi, struct web_connection *connection)
{
	if (!connection)
		lws_rx_flow_control(wsi, 1);
	else if (connection->state == WAITING)
		try_document(connection);
	return true;
}

static bool on_input(struct lws *wsi, struct web_connection *connection)
{
	if (!connection)
		on_listener(wsi, lws_context_user(lws_get_context(wsi)));
	else if (connection->state == READING)
		return read_request(connection);
	else if (connection->state == DRAINING)
		return drain(connection);
	return true;
}

/* The listener has no connection. */
int web_on_connection(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		      size_t size)
{
	struct web_connection *connection = lws_get_opaque_user_data(wsi);
	bool goes_on = true;

	(void)user;
	(void)in;
	(void)size;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE:
		goes_on = on_input(wsi, connection);
		break;
	case LWS_CALLBACK_RAW_WRITEABLE_FILE:
		goes_on = !connection || write_answer(connection);
		break;
	case LWS_CALLBACK_TIMER:
		goes_on = on_timer(wsi, connection);
		break;
	case LWS_CALLBACK_RAW_CLOSE_FILE:
		if (connection)
			end(connection);
		break;
	case LWS_CALLBACK_HTTP: /* only a feed's handshake comes so far */
		goes_on = false;
		break;
	default:
		break;
	}
	return goes_on ? 0 : -1;
}
