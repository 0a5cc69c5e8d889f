/*
 * namespaces: network namespaces of the run's own making, in which nothing else is and which are
 * gone with the last process in them.
 *
 * Who may make them: root, or whoever may make a user namespace (see unshare(1),
 * user_namespaces(7)).
 */
#ifndef STARLING_PROTO_NET_NAMESPACES_H
#define STARLING_PROTO_NET_NAMESPACES_H

enum {
	NAMESPACES_ERROR_BYTES = 320,
};

/*
 * Moves this process, which must have one thread, into a new network namespace, and gives back a
 * descriptor of it; into a user namespace before, if it has to and is not yet in one. -1 with a
 * sentence in `error`: what is not permitted, and what to do.
 */
int namespaces_make(char error[static NAMESPACES_ERROR_BYTES]);

/* Moves this process into one that namespaces_make made. 0, or a negative errno value. */
int namespaces_enter(int descriptor);

#endif
