/* sandbox_internal: shared by both parts of the sandbox. */
#ifndef STARLING_RELAY_SANDBOX_INTERNAL_H
#define STARLING_RELAY_SANDBOX_INTERNAL_H

#include <stdbool.h>

#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer) ||                         \
	HAS_FEATURE(memory_sanitizer)
#define HAS_SANITIZER true
#else
#define HAS_SANITIZER false
#endif

#endif
