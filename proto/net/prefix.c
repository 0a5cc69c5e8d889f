#include "proto/net/prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "proto/wire/text.h"

enum {
	CUSTOMER_BITS = 64, /* of an IPv6 address that stands alone */
	IPV4_AT = PREFIX_IPV4_BITS / 8,
	IPV4_OWN_BITS = PREFIX_BITS - PREFIX_IPV4_BITS,
	LENGTH_DIGITS_MAX = 3,
};

static const uint8_t mapped[IPV4_AT] = { [10] = 0xff, [11] = 0xff };

bool prefix_is_ipv4(const uint8_t address[PREFIX_BYTES])
{
	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

struct prefix prefix_of(const uint8_t address[PREFIX_BYTES], unsigned length)
{
	struct prefix prefix = { .length = (uint8_t)length };

	memcpy(prefix.bytes, address, length / 8);
	if (length % 8 > 0)
		prefix.bytes[length / 8] =
			(uint8_t)(address[length / 8] & 0xff << (8 - length % 8));
	return prefix;
}

static bool read_address(const char *text, uint8_t address[PREFIX_BYTES], bool *is_short)
{
	*is_short = inet_pton(AF_INET, text, address + IPV4_AT) == 1;
	if (*is_short)
		memcpy(address, mapped, sizeof(mapped));
	return *is_short || inet_pton(AF_INET6, text, address) == 1;
}

/* Digits alone, without a 0 before others. */
static bool read_length(const char *text, unsigned most, unsigned *length)
{
	const size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > LENGTH_DIGITS_MAX || text[digits] != '\0' ||
	    (digits > 1 && *text == '0'))
		return false;
	*length = 0;
	for (; *text != '\0'; text++)
		*length = 10 * *length + (unsigned)(*text - '0');
	return *length <= most;
}

bool prefix_read(const char *text, struct prefix *prefix, char error[PREFIX_ERROR_BYTES])
{
	const char *slash = strchr(text, '/');
	const size_t size = slash ? (size_t)(slash - text) : strlen(text);
	char figures[INET6_ADDRSTRLEN] = "";
	uint8_t address[PREFIX_BYTES];
	unsigned length, most;
	bool is_short;

	if (size < sizeof(figures))
		memcpy(figures, text, size);
	if (size >= sizeof(figures) || !read_address(figures, address, &is_short)) {
		snprintf(error, PREFIX_ERROR_BYTES,
			 "\"%s\" is no address; give one as 203.0.113.7, 203.0.113.0/24 or "
			 "2001:db8::/32",
			 text_short(text).text);
		return false;
	}
	most = is_short ? IPV4_OWN_BITS : PREFIX_BITS;
	length = is_short || prefix_is_ipv4(address) ? most : CUSTOMER_BITS;
	if (slash && !read_length(slash + 1, most, &length)) {
		snprintf(error, PREFIX_ERROR_BYTES,
			 "\"%s\" has no prefix length; give 0 to %u behind the /",
			 text_short(text).text, most);
		return false;
	}
	*prefix = prefix_of(address, is_short ? PREFIX_IPV4_BITS + length : length);
	return true;
}

void prefix_text(const struct prefix *prefix, char text[PREFIX_TEXT_BYTES])
{
	const bool is_ipv4 = prefix_is_ipv4(prefix->bytes) && prefix->length >= PREFIX_IPV4_BITS;
	char figures[INET6_ADDRSTRLEN];

	inet_ntop(is_ipv4 ? AF_INET : AF_INET6, prefix->bytes + (is_ipv4 ? IPV4_AT : 0), figures,
		  sizeof(figures));
	if (is_ipv4 && prefix->length == PREFIX_BITS)
		snprintf(text, PREFIX_TEXT_BYTES, "%s", figures);
	else
		snprintf(text, PREFIX_TEXT_BYTES, "%s/%u", figures,
			 is_ipv4 ? prefix->length - (unsigned)PREFIX_IPV4_BITS : prefix->length);
}
