/*
 * Members as clients of an MQTT server, by libmosquitto: one connection each, QoS 0, a topic for
 * each room. A member's own updates come back, as MQTT 3.1.1 has no way to ask for less.
 */
#include "bench/load/generator_internal.h"

#include <netinet/in.h>
#include <stdio.h>

#include "bench/load/drivers/dynamic_library.h"
#include "bench/load/drivers/generator_broker.h"

enum {
	TOPIC_BYTES = 16,
	KEEP_ALIVE_S = 60,
	WRITE_PACKETS = 64,
	READS_MAX = 32,          /* of one turn; loop_read takes one packet */
	OPTION_TCP_NODELAY = 11, /* MOSQ_OPT_TCP_NODELAY */
};

struct mosquitto;

/* As mosquitto.h of libmosquitto.so.1 has it. */
struct mosquitto_message {
	int mid;
	char *topic;
	void *payload;
	int payloadlen;
	int qos;
	bool retain;
};

static struct {
	bool is_loaded;
	int (*lib_init)(void);
	struct mosquitto *(*create)(const char *id, bool clean, void *object);
	void (*destroy)(struct mosquitto *client);
	int (*int_option)(struct mosquitto *client, int option, int value);
	int (*connect)(struct mosquitto *client, const char *host, int port, int keep_alive_s);
	int (*socket)(struct mosquitto *client);
	int (*loop_read)(struct mosquitto *client, int packets);
	int (*loop_write)(struct mosquitto *client, int packets);
	int (*loop_misc)(struct mosquitto *client);
	bool (*want_write)(struct mosquitto *client);
	int (*publish)(struct mosquitto *client, int *id, const char *topic, int size,
		       const void *payload, int qos, bool retain);
	int (*subscribe)(struct mosquitto *client, int *id, const char *topic, int qos);
	void (*on_connect)(struct mosquitto *client,
			   void (*told)(struct mosquitto *client, void *object, int code));
	void (*on_subscribe)(struct mosquitto *client,
			     void (*told)(struct mosquitto *client, void *object, int id, int count,
					  const int *granted));
	void (*on_message)(struct mosquitto *client,
			   void (*told)(struct mosquitto *client, void *object,
					const struct mosquitto_message *message));
	const char *(*text)(int error);
} mqtt;

bool generator_mqtt_is_there(char why[static DYNAMIC_LIBRARY_WHY_BYTES])
{
	static const char *const libraries[] = { "libmosquitto.so.1", NULL };
	static const struct dynamic_library_function functions[] = {
		{ "mosquitto_lib_init", &mqtt.lib_init },
		{ "mosquitto_new", &mqtt.create },
		{ "mosquitto_destroy", &mqtt.destroy },
		{ "mosquitto_int_option", &mqtt.int_option },
		{ "mosquitto_connect", &mqtt.connect },
		{ "mosquitto_socket", &mqtt.socket },
		{ "mosquitto_loop_read", &mqtt.loop_read },
		{ "mosquitto_loop_write", &mqtt.loop_write },
		{ "mosquitto_loop_misc", &mqtt.loop_misc },
		{ "mosquitto_want_write", &mqtt.want_write },
		{ "mosquitto_publish", &mqtt.publish },
		{ "mosquitto_subscribe", &mqtt.subscribe },
		{ "mosquitto_connect_callback_set", &mqtt.on_connect },
		{ "mosquitto_subscribe_callback_set", &mqtt.on_subscribe },
		{ "mosquitto_message_callback_set", &mqtt.on_message },
		{ "mosquitto_strerror", &mqtt.text },
	};

	if (!mqtt.is_loaded)
		mqtt.is_loaded =
			dynamic_library_load(libraries, functions,
					     sizeof(functions) / sizeof(functions[0]), why) &&
			mqtt.lib_init() == 0;
	return mqtt.is_loaded;
}

struct mqtt_line {
	struct generator *g;
	unsigned member;
	struct mosquitto *client;
	int socket;
	bool has_heard; /* something, by the last loop_read */
};

static struct mqtt_line *line_of(struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

static void write_topic(const struct generator *g, unsigned member, char topic[static TOPIC_BYTES])
{
	snprintf(topic, TOPIC_BYTES, "room/%u", generator_room(g->config, member));
}

/* What the library tells us. */

static void hear_connected(struct mosquitto *client, void *object, int code)
{
	const struct mqtt_line *line = object;
	char topic[TOPIC_BYTES];

	write_topic(line->g, line->member, topic);
	if (code != 0 || mqtt.subscribe(client, NULL, topic, 0) != 0)
		generator_fail(line->g, "the server refused member %u (code %d)", line->member + 1,
			       code);
}

static void hear_subscribed(struct mosquitto *client, void *object, int id, int count,
			    const int *granted)
{
	const struct mqtt_line *line = object;

	(void)client;
	(void)id;
	(void)count;
	(void)granted;
	generator_joined(line->g, line->member);
}

static void hear_message(struct mosquitto *client, void *object,
			 const struct mosquitto_message *message)
{
	struct mqtt_line *line = object;

	(void)client;
	line->has_heard = true;
	/* Not generator_turned: from within its callback the library queues what is sent. */
	line->g->time_ns = generator_now_ns();
	if (message->payloadlen == UPDATE_BYTES)
		generator_heard(line->g, line->member, message->payload, 0, 0);
}

/* The line. */

static int open_line(struct generator *g, unsigned member)
{
	struct mqtt_line *line = line_of(g, member);
	const char *host = generator_broker_host(g);
	int error;

	*line = (struct mqtt_line){ .g = g, .member = member, .socket = -1 };
	line->client = mqtt.create(NULL, true, line);
	if (!line->client)
		return -1;
	mqtt.on_connect(line->client, hear_connected);
	mqtt.on_subscribe(line->client, hear_subscribed);
	mqtt.on_message(line->client, hear_message);
	mqtt.int_option(line->client, OPTION_TCP_NODELAY, 1);
	error = mqtt.connect(line->client, host, g->config->port, KEEP_ALIVE_S);
	if (error != 0) {
		generator_fail(g, "cannot connect member %u: %s", member + 1, mqtt.text(error));
		return -1;
	}
	line->socket = mqtt.socket(line->client);
	return 0;
}

static int open_lines(struct generator *g)
{
	char why[DYNAMIC_LIBRARY_WHY_BYTES] = "libmosquitto does not start";

	if (generator_mqtt_is_there(why))
		return 0;
	generator_fail(g, "%s", why);
	return -1;
}

static int start(struct generator *g, unsigned member)
{
	if (open_line(g, member) == 0)
		return 0;
	generator_fail(g, "not enough memory for %u members", g->pace.members);
	return -1;
}

static int descriptor(struct generator *g, unsigned member)
{
	return line_of(g, member)->socket;
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	uint8_t bytes[UPDATE_BYTES];
	char topic[TOPIC_BYTES];

	update_encode(bytes, update);
	write_topic(g, member, topic);
	mqtt.publish(line_of(g, member)->client, NULL, topic, UPDATE_BYTES, bytes, 0, false);
}

static void receive(struct generator *g, unsigned member)
{
	struct mqtt_line *line = line_of(g, member);
	int error = 0;

	generator_arrived(g, generator_now_ns());
	generator_turned(g);
	line->has_heard = true;
	for (int i = 0; i < READS_MAX && line->has_heard && error == 0; i++) {
		line->has_heard = false;
		error = mqtt.loop_read(line->client, 1);
	}
	if (error != 0)
		generator_fail(g, "member %u has lost its connection: %s", member + 1,
			       mqtt.text(error));
}

static void tend(struct generator *g, unsigned member)
{
	struct mosquitto *client = line_of(g, member)->client;

	if (mqtt.want_write(client))
		mqtt.loop_write(client, WRITE_PACKETS);
	mqtt.loop_misc(client);
}

static void close_lines(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++)
		if (line_of(g, i)->client)
			mqtt.destroy(line_of(g, i)->client);
}

const struct driver driver_mqtt = {
	.bytes = sizeof(struct mqtt_line),
	.open = open_lines,
	.start = start,
	.descriptor = descriptor,
	.send = send_update,
	.receive = receive,
	.tend = tend,
	.traffic = generator_broker_traffic,
	.close = close_lines,
};
