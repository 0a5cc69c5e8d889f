/* page: the files of the live page, in the program. */
#ifndef STARLING_RELAY_STATUS_PAGE_H
#define STARLING_RELAY_STATUS_PAGE_H

#include "proto/web/web.h"

enum {
	STATUS_PAGE_LISTS = 2, /* its own, and those that all pages share */
};

extern const struct web_file *const status_page_files[STATUS_PAGE_LISTS];

#endif
