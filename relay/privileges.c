#include "relay/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/wire/text.h"

enum {
	ENTRY_BYTES = 16 << 10, /* of a user, as the system keeps it */
};

bool privileges_find(struct privileges_user *user, const char *name,
		     char error[PRIVILEGES_ERROR_BYTES])
{
	char bytes[ENTRY_BYTES];
	struct passwd entry, *found = NULL;
	const int result = getpwnam_r(name, &entry, bytes, ENTRY_BYTES, &found);

	if (!found) {
		snprintf(error, PRIVILEGES_ERROR_BYTES, "cannot change to user \"%.100s\": %s",
			 text_shown(name).text,
			 result == 0 ? "there is none; give one of this machine's, as nobody"
				     : strerror(result));
		return false;
	}
	if (entry.pw_uid == 0) {
		snprintf(error, PRIVILEGES_ERROR_BYTES,
			 "user \"%.100s\" may do everything; give one that may not, as nobody, or "
			 "leave --user out",
			 text_shown(name).text);
		return false;
	}
	*user = (struct privileges_user){ name, entry.pw_uid, entry.pw_gid };
	return true;
}

/* Whether the process is the user's alone, and cannot be root again. */
static bool has_changed(const struct privileges_user *user)
{
	uid_t users[3];
	gid_t groups[3], supplementary;

	if (getresuid(&users[0], &users[1], &users[2]) != 0 ||
	    getresgid(&groups[0], &groups[1], &groups[2]) != 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (users[i] != user->id || groups[i] != user->group)
			return false;
	return getgroups(1, &supplementary) == 1 && supplementary == user->group &&
	       setuid(0) != 0 && setgid(0) != 0;
}

bool privileges_drop(const struct privileges_user *user, char error[PRIVILEGES_ERROR_BYTES])
{
	if (geteuid() != 0) {
		snprintf(error, PRIVILEGES_ERROR_BYTES,
			 "only root can change to user \"%.100s\"; start as root, or leave --user "
			 "out",
			 text_shown(user->name).text);
		return false;
	}
	/* In this order: only root may change the groups. */
	errno = EPERM;
	if (setgroups(1, &user->group) == 0 && setgid(user->group) == 0 && setuid(user->id) == 0 &&
	    has_changed(user))
		return true;
	snprintf(error, PRIVILEGES_ERROR_BYTES,
		 "cannot change to user \"%.100s\": %s; start with all of root's rights, or leave "
		 "--user out",
		 text_shown(user->name).text, strerror(errno));
	return false;
}
