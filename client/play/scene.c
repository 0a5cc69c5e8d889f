#include "client/play/scene.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void scene_tell(struct scene *scene, const char *format, ...)
{
	va_list list;

	if (scene->line_count == SCENE_LINES_MAX) {
		memmove(scene->lines[0], scene->lines[1], sizeof(scene->lines) - SCENE_LINE_BYTES);
		scene->line_count--;
	}
	va_start(list, format);
	vsnprintf(scene->lines[scene->line_count++], SCENE_LINE_BYTES, format, list);
	va_end(list);
}
