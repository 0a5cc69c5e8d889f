/*
 * The floor to compare with: a fan-out over raw UDP that does nothing but recvmmsg and sendmmsg.
 * Who has sent a datagram is a member. What comes in is sent to each member in as few datagrams as
 * hold it, without what is its own: at once, or every -f microseconds. In between it sleeps, and
 * what comes waits in the kernel's queue: to wake for each datagram was two fifths of the whole at
 * 64 members and 60 flushes a second. Nothing is copied twice, encoded, numbered, acknowledged
 * or repeated.
 *
 * -g N puts members into groups of N in the order in which they came, and sends within the group
 * alone. -S sends one member's datagrams of one flush as one with UDP_SEGMENT (udp(7)), where there
 * are several: the kernel cuts it up again. All but the last are then filled to the same size.
 *
 * An update is UPDATE_BYTES long. A datagram of any other size is a greeting, and is sent back.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include "bench/servers/baseline/baseline.h"

enum {
	UPDATE_BYTES = 32,
	DATAGRAM_UPDATES = 36, /* 1,152 bytes, about what our own relay fills */
	MEMBERS_MAX = 4095,
	PLACES = 1 << 16,
	BATCH = 256, /* datagrams of one recvmmsg */
	GATHER_MAX = 64 * DATAGRAM_UPDATES,
	SEND_BATCH = 64,   /* messages of one sendmmsg */
	SEGMENTS_MAX = 52, /* datagrams of one message: their sum is below 64 KiB */
	PARTS_MAX = 1000,  /* of one message; the kernel takes 1,024 */
	NOTHING = GATHER_MAX,
	SLEEP_MAX_MS = 20, /* so that the kernel's queue holds what comes meanwhile */
	BUFFER_BYTES = 8 << 20,
};

static const int64_t ns_per_s = 1000000000;

struct fanout {
	int fd;
	struct sockaddr_in members[MEMBERS_MAX];
	unsigned member_count;
	uint16_t places[PLACES]; /* by address: a member's number from 1 on; 0: nobody's */

	uint8_t updates[GATHER_MAX][UPDATE_BYTES];
	unsigned sender[GATHER_MAX];
	unsigned count; /* gathered since the last flush */
	/* Those of one group, in the order in which they came. */
	unsigned next[GATHER_MAX], first[MEMBERS_MAX], last[MEMBERS_MAX];
	unsigned group_size;
	bool is_segmented;

	struct mmsghdr out[SEND_BATCH];
	struct iovec parts[SEND_BATCH][PARTS_MAX];
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
	} controls[SEND_BATCH];
	unsigned out_count;

	struct mmsghdr in[BATCH];
	struct iovec in_parts[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t in_data[BATCH][UPDATE_BYTES + 1];

	uint64_t datagrams_in, datagrams_out, calls_in, calls_out, calls_wait;
};

static struct fanout fanout; /* of some hundred KiB; one for the program */

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

		f->calls_out++;
		done += sent > 0 ? (unsigned)sent : 1; /* what is refused is lost */
	}
	f->out_count = 0;
}

static void set_segment(struct fanout *f, struct msghdr *header)
{
	const uint16_t bytes = DATAGRAM_UPDATES * UPDATE_BYTES;
	struct cmsghdr *control = &f->controls[f->out_count].header;

	header->msg_control = control;
	header->msg_controllen = sizeof(f->controls[0].bytes);
	control->cmsg_level = SOL_UDP;
	control->cmsg_type = UDP_SEGMENT;
	control->cmsg_len = CMSG_LEN(sizeof(bytes));
	memcpy(CMSG_DATA(control), &bytes, sizeof(bytes));
}

/* One message: `updates` updates in `count` parts of the next place. */
static void add_message(struct fanout *f, unsigned member, unsigned count, unsigned updates)
{
	struct msghdr *header = &f->out[f->out_count].msg_hdr;

	if (updates == 0)
		return;
	*header = (struct msghdr){ .msg_name = &f->members[member],
				   .msg_namelen = sizeof(f->members[0]),
				   .msg_iov = f->parts[f->out_count],
				   .msg_iovlen = count };
	if (updates > DATAGRAM_UPDATES)
		set_segment(f, header);
	f->datagrams_out += (updates + DATAGRAM_UPDATES - 1) / DATAGRAM_UPDATES;
	if (++f->out_count == SEND_BATCH)
		send_batch(f);
}

/* The updates gathered of the member's group, without its own. */
static void send_updates(struct fanout *f, unsigned member)
{
	const unsigned most = DATAGRAM_UPDATES * (f->is_segmented ? SEGMENTS_MAX : 1);
	unsigned count = 0, updates = 0;

	for (unsigned i = f->first[member / f->group_size]; i != NOTHING; i = f->next[i]) {
		struct iovec *parts = f->parts[f->out_count];

		if (f->sender[i] == member)
			continue;
		if (count > 0 && (uint8_t *)parts[count - 1].iov_base + parts[count - 1].iov_len ==
					 f->updates[i])
			parts[count - 1].iov_len += UPDATE_BYTES;
		else
			parts[count++] = (struct iovec){ f->updates[i], UPDATE_BYTES };
		if (++updates < most &&
		    (updates % DATAGRAM_UPDATES > 0 || count < PARTS_MAX - DATAGRAM_UPDATES))
			continue;
		add_message(f, member, count, updates);
		count = updates = 0;
	}
	add_message(f, member, count, updates);
}

static void forget_gathered(struct fanout *f)
{
	f->count = 0;
	for (unsigned group = 0; group * f->group_size < MEMBERS_MAX; group++)
		f->first[group] = NOTHING;
}

static void flush(struct fanout *f)
{
	if (f->count == 0)
		return;
	for (unsigned member = 0; member < f->member_count; member++)
		send_updates(f, member);
	send_batch(f);
	forget_gathered(f);
}

static void gather(struct fanout *f, unsigned member, const uint8_t *data)
{
	const unsigned group = member / f->group_size, i = f->count++;

	memcpy(f->updates[i], data, UPDATE_BYTES);
	f->sender[i] = member;
	f->next[i] = NOTHING;
	if (f->first[group] == NOTHING)
		f->first[group] = i;
	else
		f->next[f->last[group]] = i;
	f->last[group] = i;
	if (f->count == GATHER_MAX)
		flush(f);
}

/*
 * Where the number of whoever has this address stands, or is to stand. Neighbours in address or
 * port are neighbours here.
 */
static uint16_t *place_of(struct fanout *f, const struct sockaddr_in *from)
{
	uint16_t at = (uint16_t)(ntohl(from->sin_addr.s_addr) + ntohs(from->sin_port));

	while (f->places[at] != 0) {
		const struct sockaddr_in *there = &f->members[f->places[at] - 1];

		if (there->sin_addr.s_addr == from->sin_addr.s_addr &&
		    there->sin_port == from->sin_port)
			break;
		at++;
	}
	return &f->places[at];
}

static void take(struct fanout *f, const uint8_t *data, size_t size, const struct sockaddr_in *from)
{
	uint16_t *member = place_of(f, from);

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
	gather(f, *member - 1U, data);
}

static void open_batch(struct fanout *f)
{
	for (unsigned i = 0; i < BATCH; i++) {
		f->in_parts[i] = (struct iovec){ f->in_data[i], sizeof(f->in_data[i]) };
		f->in[i].msg_hdr = (struct msghdr){ .msg_name = &f->from[i],
						    .msg_namelen = sizeof(f->from[i]),
						    .msg_iov = &f->in_parts[i],
						    .msg_iovlen = 1 };
	}
}

/* Takes what waits; false when nothing is left. */
static bool receive(struct fanout *f)
{
	const int got = recvmmsg(f->fd, f->in, BATCH, MSG_DONTWAIT, NULL);

	f->calls_in++;
	f->datagrams_in += got > 0 ? (uint64_t)got : 0;
	for (int i = 0; i < got; i++) {
		take(f, f->in_data[i], f->in[i].msg_len, &f->from[i]);
		f->in[i].msg_hdr.msg_namelen = sizeof(f->from[i]);
	}
	return got == BATCH;
}

static void receive_all(struct fanout *f)
{
	while (receive(f) && !is_stopping)
		continue;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ ns / ns_per_s, ns % ns_per_s };
}

static void serve_at_once(struct fanout *f)
{
	struct pollfd pollfd = { .fd = f->fd, .events = POLLIN };
	const struct timespec wait = timespec_of(ns_per_s);

	while (!is_stopping) {
		f->calls_wait++;
		if (ppoll(&pollfd, 1, &wait, NULL) > 0)
			receive_all(f);
		flush(f);
	}
}

/* Sleeps until then, or so long as the kernel's queue can be left. */
static void rest(struct fanout *f, int64_t until_ns)
{
	const int64_t ns_per_ms = 1000000, most_ns = SLEEP_MAX_MS * ns_per_ms;
	const int64_t left_ns = until_ns - now_ns();
	const struct timespec wait = timespec_of(left_ns < most_ns ? left_ns : most_ns);

	if (left_ns <= 0)
		return;
	f->calls_wait++;
	ppoll(NULL, 0, &wait, NULL);
}

static void serve_in_turn(struct fanout *f, int64_t flush_ns)
{
	int64_t next_ns = now_ns() + flush_ns;

	while (!is_stopping) {
		rest(f, next_ns);
		receive_all(f);
		if (now_ns() < next_ns)
			continue;
		flush(f);
		while (next_ns <= now_ns())
			next_ns += flush_ns;
	}
}

int main(int argc, char **argv)
{
	int flush_us = 0, group = MEMBERS_MAX, seconds = SECONDS_MAX, letter;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	opterr = 0; /* it would repeat the letter, whatever that is */
	while ((letter = getopt(argc, argv, "f:g:s:S")) != -1) {
		if (letter == 'f')
			flush_us = atoi(optarg);
		else if (letter == 'g')
			group = atoi(optarg);
		else if (letter == 'S')
			fanout.is_segmented = true;
		else
			seconds = letter == 's' ? atoi(optarg) : 0;
	}
	if (optind != argc || flush_us < 0 || flush_us > 1000000 || group < 1 ||
	    group > MEMBERS_MAX || seconds < 1 || seconds > SECONDS_MAX) {
		fputs("usage: baseline-udp_fanout [-f FLUSH_US (0 to 1000000)] "
		      "[-g GROUP (1 to 4095)] [-s SECONDS (1 to 3600)] [-S]\n",
		      stderr);
		return 2;
	}
	stop_after(seconds);
	fanout.group_size = (unsigned)group;
	open_batch(&fanout);
	forget_gathered(&fanout);
	fanout.fd = open_udp(&address, BUFFER_BYTES);
	if (fanout.fd < 0) {
		fprintf(stderr, "baseline-udp_fanout: cannot open a socket: %s\n", strerror(errno));
		return 1;
	}
	say_listening(&address);
	if (flush_us > 0)
		serve_in_turn(&fanout, flush_us * INT64_C(1000));
	else
		serve_at_once(&fanout);
	printf("{\"network\":{\"datagrams_in\":%" PRIu64 ",\"datagrams_out\":%" PRIu64
	       ",\"calls_in\":%" PRIu64 ",\"calls_out\":%" PRIu64 ",\"calls_wait\":%" PRIu64 "}}\n",
	       fanout.datagrams_in, fanout.datagrams_out, fanout.calls_in, fanout.calls_out,
	       fanout.calls_wait);
	return 0;
}
