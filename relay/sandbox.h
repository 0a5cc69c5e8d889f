/*
 * sandbox: what the running relay may ask of the kernel (seccomp), and which files it may open
 * (Landlock). A fault in a reader of datagrams may give a stranger the process; this keeps the
 * stranger from the machine. All threads are held, for good, and with no new privileges
 * (no_new_privs).
 *
 * Once it has started, the relay needs its open descriptors, memory, clocks, its threads' locks and
 * the reading of its configuration's file. So
 *	these are allowed, and nothing else is;
 *	everything else fails with EPERM, as a library may try something and do without: the C
 *	library opens a socket for the name of a link-local address's interface, which a client
 *	causes, and then prints its number. The kernel's audit log tells such a call;
 *	a call that no library of ours ever makes shows foreign code, and ends the process: to
 *	run a program, to trace or read another process, to load code into the kernel, to mount, to
 *	enter another namespace, or a socket to the kernel itself (netlink, packets and the like).
 *
 * Memory cannot be made executable.
 *
 * A seccomp filter sees numbers, not paths. Where a file is configured, Landlock keeps the relay to
 * the file's folder; without Landlock, any file may be read that the user may read (privileges.h).
 * A control socket, and a file that the relay writes, need a few calls more; their folders' own
 * descriptors bound these in the filter, and Landlock does for paths that pass by a descriptor.
 */
#ifndef STARLING_RELAY_SANDBOX_H
#define STARLING_RELAY_SANDBOX_H

#include <stdbool.h>

enum sandbox_outcome {
	SANDBOX_ENTERED,
	SANDBOX_REFUSED,  /* by the kernel; the process goes on as it was */
	SANDBOX_LEFT_OUT, /* a sanitizer is built in, which needs more */
};

enum {
	SANDBOX_ERROR_BYTES = 128,
};

/* The files that the process needs; NULL: none. */
struct sandbox_files {
	const char *read;    /* only read */
	const char *written; /* read and replaced */
	const char *removed; /* a socket, at the end */
};

/*
 * From now on a file may be opened only in the folders of these, or below: an editor replaces a
 * file by another one of that name, and so does the relay. It may be written in that of the second
 * only. If the first is a link, the folder of what it leads to is allowed, too. Landlock holds the
 * calling thread and those that it makes, so call it before any is made. SANDBOX_REFUSED: `error`
 * says why; otherwise `error` stays as it was.
 */
enum sandbox_outcome sandbox_hold_files(const struct sandbox_files *files,
					char error[SANDBOX_ERROR_BYTES]);

/* Rights of the process beyond the usual; folders are descriptors, -1: none. */
struct sandbox_needs {
	bool reads_files; /* a file may be read, though not written or made */
	bool accepts;     /* connections to a socket that listens */
	bool serves_http; /* over such connections, by libwebsockets (proto/web/web.h) */
	int removes_in;   /* a file may be removed in this folder, */
	int writes_in;    /* or made, written and renamed in this one */
};

/* Call it once all is open and all threads are made. SANDBOX_REFUSED: `error` says why. */
enum sandbox_outcome sandbox_enter(const struct sandbox_needs *needs,
				   char error[SANDBOX_ERROR_BYTES]);

#endif
