/* The generator's sockets: who shares one, and that each datagram comes out where it was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/drivers/generator_net.h"
#include "bench/load/generator_ports.h"

enum {
	DATAGRAMS_MAX = 8,
	SENT_MAX_BYTES = 8192,
	WAIT_MS = 1000,
	PAUSE_MS = 50,
	SLACK_NS = 1000000, /* between two looks at two clocks */
	BATCH = 64,         /* messages that one call takes */
};

/* A relay's socket, and a line of the generator's that leads to it and is known to it. */
struct pair {
	int relay, line;
};

/* A relay at that address; -1: the machine has no such address. */
static int open_relay(const char *host)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address = { .four = { .sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	const bool is_six = strchr(host, ':') != NULL;
	socklen_t size = is_six ? sizeof(address.six) : sizeof(address.four);
	int relay;

	if (is_six)
		address.six = (struct sockaddr_in6){ .sin6_family = AF_INET6,
						     .sin6_addr = in6addr_loopback };
	relay = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (relay < 0 || bind(relay, &address.any, size) < 0) {
		if (relay >= 0)
			close(relay);
		return -1;
	}
	assert_int_equal(getsockname(relay, &address.any, &size), 0);
	/* The port stands at the same place in both. */
	assert_int_equal(generator_ports_aim(host, ntohs(address.four.sin_port)), 0);
	return relay;
}

/* Says something through the line, and where the relay hears it from. */
static struct sockaddr_in heard_from(int relay, int line)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char hello[8];

	generator_ports_send(line, "hello", 5);
	generator_ports_flush();
	assert_int_equal(recvfrom(relay, hello, sizeof(hello), 0, (struct sockaddr *)&from, &size),
			 5);
	return from;
}

static void open_pair(struct pair *pair)
{
	struct sockaddr_in from;

	pair->relay = open_relay("127.0.0.1");
	assert_true(pair->relay >= 0);
	pair->line = generator_ports_open();
	assert_true(pair->line >= 0);
	from = heard_from(pair->relay, pair->line);
	assert_int_equal(connect(pair->relay, (struct sockaddr *)&from, sizeof(from)), 0);
}

static void close_pair(const struct pair *pair)
{
	generator_ports_close(pair->line);
	close(pair->relay);
}

/* As one message that the kernel cuts; 0: as one datagram. */
static void send_run(const struct pair *pair, const uint8_t *data, size_t size, uint16_t segment)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
	} control = { .header = { .cmsg_level = SOL_UDP,
				  .cmsg_type = UDP_SEGMENT,
				  .cmsg_len = CMSG_LEN(sizeof(segment)) } };
	struct iovec part = { (void *)(uintptr_t)data, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	memcpy(CMSG_DATA(&control.header), &segment, sizeof(segment));
	if (segment > 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	assert_int_equal(sendmsg(pair->relay, &message, 0), size);
}

static void await(const struct pair *pair)
{
	struct pollfd pollfd = { .fd = generator_ports_descriptor(pair->line), .events = POLLIN };

	assert_int_equal(poll(&pollfd, 1, WAIT_MS), 1);
}

static void what_one_call_takes_comes_out_as_the_datagrams_that_were_sent(void **state)
{
	const struct {
		const char *what;
		size_t sent[3], segment[3]; /* messages, up to the first of no bytes */
		size_t expected[DATAGRAMS_MAX];
	} rows[] = {
		{ "one datagram", { 100 }, { 0 }, { 100 } },
		{ "two that are equal, apart", { 100, 100 }, { 0 }, { 100, 100 } },
		{ "a run with a shorter last", { 2500 }, { 1000 }, { 1000, 1000, 500 } },
		{ "a run of equal ones", { 3000 }, { 1000 }, { 1000, 1000, 1000 } },
		{ "a run between two", { 7, 2400, 9 }, { 0, 1200, 0 }, { 7, 1200, 1200, 9 } },
		{ "two runs", { 300, 80 }, { 200, 40 }, { 200, 100, 40, 40 } },
		{ "what no relay sends is left out", { 5, 4000, 6 }, { 0, 0, 0 }, { 5, 6 } },
	};
	static uint8_t sent[SENT_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 31 >> 3);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct pair pair;
		size_t count = 0, size;
		int64_t arrived_ns;
		uint8_t *data;
		int line;

		open_pair(&pair);
		for (int i = 0; i < 3 && rows[row].sent[i] > 0; i++)
			send_run(&pair, sent, rows[row].sent[i], (uint16_t)rows[row].segment[i]);
		await(&pair);
		generator_ports_take(pair.line);
		for (size_t at = 0; (size = generator_ports_next(&line, &data, &arrived_ns)) > 0;
		     count++) {
			assert_int_equal(line, pair.line);
			if (size != rows[row].expected[count])
				fail_msg("%s: datagram %zu has %zu bytes", rows[row].what,
					 count + 1, size);
			/* Each message is of the same bytes, from the first on. */
			if (memcmp(data, sent + at, size) != 0)
				at = 0;
			assert_memory_equal(data, sent + at, size);
			at += size;
		}
		assert_int_equal(rows[row].expected[count], 0);
		assert_int_equal(generator_ports_next(&line, &data, &arrived_ns), 0);
		close_pair(&pair);
	}
}

/* Takes, and says how many datagrams there were for the line. */
static unsigned taken(int from, int expected)
{
	unsigned count = 0;
	int64_t arrived_ns;
	uint8_t *data;
	int line;

	generator_ports_take(from);
	while (generator_ports_next(&line, &data, &arrived_ns) > 0)
		count += line == expected;
	return count;
}

static void a_batch_is_taken_at_a_time_and_says_when_it_is_full(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair);
	for (int i = 0; i < BATCH + 3; i++)
		send_run(&pair, (const uint8_t *)"abc", 3, 0);
	await(&pair);
	assert_int_equal(taken(pair.line, pair.line), BATCH);
	assert_true(generator_ports_is_full());
	assert_int_equal(taken(pair.line, pair.line), 3);
	assert_false(generator_ports_is_full());
	assert_int_equal(taken(pair.line, pair.line), 0);
	close_pair(&pair);
}

static void lines_to_loopback_share_a_port_and_have_an_address_each(void **state)
{
	struct sockaddr_in from[3];
	const int relay = open_relay("127.0.0.1");

	(void)state;
	assert_true(generator_ports_are_shared());
	for (int i = 0; i < 3; i++) {
		assert_int_equal(generator_ports_open(), i);
		from[i] = heard_from(relay, i);
		assert_int_equal(ntohl(from[i].sin_addr.s_addr) >> 24, 127);
	}
	for (int i = 1; i < 3; i++) {
		assert_int_equal(from[i].sin_port, from[0].sin_port);
		assert_int_not_equal(from[i].sin_addr.s_addr, from[i - 1].sin_addr.s_addr);
		assert_int_equal(generator_ports_descriptor(i), generator_ports_descriptor(0));
	}
	assert_int_not_equal(from[0].sin_addr.s_addr, from[2].sin_addr.s_addr);
	for (int i = 0; i < 3; i++)
		generator_ports_close(i);
	close(relay);
}

static void send_to(int socket, const struct sockaddr_in *to, const char *text)
{
	assert_int_equal(
		sendto(socket, text, strlen(text), 0, (const struct sockaddr *)to, sizeof(*to)),
		strlen(text));
}

/* "LINE:TEXT " for each datagram that waits. */
static const char *all_taken(char text[static 64])
{
	int64_t arrived_ns;
	uint8_t *data;
	size_t size;
	int line, at = 0;

	text[0] = '\0';
	generator_ports_take(0);
	while ((size = generator_ports_next(&line, &data, &arrived_ns)) > 0)
		at += snprintf(text + at, 64 - (size_t)at, "%d:%.*s ", line, (int)size,
			       (const char *)data);
	return text;
}

static void what_is_for_a_line_comes_out_with_its_number_in_the_order_of_coming(void **state)
{
	struct sockaddr_in from[3];
	const int relay = open_relay("127.0.0.1");
	char text[64];

	(void)state;
	for (int i = 0; i < 3; i++)
		from[i] = heard_from(relay, generator_ports_open());
	send_to(relay, &from[2], "a");
	send_to(relay, &from[0], "b");
	send_to(relay, &from[2], "c");
	send_to(relay, &from[1], "d");
	assert_string_equal(all_taken(text), "2:a 0:b 2:c 1:d ");
	for (int i = 0; i < 3; i++)
		generator_ports_close(i);
	close(relay);
}

static void what_is_for_nobody_or_not_from_the_relay_is_left_out(void **state)
{
	struct sockaddr_in from[2], nobody, wild;
	const int relay = open_relay("127.0.0.1");
	const int stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct generator_ports_traffic traffic;
	char text[64];

	(void)state;
	for (int i = 0; i < 2; i++)
		from[i] = heard_from(relay, generator_ports_open());
	nobody = wild = from[1];
	nobody.sin_addr.s_addr = htonl(ntohl(from[1].sin_addr.s_addr) + 1);
	wild.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	send_to(stranger, &from[0], "evil");
	send_to(relay, &nobody, "lost");
	send_to(relay, &wild, "lost");
	send_to(relay, &from[0], "good");
	assert_string_equal(all_taken(text), "0:good ");
	generator_ports_close(1);
	send_to(relay, &from[1], "late");
	send_to(relay, &from[0], "fine");
	assert_string_equal(all_taken(text), "0:fine ");
	generator_ports_traffic(&traffic);
	assert_int_equal(traffic.datagrams, 2);
	assert_int_equal(traffic.bytes, 8);
	generator_ports_close(0);
	close(stranger);
	close(relay);
}

static void what_is_sent_through_a_shared_socket_leaves_at_the_next_flush(void **state)
{
	const int relay = open_relay("127.0.0.1");
	char byte;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(generator_ports_open(), i);
	generator_ports_send(0, "a", 1);
	generator_ports_send(1, "b", 1);
	assert_int_equal(recv(relay, &byte, 1, MSG_DONTWAIT), -1);
	generator_ports_flush();
	assert_int_equal(recv(relay, &byte, 1, 0), 1);
	assert_int_equal(byte, 'a');
	assert_int_equal(recv(relay, &byte, 1, 0), 1);
	assert_int_equal(byte, 'b');
	generator_ports_send(1, "c", 1);
	generator_ports_close(1); /* sends it */
	assert_int_equal(recv(relay, &byte, 1, 0), 1);
	assert_int_equal(byte, 'c');
	/* More than one batch. */
	for (int i = 0; i < 2 * BATCH; i++)
		generator_ports_send(0, "d", 1);
	generator_ports_flush();
	for (int i = 0; i < 2 * BATCH; i++)
		assert_int_equal(recv(relay, &byte, 1, 0), 1);
	generator_ports_close(0);
	close(relay);
}

static void lines_to_anywhere_else_have_a_socket_each(void **state)
{
	const int relay = open_relay("::1");
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);
	char byte;

	(void)state;
	if (relay < 0) {
		print_message("[  SKIPPED ] this machine has no IPv6\n");
		skip();
	}
	assert_false(generator_ports_are_shared());
	for (int i = 0; i < 2; i++)
		assert_int_equal(generator_ports_open(), i);
	assert_int_not_equal(generator_ports_descriptor(0), generator_ports_descriptor(1));
	generator_ports_send(1, "a", 1); /* at once */
	assert_int_equal(recvfrom(relay, &byte, 1, 0, (struct sockaddr *)&from, &size), 1);
	assert_int_equal(sendto(relay, "b", 1, 0, (struct sockaddr *)&from, size), 1);
	assert_int_equal(taken(0, 0), 0);
	assert_int_equal(taken(1, 1), 1);
	for (int i = 0; i < 2; i++)
		generator_ports_close(i);
	close(relay);
}

static void what_a_socket_has_no_room_for_is_counted_as_dropped(void **state)
{
	struct generator_ports_traffic traffic;
	struct pair pair;
	const int bytes = 1; /* as little as the kernel lets there be */

	(void)state;
	open_pair(&pair);
	setsockopt(generator_ports_descriptor(pair.line), SOL_SOCKET, SO_RCVBUF, &bytes,
		   sizeof(bytes));
	for (int i = 0; i < BATCH; i++)
		send_run(&pair, (const uint8_t *)"abc", 3, 0);
	await(&pair);
	generator_ports_traffic(&traffic);
	assert_in_range(traffic.drops, 1, BATCH - 1);
	assert_int_equal(taken(pair.line, pair.line), BATCH - traffic.drops);
	close_pair(&pair);
	generator_ports_traffic(&traffic);
	assert_in_range(traffic.drops, 1, BATCH - 1); /* after it was closed, too */
}

static void what_is_no_address_is_refused(void **state)
{
	(void)state;
	assert_int_equal(generator_ports_aim("localhost", 1), -EINVAL);
	assert_int_equal(generator_ports_aim("1.2.3", 1), -EINVAL);
	assert_int_equal(generator_ports_aim("", 1), 0);
	assert_true(generator_ports_are_shared());
	assert_int_equal(generator_ports_aim("192.0.2.1", 1), 0);
	assert_false(generator_ports_are_shared());
}

static int64_t now_ns(void)
{
	return generator_net()->now_ns(generator_net());
}

/* Long enough that no clock and no scheduler can take one for the other. */
static void let_time_pass(void)
{
	const struct timespec pause = { 0, PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

static void a_datagram_counts_from_when_it_arrived_and_not_from_when_it_is_taken(void **state)
{
	int64_t begin_ns[2], end_ns[2], arrived_ns;
	struct pair pair;
	uint8_t *data;
	int line;

	(void)state;
	open_pair(&pair);
	/* The kernel begins to stamp a little after the first socket of a machine asks for it. */
	let_time_pass();
	for (int i = 0; i < 2; i++) {
		begin_ns[i] = now_ns();
		send_run(&pair, (const uint8_t *)"abcdef", 6, 3);
		end_ns[i] = now_ns();
		let_time_pass();
	}
	generator_ports_take(pair.line);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(generator_ports_next(&line, &data, &arrived_ns), 3);
		assert_in_range(arrived_ns, begin_ns[i / 2] - SLACK_NS, end_ns[i / 2] + SLACK_NS);
	}
	assert_int_equal(generator_ports_next(&line, &data, &arrived_ns), 0);
	close_pair(&pair);
}

static void so_does_what_comes_in_a_stream(void **state)
{
	char bytes[8];
	uint8_t control[CMSG_SPACE(sizeof(struct timespec))]
		__attribute__((aligned(_Alignof(struct cmsghdr))));
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int member = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(address);
	const int on = 1;
	int64_t begin_ns, end_ns;
	int relay;

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	setsockopt(member, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	assert_int_equal(connect(member, (struct sockaddr *)&address, size), 0);
	relay = accept(listener, NULL, NULL);
	begin_ns = now_ns();
	assert_int_equal(send(relay, "abc", 3, 0), 3);
	end_ns = now_ns();
	let_time_pass();
	assert_int_equal(recvmsg(member, &message, 0), 3);
	assert_in_range(generator_ports_arrived_ns(&message), begin_ns - SLACK_NS,
			end_ns + SLACK_NS);
	close(relay);
	close(member);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_call_takes_comes_out_as_the_datagrams_that_were_sent),
		cmocka_unit_test(a_batch_is_taken_at_a_time_and_says_when_it_is_full),
		cmocka_unit_test(lines_to_loopback_share_a_port_and_have_an_address_each),
		cmocka_unit_test(
			what_is_for_a_line_comes_out_with_its_number_in_the_order_of_coming),
		cmocka_unit_test(what_is_for_nobody_or_not_from_the_relay_is_left_out),
		cmocka_unit_test(what_is_sent_through_a_shared_socket_leaves_at_the_next_flush),
		cmocka_unit_test(lines_to_anywhere_else_have_a_socket_each),
		cmocka_unit_test(what_a_socket_has_no_room_for_is_counted_as_dropped),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(
			a_datagram_counts_from_when_it_arrived_and_not_from_when_it_is_taken),
		cmocka_unit_test(so_does_what_comes_in_a_stream),
	};

	return cmocka_run_group_tests_name("generator_ports", tests, NULL, NULL);
}
