#include "client/tour/call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	SHOWN_DATA_MAX_BYTES = 40, /* longer data are shown by their size */
};

struct sockaddr_in call_loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

const char *call_address_text(const struct sockaddr_in *address,
			      char text[static CALL_ADDRESS_TEXT_BYTES])
{
	char host[INET_ADDRSTRLEN];

	if (!inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host)))
		host[0] = '\0';
	snprintf(text, CALL_ADDRESS_TEXT_BYTES, "{%s, port %u}", host,
		 (unsigned)ntohs(address->sin_port));
	return text;
}

const char *call_error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "unknown";
}

bool call_sends(const struct call *call)
{
	return call->kind == CALL_SENDTO || call->kind == CALL_SEND || call->kind == CALL_WRITE;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void call_keep_name(struct call *call, const char *name)
{
	snprintf(call->name, sizeof(call->name), "%s", name);
}

void call_keep_result(struct call *call, long result)
{
	/* errno comes first, before anything else can set it. */
	call->error = result == -1 ? errno : 0;
	call->result = result;
	call->end_ns = now_ns();
}

void call_keep_arguments(struct call *call, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(call->arguments, sizeof(call->arguments), format, list);
	va_end(list);
}

/* Writes data, printable ASCII but for line ends, as C does. False: `text` has no room for it. */
static bool write_text(const char *data, size_t size, char text[static 64])
{
	size_t used = 0;

	text[used++] = '"';
	for (size_t i = 0; i < size; i++) {
		if (used + 4 > 64)
			return false;
		if (data[i] == '\r' || data[i] == '\n') {
			text[used++] = '\\';
			text[used++] = data[i] == '\r' ? 'r' : 'n';
		} else {
			text[used++] = data[i];
		}
	}
	text[used++] = '"';
	text[used] = '\0';
	return true;
}

void call_keep_data(struct call *call, const void *data, size_t size)
{
	call->size = size < CALL_DATA_BYTES ? size : CALL_DATA_BYTES;
	memcpy(call->data, data, call->size);
}

/* Keeps the first bytes, and writes them as an argument. */
static const char *keep_data(struct call *call, const char *data, long size, char text[static 64])
{
	if (size < 0)
		return "nothing";
	call_keep_data(call, data, (size_t)size);
	if (size > SHOWN_DATA_MAX_BYTES || !write_text(data, (size_t)size, text))
		snprintf(text, 64, "(%ld bytes)", size);
	return text;
}

static void make_socket(struct call *call, const struct call_request *request)
{
	const struct timeval wait = { .tv_usec = CALL_WAIT_MS * 1000 };

	call_keep_result(call, socket(AF_INET, request->number, 0));
	call_keep_arguments(call, "AF_INET, %s, 0",
			    request->number == SOCK_DGRAM ? "SOCK_DGRAM" : "SOCK_STREAM");
	call->fd = (int)call->result;
	/* Best effort: without it a call may wait for a datagram that never comes. */
	if (call->fd >= 0)
		(void)setsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
}

static void make_bind(struct call *call, const struct call_request *request)
{
	const struct sockaddr *address = (const struct sockaddr *)&request->address;
	char text[CALL_ADDRESS_TEXT_BYTES];

	if (request->kind == CALL_BIND)
		call_keep_result(call, bind(request->fd, address, sizeof(request->address)));
	else
		call_keep_result(call, connect(request->fd, address, sizeof(request->address)));
	call_keep_arguments(call, "%d, %s", request->fd,
			    call_address_text(&request->address, text));
}

static void make_accept(struct call *call, const struct call_request *request)
{
	socklen_t size = sizeof(call->address);
	char text[CALL_ADDRESS_TEXT_BYTES];

	call_keep_result(call, accept(request->fd, (struct sockaddr *)&call->address, &size));
	call_keep_arguments(call, "%d, %s", request->fd,
			    call->error ? "nobody" : call_address_text(&call->address, text));
	if (!call->error)
		call->fd = (int)call->result;
}

static void make_listen(struct call *call, const struct call_request *request)
{
	call_keep_result(call, listen(request->fd, request->number));
	call_keep_arguments(call, "%d, %d", request->fd, request->number);
}

static void make_close(struct call *call, const struct call_request *request)
{
	call_keep_result(call, close(request->fd));
	call_keep_arguments(call, "%d", request->fd);
}

static void make_send(struct call *call, const struct call_request *request)
{
	static const char zeros[CALL_LONGEST_BYTES + 1];
	const char *data = request->size > CALL_DATA_BYTES ? zeros : request->data;
	const struct sockaddr *to = (const struct sockaddr *)&request->address;
	char text[CALL_ADDRESS_TEXT_BYTES], shown[64];

	keep_data(call, data, (long)request->size, shown);
	if (request->kind == CALL_SENDTO) {
		call_keep_result(call, sendto(request->fd, data, request->size, 0, to,
					      sizeof(request->address)));
		call_keep_arguments(call, "%d, %s, %zu, 0, %s", request->fd, shown, request->size,
				    call_address_text(&request->address, text));
		return;
	}
	if (request->kind == CALL_SEND)
		call_keep_result(call, send(request->fd, data, request->size, 0));
	else
		call_keep_result(call, write(request->fd, data, request->size));
	call_keep_arguments(call, "%d, %s, %zu%s", request->fd, shown, request->size,
			    request->kind == CALL_SEND ? ", 0" : "");
}

static void make_recvfrom(struct call *call, const struct call_request *request, char *data)
{
	socklen_t size = sizeof(call->address);
	char text[CALL_ADDRESS_TEXT_BYTES], shown[64];
	long stored;

	call_keep_result(call, recvfrom(request->fd, data, request->size, request->number,
					(struct sockaddr *)&call->address, &size));
	/* MSG_TRUNC makes the result the datagram's own size. */
	stored = call->result < (long)request->size ? call->result : (long)request->size;
	call_keep_arguments(call, "%d, %s, %zu, %s, %s", request->fd,
			    keep_data(call, data, stored, shown), request->size,
			    request->number == MSG_TRUNC ? "MSG_TRUNC" : "0",
			    call->error ? "nobody" : call_address_text(&call->address, text));
}

static void make_receive(struct call *call, const struct call_request *request)
{
	static char data[CALL_LONGEST_BYTES + 1];
	char shown[64];

	if (request->kind == CALL_RECVFROM) {
		make_recvfrom(call, request, data);
		return;
	}
	if (request->kind == CALL_RECV)
		call_keep_result(call, recv(request->fd, data, request->size, 0));
	else
		call_keep_result(call, read(request->fd, data, request->size));
	call_keep_arguments(call, "%d, %s, %zu%s", request->fd,
			    keep_data(call, data, call->result, shown), request->size,
			    request->kind == CALL_RECV ? ", 0" : "");
}

static void make_poll(struct call *call, const struct call_request *request)
{
	struct pollfd wait = { .fd = request->fd, .events = POLLIN };

	call_keep_result(call, poll(&wait, 1, request->number));
	call_keep_arguments(call, "{%d, POLLIN}, 1, %d ms", request->fd, request->number);
}

static void make_waiting(struct call *call, const struct call_request *request)
{
	const int64_t end_ns = now_ns() + (int64_t)request->size * 1000000;
	int waiting = 0;

	call_keep_result(call, ioctl(request->fd, FIONREAD, &waiting));
	while (!call->error && waiting < request->number && call->end_ns < end_ns) {
		poll(NULL, 0, 1);
		call_keep_result(call, ioctl(request->fd, FIONREAD, &waiting));
	}
	call->value = waiting;
	call_keep_arguments(call, "%d, FIONREAD, {%d}", request->fd, waiting);
}

/* A listening socket's queue: Linux tells its length as `tcpi_unacked`. */
static void make_queue(struct call *call, const struct call_request *request)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	call_keep_result(call, getsockopt(request->fd, IPPROTO_TCP, TCP_INFO, &info, &size));
	call->value = (long)info.tcpi_unacked;
	call_keep_arguments(call, "%d, IPPROTO_TCP, TCP_INFO, {%ld of %u wait}", request->fd,
			    call->value, info.tcpi_sacked);
}

static void make_setuid(struct call *call, const struct call_request *request)
{
	call_keep_result(call, setuid((uid_t)request->number));
	call_keep_arguments(call, "%d", request->number);
}

/* A filter of the receiving socket sees a segment from its TCP header on. */
static void make_drop(struct call *call, const struct call_request *request)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12), /* the header's length, in words */
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3c),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)request->number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };
	int none = 0;

	if (request->kind == CALL_DROP) {
		call_keep_result(call, setsockopt(request->fd, SOL_SOCKET, SO_ATTACH_FILTER,
						  &program, sizeof(program)));
		call_keep_arguments(call,
				    "%d, SOL_SOCKET, SO_ATTACH_FILTER, {drop what has %d bytes}",
				    request->fd, request->number);
		return;
	}
	call_keep_result(
		call, setsockopt(request->fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)));
	call_keep_arguments(call, "%d, SOL_SOCKET, SO_DETACH_FILTER", request->fd);
}

/* Asks the kernel for the socket's state. */
static void keep_state(struct call *call)
{
	socklen_t size = sizeof(call->local);
	int value = 0;

	if (getsockname(call->fd, (struct sockaddr *)&call->local, &size) < 0) {
		call->fd = -1;
		return;
	}
	if (call->local.sin_family != AF_INET)
		call->local = (struct sockaddr_in){ 0 };
	size = sizeof(call->peer);
	if (getpeername(call->fd, (struct sockaddr *)&call->peer, &size) < 0)
		call->peer = (struct sockaddr_in){ 0 };
	size = sizeof(value);
	if (getsockopt(call->fd, SOL_SOCKET, SO_TYPE, &value, &size) == 0)
		call->type = value;
	if (getsockopt(call->fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0)
		call->is_listening = value != 0;
}

static const struct {
	const char *name;
	void (*make)(struct call *call, const struct call_request *request);
} kinds[] = {
	[CALL_SOCKET] = { "socket", make_socket },   [CALL_BIND] = { "bind", make_bind },
	[CALL_CONNECT] = { "connect", make_bind },   [CALL_LISTEN] = { "listen", make_listen },
	[CALL_ACCEPT] = { "accept", make_accept },   [CALL_CLOSE] = { "close", make_close },
	[CALL_SENDTO] = { "sendto", make_send },     [CALL_SEND] = { "send", make_send },
	[CALL_WRITE] = { "write", make_send },       [CALL_RECVFROM] = { "recvfrom", make_receive },
	[CALL_RECV] = { "recv", make_receive },      [CALL_READ] = { "read", make_receive },
	[CALL_POLL] = { "poll", make_poll },         [CALL_WAITING] = { "ioctl", make_waiting },
	[CALL_QUEUE] = { "getsockopt", make_queue }, [CALL_SETUID] = { "setuid", make_setuid },
	[CALL_DROP] = { "setsockopt", make_drop },   [CALL_DROP_NONE] = { "setsockopt", make_drop },
};

struct call call_make(const struct call_request *request)
{
	struct call call = { .kind = request->kind,
			     .fd = request->fd,
			     .address = request->address,
			     .begin_ns = now_ns() };

	if (request->kind == CALL_OWN) {
		request->make(&call, request);
	} else {
		call_keep_name(&call, kinds[request->kind].name);
		kinds[request->kind].make(&call, request);
	}
	keep_state(&call);
	return call;
}
