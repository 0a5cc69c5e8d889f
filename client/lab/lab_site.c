/* The Makefile says that this object depends on the page's files. */
#include "client/lab/lab_site.h"

#include <errno.h>
#include <string.h>

#include "client/lab/lab_feed.h"
#include "proto/net/endpoint.h"
#include "proto/net/udp/udp_clock.h"
#include "proto/web/page.h"

PAGE_BYTES(lab_page, "client/lab/page/index.html");
PAGE_BYTES(lab_script, "client/lab/page/lab.js");
PAGE_BYTES(lab_flock, "client/lab/page/flock.js");
PAGE_BYTES(lab_packet, "client/lab/page/packet.js");
PAGE_BYTES(lab_style, "client/lab/page/lab.css");

static const struct web_file files[] = {
	PAGE_FILE("/", PAGE_HTML, lab_page),
	PAGE_FILE("/lab.js", PAGE_SCRIPT, lab_script),
	PAGE_FILE("/flock.js", PAGE_SCRIPT, lab_flock),
	PAGE_FILE("/packet.js", PAGE_SCRIPT, lab_packet),
	PAGE_FILE("/lab.css", PAGE_STYLE, lab_style),
	{ .path = 0 },
};
static const struct web_file *const lists[] = { files, web_page_files };

static bool hear(void *context, void *unused, const char *text, size_t size)
{
	(void)unused;
	return lab_feed_hear(context, text, size, udp_clock_ns());
}

/* The feed's own; web asks until nothing is due. */
struct feed_state {
	int64_t next_ns;
};

static bool write_message(void *context, void *feed, FILE *out)
{
	struct feed_state *state = feed;
	const int64_t now_ns = udp_clock_ns();

	if (now_ns < state->next_ns)
		return false;
	state->next_ns = now_ns + LAB_FEED_EVERY_MS * INT64_C(1000000) / 2;
	return lab_feed_write(context, out, now_ns);
}

/* The page asks for this first; the feed has the rest. */
static unsigned write_lab(void *context, FILE *out, unsigned waited_ms)
{
	(void)waited_ms;
	return lab_feed_write(context, out, udp_clock_ns()) ? 200 : 503;
}

static const struct web_document documents[] = {
	{ .path = "/lab.json", .type = "application/json", .write = write_lab },
};

int lab_site_open(struct web **web, const char *place, struct lab_state *state,
		  char error[static WEB_ERROR_BYTES])
{
	static struct web_site site; /* outlives the web */
	struct web_config config = { .host = NULL };
	struct endpoint endpoint;
	char fault[ENDPOINT_ERROR_BYTES];
	int status;

	if (!endpoint_parse(&endpoint, place, WEB_PORT, fault)) {
		snprintf(error, WEB_ERROR_BYTES, "--http: %.480s", fault);
		return -EINVAL;
	}
	site = (struct web_site){ .files = lists,
				  .file_lists = sizeof(lists) / sizeof(lists[0]),
				  .documents = documents,
				  .document_count = 1,
				  .feed = { .every_ms = LAB_FEED_EVERY_MS,
					    .state_bytes = sizeof(struct feed_state),
					    .hear = hear,
					    .write = write_message },
				  .context = state };
	config.host = endpoint.host;
	config.port = endpoint.port;
	if (!web_check_place(config.host, false, error))
		return -EINVAL;
	status = web_open(web, &config, &site, error);
	if (status == 0)
		status = web_start(*web);
	if (status < 0 && *web) {
		snprintf(error, WEB_ERROR_BYTES, "cannot start the page's thread: %s",
			 strerror(-status));
		web_close(*web);
		*web = NULL;
	}
	return status;
}
