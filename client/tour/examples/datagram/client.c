/* A client for datagrams (UDP): sends one, and waits for the answer. client [PORT [TEXT]] */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Says which call failed and why, and ends the program. */
static void stop(const char *call)
{
	perror(call);
	exit(1);
}

int main(int argc, char **argv)
{
	const char *text = argc > 2 ? argv[2] : "hello, flock";
	/* The server's address: the IP 127.0.0.1 (this machine) and the server's port. */
	struct sockaddr_in server = { .sin_family = AF_INET };
	server.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 7000));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		stop("socket");
	/* A datagram may be lost, and so may the answer: wait for two seconds, not for ever. */
	struct timeval two_seconds = { .tv_sec = 2 };
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &two_seconds, sizeof(two_seconds)) < 0)
		stop("setsockopt");

	/* No bind: with the first datagram the kernel gives this socket a free port. */
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&server, sizeof(server)) < 0)
		stop("sendto");
	char data[1500];
	/* One datagram, whole. Who sent it does not matter here: NULL. */
	ssize_t size = recvfrom(fd, data, sizeof(data), 0, NULL, NULL);
	if (size < 0)
		stop("recvfrom");
	printf("answer: %.*s\n", (int)size, data);
	close(fd);
	return 0;
}
