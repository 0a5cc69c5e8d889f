/*
 * A relay over raw UDP, to compare with: whatever a member sends goes to all others at once, as it
 * is, a datagram for a datagram. Who has sent a datagram is a member. One of a single byte is a
 * greeting, and is sent back. -a is the IPv4 address to bind (127.0.0.1).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MEMBERS_MAX = 256,
	DATAGRAM_MAX_BYTES = 1472,
	BATCH = 64, /* datagrams of one recvmmsg */
	BUFFER_BYTES = 4 << 20,
	WAIT_MS = 100,
	SECONDS_MAX = 3600,
};

struct relay {
	int fd;
	struct sockaddr_in members[MEMBERS_MAX];
	unsigned member_count;
	struct mmsghdr out[MEMBERS_MAX];
};

static struct relay relay;
static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

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

static bool open_socket(struct relay *r, struct sockaddr_in *address)
{
	const int bytes = BUFFER_BYTES;
	socklen_t size = sizeof(*address);

	r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)address, size) < 0 ||
	    getsockname(r->fd, (struct sockaddr *)address, &size) < 0)
		return false;
	setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(r->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return true;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = stop };
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct pollfd pollfd = { .events = POLLIN };
	const char *host = "127.0.0.1";
	int seconds = SECONDS_MAX, letter;

	while ((letter = getopt(argc, argv, "a:s:")) != -1) {
		if (letter == 'a')
			host = optarg;
		else
			seconds = letter == 's' ? atoi(optarg) : 0;
	}
	if (optind != argc || seconds < 1 || seconds > SECONDS_MAX ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		fputs("usage: baseline-udp_relay [-a ADDRESS] [-s SECONDS (1 to 3600)]\n", stderr);
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm((unsigned)seconds);
	if (!open_socket(&relay, &address)) {
		fprintf(stderr, "baseline-udp_relay: cannot open a socket: %s\n", strerror(errno));
		return 1;
	}
	printf("{\"listening\":{\"host\":\"%s\",\"port\":%u}}\n", host, ntohs(address.sin_port));
	fflush(stdout);
	pollfd.fd = relay.fd;
	while (!is_stopping)
		if (poll(&pollfd, 1, WAIT_MS) > 0)
			receive(&relay);
	return 0;
}
