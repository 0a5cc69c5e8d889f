#include "tests/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct impair_spec spec_of(const char *text)
{
	struct impair_spec spec;
	char error[IMPAIR_ERROR_BYTES];

	if (!impair_parse(&spec, text, error))
		fail_msg("%s", error);
	return spec;
}
