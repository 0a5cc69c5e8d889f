/* A server for datagrams (UDP): answers whoever sends to it. server [PORT] */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Says which call failed and why, and ends the program. */
static void stop(const char *call)
{
	perror(call);
	exit(1);
}

int main(int argc, char **argv)
{
	/* An address: the IP 127.0.0.1 (this machine) and a port. Others must know the port. */
	struct sockaddr_in own = { .sin_family = AF_INET };
	/* On the network the high byte of a number goes first: htons and htonl see to it. */
	own.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 7000));
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

	/* An endpoint for datagrams; `fd` is its number in this program. */
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		stop("socket");
	/* From now on, datagrams for that address come to this socket. */
	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
		stop("bind");
	printf("waiting on port %d\n", ntohs(own.sin_port));
	fflush(stdout);

	for (;;) {
		struct sockaddr_in from;
		socklen_t from_size = sizeof(from);
		char data[1500];

		/* Waits for one whole datagram, and learns who sent it. */
		ssize_t size =
			recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &from_size);
		if (size < 0)
			stop("recvfrom");
		printf("from port %d: %.*s\n", ntohs(from.sin_port), (int)size, data);
		fflush(stdout);
		/* The answer goes to the sender's address, through the one socket. */
		if (sendto(fd, "welcome", 7, 0, (struct sockaddr *)&from, from_size) < 0)
			stop("sendto");
	}
}
