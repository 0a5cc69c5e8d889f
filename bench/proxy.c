#include "bench/commands.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "bench/command.h"
#include "bench/measure/hist.h"
#include "bench/proxy/proxy_clients.h"
#include "bench/proxy/proxy_options.h"
#include "bench/proxy/proxy_own.h"
#include "bench/proxy/proxy_report.h"
#include "bench/proxy/proxy_server.h"
#include "proto/cli/line_output.h"
#include "proto/net/endpoint.h"
#include "proto/net/link/impaired_net.h"
#include "proto/net/resolve.h"
#include "proto/net/udp/udp.h"
#include "proto/wire/text.h"

#define NS_PER_S INT64_C(1000000000)

enum {
	DATAGRAMS_A_TURN = 4096, /* from one socket, so that a flood cannot starve the others */
	/* A sleep ends late by as long as a waking takes, so it ends earlier; the rest is spent
	 * awake. */
	WAKE_EARLY_NS = 50000,
	LINE_BYTES = 2 * LINK_MODEL_TEXT_MAX_BYTES + 2 * ENDPOINT_TEXT_BYTES + 128,
};

struct proxy {
	struct proxy_options options;

	struct net any_size, *plain;   /* where the clients are */
	struct impaired_net *impaired; /* where the server is */
	struct net *lines;
	int listening;
	struct net_address at;
	struct proxy_server server;
	struct net_address told; /* which of its addresses people know of */

	struct proxy_clients clients;
	struct pollfd polls[PROXY_CLIENTS_MAX + 1];
	bool are_due[PROXY_CLIENTS_MAX]; /* which clients have something from the target */

	int64_t start_ns;
	struct proxy_counts counts;
	struct hist late; /* handed on after the due time: the first datagram of a client's turn */
	struct net_stats closed; /* sums over the clients' sockets that were closed */
	sigset_t wait_mask;
	struct line_output output;
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
	static const int signals[] = { SIGINT, SIGTERM, SIGUSR1, SIGHUP };
	const size_t count = sizeof(signals) / sizeof(signals[0]) - command_outlives_terminal();
	const struct sigaction action = { .sa_handler = note_signal };
	sigset_t caught;

	sigemptyset(&caught);
	for (size_t i = 0; i < count; i++) {
		sigaddset(&caught, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &caught, &proxy->wait_mask);
	for (size_t i = 0; i < count; i++)
		sigdelset(&proxy->wait_mask, signals[i]);
	signal(SIGPIPE, SIG_IGN);
}

/* Clients */

static bool are_equal(const struct net_address *one, const struct net_address *other)
{
	return one->host == other->host && one->port == other->port;
}

/* Whether it is one of the clients' sockets, so that what it sends has come round in a loop. */
static bool is_ours(struct proxy *proxy, const struct net_address *address)
{
	for (size_t i = 0; i < proxy->clients.count; i++) {
		struct proxy_client *client = &proxy->clients.list[i];
		struct net_address at = { 0 };

		if (client->port == 0 &&
		    proxy->lines->address(proxy->lines, client->socket, &at) == 0)
			client->port = at.port;
		if (client->port == address->port)
			return proxy_is_here(proxy->plain, address);
	}
	return false;
}

static void add_net_stats(struct net_stats *sum, const struct net_stats *stats)
{
	sum->datagrams_in += stats->datagrams_in;
	sum->datagrams_out += stats->datagrams_out;
	sum->dropped_kernel += stats->dropped_kernel;
	sum->dropped_truncated += stats->dropped_truncated;
	sum->dropped_portless += stats->dropped_portless;
	sum->dropped_strangers += stats->dropped_strangers;
	sum->dropped_unsendable += stats->dropped_unsendable;
	sum->dropped_congested += stats->dropped_congested;
	sum->errors_in += stats->errors_in;
}

static void evict(struct proxy *proxy, const struct proxy_client *client)
{
	struct net_stats stats;

	proxy->lines->stats(proxy->lines, client->socket, &stats);
	add_net_stats(&proxy->closed, &stats);
	proxy->lines->close(proxy->lines, client->socket);
	proxy->counts.evicted++;
}

/* NULL, and counted: there is no place, or no socket for it. */
static struct proxy_client *add(struct proxy *proxy, const struct net_address *address,
				int64_t now_ns)
{
	struct proxy_client *client;
	int socket;

	if (is_ours(proxy, address)) {
		proxy->counts.looped++;
		return NULL;
	}
	socket = proxy->lines->open(proxy->lines);
	client = socket >= 0 ? proxy_clients_place(&proxy->clients, now_ns) : NULL;
	/* A client with datagrams under way does not give way to others. */
	if (client && client->socket >= 0 && net_next_ns(proxy->lines, client->socket) != INT64_MAX)
		client = NULL;
	if (!client) {
		if (socket >= 0)
			proxy->lines->close(proxy->lines, socket);
		proxy->counts.refused++;
		return NULL;
	}
	if (client->socket >= 0)
		evict(proxy, client);
	*client = (struct proxy_client){ .address = *address, .socket = socket };
	proxy->counts.clients++;
	return client;
}

/* Datagrams */

static void pass_in(struct proxy *proxy, int64_t now_ns)
{
	uint8_t data[NET_ANY_SIZE_MAX_BYTES];
	struct net_address from;

	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		const size_t size = proxy->plain->receive(proxy->plain, proxy->listening, &from,
							  data, sizeof(data));
		const struct net_buffer buffer = { .data = data, .size = size };
		struct proxy_client *client;

		if (from.port == 0)
			return;
		client = proxy_clients_find(&proxy->clients, &from);
		if (!client)
			client = add(proxy, &from, now_ns);
		if (!client)
			continue;
		client->heard_ns = now_ns;
		proxy->counts.in.datagrams++;
		proxy->counts.in.bytes += size;
		proxy->lines->send(proxy->lines, client->socket,
				   proxy_server_ask(&proxy->server, now_ns), &buffer, 1);
	}
}

static void write_address(const struct net_address *address, char text[ENDPOINT_TEXT_BYTES])
{
	char host[NET_TEXT_BYTES];

	net_host_text(address, host);
	endpoint_format(text, host, address->port);
}

/* At most as often as the proxy goes over to another address. */
static void tell_server(struct proxy *proxy, const struct net_address *address)
{
	char text[ENDPOINT_TEXT_BYTES];

	if (are_equal(&proxy->told, address))
		return;
	proxy->told = *address;
	write_address(address, text);
	fprintf(stderr, "starling-bench proxy: the server answers at %s\n", text);
}

static void pass_out(struct proxy *proxy, struct proxy_client *client, int64_t now_ns)
{
	uint8_t data[NET_ANY_SIZE_MAX_BYTES];
	struct net_address from;

	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		const size_t size = proxy->lines->receive(proxy->lines, client->socket, &from, data,
							  sizeof(data));
		const struct net_buffer buffer = { .data = data, .size = size };

		if (from.port == 0)
			return;
		if (!proxy_server_hear(&proxy->server, &from)) {
			proxy->counts.strangers++;
			continue;
		}
		tell_server(proxy, &from);
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

	if (proxy->options.seconds > 0)
		next = proxy->start_ns + (int64_t)(proxy->options.seconds * (double)NS_PER_S);
	if (proxy->plain->has_buffered(proxy->plain, proxy->listening))
		return 0;
	for (size_t i = 0; i < proxy->clients.count; i++) {
		const int socket = proxy->clients.list[i].socket;
		const int64_t due_ns = net_next_ns(proxy->lines, socket);

		if (proxy->lines->has_buffered(proxy->lines, socket))
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

	if (left_ns > WAKE_EARLY_NS)
		timeout = (struct timespec){ .tv_sec = (left_ns - WAKE_EARLY_NS) / NS_PER_S,
					     .tv_nsec = (left_ns - WAKE_EARLY_NS) % NS_PER_S };
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
		const int64_t due_ns = net_next_ns(proxy->lines, socket);

		if (due_ns <= now_ns)
			hist_record(&proxy->late, now_ns - due_ns);
		proxy->are_due[i] = proxy->polls[i + 1].revents != 0 ||
				    proxy->lines->has_buffered(proxy->lines, socket) ||
				    due_ns <= now_ns;
	}
}

/* The run */

static bool is_over(const struct proxy *proxy)
{
	return is_stopped || (proxy->options.seconds > 0 &&
			      (double)(proxy->plain->now_ns(proxy->plain) - proxy->start_ns) >=
				      proxy->options.seconds * 1e9);
}

/* A line's in and out are as its socket sees them; ours are as the clients do. */
static void count_way(struct proxy_way *way, const struct net_stats *from,
		      const struct net_stats *to)
{
	way->came = from->datagrams_in;
	way->sent = to->datagrams_out;
	way->unsendable = to->dropped_unsendable;
	way->congested = to->dropped_congested;
}

static uint64_t late_us(int64_t late_ns)
{
	return late_ns > 0 ? (uint64_t)late_ns / 1000 : 0;
}

/* Whoever does not read it holds up nobody's game. */
static void print_report(struct proxy *proxy)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	proxy_report(out, &proxy->counts, proxy->options.shared.json);
	if (fclose(out) == 0)
		line_output_add(&proxy->output, text, size);
	free(text);
}

static void report(struct proxy *proxy)
{
	struct proxy_counts *counts = &proxy->counts;
	struct net_stats clients, servers = proxy->closed, stats;
	struct impaired_net_stats lines;

	impaired_net_stats(proxy->impaired, &lines);
	counts->in.line = lines.out;
	counts->in.overflown = lines.overflown - lines.overflown_in;
	counts->in.under_way = lines.under_way_out;
	counts->out.line = lines.in;
	counts->out.overflown = lines.overflown_in;
	counts->out.under_way = lines.under_way_in;
	counts->overflown = lines.overflown;
	counts->late_p99_us = late_us(hist_quantile_ns(&proxy->late, 0.99));
	counts->late_max_us = late_us(hist_max_ns(&proxy->late));
	counts->seconds = (double)(proxy->plain->now_ns(proxy->plain) - proxy->start_ns) / 1e9;
	proxy->plain->stats(proxy->plain, proxy->listening, &clients);
	for (size_t i = 0; i < proxy->clients.count; i++) {
		proxy->lines->stats(proxy->lines, proxy->clients.list[i].socket, &stats);
		add_net_stats(&servers, &stats);
	}
	count_way(&counts->in, &clients, &servers);
	count_way(&counts->out, &servers, &clients);
	counts->net = servers;
	add_net_stats(&counts->net, &clients);
	print_report(proxy);
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

static void announce(struct proxy *proxy)
{
	char line[LINE_BYTES];
	int size;

	char in[LINK_MODEL_TEXT_MAX_BYTES + 1], out[LINK_MODEL_TEXT_MAX_BYTES + 1];
	char at[ENDPOINT_TEXT_BYTES], to[ENDPOINT_TEXT_BYTES];

	link_model_describe(&proxy->options.shared.impair_in, in);
	link_model_describe(&proxy->options.shared.impair_out, out);
	write_address(&proxy->at, at);
	write_address(&proxy->told, to);
	fprintf(stderr,
		"starling-bench proxy: listens on UDP %s and passes on to %s; in: %s; out: %s; "
		"seed %llu\n",
		at, to, in, out, (unsigned long long)proxy->options.shared.seed);
	if (!proxy->options.shared.json)
		return;
	size = snprintf(
		line, sizeof(line),
		"{\"listening\":{\"address\":\"%s\",\"port\":%u},\"to\":\"%s\",\"in\":\"%s\","
		"\"out\":\"%s\",\"seed\":%llu}\n",
		at, proxy->at.port, to, in, out, (unsigned long long)proxy->options.shared.seed);
	line_output_add(&proxy->output, line, (size_t)size);
}

/* Getting ready. Each returns 0, or the exit status with the sentence said. */

static int fail(const char *flag, const char *text, const char *why)
{
	fprintf(stderr, "starling-bench proxy: %s %s: %s\n", flag, text_shown(text).text, why);
	return 1;
}

static int fail_unknown(const char *flag, const struct endpoint *endpoint)
{
	return fail(flag, endpoint->host,
		    "no such host is known; check the spelling, or give its address, an IPv6 one "
		    "in brackets");
}

static const char *why_not_bound(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "this port is taken; stop the program that has it, or give another";
	case EADDRNOTAVAIL:
		return "this machine has no such address; give one of its own, or 0.0.0.0 or [::] "
		       "for all of them";
	case EACCES:
		return "this user may not take this port; give one from 1024 on";
	default:
		return strerror(error);
	}
}

static int listen_there(struct proxy *proxy)
{
	char text[ENDPOINT_TEXT_BYTES];
	int result;

	write_address(&proxy->at, text);
	result = proxy->listening = proxy->plain->open(proxy->plain);
	if (result < 0)
		return fail("cannot open a UDP socket for", text, strerror(-result));
	result = proxy->plain->bind(proxy->plain, proxy->listening, &proxy->at);
	if (result < 0)
		return fail("--listen", text, why_not_bound(-result));
	proxy->plain->address(proxy->plain, proxy->listening, &proxy->at);
	return 0;
}

static int find_server(struct proxy *proxy)
{
	const int64_t in_ns = proxy->options.shared.impair_in.start.delay_ns;
	const int64_t out_ns = proxy->options.shared.impair_out.start.delay_ns;
	char text[ENDPOINT_TEXT_BYTES];

	proxy->server.delay_ns = in_ns + out_ns;
	if (!proxy_server_find(&proxy->server, &proxy->options.to))
		return fail_unknown("--to", &proxy->options.to);
	proxy->told = proxy->server.list[0];
	for (size_t i = 0; i < proxy->server.count; i++) {
		if (!proxy_is_own(proxy->plain, &proxy->at, &proxy->server.list[i]))
			continue;
		write_address(&proxy->server.list[i], text);
		fail("--to", text,
		     "this is where the proxy listens itself; give the server's address");
		return 2;
	}
	return 0;
}

static int prepare(struct proxy *proxy)
{
	int status;

	proxy->any_size = udp_net_any_size();
	proxy->plain = &proxy->any_size;
	if (net_resolve(proxy->options.listen.host, proxy->options.listen.port, &proxy->at, 1) == 0)
		return fail_unknown("--listen", &proxy->options.listen);
	status = listen_there(proxy);
	if (status == 0)
		status = find_server(proxy);
	if (status != 0)
		return status;
	/* The sockets are the clients' ends: what goes in leaves them. */
	proxy->impaired =
		impaired_net_create(proxy->plain, &proxy->options.shared.impair_out,
				    &proxy->options.shared.impair_in, proxy->options.shared.seed);
	if (!proxy->impaired)
		return fail("no memory for", "the links", "free some");
	proxy->lines = impaired_net_as_net(proxy->impaired);
	return 0;
}

int proxy_run(int argc, char **argv)
{
	static struct proxy proxy; /* too large for a stack; the program runs one */
	char error[LINE_OUTPUT_ERROR_BYTES];
	int status;

	proxy.listening = -1;
	if (proxy_options_read(&proxy.options, argc, argv) < 0)
		return proxy.options.shared.exit_status;
	catch_signals(&proxy);
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	status = prepare(&proxy);
	if (status == 0 && !line_output_open(&proxy.output))
		status = fail("no thread for", "the standard output", "free memory or processes");
	if (status == 0) {
		proxy.start_ns = proxy.plain->now_ns(proxy.plain);
		announce(&proxy);
		run(&proxy);
		report(&proxy);
	}
	if (!line_output_close(&proxy.output, error)) {
		fprintf(stderr, "starling-bench proxy: %s\n", error);
		status = 1;
	}
	impaired_net_destroy(proxy.impaired);
	if (proxy.listening >= 0)
		proxy.plain->close(proxy.plain, proxy.listening);
	return status;
}
