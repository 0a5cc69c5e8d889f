/* A server for streams (TCP): takes one client after another. server [PORT] */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
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
	struct sockaddr_in own = { .sin_family = AF_INET };
	own.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 7000));
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

	/* The parent: it waits for connections and carries no data itself. */
	int parent = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	if (parent < 0)
		stop("socket");
	/* Lets a server that was stopped start again on its port at once. */
	if (setsockopt(parent, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		stop("setsockopt");
	if (bind(parent, (struct sockaddr *)&own, sizeof(own)) < 0)
		stop("bind");
	/* Up to 4 connections queue until accept takes them. */
	if (listen(parent, 4) < 0)
		stop("listen");
	printf("waiting on port %d\n", ntohs(own.sin_port));
	fflush(stdout);

	for (;;) {
		/* The child: a socket for this one client. The parent goes on listening. */
		int child = accept(parent, NULL, NULL);
		if (child < 0)
			stop("accept");
		char data[1500];
		ssize_t size;
		/* A stream has no messages: read gives what is there, and 0 at its end. */
		while ((size = read(child, data, sizeof(data))) > 0) {
			printf("%.*s\n", (int)size, data);
			fflush(stdout);
			if (write(child, "welcome", 7) < 0)
				break;
		}
		close(child);
	}
}
