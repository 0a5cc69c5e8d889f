#include "bench/result/report/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/result/report/plot_script.h"
#include "proto/wire/text.h"

#define HOW_TO_GET "install it (Debian: apt-get install gnuplot-nox, or make deps-report)"

enum {
	STEP_BYTES = 65536,
	DRAWING_MAX_BYTES = 16 << 20,
};

static int fail(char error[static PLOT_ERROR_BYTES], const char *id, const char *why)
{
	snprintf(error, PLOT_ERROR_BYTES, "plot %.60s: %.150s", id, why);
	return -1;
}

/* gnuplot. */

/* The script in memory, to be read from its start. Negative: there is no memory. */
static int open_script(const struct plot *plot, const char *terminal)
{
	const int script = memfd_create("plot", MFD_CLOEXEC);
	FILE *file = script >= 0 ? fdopen(dup(script), "w") : NULL;

	if (file) {
		fprintf(file, "set terminal %s\n", terminal);
		if (plot)
			plot_script_write(plot, file);
		if (fclose(file) == 0 && lseek(script, 0, SEEK_SET) == 0)
			return script;
	}
	if (script >= 0)
		close(script);
	return -1;
}

static void run_child(int script, int out)
{
	const int nowhere = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(script, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execlp("gnuplot", "gnuplot", "-", (char *)NULL);
	_exit(127);
}

/* All of it, ended by a byte of value 0; NULL when there is too much, or no memory. */
static char *read_all(int from, size_t *size)
{
	size_t used = 0, capacity = STEP_BYTES;
	char *text = malloc(capacity + 1);
	ssize_t got;

	while (text && (got = read(from, text + used, capacity - used)) > 0) {
		char *grown = text;

		used += (size_t)got;
		if (used == capacity)
			grown = capacity < DRAWING_MAX_BYTES ? realloc(text, (capacity *= 2) + 1)
							     : NULL;
		if (!grown)
			free(text);
		text = grown;
	}
	if (text)
		text[used] = '\0';
	*size = used;
	return text;
}

/* What gnuplot draws on this terminal; NULL with a sentence. `plot` NULL: nothing. */
static char *draw(const struct plot *plot, const char *terminal, size_t *size,
		  char error[static PLOT_ERROR_BYTES])
{
	const char *id = plot ? plot->id : "test";
	const int script = open_script(plot, terminal);
	char *drawing = NULL;
	int out[2], status = 0;
	pid_t pid = -1;

	if (script < 0 || pipe2(out, O_CLOEXEC) < 0) {
		fail(error, id, strerror(errno));
	} else {
		pid = fork();
		if (pid == 0)
			run_child(script, out[1]);
		close(out[1]);
		drawing = pid > 0 ? read_all(out[0], size) : NULL;
		close(out[0]);
		fail(error, id, pid < 0 ? strerror(errno) : "gnuplot drew nothing, or too much");
	}
	if (script >= 0)
		close(script);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		fail(error, id, "gnuplot is not there; " HOW_TO_GET);
	else if (pid > 0 && status != 0)
		fail(error, id, "gnuplot failed");
	if (status != 0) {
		free(drawing);
		drawing = NULL;
	}
	return drawing;
}

bool plot_is_possible(char error[static PLOT_ERROR_BYTES])
{
	size_t size = 0;
	char *drawing = draw(NULL, "dumb", &size, error);

	free(drawing);
	if (!drawing)
		snprintf(
			error, PLOT_ERROR_BYTES,
			"gnuplot, which draws the plots, is not there or does not run; " HOW_TO_GET);
	return drawing != NULL;
}

/* SVG. */

/* Copies `from`, with each `find` made `put`. NULL: no memory. Frees `from`. */
static char *replaced(char *from, const char *find, const char *put)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = from ? open_memstream(&text, &size) : NULL;

	if (out) {
		const char *at = from, *hit;

		for (; (hit = strstr(at, find)); at = hit + strlen(find))
			fprintf(out, "%.*s%s", (int)(hit - at), at, put);
		fputs(at, out);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	free(from);
	return text;
}

/* Several on one page: each has names of its own. */
static char *with_own_names(char *drawing, const char *id)
{
	/* All that gnuplot gives and refers to: what begins with these. */
	static const char *const begins[] = { "id='", "id=\"gnuplot_", "href='#", "url(#" };
	char put[PLOT_TEXT_BYTES + 24];

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		snprintf(put, sizeof(put), "%s%s-", begins[i], id);
		drawing = replaced(drawing, begins[i], put);
	}
	return drawing;
}

char *plot_svg(const struct plot *plot, bool is_narrow, char error[static PLOT_ERROR_BYTES])
{
	char terminal[256], id[PLOT_TEXT_BYTES + 8];
	size_t size = 0;
	char *drawing, *start;

	snprintf(id, sizeof(id), "%s%s", plot->id, is_narrow ? "narrow" : "");
	snprintf(terminal, sizeof(terminal),
		 "svg size %d,%d dynamic noenhanced font 'sans-serif,%d' name '%s'",
		 is_narrow ? PLOT_NARROW_WIDTH : PLOT_WIDTH,
		 is_narrow ? PLOT_NARROW_HEIGHT : PLOT_HEIGHT, is_narrow ? 13 : 15, id);
	drawing = draw(plot, terminal, &size, error);
	if (!drawing)
		return NULL;
	start = strstr(drawing, "<svg");
	if (!start) {
		fail(error, plot->id, "gnuplot drew no SVG");
		free(drawing);
		return NULL;
	}
	memmove(drawing, start, strlen(start) + 1);
	drawing = replaced(drawing, "black", "currentColor");
	drawing = replaced(drawing, "rgb(  0,   0,   0)", "currentColor");
	drawing = with_own_names(drawing, id);
	if (!drawing)
		fail(error, plot->id, "not enough memory");
	return drawing;
}

/* Files. */

static int write_file(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "we");
	bool is_written;

	if (!file)
		return -1;
	is_written = fwrite(bytes, 1, size, file) == size;
	return fclose(file) == 0 && is_written ? 0 : -1;
}

int plot_save(const struct plot *plot, enum plot_format format, const char *folder,
	      char error[static PLOT_ERROR_BYTES])
{
	char terminal[256], path[4096];
	size_t size = 0;
	char *drawing;
	int status;

	if (format == PLOT_PNG)
		snprintf(terminal, sizeof(terminal),
			 "pngcairo size %d,%d noenhanced font 'sans-serif,18'", 2 * PLOT_WIDTH,
			 2 * PLOT_HEIGHT);
	else
		snprintf(terminal, sizeof(terminal),
			 "svg size %d,%d noenhanced font 'sans-serif,15' name '%s' background "
			 "'white'",
			 PLOT_WIDTH, PLOT_HEIGHT, plot->id);
	drawing = draw(plot, terminal, &size, error);
	if (!drawing)
		return -1;
	snprintf(path, sizeof(path), "%s/%s.%s", folder, plot->id,
		 format == PLOT_PNG ? "png" : "svg");
	status = write_file(path, drawing, size);
	if (status < 0)
		snprintf(error, PLOT_ERROR_BYTES, "%s: %s", text_shown(path).text, strerror(errno));
	free(drawing);
	return status;
}
