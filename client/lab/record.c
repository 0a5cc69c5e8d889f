#include "client/lab/record.h"

#include <errno.h>
#include <sys/socket.h>

#include "proto/net/udp/udp_clock.h"

enum {
	BUFFER_BYTES = 4 << 20, /* seconds of records; the system may grant less */
};

int lab_record_open(int sockets[2])
{
	const int bytes = BUFFER_BYTES;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) < 0)
		return -errno;
	setsockopt(sockets[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

void lab_record_send(int socket, struct lab_record *record)
{
	if (record->at_ns == 0)
		record->at_ns = udp_clock_ns();
	(void)send(socket, record, sizeof(*record), MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool lab_record_take(int socket, struct lab_record *record)
{
	return recv(socket, record, sizeof(*record), MSG_DONTWAIT) == sizeof(*record);
}
