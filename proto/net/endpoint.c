#include "proto/net/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"

/* The host, and the port's text after its colon; NULL: there is none. */
struct parts {
	const char *host, *port;
	size_t host_bytes;
};

static bool split_brackets(struct parts *parts, const char *text)
{
	const char *end = strchr(text, ']');

	if (!end || (end[1] != '\0' && end[1] != ':'))
		return false;
	parts->host = text + 1;
	parts->host_bytes = (size_t)(end - parts->host);
	parts->port = end[1] == ':' ? end + 2 : NULL;
	/* Brackets are for addresses with colons. */
	return memchr(parts->host, ':', parts->host_bytes) != NULL;
}

/* Digits only: no host has such a name. */
static bool is_port(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool split(struct parts *parts, const char *text)
{
	const char *colon = strchr(text, ':');

	if (text[0] == '[')
		return split_brackets(parts, text);
	if (is_port(text[0] == ':' ? text + 1 : text)) {
		*parts = (struct parts){ .host = ENDPOINT_HOST,
					 .host_bytes = strlen(ENDPOINT_HOST),
					 .port = text[0] == ':' ? text + 1 : text };
		return true;
	}
	*parts = (struct parts){ .host = text, .host_bytes = strlen(text) };
	if (colon && !strchr(colon + 1, ':')) {
		parts->host_bytes = (size_t)(colon - text);
		parts->port = colon + 1;
	}
	return true;
}

static bool read_port(const char *text, uint16_t *port)
{
	unsigned long value;

	if (!is_port(text) || strlen(text) > 5)
		return false;
	value = strtoul(text, NULL, 10);
	*port = (uint16_t)value;
	return value <= UINT16_MAX;
}

bool endpoint_parse(struct endpoint *endpoint, const char *text, uint16_t default_port,
		    char error[static ENDPOINT_ERROR_BYTES])
{
	struct parts parts = { 0 };
	uint16_t port = default_port;

	error[0] = '\0';
	if (!split(&parts, text) || parts.host_bytes == 0 ||
	    memchr(parts.host, '[', parts.host_bytes) ||
	    memchr(parts.host, ']', parts.host_bytes)) {
		snprintf(error, ENDPOINT_ERROR_BYTES,
			 "\"%s\" is not a host with a port; give HOST, HOST:PORT, PORT, or an IPv6 "
			 "address in brackets, as [::1]:7777",
			 text_shown(text).text);
		return false;
	}
	if (parts.host_bytes > ENDPOINT_HOST_MAX_BYTES) {
		snprintf(error, ENDPOINT_ERROR_BYTES,
			 "the host in \"%s\" is %zu bytes long; give at most %d",
			 text_shown(text).text, parts.host_bytes, ENDPOINT_HOST_MAX_BYTES);
		return false;
	}
	if (parts.port && !read_port(parts.port, &port)) {
		snprintf(error, ENDPOINT_ERROR_BYTES,
			 "\"%s\" in \"%s\" is not a port; give a whole number from 0 to "
			 "65535",
			 text_shown(parts.port).text, text_shown(text).text);
		return false;
	}
	memcpy(endpoint->host, parts.host, parts.host_bytes);
	endpoint->host[parts.host_bytes] = '\0';
	endpoint->port = port;
	return true;
}

void endpoint_format(char text[static ENDPOINT_TEXT_BYTES], const char *host, uint16_t port)
{
	const bool has_colon = strchr(host, ':') != NULL;
	char shown[ENDPOINT_HOST_MAX_BYTES + 1];

	text_visible(shown, sizeof(shown), host, strlen(host));
	snprintf(text, ENDPOINT_TEXT_BYTES, "%s%s%s:%u", has_colon ? "[" : "", shown,
		 has_colon ? "]" : "", (unsigned)port);
}
