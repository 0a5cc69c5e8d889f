/* A client for streams (TCP): connects, writes, and reads the answer. client [PORT [TEXT]] */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Says which call failed and why, and ends the program. */
static void stop(const char *call)
{
	perror(call);
	exit(1);
}

int main(int argc, char **argv)
{
	const char *text = argc > 2 ? argv[2] : "hello, server";
	struct sockaddr_in server = { .sin_family = AF_INET };
	server.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 7000));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		stop("socket");
	/* The client initiates: three packets go to and fro before connect returns. */
	if (connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0)
		stop("connect");
	/* No address any more: the connection has it. */
	if (write(fd, text, strlen(text)) < 0)
		stop("write");
	char data[1500];
	/* The answer is short, so one read gets it; a long one takes several. */
	ssize_t size = read(fd, data, sizeof(data));
	if (size < 0)
		stop("read");
	printf("answer: %.*s\n", (int)size, data);
	/* The server's next read gives 0: the end of the stream. */
	close(fd);
	return 0;
}
