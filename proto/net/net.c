#include "proto/net/net.h"

#include <stdatomic.h>

#include "proto/net/udp/udp.h"

/* ENet's functions carry no context, so these two choices live at file scope. */
static _Atomic(struct net *) process_net;
static _Thread_local struct net *thread_net;

struct net *net_current(void)
{
	struct net *net = thread_net;

	if (net)
		return net;
	net = atomic_load_explicit(&process_net, memory_order_acquire);
	return net ? net : udp_net();
}

void net_use(struct net *net)
{
	atomic_store_explicit(&process_net, net, memory_order_release);
}

void net_use_thread(struct net *net)
{
	thread_net = net;
}

struct net *net_thread(void)
{
	return thread_net;
}

int64_t net_now_ns(void)
{
	struct net *net = net_current();

	return net->now_ns(net);
}

int64_t net_thread_cpu_ns(void)
{
	struct net *net = net_current();

	return net->thread_cpu_ns ? net->thread_cpu_ns(net) : 0;
}

int64_t net_next_ns(struct net *net, int socket)
{
	return net->next_ns ? net->next_ns(net, socket) : INT64_MAX;
}

int64_t net_arrived_ns(struct net *net, int socket)
{
	return net->arrived_ns ? net->arrived_ns(net, socket) : net->now_ns(net);
}

const uint8_t *net_peek(struct net *net, int socket, unsigned steps, size_t *bytes)
{
	return net->peek ? net->peek(net, socket, steps, bytes) : NULL;
}

uint64_t net_network(struct net *net, const struct net_address *address)
{
	return net->network ? net->network(net, address) : address->host;
}
