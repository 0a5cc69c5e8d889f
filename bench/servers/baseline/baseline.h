/*
 * baseline: what the plain relays have around their relaying: where they listen, and when they end.
 * No message goes through here. Each is a program of its own that includes this once.
 */
#ifndef STARLING_BENCH_BASELINE_BASELINE_H
#define STARLING_BENCH_BASELINE_BASELINE_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SECONDS_MAX = 3600,
};

struct options {
	struct sockaddr_in address; /* -a; 127.0.0.1, and a free port */
	int seconds;                /* -s, 1 to SECONDS_MAX, which it is without */
	bool is_nodelay;            /* -n, where `letters` has it */
};

static volatile sig_atomic_t is_stopping;

/* False: misuse. */
static inline bool read_options(int argc, char **argv, const char *letters, struct options *options)
{
	const char *host = "127.0.0.1";
	int letter;

	*options = (struct options){ .address.sin_family = AF_INET, .seconds = SECONDS_MAX };
	opterr = 0; /* it would repeat the letter, whatever that is */
	while ((letter = getopt(argc, argv, letters)) != -1) {
		if (letter == 'a')
			host = optarg;
		else if (letter == 'n')
			options->is_nodelay = true;
		else
			options->seconds = letter == 's' ? atoi(optarg) : 0;
	}
	return optind == argc && options->seconds >= 1 && options->seconds <= SECONDS_MAX &&
	       inet_pton(AF_INET, host, &options->address.sin_addr) == 1;
}

static inline void stop(int signal)
{
	(void)signal;
	is_stopping = 1;
}

/* A signal to end sets is_stopping, and so does the end of this time. */
static inline void stop_after(int seconds)
{
	const struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm((unsigned)seconds);
}

/* A socket at the address, whose port is filled in; -1 with errno. */
static inline int open_at(struct sockaddr_in *address, int type)
{
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &size) < 0)
		return -1;
	return fd;
}

/* A socket for datagrams, with buffers of so many bytes each way, or what the kernel grants. */
static inline int open_udp(struct sockaddr_in *address, int bytes)
{
	const int fd = open_at(address, SOCK_DGRAM);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return fd;
}

static inline void say_listening(const struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host));
	printf("{\"listening\":{\"host\":\"%s\",\"port\":%u}}\n", host, ntohs(address->sin_port));
	fflush(stdout);
}

#endif
