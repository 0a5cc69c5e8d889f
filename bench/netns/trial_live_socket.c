/*
 * Members of a live room over plain sockets: raw and redundant UDP, a TCP stream, HTTP. What they
 * carry are the datagrams of raw.h: in a stream with two bytes of length before each (big endian),
 * over HTTP as the body of a request, and with the length in a reply.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/netns/trial_live.h"
#include "bench/netns/tunnel.h"
#include "proto/net/udp/udp_clock.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	LENGTH_BYTES = 2,
	EVENT_BYTES = 32,
	EVENT_MARK = 0xff, /* no member of a trial has this number */
	HEAD_MAX_BYTES = 128,
	DATAGRAM_MAX_BYTES = 1500,
	BATCH = 64,
	BUFFER_BYTES = 4 << 20,
};

/* Of an update, without one, before a member polls for nothing but the others. */
#define IDLE_INTERVALS 1.5

static struct trial_socket *socket_of(const struct trial *trial, size_t member)
{
	return &trial->live->sockets[member];
}

static bool is_stream(const struct trial *trial)
{
	return trial->config->carrier >= TRIAL_TCP;
}

/* Sending. */

static void send_out(struct trial *trial, size_t member)
{
	struct trial_socket *line = socket_of(trial, member);
	ssize_t sent;

	if (line->out_size == 0 || !line->is_joined)
		return;
	sent = send(line->fd, line->out, line->out_size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			trial_live_fail(trial, "member %zu's connection broke: %s", member + 1,
					strerror(errno));
		return;
	}
	line->out_size -= (size_t)sent;
	memmove(line->out, line->out + sent, line->out_size);
}

/* What finds no room is not sent, and so lost. */
static bool add_out(struct trial_socket *line, const void *data, size_t size)
{
	if (size > TRIAL_LIVE_OUT_BYTES - line->out_size)
		return false;
	memcpy(line->out + line->out_size, data, size);
	line->out_size += size;
	return true;
}

static bool send_frame(struct trial *trial, size_t member, const uint8_t *data, size_t size)
{
	struct trial_socket *line = socket_of(trial, member);
	const uint8_t length[LENGTH_BYTES] = { (uint8_t)(size >> 8), (uint8_t)size };

	if (LENGTH_BYTES + size > TRIAL_LIVE_OUT_BYTES - line->out_size)
		return false;
	add_out(line, length, sizeof(length));
	add_out(line, data, size);
	send_out(trial, member);
	return true;
}

/* One request at a time; what was not sent by then has been replaced by what is newer. */
static void ask(struct trial *trial, size_t member)
{
	struct trial_socket *line = socket_of(trial, member);
	char head[HEAD_MAX_BYTES];
	int size;

	if (line->is_waiting || line->next_size == 0)
		return;
	size = snprintf(head, sizeof(head),
			"POST /members/%zu HTTP/1.1\r\nHost: relay\r\nContent-Length: %zu\r\n\r\n",
			member, line->next_size);
	add_out(line, head, (size_t)size);
	add_out(line, line->next, line->next_size);
	line->last_size = line->next_size;
	line->next_size = 0;
	line->is_waiting = true;
	line->asked_ns = udp_clock_ns();
	send_out(trial, member);
}

static void publish(struct trial *trial, size_t member, struct movement_place place)
{
	struct trial_socket *line = socket_of(trial, member);
	const struct raw_state state = trial_raw_state(trial, member, place);
	uint8_t data[RAW_DATAGRAM_MAX_BYTES];
	const size_t size = raw_encode(&trial->raw, member, &state, data);

	trial_live_note_send(trial, member);
	if (trial->config->carrier == TRIAL_HTTP) {
		memcpy(line->next, data, size);
		line->next_size = size;
		ask(trial, member);
	} else if (is_stream(trial)) {
		send_frame(trial, member, data, size);
	} else {
		send(line->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static void send_event(struct trial *trial, size_t member)
{
	static const uint8_t event[EVENT_BYTES] = { EVENT_MARK };

	if (trial->config->carrier != TRIAL_HTTP && is_stream(trial) &&
	    send_frame(trial, member, event, sizeof(event)))
		trial->actors[member].events_sent++;
}

/* Receiving. */

/*
 * Over HTTP, whatever a newer state leaves out was replaced before it was asked for: skipped, not
 * lost.
 */
static void tell_skipped(struct trial *trial, size_t receiver, size_t sender, uint32_t number)
{
	const struct delivery_log *receipts = &trial->receipts;
	const uint32_t next = receipts->streams[receiver * receipts->members + sender].window.next;

	if (number > next)
		delivery_log_skip(&trial->receipts, receiver, sender, number, number - next);
}

/* Each datagram is read on its own as it comes; what a stream held back, and since when, it does
 * not tell. */
static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number,
		     enum receive_news news)
{
	struct trial *trial = context;

	if (trial->config->carrier == TRIAL_HTTP && news == RECEIVE_NEWEST)
		tell_skipped(trial, receiver, sender, number);
	trial_hear_raw(trial, receiver, sender, number,
		       is_stream(trial) ? TRIAL_ARRIVED_UNKNOWN : TRIAL_ARRIVED_NOW);
}

static void hear(struct trial *trial, size_t member, const uint8_t *data, size_t size)
{
	if (size == EVENT_BYTES && data[0] == EVENT_MARK)
		trial->actors[member].events_heard++;
	else
		raw_hear(&trial->raw, member, data, size);
}

/* Whole frames; returns how many bytes they took. */
static size_t hear_frames(struct trial *trial, size_t member, const uint8_t *data, size_t size)
{
	size_t done = 0;

	while (size - done >= LENGTH_BYTES) {
		const size_t length = (size_t)data[done] << 8 | data[done + 1];

		if (length > RAW_DATAGRAM_MAX_BYTES) {
			trial_live_fail(trial, "the relay sent a frame of %zu bytes", length);
			break;
		}
		if (size - done - LENGTH_BYTES < length)
			break;
		hear(trial, member, data + done + LENGTH_BYTES, length);
		done += LENGTH_BYTES + length;
	}
	return done;
}

static size_t hear_replies(struct trial *trial, size_t member, const uint8_t *data, size_t size)
{
	size_t done = 0;
	struct http_reply reply;

	for (;;) {
		switch (http_reply_read(data + done, size - done, &reply)) {
		case HTTP_REPLY_WHOLE:
			break;
		case HTTP_REPLY_BROKEN:
			trial_live_fail(trial, "the HTTP relay's reply could not be read");
			return size;
		default:
			return done;
		}
		if (reply.status != 200)
			trial_live_fail(trial, "the HTTP relay replied with %u", reply.status);
		hear_frames(trial, member, reply.body, reply.body_bytes);
		done += reply.bytes;
		socket_of(trial, member)->is_waiting = false;
		ask(trial, member);
	}
}

static void receive_stream(struct trial *trial, size_t member)
{
	struct trial_socket *line = socket_of(trial, member);
	const ssize_t got = recv(line->fd, line->in + line->in_size,
				 sizeof(line->in) - line->in_size, MSG_DONTWAIT);
	size_t done;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		trial_live_fail(trial, "the relay has closed member %zu's connection", member + 1);
		return;
	}
	line->in_size += (size_t)got;
	done = trial->config->carrier == TRIAL_HTTP
		       ? hear_replies(trial, member, line->in, line->in_size)
		       : hear_frames(trial, member, line->in, line->in_size);
	line->in_size -= done;
	memmove(line->in, line->in + done, line->in_size);
}

static void receive_datagrams(struct trial *trial, size_t member)
{
	struct trial_socket *line = socket_of(trial, member);
	uint8_t data[DATAGRAM_MAX_BYTES];

	for (int i = 0; i < BATCH; i++) {
		const ssize_t size = recv(line->fd, data, sizeof(data), MSG_DONTWAIT);

		if (size <= 0)
			return;
		if (size == 1)
			line->is_joined = true;
		else
			raw_hear(&trial->raw, member, data, (size_t)size);
	}
}

/* The loop's hands. */

static int watch(const struct trial *trial, size_t member, short *events)
{
	const struct trial_socket *line = socket_of(trial, member);

	if (is_stream(trial) && (!line->is_joined || line->out_size > 0))
		*events |= POLLOUT;
	return line->fd;
}

/* Who has nothing new to say asks all the same, with what it said last. */
static int64_t wake_ns(const struct trial *trial, size_t member)
{
	const struct trial_socket *line = socket_of(trial, member);

	if (line->last_size == 0 || line->is_waiting)
		return INT64_MAX;
	return line->asked_ns + (int64_t)(IDLE_INTERVALS * 1e9 / trial->config->rate_hz);
}

static void ask_again(struct trial *trial, size_t member)
{
	struct trial_socket *line = socket_of(trial, member);

	if (wake_ns(trial, member) > udp_clock_ns())
		return;
	line->next_size = line->last_size;
	ask(trial, member);
}

/* A connection that is being made is writable once it is, or is not. */
static void finish_connecting(struct trial *trial, size_t member)
{
	struct trial_socket *line = socket_of(trial, member);
	socklen_t size = sizeof(int);
	int error = 0;

	if (!(trial->live->polls[member].revents & (POLLOUT | POLLERR | POLLHUP)))
		return;
	getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error != 0)
		trial_live_fail(trial, "member %zu cannot connect: %s", member + 1,
				strerror(error));
	else
		line->is_joined = true;
}

static void tend(struct trial *trial, size_t member)
{
	if (!is_stream(trial)) {
		receive_datagrams(trial, member);
		return;
	}
	if (!socket_of(trial, member)->is_joined) {
		finish_connecting(trial, member);
		return;
	}
	if (trial->live->polls[member].revents & ~POLLOUT)
		receive_stream(trial, member);
	ask_again(trial, member);
	send_out(trial, member);
}

static size_t joined(const struct trial *trial)
{
	size_t count = 0;

	for (size_t i = 0; i < trial->config->members; i++)
		count += socket_of(trial, i)->is_joined;
	return count;
}

static bool are_all_in(const struct trial *trial)
{
	return joined(trial) == trial->config->members;
}

/* A stream's connection is its greeting. */
static void greet(struct trial *trial)
{
	for (size_t i = 0; !is_stream(trial) && i < trial->config->members; i++)
		if (!socket_of(trial, i)->is_joined)
			send(socket_of(trial, i)->fd, "?", 1, MSG_DONTWAIT);
}

static const struct trial_hands hands = {
	.watch = watch,
	.wake_ns = wake_ns,
	.tend = tend,
	.are_all_in = are_all_in,
	.greet = greet,
};

static void run(struct trial *trial, int64_t until_ns)
{
	trial_live_run(trial, &hands, until_ns);
}

/* Joining. */

/* Where Nagle's rule is the model's, or not wanted, the socket does not follow it. */
/* Asks for buffers of BUFFER_BYTES each way, more than the limit where that is allowed. */
static void grow_buffers(int socket)
{
	const int bytes = BUFFER_BYTES;

	setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}

static bool open_one(struct trial *trial, size_t member)
{
	const struct trial_place *place = trial->config->place;
	const struct sockaddr_in own = { .sin_family = AF_INET,
					 .sin_addr.s_addr =
						 htonl(TUNNEL_MEMBER_HOSTS + (uint32_t)member) };
	struct trial_socket *line = socket_of(trial, member);
	const int type = is_stream(trial) ? SOCK_STREAM : SOCK_DGRAM, on = 1;

	line->fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (line->fd < 0)
		return false;
	if (!is_stream(trial))
		grow_buffers(line->fd);
	else if (trial->config->carrier != TRIAL_TCP)
		setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(line->fd, (const struct sockaddr *)&own, sizeof(own)) < 0)
		return false;
	return connect(line->fd, (const struct sockaddr *)&place->to, sizeof(place->to)) == 0 ||
	       errno == EINPROGRESS;
}

static bool open_sockets(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;
	const size_t states = config->carrier == TRIAL_REDUNDANT ? config->redundancy : 1;

	trial->live->sockets = calloc(config->members, sizeof(struct trial_socket));
	if (!trial->live->sockets || !raw_init_plain(&trial->raw, config->members, states,
						     config->payload_bytes, on_heard, trial)) {
		snprintf(error, TRIAL_ERROR_BYTES, "no memory for %zu members", config->members);
		return false;
	}
	for (size_t i = 0; i < config->members; i++)
		socket_of(trial, i)->fd = -1;
	for (size_t i = 0; i < config->members; i++) {
		if (open_one(trial, i))
			continue;
		snprintf(error, TRIAL_ERROR_BYTES, "cannot open member %zu's socket: %s", i + 1,
			 strerror(errno));
		return false;
	}
	return true;
}

static bool open_room(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const size_t members = trial->config->members;

	if (!trial_live_init(trial, error) || !open_sockets(trial, error))
		return false;
	if (trial_live_join(trial, &hands))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES,
		 "%zu of %zu members reached the relay within %d s; give a better line",
		 joined(trial), members, TRIAL_LIVE_JOIN_S);
	return false;
}

/* Counting. */

/* Datagrams that a socket had no room for. */
static uint64_t socket_drops(int socket)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

static void count(struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; !is_stream(trial) && i < trial->config->members; i++)
		result->check.conduct.own_drops += socket_drops(socket_of(trial, i)->fd);
}

static void close_room(struct trial *trial)
{
	if (!trial->live)
		return;
	for (size_t i = 0; trial->live->sockets && i < trial->config->members; i++)
		if (socket_of(trial, i)->fd > 0)
			close(socket_of(trial, i)->fd);
	free(trial->live->sockets);
	raw_fini(&trial->raw);
	trial_live_fini(trial);
}

const struct trial_way trial_live_socket = {
	TRIAL_LIVE_HOOKS, .open = open_room, .publish = publish,  .send_event = send_event,
	.run = run,       .count = count,    .close = close_room,
};
