#include "proto/web/door.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#define BEARER     "Bearer "
#define SUBTOKEN   "token."
#define PLAIN_HTTP "http://"
#define OVER_TLS   "https://" /* where something in front of the door speaks TLS */

/* Takes a beginning off. False: the text begins otherwise. */
static bool take(struct request_text *text, const char *beginning)
{
	const size_t size = strlen(beginning);

	if (text->size < size || strncasecmp(text->at, beginning, size) != 0)
		return false;
	text->at += size;
	text->size -= size;
	return true;
}

/* A colon and a port, or nothing. */
static bool is_port(const struct request_text *text)
{
	if (text->size == 0)
		return true;
	if (*text->at != ':' || text->size < 2 || text->size > 6)
		return false;
	for (size_t i = 1; i < text->size; i++)
		if (text->at[i] < '0' || text->at[i] > '9')
			return false;
	return true;
}

/* Takes an address of 127.0.0.0/8 off. */
static bool take_address(struct request_text *host)
{
	char text[INET_ADDRSTRLEN] = "";
	struct in_addr address;
	size_t size = 0;

	while (size < host->size && host->at[size] != ':')
		size++;
	if (size >= sizeof(text))
		return false;
	memcpy(text, host->at, size);
	host->at += size;
	host->size -= size;
	return strncmp(text, "127.", 4) == 0 && inet_pton(AF_INET, text, &address) == 1;
}

/* Any port: a tunnel has its own. Who asks for an address in figures got it from no name server. */
static bool is_loopback(struct request_text host)
{
	return (take(&host, "localhost") || take(&host, "[::1]") || take_address(&host)) &&
	       is_port(&host);
}

static bool is_own_origin(const struct request *request)
{
	struct request_text origin = request->origin;

	if (!origin.at)
		return true;
	return (take(&origin, PLAIN_HTTP) || take(&origin, OVER_TLS)) &&
	       origin.size == request->host.size &&
	       strncasecmp(origin.at, request->host.at, origin.size) == 0;
}

static bool is_token(const struct request_text *text, const char *token)
{
	return text->size == strlen(token) && sodium_memcmp(text->at, token, text->size) == 0;
}

static bool has_token(const struct request *request, const char *token)
{
	struct request_text given = request->authorization, list = request->protocols, item;
	bool is_good = take(&given, BEARER) && is_token(&given, token);

	while (request->wants_socket && request_next_item(&list, &item))
		if (take(&item, SUBTOKEN) && is_token(&item, token))
			is_good = true;
	return is_good;
}

static bool has_protocol(const struct request *request)
{
	struct request_text list = request->protocols, item;

	while (request_next_item(&list, &item))
		if (request_text_is(&item, DOOR_PROTOCOL))
			return true;
	return false;
}

enum door_outcome door_check(const struct request *request, const char *token, bool needs_token)
{
	if (!is_own_origin(request) || (!token && !is_loopback(request->host)))
		return DOOR_FOREIGN;
	if (token && needs_token && !has_token(request, token))
		return DOOR_NO_TOKEN;
	if (request->wants_socket && !has_protocol(request))
		return DOOR_MALFORMED;
	return DOOR_OPEN;
}
