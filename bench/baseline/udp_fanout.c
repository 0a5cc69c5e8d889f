/*
 * The floor to compare with: a fan-out over raw UDP that does nothing but recvmmsg and sendmmsg.
 * Who has sent a datagram is a member. What comes in is gathered until the next flush (at once, or
 * every -f microseconds) and sent to each member in as few datagrams as hold it, without what is
 * its own. Nothing is copied, encoded, numbered, acknowledged or repeated.
 *
 * An update is UPDATE_BYTES long. A datagram of any other size is a greeting, and is sent back.
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
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	UPDATE_BYTES = 32,
	DATAGRAM_UPDATES = 36, /* 1,152 bytes, about what our own relay fills */
	MEMBERS_MAX = 1024,
	BATCH = 256, /* datagrams of one recvmmsg */
	GATHER_MAX = 64 * DATAGRAM_UPDATES,
	SEND_BATCH = 64, /* datagrams of one sendmmsg */
	BUFFER_BYTES = 8 << 20,
	SECONDS_MAX = 3600,
};

static const int64_t ns_per_s = 1000000000;

struct fanout {
	int fd;
	struct sockaddr_in members[MEMBERS_MAX];
	unsigned member_count;
	uint16_t member_at_port[UINT16_MAX + 1]; /* 1 and up; 0: nobody */

	uint8_t updates[GATHER_MAX][UPDATE_BYTES];
	unsigned sender[GATHER_MAX];
	unsigned count; /* gathered since the last flush */

	struct mmsghdr out[SEND_BATCH];
	struct iovec parts[SEND_BATCH][DATAGRAM_UPDATES];
	unsigned out_count;
};

static struct fanout fanout; /* of some hundred KiB; one for the program */
static volatile sig_atomic_t is_stopping;

static void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ns_per_s + now.tv_nsec;
}

static void send_batch(struct fanout *f)
{
	unsigned done = 0;

	while (done < f->out_count) {
		int sent = sendmmsg(f->fd, f->out + done, f->out_count - done, 0);

		done += sent > 0 ? (unsigned)sent : 1; /* what is refused is lost */
	}
	f->out_count = 0;
}

/* One datagram: the updates from `first` to before `end` that are not the member's own. */
static void send_updates(struct fanout *f, unsigned member, unsigned first, unsigned end)
{
	struct iovec *parts = f->parts[f->out_count];
	unsigned count = 0;

	for (unsigned i = first; i < end; i++) {
		if (f->sender[i] == member)
			continue;
		if (count > 0 && (uint8_t *)parts[count - 1].iov_base + parts[count - 1].iov_len ==
					 f->updates[i])
			parts[count - 1].iov_len += UPDATE_BYTES;
		else
			parts[count++] = (struct iovec){ f->updates[i], UPDATE_BYTES };
	}
	if (count == 0)
		return;
	f->out[f->out_count++].msg_hdr = (struct msghdr){ .msg_name = &f->members[member],
							  .msg_namelen = sizeof(f->members[0]),
							  .msg_iov = parts,
							  .msg_iovlen = count };
	if (f->out_count == SEND_BATCH)
		send_batch(f);
}

static void flush(struct fanout *f)
{
	for (unsigned member = 0; member < f->member_count; member++) {
		for (unsigned first = 0; first < f->count; first += DATAGRAM_UPDATES) {
			unsigned end = first + DATAGRAM_UPDATES;

			send_updates(f, member, first, end < f->count ? end : f->count);
		}
	}
	send_batch(f);
	f->count = 0;
}

static void take(struct fanout *f, const uint8_t *data, size_t size, const struct sockaddr_in *from)
{
	uint16_t *member = &f->member_at_port[ntohs(from->sin_port)];

	if (*member == 0 && f->member_count < MEMBERS_MAX) {
		f->members[f->member_count++] = *from;
		*member = (uint16_t)f->member_count;
	}
	if (*member == 0)
		return;
	if (size != UPDATE_BYTES) {
		sendto(f->fd, data, size, 0, (const struct sockaddr *)from, sizeof(*from));
		return;
	}
	memcpy(f->updates[f->count], data, UPDATE_BYTES);
	f->sender[f->count++] = *member - 1U;
	if (f->count == GATHER_MAX)
		flush(f);
}

/* Takes what waits; false when nothing is left. */
static bool receive(struct fanout *f)
{
	static uint8_t data[BATCH][UPDATE_BYTES + 1];
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
	got = recvmmsg(f->fd, in, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		take(f, data[i], in[i].msg_len, &from[i]);
	return got == BATCH;
}

static void serve(struct fanout *f, int64_t flush_ns)
{
	struct pollfd pollfd = { .fd = f->fd, .events = POLLIN };
	int64_t next_ns = now_ns() + flush_ns;

	while (!is_stopping) {
		int64_t left_ns = flush_ns > 0 ? next_ns - now_ns() : ns_per_s;
		struct timespec wait = { left_ns / ns_per_s, left_ns % ns_per_s };

		if (left_ns > 0 && ppoll(&pollfd, 1, &wait, NULL) > 0)
			while (receive(f) && !is_stopping)
				continue;
		if (flush_ns > 0 && now_ns() < next_ns)
			continue;
		flush(f);
		while (flush_ns > 0 && next_ns <= now_ns())
			next_ns += flush_ns;
	}
}

static int open_socket(struct sockaddr_in *address)
{
	const int bytes = BUFFER_BYTES;
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &size) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return fd;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	int flush_us = 0, seconds = SECONDS_MAX, letter;
	struct sockaddr_in address;

	while ((letter = getopt(argc, argv, "f:s:")) != -1) {
		if (letter == 'f')
			flush_us = atoi(optarg);
		else
			seconds = letter == 's' ? atoi(optarg) : 0;
	}
	if (optind != argc || flush_us < 0 || flush_us > 1000000 || seconds < 1 ||
	    seconds > SECONDS_MAX) {
		fputs("usage: baseline-udp_fanout [-f FLUSH_US (0 to 1000000)] "
		      "[-s SECONDS (1 to 3600)]\n",
		      stderr);
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm((unsigned)seconds);
	fanout.fd = open_socket(&address);
	if (fanout.fd < 0) {
		fprintf(stderr, "baseline-udp_fanout: cannot open a socket: %s\n", strerror(errno));
		return 1;
	}
	printf("{\"listening\":{\"host\":\"127.0.0.1\",\"port\":%u}}\n", ntohs(address.sin_port));
	fflush(stdout);
	serve(&fanout, flush_us * INT64_C(1000));
	return 0;
}
