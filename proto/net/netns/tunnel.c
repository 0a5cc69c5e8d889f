#include "proto/net/netns/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/wire/cursor.h"

enum {
	IPV4_HEADER_BYTES = 20,
	UDP_HEADER_BYTES = 8,
	TCP_HEADER_BYTES = 20,
	TCP_BEFORE_OFFSET_BYTES = 12,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	ADDRESSES_MAX = 4096, /* as many as a label has digits for */
};

/* Devices. */

/* Up, the device runs; on the loopback it is what makes 127.0.0.1 be there. */
static int bring_up(int control, const char *device)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	if (ioctl(control, SIOCGIFFLAGS, &request) < 0)
		return -1;
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	return ioctl(control, SIOCSIFFLAGS, &request);
}

/* A device like this is point to point and leads nowhere until the mask says what is behind it. */
static int set_mask(int control)
{
	const struct sockaddr_in mask = { .sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(IN_CLASSB_NET) };
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", TUNNEL_DEVICE);
	memcpy(&request.ifr_netmask, &mask, sizeof(mask));
	return ioctl(control, SIOCSIFNETMASK, &request);
}

/* All but the first by a label, as the ioctl wants it. */
static int add_addresses(int control, uint32_t host, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sockaddr_in address = { .sin_family = AF_INET,
					       .sin_addr.s_addr = htonl(host + (uint32_t)i) };
		struct ifreq request = { 0 };

		if (i == 0)
			snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", TUNNEL_DEVICE);
		else
			snprintf(request.ifr_name, sizeof(request.ifr_name), "%s:%u", TUNNEL_DEVICE,
				 (unsigned)(i % ADDRESSES_MAX));
		memcpy(&request.ifr_addr, &address, sizeof(address));
		if (ioctl(control, SIOCSIFADDR, &request) < 0)
			return -1;
	}
	return 0;
}

static int set_mtu(int control)
{
	struct ifreq request = { .ifr_mtu = TUNNEL_MTU_BYTES };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", TUNNEL_DEVICE);
	return ioctl(control, SIOCSIFMTU, &request);
}

static int configure(uint32_t host, size_t count)
{
	const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = -1;

	if (control < 0)
		return -1;
	if (set_mtu(control) == 0 && add_addresses(control, host, count) == 0 &&
	    set_mask(control) == 0 && bring_up(control, TUNNEL_DEVICE) == 0)
		result = bring_up(control, "lo");
	close(control);
	return result;
}

int tunnel_open(uint32_t host, size_t count, char error[static TUNNEL_ERROR_BYTES])
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	const int tunnel = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (tunnel < 0) {
		snprintf(error, TUNNEL_ERROR_BYTES,
			 "cannot open /dev/net/tun: %s; load the kernel's module tun (modprobe "
			 "tun), or let this user open it",
			 strerror(errno));
		return -1;
	}
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", TUNNEL_DEVICE);
	if (ioctl(tunnel, TUNSETIFF, &request) == 0 && configure(host, count) == 0)
		return tunnel;
	snprintf(error, TUNNEL_ERROR_BYTES, "cannot make the device %s in a network namespace: %s",
		 TUNNEL_DEVICE, strerror(errno));
	close(tunnel);
	return -1;
}

/* The 4th figure of each way: bytes packets errs drop, 8 of them in, then those out. */
uint64_t tunnel_drops(void)
{
	FILE *file = fopen("/proc/thread-self/net/dev", "re");
	unsigned long long in = 0, out = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, TUNNEL_DEVICE ":");

		if (at &&
		    sscanf(at + sizeof(TUNNEL_DEVICE),
			   "%*u %*u %*u %llu %*u %*u %*u %*u %*u %*u %*u %llu", &in, &out) == 2)
			break;
	}
	if (file)
		fclose(file);
	return in + out;
}

/* Packets. */

/* Network byte order, which the cursor's own integers are not in. */
static uint32_t read_number(struct cursor_reader *reader, size_t size)
{
	const uint8_t *bytes = cursor_read_bytes(reader, size);
	uint32_t number = 0;

	for (size_t i = 0; bytes && i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* Which member has this address; SIZE_MAX: none. */
static size_t member_at(uint32_t host, size_t members)
{
	const uint32_t index = host - TUNNEL_MEMBER_HOSTS;

	return index < members ? index : SIZE_MAX;
}

/* The bytes behind the header of the transport; 0 when that is broken or unknown. */
static size_t payload_of(struct cursor_reader *reader, uint8_t protocol)
{
	const size_t left = cursor_left(reader);
	size_t header = UDP_HEADER_BYTES;

	if (protocol == PROTOCOL_TCP) {
		cursor_read_bytes(reader, TCP_BEFORE_OFFSET_BYTES);
		header = (size_t)(cursor_read_u8(reader) >> 4) * 4;
		if (reader->error != WIRE_OK || header < TCP_HEADER_BYTES)
			return 0;
	} else if (protocol != PROTOCOL_UDP) {
		return 0;
	}
	return left > header ? left - header : 0;
}

bool tunnel_read(const uint8_t *data, size_t size, size_t members, struct tunnel_packet *packet)
{
	struct cursor_reader reader = cursor_reader_init(data, size);
	const uint8_t version = cursor_read_u8(&reader);
	const size_t header = (size_t)(version & 0xf) * 4;
	uint8_t protocol;
	uint32_t length, from, to;

	cursor_read_bytes(&reader, 1);
	length = read_number(&reader, 2);
	cursor_read_bytes(&reader, 5);
	protocol = cursor_read_u8(&reader);
	cursor_read_bytes(&reader, 2);
	from = read_number(&reader, 4);
	to = read_number(&reader, 4);
	if (reader.error != WIRE_OK || version >> 4 != 4 || header < IPV4_HEADER_BYTES ||
	    length != size || size > TUNNEL_MTU_BYTES || header > size)
		return false;
	*packet = (struct tunnel_packet){ .is_up = to == TUNNEL_RELAY_HOST,
					  .member = member_at(to == TUNNEL_RELAY_HOST ? from : to,
							      members) };
	if (packet->member == SIZE_MAX || (!packet->is_up && from != TUNNEL_RELAY_HOST))
		return false;
	cursor_read_bytes(&reader, header - IPV4_HEADER_BYTES);
	packet->is_stream = protocol == PROTOCOL_TCP;
	packet->payload_bytes = payload_of(&reader, protocol);
	return true;
}
