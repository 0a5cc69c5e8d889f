#include "relay/control/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/wire/text.h"

enum {
	WAITING_MAX = 4, /* connections that nobody has accepted yet */
	OWNERS_ALONE = 0177,
};

static bool fail(char *error, const char *path, int result, const char *remedy)
{
	snprintf(error, CONTROL_SOCKET_ERROR_BYTES,
		 "cannot open the control socket \"%.200s\": %s; %s", text_shown(path).text,
		 result == -EEXIST ? "something else is there" : strerror(-result), remedy);
	return false;
}

static int open_stream(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Whether somebody takes connections there; a full queue of them is somebody's, too. */
static bool is_answered(const struct sockaddr_un *address)
{
	const int probe = open_stream();
	bool is_refused;

	if (probe < 0)
		return true;
	is_refused = connect(probe, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
		     errno == ECONNREFUSED;
	close(probe);
	return !is_refused;
}

/* Removes a socket that nobody answers on. 0, or a negative errno value. */
static int clear_place(const struct sockaddr_un *address)
{
	struct stat status;

	if (lstat(address->sun_path, &status) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	if (is_answered(address))
		return -EADDRINUSE;
	return unlink(address->sun_path) == 0 ? 0 : -errno;
}

/* Nobody else can connect, at any moment: the mode is there from the start. */
static int bind_it(const struct control_socket *control, const struct sockaddr_un *address)
{
	const mode_t before = umask(OWNERS_ALONE);
	const int result =
		bind(control->descriptor, (const struct sockaddr *)address, sizeof(*address));
	const int error = errno;

	umask(before);
	return result == 0 ? 0 : -error;
}

/* Keeps where it is, and hands it over. */
static int settle(struct control_socket *control, const char *path,
		  const struct privileges_user *owner)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)], name[sizeof(folder)];
	struct stat status;

	snprintf(folder, sizeof(folder), "%s", path);
	snprintf(name, sizeof(name), "%s", path);
	snprintf(control->name, sizeof(control->name), "%s", basename(name));
	control->folder = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (control->folder < 0 ||
	    fstatat(control->folder, control->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	control->device = status.st_dev;
	control->node = status.st_ino;
	if (owner && fchownat(control->folder, control->name, owner->id, owner->group,
			      AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	return listen(control->descriptor, WAITING_MAX) == 0 ? 0 : -errno;
}

bool control_socket_open(struct control_socket *control, const char *path,
			 const struct privileges_user *owner,
			 char error[CONTROL_SOCKET_ERROR_BYTES])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int result;

	*control = (struct control_socket){ .descriptor = -1, .folder = -1 };
	if (strlen(path) >= sizeof(address.sun_path))
		return fail(error, path, -ENAMETOOLONG, "give a path of at most 107 bytes");
	strcpy(address.sun_path, path);
	result = clear_place(&address);
	if (result == -EADDRINUSE)
		return fail(error, path, result, "another relay answers there; give another path");
	if (result == -EEXIST)
		return fail(error, path, result, "give a path where nothing is");
	control->descriptor = result == 0 ? open_stream() : -1;
	if (result == 0)
		result = control->descriptor >= 0 ? bind_it(control, &address) : -errno;
	if (result == 0)
		result = settle(control, path, owner);
	if (result == 0)
		return true;
	control_socket_close(control);
	return fail(error, path, result, "give a path in a folder that the relay may write in");
}

static bool is_still_there(const struct control_socket *control)
{
	struct stat status;

	return control->folder >= 0 && control->node != 0 &&
	       fstatat(control->folder, control->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_dev == control->device && status.st_ino == control->node;
}

void control_socket_close(struct control_socket *control)
{
	if (is_still_there(control))
		unlinkat(control->folder, control->name, 0);
	if (control->folder >= 0)
		close(control->folder);
	if (control->descriptor >= 0)
		close(control->descriptor);
	*control = (struct control_socket){ .descriptor = -1, .folder = -1 };
}

int control_socket_accept(const struct control_socket *control)
{
	return accept4(control->descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
