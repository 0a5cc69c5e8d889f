/*
 * A relay over raw UDP, to compare with: whatever a member sends goes to all others at once, as it
 * is, a datagram for a datagram. Who has sent a datagram is a member. One of a single byte is a
 * greeting, and is sent back. -a is the IPv4 address to bind (127.0.0.1).
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

#include "bench/servers/baseline/baseline.h"

enum {
	MEMBERS_MAX = 256,
	DATAGRAM_MAX_BYTES = 1472,
	BATCH = 64, /* datagrams of one recvmmsg */
	BUFFER_BYTES = 4 << 20,
	WAIT_MS = 100,
};

struct relay {
	int fd;
	struct sockaddr_in members[MEMBERS_MAX];
	unsigned member_count;
	struct mmsghdr out[MEMBERS_MAX];
};

static struct relay relay;

static bool are_equal(const struct sockaddr_in *one, const struct sockaddr_in *other)
{
	return one->sin_addr.s_addr == other->sin_addr.s_addr && one->sin_port == other->sin_port;
}

static void take_member(struct relay *r, const struct sockaddr_in *from)
{
	for (unsigned i = 0; i < r->member_count; i++)
		if (are_equal(&r->members[i], from))
			return;
	if (r->member_count < MEMBERS_MAX)
		r->members[r->member_count++] = *from;
}

static void send_on(struct relay *r, const struct sockaddr_in *from, struct iovec *part)
{
	unsigned count = 0, done = 0;

	for (unsigned i = 0; i < r->member_count; i++)
		if (!are_equal(&r->members[i], from))
			r->out[count++].msg_hdr =
				(struct msghdr){ .msg_name = &r->members[i],
						 .msg_namelen = sizeof(r->members[i]),
						 .msg_iov = part,
						 .msg_iovlen = 1 };
	while (done < count) {
		int sent = sendmmsg(r->fd, r->out + done, count - done, 0);

		done += sent > 0 ? (unsigned)sent : 1; /* what is refused is lost */
	}
}

static void receive(struct relay *r)
{
	static uint8_t data[BATCH][DATAGRAM_MAX_BYTES];
	static struct sockaddr_in from[BATCH];
	static struct iovec parts[BATCH];
	static struct mmsghdr in[BATCH];
	int got;

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ data[i], sizeof(data[i]) };
		in[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
						 .msg_namelen = sizeof(from[i]),
						 .msg_iov = &parts[i],
						 .msg_iovlen = 1 };
	}
	got = recvmmsg(r->fd, in, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		take_member(r, &from[i]);
		parts[i].iov_len = in[i].msg_len;
		if (in[i].msg_len == 1)
			sendto(r->fd, data[i], 1, 0, (const struct sockaddr *)&from[i],
			       sizeof(from[i]));
		else
			send_on(r, &from[i], &parts[i]);
	}
}

int main(int argc, char **argv)
{
	struct pollfd pollfd = { .events = POLLIN };
	struct options options;

	if (!read_options(argc, argv, "a:s:", &options)) {
		fputs("usage: baseline-udp_relay [-a ADDRESS] [-s SECONDS (1 to 3600)]\n", stderr);
		return 2;
	}
	stop_after(options.seconds);
	relay.fd = open_udp(&options.address, BUFFER_BYTES);
	if (relay.fd < 0) {
		fprintf(stderr, "baseline-udp_relay: cannot open a socket: %s\n", strerror(errno));
		return 1;
	}
	say_listening(&options.address);
	pollfd.fd = relay.fd;
	while (!is_stopping)
		if (poll(&pollfd, 1, WAIT_MS) > 0)
			receive(&relay);
	return 0;
}
