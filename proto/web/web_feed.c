/* Feeds: what libwebsockets does. It reads no handshake but one that is written here. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "proto/web/door.h"
#include "proto/web/web_internal.h"

enum {
	HANDSHAKE_BYTES = 512,
	REASON = PENDING_TIMEOUT_USER_REASON_BASE,
};

/* One open feed. */
struct feed {
	struct web *web; /* NULL: it has not begun */
	size_t heard;
	char text[WEB_HEARD_BYTES];
	max_align_t state[]; /* the site's */
};

size_t web_feed_bytes(const struct web_site *site)
{
	return sizeof(struct feed) + site->feed.state_bytes;
}

bool web_open_feed(struct web *web, int socket, const struct request *request)
{
	char head[HANDSHAKE_BYTES];
	const int size = snprintf(
		head, sizeof(head),
		"GET " WEB_FEED_PATH " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %.*s\r\n"
		"Sec-WebSocket-Protocol: " DOOR_PROTOCOL "\r\n\r\n",
		(int)request->key.size, request->key.at);
	/* The library closes what it has; the connection closes its own. */
	const int own = fcntl(socket, F_DUPFD_CLOEXEC, 0);

	return own >= 0 && size < (int)sizeof(head) &&
	       lws_adopt_socket_vhost_readbuf(web->vhost, own, head, (size_t)size);
}

/* 0 ms: no more. */
static void set_beat(const struct web *web, unsigned every_ms)
{
	const struct timespec every = { .tv_sec = every_ms / 1000,
					.tv_nsec = every_ms % 1000 * 1000000L };
	const struct itimerspec beat = { .it_interval = every, .it_value = every };

	timerfd_settime(web->beat, 0, &beat, NULL);
}

bool web_open_beat(struct web *web)
{
	const lws_sock_file_fd_type descriptor = {
		.filefd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
	};

	web->beat = descriptor.filefd;
	return web->beat >= 0 && lws_adopt_descriptor_vhost(web->vhost, LWS_ADOPT_RAW_FILE_DESC,
							    descriptor, WEB_BEAT, NULL);
}

/* It is time for messages. */
int web_on_beat(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t size)
{
	struct web *web = lws_context_user(lws_get_context(wsi));
	uint64_t beats;

	(void)user;
	(void)in;
	(void)size;
	if (reason == LWS_CALLBACK_RAW_RX_FILE &&
	    read(web->beat, &beats, sizeof(beats)) == sizeof(beats))
		lws_callback_on_writable_all_protocol(web->context, &web->protocols[1]);
	return 0;
}

static void begin(struct lws *wsi, struct feed *feed)
{
	const struct web_feed *kind;

	feed->web = lws_context_user(lws_get_context(wsi));
	kind = &feed->web->site->feed;
	feed->heard = 0;
	memset(feed->state, 0, kind->state_bytes);
	if (feed->web->feed_count++ == 0)
		set_beat(feed->web, kind->every_ms);
	feed->web->feeds++;
	web_note_watched(feed->web);
	lws_callback_on_writable(wsi);
}

static void end(struct feed *feed)
{
	const struct web_site *site;

	if (!feed || !feed->web)
		return;
	site = feed->web->site;
	if (site->feed.close)
		site->feed.close(site->context, feed->state);
	if (--feed->web->feed_count == 0)
		set_beat(feed->web, 0);
	web_note_watched(feed->web);
	feed->web = NULL;
}

/* The message's text behind LWS_PRE bytes, which the library writes its header into. The caller
 * frees it. NULL: none is due. */
static char *next_message(struct feed *feed, size_t *size)
{
	static const char before[LWS_PRE];
	const struct web_site *site = feed->web->site;
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	bool is_due;

	if (!out)
		return NULL;
	fwrite(before, 1, sizeof(before), out);
	is_due = site->feed.write(site->context, feed->state, out);
	if (fclose(out) == 0 && is_due)
		return text;
	free(text);
	return NULL;
}

static bool write_message(struct lws *wsi, struct feed *feed, char *text, size_t size)
{
	const int sent =
		lws_write(wsi, (unsigned char *)text + LWS_PRE, size - LWS_PRE, LWS_WRITE_TEXT);

	free(text);
	feed->web->messages++;
	return sent >= (int)(size - LWS_PRE);
}

/* The library keeps what the kernel does not take, and calls back once it has taken all. */
static bool on_writable(struct lws *wsi, struct feed *feed)
{
	size_t size;
	char *text;

	/* Nothing may follow a close, and the answer to it has a time-out of the library's. */
	if (lws_get_close_length(wsi) > 0)
		return true;
	while (!lws_partial_buffered(wsi) && (text = next_message(feed, &size)))
		if (!write_message(wsi, feed, text, size))
			return false;
	if (lws_partial_buffered(wsi)) {
		lws_set_timeout(wsi, (enum pending_timeout)REASON, feed->web->answer_s);
		lws_callback_on_writable(wsi);
	} else {
		lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	}
	return true;
}

/* A message may come in parts. */
static bool hear(struct feed *feed, struct lws *wsi, const char *part, size_t size)
{
	const struct web_site *site = feed->web->site;

	if (lws_frame_is_binary(wsi) || size > sizeof(feed->text) - feed->heard)
		return false;
	if (size > 0)
		memcpy(feed->text + feed->heard, part, size);
	feed->heard += size;
	if (lws_remaining_packet_payload(wsi) > 0 || !lws_is_final_fragment(wsi))
		return true;
	size = feed->heard;
	feed->heard = 0;
	return site->feed.hear && site->feed.hear(site->context, feed->state, feed->text, size);
}

static bool on_input(struct lws *wsi, struct feed *feed, const char *part, size_t size)
{
	if (hear(feed, wsi, part, size))
		return true;
	web_count_refusal(feed->web, WEB_NOT_HEARD);
	lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, NULL, 0);
	return false;
}

int web_on_feed(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t size)
{
	struct feed *feed = user;
	bool goes_on = true;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		begin(wsi, feed);
		break;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		goes_on = on_writable(wsi, feed);
		break;
	case LWS_CALLBACK_RECEIVE:
		goes_on = on_input(wsi, feed, in, size);
		break;
	case LWS_CALLBACK_CLOSED:
		end(feed);
		break;
	default:
		break;
	}
	return goes_on ? 0 : -1;
}
