/* Going on as another user: as root, and as somebody who may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/privileges.h"

static char sentence[PRIVILEGES_ERROR_BYTES];
static struct privileges_user user;

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* Runs `work` in a child, as a process that has changed cannot go back; returns its answer. */
static bool in_child(bool (*work)(void))
{
	const pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(work() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_nobody_for_good(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	gid_t groups[8];

	return privileges_find(&user, "nobody", sentence) && privileges_drop(&user, sentence) &&
	       getuid() == nobody->pw_uid && geteuid() == nobody->pw_uid &&
	       getgid() == nobody->pw_gid && getgroups(8, groups) == 1 &&
	       groups[0] == nobody->pw_gid && setuid(0) != 0 && seteuid(0) != 0 &&
	       setgroups(0, NULL) != 0;
}

static void root_goes_on_as_the_user_and_cannot_go_back(void **state)
{
	(void)state;
	need_root();
	assert_true(in_child(is_nobody_for_good));
}

static bool says_that_only_root_can(void)
{
	if (geteuid() == 0 && setuid(getpwnam("nobody")->pw_uid) != 0)
		return false;
	return privileges_find(&user, "nobody", sentence) && !privileges_drop(&user, sentence) &&
	       strstr(sentence, "only root can change") && strstr(sentence, "\"nobody\"");
}

static void whoever_is_not_root_is_refused(void **state)
{
	(void)state;
	assert_true(in_child(says_that_only_root_can));
}

static void root_is_no_user_to_change_to(void **state)
{
	(void)state;
	assert_false(privileges_find(&user, "root", sentence));
	assert_non_null(strstr(sentence, "\"root\" may do everything"));
	assert_true(privileges_find(&user, "nobody", sentence));
}

static void the_name_is_shown_without_what_a_terminal_would_obey(void **state)
{
	(void)state;
	assert_false(privileges_find(&user, "\x1b[31mx", sentence));
	assert_null(strchr(sentence, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_goes_on_as_the_user_and_cannot_go_back),
		cmocka_unit_test(whoever_is_not_root_is_refused),
		cmocka_unit_test(root_is_no_user_to_change_to),
		cmocka_unit_test(the_name_is_shown_without_what_a_terminal_would_obey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
