#include "relay/status/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/net.h"
#include "relay/server.h"
#include "relay/status/documents.h"
#include "relay/status/metrics.h"
#include "relay/status/page.h"
#include "relay/status/wish.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	COPY_MS = 100,      /* between two copies, at least; and between two looks */
	RETRY_MS = 5,       /* the web's thread had the lock */
	FRESH_MS = 150,     /* a copy so old at a request still answers it */
	PATIENCE_MS = 2500, /* a loop that makes no copy for so long does not turn */
	STATUS_MS = 1000,   /* between two messages of a feed about all */
};

/* The web's thread keeps one for each feed. */
struct feed_view {
	bool is_open;
	size_t slot;
	int64_t status_ns, room_ns; /* the snapshots that it was told last */
};

struct status {
	struct web *web;
	struct web_site site;
	char host[ENDPOINT_HOST_MAX_BYTES + 1];
	int64_t look_ns; /* the loop's: when it looks again */

	pthread_mutex_t mutex; /* for these four */
	struct snapshot *back; /* the loop's, to be filled */
	bool is_new;           /* `back` is newer than `front` */
	bool is_wanted[SNAPSHOT_MAPS];
	char rooms[SNAPSHOT_MAPS][WIRE_NAME_MAX_BYTES + 1]; /* "": the first */

	/* The web's thread's. */
	struct snapshot *front;
	struct rates rates;
};

/* The loop's part. */

static bool copy(struct status *status, struct server *server, struct impaired_net *impaired,
		 int64_t now_ns)
{
	struct snapshot *snapshot;

	if (pthread_mutex_trylock(&status->mutex) != 0)
		return false;
	snapshot = status->back;
	for (size_t i = 0; i < SNAPSHOT_MAPS; i++) {
		snapshot->maps[i].is_wanted = status->is_wanted[i];
		memcpy(snapshot->maps[i].name, status->rooms[i], sizeof(status->rooms[i]));
	}
	snapshot_take(snapshot, server, impaired, now_ns);
	status_count(status, &snapshot->counts);
	status->is_new = true;
	pthread_mutex_unlock(&status->mutex);
	return true;
}

int64_t status_turn(struct status *status, struct server *server, struct impaired_net *impaired,
		    int64_t now_ns)
{
	int64_t rest_ms = COPY_MS;

	if (!status)
		return INT64_MAX;
	if (now_ns < status->look_ns)
		return status->look_ns;
	if (web_is_watched(status->web) && !copy(status, server, impaired, now_ns))
		rest_ms = RETRY_MS;
	status->look_ns = now_ns + rest_ms * NS_PER_MS;
	return status->look_ns;
}

/* The web's thread. */

/* The newest snapshot. */
static const struct snapshot *take(struct status *status)
{
	pthread_mutex_lock(&status->mutex);
	if (status->is_new) {
		struct snapshot *newer = status->back;

		status->back = status->front;
		status->front = newer;
		status->is_new = false;
		rates_note(&status->rates, &newer->counts, newer->at_ns);
	}
	pthread_mutex_unlock(&status->mutex);
	return status->front;
}

/* As of a request that came so long ago. NULL: there is none as new. */
static const struct snapshot *take_fresh(struct status *status, unsigned waited_ms)
{
	const struct snapshot *snapshot = take(status);
	const int64_t asked_ns = net_now_ns() - (int64_t)waited_ms * NS_PER_MS;

	return snapshot->at_ns > 0 && snapshot->at_ns >= asked_ns - FRESH_MS * NS_PER_MS ? snapshot
											 : NULL;
}

static unsigned say(FILE *out, unsigned status, const char *what)
{
	fprintf(out, "%s\n", what);
	return status;
}

/* Where there is no snapshot, the loop has not begun or does not turn. */
static unsigned wait_for_loop(FILE *out, unsigned waited_ms)
{
	return waited_ms < PATIENCE_MS
		       ? WEB_LATER
		       : say(out, 503, "the relay's loop does not turn: it starts, or it is stuck");
}

static unsigned write_live(void *context, FILE *out, unsigned waited_ms)
{
	return take_fresh(context, waited_ms) ? say(out, 200, "live")
					      : wait_for_loop(out, waited_ms);
}

static unsigned write_ready(void *context, FILE *out, unsigned waited_ms)
{
	const struct snapshot *snapshot = take_fresh(context, waited_ms);

	if (!snapshot)
		return wait_for_loop(out, waited_ms);
	if (snapshot->is_stopping)
		return say(out, 503, "not ready: it stops");
	if (snapshot->is_full)
		return say(out, 503, "not ready: it is full");
	return say(out, 200, "ready");
}

static unsigned write_status(void *context, FILE *out, unsigned waited_ms)
{
	struct status *status = context;
	const struct snapshot *snapshot = take_fresh(status, waited_ms);

	if (!snapshot)
		return wait_for_loop(out, waited_ms);
	documents_write_status(out, snapshot, &status->rates);
	return 200;
}

static unsigned write_metrics(void *context, FILE *out, unsigned waited_ms)
{
	const struct snapshot *snapshot = take_fresh(context, waited_ms);

	if (!snapshot)
		return wait_for_loop(out, waited_ms);
	metrics_write(out, snapshot);
	return 200;
}

static const struct web_document documents[] = {
	{ "/live", "text/plain; charset=utf-8", true, write_live },
	{ "/ready", "text/plain; charset=utf-8", true, write_ready },
	{ "/status.json", "application/json", false, write_status },
	{ "/metrics", METRICS_TYPE, false, write_metrics },
};

/* Feeds. */

/* There is a slot for each feed that the web opens. */
static void open_view(struct status *status, struct feed_view *view)
{
	pthread_mutex_lock(&status->mutex);
	while (view->slot < SNAPSHOT_MAPS - 1 && status->is_wanted[view->slot])
		view->slot++;
	status->is_wanted[view->slot] = true;
	status->rooms[view->slot][0] = '\0';
	pthread_mutex_unlock(&status->mutex);
	view->is_open = true;
}

static void close_view(void *context, void *state)
{
	struct status *status = context;
	const struct feed_view *view = state;

	if (!view->is_open)
		return;
	pthread_mutex_lock(&status->mutex);
	status->is_wanted[view->slot] = false;
	pthread_mutex_unlock(&status->mutex);
}

static bool hear(void *context, void *state, const char *text, size_t size)
{
	struct status *status = context;
	struct feed_view *view = state;
	char room[WIRE_NAME_MAX_BYTES + 1];

	if (!wish_read(room, text, size))
		return false;
	if (!view->is_open)
		open_view(status, view);
	pthread_mutex_lock(&status->mutex);
	memcpy(status->rooms[view->slot], room, sizeof(room));
	pthread_mutex_unlock(&status->mutex);
	return true;
}

static bool write_feed(void *context, void *state, FILE *out)
{
	struct status *status = context;
	struct feed_view *view = state;
	const struct snapshot *snapshot;

	if (!view->is_open)
		open_view(status, view);
	snapshot = take_fresh(status, 0);
	if (!snapshot)
		return false;
	if (snapshot->at_ns - view->status_ns >= STATUS_MS * NS_PER_MS) {
		view->status_ns = snapshot->at_ns;
		documents_write_feed_status(out, snapshot, &status->rates);
		return true;
	}
	if (snapshot->at_ns > view->room_ns && *snapshot->maps[view->slot].name) {
		view->room_ns = snapshot->at_ns;
		documents_write_feed_room(out, snapshot, &snapshot->maps[view->slot]);
		return true;
	}
	return false;
}

/* Opening and closing. */

static bool read_place(struct endpoint *place, const struct config *config,
		       char error[static WEB_ERROR_BYTES])
{
	char fault[ENDPOINT_ERROR_BYTES];

	if (endpoint_parse(place, config->http, WEB_PORT, fault))
		return true;
	snprintf(error, WEB_ERROR_BYTES, "--http: %.480s", fault);
	return false;
}

bool status_check(const struct config *config, char error[static WEB_ERROR_BYTES])
{
	struct endpoint place;

	if (!*config->http) {
		snprintf(error, WEB_ERROR_BYTES,
			 "--http-token-file is of no use without --http; give both");
		return !*config->http_token_file;
	}
	return read_place(&place, config, error) &&
	       web_check_place(place.host, *config->http_token_file, error);
}

static struct status *create(const struct config *config)
{
	struct status *status = calloc(1, sizeof(*status));

	if (!status)
		return NULL;
	pthread_mutex_init(&status->mutex, NULL);
	status->site = (struct web_site){
		.files = status_page_files,
		.file_lists = STATUS_PAGE_LISTS,
		.documents = documents,
		.document_count = sizeof(documents) / sizeof(documents[0]),
		.feed = { .every_ms = COPY_MS,
			  .state_bytes = sizeof(struct feed_view),
			  .hear = hear,
			  .write = write_feed,
			  .close = close_view },
		.context = status,
	};
	status->back = snapshot_create(config);
	status->front = snapshot_create(config);
	if (status->back && status->front)
		return status;
	status_close(status);
	return NULL;
}

bool status_open(struct status **opened, const struct config *config,
		 char error[static WEB_ERROR_BYTES])
{
	struct web_config wanted = { .token_file = NULL };
	struct endpoint place;

	*opened = NULL;
	if (!*config->http)
		return true;
	if (!read_place(&place, config, error))
		return false;
	wanted.host = place.host;
	wanted.port = place.port;
	if (*config->http_token_file)
		wanted.token_file = config->http_token_file;
	*opened = create(config);
	if (*opened)
		memcpy((*opened)->host, place.host, sizeof(place.host));
	if (*opened && web_open(&(*opened)->web, &wanted, &(*opened)->site, error) == 0)
		return true;
	if (!*opened)
		snprintf(error, WEB_ERROR_BYTES,
			 "no memory for --http; free some, or lower "
			 "--clients or --rooms");
	status_close(*opened);
	*opened = NULL;
	return false;
}

bool status_start(struct status *status, char error[static WEB_ERROR_BYTES])
{
	const int result = status ? web_start(status->web) : 0;

	if (result != 0)
		snprintf(error, WEB_ERROR_BYTES,
			 "cannot start the thread of --http: %s; free memory, or raise the limit "
			 "of processes",
			 strerror(-result));
	return result == 0;
}

void status_count(const struct status *status, struct counts *counts)
{
	counts->has_web = status;
	if (status)
		counts->web = web_stats(status->web);
}

void status_at(const struct status *status, char at[static ENDPOINT_TEXT_BYTES])
{
	endpoint_format(at, status->host, status_port(status));
}

uint16_t status_port(const struct status *status)
{
	return status ? web_port(status->web) : 0;
}

void status_close(struct status *status)
{
	if (!status)
		return;
	web_close(status->web);
	snapshot_destroy(status->back);
	snapshot_destroy(status->front);
	pthread_mutex_destroy(&status->mutex);
	free(status);
}
