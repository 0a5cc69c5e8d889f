#include "client/play/view_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void view_model_add_line(struct view_model *model, const char *format, ...)
{
	va_list list;

	if (model->line_count == VIEW_MODEL_LINES_MAX) {
		memmove(model->lines[0], model->lines[1],
			sizeof(model->lines) - VIEW_MODEL_LINE_BYTES);
		model->line_count--;
	}
	va_start(list, format);
	vsnprintf(model->lines[model->line_count++], VIEW_MODEL_LINE_BYTES, format, list);
	va_end(list);
}
