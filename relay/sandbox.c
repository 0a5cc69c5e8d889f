#include "relay/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "relay/sandbox_internal.h"

enum {
	TREE = 2, /* of SCMP_FLTATR_CTL_OPTIMIZE: the filter looks a number up in a tree */
};

/* Flags of open(2) that do more than read. */
static const int writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE;

/*
 * Allowed. Those of 32-bit machines stand with the others: a number that the machine does not have
 * is passed over. Threads that have just begun still call rseq and set_robust_list.
 */
static const int allowed[] = {
	/* datagrams */
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	/* waiting, and signals */
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(poll),
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(nanosleep),
	/* clocks, where the C library does not read them by itself */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrusage),
	SCMP_SYS(getrandom),
	/* outputs, and the configuration's file */
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(read),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64),
	SCMP_SYS(statx),
	/* memory, of which a thread asks by the number of processors; mmap and mprotect are below
	 */
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* threads, and their end */
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(sched_yield),
	SCMP_SYS(membarrier),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* With HTTP: its connections' bytes, and the beat of its feeds, */
static const int for_http[] = { SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(shutdown),
				SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_settime64) };

/* and what fcntl(2) does with them. */
static const scmp_datum_t fcntl_for_http[] = { F_SETFL, F_DUPFD_CLOEXEC };

/* Only foreign code would call these. */
static const int hostile[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(keyctl),
	SCMP_SYS(reboot),
};

/* Sockets to the kernel's own parts, to raw datagrams, and to a virtual machine's host. */
static const unsigned hostile_families[] = {
	AF_NETLINK, AF_PACKET, AF_KEY, AF_ALG, AF_VSOCK, AF_XDP
};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = seccomp_rule_add(filter, action, calls[i], 0);
	return result;
}

/* Allows a call as long as these bits of one of its arguments are 0. */
static int allow_without(scmp_filter_ctx filter, int call, unsigned argument, int bits)
{
	return seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, call, 1,
		SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(unsigned)bits, 0));
}

/* For a call whose first argument is this. */
static int add_for(scmp_filter_ctx filter, uint32_t action, int call, scmp_datum_t first)
{
	return seccomp_rule_add(filter, action, call, 1, SCMP_A0(SCMP_CMP_EQ, first, 0));
}

static int add_families(scmp_filter_ctx filter)
{
	int result = 0;

	for (size_t i = 0; i < sizeof(hostile_families) / sizeof(hostile_families[0]) && !result;
	     i++)
		result = add_for(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket),
				 hostile_families[i]);
	return result;
}

/* Files in one folder, which the calls name by its descriptor. A path from the root passes by it;
 * sandbox_hold_files and the user's rights bound that. */
static int add_writing(scmp_filter_ctx filter, int folder)
{
	const scmp_datum_t in = (scmp_datum_t)(unsigned)folder;
	static const int renaming[] = { SCMP_SYS(renameat), SCMP_SYS(renameat2) };
	int result = add_for(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), in);

	for (size_t i = 0; i < sizeof(renaming) / sizeof(renaming[0]) && result == 0; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, renaming[i], 2,
					  SCMP_A0(SCMP_CMP_EQ, in, 0), SCMP_A2(SCMP_CMP_EQ, in, 0));
	if (result == 0)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fsync), 0);
	return result;
}

static int add_http(scmp_filter_ctx filter)
{
	int result =
		add_all(filter, SCMP_ACT_ALLOW, for_http, sizeof(for_http) / sizeof(for_http[0]));

	for (size_t i = 0; i < sizeof(fcntl_for_http) / sizeof(fcntl_for_http[0]); i++) {
		const struct scmp_arg_cmp command = SCMP_A1(SCMP_CMP_EQ, fcntl_for_http[i], 0);

		if (result == 0)
			result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
						  command);
		if (result == 0)
			result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl64), 1,
						  command);
	}
	return result;
}

static int add_needs(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	int result = 0;

	if (needs->reads_files)
		result = allow_without(filter, SCMP_SYS(openat), 2, writing);
	if (result == 0 && needs->accepts)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 0);
	if (result == 0 && needs->serves_http)
		result = add_http(filter);
	if (result == 0 && needs->removes_in >= 0)
		result = add_for(filter, SCMP_ACT_ALLOW, SCMP_SYS(unlinkat),
				 (scmp_datum_t)(unsigned)needs->removes_in);
	if (result == 0 && needs->writes_in >= 0)
		result = add_writing(filter, needs->writes_in);
	return result;
}

static int add_rules(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	int result = add_all(filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(allowed[0]));

	if (result == 0)
		result = add_all(filter, SCMP_ACT_KILL_PROCESS, hostile,
				 sizeof(hostile) / sizeof(hostile[0]));
	if (result == 0)
		result = add_families(filter);
	if (result == 0)
		result = allow_without(filter, SCMP_SYS(mmap), 2, PROT_EXEC);
	if (result == 0)
		result = allow_without(filter, SCMP_SYS(mmap2), 2, PROT_EXEC);
	if (result == 0)
		result = allow_without(filter, SCMP_SYS(mprotect), 2, PROT_EXEC);
	if (result == 0)
		result = add_needs(filter, needs);
	/* An abort sends its signal to itself. */
	if (result == 0)
		result = add_for(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), (scmp_datum_t)getpid());
	return result;
}

/* Best effort but for the first: a kernel without one of the others has a slower filter. */
static int set_attributes(scmp_filter_ctx filter)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, TREE);
	return result;
}

static int enter(const struct sandbox_needs *needs)
{
	const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (!filter)
		return -ENOMEM;
	result = set_attributes(filter);
	if (result == 0)
		result = add_rules(filter, needs);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

enum sandbox_outcome sandbox_enter(const struct sandbox_needs *needs,
				   char error[SANDBOX_ERROR_BYTES])
{
	int result;

	if (HAS_SANITIZER)
		return SANDBOX_LEFT_OUT;
	/* The zone of the log's times is a file, which is read once. */
	tzset();
	result = enter(needs);
	if (result == 0)
		return SANDBOX_ENTERED;
	snprintf(error, SANDBOX_ERROR_BYTES, "%s", strerror(-result));
	return SANDBOX_REFUSED;
}
