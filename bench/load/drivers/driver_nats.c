/*
 * Members as clients of a NATS server, by libnats: one connection each, core publish and subscribe,
 * a subject for each room, and no echo of a member's own updates. The library's sockets are in our
 * loop; it starts no thread for a connection then.
 */
#include "bench/load/generator_internal.h"

#include <stdio.h>

#include "bench/load/drivers/dynamic_library.h"
#include "bench/load/drivers/generator_broker.h"

enum {
	SUBJECT_BYTES = 16,
	URL_BYTES = 96,
	NEXT_MS = 1, /* to wait for a message that is there already */
};

/* As nats.h of libnats 3 has them; a status of 0 is success. */
typedef struct nats_connection nats_connection;
typedef struct nats_options nats_options;
typedef struct nats_subscription nats_subscription;
typedef struct nats_message nats_message;

static struct {
	bool is_loaded;
	int (*options_create)(nats_options **options);
	void (*options_destroy)(nats_options *options);
	int (*set_url)(nats_options *options, const char *url);
	int (*set_no_echo)(nats_options *options, bool is_on);
	int (*set_send_asap)(nats_options *options, bool is_on);
	int (*set_allow_reconnect)(nats_options *options, bool is_on);
	int (*set_event_loop)(nats_options *options, void *loop,
			      int (*attach)(void **data, void *loop, nats_connection *connection,
					    int socket),
			      int (*read)(void *data, bool is_wanted),
			      int (*write)(void *data, bool is_wanted), int (*detach)(void *data));
	int (*connect)(nats_connection **connection, nats_options *options);
	void (*destroy)(nats_connection *connection);
	int (*publish)(nats_connection *connection, const char *subject, const void *data,
		       int size);
	int (*subscribe)(nats_subscription **subscription, nats_connection *connection,
			 const char *subject);
	void (*unsubscribe)(nats_subscription *subscription);
	int (*queued)(nats_subscription *subscription, uint64_t *count);
	int (*next)(nats_message **message, nats_subscription *subscription, int64_t timeout_ms);
	const char *(*data)(const nats_message *message);
	int (*data_size)(const nats_message *message);
	void (*message_destroy)(nats_message *message);
	void (*process_read)(nats_connection *connection);
	void (*process_write)(nats_connection *connection);
	bool (*is_closed)(nats_connection *connection);
	const char *(*text)(int status);
} nats;

bool generator_nats_is_there(char why[static DYNAMIC_LIBRARY_WHY_BYTES])
{
	static const char *const libraries[] = { "libnats.so", "libnats.so.3.4", "libnats.so.3.8",
						 NULL };
	static const struct dynamic_library_function functions[] = {
		{ "natsOptions_Create", &nats.options_create },
		{ "natsOptions_Destroy", &nats.options_destroy },
		{ "natsOptions_SetURL", &nats.set_url },
		{ "natsOptions_SetNoEcho", &nats.set_no_echo },
		{ "natsOptions_SetSendAsap", &nats.set_send_asap },
		{ "natsOptions_SetAllowReconnect", &nats.set_allow_reconnect },
		{ "natsOptions_SetEventLoop", &nats.set_event_loop },
		{ "natsConnection_Connect", &nats.connect },
		{ "natsConnection_Destroy", &nats.destroy },
		{ "natsConnection_Publish", &nats.publish },
		{ "natsConnection_SubscribeSync", &nats.subscribe },
		{ "natsSubscription_Destroy", &nats.unsubscribe },
		{ "natsSubscription_QueuedMsgs", &nats.queued },
		{ "natsSubscription_NextMsg", &nats.next },
		{ "natsMsg_GetData", &nats.data },
		{ "natsMsg_GetDataLength", &nats.data_size },
		{ "natsMsg_Destroy", &nats.message_destroy },
		{ "natsConnection_ProcessReadEvent", &nats.process_read },
		{ "natsConnection_ProcessWriteEvent", &nats.process_write },
		{ "natsConnection_IsClosed", &nats.is_closed },
		{ "natsStatus_GetText", &nats.text },
	};

	if (!nats.is_loaded)
		nats.is_loaded = dynamic_library_load(
			libraries, functions, sizeof(functions) / sizeof(functions[0]), why);
	return nats.is_loaded;
}

struct nats_line {
	nats_connection *connection;
	nats_subscription *subscription;
	int socket;
	bool has_unsent;
};

static struct nats_line *line_of(struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

/* What the library asks of our loop. */

static int attach(void **data, void *loop, nats_connection *connection, int socket)
{
	struct nats_line *line = loop;

	(void)connection;
	line->socket = socket;
	*data = line;
	return 0;
}

static int want_read(void *data, bool is_wanted)
{
	(void)data;
	(void)is_wanted;
	return 0; /* always */
}

static int want_write(void *data, bool is_wanted)
{
	((struct nats_line *)data)->has_unsent = is_wanted;
	return 0;
}

static int detach(void *data)
{
	(void)data;
	return 0;
}

static void send_unsent(struct nats_line *line)
{
	if (line->has_unsent)
		nats.process_write(line->connection);
}

/* The line. */

static void write_subject(const struct generator *g, unsigned member,
			  char subject[static SUBJECT_BYTES])
{
	snprintf(subject, SUBJECT_BYTES, "room.%u", generator_room(g->config, member));
}

/* 0 or a status of the library's. */
static int open_line(struct generator *g, unsigned member)
{
	struct nats_line *line = line_of(g, member);
	char url[URL_BYTES], subject[SUBJECT_BYTES];
	nats_options *options = NULL;
	int status = nats.options_create(&options);

	line->socket = -1;
	snprintf(url, sizeof(url), "nats://%s:%u", generator_broker_host(g), g->config->port);
	write_subject(g, member, subject);
	if (status == 0)
		status = nats.set_url(options, url);
	if (status == 0)
		status = nats.set_no_echo(options, true);
	if (status == 0)
		status = nats.set_send_asap(options, true);
	if (status == 0)
		status = nats.set_allow_reconnect(options, false);
	if (status == 0)
		status = nats.set_event_loop(options, line, attach, want_read, want_write, detach);
	if (status == 0)
		status = nats.connect(&line->connection, options);
	if (status == 0)
		status = nats.subscribe(&line->subscription, line->connection, subject);
	if (options)
		nats.options_destroy(options);
	return status;
}

static int open_lines(struct generator *g)
{
	char why[DYNAMIC_LIBRARY_WHY_BYTES];

	if (generator_nats_is_there(why))
		return 0;
	generator_fail(g, "%s", why);
	return -1;
}

static int start(struct generator *g, unsigned member)
{
	const int status = open_line(g, member);

	if (status != 0) {
		generator_fail(g, "cannot connect member %u: %s", member + 1, nats.text(status));
		return -1;
	}
	send_unsent(line_of(g, member));
	generator_joined(g, member);
	return 0;
}

static int descriptor(struct generator *g, unsigned member)
{
	return line_of(g, member)->socket;
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct nats_line *line = line_of(g, member);
	uint8_t bytes[UPDATE_BYTES];
	char subject[SUBJECT_BYTES];

	update_encode(bytes, update);
	write_subject(g, member, subject);
	nats.publish(line->connection, subject, bytes, UPDATE_BYTES);
	send_unsent(line);
}

static void receive(struct generator *g, unsigned member)
{
	struct nats_line *line = line_of(g, member);
	nats_message *message;
	uint64_t count = 0;

	nats.process_read(line->connection);
	generator_arrived(g, generator_now_ns());
	generator_turned(g);
	if (nats.queued(line->subscription, &count) != 0 || nats.is_closed(line->connection))
		generator_fail(g, "member %u has lost its connection", member + 1);
	for (; count > 0 && nats.next(&message, line->subscription, NEXT_MS) == 0; count--) {
		if (nats.data_size(message) == UPDATE_BYTES)
			generator_heard(g, member, (const uint8_t *)nats.data(message), 0, 0);
		nats.message_destroy(message);
	}
}

static void tend(struct generator *g, unsigned member)
{
	send_unsent(line_of(g, member));
}

static void close_lines(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++) {
		struct nats_line *line = line_of(g, i);

		if (line->subscription)
			nats.unsubscribe(line->subscription);
		if (line->connection)
			nats.destroy(line->connection);
	}
}

const struct driver driver_nats = {
	.bytes = sizeof(struct nats_line),
	.open = open_lines,
	.start = start,
	.descriptor = descriptor,
	.send = send_update,
	.receive = receive,
	.tend = tend,
	.traffic = generator_broker_traffic,
	.close = close_lines,
};
