/*
 * report: `starling-bench report`: one HTML file that shows what results of the other commands
 * hold: what to choose, plots to point at, tables, all parameters and the machine.
 */
#ifndef STARLING_BENCH_REPORT_H
#define STARLING_BENCH_REPORT_H

/* argv[0] is the subcommand's name; the exit status. */
int report_run(int argc, char **argv);

#endif
