/* call_request: fills in requests for calls. */
#include "client/tour/call.h"

#include <string.h>

struct call_request call_socket(int type)
{
	return (struct call_request){ .kind = CALL_SOCKET, .fd = -1, .number = type };
}

struct call_request call_bind(int fd, struct sockaddr_in address)
{
	return (struct call_request){ .kind = CALL_BIND, .fd = fd, .address = address };
}

struct call_request call_connect(int fd, struct sockaddr_in address)
{
	return (struct call_request){ .kind = CALL_CONNECT, .fd = fd, .address = address };
}

struct call_request call_listen(int fd, int backlog)
{
	return (struct call_request){ .kind = CALL_LISTEN, .fd = fd, .number = backlog };
}

struct call_request call_accept(int fd)
{
	return (struct call_request){ .kind = CALL_ACCEPT, .fd = fd };
}

struct call_request call_close(int fd)
{
	return (struct call_request){ .kind = CALL_CLOSE, .fd = fd };
}

/* A request with data, cut where it is too long. */
static struct call_request with_text(enum call_kind kind, int fd, const char *text)
{
	struct call_request request = { .kind = kind, .fd = fd };

	request.size = strnlen(text, sizeof(request.data));
	memcpy(request.data, text, request.size);
	return request;
}

struct call_request call_sendto(int fd, const char *text, struct sockaddr_in to)
{
	struct call_request request = with_text(CALL_SENDTO, fd, text);

	request.address = to;
	return request;
}

struct call_request call_sendto_zeros(int fd, size_t size, struct sockaddr_in to)
{
	return (struct call_request){ .kind = CALL_SENDTO, .fd = fd, .size = size, .address = to };
}

struct call_request call_send(int fd, const char *text)
{
	return with_text(CALL_SEND, fd, text);
}

struct call_request call_write(int fd, const char *text)
{
	return with_text(CALL_WRITE, fd, text);
}

struct call_request call_recvfrom(int fd, size_t capacity, int flags)
{
	return (struct call_request){
		.kind = CALL_RECVFROM, .fd = fd, .size = capacity, .number = flags
	};
}

struct call_request call_recv(int fd, size_t capacity)
{
	return (struct call_request){ .kind = CALL_RECV, .fd = fd, .size = capacity };
}

struct call_request call_read(int fd, size_t capacity)
{
	return (struct call_request){ .kind = CALL_READ, .fd = fd, .size = capacity };
}

struct call_request call_poll(int fd, int timeout_ms)
{
	return (struct call_request){ .kind = CALL_POLL, .fd = fd, .number = timeout_ms };
}

struct call_request call_waiting(int fd, int wanted, unsigned limit_ms)
{
	return (struct call_request){
		.kind = CALL_WAITING, .fd = fd, .number = wanted, .size = limit_ms
	};
}

struct call_request call_queue(int fd)
{
	return (struct call_request){ .kind = CALL_QUEUE, .fd = fd };
}

struct call_request call_setuid(int id)
{
	return (struct call_request){ .kind = CALL_SETUID, .fd = -1, .number = id };
}

struct call_request call_drop(int fd, int size)
{
	return (struct call_request){ .kind = CALL_DROP, .fd = fd, .number = size };
}

struct call_request call_drop_none(int fd)
{
	return (struct call_request){ .kind = CALL_DROP_NONE, .fd = fd };
}
