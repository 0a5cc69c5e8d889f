/* When what a turn takes in has come, by whichever way it comes through ENet. */
#include "tests/fixtures/server_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/net/net.h"
#include "relay/log/log.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum sent_as {
	IN_ORDER,
	UNSEQUENCED,
	IN_TURN
};

static void expect_each_to_have_come_when_it_came(enum sent_as as)
{
	const size_t senders[] = { 0, 0, 1, 0, 1, 1, 0 };
	const size_t count = sizeof(senders) / sizeof(senders[0]);
	size_t next[INBOX_GUESTS] = { 0 };
	const struct room *room = inbox.server.relay.rooms.list[0];
	int64_t opened_ns;

	inbox_run_ms(50);
	opened_ns = net_now_ns();
	for (size_t i = 0; i < count; i++)
		inbox_ask_as(senders[i],
			     as == UNSEQUENCED || (as == IN_TURN && i % 2 == 1)
				     ? ENET_PACKET_FLAG_UNSEQUENCED
				     : 0,
			     i);
	inbox_pass_ms(30);
	inbox.stamp_ns = opened_ns;
	inbox.is_stamping = true;
	inbox_turn();
	inbox.is_stamping = false;
	inbox_run_ms(5);
	for (size_t i = 0; i < count; i++) {
		const struct inbox_guest *guest = &inbox.guests[senders[i]];
		const struct wire_clock *answer = &guest->answers[next[senders[i]]++];
		const int64_t came_us = (opened_ns + (int64_t)(i + 1) * MS - room->created_ns) / US;

		assert_in_range(next[senders[i]], 1, guest->answer_count);
		assert_int_equal(answer->sent_us, i);
		assert_in_range((int64_t)answer->received_us, came_us - 2, came_us + 2);
		assert_int_equal(answer->answered_us - answer->received_us, (29 - i) * 1000);
	}
}

static void each_datagram_of_a_batch_has_come_when_it_came(void **state)
{
	(void)state;
	expect_each_to_have_come_when_it_came(IN_ORDER);
}

static void so_it_has_past_enet_s_lists(void **state)
{
	(void)state;
	expect_each_to_have_come_when_it_came(UNSEQUENCED);
}

static void so_it_has_where_some_go_through_them_and_some_past(void **state)
{
	(void)state;
	expect_each_to_have_come_when_it_came(IN_TURN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(each_datagram_of_a_batch_has_come_when_it_came),
		STAGED(so_it_has_past_enet_s_lists),
		STAGED(so_it_has_where_some_go_through_them_and_some_past),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("inbox_arrival", tests, NULL, NULL);
}
