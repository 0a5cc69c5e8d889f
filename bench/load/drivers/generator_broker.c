/* What the lines to servers of other people have in common: one TCP connection for each member. */
#include "bench/load/drivers/generator_broker.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "bench/load/generator_internal.h"

const char *generator_broker_host(const struct generator *g)
{
	return g->config->host[0] != '\0' ? g->config->host : "127.0.0.1";
}

void generator_broker_traffic(struct generator *g, unsigned member,
			      struct generator_traffic *traffic)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);
	const int socket = g->driver->descriptor(g, member);

	/* Older kernels do not say. */
	if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	    size >= offsetof(struct tcp_info, tcpi_bytes_received) +
			    sizeof(info.tcpi_bytes_received))
		traffic->bytes += info.tcpi_bytes_received;
}
