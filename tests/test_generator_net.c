/* The generator's sockets: what one call takes comes out datagram by datagram, as it was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/generator_net.h"

enum {
	DATAGRAMS_MAX = 8,
	SENT_MAX_BYTES = 8192,
	WAIT_MS = 1000,
	PAUSE_MS = 50,
	SLACK_NS = 1000000, /* between two looks at two clocks */
};

/* A relay's socket, and one of the generator's that leads to it and is known to it. */
struct pair {
	int relay, member;
};

static void open_pair(struct pair *pair)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	char hello[8];

	pair->relay = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(pair->relay >= 0);
	assert_int_equal(bind(pair->relay, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(pair->relay, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(generator_net_aim("127.0.0.1", ntohs(address.sin_port)), 0);
	pair->member = generator_net_socket();
	assert_true(pair->member >= 0);
	generator_net_send(pair->member, "hello", 5);
	assert_int_equal(
		recvfrom(pair->relay, hello, sizeof(hello), 0, (struct sockaddr *)&address, &size),
		5);
	assert_int_equal(connect(pair->relay, (struct sockaddr *)&address, size), 0);
}

static void close_pair(const struct pair *pair)
{
	close(pair->member);
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
	struct pollfd pollfd = { .fd = pair->member, .events = POLLIN };

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
		struct generator_net_habit habit = { .is_many = true };
		struct pair pair;
		size_t count = 0, size;
		int64_t arrived_ns;
		uint8_t *data;

		open_pair(&pair);
		for (int i = 0; i < 3 && rows[row].sent[i] > 0; i++)
			send_run(&pair, sent, rows[row].sent[i], (uint16_t)rows[row].segment[i]);
		await(&pair);
		generator_net_take(pair.member, &habit, 1);
		for (size_t at = 0; (size = generator_net_next(&data, &arrived_ns)) > 0; count++) {
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
		assert_int_equal(generator_net_next(&data, &arrived_ns), 0);
		close_pair(&pair);
	}
}

/* Takes, and says how many datagrams there were. */
static unsigned taken(const struct pair *pair, struct generator_net_habit *habit, uint64_t turn)
{
	unsigned count = 0;
	int64_t arrived_ns;
	uint8_t *data;

	generator_net_take(pair->member, habit, turn);
	while (generator_net_next(&data, &arrived_ns) > 0)
		count++;
	return count;
}

static void send_three(const struct pair *pair)
{
	for (int i = 0; i < 3; i++)
		send_run(pair, (const uint8_t *)"abc", 3, 0);
	await(pair);
}

static void one_message_is_taken_until_several_wait_and_then_all(void **state)
{
	struct generator_net_habit habit = { 0 };
	struct pair pair;

	(void)state;
	open_pair(&pair);
	send_three(&pair);
	assert_int_equal(taken(&pair, &habit, 1), 1); /* turns count from 1 on, so not this one */
	assert_int_equal(taken(&pair, &habit, 2), 2); /* in the next turn: so they all */
	send_three(&pair);
	assert_int_equal(taken(&pair, &habit, 7), 3); /* as last time */
	send_run(&pair, (const uint8_t *)"abc", 3, 0);
	await(&pair);
	assert_int_equal(taken(&pair, &habit, 9), 1);
	send_three(&pair);
	assert_int_equal(taken(&pair, &habit, 11), 1); /* one came last time */
	send_run(&pair, (const uint8_t *)"abcdef", 6, 2);
	assert_int_equal(taken(&pair, &habit, 13), 1); /* a turn is between */
	assert_int_equal(taken(&pair, &habit, 14), 4);
	close_pair(&pair);
}

static void what_is_left_where_nobody_polls_each_time_is_taken_in_the_end(void **state)
{
	struct generator_net_habit habit = { 0 };
	struct pair pair;

	(void)state;
	open_pair(&pair);
	send_three(&pair);
	for (uint64_t call = 1; call < GENERATOR_NET_SWEEP; call++) {
		assert_int_equal(taken(&pair, &habit, 2 * call), 1);
		send_run(&pair, (const uint8_t *)"abc", 3, 0);
	}
	assert_int_equal(taken(&pair, &habit, 2 * GENERATOR_NET_SWEEP), 3);
	close_pair(&pair);
}

static void where_nothing_waits_nothing_is_taken(void **state)
{
	struct generator_net_habit habit = { 0 };
	struct pair pair;
	int64_t arrived_ns;
	uint8_t *data;

	(void)state;
	open_pair(&pair);
	send_run(&pair, (const uint8_t *)"abc", 3, 0);
	await(&pair);
	generator_net_take(pair.member, &habit, 3);
	generator_net_take(pair.member, &habit, 4); /* what was not asked for is gone */
	assert_int_equal(generator_net_next(&data, &arrived_ns), 0);
	close_pair(&pair);
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
	struct generator_net_habit habit = { .is_many = true };
	int64_t begin_ns[2], end_ns[2], arrived_ns;
	struct pair pair;
	uint8_t *data;

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
	generator_net_take(pair.member, &habit, 1);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(generator_net_next(&data, &arrived_ns), 3);
		assert_in_range(arrived_ns, begin_ns[i / 2] - SLACK_NS, end_ns[i / 2] + SLACK_NS);
	}
	assert_int_equal(generator_net_next(&data, &arrived_ns), 0);
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
	assert_in_range(generator_net_arrived_ns(&message), begin_ns - SLACK_NS, end_ns + SLACK_NS);
	close(relay);
	close(member);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_call_takes_comes_out_as_the_datagrams_that_were_sent),
		cmocka_unit_test(one_message_is_taken_until_several_wait_and_then_all),
		cmocka_unit_test(what_is_left_where_nobody_polls_each_time_is_taken_in_the_end),
		cmocka_unit_test(where_nothing_waits_nothing_is_taken),
		cmocka_unit_test(
			a_datagram_counts_from_when_it_arrived_and_not_from_when_it_is_taken),
		cmocka_unit_test(so_does_what_comes_in_a_stream),
	};

	return cmocka_run_group_tests_name("generator_net", tests, NULL, NULL);
}
