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

static bool find_user(const char *user, struct passwd *entry, char bytes[ENTRY_BYTES],
		      char error[PRIVILEGES_ERROR_BYTES])
{
	struct passwd *found = NULL;
	const int result = getpwnam_r(user, entry, bytes, ENTRY_BYTES, &found);

	if (!found)
		snprintf(error, PRIVILEGES_ERROR_BYTES, "cannot change to user \"%.100s\": %s",
			 text_shown(user).text,
			 result == 0 ? "there is none; give one of this machine's, as nobody"
				     : strerror(result));
	else if (entry->pw_uid == 0)
		snprintf(error, PRIVILEGES_ERROR_BYTES,
			 "user \"%.100s\" may do everything; give one that may not, as nobody, or "
			 "leave --user out",
			 text_shown(user).text);
	return found && entry->pw_uid != 0;
}

bool privileges_check(const char *user, char error[PRIVILEGES_ERROR_BYTES])
{
	char bytes[ENTRY_BYTES];
	struct passwd entry;

	return find_user(user, &entry, bytes, error);
}

/* Whether the process is the user's alone, and cannot be root again. */
static bool has_changed(const struct passwd *entry)
{
	uid_t users[3];
	gid_t groups[3], supplementary;

	if (getresuid(&users[0], &users[1], &users[2]) != 0 ||
	    getresgid(&groups[0], &groups[1], &groups[2]) != 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (users[i] != entry->pw_uid || groups[i] != entry->pw_gid)
			return false;
	return getgroups(1, &supplementary) == 1 && supplementary == entry->pw_gid &&
	       setuid(0) != 0 && setgid(0) != 0;
}

bool privileges_drop(const char *user, char error[PRIVILEGES_ERROR_BYTES])
{
	char bytes[ENTRY_BYTES];
	struct passwd entry;

	if (geteuid() != 0) {
		snprintf(error, PRIVILEGES_ERROR_BYTES,
			 "only root can change to user \"%.100s\"; start as root, or leave --user "
			 "out",
			 text_shown(user).text);
		return false;
	}
	if (!find_user(user, &entry, bytes, error))
		return false;
	/* In this order: only root may change the groups. */
	errno = EPERM;
	if (setgroups(1, &entry.pw_gid) == 0 && setgid(entry.pw_gid) == 0 &&
	    setuid(entry.pw_uid) == 0 && has_changed(&entry))
		return true;
	snprintf(error, PRIVILEGES_ERROR_BYTES,
		 "cannot change to user \"%.100s\": %s; start with all of root's rights, or leave "
		 "--user out",
		 text_shown(user).text, strerror(errno));
	return false;
}
