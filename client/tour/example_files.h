/* example_files: where the small programs are that the tour names. */
#ifndef STARLING_CLIENT_TOUR_EXAMPLE_FILES_H
#define STARLING_CLIENT_TOUR_EXAMPLE_FILES_H

/*
 * Their folder: where they were installed together with this program, as
 * "/usr/local/share/starling/examples", or else their place in the source.
 */
const char *example_files_folder(void);

#endif
