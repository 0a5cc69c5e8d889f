/* Real sockets, on the loopback interface only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "proto/net/udp.h"

#define MS INT64_C(1000000)

/*
 * What the kernel does only under load, on demand: udp_out.c's call comes here, before the C
 * library's. All zero: as usual.
 */
static struct {
	unsigned at_most;  /* datagrams in one call */
	unsigned failures; /* calls that fail from now on ... */
	int error;         /* ... with this */
} kernel;

int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags)
{
	if (kernel.failures > 0) {
		kernel.failures--;
		errno = kernel.error;
		return -1;
	}
	if (kernel.at_most > 0 && count > kernel.at_most)
		count = kernel.at_most;
	return (int)syscall(SYS_sendmmsg, socket, messages, count, flags);
}

/* Two sockets on 127.0.0.1. */
struct stage {
	struct net *net;
	int a, b;
	struct net_address at_a, at_b;
};

static int open_on_loopback(struct net *net, struct net_address *address)
{
	const int socket = net->open(net);

	assert_true(socket >= 0);
	*address = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 0 };
	assert_int_equal(net->bind(net, socket, address), 0);
	assert_int_equal(net->address(net, socket, address), 0);
	return socket;
}

static int set_up(void **state)
{
	static struct stage stage;

	memset(&kernel, 0, sizeof(kernel));
	stage.net = udp_net();
	stage.a = open_on_loopback(stage.net, &stage.at_a);
	stage.b = open_on_loopback(stage.net, &stage.at_b);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	stage->net->close(stage->net, stage->a);
	stage->net->close(stage->net, stage->b);
	return 0;
}

static void send_text(struct stage *stage, int socket, struct net_address to, const char *text)
{
	const struct net_buffer part = { text, strlen(text) };

	stage->net->send(stage->net, socket, &to, &part, 1);
}

/* Takes what is there, waiting up to a second for the first byte of it. "" for nothing. */
static const char *heard(struct stage *stage, int socket)
{
	static char text[NET_DATAGRAM_MAX_BYTES + 1];
	struct net *net = stage->net;
	struct net_address from;
	size_t size;

	net->wait(net, socket, net->now_ns(net) + 1000 * MS);
	size = net->receive(net, socket, &from, text, NET_DATAGRAM_MAX_BYTES);
	text[size] = '\0';
	return text;
}

static struct net_stats stats_of(struct stage *stage, int socket)
{
	struct net_stats stats;

	stage->net->stats(stage->net, socket, &stats);
	return stats;
}

static void two_hundred_datagrams_take_few_calls_each_way(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	struct net_stats out, in;
	struct net_address from;
	char text[64], sent[64];

	for (int i = 0; i < 200; i++) {
		snprintf(sent, sizeof(sent), "datagram %d", i);
		send_text(stage, stage->a, stage->at_b, sent);
	}
	net->flush(net, stage->a);
	out = stats_of(stage, stage->a);
	assert_int_equal(out.datagrams_out, 200);
	assert_int_equal(out.calls_out, 4); /* three of 64 and the rest */

	for (int i = 0; i < 200; i++) {
		const size_t size = net->receive(net, stage->b, &from, text, sizeof(text));

		snprintf(sent, sizeof(sent), "datagram %d", i);
		assert_int_equal(size, strlen(sent));
		assert_memory_equal(text, sent, size);
		assert_int_equal(from.host, stage->at_a.host);
		assert_int_equal(from.port, stage->at_a.port);
	}
	assert_int_equal(net->receive(net, stage->b, &from, text, sizeof(text)), 0);
	in = stats_of(stage, stage->b);
	assert_int_equal(in.datagrams_in, 200);
	assert_int_equal(in.calls_in, 4); /* the last was short, so nobody asked again */
	assert_int_equal(in.bytes_in, out.bytes_out);
}

static void nothing_leaves_before_the_flush_and_buffers_are_joined(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const struct net_buffer parts[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };

	net->send(net, stage->a, &stage->at_b, parts, 3);
	assert_int_equal(net->wait(net, stage->b, net->now_ns(net) + 20 * MS), 0);
	net->flush(net, stage->a);
	assert_string_equal(heard(stage, stage->b), "onetwo");
}

static void waiting_and_closing_flush(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	struct net_address at_c;
	const int c = open_on_loopback(net, &at_c);

	send_text(stage, stage->a, stage->at_b, "by waiting");
	net->wait(net, stage->a, 0);
	assert_string_equal(heard(stage, stage->b), "by waiting");
	send_text(stage, c, stage->at_b, "by closing");
	net->close(net, c);
	assert_string_equal(heard(stage, stage->b), "by closing");
}

static void the_largest_datagrams_fill_many_batches_and_arrive_whole(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	static uint8_t sent[NET_DATAGRAM_MAX_BYTES], taken[NET_DATAGRAM_MAX_BYTES];
	const struct net_buffer part = { sent, sizeof(sent) };
	struct net_address from;

	for (unsigned i = 0; i < 40; i++) { /* more than the batch has bytes for */
		memset(sent, (int)i, sizeof(sent));
		net->send(net, stage->a, &stage->at_b, &part, 1);
	}
	net->flush(net, stage->a);
	for (unsigned i = 0; i < 40; i++) {
		memset(sent, (int)i, sizeof(sent));
		assert_int_equal(net->receive(net, stage->b, &from, taken, sizeof(taken)),
				 sizeof(taken));
		assert_memory_equal(taken, sent, sizeof(sent));
	}
}

static void what_cannot_be_sent_is_counted_and_the_rest_goes_on(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	static uint8_t bytes[NET_DATAGRAM_MAX_BYTES + 1];
	const struct net_buffer too_large[] = { { bytes, NET_DATAGRAM_MAX_BYTES }, { bytes, 1 } };
	const struct net_address port_0 = { .host = stage->at_b.host, .port = 0 };
	/* From a socket bound to the loopback interface the kernel sends nowhere else: EINVAL. */
	const struct net_address elsewhere = { .host = htonl(0xc6336401), .port = 9 };

	send_text(stage, stage->a, stage->at_b, "first");
	net->send(net, stage->a, &stage->at_b, too_large, 2);
	send_text(stage, stage->a, port_0, "port 0");
	send_text(stage, stage->a, stage->at_b, "");
	send_text(stage, stage->a, elsewhere, "refused in the middle");
	send_text(stage, stage->a, stage->at_b, "second");
	send_text(stage, stage->a, elsewhere, "refused at the end");
	net->flush(net, stage->a);
	assert_int_equal(stats_of(stage, stage->a).dropped_unsendable, 5);
	assert_int_equal(stats_of(stage, stage->a).datagrams_out, 2);
	assert_string_equal(heard(stage, stage->b), "first");
	assert_string_equal(heard(stage, stage->b), "second");
}

static void send_numbers(struct stage *stage, int count)
{
	char text[16];

	for (int i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(stage, stage->a, stage->at_b, text);
	}
	stage->net->flush(stage->net, stage->a);
}

static void expect_numbers(struct stage *stage, int first, int count)
{
	char text[16];

	for (int i = first; i < count; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(heard(stage, stage->b), text);
	}
}

static void a_batch_that_the_kernel_takes_in_parts_is_sent_whole(void **state)
{
	struct stage *stage = *state;

	kernel.at_most = 7;
	send_numbers(stage, 60);
	expect_numbers(stage, 0, 60);
	assert_int_equal(stats_of(stage, stage->a).calls_out, 9);
	assert_int_equal(stats_of(stage, stage->a).datagrams_out, 60);
}

static void a_firewall_s_refusal_costs_one_datagram_each(void **state)
{
	struct stage *stage = *state;

	kernel.failures = 3;
	kernel.error = EPERM;
	send_numbers(stage, 10);
	expect_numbers(stage, 3, 10);
	assert_int_equal(stats_of(stage, stage->a).dropped_unsendable, 3);
	assert_int_equal(stats_of(stage, stage->a).dropped_congested, 0);
}

static void a_moment_s_congestion_loses_nothing(void **state)
{
	const int errors[] = { EAGAIN, ENOBUFS };
	struct stage *stage = *state;

	for (size_t i = 0; i < 2; i++) {
		kernel.failures = 2;
		kernel.error = errors[i];
		send_numbers(stage, 10);
		expect_numbers(stage, 0, 10);
	}
	assert_int_equal(stats_of(stage, stage->a).dropped_congested, 0);
}

static void lasting_congestion_loses_the_batch_after_a_short_wait(void **state)
{
	const int errors[] = { EAGAIN, ENOBUFS };
	struct stage *stage = *state;
	struct net *net = stage->net;

	for (size_t i = 0; i < 2; i++) {
		const int64_t start_ns = net->now_ns(net);

		kernel.failures = UINT32_MAX;
		kernel.error = errors[i];
		send_numbers(stage, 10);
		assert_true(net->now_ns(net) >= start_ns + UDP_CONGESTION_MS * MS);
		assert_true(net->now_ns(net) < start_ns + 500 * MS); /* a busy machine's */
	}
	assert_int_equal(stats_of(stage, stage->a).dropped_congested, 20);
	kernel.failures = 0;
	send_numbers(stage, 10); /* none of the old ones come with it */
	expect_numbers(stage, 0, 10);
	assert_int_equal(stats_of(stage, stage->a).datagrams_out, 10);
}

/* Sends as a stranger would, past our own checks. */
static void send_raw(int descriptor, struct net_address to, const void *data, size_t size)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(to.port),
					     .sin_addr.s_addr = to.host };

	assert_int_equal(sendto(descriptor, data, size, 0, (const struct sockaddr *)&address,
				sizeof(address)),
			 size);
}

static void too_large_and_empty_datagrams_are_skipped_and_counted(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int stranger = socket(AF_INET, SOCK_DGRAM, 0);
	static uint8_t bytes[NET_DATAGRAM_MAX_BYTES + 1], taken[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;

	send_raw(stranger, stage->at_b, bytes, sizeof(bytes));
	send_raw(stranger, stage->at_b, bytes, 0);
	send_raw(stranger, stage->at_b, bytes, NET_DATAGRAM_MAX_BYTES);
	send_raw(stranger, stage->at_b, "good", 4);
	close(stranger);
	assert_int_equal(net->wait(net, stage->b, net->now_ns(net) + 1000 * MS), 1);
	assert_int_equal(net->receive(net, stage->b, &from, taken, sizeof(taken)), sizeof(taken));
	assert_int_equal(net->receive(net, stage->b, &from, taken, sizeof(taken)), 4);
	assert_int_equal(stats_of(stage, stage->b).dropped_truncated, 1);
	assert_int_equal(stats_of(stage, stage->b).dropped_empty, 1);
	assert_int_equal(stats_of(stage, stage->b).datagrams_in, 2);

	send_text(stage, stage->a, stage->at_b, "more than the caller has room for");
	net->flush(net, stage->a);
	assert_int_equal(net->wait(net, stage->b, net->now_ns(net) + 1000 * MS), 1);
	assert_int_equal(net->receive(net, stage->b, &from, taken, 5), 0);
	assert_int_equal(stats_of(stage, stage->b).dropped_truncated, 2);
}

static void a_flood_of_nothing_does_not_hold_the_receiver(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int stranger = socket(AF_INET, SOCK_DGRAM, 0);
	struct net_address from;
	char taken[16];
	unsigned turns = 0;

	for (int i = 0; i < 600; i++)
		send_raw(stranger, stage->at_b, "", 0);
	send_raw(stranger, stage->at_b, "good", 4);
	close(stranger);
	while (net->receive(net, stage->b, &from, taken, sizeof(taken)) == 0)
		assert_true(++turns < 20);
	assert_true(turns >= 1); /* it came up for air */
	assert_memory_equal(taken, "good", 4);
	assert_int_equal(stats_of(stage, stage->b).dropped_empty, 600);
}

static void a_datagram_from_port_0_is_skipped_and_counted(void **state)
{
	struct stage *stage = *state;
	const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_addr.s_addr = stage->at_b.host };
	struct {
		struct udphdr header;
		char text[4];
	} datagram = { .text = "bad" };

	if (raw < 0) {
		puts("skipped: only root can send from port 0");
		skip();
	}
	datagram.header.uh_dport = htons(stage->at_b.port);
	datagram.header.uh_ulen = htons(sizeof(datagram));
	assert_int_equal(sendto(raw, &datagram, sizeof(datagram), 0, (const struct sockaddr *)&to,
				sizeof(to)),
			 sizeof(datagram));
	close(raw);
	send_text(stage, stage->a, stage->at_b, "good");
	stage->net->flush(stage->net, stage->a);
	assert_string_equal(heard(stage, stage->b), "good");
	assert_int_equal(stats_of(stage, stage->b).dropped_portless, 1);
}

/* Asks the kernel to report ICMP errors on the socket, which it keeps back from such as ours. */
static void report_errors(int socket)
{
	const int on = 1;

	assert_int_equal(setsockopt(socket, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)), 0);
}

static void an_answer_that_nobody_listens_does_not_stop_the_receiver(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	struct net_address closed;

	report_errors(stage->a);
	net->close(net, open_on_loopback(net, &closed));
	send_text(stage, stage->a, closed, "anybody?");
	net->flush(net, stage->a);
	send_text(stage, stage->b, stage->at_a, "me");
	net->flush(net, stage->b);
	assert_string_equal(heard(stage, stage->a), "me");
	assert_int_equal(stats_of(stage, stage->a).errors_in, 1);
}

static void an_answer_that_nobody_listens_costs_a_sender_one_datagram_at_most(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	struct net_address closed;

	report_errors(stage->a);
	net->close(net, open_on_loopback(net, &closed));
	send_text(stage, stage->a, closed, "anybody?");
	net->flush(net, stage->a);
	send_text(stage, stage->a, stage->at_b, "in the way");
	send_text(stage, stage->a, stage->at_b, "behind");
	net->flush(net, stage->a);
	assert_string_equal(heard(stage, stage->b), "behind");
	assert_int_equal(stats_of(stage, stage->a).dropped_unsendable, 1);
}

static void what_the_kernel_dropped_is_counted(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int smallest = 0;
	static uint8_t bytes[1200];
	const struct net_buffer part = { bytes, sizeof(bytes) };
	struct net_address from;
	uint64_t taken = 0;

	/* Below what the kernel allows: it takes its own least. */
	assert_int_equal(setsockopt(stage->b, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)),
			 0);
	for (int i = 0; i < 100; i++)
		net->send(net, stage->a, &stage->at_b, &part, 1);
	net->flush(net, stage->a);
	while (net->receive(net, stage->b, &from, bytes, sizeof(bytes)) > 0)
		taken++;
	/* The kernel tells with the next datagram that it takes. */
	send_text(stage, stage->a, stage->at_b, "and?");
	net->flush(net, stage->a);
	assert_string_equal(heard(stage, stage->b), "and?");
	assert_true(taken < 100);
	assert_int_equal(stats_of(stage, stage->b).dropped_kernel, 100 - taken);
}

static void the_buffers_are_as_large_as_was_granted(void **state)
{
	struct stage *stage = *state;
	const struct net_stats stats = stats_of(stage, stage->a);
	int doubled;
	socklen_t size = sizeof(doubled);

	assert_int_equal(getsockopt(stage->a, SOL_SOCKET, SO_RCVBUF, &doubled, &size), 0);
	assert_int_equal(stats.receive_buffer_bytes, doubled / 2);
	assert_in_range(stats.receive_buffer_bytes, 1, UDP_BUFFER_BYTES);
	assert_int_equal(getsockopt(stage->a, SOL_SOCKET, SO_SNDBUF, &doubled, &size), 0);
	assert_int_equal(stats.send_buffer_bytes, doubled / 2);
}

static void a_socket_closes_on_exec_and_does_not_block(void **state)
{
	struct stage *stage = *state;

	assert_true(fcntl(stage->a, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(stage->a, F_GETFL) & O_NONBLOCK);
}

static void a_taken_port_is_an_error(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int c = net->open(net);

	assert_int_equal(net->bind(net, c, &stage->at_a), -EADDRINUSE);
	net->close(net, c);
}

static void port_0_becomes_a_real_one(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(stage->at_a.host, htonl(INADDR_LOOPBACK));
	assert_int_not_equal(stage->at_a.port, 0);
	assert_int_not_equal(stage->at_a.port, stage->at_b.port);
}

static void a_number_that_is_no_socket_of_ours_does_no_harm(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int numbers[] = { -1, 0, UDP_DESCRIPTORS_MAX, INT32_MAX };
	struct net_address address = stage->at_a;
	char data[4];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(net->bind(net, numbers[i], &address), -EBADF);
		assert_int_equal(net->address(net, numbers[i], &address), -EBADF);
		assert_int_equal(net->wait(net, numbers[i], 0), -EBADF);
		assert_int_equal(net->receive(net, numbers[i], &address, data, 4), 0);
		assert_int_equal(stats_of(stage, numbers[i]).datagrams_out, 0);
		assert_false(net->held(net, numbers[i]));
		send_text(stage, numbers[i], stage->at_a, "lost");
		net->flush(net, numbers[i]);
		net->close(net, numbers[i]);
	}
	assert_int_not_equal(fcntl(0, F_GETFD), -1); /* descriptor 0 is still open */
}

static void a_wait_ends_when_its_time_has_come(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int64_t start_ns = net->now_ns(net);

	assert_int_equal(net->wait(net, stage->a, start_ns + 15 * MS + 1), 0);
	assert_true(net->now_ns(net) >= start_ns + 15 * MS + 1);
	assert_true(net->now_ns(net) < start_ns + 5000 * MS);
	assert_int_equal(net->wait(net, stage->a, start_ns), 0); /* past already */
}

static void *send_a_little_later(void *context)
{
	struct stage *stage = context;
	const struct timespec pause = { .tv_nsec = 20 * MS };

	nanosleep(&pause, NULL);
	send_text(stage, stage->a, stage->at_b, "wake up");
	stage->net->flush(stage->net, stage->a);
	return NULL;
}

static void a_datagram_wakes_a_wait(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	pthread_t thread;

	alarm(10); /* instead of hanging for ever */
	pthread_create(&thread, NULL, send_a_little_later, stage);
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), 1);
	pthread_join(thread, NULL);
	alarm(0);
	assert_string_equal(heard(stage, stage->b), "wake up");
}

static void held_datagrams_end_a_wait_at_once(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;

	send_text(stage, stage->a, stage->at_b, "one");
	send_text(stage, stage->a, stage->at_b, "two");
	net->flush(net, stage->a);
	assert_string_equal(heard(stage, stage->b), "one");
	assert_true(net->held(net, stage->b)); /* the kernel has nothing left of it */
	alarm(10);
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), 1);
	alarm(0);
	assert_string_equal(heard(stage, stage->b), "two");
	assert_false(net->held(net, stage->b));
}

static void what_comes_after_a_short_batch_is_found_by_the_next_wait(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 10; i++) { /* never taken to the end, as ENet's events do */
		send_text(stage, stage->a, stage->at_b, "again");
		stage->net->flush(stage->net, stage->a);
		assert_string_equal(heard(stage, stage->b), "again");
	}
}

static volatile sig_atomic_t signals_handled;

static void handle(int number)
{
	(void)number;
	signals_handled++;
}

/* Blocks SIGUSR1 but for the waits, as a program does that stops on it. */
static void let_signals_in_while_waiting(sigset_t *before)
{
	const struct sigaction action = { .sa_handler = handle };
	sigset_t caught;

	sigemptyset(&caught);
	sigaddset(&caught, SIGUSR1);
	sigprocmask(SIG_BLOCK, &caught, before);
	sigaction(SIGUSR1, &action, NULL);
	udp_set_wait_mask(before);
	signals_handled = 0;
}

static void stop_letting_in(const sigset_t *before)
{
	udp_set_wait_mask(NULL);
	sigprocmask(SIG_SETMASK, before, NULL);
}

static void a_signal_before_the_wait_is_not_lost(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	sigset_t before;

	let_signals_in_while_waiting(&before);
	raise(SIGUSR1);
	assert_int_equal(signals_handled, 0);
	alarm(10);
	assert_int_equal(net->wait(net, stage->a, INT64_MAX), -EINTR);
	alarm(0);
	assert_int_equal(signals_handled, 1);
	assert_int_equal(net->wait(net, stage->a, net->now_ns(net) + MS), 0);
	stop_letting_in(&before);
}

static void a_busy_socket_does_not_put_signals_off(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	sigset_t before;

	let_signals_in_while_waiting(&before);
	send_text(stage, stage->a, stage->at_b, "one");
	send_text(stage, stage->a, stage->at_b, "two");
	net->flush(net, stage->a);

	raise(SIGUSR1); /* while the kernel has datagrams */
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), -EINTR);
	assert_int_equal(signals_handled, 1);
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), 1);
	assert_string_equal(heard(stage, stage->b), "one");

	raise(SIGUSR1); /* while the batch does */
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), -EINTR);
	assert_int_equal(signals_handled, 2);
	assert_string_equal(heard(stage, stage->b), "two");
	stop_letting_in(&before);
}

static void a_signal_interrupts_a_wait_without_a_mask_too(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const struct sigaction action = { .sa_handler = handle };

	signals_handled = 0;
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	assert_int_equal(net->wait(net, stage->a, net->now_ns(net) + 10000 * MS), -EINTR);
	assert_int_equal(signals_handled, 1);
	signal(SIGALRM, SIG_DFL);
}

static void three_hundred_sockets_stay_small(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	int sockets[300];
	struct net_address address;
	struct rusage start, end;

#ifdef __SANITIZE_THREAD__
	puts("skipped: the thread sanitizer's own memory would be counted");
	skip();
#endif
	getrusage(RUSAGE_SELF, &start);
	for (int i = 0; i < 300; i++)
		sockets[i] = open_on_loopback(net, &address);
	for (int i = 0; i < 300; i++) {
		net->address(net, sockets[i], &address);
		send_text(stage, stage->a, address, "to each");
	}
	net->flush(net, stage->a);
	for (int i = 0; i < 300; i++)
		assert_string_equal(heard(stage, sockets[i]), "to each");
	getrusage(RUSAGE_SELF, &end);
	assert_true(end.ru_maxrss - start.ru_maxrss < 300 * 64); /* KiB */
	for (int i = 0; i < 300; i++)
		net->close(net, sockets[i]);
}

static void the_clock_moves_and_random_bits_differ(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int64_t now_ns = net->now_ns(net);

	assert_true(now_ns > 0);
	assert_true(net->now_ns(net) >= now_ns);
	/* One in 2^64 that three are alike. */
	const uint32_t bits = net->random(net);
	assert_true(net->random(net) != bits || net->random(net) != bits);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(two_hundred_datagrams_take_few_calls_each_way),
		STAGED(nothing_leaves_before_the_flush_and_buffers_are_joined),
		STAGED(waiting_and_closing_flush),
		STAGED(the_largest_datagrams_fill_many_batches_and_arrive_whole),
		STAGED(what_cannot_be_sent_is_counted_and_the_rest_goes_on),
		STAGED(a_batch_that_the_kernel_takes_in_parts_is_sent_whole),
		STAGED(a_firewall_s_refusal_costs_one_datagram_each),
		STAGED(a_moment_s_congestion_loses_nothing),
		STAGED(lasting_congestion_loses_the_batch_after_a_short_wait),
		STAGED(too_large_and_empty_datagrams_are_skipped_and_counted),
		STAGED(a_flood_of_nothing_does_not_hold_the_receiver),
		STAGED(a_datagram_from_port_0_is_skipped_and_counted),
		STAGED(an_answer_that_nobody_listens_does_not_stop_the_receiver),
		STAGED(an_answer_that_nobody_listens_costs_a_sender_one_datagram_at_most),
		STAGED(what_the_kernel_dropped_is_counted),
		STAGED(the_buffers_are_as_large_as_was_granted),
		STAGED(a_socket_closes_on_exec_and_does_not_block),
		STAGED(a_taken_port_is_an_error),
		STAGED(port_0_becomes_a_real_one),
		STAGED(a_number_that_is_no_socket_of_ours_does_no_harm),
		STAGED(a_wait_ends_when_its_time_has_come),
		STAGED(a_datagram_wakes_a_wait),
		STAGED(held_datagrams_end_a_wait_at_once),
		STAGED(what_comes_after_a_short_batch_is_found_by_the_next_wait),
		STAGED(a_signal_before_the_wait_is_not_lost),
		STAGED(a_busy_socket_does_not_put_signals_off),
		STAGED(a_signal_interrupts_a_wait_without_a_mask_too),
		STAGED(three_hundred_sockets_stay_small),
		STAGED(the_clock_moves_and_random_bits_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
