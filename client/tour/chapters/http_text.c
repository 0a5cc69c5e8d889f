#include "client/tour/chapters/http_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_BYTES = 24,
};

static const char blank_line[] = "\r\n\r\n";

const char *http_text_request(char out[static HTTP_TEXT_BYTES], const char *path,
			      const char *header)
{
	snprintf(out, HTTP_TEXT_BYTES, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", path,
		 header ? header : "", header ? "\r\n" : "");
	return out;
}

bool http_text_is_asked(const char *request)
{
	return strstr(request, blank_line) != NULL;
}

const char *http_text_header(const char *message, const char *name, size_t *size)
{
	const size_t length = strlen(name);

	for (const char *line = strstr(message, "\r\n"); line && line[2] != '\r';
	     line = strstr(line + 2, "\r\n")) {
		const char *at = line + 2;

		if (strncmp(at, name, length) == 0 && strncmp(at + length, ": ", 2) == 0) {
			at += length + 2;
			*size = strcspn(at, "\r");
			return at;
		}
	}
	return NULL;
}

/* Copies a name: letters, digits and no more of them than there is room for. */
static const char *copy_name(const char *at, char name[static NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%.*s",
		 (int)strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
		 at);
	return name;
}

/* An answer. `name` becomes a cookie; NULL: none. */
static const char *answer(char out[static HTTP_TEXT_BYTES], const char *status, const char *name,
			  const char *body)
{
	snprintf(out, HTTP_TEXT_BYTES, "HTTP/1.1 %s\r\n%s%s%sContent-Length: %zu\r\n\r\n%s", status,
		 name ? "Set-Cookie: name=" : "", name ? name : "", name ? "\r\n" : "",
		 strlen(body), body);
	return out;
}

const char *http_text_answer(char out[static HTTP_TEXT_BYTES], const char *request,
			     const char *bird)
{
	static const char login[] = "GET /login?name=", cookie[] = "name=";
	char name[NAME_BYTES], body[NAME_BYTES + 16];
	const char *value;
	size_t size;

	if (strncmp(request, "GET /bird ", 10) == 0)
		return answer(out, "200 OK", NULL, bird);
	if (strncmp(request, login, sizeof(login) - 1) == 0) {
		copy_name(request + sizeof(login) - 1, name);
		snprintf(body, sizeof(body), "welcome, %s", name);
		return answer(out, "200 OK", name, body);
	}
	if (strncmp(request, "GET /me ", 8) != 0)
		return answer(out, "404 Not Found", NULL, "no such page");
	value = http_text_header(request, "Cookie", &size);
	if (!value || strncmp(value, cookie, sizeof(cookie) - 1) != 0)
		return answer(out, "401 Unauthorized", NULL, "who are you?");
	return answer(out, "200 OK", NULL, copy_name(value + sizeof(cookie) - 1, name));
}

const char *http_text_body(const char *answer_text)
{
	const char *end = strstr(answer_text, blank_line), *value;
	size_t size;

	value = end ? http_text_header(answer_text, "Content-Length", &size) : NULL;
	if (!value || strlen(end + sizeof(blank_line) - 1) < strtoul(value, NULL, 10))
		return NULL;
	return end + sizeof(blank_line) - 1;
}
