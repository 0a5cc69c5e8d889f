#include "proto/web/web.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proto/net/endpoint.h"
#include "proto/wire/text.h"
#include "proto/web/door.h"
#include "proto/web/listener.h"
#include "proto/web/web_internal.h"

enum {
	SENT_AT_ONCE_BYTES = 1 << 20, /* of a message, when the kernel takes them */
	STACK_BYTES = 256 << 10,
	NICENESS = 10, /* the program's loop goes first */
	/* The listener, the library's own, and each feed twice while it is handed over. */
	DESCRIPTORS = WEB_CONNECTIONS + 2 * WEB_FEEDS + 16,
};

void web_note_watched(struct web *web)
{
	atomic_store_explicit(&web->is_watched, web->feed_count + web->waiting_count > 0,
			      memory_order_release);
}

bool web_is_watched(const struct web *web)
{
	return atomic_load_explicit(&web->is_watched, memory_order_acquire);
}

void web_count_refusal(struct web *web, enum web_refusal refusal)
{
	web->refused[refusal]++;
}

const char *web_refusal_name(enum web_refusal refusal)
{
	static const char *const names[WEB_REFUSALS] = {
		[WEB_MALFORMED] = "malformed", [WEB_NO_TOKEN] = "no_token",
		[WEB_FOREIGN] = "foreign",     [WEB_NOT_FOUND] = "not_found",
		[WEB_NOT_GET] = "not_get",     [WEB_HAS_BODY] = "has_body",
		[WEB_TOO_LARGE] = "too_large", [WEB_TOO_MANY] = "too_many",
		[WEB_TOO_SLOW] = "too_slow",   [WEB_NOT_HEARD] = "not_heard",
	};

	return (unsigned)refusal < WEB_REFUSALS ? names[refusal] : "unknown";
}

struct web_stats web_stats(const struct web *web)
{
	struct web_stats stats = { .connections = web->connections,
				   .answered = web->answered,
				   .feeds = web->feeds,
				   .messages = web->messages };

	for (int i = 0; i < WEB_REFUSALS; i++)
		stats.refused[i] = web->refused[i];
	return stats;
}

uint16_t web_port(const struct web *web)
{
	return web->port;
}

/* Opening. */

static const char *advice(int result)
{
	switch (result) {
	case -EADDRINUSE:
		return "stop the other server, or give another port";
	case -EADDRNOTAVAIL:
	case -EINVAL:
		return "give an address of this machine in figures, as 127.0.0.1 or [::1]";
	case -EACCES:
		return "give a port from 1024, or start as root";
	default:
		return "give another address and port";
	}
}

bool web_check_place(const char *host, bool has_token, char error[static WEB_ERROR_BYTES])
{
	if (has_token || listener_is_loopback(host))
		return true;
	snprintf(error, WEB_ERROR_BYTES,
		 "--http \"%.200s\" is no loopback address in figures, and others may reach it; "
		 "give 127.0.0.1 or [::1], or --http-token-file",
		 text_shown(host).text);
	return false;
}

static int listen_on(struct web *web, const struct web_config *config, char *error)
{
	char endpoint[ENDPOINT_TEXT_BYTES];

	web->port = config->port;
	web->listener = listener_open(config->host, &web->port);
	if (web->listener >= 0)
		return 0;
	endpoint_format(endpoint, config->host, config->port);
	snprintf(error, WEB_ERROR_BYTES, "cannot listen on TCP %.200s for HTTP: %s; %s",
		 text_shown(endpoint).text, strerror(-web->listener), advice(web->listener));
	return web->listener;
}

static bool create_context(struct web *web)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = web->protocols,
		.fd_limit_per_thread = DESCRIPTORS,
		.options = LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES,
		.max_http_header_data = 1024,
		.max_http_header_pool = WEB_FEEDS,
		.timeout_secs = WEB_REQUEST_S,
		.gid = -1,
		.uid = -1,
		.user = web,
	};

	lws_set_log_level(0, NULL);
	web->protocols[0] = (struct lws_protocols){ .name = "door", .callback = web_on_connection };
	web->protocols[1] =
		(struct lws_protocols){ .name = DOOR_PROTOCOL,
					.callback = web_on_feed,
					.per_session_data_size = web_feed_bytes(web->site),
					.rx_buffer_size = WEB_HEARD_BYTES,
					/* Else it sends a message in pieces of rx_buffer_size. */
					.tx_packet_size = SENT_AT_ONCE_BYTES };
	web->protocols[2] = (struct lws_protocols){ .name = WEB_BEAT, .callback = web_on_beat };
	web->context = lws_create_context(&info);
	web->vhost = web->context ? lws_get_vhost_by_name(web->context, "default") : NULL;
	return web->vhost;
}

/* From here on the library closes it. */
static bool adopt_listener(struct web *web)
{
	const lws_sock_file_fd_type descriptor = { .filefd = web->listener };

	if (!lws_adopt_descriptor_vhost(web->vhost, LWS_ADOPT_RAW_FILE_DESC, descriptor, "door",
					NULL))
		return false;
	web->listener = -1;
	return true;
}

int web_open(struct web **opened, const struct web_config *config, const struct web_site *site,
	     char error[static WEB_ERROR_BYTES])
{
	struct web *web = calloc(1, sizeof(*web));
	int result;

	*opened = NULL;
	if (!web) {
		snprintf(error, WEB_ERROR_BYTES, "no memory to serve HTTP; free some");
		return -ENOMEM;
	}
	web->site = site;
	web->request_s = config->request_s > 0 ? config->request_s : WEB_REQUEST_S;
	web->answer_s = config->answer_s > 0 ? config->answer_s : WEB_ANSWER_S;
	web->listener = -1;
	web->has_token = config->token_file;
	if (!web_check_place(config->host, web->has_token, error)) {
		free(web);
		return -EINVAL;
	}
	if (web->has_token && !token_read(web->token, config->token_file, error)) {
		free(web);
		return -EACCES;
	}
	result = listen_on(web, config, error);
	if (result == 0 && (!create_context(web) || !adopt_listener(web) || !web_open_beat(web))) {
		snprintf(error, WEB_ERROR_BYTES,
			 "libwebsockets cannot serve HTTP: no memory or no descriptors; free some");
		result = -ENOMEM;
	}
	if (result == 0)
		*opened = web;
	else
		web_close(web);
	return result;
}

/* The thread. */

static void *run(void *argument)
{
	struct web *web = argument;

	/* Best effort: of this thread alone, as Linux has it. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	while (!atomic_load(&web->is_ending) && lws_service(web->context, 0) >= 0)
		;
	return NULL;
}

int web_start(struct web *web)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int result;

	/* Signals are the program's. */
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&web->thread, &attributes, run, web);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	web->has_thread = result == 0;
	return -result;
}

void web_close(struct web *web)
{
	if (!web)
		return;
	if (web->has_thread) {
		atomic_store(&web->is_ending, true);
		lws_cancel_service(web->context);
		pthread_join(web->thread, NULL);
	}
	if (web->context)
		lws_context_destroy(web->context);
	if (web->listener >= 0)
		close(web->listener);
	explicit_bzero(web->token, sizeof(web->token));
	free(web);
}
