#include "client/tour/chapters/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "client/tour/chapters/enet_party.h"
#include "client/tour/chapters/layer_fields.h"
#include "proto/enet/guard/datagram.h"

enum {
	FRAME_BYTES = 2048,
	FRAMES_MAX = 16, /* of others, ENet's own, before ours */
	CONTROL_BYTES = 256,
};

static void make_open(struct call *call, const struct call_request *request)
{
	const struct timeval wait = { .tv_usec = CALL_WAIT_MS * 1000 };

	(void)request;
	call_keep_name(call, "socket");
	call_keep_result(call, socket(AF_PACKET, SOCK_RAW, 0));
	call_keep_arguments(call, "AF_PACKET, SOCK_RAW, 0");
	call->fd = (int)call->result;
	/* As of the tour's other sockets: best effort. */
	if (call->fd >= 0)
		(void)setsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
}

struct call_request tap_open(void)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_open, .fd = -1 };
}

/* An IP header is of 20 bytes unless it has options, which ours have not. */
static void make_filter(struct call *call, const struct call_request *request)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + LAYER_IP_PROTOCOL_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETH_HLEN + LAYER_IP_BYTES + 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)request->number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	call_keep_name(call, "setsockopt");
	call_keep_result(call, setsockopt(request->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
					  sizeof(program)));
	call_keep_arguments(call, "%d, SOL_SOCKET, SO_ATTACH_FILTER, {UDP to port %d}", request->fd,
			    request->number);
}

struct call_request tap_filter(int fd, uint16_t port)
{
	return (struct call_request){
		.kind = CALL_OWN, .make = make_filter, .fd = fd, .number = port
	};
}

static void make_bind(struct call *call, const struct call_request *request)
{
	const struct sockaddr_ll address = { .sll_family = AF_PACKET,
					     .sll_protocol = htons(ETH_P_IP),
					     .sll_ifindex = (int)if_nametoindex("lo") };

	call_keep_name(call, "bind");
	call_keep_result(call,
			 bind(request->fd, (const struct sockaddr *)&address, sizeof(address)));
	call_keep_arguments(call, "%d, {device lo, protocol IP}", request->fd);
}

struct call_request tap_bind(int fd)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_bind, .fd = fd };
}

static bool is_ours(const uint8_t *frame, size_t size)
{
	struct datagram_unsequenced message;

	return size > LAYER_ALL_BYTES &&
	       datagram_read_unsequenced(&message, frame + LAYER_ALL_BYTES, size - LAYER_ALL_BYTES);
}

static void make_read(struct call *call, const struct call_request *request)
{
	static uint8_t frame[FRAME_BYTES];
	struct sockaddr_ll from = { 0 };
	char device[IF_NAMESIZE] = "?";
	ssize_t size = -1;

	call_keep_name(call, "recvfrom");
	for (int i = 0; i < FRAMES_MAX; i++) {
		socklen_t from_size = sizeof(from);

		size = recvfrom(request->fd, frame, sizeof(frame), 0, (struct sockaddr *)&from,
				&from_size);
		if (size < 0 || is_ours(frame, (size_t)size))
			break;
	}
	call_keep_result(call, size);
	if_indextoname((unsigned)from.sll_ifindex, device);
	call_keep_arguments(call, "%d, (%zd bytes), %d, 0, {device %s}", request->fd,
			    size < 0 ? 0 : size, FRAME_BYTES, device);
	if (size >= 0)
		call_keep_data(call, frame, (size_t)size);
}

struct call_request tap_read(int fd)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_read, .fd = fd };
}

static void make_ask(struct call *call, const struct call_request *request)
{
	const int on = 1;

	call_keep_name(call, "setsockopt");
	call_keep_result(call,
			 setsockopt(request->fd, IPPROTO_IP, request->number, &on, sizeof(on)));
	call_keep_arguments(call, "%d, IPPROTO_IP, %s, {1}", request->fd,
			    request->number == IP_RECVTTL ? "IP_RECVTTL" : "IP_PKTINFO");
	enet_party_hold();
}

struct call_request tap_ask(int fd, int what)
{
	return (struct call_request){
		.kind = CALL_OWN, .make = make_ask, .fd = fd, .number = what
	};
}

/* Whoever reads next does not look at what the kernel tells beside a datagram. Best effort. */
static void ask_no_more(int fd)
{
	const int off = 0;

	(void)setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &off, sizeof(off));
	(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &off, sizeof(off));
}

/* Reads what the kernel told beside the datagram. */
static void read_control(struct msghdr *message, int *ttl, struct in_addr *to)
{
	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
		struct in_pktinfo info;

		if (at->cmsg_level != IPPROTO_IP)
			continue;
		if (at->cmsg_type == IP_TTL)
			memcpy(ttl, CMSG_DATA(at), sizeof(*ttl));
		if (at->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(at), sizeof(info));
		*to = info.ipi_addr;
	}
}

static void make_peek(struct call *call, const struct call_request *request)
{
	_Alignas(struct cmsghdr) char control[CONTROL_BYTES];
	char data[CALL_DATA_BYTES], from[CALL_ADDRESS_TEXT_BYTES], to_text[INET_ADDRSTRLEN] = "";
	struct iovec part = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr message = { .msg_name = &call->address,
				  .msg_namelen = sizeof(call->address),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd wait = { .fd = request->fd, .events = POLLIN };
	struct in_addr to = { 0 };
	int ttl = 0;

	(void)poll(&wait, 1, CALL_WAIT_MS);
	call_keep_name(call, "recvmsg");
	call_keep_result(call, recvmsg(request->fd, &message, MSG_PEEK | MSG_DONTWAIT));
	if (call->error) {
		call_keep_arguments(call, "%d, nothing, MSG_PEEK", request->fd);
		return;
	}
	read_control(&message, &ttl, &to);
	call->value = ttl;
	call_keep_data(call, data, (size_t)call->result);
	inet_ntop(AF_INET, &to, to_text, sizeof(to_text));
	call_keep_arguments(call, "%d, {from %s to %s, TTL %d}, MSG_PEEK", request->fd,
			    call_address_text(&call->address, from), to_text, ttl);
	ask_no_more(request->fd);
}

struct call_request tap_peek(int fd)
{
	return (struct call_request){ .kind = CALL_OWN, .make = make_peek, .fd = fd };
}
