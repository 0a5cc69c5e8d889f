/* Chapter 5: the bytes of each layer are those that were seen, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client/tour/chapters/layer_fields.h"
#include "tests/fixtures/client/tour_steps.h"

static const char *const layers[] = { "message", "enet", "udp", "ip", "frame" };

/* The fields' bytes, in hexadecimal, all together. */
static void add_bytes(const cJSON *step, char out[static 512])
{
	const cJSON *field;

	cJSON_ArrayForEach(field, cJSON_GetObjectItem(cJSON_GetObjectItem(step, "bytes"), "fields"))
	{
		snprintf(out + strlen(out), 512 - strlen(out), "%s ",
			 tour_steps_text(field, "bytes"));
	}
}

static bool is_seen(const cJSON *steps)
{
	const cJSON *socket = tour_steps_call(tour_steps_find(steps, "tap"), 0, "socket");

	return tour_steps_number(socket, "result") >= 0;
}

static void a_message_is_the_same_at_the_top_of_both_sides(void **state)
{
	cJSON *steps = tour_steps_play(5);
	const cJSON *step = tour_steps_find(steps, "journey"),
		    *built = tour_steps_find(steps, "message");
	int at = is_seen(steps) ? 5 : 4;

	(void)state;
	assert_string_equal(tour_steps_field(built, "type"), "7: STATE");
	assert_string_equal(tour_steps_field(built, "  x"), "12500 grains = 12.500 m");
	assert_string_equal(tour_steps_field(built, "  y"), "31250 grains = 31.250 m");
	assert_int_equal(tour_steps_number(tour_steps_call(step, 3, "host_send"), "result"), 1);
	assert_int_equal(tour_steps_number(tour_steps_call(step, at, "recvmsg"), "result"),
			 tour_steps_number(cJSON_GetObjectItem(built, "bytes"), "size") +
				 LAYER_ENET_BYTES);
	assert_non_null(
		strstr(tour_steps_text(tour_steps_call(step, at + 2, "states_next"), "arguments"),
		       "x 12500, y 31250"));
	cJSON_Delete(steps);
}

/* The headers and the message, put together, are the frame: none of it is made up. */
static void assert_layers_are_the_frame(cJSON *steps)
{
	char bytes[512] = "";
	const cJSON *frame;

	if (!is_seen(steps)) {
		cJSON_Delete(steps);
		printf("skipped: this machine lets nobody look\n");
		skip();
	}
	frame = tour_steps_call(tour_steps_find(steps, "frame"), 0, "recvfrom");
	for (size_t i = 5; i-- > 0;)
		add_bytes(tour_steps_find(steps, layers[i]), bytes);
	assert_int_equal(strlen(bytes), 3 * tour_steps_number(frame, "result"));
	assert_string_equal(tour_steps_field(tour_steps_find(steps, "ip"), "IP: protocol"),
			    "17: UDP follows");
	assert_non_null(strstr(tour_steps_field(tour_steps_find(steps, "ip"), "IP: checksum"),
			       "header: right"));
	assert_null(strstr(tour_steps_field(tour_steps_find(steps, "udp"), "UDP: checksum"),
			   "not right"));
	assert_string_equal(tour_steps_field(tour_steps_find(steps, "frame"), "frame: type"),
			    "0x0800: IP version 4 follows");
	cJSON_Delete(steps);
}

static void the_layers_headers_together_are_the_frame_that_was_seen(void **state)
{
	(void)state;
	assert_layers_are_the_frame(tour_steps_play(5));
}

static void an_ordinary_user_sees_the_same_in_a_network_of_its_own(void **state)
{
	cJSON *steps = tour_steps_play_as_nobody(5, true);
	const cJSON *ends = tour_steps_find(steps, "ends");

	(void)state;
	if (is_seen(steps)) {
		tour_steps_assert_call(ends, 0, "unshare", "CLONE_NEWNET", 0);
		tour_steps_assert_call(ends, 1, "setns", "CLONE_NEWNET", 0);
		assert_non_null(strstr(tour_steps_text(ends, "says"), "network of their own"));
	}
	assert_layers_are_the_frame(steps);
}

static void the_ports_of_the_udp_header_are_those_of_the_sockets(void **state)
{
	cJSON *steps = tour_steps_play(5);
	const cJSON *udp = tour_steps_find(steps, "udp");
	char from[64], port[16];

	(void)state;
	if (is_seen(steps))
		snprintf(port, sizeof(port), "%s", tour_steps_field(udp, "UDP: from port"));
	else
		sscanf(strstr(tour_steps_text(udp, "says"), "port ") + 5, "%15[0-9]", port);
	snprintf(from, sizeof(from), "from {127.0.0.1, port %s}", port);
	assert_non_null(
		strstr(tour_steps_text(tour_steps_call(udp, 0, "recvmsg"), "arguments"), from));
	cJSON_Delete(steps);
}

static void where_nobody_may_look_no_header_of_the_kernel_s_is_shown(void **state)
{
	cJSON *steps = tour_steps_play_as_nobody(5, false);

	(void)state;
	assert_false(is_seen(steps));
	assert_non_null(strstr(tour_steps_text(tour_steps_find(steps, "tap"), "says"), "EPERM"));
	for (size_t i = 0; i < 5; i++) {
		const cJSON *step = tour_steps_find(steps, layers[i]);
		const bool is_kernel_s = i >= 2;

		assert_int_equal(cJSON_GetObjectItem(step, "bytes") == NULL, is_kernel_s);
		assert_int_equal(strstr(tour_steps_text(step, "says"), "not seen") != NULL,
				 is_kernel_s);
	}
	cJSON_Delete(steps);
}

/* An IP header with UDP to port 2 from port 1 and one byte, whose checksums were computed by
 * hand. */
static void checksums_are_told_apart(void **state)
{
	uint8_t ip[] = { 0x45, 0,   0, 29, 0, 0, 0x40, 0, 64, 17, 0x3c, 0xce, 127,  0,   0,
			 1,    127, 0, 0,  1, 0, 1,    0, 2,  0,  9,    0xa0, 0xd6, 0x61 };

	(void)state;
	assert_true(layer_ip_is_right(ip));
	assert_int_equal(layer_udp_checksum(ip, sizeof(ip)), LAYER_CHECKSUM_RIGHT);
	ip[sizeof(ip) - 1] ^= 1;
	assert_int_equal(layer_udp_checksum(ip, sizeof(ip)), LAYER_CHECKSUM_WRONG);
	ip[26] = 0xfe;
	ip[27] = 0x1c;
	assert_int_equal(layer_udp_checksum(ip, sizeof(ip)), LAYER_CHECKSUM_BEGUN);
	ip[26] = ip[27] = 0;
	assert_int_equal(layer_udp_checksum(ip, sizeof(ip)), LAYER_CHECKSUM_NONE);
	ip[8]--;
	assert_false(layer_ip_is_right(ip));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_the_same_at_the_top_of_both_sides),
		cmocka_unit_test(the_layers_headers_together_are_the_frame_that_was_seen),
		cmocka_unit_test(an_ordinary_user_sees_the_same_in_a_network_of_its_own),
		cmocka_unit_test(the_ports_of_the_udp_header_are_those_of_the_sockets),
		cmocka_unit_test(where_nobody_may_look_no_header_of_the_kernel_s_is_shown),
		cmocka_unit_test(checksums_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
