#include "bench/proxy.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bench/proxy_clients.h"
#include "bench/proxy_report.h"
#include "client/options.h"
#include "proto/net/endpoint.h"
#include "proto/net/handles.h"
#include "proto/net/impaired.h"
#include "proto/net/resolve.h"
#include "proto/net/udp.h"
#include "proto/text.h"

#define NS_PER_S INT64_C(1000000000)

enum {
	DATAGRAMS_A_TURN = 4096, /* from one socket, so that a flood cannot starve the others */
};

struct proxy {
	struct options options;
	struct endpoint listen, to;
	double seconds; /* 0: until a signal */

	struct net *plain;         /* where the clients are */
	struct impaired *impaired; /* where the target is */
	struct net *lines;
	int listening;
	struct net_address at, target;

	struct proxy_clients clients;
	struct pollfd polls[PROXY_CLIENTS_MAX + 1];
	bool are_due[PROXY_CLIENTS_MAX]; /* which clients have something from the target */

	int64_t start_ns;
	struct proxy_counts counts;
	sigset_t wait_mask;
};

static volatile sig_atomic_t is_stopped, is_report_wanted;

static void note_signal(int signal)
{
	if (signal == SIGUSR1)
		is_report_wanted = 1;
	else
		is_stopped = 1;
}

/* The signals come only inside ppoll, so none can slip in between a look and the sleep. */
static void catch_signals(struct proxy *proxy)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGUSR1 };
	const struct sigaction action = { .sa_handler = note_signal };
	sigset_t caught;

	sigemptyset(&caught);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaddset(&caught, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &caught, &proxy->wait_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigdelset(&proxy->wait_mask, signals[i]);
	signal(SIGPIPE, SIG_IGN);
}

/* Clients */

static bool are_equal(const struct net_address *one, const struct net_address *other)
{
	return one->host == other->host && one->port == other->port;
}

/* NULL, and counted: there is no place, or no socket for it. */
static struct proxy_client *add(struct proxy *proxy, const struct net_address *address,
				int64_t now_ns)
{
	const int socket = proxy->lines->open(proxy->lines);
	struct proxy_client *client = NULL;

	if (socket >= 0)
		client = proxy_clients_place(&proxy->clients, now_ns);
	if (!client) {
		if (socket >= 0)
			proxy->lines->close(proxy->lines, socket);
		proxy->counts.refused++;
		return NULL;
	}
	if (client->socket >= 0) {
		proxy->lines->close(proxy->lines, client->socket);
		proxy->counts.evicted++;
	}
	*client = (struct proxy_client){ .address = *address, .socket = socket };
	proxy->counts.clients++;
	return client;
}

/* Datagrams */

static void pass_in(struct proxy *proxy, int64_t now_ns)
{
	uint8_t data[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;

	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		const size_t size = proxy->plain->receive(proxy->plain, proxy->listening, &from,
							  data, sizeof(data));
		const struct net_buffer buffer = { .data = data, .size = size };
		struct proxy_client *client;

		if (size == 0)
			return;
		client = proxy_clients_find(&proxy->clients, &from);
		if (!client)
			client = add(proxy, &from, now_ns);
		if (!client)
			continue;
		client->heard_ns = now_ns;
		proxy->counts.in.datagrams++;
		proxy->counts.in.bytes += size;
		proxy->lines->send(proxy->lines, client->socket, &proxy->target, &buffer, 1);
	}
}

static void pass_out(struct proxy *proxy, struct proxy_client *client, int64_t now_ns)
{
	uint8_t data[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;

	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		const size_t size = proxy->lines->receive(proxy->lines, client->socket, &from, data,
							  sizeof(data));
		const struct net_buffer buffer = { .data = data, .size = size };

		if (size == 0)
			return;
		if (!are_equal(&from, &proxy->target)) {
			proxy->counts.strangers++;
			continue;
		}
		client->heard_ns = now_ns;
		proxy->counts.out.datagrams++;
		proxy->counts.out.bytes += size;
		proxy->plain->send(proxy->plain, proxy->listening, &client->address, &buffer, 1);
	}
}

static void turn(struct proxy *proxy)
{
	const int64_t now_ns = proxy->plain->now_ns(proxy->plain);

	/* First those that are there, by their places: a new client may take the place of one. */
	for (size_t i = 0; i < proxy->clients.count; i++)
		if (proxy->are_due[i])
			pass_out(proxy, &proxy->clients.list[i], now_ns);
	pass_in(proxy, now_ns);
	for (size_t i = 0; i < proxy->clients.count; i++)
		proxy->lines->flush(proxy->lines, proxy->clients.list[i].socket);
	proxy->plain->flush(proxy->plain, proxy->listening);
}

/* Sleeping */

/* When there is something to do though nothing arrives. */
static int64_t next_ns(const struct proxy *proxy)
{
	int64_t next = INT64_MAX;

	if (proxy->seconds > 0)
		next = proxy->start_ns + (int64_t)(proxy->seconds * (double)NS_PER_S);
	if (proxy->plain->held(proxy->plain, proxy->listening))
		return 0;
	for (size_t i = 0; i < proxy->clients.count; i++) {
		const int socket = proxy->clients.list[i].socket;
		const int64_t due_ns = net_next_ns(proxy->lines, socket);

		if (proxy->lines->held(proxy->lines, socket))
			return 0;
		if (due_ns < next)
			next = due_ns;
	}
	return next;
}

static void sleep_until(struct proxy *proxy, int64_t until_ns)
{
	const int64_t left_ns = until_ns - proxy->plain->now_ns(proxy->plain);
	struct timespec timeout = { 0 };

	if (left_ns > 0)
		timeout = (struct timespec){ .tv_sec = left_ns / NS_PER_S,
					     .tv_nsec = left_ns % NS_PER_S };
	proxy->polls[0] = (struct pollfd){ .fd = proxy->listening, .events = POLLIN };
	for (size_t i = 0; i < proxy->clients.count; i++)
		proxy->polls[i + 1] =
			(struct pollfd){ .fd = proxy->clients.list[i].socket, .events = POLLIN };
	/* After an error, which a signal is, nothing is marked, and the next turn sees all. */
	ppoll(proxy->polls, proxy->clients.count + 1, until_ns == INT64_MAX ? NULL : &timeout,
	      &proxy->wait_mask);
}

static void rest(struct proxy *proxy)
{
	int64_t now_ns;

	sleep_until(proxy, next_ns(proxy));
	now_ns = proxy->plain->now_ns(proxy->plain);
	for (size_t i = 0; i < proxy->clients.count; i++) {
		const int socket = proxy->clients.list[i].socket;

		proxy->are_due[i] = proxy->polls[i + 1].revents != 0 ||
				    proxy->lines->held(proxy->lines, socket) ||
				    net_next_ns(proxy->lines, socket) <= now_ns;
	}
}

/* The run */

static bool is_over(const struct proxy *proxy)
{
	return is_stopped || (proxy->seconds > 0 &&
			      (double)(proxy->plain->now_ns(proxy->plain) - proxy->start_ns) >=
				      proxy->seconds * 1e9);
}

static void report(struct proxy *proxy)
{
	struct impaired_stats lines;

	impaired_stats(proxy->impaired, &lines);
	/* A line's in and out are as its socket sees them; ours are as the clients do. */
	proxy->counts.in.line = lines.out;
	proxy->counts.out.line = lines.in;
	proxy->counts.overflown = lines.overflown;
	proxy->counts.seconds =
		(double)(proxy->plain->now_ns(proxy->plain) - proxy->start_ns) / 1e9;
	proxy->plain->stats(proxy->plain, proxy->listening, &proxy->counts.net);
	proxy_report(stdout, &proxy->counts, proxy->options.json);
}

static void run(struct proxy *proxy)
{
	while (!is_over(proxy)) {
		rest(proxy);
		turn(proxy);
		if (is_report_wanted) {
			is_report_wanted = 0;
			report(proxy);
		}
	}
}

static void write_address(const struct net_address *address, char text[ENDPOINT_TEXT_BYTES])
{
	char host[NET_TEXT_BYTES];

	net_host_text(address, host);
	endpoint_format(text, host, address->port);
}

static void announce(const struct proxy *proxy)
{
	char in[IMPAIR_TEXT_MAX_BYTES + 1], out[IMPAIR_TEXT_MAX_BYTES + 1];
	char at[ENDPOINT_TEXT_BYTES], to[ENDPOINT_TEXT_BYTES];

	impair_describe(&proxy->options.impair_in, in);
	impair_describe(&proxy->options.impair_out, out);
	write_address(&proxy->at, at);
	write_address(&proxy->target, to);
	fprintf(stderr,
		"starling-bench proxy: listens on UDP %s and passes on to %s; in: %s; out: %s; "
		"seed %llu\n",
		at, to, in, out, (unsigned long long)proxy->options.seed);
	if (!proxy->options.json)
		return;
	printf("{\"listening\":{\"address\":\"%s\",\"port\":%u},\"to\":\"%s\",\"in\":\"%s\","
	       "\"out\":\"%s\",\"seed\":%llu}\n",
	       at, proxy->at.port, to, in, out, (unsigned long long)proxy->options.seed);
	fflush(stdout);
}

/* Getting ready. Each returns 0, or the exit status with the sentence said. */

static int fail(const char *flag, const char *text, const char *why)
{
	fprintf(stderr, "starling-bench proxy: %s %s: %s\n", flag, text_shown(text).text, why);
	return 1;
}

static int resolve(const struct endpoint *endpoint, const char *flag, struct net_address *address)
{
	if (net_resolve(endpoint->host, endpoint->port, address, 1) == 1)
		return 0;
	return fail(flag, endpoint->host,
		    "no such host is known; check the spelling, or give its address");
}

static bool is_any(const struct net_address *address)
{
	return address->host == NET_HOST_ANY || address->host == NET_HOST_ANY_IPV4;
}

/* Whether it is an address of this machine: only such can be bound to. */
static bool is_own(struct net *net, const struct net_address *address)
{
	const struct net_address any_port = { .host = address->host };
	const int socket = net->open(net);
	bool is_own;

	if (socket < 0)
		return false;
	is_own = net->bind(net, socket, &any_port) == 0;
	net->close(net, socket);
	return is_own;
}

/*
 * Whether what is passed on would come back, for ever: to the address that we listen at, or to any
 * of this machine's where we listen at all. That all addresses, as a destination, are this machine
 * is the kernel's rule. All of IPv4 are none of IPv6.
 */
static bool is_loop(const struct proxy *proxy)
{
	const bool is_ipv6 = handles_is_handle(ntohl(proxy->target.host));

	if (proxy->at.port != proxy->target.port)
		return false;
	if (proxy->at.host == proxy->target.host || is_any(&proxy->target))
		return true;
	return is_any(&proxy->at) && is_own(proxy->plain, &proxy->target) &&
	       !(is_ipv6 && proxy->at.host == NET_HOST_ANY_IPV4);
}

static int listen_there(struct proxy *proxy)
{
	char text[ENDPOINT_TEXT_BYTES];
	int result;

	write_address(&proxy->at, text);
	proxy->plain = udp_net();
	result = proxy->listening = proxy->plain->open(proxy->plain);
	if (result < 0)
		return fail("cannot open a UDP socket for", text, strerror(-result));
	result = proxy->plain->bind(proxy->plain, proxy->listening, &proxy->at);
	if (result == -EADDRINUSE)
		return fail("--listen", text,
			    "this port is taken; stop the program that has it, or give another");
	if (result < 0)
		return fail("cannot bind --listen", text, strerror(-result));
	proxy->plain->address(proxy->plain, proxy->listening, &proxy->at);
	if (!is_loop(proxy))
		return 0;
	write_address(&proxy->target, text);
	fail("--to", text, "this is where the proxy listens itself; give the server's address");
	return 2;
}

static int prepare(struct proxy *proxy)
{
	int status = resolve(&proxy->listen, "--listen", &proxy->at);

	if (status == 0)
		status = resolve(&proxy->to, "--to", &proxy->target);
	if (status == 0)
		status = listen_there(proxy);
	if (status != 0)
		return status;
	/* The sockets are the clients' ends: what goes in leaves them. */
	proxy->impaired = impaired_create(proxy->plain, &proxy->options.impair_out,
					  &proxy->options.impair_in, proxy->options.seed);
	if (!proxy->impaired)
		return fail("no memory for", "the lines", "free some");
	proxy->lines = impaired_net(proxy->impaired);
	return 0;
}

static bool read_listen(const struct options_flag *flag, const char *text, char *must,
			size_t must_bytes)
{
	char error[ENDPOINT_ERROR_BYTES];

	snprintf(must, must_bytes,
		 "must be HOST:PORT to listen on, as 127.0.0.1:7000 or [::1]:7000, or a PORT of "
		 "127.0.0.1; port 0 takes any free one");
	return endpoint_parse(flag->value, text, 0, error);
}

static bool read_to(const struct options_flag *flag, const char *text, char *must,
		    size_t must_bytes)
{
	struct endpoint *endpoint = flag->value;
	char error[ENDPOINT_ERROR_BYTES];

	snprintf(must, must_bytes,
		 "must be HOST:PORT of the server, as 127.0.0.1:7777 or [::1]:7777, or a PORT of "
		 "127.0.0.1");
	return endpoint_parse(endpoint, text, 0, error) && endpoint->port != 0;
}

static int read_options(struct proxy *proxy, int argc, char **argv)
{
	const struct options_flag flags[] = {
		{ "listen", 0, "HOST:PORT", "where clients send to (needed)", read_listen,
		  &proxy->listen, 0, 0 },
		{ "to", 0, "HOST:PORT", "the server behind (needed)", read_to, &proxy->to, 0, 0 },
		{ "seconds", 0, "S", "stop after S seconds (default: at Ctrl-C)", options_number,
		  &proxy->seconds, 0.1, 1e6 },
	};
	const struct options_spec spec = {
		.name = "proxy",
		.program = "starling-bench",
		.summary = "Stand between the clients of any game and its server, as a bad "
			   "network does",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_VERBOSE | OPTIONS_PATIENCE,
		.epilogue = "In is the way from the clients to the server, out the way back. Each "
			    "client has a line of its own. SIGUSR1 prints what was counted so "
			    "far, as the end does.",
	};

	if (options_parse(&proxy->options, &spec, argc, argv) < 0)
		return -1;
	if (proxy->listen.host[0] != '\0' && proxy->to.host[0] != '\0')
		return 0;
	fprintf(stderr, "starling-bench proxy: %s is missing; see starling-bench proxy --help\n",
		proxy->listen.host[0] == '\0' ? "--listen HOST:PORT" : "--to HOST:PORT");
	proxy->options.exit_status = 2;
	return -1;
}

int proxy_run(int argc, char **argv)
{
	static struct proxy proxy; /* too large for a stack; the program runs one */
	int status;

	proxy.listening = -1;
	if (read_options(&proxy, argc, argv) < 0)
		return proxy.options.exit_status;
	catch_signals(&proxy);
	status = prepare(&proxy);
	if (status == 0) {
		proxy.start_ns = proxy.plain->now_ns(proxy.plain);
		announce(&proxy);
		run(&proxy);
		report(&proxy);
	}
	impaired_destroy(proxy.impaired);
	if (proxy.listening >= 0)
		proxy.plain->close(proxy.plain, proxy.listening);
	return status;
}
