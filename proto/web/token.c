#include "proto/web/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/wire/text.h"

/* What editors put around a token, of whatever system. */
#define BLANKS " \t\r\n"

enum {
	OTHERS = S_IRWXG | S_IRWXO,
	FILE_BYTES = TOKEN_MOST + 64, /* with blanks and ends of lines, some more to see too many */
};

static bool fail(char *error, const char *path, const char *what, const char *remedy)
{
	snprintf(error, TOKEN_ERROR_BYTES, "cannot use the token file \"%.200s\": %s; %s",
		 text_shown(path).text, what, remedy);
	return false;
}

static bool is_token(const char *text, size_t size)
{
	return size >= TOKEN_LEAST && size <= TOKEN_MOST &&
	       strspn(text, "0123456789abcdefABCDEF") == size;
}

static bool read_it(int file, char token[static TOKEN_MOST + 1], const char *path, char *error)
{
	char text[FILE_BYTES + 1] = "";
	struct stat status;
	size_t first, count, rest;
	ssize_t size;

	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
		return fail(error, path, "it is no regular file", "give one");
	if (status.st_mode & OTHERS)
		return fail(error, path, "others than its owner may use it",
			    "make it its owner's alone: chmod 600");
	size = read(file, text, FILE_BYTES);
	if (size < 0)
		return fail(error, path, strerror(errno), "give one that can be read");
	first = strspn(text, BLANKS);
	count = strcspn(text + first, BLANKS);
	rest = first + count + strspn(text + first + count, BLANKS);
	if (size == FILE_BYTES || rest != (size_t)size || !is_token(text + first, count))
		return fail(error, path, "it does not hold 32 to 128 hexadecimal digits alone",
			    "write them with: openssl rand -hex 32");
	memcpy(token, text + first, count);
	token[count] = '\0';
	return true;
}

bool token_read(char token[static TOKEN_MOST + 1], const char *path,
		char error[static TOKEN_ERROR_BYTES])
{
	const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool is_good;

	if (file < 0)
		return fail(error, path, strerror(errno),
			    "give a file that holds the token, readable by its owner alone");
	is_good = read_it(file, token, path, error);
	close(file);
	return is_good;
}
