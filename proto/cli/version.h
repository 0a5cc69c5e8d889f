/* version: what the programs answer to --version. starling.h, which stands alone, repeats it. */
#ifndef STARLING_PROTO_CLI_VERSION_H
#define STARLING_PROTO_CLI_VERSION_H

#define VERSION_TEXT "0.1.0"

#endif
