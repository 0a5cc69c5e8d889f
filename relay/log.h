/*
 * log: what an operator reads, on stderr. Warnings are about what needs a hand; info is what the
 * relay as a whole does; debug is per connection. Nothing is ever logged per packet.
 */
#ifndef STARLING_RELAY_LOG_H
#define STARLING_RELAY_LOG_H

enum log_level {
	LOG_WARNING = -1,
	LOG_INFO = 0,
	LOG_DEBUG = 1,
};

/* The sink is the process's own: messages above `level` are dropped. LOG_INFO before the first
 * call. */
void log_open(enum log_level level);

__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);

#endif
