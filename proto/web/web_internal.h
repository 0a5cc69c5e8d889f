/*
 * web_internal: what the web's own files share. For proto/web/web*.c only; all of it is the
 * thread's, but for what is atomic.
 *
 *	web.c             opening, the thread, closing
 *	web_connection.c  a connection from its first byte to its answer
 *	web_feed.c        what libwebsockets does
 */
#ifndef STARLING_PROTO_WEB_WEB_INTERNAL_H
#define STARLING_PROTO_WEB_WEB_INTERNAL_H

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

#include "proto/web/request.h"
#include "proto/web/token.h"
#include "proto/web/web.h"

#define WEB_FEED_PATH "/feed"
#define WEB_BEAT      "beat" /* its protocol */

struct web_connection;

struct web {
	const struct web_site *site;
	char token[TOKEN_MOST + 1];
	bool has_token;
	int request_s, answer_s;
	int listener; /* -1: libwebsockets has it */
	int beat;     /* a timer, which beats while there are feeds; libwebsockets has it */
	uint16_t port;
	struct lws_protocols protocols[4]; /* connections, feeds, the beat, an end */
	struct lws_context *context;
	struct lws_vhost *vhost;
	pthread_t thread;
	bool has_thread;
	atomic_bool is_ending, is_watched;

	struct web_connection *oldest, *newest;
	unsigned connection_count, waiting_count, feed_count;
	/* Counted for struct web_stats. */
	atomic_uint_fast64_t connections, answered, feeds, messages, refused[WEB_REFUSALS];
};

/* Looks whether anybody looks. */
void web_note_watched(struct web *web);

void web_count_refusal(struct web *web, enum web_refusal refusal);

/* libwebsockets' callback for the listener, and for connections that are no feeds. */
int web_on_connection(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		      size_t size);

/*
 * Opens the timer at whose beats feeds are written: the library's own timers make it poll without
 * waiting through their last millisecond. False: it cannot.
 */
bool web_open_beat(struct web *web);

int web_on_beat(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t size);

int web_on_feed(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t size);

/* Goes on with a connection as a feed. False: it cannot. The socket stays the caller's. */
bool web_open_feed(struct web *web, int socket, const struct request *request);

/* The bytes that web_feed needs for each. */
size_t web_feed_bytes(const struct web_site *site);

#endif
